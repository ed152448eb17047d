/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of a DOTS agent's addresses and transports is to be used? The first that proves to be the peer, while UDP has a
 * head start over TCP, and IPv6 over IPv4 (RFC 8782 4.3, RFC 8305).
 */
#ifndef PROOF_RACE_H
#define PROOF_RACE_H

#include "proof/handshake.h"

#define RACE_MAX 32
#define RACE_STAGGER (250 * 1000000ULL) /* RFC 8305 5 */

/* One candidate, and what became of it. */
struct race_entry {
	struct proof_target target;
	bool tried;         /* its handshake was begun */
	bool ended;         /* proof says how; else it was cancelled, or not tried, since another had won */
	struct proof proof; /* its chain is valid in the callback, its session only if it won */
};

struct race;

/*
 * The race is gone when this is called. `entries` are in the order in which they were tried; `winner` is one of
 * them, or NULL: then each has ended.
 */
typedef void race_fn(void *context, const struct race_entry *winner, const struct race_entry *entries, size_t count);

/*
 * Starts a race of up to RACE_MAX candidates, in any order: UDP over IPv6, UDP over IPv4, TCP over IPv6, TCP over IPv4;
 * equal ones in the order given, which is the peer set's. Each begins RACE_STAGGER after the one before, or as soon as
 * all before it have failed. A session among the options is left alone. The callback comes once, from the event loop.
 * NULL: out of memory, or no candidate.
 */
struct race *race_start(struct event_base *base, const struct proof_target *targets, size_t count,
			const struct handshake_options *options, race_fn *callback, void *context);

/* Ends it without a callback. NULL: nothing. */
void race_cancel(struct race *race);

#endif
