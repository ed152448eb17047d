/* SPDX-License-Identifier: BSD-2-Clause */
/* Which replies does the kernel keep to itself? Those that the agent holds, by the digests that their records brought.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/clock.h"
#include "base/log.h"
#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

/* Two readings of two clocks are not taken at once: less than this is no suspension. */
#define SUSPENDED_MIN (100 * 1000000LL)

/* The kernel notes times by a clock that stands still while the machine is suspended, since that one costs it little.
 */
static int64_t suspended_now(void)
{
	return (int64_t)(clock_boot() - clock_ns(CLOCK_MONOTONIC));
}

static int draw_secret(const struct fastpath *fastpath)
{
	struct ds_secret secret;
	const __u32 zero = 0;
	uint8_t *bytes = (uint8_t *)&secret;

	for (size_t done = 0; done < sizeof secret;) { /* no more than 256 bytes are promised at once */
		ssize_t got = getrandom(bytes + done, sizeof secret - done, 0);
		if (got < 0 && errno != EINTR)
			return -errno;
		done += got > 0 ? (size_t)got : 0;
	}
	int result =
		bpf_map__update_elem(fastpath->maps->maps.secret, &zero, sizeof zero, &secret, sizeof secret, BPF_ANY);
	explicit_bzero(&secret, sizeof secret);
	return result;
}

int settle_open(struct fastpath *fastpath)
{
	int hints = bpf_map__fd(fastpath->maps->maps.settled_hints);
	void *mapped = mmap(NULL, sizeof *fastpath->hints, PROT_READ | PROT_WRITE, MAP_SHARED, hints, 0);

	if (mapped == MAP_FAILED)
		return -errno;
	fastpath->hints = mapped;
	fastpath->suspended = suspended_now();
	return fastpath->adopted ? 0 : draw_secret(fastpath);
}

void settle_close(struct fastpath *fastpath)
{
	if (fastpath->hints)
		munmap(fastpath->hints, sizeof *fastpath->hints);
	fastpath->hints = NULL;
}

static int settled_map(const struct fastpath *fastpath)
{
	return bpf_map__fd(fastpath->maps->maps.settled);
}

/* A bit stays when its entries go, until all go: it only costs a look at them. */
static void hint(struct fastpath *fastpath, uint64_t key)
{
	uint32_t index = DS_HINT_INDEX(key);

	fastpath->hints->octets[index / 8] |= (uint8_t)(1U << index % 8);
}

/* One system call writes so many. */
#define WRITE_AT_ONCE 256

struct writing {
	uint64_t keys[WRITE_AT_ONCE];
	struct ds_settled values[WRITE_AT_ONCE];
	__u32 count;
};

/* Returns how many were written. What the kernel refuses is left out. */
static size_t write_all(struct fastpath *fastpath, struct writing *writing)
{
	size_t written = 0;

	for (__u32 at = 0; at < writing->count; at++) {
		__u32 count = writing->count - at;
		bool failed = bpf_map_update_batch(settled_map(fastpath), writing->keys + at, writing->values + at,
						   &count, NULL) != 0;
		for (__u32 i = 0; i < count; i++)
			hint(fastpath, writing->keys[at + i]);
		written += count;
		at += failed ? count : count - 1;
	}
	writing->count = 0;
	return written;
}

/* The newest stands first. */
static struct ds_settled settled_by(struct fastpath *fastpath, const struct settling *reply)
{
	struct ds_settled settled = {0};

	if (reply->again)
		bpf_map_lookup_elem(settled_map(fastpath), &reply->key, &settled);
	memmove(&settled.ways[1], &settled.ways[0], sizeof settled - sizeof settled.ways[0]);
	settled.ways[0] = (struct ds_settled_way){.digest = reply->digest};
	return settled;
}

size_t fastpath_settle(struct fastpath *fastpath, const struct settling *replies, size_t count)
{
	struct writing writing = {.count = 0};
	size_t written = 0;

	for (size_t i = 0; i < count; i++) {
		if (!replies[i].key)
			continue; /* a client's own message is never settled */
		if (replies[i].again || writing.count == WRITE_AT_ONCE)
			written += write_all(fastpath, &writing); /* it may be among them */
		writing.keys[writing.count] = replies[i].key;
		writing.values[writing.count++] = settled_by(fastpath, &replies[i]);
	}
	return written + write_all(fastpath, &writing);
}

void fastpath_unsettle(struct fastpath *fastpath, uint64_t key)
{
	bpf_map_delete_elem(settled_map(fastpath), &key);
}

void fastpath_unsettle_all(struct fastpath *fastpath)
{
	__u64 key, next;
	int more = bpf_map_get_next_key(settled_map(fastpath), NULL, &key);

	/* The next before this one goes: from the beginning the kernel would look for it behind all that are gone. */
	while (more == 0) {
		more = bpf_map_get_next_key(settled_map(fastpath), &key, &next);
		fastpath_unsettle(fastpath, key);
		key = next;
	}
	memset(fastpath->hints, 0, sizeof *fastpath->hints);
}

uint64_t fastpath_repeated(struct fastpath *fastpath, uint64_t key, uint64_t digest)
{
	struct ds_settled settled;
	int64_t before = fastpath->suspended, now = suspended_now();

	if (bpf_map_lookup_elem(settled_map(fastpath), &key, &settled))
		return 0;
	if (llabs(now - before) > SUSPENDED_MIN) {
		/* Nobody can say of what was noted if it was before or after: take it for before, and begin anew. */
		log_info("resumed suspended=%llds meaning=\"all replies are read again\"",
			 (long long)((now - before) / (int64_t)NS_PER_SECOND));
		fastpath_unsettle_all(fastpath);
		fastpath->suspended = now;
	}
	/* Each of its ways repeats the same reply; without its digest they are another client's, of the same key. */
	uint64_t last = 0;
	bool is_its = false;
	for (unsigned i = 0; i < DS_SETTLED_WAYS; i++) {
		is_its |= settled.ways[i].digest == digest;
		last = settled.ways[i].time > last ? settled.ways[i].time : last;
	}
	return is_its && last ? last + (uint64_t)before : 0;
}
