/* SPDX-License-Identifier: BSD-2-Clause */
#include "table/index.h"

#include <errno.h>
#include <string.h>

#include "table/room.h"

#define SMALLEST 64

static size_t next(const struct index *index, size_t at)
{
	return at + 1 < index->size ? at + 1 : 0;
}

/* From `from` to `to`, as probing goes. */
static size_t distance(const struct index *index, size_t from, size_t to)
{
	return to >= from ? to - from : to + index->size - from;
}

static size_t home_of(const struct index *index, uint32_t hash)
{
	return (size_t)((uint64_t)hash * index->size >> 32);
}

/* The halves of a hash together: which of them is the better one is not for the index to know. */
static uint32_t fold(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

uint32_t index_find_next(const struct index *index, uint64_t hash, index_match *match, const void *context,
			 const void *key, size_t *at)
{
	if (!index->size)
		return INDEX_NONE;
	*at = *at == INDEX_BEGIN ? home_of(index, fold(hash)) : next(index, *at);
	for (; index->places[*at].id != INDEX_NONE; *at = next(index, *at)) {
		const struct index_place *place = &index->places[*at];
		if (place->hash == fold(hash) && match(context, place->id, key))
			return place->id;
	}
	return INDEX_NONE;
}

uint32_t index_find(const struct index *index, uint64_t hash, index_match *match, const void *context, const void *key)
{
	size_t at = INDEX_BEGIN;

	return index_find_next(index, hash, match, context, key, &at);
}

static void put(struct index *index, struct index_place place)
{
	size_t at = home_of(index, place.hash);

	while (index->places[at].id != INDEX_NONE)
		at = next(index, at);
	index->places[at] = place;
}

static int resize(struct index *index, size_t size)
{
	struct index bigger = {.size = size, .used = index->used};

	bigger.places = room_take(size * sizeof *bigger.places);
	if (!bigger.places)
		return -ENOMEM;
	memset(bigger.places, 0xff, size * sizeof *bigger.places); /* INDEX_NONE everywhere */
	for (size_t at = 0; at < index->size; at++)
		if (index->places[at].id != INDEX_NONE)
			put(&bigger, index->places[at]);
	index_free(index);
	*index = bigger;
	return 0;
}

int index_reserve(struct index *index, size_t count)
{
	size_t wanted = index->used + count, size = index->size ? index->size : SMALLEST;

	while (wanted > size / 8 * 7)
		size += size / 8;
	return size == index->size ? 0 : resize(index, size);
}

int index_add(struct index *index, uint64_t hash, uint32_t id)
{
	int result = index_reserve(index, 1);

	if (result)
		return result;
	put(index, (struct index_place){fold(hash), id});
	index->used++;
	return 0;
}

/* Closes the gap at `hole`: a later entry of the same run moves into it if it may stand there. */
static void close_gap(struct index *index, size_t hole)
{
	for (size_t at = next(index, hole); index->places[at].id != INDEX_NONE; at = next(index, at)) {
		size_t home = home_of(index, index->places[at].hash);
		if (distance(index, home, at) < distance(index, hole, at))
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
	for (size_t at = home_of(index, fold(hash)); index->places[at].id != INDEX_NONE; at = next(index, at)) {
		if (index->places[at].id == id && index->places[at].hash == fold(hash)) {
			close_gap(index, at);
			index->used--;
			return;
		}
	}
}

void index_free(struct index *index)
{
	room_give(index->places, index->size * sizeof *index->places);
	*index = (struct index){0};
}
