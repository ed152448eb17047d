/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is due? A hierarchical timer wheel (Varghese and Lauck 1987) in whole seconds: four wheels of 256 slots, each
 * turning once while the next moves one slot. Setting and cancelling cost a few writes, whatever the number of timers.
 *
 * One wheel serves the whole agent: leases, refreshes, TTLs, hold-downs, certificates. A timer is a number that the
 * wheel gives out. Its owner is a number too, which the room that armed it knows how to read; each room has its kind.
 *
 * Times are seconds of CLOCK_BOOTTIME.
 */
#ifndef TABLE_WHEEL_H
#define TABLE_WHEEL_H

#include <stdint.h>

#define WHEEL_NONE UINT32_MAX
#define WHEEL_LEVELS 4
#define WHEEL_SLOTS 256

enum wheel_kind {
	WHEEL_BINDING, /* table/: a binding ends, or is looked at before it does */
	WHEEL_ATTEMPT, /* discovery/: an answer's TTL, or a hold-down, is over */
	WHEEL_PROOF,   /* proof/: the certificate of a peer that is in use ends */
	WHEEL_KINDS
};

/* Owners are below this. */
#define WHEEL_OWNER_BITS 28
#define WHEEL_OWNER_MAX ((1U << WHEEL_OWNER_BITS) - 1)

struct wheel_timer {
	uint32_t next, previous; /* in its slot's list; WHEEL_NONE at the ends */
	uint32_t due;            /* seconds */
	uint32_t owner;          /* the kind above WHEEL_OWNER_BITS */
};

typedef void wheel_due_fn(void *context, uint32_t owner);

struct wheel {
	uint32_t now; /* all that was due by then has been handed out */
	uint32_t heads[WHEEL_LEVELS * WHEEL_SLOTS];
	struct wheel_timer *timers;
	uint32_t size, highest; /* timers there is room for; timers ever given out */
	uint32_t free;          /* list of unused timers, through next */
	uint32_t armed;
	struct {
		wheel_due_fn *call;
		void *context;
	} kinds[WHEEL_KINDS];
	uint32_t announced; /* the second of which `sooner` was told, or that wheel_turn returned */
	void (*sooner)(void *context, uint32_t due);
	void *sooner_context;
};

void wheel_init(struct wheel *wheel, uint32_t now);
void wheel_free(struct wheel *wheel);

/* Whom a kind's timers call. Such a timer is disarmed and given back before; arming others then is allowed. */
void wheel_on(struct wheel *wheel, enum wheel_kind kind, wheel_due_fn *due, void *context);

/* Called when a timer is armed or moved to be due before the second that wheel_turn returned: whoever sleeps till then
 * has to wake earlier. */
void wheel_on_sooner(struct wheel *wheel, void (*sooner)(void *context, uint32_t due), void *context);

/* Arms a new timer. Times that are past are due at the next second. Returns 0 or -ENOMEM. */
int wheel_arm(struct wheel *wheel, enum wheel_kind kind, uint32_t owner, uint32_t due, uint32_t *ret);

/* Moves a timer that is armed. */
void wheel_move(struct wheel *wheel, uint32_t timer, uint32_t due);

/* Disarms a timer and gives its number back. WHEEL_NONE is allowed. */
void wheel_cancel(struct wheel *wheel, uint32_t timer);

/* Turns the wheel to `now` and calls whom each timer that is reached belongs to. Returns wheel_next. */
uint32_t wheel_turn(struct wheel *wheel, uint32_t now);

/* The second at which the wheel wants to be turned next (no timer is due before it), or UINT32_MAX when none is armed.
 */
uint32_t wheel_next(const struct wheel *wheel);

#endif
