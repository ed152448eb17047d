/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* May this message be believed here, and what becomes of its frame? Observe counts, enforce drops. */
#ifndef BPF_POLICY_H
#define BPF_POLICY_H

#include "frame.h"
#include "maps.h"

/* What the agent says of this port. */
static __always_inline const struct ds_port *policy_port(void)
{
	__u32 slot = port_slot;

	return bpf_map_lookup_elem(&ports, &slot);
}

/* Where the subscribers are, no server is. */
static __always_inline bool policy_is_rogue(const struct ds_port *port)
{
	return port->role == DS_ROLE_ACCESS;
}

/* Is the sender of this server's message on the list, if there is one? By its IP address: a relay's, where relays
 * answer. */
static __always_inline bool policy_is_listed(const struct ds_port *port, const struct frame *frame)
{
	struct ds_server key = {.length = 128};

	if (!port->servers_only)
		return true;
	if (frame->ip4) {
		key.address[10] = key.address[11] = 0xff;
		__builtin_memcpy(&key.address[12], &frame->ip4->saddr, 4);
	} else if (frame->ip6) {
		__builtin_memcpy(key.address, &frame->ip6->saddr, sizeof key.address);
	}
	return bpf_map_lookup_elem(&servers, &key) != NULL;
}

/* Is this server's message believed? Where no server may be none is; but the gateway's own always. */
static __always_inline bool policy_believes(const struct ds_port *port, const struct frame *frame,
					    enum ds_direction direction)
{
	return direction == DS_EGRESS || (!policy_is_rogue(port) && policy_is_listed(port, frame));
}

/* A new client, at this rate on each port, may take a place in `clients`: a flood on one port leaves the others theirs.
 */
#define CLIENTS_INTERVAL (1000000000ULL / 2000)
#define CLIENTS_BURST 1000000000ULL

/*
 * The generic cell rate algorithm, in one word: when the next message would be due. One that comes earlier by more than
 * `burst` is refused. If two CPUs meet here one of them is let through uncounted, which a limit can bear.
 */
static __always_inline bool policy_admits(__u64 *due, __u64 interval, __u64 burst)
{
	__u64 now = bpf_ktime_get_coarse_ns(), old = *(volatile __u64 *)due, start = old > now ? old : now;

	if (start - now > burst)
		return false;
	__sync_val_compare_and_swap(due, old, start + interval);
	return true;
}

static __always_inline struct ds_buckets *policy_buckets(void)
{
	__u32 slot = port_slot;

	return bpf_map_lookup_elem(&buckets, &slot);
}

/* Is the port over its rate of DHCP messages? */
static __always_inline bool policy_is_flooded(const struct ds_port *port)
{
	struct ds_buckets *b = port->interval ? policy_buckets() : NULL;

	return b && !policy_admits(&b->messages, port->interval, port->burst);
}

/* Is it on its way to a client, from whoever says to be a server? */
static __always_inline bool policy_to_client(const struct frame *frame)
{
	return frame->to == PORT_DHCP4_CLIENT || frame->to == PORT_DHCP6_CLIENT;
}

/*
 * Headers behind which a server's message could hide: RFC 7610 5 wants them dropped where no server may be. Every frame
 * is asked this, so it is one comparison of reasons that stand side by side.
 */
static __always_inline bool policy_judges(enum ds_reason reason)
{
	return reason - DS_REASON_chain_cut <= DS_REASON_header_unknown - DS_REASON_chain_cut;
}

_Static_assert(DS_REASON_chain_long == DS_REASON_chain_cut + 1 && DS_REASON_header_unknown == DS_REASON_chain_cut + 2,
	       "those that are judged stand side by side");

/* What happens to a frame that was counted for this reason. Everything passes but what is to be enforced. */
static __always_inline int policy_verdict(const struct ds_port *port, enum ds_reason reason)
{
	bool refused = reason == DS_REASON_rogue || reason == DS_REASON_flood ||
		       (policy_judges(reason) && policy_is_rogue(port));

	return refused && port->mode == DS_MODE_ENFORCE ? XDP_DROP : XDP_PASS;
}

#endif
