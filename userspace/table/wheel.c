/* SPDX-License-Identifier: BSD-2-Clause */
#include "table/wheel.h"

#include <errno.h>
#include <stdbool.h>

#include "table/room.h"

#define SLOT_BITS 8
#define SMALLEST 64

void wheel_init(struct wheel *wheel, uint32_t now)
{
	*wheel = (struct wheel){.now = now, .free = WHEEL_NONE, .announced = UINT32_MAX};
	for (unsigned slot = 0; slot < WHEEL_LEVELS * WHEEL_SLOTS; slot++)
		wheel->heads[slot] = WHEEL_NONE;
}

void wheel_free(struct wheel *wheel)
{
	room_give(wheel->timers, wheel->size * sizeof *wheel->timers);
	wheel->timers = NULL;
}

void wheel_on(struct wheel *wheel, enum wheel_kind kind, wheel_due_fn *due, void *context)
{
	wheel->kinds[kind].call = due;
	wheel->kinds[kind].context = context;
}

void wheel_on_sooner(struct wheel *wheel, void (*sooner)(void *context, uint32_t due), void *context)
{
	wheel->sooner = sooner;
	wheel->sooner_context = context;
}

/*
 * The slot for a time: on the lowest wheel on which it lies within the current turn. A timer is in that slot at any
 * moment, not only when it is put there: whenever the answer changes, the slot comes down.
 */
static uint32_t slot_for(const struct wheel *wheel, uint32_t due)
{
	unsigned level = 0;

	while (level < WHEEL_LEVELS - 1 && (due ^ wheel->now) >> (SLOT_BITS * (level + 1)))
		level++;
	return level * WHEEL_SLOTS + (due >> SLOT_BITS * level) % WHEEL_SLOTS;
}

static void link_timer(struct wheel *wheel, uint32_t id)
{
	struct wheel_timer *timer = &wheel->timers[id];
	uint32_t *head = &wheel->heads[slot_for(wheel, timer->due)];

	timer->previous = WHEEL_NONE;
	timer->next = *head;
	if (timer->next != WHEEL_NONE)
		wheel->timers[timer->next].previous = id;
	*head = id;
}

static void unlink_timer(struct wheel *wheel, uint32_t id)
{
	const struct wheel_timer *timer = &wheel->timers[id];

	if (timer->previous == WHEEL_NONE)
		wheel->heads[slot_for(wheel, timer->due)] = timer->next;
	else
		wheel->timers[timer->previous].next = timer->next;
	if (timer->next != WHEEL_NONE)
		wheel->timers[timer->next].previous = timer->previous;
}

/* Room is doubled, but not touched before it is used: until then it costs no memory. */
static int grow(struct wheel *wheel)
{
	uint32_t size = wheel->size ? wheel->size * 2 : SMALLEST;
	struct wheel_timer *timers = room_grow(wheel->timers, wheel->size * sizeof *timers, size * sizeof *timers);

	if (!timers)
		return -ENOMEM;
	wheel->timers = timers;
	wheel->size = size;
	return 0;
}

/* A timer nobody uses; WHEEL_NONE: out of memory. */
static uint32_t take_unused(struct wheel *wheel)
{
	uint32_t id = wheel->free;

	if (id != WHEEL_NONE)
		wheel->free = wheel->timers[id].next;
	else if (wheel->highest < wheel->size || grow(wheel) == 0)
		id = wheel->highest++;
	return id;
}

static void announce(struct wheel *wheel, uint32_t due)
{
	if (due >= wheel->announced)
		return;
	wheel->announced = due;
	if (wheel->sooner)
		wheel->sooner(wheel->sooner_context, due);
}

/* The slot of this very second has been handed out, so nothing may be put there. */
static uint32_t at_earliest(const struct wheel *wheel, uint32_t due)
{
	return due > wheel->now ? due : wheel->now + 1;
}

int wheel_arm(struct wheel *wheel, enum wheel_kind kind, uint32_t owner, uint32_t due, uint32_t *ret)
{
	uint32_t id = take_unused(wheel);

	if (id == WHEEL_NONE)
		return -ENOMEM;
	wheel->timers[id] = (struct wheel_timer){.owner = (uint32_t)kind << WHEEL_OWNER_BITS | owner,
						 .due = at_earliest(wheel, due)};
	link_timer(wheel, id);
	wheel->armed++;
	*ret = id;
	announce(wheel, wheel->timers[id].due);
	return 0;
}

void wheel_move(struct wheel *wheel, uint32_t timer, uint32_t due)
{
	unlink_timer(wheel, timer);
	wheel->timers[timer].due = at_earliest(wheel, due);
	link_timer(wheel, timer);
	announce(wheel, wheel->timers[timer].due);
}

void wheel_cancel(struct wheel *wheel, uint32_t timer)
{
	if (timer == WHEEL_NONE)
		return;
	unlink_timer(wheel, timer);
	wheel->timers[timer].next = wheel->free;
	wheel->free = timer;
	wheel->armed--;
}

/* A wheel has completed a turn: the next slot of the wheel above comes down. */
static void cascade(struct wheel *wheel)
{
	for (unsigned level = 1; level < WHEEL_LEVELS; level++) {
		unsigned slot = level * WHEEL_SLOTS + (wheel->now >> SLOT_BITS * level) % WHEEL_SLOTS;
		uint32_t id = wheel->heads[slot];

		wheel->heads[slot] = WHEEL_NONE;
		while (id != WHEEL_NONE) {
			uint32_t next = wheel->timers[id].next;
			link_timer(wheel, id);
			id = next;
		}
		if ((wheel->now >> SLOT_BITS * level) % WHEEL_SLOTS)
			break;
	}
}

/* All timers of the slot that `now` has come to. */
static void hand_out(struct wheel *wheel)
{
	for (uint32_t id; (id = wheel->heads[wheel->now % WHEEL_SLOTS]) != WHEEL_NONE;) {
		uint32_t owner = wheel->timers[id].owner, kind = owner >> WHEEL_OWNER_BITS;
		wheel_cancel(wheel, id);
		wheel->kinds[kind].call(wheel->kinds[kind].context, owner & WHEEL_OWNER_MAX);
	}
}

uint32_t wheel_turn(struct wheel *wheel, uint32_t now)
{
	wheel->announced = 0; /* who turns it hears what is due next anyway */
	while (wheel->now < now) {
		uint32_t next = wheel_next(wheel);
		if (next > now) {
			/* Nothing stands between: wheel_next never passes a slot that has to come down. */
			wheel->now = now;
			break;
		}
		wheel->now = next;
		if (wheel->now % WHEEL_SLOTS == 0)
			cascade(wheel);
		hand_out(wheel);
	}
	return wheel->announced = wheel_next(wheel);
}

/* The first slot in use behind `from` in this turn of the wheel, or WHEEL_SLOTS. */
static unsigned first_used(const struct wheel *wheel, unsigned level, unsigned from)
{
	while (from < WHEEL_SLOTS && wheel->heads[level * WHEEL_SLOTS + from] == WHEEL_NONE)
		from++;
	return from;
}

uint32_t wheel_next(const struct wheel *wheel)
{
	if (!wheel->armed)
		return UINT32_MAX;
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned shift = SLOT_BITS * level;
		unsigned slot = first_used(wheel, level, (wheel->now >> shift) % WHEEL_SLOTS + 1);
		if (slot < WHEEL_SLOTS) /* on a higher wheel: when its slot has to come down */
			return (uint32_t)((((uint64_t)wheel->now >> shift & ~(uint64_t)(WHEEL_SLOTS - 1)) | slot)
					  << shift);
	}
	return UINT32_MAX;
}
