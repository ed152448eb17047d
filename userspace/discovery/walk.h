/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which peers does a domain name, one after the other? The walks of RFC 8973 6 (S-NAPTR) and 7 (DNS-SD), and the plain
 * one from a name to its addresses. A walk is resumable: it yields one candidate at a time, and goes on to the next in
 * the right order when its caller says so, because that one could not be reached, or could not prove to be of the
 * domain that was asked for (RFC 3958 2.2.4); or because the caller wants to know them all.
 *
 * A walk is of one family, one service, one protocol: protocols are resolved apart (RFC 3958 2.2.5).
 */
#ifndef DISCOVERY_WALK_H
#define DISCOVERY_WALK_H

#include "discovery/resolver.h"
#include "table/table.h"

/* Requirements 8.2, 10. */
#define WALK_DEPTH_MAX 5      /* of NAPTR records that lead to NAPTR records */
#define WALK_QUERIES_MAX 32   /* of one walk, prefetched ones included */
#define WALK_RECORDS_MAX 64   /* of one walk */
#define WALK_INSTANCES_MAX 16 /* of a DNS-SD service (8.7) */
#define WALK_SECONDS_MAX 30

/* Ports without a SRV record (RFC 8973 6; for Call Home there is none, requirements 6). */
#define PORT_SIGNAL 4646
#define PORT_DATA 443
#define PORT_CALL_HOME 4647

enum service {
	SERVICE_DOTS,
	SERVICE_CALL_HOME,
};

/* RFC 8973 6: signal.udp, signal.tcp, data.tcp. DNS-SD has the same three (7). */
enum protocol {
	PROTOCOL_SIGNAL_UDP,
	PROTOCOL_SIGNAL_TCP,
	PROTOCOL_DATA_TCP, /* not of SERVICE_CALL_HOME */
	PROTOCOL_COUNT
};

const char *protocol_word(enum protocol protocol); /* "signal.udp" */
enum peer_channel protocol_channel(enum service service, enum protocol protocol);
enum peer_transport protocol_transport(enum protocol protocol);

enum walk_kind {
	WALK_S_NAPTR,
	WALK_DNS_SD,
	WALK_ADDRESSES, /* A or AAAA of the name itself, at the protocol's own port */
};

/* One peer, as far as the DNS tells. */
struct candidate {
	struct address address;
	uint16_t port;
	enum protocol protocol;
	uint32_t rank; /* of the first record of its branch: order << 16 | preference (S-NAPTR), priority (DNS-SD) */
	uint32_t ttl;  /* seconds from when it was yielded: the least along its way, clamped */
	bool authenticated; /* all along its way */
	struct dns_name
		target; /* the owner of its address; the reference identifier stays the domain that was asked for */
};

/* What a walk met: counted, for metrics and `explain`. */
struct walk_stats {
	unsigned queries;
	unsigned skipped_flags, skipped_regexp, skipped_replacement; /* NAPTR records that may not be used */
	unsigned loops, depth;                                       /* branches that were given up */
	unsigned not_offered;                                        /* SRV "." */
	unsigned port_zero, aliased_targets, foreign_instances, transport_mismatch;
	unsigned backtracked; /* candidates that the caller refused */
};

struct walk_options {
	enum walk_kind kind;
	enum service service;
	enum protocol protocol;
	uint8_t family; /* 4: A, 6: AAAA */
	struct resolver_place place;
	struct dns_name domain;
	uint64_t seed; /* of the draw among SRV records of one priority: equal seeds, equal choices (8.3) */
};

struct walk;

/*
 * The next candidate; or NULL at the end, and then `result` says why there was none at all (of the first query that
 * failed; UNUSABLE when there were records and none led anywhere; FOUND when there had been candidates) and `ttl` after
 * how many seconds it makes sense to walk again.
 */
typedef void walk_fn(void *context, const struct candidate *candidate, enum resolution_result result, uint32_t ttl);

/* Returns NULL when out of memory. Nothing is asked before walk_next. */
struct walk *walk_new(struct event_base *base, struct resolver *resolver, const struct walk_options *options);
void walk_free(struct walk *walk);

/* Goes on. `next` is called exactly once, never before this returns, unless walk_free is called first. */
void walk_next(struct walk *walk, walk_fn *next, void *context);

/* The candidate that was yielded last was no good: counted (snaptr_backtrack). The caller goes on with walk_next. */
void walk_refuse(struct walk *walk);

const struct walk_stats *walk_stats(const struct walk *walk);

#endif
