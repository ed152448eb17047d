/* SPDX-License-Identifier: BSD-2-Clause */
#include "table/slots.h"

#include <errno.h>
#include <stdlib.h>

#define SMALLEST 64

static int grow(struct slots *slots)
{
	uint32_t size = slots->size ? slots->size * 2 : SMALLEST;
	void **entries = reallocarray(slots->entries, size, sizeof *entries);

	if (!entries)
		return -ENOMEM;
	slots->entries = entries;
	uint32_t *free_ids = reallocarray(slots->free, size, sizeof *free_ids);
	if (!free_ids)
		return -ENOMEM;
	slots->free = free_ids;
	slots->size = size;
	return 0;
}

int slots_add(struct slots *slots, void *entry, uint32_t *ret)
{
	if (!slots->free_count && slots->highest == slots->size) {
		int result = grow(slots);
		if (result)
			return result;
	}
	uint32_t id = slots->free_count ? slots->free[--slots->free_count] : slots->highest++;
	slots->entries[id] = entry;
	slots->count++;
	*ret = id;
	return 0;
}

void slots_remove(struct slots *slots, uint32_t id)
{
	slots->entries[id] = NULL;
	slots->free[slots->free_count++] = id;
	slots->count--;
}

void *slots_next(const struct slots *slots, uint32_t *cursor)
{
	while (*cursor < slots->highest) {
		void *entry = slots->entries[(*cursor)++];
		if (entry)
			return entry;
	}
	return NULL;
}

void slots_free(struct slots *slots)
{
	free(slots->entries);
	free(slots->free);
	*slots = (struct slots){0};
}
