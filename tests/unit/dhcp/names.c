/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names does a list hold, and where does it go on behind what is none? */
#include <errno.h>

#include "../unit.h"
#include "dhcp/names.h"
#include "hex.h"

#define NET "07 6578616d706c65 03 6e6574 00 " /* 13 octets: "example" at 0, "net" at 8 */

/* Appends a word to a list with blanks between. */
static void append(char *list, size_t size, const char *word)
{
	size_t length = strlen(list);

	snprintf(list + length, size - length, "%s%s", length ? " " : "", word);
}

/* The names of a list in order, blanks between; instead of what is none, its reason in brackets. */
static void assert_names(bool compressed, const char *list, const char *expected)
{
	uint8_t buffer[HEX_MAX];
	struct names names = names_of(hex(list, buffer), compressed);
	char found[8192] = "", word[64];
	enum discard_reason reason;
	struct name name;
	int r;

	print_message("# %s\n", list);
	while ((r = names_next(&names, &name, &reason))) {
		assert_true(r == 1 || r == -EINVAL);
		if (r < 0)
			snprintf(word, sizeof word, "[%s]", discard_word(reason));
		append(found, sizeof found, r < 0 ? word : name.text);
	}
	assert_string_equal(found, expected);
	assert_int_equal(names_next(&names, &name, &reason), 0);
}

static void what_is_not_told_is_left_alone(void **state)
{
	uint8_t buffer[HEX_MAX];
	struct names names = names_of(hex("02 6120 00 c000 01 61 00", buffer), true);
	enum discard_reason reason = DISCARD_COUNT;
	struct name name = {.length = 3, .text = "old"};

	(void)state;
	assert_int_equal(names_next(&names, &name, &reason), -EINVAL);
	assert_int_equal(names_next(&names, &name, &reason), -EINVAL);
	assert_string_equal(name.text, "old");
	reason = DISCARD_COUNT;
	assert_int_equal(names_next(&names, &name, &reason), 1);
	assert_int_equal(names_next(&names, &name, &reason), 0);
	assert_string_equal(name.text, "a");
	assert_int_equal(reason, DISCARD_COUNT);
}

static void in_order_in_either_form(void **state)
{
	(void)state;
	for (int compressed = 0; compressed < 2; compressed++) {
		assert_names(compressed, "", "");
		assert_names(compressed, NET, "example.net");
		assert_names(compressed, NET "01 61 00 01 42 01 63 00", "example.net a b.c");
		assert_names(compressed, NET NET, "example.net example.net");
	}
}

/* RFC 3397 2: its own example, "eng.apple.com." and "marketing.apple.com.". */
static void pointers_are_followed(void **state)
{
	(void)state;
	assert_names(true, "03 656e67 05 6170706c65 03 636f6d 00 09 6d61726b6574696e67 c004",
		     "eng.apple.com marketing.apple.com");
	assert_names(true, NET "c000", "example.net example.net");
	assert_names(true, NET "c008", "example.net net");
	assert_names(true, NET "01 61 c000 01 62 c00d", "example.net a.example.net b.a.example.net");
	/* To a pointer, and on from there. */
	assert_names(true, NET "c000 c00d 01 61 c00f", "example.net example.net example.net a.example.net");
	/* Beyond what the low octet can tell. */
	assert_names(true, "3f 61*63 3f 61*63 3f 61*63 3b 62*59 00 04 63*4 00 " NET "c103",
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccc example.net example.net");
}

static void pointers_lead_backwards_to_a_name(void **state)
{
	(void)state;
	assert_names(true, "c000", "[name-pointer]");
	assert_names(true, "01 61 c000", "[name-pointer]");
	assert_names(true, "01 61 c002 01 62 00", "[name-pointer] b");
	assert_names(true, "01 61 c004 01 62 00", "[name-pointer] b");
	assert_names(true, "c002 c000 " NET, "[name-pointer] [name-pointer] example.net");
	assert_names(true, NET "ffff 01 61 00", "example.net [name-pointer] a");
	/* Into the middle of a label, where 'x' is no length; and to where 1 is one. */
	assert_names(true, NET "c002", "example.net [name-pointer]");
	assert_names(true, "04 0161 0062 00 c001", "[name-octet] a");
	/* Back to its own beginning by way of an earlier name. */
	assert_names(true, NET "01 61 c00d", "example.net [name-pointer]");
	assert_names(true, NET "01 61 c00f c00d", "example.net [name-pointer] [name-pointer]");
	/* To the root. */
	assert_names(true, NET "c00c 01 61 c00c", "example.net [name-root] a");
	/* Cut off. */
	assert_names(true, NET "01 61 c0", "example.net [name-compressed]");
	assert_names(true, "c0", "[name-compressed]");
}

static void uncompressed_ends_at_a_pointer(void **state)
{
	(void)state;
	assert_names(false, NET "c000", "example.net [name-compressed]");
	assert_names(false, NET "01 61 c000 01 62 00", "example.net [name-compressed]");
}

/* What is no name, but ends, is passed over. */
static void goes_on_where_it_can(void **state)
{
	(void)state;
	for (int compressed = 0; compressed < 2; compressed++) {
		assert_names(compressed, "00 " NET "00 00", "[name-root] example.net [name-root] [name-root]");
		assert_names(compressed, "02 6120 00 " NET, "[name-octet] example.net");
		assert_names(compressed, "02 612d 00 " NET, "[name-hyphen] example.net");
		assert_names(compressed, "01 31 00 " NET, "[name-numeric] example.net");
		assert_names(compressed, "03 313932 01 30 01 32 01 31 00 " NET, "[name-numeric] example.net");
		assert_names(compressed, "3f 61*63 3f 61*63 3f 61*63 3f 61*63 00 " NET, "[name-long] example.net");
		/* No end to be found. */
		assert_names(compressed, NET "01", "example.net [name-unterminated]");
		assert_names(compressed, NET "01 61", "example.net [name-unterminated]");
		assert_names(compressed, NET "40 " NET, "example.net [name-label-type]");
		assert_names(compressed, NET "80 00", "example.net [name-label-type]");
		assert_names(compressed, "40 61*64 00 " NET, "[name-label-long]");
		/* "example.net" as text */
		assert_names(compressed, "6578616d706c652e6e6574", "[name-ascii]");
	}
}

/* 255 octets are a name, whatever they are put together from. */
static void a_name_has_255_octets_at_most(void **state)
{
	uint8_t buffer[HEX_MAX];
	struct names names = names_of(hex("3f 61*63 3f 61*63 3f 61*63 00 3d 62*61 c000 3e 62*62 c000", buffer), true);
	enum discard_reason reason;
	struct name name;

	(void)state;
	assert_int_equal(names_next(&names, &name, &reason), 1);
	assert_int_equal(name.length, 191);
	assert_int_equal(names_next(&names, &name, &reason), 1);
	assert_int_equal(name.length, 253);
	assert_int_equal(names_next(&names, &name, &reason), -EINVAL);
	assert_int_equal(reason, DISCARD_name_long);
	assert_int_equal(names_next(&names, &name, &reason), 0);
}

/* Each pointer leads to the one before it: a name is found as long as nobody has the decoder busy. */
static void pointers_are_counted(void **state)
{
	uint8_t list[3 + 2 * 200] = {1, 'a', 0};
	struct names names = names_of((struct bytes){list, sizeof list}, true);
	enum discard_reason reason;
	struct name name;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		size_t target = i ? 3 + 2 * (i - 1) : 0;
		list[3 + 2 * i] = (uint8_t)(NAME_POINTER | target >> 8);
		list[4 + 2 * i] = (uint8_t)target;
	}
	for (size_t pointers = 0; pointers <= 200; pointers++)
		assert_int_equal(names_next(&names, &name, &reason), pointers <= 127 ? 1 : -EINVAL);
	assert_int_equal(reason, DISCARD_name_pointer);
	assert_int_equal(names_next(&names, &name, &reason), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_told_is_left_alone), cmocka_unit_test(in_order_in_either_form),
		cmocka_unit_test(pointers_are_followed),          cmocka_unit_test(pointers_lead_backwards_to_a_name),
		cmocka_unit_test(uncompressed_ends_at_a_pointer), cmocka_unit_test(goes_on_where_it_can),
		cmocka_unit_test(a_name_has_255_octets_at_most),  cmocka_unit_test(pointers_are_counted),
	};

	return cmocka_run_group_tests_name("dhcp/names", tests, NULL, NULL);
}
