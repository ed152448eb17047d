/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* May this message be believed here, and what becomes of its frame? Observe counts, enforce drops. */
#ifndef BPF_POLICY_H
#define BPF_POLICY_H

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

/* What happens to a frame that was counted for this reason. Everything passes but what is to be enforced. */
static __always_inline int policy_verdict(const struct ds_port *port, enum ds_reason reason)
{
	return reason == DS_REASON_rogue && port->mode == DS_MODE_ENFORCE ? XDP_DROP : XDP_PASS;
}

#endif
