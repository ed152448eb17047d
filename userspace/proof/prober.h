/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which peers are proven, at this moment? One prober for all who want to know: however many ask about a peer, it is
 * contacted once, at its turn; the outcome is kept until the peer's certificate expires, and a failure is tried again
 * after pauses that grow. Peers are the same that have the same address, port, transport, channel, device and reference
 * identifier.
 *
 * An agent keeps an asker for each peer of its table:
 *
 *   prober_ask(prober, &target, on_proof, peer, &asker)   when discovery yields the peer; its state is `proving`
 *   on_proof(peer, proof)                                 its state follows from proof_reason_class(proof->reason), its
 *                                                         detail is proof_reason_word(), it expires at proof->expires
 *   prober_leave(asker)                                   when the peer is no longer the table's
 *
 * When the certificate of a proven peer expires, on_proof is called with REASON_EXPIRED: for a peer that is `proven`,
 * and for no other, discovery is to be repeated (RFC 8973 4). The peer is asked anew by itself, and what comes of that
 * is told in its turn. Where a reason backtracks (proof_reason_backtracks) S-NAPTR goes on.
 */
#ifndef PROOF_PROBER_H
#define PROOF_PROBER_H

#include "proof/handshake.h"

/* Zeros mean the defaults that stand here. Times in ns. */
struct prober_options {
	unsigned in_flight;          /* handshakes at a time: 1000 */
	unsigned per_second;         /* handshakes begun: 200 */
	unsigned per_destination;    /* handshakes with one address, port and transport at a time: 1 */
	unsigned strangers;          /* peers never asked about before, in an hour and on a port: 600 */
	unsigned peers;              /* that are kept in mind: 100,000 */
	uint64_t deadline;           /* of a handshake: 10 s */
	uint64_t pause_first;        /* after a failure: 30 s, then twice as long each time, */
	uint64_t pause_most;         /* up to an hour */
	uint64_t again;              /* a proven peer is asked again after: a day, or when its certificate expires */
	bool need_coap;              /* see struct handshake_options */
	struct identity_trust trust; /* its context outlives the prober, or the next prober_configure */
};

/* RFC 8782 4.3: where TCP won over UDP, UDP is tried again, but not before, and not more often than: */
#define PROBER_UDP_FIRST (300 * 1000000000ULL)
#define PROBER_UDP_EVERY (86400 * 1000000000ULL)

/*
 * A peer about which nobody asks any more is remembered so long: its failures count, and it is no stranger. The one
 * left longest ago is forgotten sooner where there is no room for another.
 */
#define PROBER_LINGER (3600 * 1000000000ULL)

/* Upper bounds of the histogram of handshakes' times, in ms; one more counts the rest. */
#define PROBER_BOUNDS_MS                                                                                               \
	{                                                                                                              \
		5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000                                                  \
	}
#define PROBER_BOUND_COUNT 11

struct prober_stats {
	uint64_t outcomes[TRANSPORT_COUNT][REASON_COUNT];
	uint64_t times[PROBER_BOUND_COUNT + 1]; /* of proven handshakes */
	uint64_t time_sum;                      /* ns, of those */
	uint64_t started, resumed;              /* handshakes */
	uint64_t shared;                        /* askers who found their peer asked about already */
	uint64_t over_budget;                   /* times a stranger was not contacted */
	size_t peers, waiting, in_flight, most_in_flight;
	uint64_t soonest_expiry; /* of the certificates of proven peers, CLOCK_BOOTTIME; TABLE_NEVER: none */
};

struct prober;
struct asker;

/*
 * Told from the event loop, never from within a call: what is known, as soon as anything is, and each outcome after
 * that until the asker leaves. It may ask and leave, itself as well. The proof's chain and session are NULL.
 */
typedef void prober_fn(void *context, const struct proof *proof);

/* Takes the credentials, if it succeeds. Returns 0 or -ENOMEM. */
int prober_new(struct event_base *base, const struct prober_options *options, struct credentials *credentials,
	       struct prober **ret);

/* Ends all handshakes; askers that have not left are gone with it. NULL: nothing. */
void prober_free(struct prober *prober);

/* Other limits: what is known stays known. Not from within a callback. */
void prober_limit(struct prober *prober, const struct prober_options *options);

/* Are these the credentials that it has, by what they hold? */
bool prober_has(const struct prober *prober, const struct credentials *credentials);

/*
 * Other options, and other credentials (NULL: those that it has). Outcomes and sessions are forgotten: every peer is
 * proven anew, without being a stranger for that. Not from within a callback.
 */
void prober_configure(struct prober *prober, const struct prober_options *options, struct credentials *credentials);

/*
 * Returns 0 and the asker; -EINVAL for what is no target: without address or port, with a name that no certificate may
 * be asked about, or a data channel over UDP; -ENOSPC for too many peers; -ENOMEM.
 */
int prober_ask(struct prober *prober, const struct proof_target *target, prober_fn *callback, void *context,
	       struct asker **ret);

/* Something has changed: a peer that has failed is tried again at its next turn, and not after its pause. */
void prober_retry(struct asker *asker);

/* NULL: nothing. */
void prober_leave(struct asker *asker);

void prober_stats(const struct prober *prober, struct prober_stats *ret);

#endif
