/* SPDX-License-Identifier: BSD-2-Clause */
/* Do the values of a row read well? */
#include <string.h>

#include "../unit.h"
#include "ctl/show.h"
#include "store/store.h"

static char cell[SHOW_SIZE];

static json_t *row_of(const char *text)
{
	json_t *row = json_loads(text, 0, NULL);

	assert_non_null(row);
	return row;
}

static void test_moments(void **state)
{
	/* 2026-01-01T00:00:00Z is 1767225600 */
	static const struct {
		const char *row, *expected;
		time_t now;
	} cases[] = {
		{"{\"t\":\"2026-01-01T00:00:00.000000Z\"}", "now", 1767225600},
		{"{\"t\":\"2026-01-01T00:00:00.900000Z\"}", "in 59s", 1767225600 - 59},
		{"{\"t\":\"2026-01-01T00:00:00.000000Z\"}", "in 119s", 1767225600 - 119},
		{"{\"t\":\"2026-01-01T00:00:00.000000Z\"}", "in 2m", 1767225600 - 120},
		{"{\"t\":\"2026-01-01T00:00:00.000000Z\"}", "in 59m", 1767225600 - 3599},
		{"{\"t\":\"2026-01-01T00:00:00.000000Z\"}", "in 2h", 1767225600 - 7200},
		{"{\"t\":\"2026-01-01T00:00:00.000000Z\"}", "in 49710d", 1767225600 - 4294967294},
		{"{\"t\":\"2026-01-01T00:00:00.000000Z\"}", "1s ago", 1767225600 + 1},
		{"{\"t\":\"2026-01-01T00:00:00.000000Z\"}", "2m ago", 1767225600 + 170},
		{"{\"t\":\"2026-01-01T00:00:00.000000Z\"}", "3d ago", 1767225600 + 3 * 86400},
		{"{\"t\":null,\"infinite\":true}", "for ever", 0},
		{"{\"t\":null}", "", 0},
		{"{}", "", 0},
		{"{\"t\":\"yesterday\"}", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *row = row_of(cases[i].row);
		assert_string_equal(show_moment(row, "t", cases[i].now, cell), cases[i].expected);
		json_decref(row);
	}
}

static void test_spans(void **state)
{
	(void)state;
	assert_string_equal(show_span(0, cell), "0m 0s");
	assert_string_equal(show_span(59, cell), "0m 59s");
	assert_string_equal(show_span(3599, cell), "59m 59s");
	assert_string_equal(show_span(3600, cell), "1h 0m");
	assert_string_equal(show_span(93784, cell), "1d 2h");
}

static void test_peers(void **state)
{
	json_t *v4 = row_of("{\"address\":\"192.0.2.1\",\"port\":4646,\"transport\":\"udp\"}");
	json_t *v6 = row_of("{\"address\":\"2001:db8::1\",\"port\":443,\"transport\":\"tcp\"}");
	json_t *none = row_of("{\"address\":null,\"port\":4646,\"transport\":\"udp\"}");

	(void)state;
	assert_string_equal(show_peer(v4, cell), "192.0.2.1:4646/udp");
	assert_string_equal(show_peer(v6, cell), "[2001:db8::1]:443/tcp");
	assert_string_equal(show_peer(none, cell), "");
	json_decref(v4);
	json_decref(v6);
	json_decref(none);
}

static void test_clients(void **state)
{
	json_t *hw = row_of("{\"hw\":\"02:00:00:00:00:01\",\"id\":\"0003\"}");
	json_t *id = row_of("{\"hw\":null,\"id\":\"0003\"}");

	(void)state;
	assert_string_equal(show_client(hw, cell), "02:00:00:00:00:01");
	assert_string_equal(show_client(id, cell), "0003");
	assert_string_equal(show_client(NULL, cell), "");
	json_decref(hw);
	json_decref(id);
}

static void test_leases(void **state)
{
	static const struct {
		const char *row, *expected;
	} cases[] = {
		{"{\"addresses\":[{\"address\":\"10.0.0.5\"}],\"prefixes\":[]}", "10.0.0.5"},
		{"{\"addresses\":[{\"address\":\"2001:db8::5\"}],\"prefixes\":[{\"prefix\":\"2001:db8:1::/56\"}]}",
		 "2001:db8::5 +1"},
		{"{\"addresses\":[],\"prefixes\":[{\"prefix\":\"2001:db8:1::/56\"}]}", "2001:db8:1::/56"},
		{"{\"addresses\":[],\"prefixes\":[]}", ""},
		{"{}", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *row = row_of(cases[i].row);
		assert_string_equal(show_leases(row, cell), cases[i].expected);
		json_decref(row);
	}
}

static void test_offers(void **state)
{
	static const struct {
		const char *row, *expected;
	} cases[] = {
		{"{\"name\":\"a.example\",\"addresses\":[]}", "a.example"},
		{"{\"name\":\"a.example\",\"addresses\":[\"192.0.2.1\"]}", "a.example 192.0.2.1"},
		{"{\"name\":null,\"addresses\":[\"192.0.2.1\",\"192.0.2.2\",\"192.0.2.3\"]}", "192.0.2.1 +2"},
		{"{\"name\":null,\"addresses\":[]}", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *row = row_of(cases[i].row);
		assert_string_equal(show_offer(row, cell), cases[i].expected);
		json_decref(row);
	}
	assert_string_equal(show_offer(json_null(), cell), "");
}

/* Longer than any cell, and of the wrong type. */
static void test_nothing_overflows(void **state)
{
	char text[2000];
	json_t *row;

	(void)state;
	memset(text, 'x', sizeof text);
	row = json_pack("{s:s%, s:[s%], s:s%, s:s%, s:i, s:s%}", "name", text, sizeof text, "addresses", text,
			sizeof text, "hw", text, sizeof text, "address", text, sizeof text, "id", 5, "transport", text,
			sizeof text);
	assert_non_null(row);
	assert_true(strlen(show_offer(row, cell)) < SHOW_SIZE);
	assert_true(strlen(show_client(row, cell)) < SHOW_SIZE);
	assert_true(strlen(show_peer(row, cell)) < SHOW_SIZE);
	assert_true(strlen(show_leases(row, cell)) < SHOW_SIZE);
	assert_string_equal(show_text(row, "id"), "");
	assert_string_equal(show_number(row, "name", cell), "");
	json_decref(row);
}

/* Each state that there is has its words, and those that somebody has to know of begin with capitals. */
static void test_stores(void **state)
{
	static const char *const begin[STORE_STATE_COUNT] = {
		[STORE_NONE] = "none: ",     [STORE_LOADING] = "LOADING: ",         [STORE_CURRENT] = "current",
		[STORE_BEHIND] = "BEHIND: ", [STORE_CATCHING_UP] = "CATCHING UP: ",
	};

	(void)state;
	for (unsigned i = 0; i < STORE_STATE_COUNT; i++) {
		json_t *store = json_pack("{s:s}", "state", store_state_word((enum store_state)i));
		assert_memory_equal(show_store(store), begin[i], strlen(begin[i]));
		json_decref(store);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moments),           cmocka_unit_test(test_spans),  cmocka_unit_test(test_peers),
		cmocka_unit_test(test_clients),           cmocka_unit_test(test_leases), cmocka_unit_test(test_offers),
		cmocka_unit_test(test_nothing_overflows), cmocka_unit_test(test_stores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
