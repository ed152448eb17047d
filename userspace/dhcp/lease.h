/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses and prefixes does a message bind, and until when? (RFC 2131 3.3, RFC 9915 18.2.10 and 21.4 to 21.23)
 */
#ifndef DHCP_LEASE_H
#define DHCP_LEASE_H

#include "base/address.h"
#include "base/bytes.h"

#define LIFETIME_INFINITE UINT32_MAX

/*
 * How long options are valid that no lease limits, seconds. For DHCPv6 it is IRT_DEFAULT (RFC 9915 7.6); DHCPv4, in an
 * INFORM's ACK, names no time at all, and the same is taken.
 */
#define LIFETIME_DEFAULT 86400

/* IRT_MINIMUM (RFC 9915 7.6), seconds. */
#define LIFETIME_REFRESH_MIN 600

/* An address or a delegated prefix that the message binds. */
struct lease {
	struct prefix prefix; /* an address: length 32 or 128 */
	uint32_t lifetime;    /* seconds from now; LIFETIME_INFINITE: for ever; 0: withdrawn */
};

struct dhcp_message;

/*
 * Fill in addresses, prefixes, has_lease and lifetime of a message whose record is set, from its record and options.
 * What exceeds MESSAGE_ADDRESSES_MAX is left out.
 */
void lease_decode4(struct dhcp_message *message, struct bytes options);
void lease_decode6(struct dhcp_message *message, struct bytes options);

#endif
