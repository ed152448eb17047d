/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the index find what was added, and only that, however keys collide and entries go? */
#include <stdlib.h>

#include "../unit.h"
#include "table/index.h"

#define KEYS 3000

/* Keys are their own ids here; the index has to find them under hashes that collide a lot. */
static bool match(const void *context, uint32_t id, const void *key)
{
	(void)context;
	return id == *(const uint32_t *)key;
}

static uint64_t poor_hash(uint32_t key)
{
	return key % 97 * 8; /* long runs, and only a few homes */
}

static uint32_t find(const struct index *index, uint32_t key)
{
	return index_find(index, poor_hash(key), match, NULL, &key);
}

static void test_empty(void **state)
{
	struct index index = {0};

	(void)state;
	assert_int_equal(find(&index, 1), INDEX_NONE);
	index_remove(&index, poor_hash(1), 1);
	index_free(&index);
}

static void test_against_a_model(void **state)
{
	struct index index = {0};
	bool there[KEYS] = {0};
	size_t count = 0;

	(void)state;
	srandom(1);
	for (unsigned step = 0; step < 60000; step++) {
		uint32_t key = (uint32_t)random() % KEYS;
		if (there[key])
			index_remove(&index, poor_hash(key), key);
		else
			assert_int_equal(index_add(&index, poor_hash(key), key), 0);
		there[key] = !there[key];
		count += there[key] ? 1 : (size_t)-1;
		assert_int_equal(index.used, count);
		if (step % 5000)
			continue;
		for (uint32_t i = 0; i < KEYS; i++)
			assert_int_equal(find(&index, i), there[i] ? i : INDEX_NONE);
	}
	index_free(&index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_against_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
