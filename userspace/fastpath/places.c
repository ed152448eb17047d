/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where is it written what is settled? In a table that the kernel's programs read while it is written, and look for
 * each key in two of its sets (struct ds_settled_set). Where both are full, others move to the other set that they may
 * stand in, until one finds an empty place (Pagh, Rodler: Cuckoo Hashing, 2001).
 *
 * A program may read any place at any moment. So the key, which makes the rest valid, goes first and comes last; and
 * who moves is written where it will stand before it goes where it stood. At worst a program meets it in neither set,
 * once, and the reply comes up once more.
 *
 * A writer that was killed may have left one that stands twice: whoever is written or cleared is so in all its places.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "fastpath/internal.h"

/* Sets that are looked at before a new key is refused. At 95 % of the places taken hardly one in a million needs more.
 */
#define SEARCH_MAX 512

/* No way leads to this one: its set is one of the new key's own. */
#define NOBODY UINT16_MAX

static void *map_all(int map, size_t size)
{
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	return mapped == MAP_FAILED ? NULL : mapped;
}

int places_open(struct places *ret, int map, uint32_t count, int hints)
{
	struct places places = {.count = count};

	places.sets = map_all(map, count * sizeof *places.sets);
	places.hints = places.sets ? map_all(hints, sizeof *places.hints) : NULL;
	if (!places.hints) {
		int result = -errno;
		places_close(&places);
		return result;
	}
	*ret = places;
	return 0;
}

void places_close(struct places *places)
{
	if (places->sets)
		munmap(places->sets, places->count * sizeof *places->sets);
	if (places->hints)
		munmap(places->hints, sizeof *places->hints);
	*places = (struct places){0};
}

/* --- One place --- */

static uint64_t load(const __u64 *from)
{
	return __atomic_load_n(from, __ATOMIC_RELAXED);
}

static void store(__u64 *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELAXED);
}

static void place_clear(struct ds_settled *place)
{
	store(&place->key, 0);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* before anything else is written, or read, there */
}

static void place_write(struct ds_settled *place, const struct ds_settled *entry)
{
	place_clear(place);
	for (unsigned i = 0; i < DS_SETTLED_DIGESTS; i++)
		store(&place->digests[i], entry->digests[i]);
	store(&place->time, entry->time);
	__atomic_store_n(&place->key, entry->key, __ATOMIC_RELEASE);
}

static void place_move(struct ds_settled *to, struct ds_settled *from)
{
	const struct ds_settled entry = *from;

	place_write(to, &entry);
	place_clear(from);
	uint64_t noted = load(&from->time); /* while it moved */
	if (noted > load(&to->time))
		store(&to->time, noted);
}

/* --- A key's places --- */

struct candidates {
	struct ds_settled_set *sets[2]; /* by chance the same one */
};

static struct candidates candidates_of(const struct places *places, uint64_t key)
{
	struct ds_settled_where where = ds_settled_where(key, places->count);

	return (struct candidates){{&places->sets[where.sets[0]], &places->sets[where.sets[1]]}};
}

/* Where in the set the key stands, be it 0 for an empty place; NULL: nowhere. */
static struct ds_settled *set_find(struct ds_settled_set *set, uint64_t key)
{
	for (unsigned i = 0; i < DS_SETTLED_PLACES; i++)
		if (load(&set->places[i].key) == key)
			return &set->places[i];
	return NULL;
}

static struct ds_settled *find(const struct candidates *candidates, uint64_t key)
{
	struct ds_settled *first = set_find(candidates->sets[0], key);

	return first ? first : set_find(candidates->sets[1], key);
}

void places_send_for(const struct places *places, uint64_t key)
{
	struct candidates candidates = candidates_of(places, key);

	__builtin_prefetch(candidates.sets[0], 1);
	__builtin_prefetch(candidates.sets[1], 1);
}

bool places_read(const struct places *places, uint64_t key, struct ds_settled *ret)
{
	struct candidates candidates = candidates_of(places, key);
	const struct ds_settled *place = find(&candidates, key);

	if (place)
		*ret = *place;
	return place != NULL;
}

void places_clear(struct places *places, uint64_t key)
{
	struct candidates candidates = candidates_of(places, key);
	struct ds_settled *place;

	while ((place = find(&candidates, key)))
		place_clear(place);
}

void places_clear_all(struct places *places)
{
	for (uint32_t set = 0; set < places->count; set++)
		for (unsigned i = 0; i < DS_SETTLED_PLACES; i++)
			store(&places->sets[set].places[i].key, 0);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	memset(places->hints, 0, sizeof *places->hints);
}

/* A bit stays when those who set it go, until all go: it only costs a look at them. */
static void hint(const struct places *places, uint64_t key)
{
	uint32_t index = ds_settled_where(key, places->count).hint;

	places->hints->octets[index / 8] |= (uint8_t)(1U << index % 8);
}

/* --- Making room --- */

/* A set that was come upon, as the other one of an entry in a set that was looked at before. */
struct step {
	struct ds_settled_set *set;
	uint16_t from;  /* index of that step, */
	uint16_t place; /* and the entry's place there */
};

struct search {
	struct step steps[SEARCH_MAX];
	unsigned count;
};

static void search_add(struct search *search, struct ds_settled_set *set, unsigned from, unsigned place)
{
	if (search->count < SEARCH_MAX)
		search->steps[search->count++] = (struct step){set, (uint16_t)from, (uint16_t)place};
}

/* Where else those who stand in this set may stand. */
static void search_on(const struct places *places, struct search *search, unsigned at)
{
	struct ds_settled_set *set = search->steps[at].set;

	for (unsigned i = 0; i < DS_SETTLED_PLACES; i++) {
		struct candidates candidates = candidates_of(places, set->places[i].key);
		search_add(search, candidates.sets[0] == set ? candidates.sets[1] : candidates.sets[0], at, i);
	}
}

/* Each one moves to where the one behind it left a place. Returns the place that is empty in the end. */
static struct ds_settled *move_all(const struct search *search, unsigned at, struct ds_settled *empty)
{
	for (const struct step *step = &search->steps[at]; step->from != NOBODY; step = &search->steps[step->from]) {
		struct ds_settled *leaves = &search->steps[step->from].set->places[step->place];
		place_move(empty, leaves);
		empty = leaves;
	}
	return empty;
}

/*
 * The nearest empty place is found before anybody moves, breadth first, so that no set is twice on the way to it, and
 * as few as can be move. NULL: there is none so near.
 */
static struct ds_settled *make_room(const struct places *places, const struct candidates *candidates)
{
	struct search search; /* most of it is never used */

	search.count = 0;
	search_add(&search, candidates->sets[0], NOBODY, 0);
	search_add(&search, candidates->sets[1], NOBODY, 0);
	for (unsigned at = 0; at < search.count; at++) {
		struct ds_settled *empty = set_find(search.steps[at].set, 0);
		if (empty)
			return move_all(&search, at, empty);
		search_on(places, &search, at);
	}
	return NULL;
}

bool places_write(struct places *places, const struct ds_settled *entry)
{
	struct candidates candidates = candidates_of(places, entry->key);
	struct ds_settled *place = find(&candidates, entry->key);

	places_clear(places, entry->key);
	if (!place)
		place = make_room(places, &candidates);
	if (!place)
		return false;
	place_write(place, entry);
	hint(places, entry->key);
	return true;
}
