/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a frame run under a setting, so that it leaves no trace for the next one?
 *
 *   1. The port's entry is written if it differs, and its client noted if it is known.
 *   2. The frame runs. Counters are read behind it alone: those behind the frame before are what it began with.
 *   3. The ring is emptied, and its client forgotten.
 */
#include "program.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../fuzz.h"
#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

#define RING_SIZE (64 * 1024)

/* Of new clients the program admits 2000 at once: they are forgotten, and so is, this often, that they were many. */
#define CLIENTS_AT_ONCE 1000

/* Ahead of the coarse clock for as long as any machine is up. */
#define FAR_AHEAD (1ULL << 62)

static struct {
	struct fastpath *fastpath;
	struct dotsnoop_bpf *shared; /* owns the maps */
	unsigned slot;
	int program;
	bool splits;
	struct ds_port port;       /* as the map has it */
	struct ds_buckets buckets; /* the same */
	unsigned admitted;         /* new clients since the bucket was emptied */
	struct ds_counters counters;
	struct ds_messages messages;
	struct observed *observed; /* where the ring's records go */
} stand;

static void keep_record(void *context, struct bytes record)
{
	struct observed *observed = stand.observed;

	(void)context;
	CHECK(record.size >= sizeof observed->record && record.size <= sizeof observed->bytes);
	observed->records++;
	observed->size = record.size;
	memcpy(observed->bytes, record.data, record.size);
}

/* --- Opening --- */

static struct prefix prefix_of(const struct listed *listed)
{
	struct prefix prefix = {.address.family = listed->family, .length = listed->length};

	memcpy(prefix.address.bytes, listed->address, sizeof prefix.address.bytes);
	return prefix;
}

static int believe_listed(void)
{
	struct prefix servers[LISTED_COUNT];

	for (size_t i = 0; i < LISTED_COUNT; i++)
		servers[i] = prefix_of(&expected_servers[i]);
	return fastpath_servers(stand.fastpath, servers, LISTED_COUNT);
}

/* Runs a frame that lies in the first buffer up to `visible`. Returns 0 or -errno. */
static int run(struct span frame, size_t visible, int *action)
{
	struct xdp_md context = {.data_end = (__u32)visible};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data, .data_size_in = (__u32)frame.size, .repeat = 1);

	if (visible < frame.size) {
		options.ctx_in = &context;
		options.ctx_size_in = sizeof context;
	}
	int result = bpf_prog_test_run_opts(stand.program, &options);
	*action = (int)options.retval;
	return result;
}

void program_open(void)
{
	static const uint8_t frame[64];
	struct fastpath_options options = {.ring_size = RING_SIZE, .record = keep_record};
	struct fastpath_error error = {""};
	int slot = fastpath_new(&options, &stand.fastpath, &error), action;

	if (slot == 0)
		slot = fastpath_bench_port(stand.fastpath, "fuzz", DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error);
	if (slot < 0 || believe_listed()) {
		fprintf(stderr, "cannot load the program: %s\n", error.text);
		exit(1);
	}
	stand.shared = stand.fastpath->maps;
	stand.slot = (unsigned)slot;
	stand.program = fastpath_program_fd(stand.fastpath, stand.slot);
	stand.port = fastpath_port(stand.fastpath, stand.slot)->key;
	stand.splits = run((struct span){frame, sizeof frame}, 32, &action) == 0;
	CHECK(fastpath_counters(stand.fastpath, stand.slot, &stand.counters) == 0);
}

bool program_splits(void)
{
	return stand.splits;
}

/* --- Before a frame --- */

#define WRITE(map, key, value)                                                                                         \
	CHECK(bpf_map__update_elem(stand.shared->maps.map, &(key), sizeof(key), &(value), sizeof(value), BPF_ANY) == 0)

static void set_port(const struct setting *setting)
{
	struct ds_port port = stand.port;

	port.ifindex = setting->ifindex;
	port.role = (__u8)setting->role;
	port.mode = (__u8)setting->mode;
	port.servers_only = setting->listed_only;
	port.interval = setting->limited;
	port.burst = setting->flooded ? 0 : ~0ULL; /* what FAR_AHEAD is over, or within */
	if (memcmp(&port, &stand.port, sizeof port) == 0)
		return;
	WRITE(ports, stand.slot, port);
	stand.port = port;
}

static void set_buckets(const struct setting *setting)
{
	struct ds_buckets buckets = {.messages = FAR_AHEAD, .clients = setting->starved ? FAR_AHEAD : 0};

	if (stand.admitted < CLIENTS_AT_ONCE && memcmp(&buckets, &stand.buckets, sizeof buckets) == 0)
		return;
	WRITE(buckets, stand.slot, buckets);
	stand.buckets = buckets;
	stand.admitted = 0;
}

/* A consumer that is a whole ring behind leaves no room; where it was is returned. */
static uint64_t fill_ring(void)
{
	struct ring *ring = &stand.fastpath->ring;
	uint64_t consumed = *ring->consumer;

	__atomic_store_n(ring->consumer, *ring->producer - ring->size, __ATOMIC_RELEASE);
	return consumed;
}

/* --- Behind a frame --- */

/* In how many cells do they differ, and in which one last? All that is counted are __u64. */
static unsigned moved(const void *before, const void *after, size_t size, size_t *cell)
{
	const __u64 *was = before, *is = after;
	unsigned sum = 0;

	if (memcmp(before, after, size) == 0)
		return 0;
	for (size_t i = 0; i < size / sizeof *is; i++) {
		if (is[i] == was[i])
			continue;
		*cell = i;
		sum += (unsigned)(is[i] - was[i]);
	}
	return sum;
}

static void read_counters(struct observed *ret)
{
	struct ds_counters counters;
	struct ds_messages messages;
	size_t reason = DS_REASON_COUNT;

	CHECK(fastpath_counters(stand.fastpath, stand.slot, &counters) == 0);
	CHECK(fastpath_messages(stand.fastpath, stand.slot, &messages) == 0);
	ret->frames = moved(&stand.counters, &counters, sizeof counters, &reason);
	ret->reason = (enum ds_reason)reason;
	ret->messages = moved(&stand.messages, &messages, sizeof messages, &ret->cell);
	stand.counters = counters;
	stand.messages = messages;
}

static void forget(const struct ds_client_key *key, struct observed *ret)
{
	struct bpf_map *clients = stand.shared->maps.clients;

	ret->noted = bpf_map__lookup_elem(clients, key, sizeof *key, &ret->client, sizeof ret->client, 0) == 0;
	if (ret->noted)
		CHECK(bpf_map__delete_elem(clients, key, sizeof *key, 0) == 0);
}

void program_run(const struct setting *setting, struct span frame, const struct ds_client_key *key,
		 struct observed *ret)
{
	uint64_t consumed = *stand.fastpath->ring.consumer;

	ret->noted = false;
	ret->records = 0;
	stand.observed = ret;
	set_port(setting);
	set_buckets(setting);
	if (key && setting->known)
		WRITE(clients, *key, *setting->known);
	if (setting->ring_full)
		consumed = fill_ring();

	CHECK(run(frame, setting->visible, &ret->action) == 0);

	__atomic_store_n(stand.fastpath->ring.consumer, consumed, __ATOMIC_RELEASE);
	fastpath_drain(stand.fastpath);
	read_counters(ret);
	if (key)
		forget(key, ret);
	stand.admitted += ret->noted && !setting->known;
}
