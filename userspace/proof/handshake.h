/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does this peer prove to be who it should be? One handshake with it, over UDP or TCP: it never blocks, ends by its
 * deadline whatever the peer does, keeps no more of what the peer sends than a bounded amount, and says goodbye
 * (close_notify), since who hangs up without looks like a DOTS client under attack.
 */
#ifndef PROOF_HANDSHAKE_H
#define PROOF_HANDSHAKE_H

#include <event2/event.h>

#include "proof/credentials.h"
#include "proof/proof.h"
#include "proof/steps.h"

#define HANDSHAKE_DEADLINE (10 * 1000000000ULL)

struct handshake_options {
	const struct credentials *credentials;
	const struct identity_trust *trust; /* copied; NULL: every name that matches is believed */
	SSL_SESSION *session;               /* to resume; stays the caller's; NULL: none */
	struct steps *steps;                /* outlives it; NULL: each step is taken as soon as it is due */
	uint64_t deadline;                  /* ns from now; 0: HANDSHAKE_DEADLINE */
	bool need_coap;                     /* over TCP, a peer that chooses no "coap" is none (RFC 8323 8.2) */
};

struct handshake;

/* The handshake is gone when this is called; the proof is valid until it returns. */
typedef void handshake_fn(void *context, const struct proof *proof);

/*
 * Starts one. The callback comes from the event loop, never from within this call, and exactly once unless it is
 * cancelled. NULL: out of memory.
 */
struct handshake *handshake_start(struct event_base *base, const struct proof_target *target,
				  const struct handshake_options *options, handshake_fn *callback, void *context);

/* Ends it without a callback. NULL: nothing. */
void handshake_cancel(struct handshake *handshake);

#endif
