/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is this NAPTR record one for our service and protocol, where does it lead, and which comes first? (RFC 3958 2.2
 * and 6.5, RFC 3403 4.1; requirements 8.2, rules 2 to 5 and 8)
 */
#ifndef DISCOVERY_NAPTR_H
#define DISCOVERY_NAPTR_H

#include "discovery/answer.h"

/* Where a record leads, or why it may not be used. */
enum naptr_use {
	NAPTR_NEXT,      /* flag "": to NAPTR records of the replacement */
	NAPTR_SERVICE,   /* flag "s": to its SRV records */
	NAPTR_ADDRESSES, /* flag "a": to its addresses */
	NAPTR_BAD_FLAGS,
	NAPTR_BAD_REGEXP,
	NAPTR_BAD_REPLACEMENT,
	NAPTR_USE_COUNT
};

/*
 * Does the SERVICE field begin with this service tag, and list this protocol tag behind it? In either case, and whole:
 * a service alone is none for a protocol. Octets that can be in no tag make the field none at all.
 */
bool naptr_matches(const struct naptr *record, const char *service, const char *protocol);

enum naptr_use naptr_use(const struct naptr *record);

/* ORDER before PREFERENCE: the less, the better. */
uint32_t naptr_rank(const struct naptr *record);

/* Best first; equal ones stay in their order. */
void naptr_sort(const struct naptr *records[], size_t count);

/* Has the name a label that says another transport ("_udp", "_tcp") than `label`? The protocol tag is right then. */
bool naptr_contradicts(const struct dns_name *replacement, const char *label);

#endif
