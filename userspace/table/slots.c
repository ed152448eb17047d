/* SPDX-License-Identifier: BSD-2-Clause */
#include "table/slots.h"

#include <errno.h>

#include "table/room.h"

#define SMALLEST 64

void slots_init(struct slots *slots)
{
	*slots = (struct slots){.free = SLOTS_NONE};
}

void slots_free(struct slots *slots)
{
	room_give(slots->entries, slots->size * sizeof *slots->entries);
	slots_init(slots);
}

/* Room is doubled, but not touched before it is used: until then it costs no memory. */
static int make_room(struct slots *slots, uint32_t id)
{
	uint32_t size = slots->size ? slots->size : SMALLEST;

	while (size <= id)
		size *= 2;
	if (size == slots->size)
		return 0;
	union slot *entries = room_grow(slots->entries, slots->size * sizeof *entries, size * sizeof *entries);
	if (!entries)
		return -ENOMEM;
	slots->entries = entries;
	slots->size = size;
	return 0;
}

static void put_free(struct slots *slots, uint32_t id)
{
	slots->entries[id].free = (uintptr_t)slots->free << 1 | 1;
	slots->free = id;
}

static uint32_t take_free(struct slots *slots)
{
	uint32_t id = slots->free;

	slots->free = (uint32_t)(slots->entries[id].free >> 1);
	return id;
}

int slots_add(struct slots *slots, void *entry, uint32_t *ret)
{
	if (slots->free == SLOTS_NONE) {
		*ret = slots->highest;
		return slots_add_at(slots, entry, slots->highest);
	}
	*ret = take_free(slots);
	slots->entries[*ret].entry = entry;
	slots->count++;
	return 0;
}

int slots_add_at(struct slots *slots, void *entry, uint32_t id)
{
	if (id < slots->highest || id >= SLOTS_NONE / 2)
		return -EINVAL;
	int result = make_room(slots, id);
	if (result)
		return result;
	while (slots->highest < id)
		put_free(slots, slots->highest++);
	slots->entries[slots->highest++].entry = entry;
	slots->count++;
	return 0;
}

void slots_remove(struct slots *slots, uint32_t id)
{
	put_free(slots, id);
	slots->count--;
}

void *slots_next(const struct slots *slots, uint32_t *cursor)
{
	while (*cursor < slots->highest) {
		void *entry = slots_get(slots, (*cursor)++);
		if (entry)
			return entry;
	}
	return NULL;
}
