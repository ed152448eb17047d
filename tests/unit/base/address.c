/* SPDX-License-Identifier: BSD-2-Clause */
/* Do addresses and prefixes come from bytes and text, and go back, without loss? */
#include <arpa/inet.h>

#include "../unit.h"
#include "base/address.h"

static void from_bytes(void **state)
{
	static const uint8_t octets[17] = {0x20, 1, 0x0d, 0xb8, [15] = 5, [16] = 6};
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	for (size_t size = 0; size <= sizeof octets; size++) {
		struct address address = address_of((struct bytes){octets, size});
		const char *expected = size == 4 ? "32.1.13.184" : size == 16 ? "2001:db8::5" : "-";
		assert_string_equal(address_text(&address, text), expected);
		assert_int_equal(address.family, size == 4 ? 4 : size == 16 ? 6 : 0);
	}
}

static void from_text_and_back(void **state)
{
	static const char *const texts[] = {
		"0.0.0.0",
		"192.0.2.1",
		"255.255.255.255",
		"::",
		"::1",
		"2001:db8::1",
		"::ffff:192.0.2.1",
		"fe80::1",
		"2001:db8:1111:2222:3333:4444:5555:6666",
	};
	struct address address;
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_true(address_parse(texts[i], &address));
		assert_string_equal(address_text(&address, text), texts[i]);
		assert_int_equal(address.family, strchr(texts[i], ':') ? 6 : 4);
	}
}

static void what_is_no_address(void **state)
{
	static const char *const texts[] = {
		"",    "192.0.2",     "192.0.2.256", "192.0.2.1 ", " 192.0.2.1", "192.0.2.1/32", "2001:db8::1%eth0",
		":::", "example.net", "0x7f000001"};
	struct address address = {.family = 9};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_false(address_parse(texts[i], &address));
	assert_int_equal(address.family, 9);
}

static void assert_prefix(const char *text, const char *expected)
{
	struct prefix prefix;
	char back[ADDRESS_TEXT_SIZE];

	assert_int_equal(prefix_parse(text, &prefix), expected != NULL);
	if (expected)
		assert_string_equal(prefix_text(&prefix, back), expected);
}

static void prefixes(void **state)
{
	(void)state;
	assert_prefix("192.0.2.1", "192.0.2.1/32");
	assert_prefix("192.0.2.0/24", "192.0.2.0/24");
	assert_prefix("0.0.0.0/0", "0.0.0.0/0");
	assert_prefix("192.0.2.128/25", "192.0.2.128/25");
	assert_prefix("2001:db8::", "2001:db8::/128");
	assert_prefix("2001:db8::/32", "2001:db8::/32");
	assert_prefix("::/0", "::/0");
	assert_prefix("2001:db8:8000::/33", "2001:db8:8000::/33");
}

static void what_is_no_prefix(void **state)
{
	(void)state;
	assert_prefix("192.0.2.1/24", NULL);
	assert_prefix("192.0.2.192/25", NULL);
	assert_prefix("2001:db8::1/64", NULL);
	assert_prefix("2001:db8:c000::/33", NULL);
	assert_prefix("192.0.2.0/33", NULL);
	assert_prefix("2001:db8::/129", NULL);
	assert_prefix("192.0.2.0/", NULL);
	assert_prefix("192.0.2.0/x", NULL);
	assert_prefix("192.0.2.0/24x", NULL);
	assert_prefix("192.0.2.0/24/8", NULL);
	assert_prefix("/24", NULL);
	assert_prefix("", NULL);
	assert_prefix("192.0.2.0/-1", NULL);
	assert_prefix("192.0.2.0/99999999999999999999999", NULL);
	assert_prefix("2001:db8:1111:2222:3333:4444:5555:6666/128/and/more/than/fits/any/buffer", NULL);
}

static void what_covers_what(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool covers;
	} cases[] = {
		{"10.0.0.5", "10.0.0.5", true},
		{"10.0.0.5", "10.0.0.4", false},
		{"0.0.0.0/0", "10.0.0.5", true},
		{"0.0.0.0/0", "::", false},
		{"10.0.0.4/31", "10.0.0.5", true},
		{"10.0.0.4/31", "10.0.0.6", false},
		{"10.0.0.5", "10.0.0.4/31", false},
		{"2001:db8::/33", "2001:db8:7fff::/48", true},
		{"2001:db8::/33", "2001:db8:8000::/48", false},
		{"2001:db8::/48", "2001:db8::/56", true},
		{"2001:db8::/56", "2001:db8::/48", false},
		{"2001:db8::1", "2001:db8::1", true},
		{"2001:db8::1", "2001:db8::2", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct prefix outer, inner;
		assert_true(prefix_parse(cases[i].outer, &outer));
		assert_true(prefix_parse(cases[i].inner, &inner));
		assert_int_equal(prefix_covers(&outer, &inner), cases[i].covers);
	}
}

static void equal_is_equal_bytes(void **state)
{
	struct address a, b;

	(void)state;
	memset(&a, 0xff, sizeof a);
	memset(&b, 0x11, sizeof b);
	assert_true(address_parse("192.0.2.1", &a));
	assert_true(address_parse("192.0.2.1", &b));
	assert_true(address_equal(&a, &b));
	assert_true(address_parse("::ffff:192.0.2.1", &b));
	assert_false(address_equal(&a, &b));
	/* The same octets in the other family. */
	assert_true(address_parse("c000:201::", &b));
	assert_false(address_equal(&a, &b));
}

static void to_socket_addresses(void **state)
{
	struct sockaddr_storage storage;
	struct sockaddr_in *in = (struct sockaddr_in *)&storage;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&storage;
	struct address address;

	(void)state;
	assert_true(address_parse("192.0.2.1", &address));
	assert_int_equal(address_to_sockaddr(&address, 4646, 3, &storage), sizeof *in);
	assert_int_equal(in->sin_family, AF_INET);
	assert_int_equal(ntohs(in->sin_port), 4646);
	assert_int_equal(ntohl(in->sin_addr.s_addr), 0xc0000201);

	assert_true(address_parse("fe80::1", &address));
	assert_int_equal(address_to_sockaddr(&address, 4646, 3, &storage), sizeof *in6);
	assert_int_equal(in6->sin6_family, AF_INET6);
	assert_int_equal(ntohs(in6->sin6_port), 4646);
	assert_int_equal(in6->sin6_scope_id, 3);
	assert_memory_equal(&in6->sin6_addr, address.bytes, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_bytes),          cmocka_unit_test(from_text_and_back),
		cmocka_unit_test(what_is_no_address),  cmocka_unit_test(prefixes),
		cmocka_unit_test(what_is_no_prefix),   cmocka_unit_test(equal_is_equal_bytes),
		cmocka_unit_test(to_socket_addresses), cmocka_unit_test(what_covers_what),
	};

	return cmocka_run_group_tests_name("base/address", tests, NULL, NULL);
}
