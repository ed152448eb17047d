/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses are discarded, and has every reason its words? */
#include "../unit.h"
#include "dhcp/discard.h"

static void assert_verdict(const char *text, const char *expected)
{
	struct address address;
	enum discard_reason reason = DISCARD_COUNT;
	bool discarded;

	assert_true(address_parse(text, &address));
	discarded = discard_address(&address, &reason);
	print_message("# %s\n", text);
	assert_string_equal(discarded ? discard_word(reason) : "", expected);
	if (!discarded)
		assert_int_equal(reason, DISCARD_COUNT);
}

static void ranges_end_where_they_end(void **state)
{
	static const char *const verdicts[][2] = {
		{"0.0.0.0", "unspecified"},
		{"0.255.255.255", "unspecified"},
		{"1.0.0.0", ""},
		{"126.255.255.255", ""},
		{"127.0.0.0", "loopback"},
		{"127.255.255.255", "loopback"},
		{"128.0.0.0", ""},
		{"169.254.1.1", ""},
		{"10.0.0.1", ""},
		{"223.255.255.255", ""},
		{"224.0.0.0", "multicast"},
		{"239.255.255.255", "multicast"},
		{"240.0.0.0", "reserved"},
		{"255.255.255.254", "reserved"},
		{"255.255.255.255", "broadcast"},
		{"::", "unspecified"},
		{"::1", "loopback"},
		{"::2", ""},
		{"1::1", ""},
		{"::1:0:0:1", ""},
		{"fe80::1", ""},
		{"fc00::1", ""},
		{"feff::1", ""},
		{"ff00::", "multicast"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"},
		{"::ffff:0.0.0.0", "unspecified"},
		{"::ffff:127.0.0.1", "loopback"},
		{"::ffff:192.0.2.1", ""},
		{"::ffff:224.0.0.251", "multicast"},
		{"::ffff:255.255.255.255", "broadcast"},
		{"::ffff:240.0.0.1", "reserved"},
		/* Neither is IPv4-mapped. */
		{"::fffe:127.0.0.1", ""},
		{"1::ffff:127.0.0.1", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
		assert_verdict(verdicts[i][0], verdicts[i][1]);
}

static void words_are_fit_for_a_label(void **state)
{
	(void)state;
	for (enum discard_reason reason = 0; reason < DISCARD_COUNT; reason++) {
		const char *word = discard_word(reason);
		assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz-"), strlen(word));
		assert_true(strlen(word) > 2);
		assert_ptr_equal(word, discard_word(reason));
		assert_true(strlen(discard_help(reason)) > 10);
	}
	assert_string_equal(discard_word(DISCARD_loopback), "loopback");
	assert_string_equal(discard_word(DISCARD_name_extra), "name-extra");
	assert_string_equal(discard_word(DISCARD_duplicate_option), "duplicate-option");
	assert_string_equal(discard_help(DISCARD_loopback), "a host loopback address (RFC 8973 5.1.3, 5.2.3)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_end_where_they_end),
		cmocka_unit_test(words_are_fit_for_a_label),
	};

	return cmocka_run_group_tests_name("dhcp/discard", tests, NULL, NULL);
}
