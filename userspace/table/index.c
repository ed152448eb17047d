/* SPDX-License-Identifier: BSD-2-Clause */
#include "table/index.h"

#include <errno.h>
#include <string.h>

#include "table/room.h"

#define SMALLEST 64

/* Of so many places one is spare, so that room is not made for each entry that stands behind the last home. */
#define SPARE 64

#define LINE (64 / sizeof(struct index_place)) /* places in a cache line */

static size_t home_of(const struct index *index, uint32_t hash)
{
	return (size_t)((uint64_t)hash * index->size >> 32);
}

/* The halves of a hash together: which of them is the better one is not for the index to know. */
static uint32_t fold(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

static bool is_free(const struct index_place *place)
{
	return place->id == INDEX_NONE;
}

/* Where the first entry stands whose hash is not smaller, or could stand. */
static struct index_place *first_of(const struct index *index, uint32_t hash)
{
	struct index_place *place = &index->places[home_of(index, hash)];

	while (!is_free(place) && place->hash < hash)
		place++;
	return place;
}

/* --- Searching --- */

uint32_t index_find_next(const struct index *index, uint64_t hash, index_match *match, const void *context,
			 const void *key, size_t *at)
{
	const struct index_place *place;

	if (!index->size)
		return INDEX_NONE;
	place = *at == INDEX_BEGIN ? first_of(index, fold(hash)) : &index->places[*at + 1];
	for (; !is_free(place) && place->hash == fold(hash); place++) {
		if (match(context, place->id, key)) {
			*at = (size_t)(place - index->places);
			return place->id;
		}
	}
	return INDEX_NONE;
}

uint32_t index_find(const struct index *index, uint64_t hash, index_match *match, const void *context, const void *key)
{
	size_t at = INDEX_BEGIN;

	return index_find_next(index, hash, match, context, key, &at);
}

/* Two lines: there may be entries with smaller hashes before it. */
void index_send_for(const struct index *index, uint64_t hash)
{
	if (!index->size)
		return;
	const struct index_place *place = &index->places[home_of(index, fold(hash))];
	__builtin_prefetch(place, 1);
	__builtin_prefetch(place + LINE, 1);
}

/* --- Growing --- */

/* All entries to the end of the room, but for the last place. Returns where they begin there. */
static size_t push_together(struct index *index)
{
	size_t to = index->room - 1;

	for (size_t from = index->end; from-- > 0;)
		if (!is_free(&index->places[from]))
			index->places[--to] = index->places[from];
	return to;
}

/*
 * Each entry to its home, or behind the one before it. None is written over before it is read: those that come after it
 * find room behind it (make_room), so that it moves down, or stays.
 */
static void spread(struct index *index, size_t from)
{
	size_t to = 0;

	for (; from < index->room - 1; from++) {
		const struct index_place place = index->places[from];
		for (size_t home = home_of(index, place.hash); to < home; to++)
			index->places[to].id = INDEX_NONE;
		index->places[to++] = place;
	}
	for (index->end = to; to < index->room; to++)
		index->places[to].id = INDEX_NONE;
}

/* With more homes an entry moves up by no more places than there are homes more; an entry added, by one. */
static int make_room(struct index *index, size_t size, size_t count)
{
	size_t end = index->end > index->size ? index->end : index->size;
	size_t room = end + (size - index->size) + count + 1;
	struct index_place *places;

	if (size == index->size && room <= index->room)
		return 0;
	room += room / SPARE;
	if (room < index->room)
		room = index->room;
	places = room_grow(index->places, index->room * sizeof *places, room * sizeof *places);
	if (!places)
		return -ENOMEM;
	index->places = places;
	index->room = room;
	index->size = size;
	spread(index, push_together(index));
	return 0;
}

/* Homes for so many more. */
static size_t size_for(const struct index *index, size_t count)
{
	size_t wanted = index->used + count, size = index->size ? index->size : SMALLEST;

	while (wanted > size / 8 * 7)
		size += size / 4;
	return size;
}

int index_reserve(struct index *index, size_t count)
{
	return make_room(index, size_for(index, count), count);
}

int index_expect(struct index *index, size_t count)
{
	return make_room(index, size_for(index, count), 1);
}

/* --- Changes --- */

int index_add(struct index *index, uint64_t hash, uint32_t id)
{
	struct index_place *place, *last;
	int result = index_reserve(index, 1);

	if (result)
		return result;
	place = first_of(index, fold(hash));
	for (last = place; !is_free(last);)
		last++;
	memmove(place + 1, place, (size_t)(last - place) * sizeof *place);
	*place = (struct index_place){fold(hash), id};
	if ((size_t)(last - index->places) >= index->end)
		index->end = (size_t)(last - index->places) + 1;
	index->used++;
	return 0;
}

/* Whoever stands behind its home behind the hole moves down by one. */
static void close_gap(struct index *index, struct index_place *hole)
{
	struct index_place *last = hole + 1;

	while (!is_free(last) && &index->places[home_of(index, last->hash)] < last)
		last++;
	memmove(hole, hole + 1, (size_t)(last - hole - 1) * sizeof *hole);
	last[-1].id = INDEX_NONE;
}

void index_remove(struct index *index, uint64_t hash, uint32_t id)
{
	struct index_place *place;

	if (!index->size)
		return;
	place = first_of(index, fold(hash));
	while (!is_free(place) && place->hash == fold(hash) && place->id != id)
		place++;
	if (place->id != id || place->hash != fold(hash))
		return;
	close_gap(index, place);
	index->used--;
}

void index_free(struct index *index)
{
	room_give(index->places, index->room * sizeof *index->places);
	*index = (struct index){0};
}
