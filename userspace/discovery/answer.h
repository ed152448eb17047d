/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does this DNS answer say to the question that was asked, and for how long? The records of the type that was
 * asked for, at the end of the chain of aliases that begins at the name; whatever else the message holds is left alone.
 */
#ifndef DISCOVERY_ANSWER_H
#define DISCOVERY_ANSWER_H

#include "base/address.h"
#include "discovery/dns.h"

#define ANSWER_RECORDS_MAX 64 /* requirements 8.2, 10: records of one answer that are looked at */
#define ANSWER_CNAMES_MAX 8

/* How a question ended: X(identifier, word). */
#define RESOLUTION_RESULTS(X)                                                                                          \
	X(FOUND, "found")                                                                                              \
	X(NXDOMAIN, "nxdomain")                                                                                        \
	X(NODATA, "nodata")                                                                                            \
	X(SERVFAIL, "servfail")                                                                                        \
	X(REFUSED, "refused") /* and NOTIMP, FORMERR */                                                                \
	X(TIMEOUT, "timeout")                                                                                          \
	X(MALFORMED, "malformed")                                                                                      \
	X(LOOP, "loop")         /* of aliases, or of NAPTR records */                                                  \
	X(BOGUS, "bogus")       /* not authenticated where that is required */                                         \
	X(UNUSABLE, "unusable") /* records, of which none can be used */                                               \
	X(LIMIT, "limit")       /* the walk's own: depth, queries, records, time */                                    \
	X(NO_RESOLVER, "no-resolver")                                                                                  \
	X(NO_DOMAIN, "no-domain") /* nothing to ask for, or nothing that may be asked for */                           \
	X(FAILED, "failed")

enum resolution_result {
#define X(id, word) RESOLUTION_##id,
	RESOLUTION_RESULTS(X) RESOLUTION_RESULT_COUNT
#undef X
};

const char *resolution_result_word(enum resolution_result result);

/* May the same question find something soon, though nobody changes a record? Silence, and a server's own trouble, pass.
 */
bool resolution_passes(enum resolution_result result);

/* A NAPTR record (RFC 3403 4.1), as it came: matching and refusing are naptr.h's. */
struct naptr {
	uint16_t order, preference;
	uint8_t flags_length, service_length; /* octets as they came, any */
	uint8_t flags[255], service[255];
	bool has_regexp;
	struct dns_name replacement;
};

/* A SRV record (RFC 2782). */
struct srv {
	uint16_t priority, weight, port;
	struct dns_name target;
};

struct answer {
	enum resolution_result result; /* FOUND, NXDOMAIN, NODATA, SERVFAIL, REFUSED, MALFORMED, LOOP */
	bool authenticated;            /* the message's AD bit */
	unsigned aliases;              /* that were followed */
	/* Seconds. FOUND: the least of all records along the way, aliases included. NXDOMAIN, NODATA: min(SOA's TTL,
	 * SOA MINIMUM) (RFC 2308 5), and of aliases that led there; or ANSWER_NO_SOA. Not clamped. */
	uint32_t ttl;
	uint16_t type;
	size_t count;  /* FOUND: 1 at least; what exceeds ANSWER_RECORDS_MAX is left out */
	size_t excess; /* and counted here */
	union {
		struct address *addresses; /* A, AAAA */
		struct naptr *naptrs;
		struct srv *srvs;
		struct dns_name *names; /* PTR */
	};                              /* owned */
};

#define ANSWER_NO_SOA UINT32_MAX

/*
 * Reads a raw message as the answer to (name, type), where type is A, AAAA, NAPTR, SRV or PTR. A record of that type
 * that contradicts itself makes the answer MALFORMED; so does a question that is not the one that was asked, if there
 * is one, and a message that was cut (TC; RFC 2181 9). Returns 0, -ENOMEM, or -EINVAL for another type; the caller owns
 * what *ret holds until answer_clear.
 */
int answer_read(struct bytes message, const struct dns_name *name, uint16_t type, struct answer *ret);

void answer_clear(struct answer *answer);

#endif
