/* SPDX-License-Identifier: BSD-2-Clause */
/* How do all kinds of entries stand in the table? By id in slots, by key in an index. */
#include "table/internal.h"

/* The context of a match is the slots: ids become entries there. */
void *shelf_find(const struct shelf *shelf, uint64_t hash, index_match *match, const void *key)
{
	return slots_get(&shelf->slots, index_find(&shelf->index, hash, match, &shelf->slots, key));
}

void *shelf_recall(const struct shelf *shelf, index_match *match, const void *key)
{
	void *entry = slots_get(&shelf->slots, shelf->last);

	return entry && match(&shelf->slots, shelf->last, key) ? entry : NULL;
}

void shelf_note(struct shelf *shelf, uint32_t id)
{
	shelf->last = id;
}

int shelf_add(struct shelf *shelf, uint64_t hash, void *entry, uint32_t *id)
{
	int result = index_reserve(&shelf->index, 1);

	if (!result)
		result = *id == TABLE_NONE ? slots_add(&shelf->slots, entry, id)
					   : slots_add_at(&shelf->slots, entry, *id);
	return result ? result : index_add(&shelf->index, hash, *id);
}

void shelf_remove(struct shelf *shelf, uint64_t hash, uint32_t id)
{
	index_remove(&shelf->index, hash, id);
	slots_remove(&shelf->slots, id);
}

void shelf_init(struct shelf *shelf)
{
	slots_init(&shelf->slots);
}

void shelf_free(struct shelf *shelf)
{
	slots_free(&shelf->slots);
	index_free(&shelf->index);
}
