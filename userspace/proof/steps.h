/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For how long may proofs keep the event loop? A handshake takes steps, of which some cost a millisecond of arithmetic,
 * and hundreds may be due at the same moment. They are taken one after the other, no longer than STEPS_AT_ONCE at a
 * time; then the loop looks at everything else first: the ring of records runs over while nobody reads it.
 */
#ifndef PROOF_STEPS_H
#define PROOF_STEPS_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#define STEPS_AT_ONCE 500000 /* ns, and the rest of the last step */

/* Who has waited so long shows that there is more to do than can be done: nothing new is begun then. ns. */
#define STEPS_LATE 200000000

/* Part of whatever takes it. Zeroed at first, but for `take`, which may add and remove steps. */
struct step {
	TAILQ_ENTRY(step) others;
	bool is_due;
	uint64_t since; /* if it is, ns of CLOCK_BOOTTIME */
	void (*take)(struct step *step, uint64_t waited);
};

struct steps;

/* NULL: out of memory. */
struct steps *steps_new(struct event_base *base);

/* No step is due any more. NULL: nothing. */
void steps_free(struct steps *steps);

/* Taken from the event loop, in its turn; once, if it is due already. */
void steps_add(struct steps *steps, struct step *step);

/* Has any waited for STEPS_LATE? */
bool steps_are_late(const struct steps *steps);

/* Nothing if it is not due. */
void steps_remove(struct steps *steps, struct step *step);

#endif
