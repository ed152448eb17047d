/* SPDX-License-Identifier: BSD-2-Clause */
/* Can a reader be made to leave its view? */
#include "../unit.h"
#include "base/bytes.h"

static const uint8_t octets[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static struct reader reader_at(size_t size)
{
	return reader_of((struct bytes){octets, size});
}

static void reads_numbers_as_on_the_wire(void **state)
{
	struct reader reader = reader_at(7);

	(void)state;
	assert_int_equal(reader_u8(&reader), 0x01);
	assert_int_equal(reader_u16(&reader), 0x0203);
	assert_int_equal(reader_u32(&reader), 0x04050607);
	assert_false(reader.failed);
	assert_int_equal(reader.rest.size, 0);
}

static void high_bits_are_kept(void **state)
{
	static const uint8_t ones[] = {0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9};
	struct reader reader = reader_of((struct bytes){ones, sizeof ones});

	(void)state;
	assert_int_equal(reader_u32(&reader), 0xfffefdfc);
	assert_int_equal(reader_u16(&reader), 0xfbfa);
	assert_int_equal(reader_u8(&reader), 0xf9);
}

static void takes_views_not_copies(void **state)
{
	struct reader reader = reader_at(9);
	struct bytes first = reader_take(&reader, 4), none = reader_take(&reader, 0), rest = reader_take(&reader, 5);

	(void)state;
	assert_ptr_equal(first.data, octets);
	assert_int_equal(first.size, 4);
	assert_int_equal(none.size, 0);
	assert_ptr_equal(rest.data, octets + 4);
	assert_int_equal(rest.size, 5);
	assert_false(reader.failed);
}

static void a_failure_stays_and_moves_nothing(void **state)
{
	struct reader reader = reader_at(3);

	(void)state;
	assert_int_equal(reader_u32(&reader), 0);
	assert_true(reader.failed);
	assert_int_equal(reader.rest.size, 3);
	assert_ptr_equal(reader.rest.data, octets);
	assert_int_equal(reader_u8(&reader), 0);
	assert_int_equal(reader_u16(&reader), 0);
	assert_null(reader_take(&reader, 0).data);
	assert_true(reader.failed);
	assert_int_equal(reader.rest.size, 3);
}

static void the_end_is_exact(void **state)
{
	(void)state;
	for (size_t size = 0; size <= sizeof octets; size++) {
		struct reader reader = reader_at(size);
		assert_int_equal(reader_take(&reader, size).size, size);
		assert_false(reader.failed);
		reader = reader_at(size);
		assert_int_equal(reader_take(&reader, size + 1).size, 0);
		assert_true(reader.failed);
		reader = reader_at(size);
		reader_take(&reader, SIZE_MAX);
		assert_true(reader.failed);
	}
}

static void an_empty_view_has_nothing(void **state)
{
	struct reader reader = reader_of((struct bytes){0});

	(void)state;
	assert_int_equal(reader_take(&reader, 0).size, 0);
	assert_false(reader.failed);
	assert_int_equal(reader_u8(&reader), 0);
	assert_true(reader.failed);
}

static void equality_is_of_all_octets(void **state)
{
	static const uint8_t other[] = {1, 2, 3, 5};

	(void)state;
	assert_true(bytes_equal((struct bytes){octets, 3}, (struct bytes){other, 3}));
	assert_false(bytes_equal((struct bytes){octets, 4}, (struct bytes){other, 4}));
	assert_false(bytes_equal((struct bytes){octets, 3}, (struct bytes){octets, 4}));
	assert_true(bytes_equal((struct bytes){0}, (struct bytes){octets, 0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_numbers_as_on_the_wire),
		cmocka_unit_test(high_bits_are_kept),
		cmocka_unit_test(takes_views_not_copies),
		cmocka_unit_test(a_failure_stays_and_moves_nothing),
		cmocka_unit_test(the_end_is_exact),
		cmocka_unit_test(an_empty_view_has_nothing),
		cmocka_unit_test(equality_is_of_all_octets),
	};

	return cmocka_run_group_tests_name("base/bytes", tests, NULL, NULL);
}
