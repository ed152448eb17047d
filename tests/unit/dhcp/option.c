/* SPDX-License-Identifier: BSD-2-Clause */
/* Are options found, and only whole ones? */
#include "../unit.h"
#include "dhcp/option.h"
#include "dotsnoop/record.h"
#include "hex.h"

/* The codes of a walk, and that each option has as many octets as its first one says. */
static void assert_walk(uint8_t family, const char *options, const uint16_t *codes, size_t count)
{
	uint8_t buffer[HEX_MAX];
	struct options walk = options_of(family, hex(options, buffer));
	struct option option;

	for (size_t i = 0; i < count; i++) {
		assert_true(option_next(&walk, &option));
		assert_int_equal(option.code, codes[i]);
		assert_int_equal(option.data.size, option.data.size ? option.data.data[0] : 0);
	}
	assert_false(option_next(&walk, &option));
	assert_false(option_next(&walk, &option));
}

static void walks_both_families(void **state)
{
	(void)state;
	assert_walk(DS_FAMILY_V4, "06 04 04000000 93 01 01 94 00 ff 02 02ff", (const uint16_t[]){6, 147, 148, 255}, 4);
	assert_walk(DS_FAMILY_V6, "0017 0004 04000000 008d 0001 01 ff01 0000", (const uint16_t[]){23, 141, 0xff01}, 3);
	assert_walk(DS_FAMILY_V4, "", NULL, 0);
	assert_walk(DS_FAMILY_V6, "", NULL, 0);
}

static void stops_at_what_is_cut_off(void **state)
{
	static const char *const cut4[] = {"06 01 01 93", "06 01 01 93 01", "06 01 01 93 02 02",
					   "06 01 01 93 ff ff*254"};
	static const char *const cut6[] = {"0017 0001 01 00", "0017 0001 01 008d", "0017 0001 01 008d 00",
					   "0017 0001 01 008d 0001", "0017 0001 01 008d 0100 00*255"};

	(void)state;
	for (size_t i = 0; i < sizeof cut4 / sizeof cut4[0]; i++)
		assert_walk(DS_FAMILY_V4, cut4[i], (const uint16_t[]){6}, 1);
	for (size_t i = 0; i < sizeof cut6 / sizeof cut6[0]; i++)
		assert_walk(DS_FAMILY_V6, cut6[i], (const uint16_t[]){23}, 1);
}

static void finds_the_first_instance(void **state)
{
	uint8_t buffer[HEX_MAX];
	struct bytes data = {NULL, 99};

	(void)state;
	assert_true(option_find(DS_FAMILY_V4, hex("06 01 aa 0f 01 bb 0f 02 cccc", buffer), 15, &data));
	assert_int_equal(data.size, 1);
	assert_int_equal(data.data[0], 0xbb);

	data = (struct bytes){NULL, 99};
	assert_false(option_find(DS_FAMILY_V4, hex("06 01 aa", buffer), 15, &data));
	assert_false(option_find(DS_FAMILY_V4, hex("0f 02 aa", buffer), 15, &data));
	assert_int_equal(data.size, 99);
}

static void a_number_has_four_octets(void **state)
{
	uint8_t buffer[HEX_MAX];
	uint32_t number = 7;

	(void)state;
	assert_true(option_u32(DS_FAMILY_V4, hex("33 04 01020304", buffer), 51, &number));
	assert_int_equal(number, 0x01020304);
	assert_true(option_u32(DS_FAMILY_V6, hex("0020 0004 ffffffff", buffer), 32, &number));
	assert_int_equal(number, 0xffffffff);

	number = 7;
	assert_false(option_u32(DS_FAMILY_V4, hex("33 03 010203", buffer), 51, &number));
	assert_false(option_u32(DS_FAMILY_V4, hex("33 05 0102030405", buffer), 51, &number));
	assert_false(option_u32(DS_FAMILY_V4, hex("33 00 33 04 01020304", buffer), 51, &number));
	assert_false(option_u32(DS_FAMILY_V4, hex("", buffer), 51, &number));
	assert_int_equal(number, 7);
}

static void assert_joined(const char *options, size_t room, const char *expected)
{
	uint8_t buffer[HEX_MAX], wanted[HEX_MAX], joined[HEX_MAX];

	assert_true(bytes_equal(option_join(hex(options, buffer), 148, joined, room), hex(expected, wanted)));
}

static void joins_in_the_order_of_the_message(void **state)
{
	(void)state;
	assert_joined("94 02 0102 93 01 ff 94 00 94 03 030405 94 01 06", HEX_MAX, "010203040506");
	assert_joined("93 01 ff", HEX_MAX, "");
	assert_joined("", HEX_MAX, "");
	assert_joined("94 02 0102 94 03 0304", HEX_MAX, "0102");
	assert_joined("94 02 0102 94 03 030405 94 01 06", 5, "0102030405");
	assert_joined("94 02 0102 94 03 030405 94 01 06", 4, "0102");
	assert_joined("94 01 01", 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_both_families),
		cmocka_unit_test(stops_at_what_is_cut_off),
		cmocka_unit_test(finds_the_first_instance),
		cmocka_unit_test(a_number_has_four_octets),
		cmocka_unit_test(joins_in_the_order_of_the_message),
	};

	return cmocka_run_group_tests_name("dhcp/option", tests, NULL, NULL);
}
