/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the index find what was added, and only that, however keys collide and entries go? */
#include <stdlib.h>

#include "../unit.h"
#include "table/index.h"

#define KEYS 3000
#define MANY 400000 /* more than a huge page holds */

/* Keys are their own ids here; the index has to find them under hashes that collide a lot. */
static bool match(const void *context, uint32_t id, const void *key)
{
	(void)context;
	return id == *(const uint32_t *)key;
}

typedef uint64_t hash_fn(uint32_t key);

/* Long runs, and only a few homes: the first ones. */
static uint64_t low_hash(uint32_t key)
{
	return key % 97 * 8;
}

/* The last homes, behind which most entries stand. */
static uint64_t high_hash(uint32_t key)
{
	return UINT32_MAX - key % 5;
}

static uint64_t same_hash(uint32_t key)
{
	(void)key;
	return UINT32_MAX;
}

static uint64_t good_hash(uint32_t key)
{
	return (key + 1) * 0x9e3779b97f4a7c15ULL;
}

static uint32_t find(const struct index *index, hash_fn *hash, uint32_t key)
{
	return index_find(index, hash(key), match, NULL, &key);
}

static void test_empty(void **state)
{
	struct index index = {0};

	(void)state;
	assert_int_equal(find(&index, good_hash, 1), INDEX_NONE);
	index_remove(&index, good_hash(1), 1);
	index_free(&index);
}

static void check_against_a_model(hash_fn *hash)
{
	struct index index = {0};
	bool there[KEYS] = {0};
	size_t count = 0;

	srandom(1);
	for (unsigned step = 0; step < 60000; step++) {
		uint32_t key = (uint32_t)random() % KEYS;
		if (there[key])
			index_remove(&index, hash(key), key);
		else
			assert_int_equal(index_add(&index, hash(key), key), 0);
		there[key] = !there[key];
		count += there[key] ? 1 : (size_t)-1;
		assert_int_equal(index.used, count);
		if (step % 5000)
			continue;
		for (uint32_t i = 0; i < KEYS; i++)
			assert_int_equal(find(&index, hash, i), there[i] ? i : INDEX_NONE);
	}
	index_free(&index);
}

static void test_against_a_model(void **state)
{
	static hash_fn *const hashes[] = {low_hash, high_hash, same_hash, good_hash};

	(void)state;
	for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
		check_against_a_model(hashes[i]);
}

/* However it grows, step by step or at once, it is as full as it says, and all are found. */
static void test_growing(void **state)
{
	struct index index = {0};
	uint32_t added = 0;

	(void)state;
	for (; added < MANY; added++) {
		if (added == MANY / 2)
			assert_int_equal(index_reserve(&index, MANY / 4), 0);
		assert_int_equal(index_add(&index, good_hash(added), added), 0);
		assert_true(index.end < index.room);
	}
	assert_true(index.used > index.room / 3 * 2);
	for (uint32_t key = 0; key < MANY; key++)
		assert_int_equal(find(&index, good_hash, key), key);
	for (uint32_t key = 0; key < MANY; key += 2)
		index_remove(&index, good_hash(key), key);
	for (uint32_t key = 0; key < MANY; key++)
		assert_int_equal(find(&index, good_hash, key), key % 2 ? key : INDEX_NONE);
	index_free(&index);
}

/* Told in advance how many come, it takes no more than if they had come one by one, and goes on from there. */
static void test_expecting(void **state)
{
	struct index index = {0};
	uint32_t expected = MANY * 3 / 8;

	(void)state;
	assert_int_equal(index_expect(&index, expected), 0);
	assert_true(expected > index.room / 3 * 2);
	for (uint32_t key = 0; key < MANY; key++) {
		size_t room = index.room;
		assert_int_equal(index_add(&index, good_hash(key), key), 0);
		assert_true(index.room >= room);
	}
	for (uint32_t key = 0; key < MANY; key++)
		assert_int_equal(find(&index, good_hash, key), key);
	index_free(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_against_a_model),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_expecting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
