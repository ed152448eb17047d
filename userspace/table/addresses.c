/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who holds this address? Bindings by each of their addresses and prefixes. The longest match is found by asking for
 * each length that is in use, the longest first: those are few (/32; /128, /64, /60, /56, /48).
 */
#include "table/internal.h"

static uint32_t *length_count(struct table *table, const struct prefix *prefix)
{
	return &table->lengths[prefix->address.family == DS_FAMILY_V6][prefix->length];
}

static bool holds(const void *context, uint32_t id, const void *key)
{
	const struct prefix *wanted = key;
	struct lease leases[BINDING_LEASES_MAX];
	size_t count = leases_get(slots_get(context, id), leases);

	for (size_t i = 0; i < count; i++)
		if (memcmp(&leases[i].prefix, wanted, sizeof *wanted) == 0)
			return true;
	return false;
}

void addresses_enter(struct table *table, const struct binding *binding)
{
	struct lease leases[BINDING_LEASES_MAX];
	size_t count = leases_get(binding, leases);

	for (size_t i = 0; i < count; i++) {
		index_add(&table->addresses, hash_prefix(table, &leases[i].prefix), binding->id);
		(*length_count(table, &leases[i].prefix))++;
	}
}

void addresses_leave(struct table *table, const struct binding *binding)
{
	struct lease leases[BINDING_LEASES_MAX];
	size_t count = leases_get(binding, leases);

	for (size_t i = 0; i < count; i++) {
		index_remove(&table->addresses, hash_prefix(table, &leases[i].prefix), binding->id);
		(*length_count(table, &leases[i].prefix))--;
	}
}

/* The prefix of that length in which another one lies. */
static struct prefix widened(const struct prefix *prefix, uint8_t length)
{
	struct prefix wide = {.address.family = prefix->address.family, .length = length};

	memcpy(wide.address.bytes, prefix->address.bytes, length / 8);
	if (length % 8)
		wide.address.bytes[length / 8] = (uint8_t)(prefix->address.bytes[length / 8] & (0xff00 >> length % 8));
	return wide;
}

static size_t find(const struct table *table, const struct prefix *wanted, uint32_t *ids, size_t max)
{
	uint64_t hash = hash_prefix(table, wanted);
	size_t at = INDEX_BEGIN, count = 0;
	uint32_t id;

	while (count < max && (id = index_find_next(&table->addresses, hash, holds, &table->bindings.slots, wanted,
						    &at)) != INDEX_NONE)
		ids[count++] = id;
	return count;
}

size_t table_find_covering(const struct table *table, const struct prefix *wanted, uint32_t *ids, size_t max)
{
	const uint32_t *lengths = table->lengths[wanted->address.family == DS_FAMILY_V6];
	size_t count = 0;

	for (int length = wanted->length; length >= 0 && !count; length--) {
		struct prefix wide = widened(wanted, (uint8_t)length);
		if (lengths[length])
			count = find(table, &wide, ids, max);
	}
	return count;
}
