/* SPDX-License-Identifier: BSD-2-Clause */
/* Do bindings and peersets come out of bytes as they went in, and does nothing else? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/clock.h"
#include "store/pack.h"

static const uint8_t duid[] = {0, 1, 0, 1, 9, 8, 7, 6, 2, 0, 0, 0, 0, 1};
static const uint8_t hw[] = {2, 0, 0, 0, 0, 1};
static const struct pack_stamp stamp = {.boot = 7, .tag = 0xdeadbeef};

static struct binding_view view4(void)
{
	struct binding_view view = {
		.id = 5,
		.family = 4,
		.client = {hw, sizeof hw},
		.hw = {hw, sizeof hw},
		.where = "access1.100.200",
		.peerset = 3,
		.server = {.family = 4, .bytes = {192, 0, 2, 1}},
		.since = 1000 * NS_PER_SECOND,
		.refreshed = 2000 * NS_PER_SECOND + 17,
		.lifetime = 3600,
		.expires = 5600 * NS_PER_SECOND + 17,
		.sighting = 0x01020304,
		.xid = 0x0a0b0c0d,
		.settle_key = 0x1122334455667788,
		.digest = UINT64_MAX - 1,
		.lease_count = 1,
		.leases = {{.prefix = {{.family = 4, .bytes = {10, 0, 0, 5}}, 32}, .lifetime = 3600}},
	};

	return view;
}

/* All that there can be of it. */
static struct binding_view view6(void)
{
	static char where[PACK_WHERE_MAX];
	struct binding_view view = view4();

	memset(where, 'x', sizeof where - 1);
	view.family = 6;
	view.withdrawn = true;
	view.client = (struct bytes){duid, sizeof duid};
	view.where = where;
	view.server = (struct address){.family = 6, .bytes = {0xfe, 0x80, [15] = 1}};
	view.lifetime = LIFETIME_INFINITE;
	view.expires = TABLE_NEVER;
	view.lease_count = BINDING_LEASES_MAX;
	for (uint8_t i = 0; i < BINDING_LEASES_MAX; i++)
		view.leases[i] = (struct lease){.prefix = {{.family = 6, .bytes = {0x20, 1, i}}, i % 2 ? 128 : 56},
						.lifetime = i * 100U};
	return view;
}

static void assert_same_view(const struct binding_view *a, const struct binding_view *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->family, b->family);
	assert_int_equal(a->withdrawn, b->withdrawn);
	assert_true(bytes_equal(a->client, b->client));
	assert_true(bytes_equal(a->hw, b->hw));
	assert_string_equal(a->where, b->where);
	assert_int_equal(a->peerset, b->peerset);
	assert_true(address_equal(&a->server, &b->server));
	assert_true(a->since == b->since && a->refreshed == b->refreshed && a->expires == b->expires);
	assert_int_equal(a->lifetime, b->lifetime);
	assert_int_equal(a->sighting, b->sighting);
	assert_int_equal(a->xid, b->xid);
	assert_true(a->settle_key == b->settle_key && a->digest == b->digest);
	assert_int_equal(a->lease_count, b->lease_count);
	assert_memory_equal(a->leases, b->leases, a->lease_count * sizeof *a->leases);
}

static void check_round_trip(const struct binding_view *view)
{
	uint8_t packed[PACK_BINDING_MAX];
	size_t size = pack_binding(view, stamp, packed);
	struct binding_view back = {0};
	struct pack_stamp back_stamp;

	assert_true(size > 0 && size <= PACK_BINDING_MAX);
	assert_int_equal(unpack_binding(5, (struct bytes){packed, size}, &back, &back_stamp), 0);
	assert_same_view(view, &back);
	assert_int_equal(back_stamp.boot, stamp.boot);
	assert_int_equal(back_stamp.tag, stamp.tag);
}

static void test_bindings(void **state)
{
	struct binding_view view = view4();

	(void)state;
	check_round_trip(&view);
	view.hw = (struct bytes){0};
	check_round_trip(&view);
	view.server = (struct address){0};
	view.lease_count = 0;
	check_round_trip(&view);
	view = view6();
	check_round_trip(&view);
}

/* What a million of them take. */
static void test_size(void **state)
{
	uint8_t packed[PACK_BINDING_MAX];
	struct binding_view view = view4();

	(void)state;
	assert_true(pack_binding(&view, stamp, packed) <= 100);
}

static void test_what_is_not_packed(void **state)
{
	static char where[PACK_WHERE_MAX + 1];
	uint8_t packed[PACK_BINDING_MAX];
	struct binding_view view = view4();

	(void)state;
	memset(where, 'x', sizeof where - 1);
	view.where = where;
	assert_int_equal(pack_binding(&view, stamp, packed), 0);
	view = view4();
	view.refreshed = UINT64_MAX;
	assert_int_equal(pack_binding(&view, stamp, packed), 0);
}

static int unpack_some(uint32_t id, const uint8_t *packed, size_t size)
{
	/* Behind its last octet begins what must not be read. */
	uint8_t *exact = malloc(size ? size : 1);
	struct binding_view view;
	struct pack_stamp ignored;

	memcpy(exact, packed, size);
	int result = unpack_binding(id, (struct bytes){exact, size}, &view, &ignored);
	free(exact);
	return result;
}

static void test_cut_bindings(void **state)
{
	uint8_t packed[PACK_BINDING_MAX + 1] = {0};
	struct binding_view view = view4();
	size_t size = pack_binding(&view, stamp, packed);

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(unpack_some(5, packed, cut), -EBADMSG);
	assert_int_equal(unpack_some(5, packed, size), 0);
	assert_int_equal(unpack_some(5, packed, size + 1), -EBADMSG);
	assert_int_equal(unpack_some(TABLE_NONE, packed, size), -EBADMSG);
}

/* Any octet may be any other: it is a binding or it is not, and nothing is read that is not there. */
static void test_garbled_bindings(void **state)
{
	uint8_t packed[PACK_BINDING_MAX];
	const struct binding_view views[] = {view4(), view6()};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t size = pack_binding(&views[i], stamp, packed);
		for (size_t at = 0; at < size; at++)
			for (unsigned change = 1; change < 256; change += 7) {
				packed[at] ^= (uint8_t)change;
				int result = unpack_some(5, packed, size);
				assert_true(result == 0 || result == -EBADMSG);
				packed[at] ^= (uint8_t)change;
			}
	}
}

static void test_noise(void **state)
{
	uint8_t noise[300];

	(void)state;
	srandom(1);
	for (int round = 0; round < 20000; round++) {
		size_t size = (size_t)random() % sizeof noise;
		for (size_t i = 0; i < size; i++)
			noise[i] = (uint8_t)(random() % 4 ? random() % 8 : random());
		int result = unpack_some(5, noise, size);
		assert_true(result == 0 || result == -EBADMSG);
	}
}

/* --- Peersets --- */

static void set_name(struct name *name, const char *text)
{
	*name = (struct name){.length = (uint8_t)strlen(text)};
	strcpy(name->text, text);
}

static struct peerset *new_peerset(size_t addresses)
{
	struct peerset *peerset = calloc(1, sizeof *peerset);

	peerset->key.family = 4;
	strcpy(peerset->key.port, "uplink");
	strcpy(peerset->key.access, "access1");
	peerset->key.resolver_count = MESSAGE_RESOLVERS_MAX;
	for (uint8_t i = 0; i < MESSAGE_RESOLVERS_MAX; i++)
		peerset->key.resolvers[i] = (struct address){.family = i % 2 ? 6 : 4, .bytes = {i, 1, 2}};
	peerset->key.domain_count = 2;
	set_name(&peerset->key.domains[0], "example.net");
	set_name(&peerset->key.domains[1], "a-b_c.example.com");
	peerset->offer = calloc(1, sizeof *peerset->offer + addresses * sizeof *peerset->offer->addresses);
	set_name(&peerset->offer->name, "dots.example.net");
	peerset->offer->address_count = addresses;
	for (size_t i = 0; i < addresses; i++)
		peerset->offer->addresses[i] =
			(struct address){.family = 6, .bytes = {0x20, (uint8_t)(i >> 8), (uint8_t)i}};
	return peerset;
}

static void free_peerset(struct peerset *peerset)
{
	free(peerset->offer);
	free(peerset);
}

static void check_peerset(const struct peerset *peerset)
{
	static uint8_t packed[PACK_PEERSET_MAX];
	static struct offer offer;
	struct peerset_key key;
	size_t size = pack_peerset(peerset, packed);

	assert_true(size <= PACK_PEERSET_MAX);
	memset(&key, 0xee, sizeof key);
	assert_int_equal(unpack_peerset((struct bytes){packed, size}, &key, &offer), 0);
	assert_memory_equal(&key, &peerset->key, sizeof key);
	size_t count = peerset->offer ? peerset->offer->address_count : 0;
	assert_int_equal(offer.address_count, count);
	assert_int_equal(offer.present, peerset->offer != NULL);
	if (peerset->offer) {
		assert_string_equal(offer.name.text, peerset->offer->name.text);
		assert_memory_equal(offer.addresses, peerset->offer->addresses, count * sizeof *offer.addresses);
	}
	assert_int_not_equal(pack_tag((struct bytes){packed, size}), 0);
}

static void test_peersets(void **state)
{
	struct peerset *peerset = new_peerset(1);

	(void)state;
	check_peerset(peerset);
	free_peerset(peerset);
	peerset = new_peerset(OFFER_ADDRESSES_MAX);
	check_peerset(peerset);
	free(peerset->offer);
	peerset->offer = NULL;
	check_peerset(peerset);
	free_peerset(peerset);
}

static void test_garbled_peersets(void **state)
{
	struct peerset *peerset = new_peerset(3);
	static uint8_t packed[PACK_PEERSET_MAX];
	static struct offer offer;
	struct peerset_key key;
	size_t size = pack_peerset(peerset, packed);

	(void)state;
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(unpack_peerset((struct bytes){packed, cut}, &key, &offer), -EBADMSG);
	assert_int_equal(unpack_peerset((struct bytes){packed, size + 1}, &key, &offer), -EBADMSG);
	for (size_t at = 0; at < size; at++)
		for (unsigned change = 1; change < 256; change++) {
			packed[at] ^= (uint8_t)change;
			int result = unpack_peerset((struct bytes){packed, size}, &key, &offer);
			assert_true(result == 0 || result == -EBADMSG);
			assert_int_equal(key.port[DS_PORT_NAME_SIZE - 1], 0);
			packed[at] ^= (uint8_t)change;
		}
	free_peerset(peerset);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bindings),           cmocka_unit_test(test_size),
		cmocka_unit_test(test_what_is_not_packed), cmocka_unit_test(test_cut_bindings),
		cmocka_unit_test(test_garbled_bindings),   cmocka_unit_test(test_noise),
		cmocka_unit_test(test_peersets),           cmocka_unit_test(test_garbled_peersets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
