/* SPDX-License-Identifier: BSD-2-Clause */
/* Is text made of bytes always safe, and always inside its buffer? */
#include <stdbool.h>
#include <stdio.h>

#include "../unit.h"
#include "base/text.h"

typedef const char *(*writer)(struct bytes bytes, char *text, size_t size);

static const uint8_t octets[] = {0x02, 0x00, 0xff, 0x1b, 0x41, 0x5c};

static void assert_written(writer write, size_t count, const char *expected)
{
	char text[64];

	assert_ptr_equal(write((struct bytes){octets, count}, text, sizeof text), text);
	assert_string_equal(text, expected);
}

static void hex_and_hardware_addresses(void **state)
{
	(void)state;
	assert_written(text_hex, 6, "0200ff1b415c");
	assert_written(text_hex, 1, "02");
	assert_written(text_hex, 0, "");
	assert_written(text_hw, 6, "02:00:ff:1b:41:5c");
	assert_written(text_hw, 1, "02");
	assert_written(text_hw, 0, "");
	assert_written(text_escape, 6, "\\002\\000\\255\\027A\\092");
	assert_written(text_escape, 0, "");
}

/* Whatever the buffer's size, the text ends inside it and is the beginning of the whole. */
static void text_is_cut_to_the_buffer(void **state)
{
	static const writer writers[] = {text_hex, text_hw, text_escape};
	char whole[64];

	(void)state;
	for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
		writers[i]((struct bytes){octets, sizeof octets}, whole, sizeof whole);
		for (size_t size = 1; size < sizeof whole; size++) {
			char cut[sizeof whole];
			memset(cut, '!', sizeof cut);
			writers[i]((struct bytes){octets, sizeof octets}, cut, size);
			assert_non_null(memchr(cut, '\0', size));
			assert_memory_equal(cut, whole, strlen(cut));
			assert_int_equal(cut[size], '!');
		}
	}
}

static void every_octet_is_escaped_or_harmless(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t one = (uint8_t)octet;
		char text[8], expected[8] = {(char)octet};
		bool plain =
			octet && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", octet);

		if (!plain)
			snprintf(expected, sizeof expected, "\\%03u", octet);
		assert_string_equal(text_escape((struct bytes){&one, 1}, text, sizeof text), expected);
	}
}

static void words(void **state)
{
	char text[16];

	(void)state;
	assert_string_equal(text_word("name_label_long", text, sizeof text), "name-label-long");
	assert_string_equal(text_word("", text, sizeof text), "");
	assert_string_equal(text_word("not_udp", text, 4), "not");
	assert_string_equal(text_word("not_udp", text, 5), "not-");
}

static void times(void **state)
{
	char text[TEXT_TIME_SIZE];

	(void)state;
	assert_string_equal(text_time(0, text), "1970-01-01T00:00:00.000000Z");
	assert_string_equal(text_time(1767225600000000000, text), "2026-01-01T00:00:00.000000Z");
	assert_string_equal(text_time(1709210096123456789, text), "2024-02-29T12:34:56.123456Z");
	assert_string_equal(text_time(999, text), "1970-01-01T00:00:00.000000Z");
	assert_string_equal(text_time(UINT64_MAX, text), "2554-07-21T23:34:33.709551Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_and_hardware_addresses),
		cmocka_unit_test(text_is_cut_to_the_buffer),
		cmocka_unit_test(every_octet_is_escaped_or_harmless),
		cmocka_unit_test(words),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
