/* SPDX-License-Identifier: BSD-2-Clause */
/* Which entry has this id? Entries by small numbers that stay theirs, and are given out again when they end. */
#ifndef TABLE_SLOTS_H
#define TABLE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

struct slots {
	void **entries; /* NULL: free */
	uint32_t *free; /* ids given back, as a stack */
	uint32_t size, count, highest, free_count;
};

/* Gives `entry` an id. Returns 0 or -ENOMEM. */
int slots_add(struct slots *slots, void *entry, uint32_t *ret);
void slots_remove(struct slots *slots, uint32_t id);
void slots_free(struct slots *slots);

static inline void *slots_get(const struct slots *slots, uint32_t id)
{
	return id < slots->highest ? slots->entries[id] : NULL;
}

/* The entry with the lowest id that is at least *cursor, which moves behind it; NULL at the end. */
void *slots_next(const struct slots *slots, uint32_t *cursor);

#endif
