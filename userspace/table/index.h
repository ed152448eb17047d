/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which entry has this key? A hash index from keys to entry ids: open addressing, linear probing, eight bytes a place.
 * It stores the hash beside the id, so that a probe seldom touches an entry and growing touches none.
 */
#ifndef TABLE_INDEX_H
#define TABLE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INDEX_NONE UINT32_MAX

struct index_place {
	uint32_t hash;
	uint32_t id; /* INDEX_NONE: free */
};

struct index {
	struct index_place *places;
	size_t size; /* a power of two, or 0 */
	size_t used;
};

/* Has the entry `id` the key that is looked for? */
typedef bool index_match(const void *context, uint32_t id, const void *key);

/* The id of the entry with that key, or INDEX_NONE. */
uint32_t index_find(const struct index *index, uint64_t hash, index_match *match, const void *context, const void *key);

/* Adds an entry that is not there yet. Returns 0 or -ENOMEM. */
int index_add(struct index *index, uint64_t hash, uint32_t id);

/* Removes an entry that is there. */
void index_remove(struct index *index, uint64_t hash, uint32_t id);

void index_free(struct index *index);

#endif
