/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a question asked? Through c-ares, without blocking, with the resolvers of a set, out of one device: one
 * channel for each (device, resolver), and one question on its way however many ask it. Answers are kept for their
 * time, and failures for as long as the error asks for (requirements 8.6), which no new asker shortens. The search list
 * and /etc/hosts take no part.
 */
#ifndef DISCOVERY_RESOLVER_H
#define DISCOVERY_RESOLVER_H

#include <event2/event.h>
#include <net/if.h>

#include "discovery/answer.h"

#define RESOLVERS_MAX 3 /* requirements 8.4 */

/* Bounds of how long an answer is kept, seconds (8.6). */
#define RESOLUTION_TTL_LEAST 60
#define RESOLUTION_TTL_MOST 86400

struct resolver_address {
	struct address address;
	uint16_t port; /* 0: 53 */
};

/* Where to ask. Questions in equal places are shared. */
struct resolver_place {
	char device[IF_NAMESIZE]; /* sockets are bound to it, and use no other; empty: to none */
	bool trusted;             /* its AD bit counts; loopback ones are trusted in any case (8.8) */
	uint8_t count;            /* loopback and unspecified ones that DHCP named are left out by the caller */
	struct resolver_address resolvers[RESOLVERS_MAX];
};

enum dnssec {
	DNSSEC_PREFER,  /* say what is authenticated */
	DNSSEC_REQUIRE, /* what is not is BOGUS */
	DNSSEC_OFF,
};

struct resolver_options {
	enum dnssec dnssec;
	unsigned in_flight_max;  /* questions on their way, in all; others wait their turn; 0: RESOLVER_IN_FLIGHT */
	unsigned per_second_max; /* new questions a second, in all; 0: no limit */
};

#define RESOLVER_IN_FLIGHT 1000

struct resolver_stats {
	uint64_t results[RESOLUTION_RESULT_COUNT]; /* each question once, however many asked */
	uint64_t shared;                           /* askers of a question that was on its way already */
	uint64_t kept;                             /* askers who got an answer, or a failure, that was kept */
};

struct resolver;
struct question;

/*
 * `answer` is valid during the call; answer->result says what it is, answer->ttl how long it stays so: seconds from
 * now, clamped; for a failure, the time after which asking again makes sense.
 */
typedef void question_done_fn(void *context, const struct answer *answer);

int resolver_new(struct event_base *base, const struct resolver_options *options, struct resolver **ret);

/* Ends all questions; their callbacks are not called any more. In a callback, its answer stays until it returns. */
void resolver_free(struct resolver *resolver);

/* For questions from now on. Another rule of DNSSEC: what was kept is forgotten. */
void resolver_configure(struct resolver *resolver, const struct resolver_options *options);

/*
 * Asks. `done` is called exactly once, and never before this returns, unless question_drop is called first. What
 * cannot be asked ends in NO_RESOLVER, NO_DOMAIN or FAILED. NULL: out of memory, and `done` is not called.
 */
struct question *resolver_ask(struct resolver *resolver, const struct resolver_place *place,
			      const struct dns_name *name, uint16_t type, question_done_fn *done, void *context);

/* The asker has lost interest: `done` will not be called, and the question is not the asker's any more. Or NULL. */
void question_drop(struct question *question);

/* Asks, so that the answer is on its way, or kept, when somebody wants it. */
void resolver_prefetch(struct resolver *resolver, const struct resolver_place *place, const struct dns_name *name,
		       uint16_t type);

const struct resolver_stats *resolver_stats(const struct resolver *resolver);

#endif
