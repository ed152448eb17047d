/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which entry has this key? A hash index from keys to entry ids: open addressing, linear probing, eight bytes a place.
 * It stores the hash beside the id, so that a probe seldom touches an entry and growing touches none.
 *
 * A hash's home is where it stands among all hashes, scaled to the index, and no entry stands before one with a smaller
 * hash. So the index is a sorted array with gaps in it: a search ends at the first greater hash, and growing is one
 * pass in each direction, in place. That is cheap enough to be done in small steps: an index is never less than 2/3
 * full, which is what counts with millions of entries.
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
	size_t size; /* homes */
	size_t room; /* places: entries may stand behind the last home. The last one is always free. */
	size_t end;  /* no entry stands here or behind it */
	size_t used;
};

/* Has the entry `id` the key that is looked for? */
typedef bool index_match(const void *context, uint32_t id, const void *key);

/* The id of the entry with that key, or INDEX_NONE. */
uint32_t index_find(const struct index *index, uint64_t hash, index_match *match, const void *context, const void *key);

/*
 * Keys that several entries may have: each call returns the next of them, or INDEX_NONE. *at is INDEX_BEGIN at first.
 * The index stays as it is meanwhile.
 */
#define INDEX_BEGIN SIZE_MAX
uint32_t index_find_next(const struct index *index, uint64_t hash, index_match *match, const void *context,
			 const void *key, size_t *at);

/* Where an entry with that hash stands, or would: sent for, to be in the cache when it is looked for later. */
void index_send_for(const struct index *index, uint64_t hash);

/* Makes room for `count` more, a few, even if all come to stand behind the last home. Returns 0 or -ENOMEM. */
int index_reserve(struct index *index, size_t count);

/* `count` more are about to come, many: grows at once, and not step by step. Returns 0 or -ENOMEM. */
int index_expect(struct index *index, size_t count);

/* Adds an entry that is not there yet. Returns 0 or -ENOMEM; always 0 where room was made. */
int index_add(struct index *index, uint64_t hash, uint32_t id);

/* Removes an entry that is there. */
void index_remove(struct index *index, uint64_t hash, uint32_t id);

void index_free(struct index *index);

#endif
