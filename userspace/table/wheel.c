/* SPDX-License-Identifier: BSD-2-Clause */
#include "table/wheel.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define SLOT_BITS 8
#define SMALLEST 64

void wheel_init(struct wheel *wheel, uint32_t now)
{
	*wheel = (struct wheel){.now = now, .free = WHEEL_NONE};
	for (unsigned slot = 0; slot < WHEEL_LEVELS * WHEEL_SLOTS; slot++)
		wheel->heads[slot] = WHEEL_NONE;
}

void wheel_free(struct wheel *wheel)
{
	free(wheel->timers);
	wheel->timers = NULL;
}

/* The slot for a time: on the lowest wheel on which it lies within the current turn. */
static uint16_t slot_for(const struct wheel *wheel, uint32_t due)
{
	unsigned level = 0;

	while (level < WHEEL_LEVELS - 1 && (due ^ wheel->now) >> (SLOT_BITS * (level + 1)))
		level++;
	return (uint16_t)(level * WHEEL_SLOTS + (due >> SLOT_BITS * level) % WHEEL_SLOTS);
}

static void link_timer(struct wheel *wheel, uint32_t id)
{
	struct wheel_timer *timer = &wheel->timers[id];

	timer->slot = slot_for(wheel, timer->due);
	timer->previous = WHEEL_NONE;
	timer->next = wheel->heads[timer->slot];
	if (timer->next != WHEEL_NONE)
		wheel->timers[timer->next].previous = id;
	wheel->heads[timer->slot] = id;
}

static void unlink_timer(struct wheel *wheel, uint32_t id)
{
	const struct wheel_timer *timer = &wheel->timers[id];

	if (timer->previous == WHEEL_NONE)
		wheel->heads[timer->slot] = timer->next;
	else
		wheel->timers[timer->previous].next = timer->next;
	if (timer->next != WHEEL_NONE)
		wheel->timers[timer->next].previous = timer->previous;
}

static int grow(struct wheel *wheel)
{
	uint32_t size = wheel->size ? wheel->size * 2 : SMALLEST;
	struct wheel_timer *timers = reallocarray(wheel->timers, size, sizeof *timers);

	if (!timers)
		return -ENOMEM;
	for (uint32_t id = size; id-- > wheel->size;) {
		timers[id].next = wheel->free;
		wheel->free = id;
	}
	wheel->timers = timers;
	wheel->size = size;
	return 0;
}

/* The slot of this very second has been handed out, so nothing may be put there. */
static uint32_t at_earliest(const struct wheel *wheel, uint32_t due)
{
	return due > wheel->now ? due : wheel->now + 1;
}

int wheel_arm(struct wheel *wheel, uint32_t due, uint32_t owner, uint32_t *ret)
{
	if (wheel->free == WHEEL_NONE) {
		int result = grow(wheel);
		if (result)
			return result;
	}
	uint32_t id = wheel->free;
	wheel->free = wheel->timers[id].next;
	wheel->timers[id] = (struct wheel_timer){.owner = owner, .due = at_earliest(wheel, due)};
	link_timer(wheel, id);
	wheel->armed++;
	*ret = id;
	return 0;
}

void wheel_move(struct wheel *wheel, uint32_t timer, uint32_t due)
{
	unlink_timer(wheel, timer);
	wheel->timers[timer].due = at_earliest(wheel, due);
	link_timer(wheel, timer);
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

void wheel_turn(struct wheel *wheel, uint32_t now, void (*due)(void *context, uint32_t owner), void *context)
{
	while (wheel->now < now) {
		uint32_t next = wheel_next(wheel);
		if (next > now) {
			/* Nothing stands between: wheel_next never passes a slot that has to come down. */
			wheel->now = now;
			return;
		}
		wheel->now = next;
		if (wheel->now % WHEEL_SLOTS == 0)
			cascade(wheel);
		for (uint32_t id; (id = wheel->heads[wheel->now % WHEEL_SLOTS]) != WHEEL_NONE;) {
			uint32_t owner = wheel->timers[id].owner;
			wheel_cancel(wheel, id);
			due(context, owner);
		}
	}
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
