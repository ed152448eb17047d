/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which names does a list of them hold, one after the other? DHCPv4's search list is compressed (RFC 3397 2), DHCPv6's
 * is not (RFC 3646 4).
 */
#ifndef DHCP_NAMES_H
#define DHCP_NAMES_H

#include "dhcp/name.h"

/* A walk over a list. */
struct names {
	struct bytes list; /* of DHCPv4: all instances joined, to which pointers refer */
	bool compressed;
	size_t at;
};

static inline struct names names_of(struct bytes list, bool compressed)
{
	return (struct names){.list = list, .compressed = compressed};
}

/*
 * The next name. Returns 1 and fills *ret; 0 at the end; -EINVAL for what is no name (name_decode), says why in *reason
 * and leaves *ret alone. The walk may go on after that: it is at its end where nothing tells where the next name
 * begins.
 */
int names_next(struct names *names, struct name *ret, enum discard_reason *reason);

#endif
