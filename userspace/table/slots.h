/* SPDX-License-Identifier: BSD-2-Clause */
/* Which entry has this id? Entries by small numbers that stay theirs, and are given out again when they end. */
#ifndef TABLE_SLOTS_H
#define TABLE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

/* Entries are aligned, and so their addresses even. */
union slot {
	void *entry;
	uintptr_t free; /* an odd number: nobody has this id, and the rest of it is the next such one */
};

struct slots {
	union slot *entries;
	uint32_t size, count, highest;
	uint32_t free; /* list of ids given back; SLOTS_NONE: empty */
};

#define SLOTS_NONE UINT32_MAX

void slots_init(struct slots *slots);
void slots_free(struct slots *slots);

/* Gives `entry`, which is aligned to 2 bytes at least, an id. Returns 0 or -ENOMEM. */
int slots_add(struct slots *slots, void *entry, uint32_t *ret);

/* Puts it at an id of its own. Returns 0, -ENOMEM, or -EINVAL when that is below one that was given out before. */
int slots_add_at(struct slots *slots, void *entry, uint32_t id);

void slots_remove(struct slots *slots, uint32_t id);

static inline void *slots_get(const struct slots *slots, uint32_t id)
{
	return id < slots->highest && !(slots->entries[id].free & 1) ? slots->entries[id].entry : NULL;
}

/* The entry with the lowest id that is at least *cursor, which moves behind it; NULL at the end. */
void *slots_next(const struct slots *slots, uint32_t *cursor);

#endif
