/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is remembered? Every map and every constant of the programs, each with its purpose. */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "dotsnoop/record.h"

/* The slot of the port that this copy of the program was loaded for. */
const volatile __u32 port_slot = 0;

/* How many sets the map `settled` has. */
const volatile __u32 settled_sets = 1;

/* For measuring alone: what passes is dropped, so that the stack behind the program isn't what is measured. */
const volatile __u8 bench_drop = 0;

/* Frames by reason, per port: those that come in, and behind them the gateway's own that go out. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DS_DIRECTION_COUNT *DS_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct ds_counters);
} counters SEC(".maps");

/* DHCP messages by side and type, per port, in both directions. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DS_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct ds_messages);
} messages SEC(".maps");

/* Role and mode of the ports; written by the agent alone. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DS_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct ds_port);
} ports SEC(".maps");

/* Whose maps and programs these are; for the agent and its successor, no program reads it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ds_about);
} about SEC(".maps");

/* How far each port is ahead of its rates. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DS_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct ds_buckets);
} buckets SEC(".maps");

/* Servers that are believed, if ports say so (servers_only); written by the agent alone. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 2 * 4096); /* the new list stands before the old one goes */
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct ds_server);
	__type(value, __u8);
} servers SEC(".maps");

/* Which client asked where: the circuit of a reply that is seen on the uplink. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct ds_client_key);
	__type(value, struct ds_client);
} clients SEC(".maps");

/*
 * Replies that the agent holds already. It writes them where it has this mapped, and sets the size by the number of
 * clients: this one is for a few, of tests and of a replayed capture.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 12);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct ds_settled_set);
} settled SEC(".maps");

/* Whose may be there; the agent writes it where it is mapped. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct ds_hints);
} settled_hints SEC(".maps");

/* Who has all of that; for the agent alone. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ds_holder);
} settled_by SEC(".maps");

/* Under which the digests of those are made; written by the agent, once. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ds_secret);
} secret SEC(".maps");

static __always_inline const struct ds_secret *secret_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&secret, &zero);
}

/* Records on their way to the agent, which sets the size. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} records SEC(".maps");

/* Bytes that a copy in whole blocks may touch behind the end of what it copies. */
#define COPY_BLOCK 64

/*
 * Where one message is taken apart. The cursor lives here and not on the stack: that way the verifier sees the same
 * state at each step of the walk, and verifies one step instead of all.
 */
struct scratch {
	__u32 at;       /* cursor over message */
	__u32 end;      /* of the field or message that is walked */
	__u32 copied;   /* length of options */
	__u32 type;     /* v4: option 53; v6: msg-type; 0: not met */
	__u32 block;    /* cursor of a copy, relative to at */
	__u32 size;     /* bytes of that copy */
	__u32 flags;    /* DS_RECORD_* */
	__u32 overload; /* v4: option 52 */
	__u32 list_count;
	__u32 lists[DS_REQUEST_LISTS_MAX]; /* where a client's lists of requested options are */
	__u32 requested;                   /* DS_REQUESTED_*: what of DOTS it names */
	__u32 inner;                       /* v6: where the relayed message begins; 0: no such option */
	__u32 inner_end;
	__u32 relays; /* v6: Relay-reply messages around it */
	__u32 length; /* of the message */
	__u8 message[DS_MESSAGE_MAX + COPY_BLOCK];
	struct ds_record record;
	__u8 options[DS_MESSAGE_MAX + COPY_BLOCK]; /* right behind the record: both leave together */
};

_Static_assert(__builtin_offsetof(struct scratch, options) ==
		       __builtin_offsetof(struct scratch, record) + sizeof(struct ds_record),
	       "options follow the record without a gap");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

static __always_inline struct scratch *scratch_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

#endif
