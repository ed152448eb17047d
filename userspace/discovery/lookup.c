/* SPDX-License-Identifier: BSD-2-Clause */
#include "discovery/lookup.h"

#include <errno.h>
#include <stdlib.h>

#define BUCKETS 65536

/* What makes two questions one, as bytes without chance in them. */
struct key {
	struct resolver_place place;
	uint16_t type;
	uint8_t length;
	uint8_t name[DNS_NAME_MAX];
};

static void make_place(const struct resolver_place *place, struct resolver_place *ret)
{
	memcpy(ret->device, place->device, strnlen(place->device, sizeof ret->device - 1));
	ret->trusted = place->trusted;
	ret->count = place->count < RESOLVERS_MAX ? place->count : RESOLVERS_MAX;
	for (unsigned i = 0; i < ret->count; i++) {
		ret->resolvers[i].address = place->resolvers[i].address;
		ret->resolvers[i].port = place->resolvers[i].port;
	}
}

/* Lengths of labels are no letters: 63 at most. */
static void make_key(const struct resolver_place *place, const struct dns_name *name, uint16_t type, struct key *ret)
{
	memset(ret, 0, offsetof(struct key, name)); /* the padding too */
	make_place(place, &ret->place);
	ret->type = type;
	ret->length = name->length;
	for (unsigned i = 0; i < name->length; i++)
		ret->name[i] = name->wire[i] >= 'A' && name->wire[i] <= 'Z' ? name->wire[i] | 0x20 : name->wire[i];
}

static bool place_equal(const struct resolver_place *a, const struct resolver_place *b)
{
	if (a->trusted != b->trusted || a->count != b->count || memcmp(a->device, b->device, sizeof a->device) != 0)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (!resolver_address_equal(&a->resolvers[i], &b->resolvers[i]))
			return false;
	return true;
}

static bool has_key(const struct lookup *lookup, uint64_t hash, const struct key *key)
{
	return lookup->hash == hash && lookup->type == key->type && lookup->length == key->length &&
	       memcmp(lookup->name, key->name, key->length) == 0 && place_equal(&lookup->place, &key->place);
}

/* An estimate: what malloc adds is left out. */
static size_t size_of(const struct lookup *lookup)
{
	static const struct {
		uint16_t type;
		size_t size;
	} records[] = {
		{DNS_A, sizeof(struct address)}, {DNS_AAAA, sizeof(struct address)}, {DNS_NAPTR, sizeof(struct naptr)},
		{DNS_SRV, sizeof(struct srv)},   {DNS_PTR, sizeof(struct dns_name)},
	};
	size_t size = sizeof *lookup + lookup->length;

	for (size_t i = 0; i < sizeof records / sizeof *records; i++)
		if (records[i].type == lookup->type)
			size += lookup->answer.count * records[i].size;
	return size;
}

static void unlink_lookup(struct lookup *lookup)
{
	if (lookup->known)
		LIST_REMOVE(lookup, chain);
	lookup->known = false;
}

static void lookup_free(struct lookups *lookups, struct lookup *lookup)
{
	struct question *question;

	unlink_lookup(lookup);
	TAILQ_REMOVE(&lookups->lists[lookup->state], lookup, others);
	lookups->counts[lookup->state]--;
	lookups->bytes -= size_of(lookup);
	while ((question = TAILQ_FIRST(&lookup->questions))) {
		TAILQ_REMOVE(&lookup->questions, question, others);
		free(question);
	}
	answer_clear(&lookup->answer);
	free(lookup);
}

static struct lookup *lookup_new(struct lookups *lookups, uint64_t hash, const struct key *key)
{
	struct lookup *lookup = calloc(1, sizeof *lookup + key->length);

	if (!lookup)
		return NULL;
	TAILQ_INIT(&lookup->questions);
	lookup->hash = hash;
	memcpy(&lookup->place, &key->place, sizeof key->place);
	lookup->type = key->type;
	lookup->length = key->length;
	memcpy(lookup->name, key->name, key->length);
	lookup->known = true;
	LIST_INSERT_HEAD(&lookups->buckets[hash % BUCKETS], lookup, chain);
	TAILQ_INSERT_TAIL(&lookups->lists[LOOKUP_IDLE], lookup, others);
	lookups->counts[LOOKUP_IDLE]++;
	lookups->bytes += size_of(lookup);
	return lookup;
}

struct lookup *lookups_get(struct lookups *lookups, const struct resolver_place *place, const struct dns_name *name,
			   uint16_t type)
{
	struct key key;
	struct lookup *lookup;

	make_key(place, name, type, &key);
	uint64_t hash = hash_bytes(&lookups->key, &key, offsetof(struct key, name) + key.length);
	for (lookup = LIST_FIRST(&lookups->buckets[hash % BUCKETS]); lookup; lookup = LIST_NEXT(lookup, chain))
		if (has_key(lookup, hash, &key))
			return lookup;
	return lookup_new(lookups, hash, &key);
}

static void evict(struct lookups *lookups)
{
	while (lookups->counts[LOOKUP_IDLE] &&
	       (lookups->counts[LOOKUP_IDLE] > LOOKUPS_IDLE_MAX || lookups->bytes > LOOKUPS_BYTES_MAX))
		lookup_free(lookups, lookups_first(lookups, LOOKUP_IDLE));
}

void lookup_move(struct lookups *lookups, struct lookup *lookup, enum lookup_state state)
{
	TAILQ_REMOVE(&lookups->lists[lookup->state], lookup, others);
	lookups->counts[lookup->state]--;
	lookup->state = state;
	TAILQ_INSERT_TAIL(&lookups->lists[state], lookup, others);
	lookups->counts[state]++;
	if (state != LOOKUP_IDLE)
		return;
	if (!lookup->known)
		lookup_free(lookups, lookup);
	evict(lookups);
}

void lookup_set_answer(struct lookups *lookups, struct lookup *lookup, const struct answer *answer)
{
	lookups->bytes -= size_of(lookup);
	answer_clear(&lookup->answer);
	lookup->answer = *answer;
	lookups->bytes += size_of(lookup);
}

void lookups_forget(struct lookups *lookups)
{
	struct lookup *lookup;

	while ((lookup = lookups_first(lookups, LOOKUP_IDLE)))
		lookup_free(lookups, lookup);
	for (enum lookup_state state = LOOKUP_IDLE; state < LOOKUP_STATE_COUNT; state++)
		for (lookup = lookups_first(lookups, state); lookup; lookup = TAILQ_NEXT(lookup, others))
			unlink_lookup(lookup);
}

int lookups_init(struct lookups *lookups)
{
	*lookups = (struct lookups){.key = hash_key_random()};
	for (enum lookup_state state = LOOKUP_IDLE; state < LOOKUP_STATE_COUNT; state++)
		TAILQ_INIT(&lookups->lists[state]);
	lookups->buckets = calloc(BUCKETS, sizeof *lookups->buckets);
	return lookups->buckets ? 0 : -ENOMEM;
}

void lookups_clear(struct lookups *lookups)
{
	for (enum lookup_state state = LOOKUP_IDLE; state < LOOKUP_STATE_COUNT; state++)
		while (lookups->counts[state])
			lookup_free(lookups, lookups_first(lookups, state));
	free(lookups->buckets);
	lookups->buckets = NULL;
}
