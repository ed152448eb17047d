/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which addresses and prefixes does a binding hold, in how few bytes? Each is its length in bits, its lifetime, and the
 * bytes of an address of the binding's family: 9 bytes for IPv4, 21 for IPv6, at the end of the tail. A binding has
 * room for those that it was made with; more than that go apart.
 */
#include <errno.h>
#include <stdlib.h>

#include "table/internal.h"

#define FIXED (1 + sizeof(uint32_t)) /* length, lifetime */

static size_t address_size(uint8_t family)
{
	return family == DS_FAMILY_V4 ? 4 : 16;
}

static size_t packed_size(uint8_t family, size_t count)
{
	return count * (FIXED + address_size(family));
}

size_t leases_room(uint8_t family, size_t count)
{
	size_t size = packed_size(family, count);

	return size > sizeof(void *) ? size : sizeof(void *); /* for the pointer to those apart */
}

/* Where in the tail they begin. IPv6 clients may tell their hardware address later than themselves. */
static uint8_t *place_of(const struct binding *binding)
{
	size_t hw = binding->family == DS_FAMILY_V6 ? BINDING_HW6 : 0;

	return (uint8_t *)binding->tail + binding->client_length + hw;
}

static uint8_t *packed_of(const struct binding *binding)
{
	uint8_t *place = place_of(binding), *apart;

	if (!binding->apart)
		return place;
	memcpy(&apart, place, sizeof apart);
	return apart;
}

static size_t room_of(const struct binding *binding)
{
	return (size_t)(((const uint8_t *)binding + binding->units * POOL_UNIT) - place_of(binding));
}

static uint8_t *pack(uint8_t *at, const struct lease *lease)
{
	size_t size = address_size(lease->prefix.address.family);

	*at++ = lease->prefix.length;
	memcpy(at, &lease->lifetime, sizeof lease->lifetime);
	at += sizeof lease->lifetime;
	memcpy(at, lease->prefix.address.bytes, size);
	return at + size;
}

static const uint8_t *unpack(const uint8_t *at, uint8_t family, struct lease *ret)
{
	size_t size = address_size(family);

	*ret = (struct lease){.prefix = {.address.family = family, .length = *at++}};
	memcpy(&ret->lifetime, at, sizeof ret->lifetime);
	at += sizeof ret->lifetime;
	memcpy(ret->prefix.address.bytes, at, size);
	return at + size;
}

size_t leases_get(const struct binding *binding, struct lease leases[BINDING_LEASES_MAX])
{
	const uint8_t *at = packed_of(binding);

	size_t count = binding->lease_count;

	for (size_t i = 0; i < count; i++)
		at = unpack(at, binding->family, &leases[i]);
	return count;
}

static bool same_prefix(const struct lease *a, const struct lease *b)
{
	return a->prefix.length == b->prefix.length && address_equal(&a->prefix.address, &b->prefix.address);
}

bool leases_are(const struct binding *binding, const struct lease *leases, size_t count)
{
	struct lease held[BINDING_LEASES_MAX];

	size_t held_count = leases_get(binding, held);

	if (held_count != count)
		return false;
	for (size_t i = 0; i < held_count; i++)
		if (!same_prefix(&leases[i], &held[i]))
			return false;
	return true;
}

static bool is_among(const struct lease *lease, const struct lease *leases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (same_prefix(lease, &leases[i]))
			return true;
	return false;
}

static bool is_valid(uint8_t family, const struct prefix *prefix)
{
	return prefix->address.family == family && prefix->length <= 8 * address_size(family);
}

/* What is worth keeping of them: the ones with lifetime 0 are withdrawn, and one told twice is held once. */
static size_t sift(uint8_t family, const struct lease *leases, size_t count, struct lease ret[BINDING_LEASES_MAX])
{
	size_t kept = 0;

	for (size_t i = 0; i < count && kept < BINDING_LEASES_MAX; i++)
		if (leases[i].lifetime && is_valid(family, &leases[i].prefix) && !is_among(&leases[i], ret, kept))
			ret[kept++] = leases[i];
	return kept;
}

static void write_all(struct binding *binding, const struct lease *leases, size_t count)
{
	uint8_t *at = packed_of(binding);

	for (size_t i = 0; i < count; i++)
		at = pack(at, &leases[i]);
	binding->lease_count = (uint8_t)count;
}

void leases_free(struct binding *binding)
{
	if (binding->apart)
		free(packed_of(binding));
	binding->apart = false;
	binding->lease_count = 0;
}

/* Makes room for another set than is held. On failure the old one is still there. */
static int make_room(struct binding *binding, size_t count)
{
	bool apart = packed_size(binding->family, count) > room_of(binding);
	uint8_t *packed = apart ? reallocarray(NULL, count, packed_size(binding->family, 1)) : NULL;

	if (apart && !packed)
		return -ENOMEM;
	leases_free(binding);
	if (apart)
		memcpy(place_of(binding), &packed, sizeof packed);
	binding->apart = apart;
	return 0;
}

int leases_set(struct table *table, struct binding *binding, const struct lease *leases, size_t count)
{
	struct lease kept[BINDING_LEASES_MAX];

	count = sift(binding->family, leases, count, kept);
	if (leases_are(binding, kept, count)) {
		write_all(binding, kept, count); /* their lifetimes */
		return 0;
	}
	int result = index_reserve(&table->addresses, count);
	if (result)
		return result;
	addresses_leave(table, binding);
	result = make_room(binding, count);
	if (!result)
		write_all(binding, kept, count);
	addresses_enter(table, binding);
	return result;
}

void leases_drop(struct table *table, struct binding *binding)
{
	addresses_leave(table, binding);
	leases_free(binding);
}
