/* SPDX-License-Identifier: BSD-2-Clause */
#include "table/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST 64

static size_t next(const struct index *index, size_t at)
{
	return (at + 1) & (index->size - 1);
}

uint32_t index_find(const struct index *index, uint64_t hash, index_match *match, const void *context, const void *key)
{
	if (!index->size)
		return INDEX_NONE;
	for (size_t at = hash & (index->size - 1); index->places[at].id != INDEX_NONE; at = next(index, at)) {
		const struct index_place *place = &index->places[at];
		if (place->hash == (uint32_t)hash && match(context, place->id, key))
			return place->id;
	}
	return INDEX_NONE;
}

static void put(struct index *index, uint32_t hash, uint32_t id)
{
	size_t at = hash & (index->size - 1);

	while (index->places[at].id != INDEX_NONE)
		at = next(index, at);
	index->places[at] = (struct index_place){hash, id};
}

static int grow(struct index *index)
{
	struct index bigger = {.size = index->size ? index->size * 2 : SMALLEST, .used = index->used};

	bigger.places = malloc(bigger.size * sizeof *bigger.places);
	if (!bigger.places)
		return -ENOMEM;
	memset(bigger.places, 0xff, bigger.size * sizeof *bigger.places); /* INDEX_NONE everywhere */
	for (size_t at = 0; at < index->size; at++)
		if (index->places[at].id != INDEX_NONE)
			put(&bigger, index->places[at].hash, index->places[at].id);
	free(index->places);
	*index = bigger;
	return 0;
}

int index_add(struct index *index, uint64_t hash, uint32_t id)
{
	if (index->used >= index->size / 4 * 3) {
		int result = grow(index);
		if (result)
			return result;
	}
	put(index, (uint32_t)hash, id);
	index->used++;
	return 0;
}

/* Closes the gap at `hole`: a later entry of the same run moves into it if it may stand there. */
static void close_gap(struct index *index, size_t hole)
{
	size_t mask = index->size - 1;

	for (size_t at = next(index, hole); index->places[at].id != INDEX_NONE; at = next(index, at)) {
		size_t home = index->places[at].hash & mask;
		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		index->places[hole] = index->places[at];
		hole = at;
	}
	index->places[hole].id = INDEX_NONE;
}

void index_remove(struct index *index, uint64_t hash, uint32_t id)
{
	if (!index->size)
		return;
	for (size_t at = hash & (index->size - 1); index->places[at].id != INDEX_NONE; at = next(index, at)) {
		if (index->places[at].id == id) {
			close_gap(index, at);
			index->used--;
			return;
		}
	}
}

void index_free(struct index *index)
{
	free(index->places);
	*index = (struct index){0};
}
