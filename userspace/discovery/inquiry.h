/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which resolver is asked next, and whose word counts? The resolvers of a place are asked in their order, those that
 * were silent just now last; who answers with an error, or with what cannot be read, is not asked again for this
 * question, who does not answer is asked twice. A response that was cut is fetched by TCP.
 */
#ifndef DISCOVERY_INQUIRY_H
#define DISCOVERY_INQUIRY_H

#include "discovery/channel.h"

#define INQUIRY_ROUNDS 2 /* how often a resolver that stays silent is asked (requirements 8.2, 10) */

struct inquiry;

/*
 * The inquiry has ended, and owns nothing any more: `answer`, on the stack, is the callee's to clear. result is FOUND,
 * NXDOMAIN, NODATA, LOOP, or else TIMEOUT, FAILED, or what the last resolver that answered said. authenticated: the AD
 * bit. Called inside of c-ares: channels_free must not be called from it.
 */
typedef void inquiry_done_fn(struct inquiry *inquiry, const struct answer *answer);

/* A part of who asks, who lets it be until it ends. */
struct inquiry {
	struct query query;
	struct channels *channels;
	const struct resolver_place *place;
	bool stream;   /* asks by TCP now */
	uint8_t first; /* resolver */
	uint8_t turn;  /* of the resolver that is asked now, counted through all rounds */
	uint8_t erred; /* resolvers that answered, but not the question: a bit each */
	enum resolution_result fallback;
	inquiry_done_fn *done;
};

/*
 * Begins: `name`, in wire format, and `place`, of one resolver at least, are the caller's and stay. `done` is called
 * exactly once, perhaps before this returns.
 */
void inquiry_start(struct inquiry *inquiry, struct channels *channels, const struct resolver_place *place,
		   struct bytes name, uint16_t type, bool authenticated, inquiry_done_fn *done);

#endif
