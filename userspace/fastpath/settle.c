/* SPDX-License-Identifier: BSD-2-Clause */
/* Which replies does the kernel keep to itself? Those that the agent holds, by the digests that their records brought.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <bpf/libbpf.h>

#include "base/clock.h"
#include "base/log.h"
#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

/* Replies whose places come from memory while others are settled. */
#define AHEAD 8

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
	const struct bpf_map *map = fastpath->maps->maps.settled;
	const __u32 zero = 0;
	int result = places_open(&fastpath->settled, bpf_map__fd(map), bpf_map__max_entries(map),
				 bpf_map__fd(fastpath->maps->maps.settled_hints));

	if (result)
		return result;
	fastpath->suspended = suspended_now();
	bpf_map__lookup_elem(fastpath->maps->maps.settled_by, &zero, sizeof zero, &fastpath->settled_by,
			     sizeof fastpath->settled_by, 0);
	return fastpath->adopted ? 0 : draw_secret(fastpath);
}

void settle_close(struct fastpath *fastpath)
{
	places_close(&fastpath->settled);
}

static bool is_among(const struct ds_settled *settled, uint64_t digest)
{
	bool is = false;

	for (unsigned i = 0; i < DS_SETTLED_DIGESTS; i++)
		is |= settled->digests[i] == digest;
	return is;
}

/* The newest stands first. */
static bool settle(struct fastpath *fastpath, const struct settling *reply)
{
	struct ds_settled settled;

	if (!reply->again || !places_read(&fastpath->settled, reply->key, &settled))
		settled = (struct ds_settled){.key = reply->key};
	if (!is_among(&settled, reply->digest)) {
		memmove(&settled.digests[1], &settled.digests[0], sizeof settled.digests - sizeof settled.digests[0]);
		settled.digests[0] = reply->digest;
	}
	return places_write(&fastpath->settled, &settled);
}

size_t fastpath_settle(struct fastpath *fastpath, const struct settling *replies, size_t count)
{
	size_t written = 0;

	for (size_t i = 0; i < count; i++) {
		if (i + AHEAD < count)
			places_send_for(&fastpath->settled, replies[i + AHEAD].key);
		if (replies[i].key) /* a client's own message is never settled */
			written += settle(fastpath, &replies[i]);
	}
	return written;
}

void fastpath_settle_by(struct fastpath *fastpath, const struct ds_holder *holder)
{
	const __u32 zero = 0;

	if (memcmp(&fastpath->settled_by, holder, sizeof *holder) == 0)
		return;
	fastpath->settled_by = *holder;
	bpf_map__update_elem(fastpath->maps->maps.settled_by, &zero, sizeof zero, holder, sizeof *holder, BPF_ANY);
}

void fastpath_settled_by(const struct fastpath *fastpath, struct ds_holder *ret)
{
	*ret = fastpath->settled_by;
}

void fastpath_unsettle(struct fastpath *fastpath, uint64_t key)
{
	if (key)
		places_clear(&fastpath->settled, key);
}

void fastpath_unsettle_all(struct fastpath *fastpath)
{
	places_clear_all(&fastpath->settled);
	fastpath->suspended = suspended_now();
}

bool fastpath_was_suspended(const struct fastpath *fastpath)
{
	return llabs(suspended_now() - fastpath->suspended) > SUSPENDED_MIN;
}

uint64_t fastpath_repeated(struct fastpath *fastpath, uint64_t key, uint64_t digest)
{
	struct ds_settled settled;

	if (!key || !places_read(&fastpath->settled, key, &settled))
		return 0;
	/* Each of both repeats the same reply; without its digest they are another client's, of the same key. */
	return is_among(&settled, digest) && settled.time ? settled.time + (uint64_t)fastpath->suspended : 0;
}
