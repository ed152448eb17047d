/* SPDX-License-Identifier: BSD-2-Clause */
/* Do operations come out of a batch in their order, with values that can be trusted? */
#include <errno.h>
#include <stdlib.h>

#include "../unit.h"
#include "store/batch.h"
#include "store/checksum.h"

/* RFC 3720 B.4: of "123456789" it is e3069283; the first four are the key here. */
static void test_checksum(void **state)
{
	(void)state;
	assert_int_equal(checksum(0x31323334, (struct bytes){(const uint8_t *)"56789", 5}), 0xe3069283);
	/* As many octets as are summed at once, and more. */
	assert_int_equal(checksum(0, (struct bytes){(const uint8_t[28]){0}, 28}), 0x8a9136aa);
}

/* A store goes with its disk to another processor. */
static void test_checksum_by_tables(void **state)
{
	uint8_t octets[100];

	(void)state;
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * i + 7);
	for (size_t size = 0; size < sizeof octets; size++) {
		struct bytes bytes = {octets + size / 9, size - size / 9};
		uint32_t key = (uint32_t)size * 0x01020304;
		assert_int_equal(checksum(key, bytes), checksum_by_tables(key, bytes));
	}
}

static void put(struct batch *batch, enum batch_kind kind, uint32_t id, const char *text)
{
	uint8_t *room = batch_room(batch, 100);

	assert_non_null(room);
	strcpy((char *)room, text);
	batch_put(batch, BATCH_PUT, kind, id, strlen(text));
}

static void test_order(void **state)
{
	struct batch batch = {0};
	struct batch_step step;
	struct bytes value;
	size_t at = 0;

	(void)state;
	assert_false(batch_next(&batch, &at, &step, &value));
	put(&batch, BATCH_PEERSETS, 7, "seven");
	assert_int_equal(batch_delete(&batch, BATCH_BINDINGS, 3, 9), 0);
	put(&batch, BATCH_BINDINGS, 8, "");
	assert_int_equal(batch.steps, 3);

	assert_true(batch_next(&batch, &at, &step, &value));
	assert_true(step.operation == BATCH_PUT && step.kind == BATCH_PEERSETS && step.id == 7);
	assert_true(batch_verify(7, &value));
	assert_true(bytes_equal(value, (struct bytes){(const uint8_t *)"seven", 5}));
	assert_true(batch_next(&batch, &at, &step, &value));
	assert_true(step.operation == BATCH_DELETE && step.kind == BATCH_BINDINGS && step.id == 3 && step.last == 9);
	assert_int_equal(value.size, 0);
	assert_true(batch_next(&batch, &at, &step, &value));
	assert_true(batch_verify(8, &value));
	assert_int_equal(value.size, 0);
	assert_false(batch_next(&batch, &at, &step, &value));
	batch_free(&batch);
}

static void test_changed_values(void **state)
{
	struct batch batch = {0};
	struct batch_step step;
	struct bytes value, cut;
	size_t at = 0;

	(void)state;
	put(&batch, BATCH_BINDINGS, 7, "seven");
	assert_true(batch_next(&batch, &at, &step, &value));
	cut = value;
	assert_false(batch_verify(8, &cut)); /* another's */
	for (size_t bit = 0; bit < 8 * value.size; bit++) {
		uint8_t *octet = (uint8_t *)value.data + bit / 8;
		*octet ^= (uint8_t)(1 << bit % 8);
		cut = value;
		assert_false(batch_verify(7, &cut));
		*octet ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t size = 0; size < value.size; size++) {
		cut = (struct bytes){value.data, size};
		assert_false(batch_verify(7, &cut));
	}
	batch_free(&batch);
}

/* It grows with what is in it, and after a flood it does not stay as large. */
static void test_memory(void **state)
{
	struct batch batch = {0};
	struct batch_step step;
	struct bytes value;

	(void)state;
	for (uint32_t id = 0; id < 300000; id++)
		put(&batch, BATCH_BINDINGS, id, "somewhat");
	uint32_t expected = 0;
	for (size_t at = 0; batch_next(&batch, &at, &step, &value); expected++)
		assert_int_equal(step.id, expected);
	assert_int_equal(expected, 300000);

	size_t capacity = batch.capacity;
	batch_reset(&batch);
	assert_int_equal(batch.capacity, capacity);
	put(&batch, BATCH_BINDINGS, 1, "little");
	batch_reset(&batch);
	assert_int_equal(batch.capacity, 0);
	put(&batch, BATCH_BINDINGS, 1, "little");
	assert_int_equal(batch.steps, 1);
	batch_free(&batch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksum), cmocka_unit_test(test_checksum_by_tables),
		cmocka_unit_test(test_order),    cmocka_unit_test(test_changed_values),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
