/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* How often did what happen? The one place where frames and messages are counted. */
#ifndef BPF_COUNT_H
#define BPF_COUNT_H

#include "maps.h"

/* Counts this frame; each that comes in passes here exactly once, on its way to its verdict. */
static __always_inline void count_frame(enum ds_direction direction, enum ds_reason reason)
{
	__u32 slot = port_slot + direction * DS_PORTS_MAX, index = reason;
	__u64 *count = bpf_map_lookup_elem(&counters, &slot);

	barrier_var(index); /* what is compared shall be what is indexed with: the verifier knows no other way */
	if (count && index < DS_REASON_COUNT)
		count[index]++;
}

/* Counts a DHCP message whose type is known. */
static __always_inline void count_message(enum ds_family family, enum ds_side side, __u32 type)
{
	__u32 slot = port_slot;
	struct ds_messages *count = bpf_map_lookup_elem(&messages, &slot);

	if (!count || type >= DS_TYPES_MAX)
		return;
	if (family == DS_FAMILY_V4)
		count->v4[side & 1][type]++;
	else
		count->v6[side & 1][type]++;
}

#endif
