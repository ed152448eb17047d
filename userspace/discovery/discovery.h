/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which peers follow from what a circuit was told? For each peerset the first method in RFC 8973 4's order that yields
 * a usable peer wins; those of lower preference wait, and take over when it goes away. Names are resolved with the
 * resolvers that the same reply named, out of the port on which it came.
 */
#ifndef DISCOVERY_DISCOVERY_H
#define DISCOVERY_DISCOVERY_H

#include <event2/event.h>

#include "discovery/answer.h"
#include "discovery/resolver.h"
#include "discovery/trusted.h"
#include "table/table.h"

#define EXPLICIT_MAX 256
#define EXPLICIT_ADDRESSES_MAX 16
#define TRUSTED_MAX 256

/* What the operator says of one port, for its clients or for the side of its servers. */
struct explicit
{
	char port[DS_PORT_NAME_SIZE];
	struct name name; /* the reference identifier: never empty (RFC 8973 4) */
	size_t address_count;
	struct address addresses[EXPLICIT_ADDRESSES_MAX]; /* none: the name is resolved */
};

struct discovery_options {
	size_t method_count;
	enum peer_method methods[METHOD_COUNT]; /* in order of preference; those left out are not used */
	size_t explicit_count;
	struct explicit explicits[EXPLICIT_MAX];
	struct name default_domain; /* where DHCP names none; length 0: none */
	size_t resolver_count;      /* 0: those that the reply named */
	struct address resolvers[RESOLVERS_MAX];
	enum dnssec dnssec;
	size_t trusted_count; /* names that DHCP may tell; 0: any */
	struct trusted_name trusted[TRUSTED_MAX];
};

/* All methods in RFC 8973's order, and nothing else. */
void discovery_default(struct discovery_options *ret);

/* Upper bounds of the histogram's buckets, seconds; the last is +Inf. */
#define RESOLUTION_BUCKETS                                                                                             \
	{                                                                                                              \
		0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10                                                           \
	}
#define RESOLUTION_BUCKET_COUNT 10

/* Searches at a time: each takes 75 to 170 kB, and asks some four questions at once. */
#define SEARCHES_MAX 512

struct discovery_stats {
	uint64_t results[METHOD_COUNT][RESOLUTION_RESULT_COUNT];
	uint64_t buckets[RESOLUTION_BUCKET_COUNT]; /* not cumulated */
	double duration_sum;                       /* seconds */
	uint64_t downgrades[METHOD_COUNT]; /* how often it went away, and another of lower preference took over */
	uint64_t untrusted;                /* names told by DHCP that are not on the list */
	uint64_t searches_running;         /* now: never more than SEARCHES_MAX; */
	uint64_t searches_waiting;         /* others wait their turn */
};

/* How one method stands, for one peerset: X(identifier, word). */
#define ATTEMPT_STATES(X)                                                                                              \
	X(UNTRIED, "untried")     /* none of higher preference has failed yet; or it is time to try again */           \
	X(RESOLVING, "resolving") /* for the first time */                                                             \
	X(FOUND, "found")                                                                                              \
	X(FAILED, "failed")                                                                                            \
	X(NOT_TOLD, "not-told")     /* nothing from which it could follow */                                           \
	X(NOT_WANTED, "not-wanted") /* not among the configured methods */

enum attempt_state {
#define X(id, word) ATTEMPT_##id,
	ATTEMPT_STATES(X) ATTEMPT_STATE_COUNT
#undef X
};

const char *attempt_state_word(enum attempt_state state);

/* What `explain` tells of one method. */
struct attempt_report {
	enum peer_method method;
	enum attempt_state state;
	const char *why;   /* a string constant; NULL: nothing to add */
	size_t peer_count; /* that it yields, or would */
	uint64_t until;    /* ns, CLOCK_BOOTTIME: when it is tried again, a whole second; TABLE_NEVER: not by itself */
	bool taken;        /* the peers are its */
	struct name name;  /* that was asked for, or is the reference identifier; length 0: none */
};

struct discovery;

/*
 * Observes the table from now on, and takes the wheel's timers of WHEEL_ATTEMPT; the options are copied. Returns 0 or
 * -errno. The discovery outlives the table, whose last peersets it sees off, and the wheel outlives both.
 */
int discovery_new(struct event_base *base, struct table *table, struct wheel *wheel,
		  const struct discovery_options *options, struct discovery **ret);
void discovery_free(struct discovery *discovery);

/* Each peerset is looked at anew by these options. What the resolver keeps is not asked again, nor what it holds back.
 */
void discovery_configure(struct discovery *discovery, const struct discovery_options *options);

/* Discovery begins anew for what was told on this port (RFC 8973 4: another network is there). */
void discovery_restart(struct discovery *discovery, const char *port);

/* The same for one peerset, as when a certificate that is in use ends. `why` is a string constant, for the log. */
void discovery_repeat(struct discovery *discovery, struct peerset *peerset, const char *why);

/* How the methods stand, in order of preference; those that are not wanted come last. */
void discovery_report(const struct discovery *discovery, const struct peerset *peerset,
		      struct attempt_report ret[METHOD_COUNT]);

const struct discovery_stats *discovery_stats(const struct discovery *discovery);

#endif
