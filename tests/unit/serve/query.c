/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a query read as it is meant, and refused where it means nothing? */
#include <errno.h>
#include <stdio.h>
#include <event2/http.h>
#include <string.h>

#include "../unit.h"
#include "serve/query.h"

#define ALL (QUERY_CIRCUIT | QUERY_CLIENT | QUERY_FAMILY | QUERY_STATE)

static char error[QUERY_ERROR_SIZE];

/* The filter's texts do not outlive this: none is kept. */
static int read_query(const char *text, unsigned known, struct listing_filter *filter)
{
	struct evkeyvalq query;

	assert_int_equal(evhttp_parse_query_str(text, &query), 0);
	*error = '\0';
	int result = query_read(&query, known, filter, error);
	evhttp_clear_headers(&query);
	return result;
}

static void test_nothing_asked(void **state)
{
	struct listing_filter filter;

	(void)state;
	assert_int_equal(read_query("", ALL, &filter), 0);
	assert_null(filter.circuit);
	assert_false(filter.by_client);
	assert_false(filter.by_state);
	assert_int_equal(filter.family, 0);
}

static void test_circuit(void **state)
{
	struct listing_filter filter;
	struct evkeyvalq query;

	(void)state;
	assert_int_equal(evhttp_parse_query_str("circuit=10.9.9.9%230a0b", &query), 0);
	assert_int_equal(query_read(&query, ALL, &filter, error), 0);
	assert_string_equal(filter.circuit, "10.9.9.9#0a0b");
	evhttp_clear_headers(&query);
}

static void test_clients(void **state)
{
	static const char *const same[] = {"client=02:00:00:ab:cd:EF", "client=02-00-00-AB-cd-ef",
					   "client=020000abcdef"};
	static const uint8_t expected[] = {2, 0, 0, 0xab, 0xcd, 0xef};

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		struct listing_filter filter;
		assert_int_equal(read_query(same[i], ALL, &filter), 0);
		assert_true(filter.by_client);
		assert_int_equal(filter.client_length, sizeof expected);
		assert_memory_equal(filter.client, expected, sizeof expected);
	}
}

static void test_longest_client(void **state)
{
	struct listing_filter filter;
	char text[8 + 2 * 257];

	(void)state;
	memset(text, 'a', sizeof text);
	memcpy(text, "client=", 7);
	text[7 + 2 * 257] = '\0';
	assert_int_equal(read_query(text, ALL, &filter), -EINVAL);
	text[7 + 2 * 256] = '\0';
	assert_int_equal(read_query(text, ALL, &filter), 0);
	assert_int_equal(filter.client_length, 256);
	text[7 + 2 * 256 - 1] = '\0';
	assert_int_equal(read_query(text, ALL, &filter), -EINVAL);
}

static void test_family_and_state(void **state)
{
	struct listing_filter filter;

	(void)state;
	assert_int_equal(read_query("family=6&state=unresolved", ALL, &filter), 0);
	assert_int_equal(filter.family, 6);
	assert_true(filter.by_state);
	assert_int_equal(filter.state, PEER_UNRESOLVED);
	for (unsigned i = 0; i < PEER_STATE_COUNT; i++) {
		char text[64];
		snprintf(text, sizeof text, "state=%s", peer_state_word(i));
		assert_int_equal(read_query(text, ALL, &filter), 0);
		assert_int_equal(filter.state, i);
	}
}

static void test_address_and_prefix(void **state)
{
	static const struct {
		const char *text, *prefix;
	} cases[] = {
		{"address=10.0.0.5", "10.0.0.5/32"},       {"address=2001:db8::5", "2001:db8::5/128"},
		{"prefix=2001:db8::/48", "2001:db8::/48"}, {"prefix=10.0.0.5", "10.0.0.5/32"},
		{"prefix=10.0.0.0%2f8", "10.0.0.0/8"},
	};
	struct listing_filter filter;
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(read_query(cases[i].text, ALL | QUERY_ADDRESS | QUERY_PREFIX, &filter), 0);
		assert_true(filter.by_prefix);
		assert_string_equal(prefix_text(&filter.prefix, text), cases[i].prefix);
	}
}

/* Whatever it can be, it may be. */
static void test_who(void **state)
{
	static const struct {
		const char *text;
		bool client, address;
	} cases[] = {
		{"who=access1.100", false, false},
		{"who=020000000001", true, false},
		{"who=02:00:00:00:00:01", true, false},
		{"who=10.0.0.5", false, true},
		{"who=2001:db8::5", false, true},
		{"who=2001:db8::/48", false, false},
		{"who=2001:0db8:0000:0000:0000:0000:0000:0005", true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct listing_filter filter;
		assert_int_equal(read_query(cases[i].text, QUERY_WHO, &filter), 0);
		assert_true(filter.either);
		assert_non_null(filter.circuit);
		assert_int_equal(filter.by_client, cases[i].client);
		assert_int_equal(filter.by_prefix, cases[i].address);
	}
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"family=5",   "family=",
		"family=44",  "family=x",
		"state=",     "state=fine",
		"client=",    "client=0",
		"client=0g",  "client=02:",
		"client=:02", "client=02::03",
		"circuit=",   "circuit=a&circuit=b",
		"nope=1",     "Circuit%20=1",
		"address=",   "address=10.0.0.0/8",
		"address=a",  "prefix=10.0.0.1/8",
		"prefix=x/8", "prefix=10.0.0.0/8&address=10.0.0.1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct listing_filter filter = {.family = 9};
		assert_int_equal(read_query(texts[i], ALL | QUERY_ADDRESS | QUERY_PREFIX, &filter), -EINVAL);
		assert_true(*error);
		assert_int_equal(filter.family, 9);
	}
}

static void test_what_another_list_knows(void **state)
{
	struct listing_filter filter;

	(void)state;
	assert_int_equal(read_query("client=00", QUERY_CIRCUIT | QUERY_FAMILY, &filter), -EINVAL);
	assert_int_equal(read_query("family=4", QUERY_CIRCUIT | QUERY_CLIENT, &filter), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_asked),
		cmocka_unit_test(test_circuit),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_longest_client),
		cmocka_unit_test(test_family_and_state),
		cmocka_unit_test(test_address_and_prefix),
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_what_another_list_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
