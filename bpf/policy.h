/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* May this message be believed here, and what becomes of its frame? Observe counts, enforce drops. */
#ifndef BPF_POLICY_H
#define BPF_POLICY_H

#include "frame.h"
#include "maps.h"

static __always_inline const struct ds_port *policy_port(void)
{
	__u32 slot = port_slot;

	return bpf_map_lookup_elem(&ports, &slot);
}

/* A server's message is believed where servers are: on uplinks. */
static __always_inline bool policy_is_rogue(const struct ds_port *port)
{
	return port->role == DS_ROLE_ACCESS;
}

/* Is it on its way to a client, from whoever says to be a server? */
static __always_inline bool policy_to_client(const struct frame *frame)
{
	return frame->to == PORT_DHCP4_CLIENT || frame->to == PORT_DHCP6_CLIENT;
}

/* Headers behind which a server's message could hide: RFC 7610 5 wants them dropped where no server may be. */
static __always_inline bool policy_judges(enum ds_reason reason)
{
	return reason == DS_REASON_chain_cut || reason == DS_REASON_chain_long || reason == DS_REASON_header_unknown;
}

/* What happens to a frame that was counted for this reason. Everything passes but what is to be enforced. */
static __always_inline int policy_verdict(const struct ds_port *port, enum ds_reason reason)
{
	bool refused = reason == DS_REASON_rogue || (policy_judges(reason) && policy_is_rogue(port));

	return refused && port->mode == DS_MODE_ENFORCE ? XDP_DROP : XDP_PASS;
}

#endif
