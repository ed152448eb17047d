/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is due? A hierarchical timer wheel (Varghese and Lauck 1987) in whole seconds: four wheels of 256 slots, each
 * turning once while the next moves one slot. Setting and cancelling cost a few writes, whatever the number of timers.
 *
 * A timer is a number that the wheel gives out; its owner finds its entry through `owner`.
 */
#ifndef TABLE_WHEEL_H
#define TABLE_WHEEL_H

#include <stdint.h>

#define WHEEL_NONE UINT32_MAX
#define WHEEL_LEVELS 4
#define WHEEL_SLOTS 256

struct wheel_timer {
	uint32_t next, previous; /* in its slot's list; WHEEL_NONE at the ends */
	uint32_t owner;
	uint32_t due;  /* seconds */
	uint16_t slot; /* level * WHEEL_SLOTS + slot */
};

struct wheel {
	uint32_t now; /* seconds; all that was due by then has been handed out */
	uint32_t heads[WHEEL_LEVELS * WHEEL_SLOTS];
	struct wheel_timer *timers;
	uint32_t size;
	uint32_t free; /* list of unused timers, through next */
	uint32_t armed;
};

void wheel_init(struct wheel *wheel, uint32_t now);
void wheel_free(struct wheel *wheel);

/* Arms a new timer. Times that are past are due at the next second. Returns 0 or -ENOMEM. */
int wheel_arm(struct wheel *wheel, uint32_t due, uint32_t owner, uint32_t *ret);

/* Moves a timer that is armed. */
void wheel_move(struct wheel *wheel, uint32_t timer, uint32_t due);

/* Disarms a timer and gives its number back. WHEEL_NONE is allowed. */
void wheel_cancel(struct wheel *wheel, uint32_t timer);

/* Turns the wheel to `now` and calls `due` for each timer that is reached, which is disarmed and given back before. */
void wheel_turn(struct wheel *wheel, uint32_t now, void (*due)(void *context, uint32_t owner), void *context);

/* The second at which the wheel wants to be turned next (no timer is due before it), or UINT32_MAX when none is armed.
 */
uint32_t wheel_next(const struct wheel *wheel);

#endif
