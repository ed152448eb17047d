/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses does this DNS answer give for the name that was asked, and for how long? */
#ifndef DISCOVERY_ANSWER_H
#define DISCOVERY_ANSWER_H

#include "base/address.h"
#include "base/bytes.h"

#define ANSWER_ADDRESSES_MAX 16
#define ANSWER_CNAMES_MAX 8 /* requirements 8.2, 10 */

struct answer {
	size_t count;
	struct address addresses[ANSWER_ADDRESSES_MAX];
	uint32_t ttl; /* seconds: the least along the way, aliases included */
};

/*
 * Reads a raw answer (RFC 1035 4) for `name` (text, no trailing dot) and type ns_t_a or ns_t_aaaa. Aliases are
 * followed; records of other owners are ignored. Returns 0, with count 0 when there is no such address; -EBADMSG for an
 * answer that contradicts itself; -ELOOP for a chain of aliases that is too long.
 */
int answer_read(struct bytes answer, const char *name, int type, struct answer *ret);

#endif
