/* SPDX-License-Identifier: BSD-2-Clause */
/* Do entries keep their ids, and does a walk meet each that stands throughout exactly once? */
#include <errno.h>
#include <stdlib.h>

#include "../unit.h"
#include "table/slots.h"

static void test_ids_are_kept_and_given_out_again(void **state)
{
	struct slots slots;
	int entries[200];
	uint32_t id;

	(void)state;
	slots_init(&slots);
	for (uint32_t i = 0; i < 200; i++) {
		assert_int_equal(slots_add(&slots, &entries[i], &id), 0);
		assert_int_equal(id, i);
	}
	slots_remove(&slots, 7);
	assert_null(slots_get(&slots, 7));
	assert_int_equal(slots.count, 199);
	assert_int_equal(slots_add(&slots, &entries[7], &id), 0);
	assert_int_equal(id, 7);
	assert_ptr_equal(slots_get(&slots, 199), &entries[199]);
	assert_null(slots_get(&slots, 200));
	slots_free(&slots);
}

static void test_ids_of_their_own(void **state)
{
	struct slots slots;
	int entries[3];
	uint32_t id;

	(void)state;
	slots_init(&slots);
	assert_int_equal(slots_add_at(&slots, &entries[0], 2), 0);
	assert_int_equal(slots_add_at(&slots, &entries[1], 1000), 0);
	assert_int_equal(slots_add_at(&slots, &entries[2], 2), -EINVAL);
	assert_int_equal(slots_add_at(&slots, &entries[2], 500), -EINVAL); /* they come in rising order */
	assert_ptr_equal(slots_get(&slots, 1000), &entries[1]);
	for (unsigned i = 0; i < 999; i++) { /* all that were passed over are given out */
		assert_int_equal(slots_add(&slots, &entries[2], &id), 0);
		assert_true(id < 1000);
	}
	assert_int_equal(slots_add(&slots, &entries[2], &id), 0);
	assert_int_equal(id, 1001);
	slots_free(&slots);
}

static void test_walk_pauses(void **state)
{
	struct slots slots;
	int entries[100], met = 0;
	uint32_t id, cursor = 0;

	(void)state;
	slots_init(&slots);
	for (int i = 0; i < 100; i++)
		assert_int_equal(slots_add(&slots, &entries[i], &id), 0);
	for (const int *entry; (entry = slots_next(&slots, &cursor)); met++) {
		if (entry == &entries[50]) { /* changes before and behind the cursor, while the walk pauses */
			slots_remove(&slots, 10);
			slots_remove(&slots, 60);
		}
	}
	assert_int_equal(met, 99);
	assert_null(slots_next(&slots, &cursor));
	slots_free(&slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_are_kept_and_given_out_again),
		cmocka_unit_test(test_ids_of_their_own),
		cmocka_unit_test(test_walk_pauses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
