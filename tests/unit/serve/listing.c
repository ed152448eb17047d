/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a list complete and free of doubles, piece by piece, while the table changes? */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "serve/listing.h"
#include "told.h"

#define MANY 20000 /* more than PIECE_STEPS */

static int open_table(void **state)
{
	return told_open((size_t)2 * MANY, (struct table **)state);
}

static int close_table(void **state)
{
	told_close(*state);
	return 0;
}

/* Lines of a piece, for which `each` is called. */
static size_t each_line(struct evbuffer *out, void (*each)(const json_t *row, void *context), void *context)
{
	size_t count = 0;
	char *line;

	while ((line = evbuffer_readln(out, NULL, EVBUFFER_EOL_LF))) {
		json_t *row = json_loads(line, 0, NULL);
		assert_non_null(row);
		if (each)
			each(row, context);
		json_decref(row);
		free(line);
		count++;
	}
	assert_int_equal(evbuffer_get_length(out), 0);
	return count;
}

struct result {
	size_t rows, pieces, largest;
};

/* Walks to the end; frees the listing. `between` is called between two pieces. */
static struct result list_all(struct listing *listing, void (*each)(const json_t *row, void *context),
			      void (*between)(void *context), void *context)
{
	struct evbuffer *out = evbuffer_new();
	struct result result = {0};
	int more;

	assert_non_null(listing);
	do {
		more = listing_piece(listing, out);
		assert_true(more >= 0);
		size_t rows = each_line(out, each, context);
		result.rows += rows;
		result.pieces++;
		if (rows > result.largest)
			result.largest = rows;
		if (more && between)
			between(context);
		assert_true(result.pieces < 10000);
	} while (more);
	evbuffer_free(out);
	listing_free(listing);
	return result;
}

static const struct listing_filter everything;

static void tell_many(struct table *table, unsigned count, bool one_circuit)
{
	char circuit[32] = "access1";

	for (unsigned i = 0; i < count; i++) {
		if (!one_circuit)
			snprintf(circuit, sizeof circuit, "access1.%u", i);
		tell(table,
		     &(struct told){
			     .client = i, .circuit = circuit, .name = "dots.example.net", .address = "192.0.2.1"});
	}
}

static void test_empty(void **state)
{
	assert_int_equal(list_all(listing_new_bindings(*state, &everything), NULL, NULL, NULL).rows, 0);
	assert_int_equal(list_all(listing_new_peers(*state, &everything), NULL, NULL, NULL).rows, 0);
	struct listing_filter filter = {.circuit = "nowhere"};
	assert_int_equal(list_all(listing_new_bindings(*state, &filter), NULL, NULL, NULL).rows, 0);
	assert_int_equal(list_all(listing_new_peers(*state, &filter), NULL, NULL, NULL).rows, 0);
}

static void mark(const json_t *row, void *context)
{
	char *seen = context;
	unsigned client;
	const char *hw = json_string_value(json_object_get(json_object_get(row, "client"), "hw"));
	unsigned bytes[4];

	assert_int_equal(sscanf(hw, "02:00:%x:%x:%x:%x", &bytes[0], &bytes[1], &bytes[2], &bytes[3]), 4);
	client = bytes[2] << 8 | bytes[3];
	assert_int_equal(seen[client]++, 0);
}

static void test_all_bindings_once(void **state)
{
	char *seen = calloc(1, MANY);

	tell_many(*state, MANY, false);
	struct result result = list_all(listing_new_bindings(*state, &everything), mark, NULL, seen);
	assert_int_equal(result.rows, MANY);
	assert_int_equal(result.largest, PIECE_ROWS);
	free(seen);
}

static void test_all_peers(void **state)
{
	tell_many(*state, 3000, false);
	discover(*state);
	struct result result = list_all(listing_new_peers(*state, &everything), NULL, NULL, NULL);
	assert_int_equal(result.rows, 3000);
	assert_true(result.largest <= PIECE_ROWS);
}

static void keep_count(const json_t *row, void *context)
{
	*(json_int_t *)context = json_integer_value(json_object_get(row, "bindings"));
}

/* All of them on one circuit: counting them takes several pieces. */
static void test_one_circuit_holds_all(void **state)
{
	struct listing_filter filter = {.circuit = "access1"};
	json_int_t count = 0;

	tell_many(*state, MANY, true);
	discover(*state);
	struct result result = list_all(listing_new_peers(*state, &everything), keep_count, NULL, &count);
	assert_int_equal(result.rows, 1);
	assert_int_equal(count, MANY);
	assert_true(result.pieces > 2);
	assert_int_equal(list_all(listing_new_peers(*state, &filter), keep_count, NULL, &count).rows, 1);
	assert_int_equal(count, MANY);
	assert_int_equal(list_all(listing_new_bindings(*state, &filter), NULL, NULL, NULL).rows, MANY);
}

static void end_newest(void *context)
{
	struct table *table = context;
	const struct circuit *circuit = table_find_circuit(table, "access1");
	static int once;

	/* Any of them may be the place where the listing stands: end half of the circuit's bindings. */
	if (once++ || !circuit)
		return;
	for (unsigned i = 0; i < MANY; i += 2)
		tell(table, &(struct told){.client = i, .effect = MESSAGE_ENDS});
}

static void test_place_is_lost(void **state)
{
	tell_many(*state, MANY, true);
	discover(*state);
	struct result result = list_all(listing_new_peers(*state, &everything), NULL, end_newest, *state);
	assert_int_equal(result.rows, 1);
}

static void flush(void *context)
{
	table_flush(context);
}

static void test_all_go_in_the_middle(void **state)
{
	tell_many(*state, MANY, true);
	discover(*state);
	assert_int_equal(list_all(listing_new_peers(*state, &everything), NULL, flush, *state).rows, 0);
	tell_many(*state, MANY, false);
	discover(*state);
	assert_true(list_all(listing_new_peers(*state, &everything), NULL, flush, *state).rows <= PIECE_ROWS);
	tell_many(*state, MANY, false);
	assert_int_equal(list_all(listing_new_bindings(*state, &everything), NULL, flush, *state).rows, PIECE_ROWS);
}

struct churn {
	struct table *table;
	char *seen;
	unsigned next;
};

static void mark_churn(const json_t *row, void *context)
{
	unsigned bytes[4];
	const char *hw = json_string_value(json_object_get(json_object_get(row, "client"), "hw"));

	assert_int_equal(sscanf(hw, "02:00:%x:%x:%x:%x", &bytes[0], &bytes[1], &bytes[2], &bytes[3]), 4);
	if (bytes[1] == 0)
		assert_int_equal(((struct churn *)context)->seen[bytes[2] << 8 | bytes[3]]++, 0);
}

/* Newcomers, and every third of the old ones goes. */
static void churn(void *context)
{
	struct churn *churn = context;

	for (unsigned i = 0; i < 100; i++, churn->next++) {
		tell(churn->table, &(struct told){.client = 0x10000 + churn->next});
		tell(churn->table, &(struct told){.client = 3 * churn->next, .effect = MESSAGE_ENDS});
	}
}

static void test_who_stands_is_met_once(void **state)
{
	struct churn context = {.table = *state, .seen = calloc(1, 0x10000)};

	tell_many(*state, 6000, false);
	list_all(listing_new_bindings(*state, &everything), mark_churn, churn, &context);
	for (unsigned i = 0; i < 6000; i++)
		if (i % 3)
			assert_int_equal(context.seen[i], 1);
	free(context.seen);
}

static void test_filters(void **state)
{
	tell(*state, &(struct told){.client = 1, .circuit = "a", .name = "x.example", .address = "192.0.2.1"});
	tell(*state, &(struct told){.client = 2, .circuit = "a", .name = "y.example"});
	tell(*state,
	     &(struct told){.family = 6, .client = 1, .circuit = "a", .name = "x.example", .address = "2001:db8::1"});
	tell(*state,
	     &(struct told){
		     .client = 3, .circuit = "b", .name = "x.example", .address = "192.0.2.1", .second = "192.0.2.2"});
	tell(*state, &(struct told){.client = 4, .circuit = "c"});
	discover(*state);

	const struct {
		struct listing_filter filter;
		size_t bindings, peers;
	} cases[] = {
		{{0}, 5, 5},
		{{.circuit = "a"}, 3, 3},
		{{.circuit = "b"}, 1, 2},
		{{.circuit = "c"}, 1, 0},
		{{.circuit = "ab"}, 0, 0},
		{{.family = 6}, 5, 1},
		{{.family = 4}, 5, 4},
		{{.by_state = true, .state = PEER_UNRESOLVED}, 5, 1},
		{{.circuit = "a", .by_state = true, .state = PEER_DISCOVERED, .family = 4}, 3, 1},
		{{.by_client = true, .client = {2, 0, 0, 0, 0, 1}, .client_length = 6}, 2, 5},
		{{.by_client = true, .client = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1}, .client_length = 10}, 1, 5},
		{{.by_client = true, .client = {2, 0, 0, 0, 0}, .client_length = 5}, 0, 5},
		{{.by_client = true, .client = {2, 0, 0, 0, 0, 1}, .client_length = 6, .circuit = "b"}, 0, 2},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(list_all(listing_new_bindings(*state, &cases[i].filter), NULL, NULL, NULL).rows,
				 cases[i].bindings);
		assert_int_equal(list_all(listing_new_peers(*state, &cases[i].filter), NULL, NULL, NULL).rows,
				 cases[i].peers);
	}
}

/* --- Lookups --- */

/* Clients' numbers, in the order in which they come. */
struct numbers {
	unsigned of[16];
	size_t count;
};

static void note(const json_t *row, void *context)
{
	struct numbers *numbers = context;
	unsigned bytes[4];
	const char *hw = json_string_value(json_object_get(json_object_get(row, "client"), "hw"));

	assert_int_equal(sscanf(hw, "02:00:%x:%x:%x:%x", &bytes[0], &bytes[1], &bytes[2], &bytes[3]), 4);
	assert_true(numbers->count < sizeof numbers->of / sizeof *numbers->of);
	numbers->of[numbers->count++] = bytes[2] << 8 | bytes[3];
}

/* Are these listed, in any order, each once? 0 ends them. */
static void assert_listed(struct table *table, const struct listing_filter *filter, const unsigned *expected)
{
	struct numbers numbers = {0};
	size_t count = 0;

	list_all(listing_new_bindings(table, filter), note, NULL, &numbers);
	for (; expected[count]; count++) {
		size_t found = 0;
		for (size_t i = 0; i < numbers.count; i++)
			found += numbers.of[i] == expected[count];
		assert_int_equal(found, 1);
	}
	assert_int_equal(numbers.count, count);
}

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix;

	assert_true(prefix_parse(text, &prefix));
	return prefix;
}

/* A site with a /48, a house in it with a /56 and an address, and somebody else's address in the /48 alone. */
static void tell_nested(struct table *table)
{
	tell(table, &(struct told){.family = 6, .client = 1, .circuit = "a", .leases = {"2001:db8:1::/48"}});
	tell(table,
	     &(struct told){
		     .family = 6, .client = 2, .circuit = "a", .leases = {"2001:db8:1:a00::5", "2001:db8:1:a00::/56"}});
	tell(table, &(struct told){.family = 6, .client = 3, .circuit = "b", .leases = {"2001:db8:1:b00::5"}});
	tell(table, &(struct told){.family = 6, .client = 4, .circuit = "b", .leases = {"2001:db8:1:a00::5"}});
	tell(table, &(struct told){.client = 5, .circuit = "b"});
	tell(table, &(struct told){.client = 2, .circuit = "a"});
}

static void test_who_has_it(void **state)
{
	static const struct {
		const char *prefix;
		unsigned expected[3];
	} cases[] = {
		{"2001:db8:1:a00::5", {2, 4}}, /* they contradict each other */
		{"2001:db8:1:a00::6", {2}},
		{"2001:db8:1:a00::/64", {2}},
		{"2001:db8:1:a00::/56", {2}},
		{"2001:db8:1:b00::5", {3}},
		{"2001:db8:1:b00::6", {1}},
		{"2001:db8:1:a00::/55", {1}},
		{"2001:db8:1::/48", {1}},
		{"2001:db8::/47", {0}},
		{"2001:db8:2::1", {0}},
		{"10.0.0.5", {5}},
		{"10.0.0.4/31", {0}},
		{"10.0.0.6", {0}},
		{"::a00:5", {0}},
	};

	tell_nested(*state);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct listing_filter filter = {.by_prefix = true, .prefix = prefix_of(cases[i].prefix)};
		assert_listed(*state, &filter, cases[i].expected);
	}
}

static void test_lookups_together(void **state)
{
	static const struct {
		struct listing_filter filter;
		const char *prefix;
		unsigned expected[5];
	} cases[] = {
		{{.circuit = "a"}, "2001:db8:1:a00::5", {2}},
		{{.circuit = "c"}, "2001:db8:1:a00::5", {0}},
		{{.client = {2, 0, 0, 0, 0, 4}, .client_length = 6, .by_client = true}, "2001:db8:1:a00::5", {4}},
		{{.client = {2, 0, 0, 0, 0, 4}, .client_length = 6, .by_client = true, .circuit = "a"}, NULL, {0}},
		{{.client = {2, 0, 0, 0, 0, 4}, .client_length = 6, .by_client = true, .circuit = "b"}, NULL, {4}},
		/* any of them is enough, and each is told once, whatever finds it */
		{{.circuit = "b", .either = true}, "2001:db8:1:a00::5", {2, 3, 4, 5}},
		{{.circuit = "c", .either = true}, "2001:db8:1:b00::6", {1}},
		{{.client = {2, 0, 0, 0, 0, 4}, .client_length = 6, .by_client = true, .circuit = "b", .either = true},
		 NULL,
		 {3, 4, 5}},
		{{.client = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1},
		  .client_length = 10,
		  .by_client = true,
		  .circuit = "b",
		  .either = true},
		 "2001:db8:1:b00::6",
		 {1, 3, 4, 5}},
	};

	tell_nested(*state);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct listing_filter filter = cases[i].filter;
		filter.by_prefix = cases[i].prefix;
		if (cases[i].prefix)
			filter.prefix = prefix_of(cases[i].prefix);
		assert_listed(*state, &filter, cases[i].expected);
	}
}

/* A hardware address is that of the DHCPv4 client at once, and of the DHCPv6 clients by the walk. */
static void test_both_families_of_a_client(void **state)
{
	struct listing_filter by_hw = {.by_client = true, .client = {2, 0, 0, 0, 0, 2}, .client_length = 6};
	struct listing_filter by_duid = {
		.by_client = true, .client = {0, 3, 0, 1, 2, 0, 0, 0, 0, 2}, .client_length = 10};

	tell_nested(*state);
	assert_int_equal(list_all(listing_new_bindings(*state, &by_hw), NULL, NULL, NULL).rows, 2);
	assert_int_equal(list_all(listing_new_bindings(*state, &by_duid), NULL, NULL, NULL).rows, 1);
}

/* Who is found needs no look at all others. */
static void test_lookups_take_one_piece(void **state)
{
	static const struct listing_filter filters[] = {
		{.by_client = true, .client = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1}, .client_length = 10},
		{.circuit = "access1.77"},
		{.by_prefix = true, .prefix = {{4, {10, 0, 0, 7}}, 32}},
		{.circuit = "access1.77", .either = true, .by_prefix = true, .prefix = {{4, {10, 0, 0, 7}}, 32}},
		{.by_client = true, .client = {2, 0, 0, 0, 0, 77}, .client_length = 6, .circuit = "access1.77"},
	};

	tell_many(*state, MANY, false);
	tell(*state, &(struct told){.family = 6, .client = 1, .circuit = "access1.0"});
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		struct result result = list_all(listing_new_bindings(*state, &filters[i]), NULL, NULL, NULL);
		assert_int_equal(result.pieces, 1);
		assert_in_range(result.rows, 1, 2);
	}
	struct listing_filter by_hw = {.by_client = true, .client = {2, 0, 0, 0, 0, 1}, .client_length = 6};
	struct result result = list_all(listing_new_bindings(*state, &by_hw), NULL, NULL, NULL);
	assert_int_equal(result.rows, 2);
	assert_true(result.pieces > MANY / PIECE_STEPS);
}

/* Those of the circuit that stand are listed once each, though its list changes while they are collected. */
static void test_circuit_changes_while_collected(void **state)
{
	struct listing_filter filter = {.circuit = "access1"};
	struct churn context = {.table = *state, .seen = calloc(1, 0x10000)};

	tell_many(*state, MANY, true);
	list_all(listing_new_bindings(*state, &filter), mark_churn, churn, &context);
	for (unsigned i = 0; i < MANY; i++)
		if (i % 3 || i / 3 >= context.next)
			assert_int_equal(context.seen[i], 1);
	free(context.seen);
}

static void sum(const json_t *row, void *context)
{
	*(json_int_t *)context += json_integer_value(json_object_get(row, "bindings"));
}

/* More different offers on one circuit than a group is searched for in one step. */
static void test_many_offers_on_one_circuit(void **state)
{
	json_int_t bindings = 0;

	for (unsigned i = 0; i < 4000; i++) {
		char address[16];
		snprintf(address, sizeof address, "198.18.%u.%u", i / 2 >> 8 & 255, i / 2 & 255);
		tell(*state, &(struct told){.client = i, .address = address});
	}
	discover(*state);
	struct result result = list_all(listing_new_peers(*state, &everything), sum, NULL, &bindings);
	assert_int_equal(result.rows, 2000);
	assert_int_equal(bindings, 4000);
	assert_true(result.pieces > 2000 / PIECE_ROWS + 1);
}

#define table_test(f) cmocka_unit_test_setup_teardown(f, open_table, close_table)

int main(void)
{
	const struct CMUnitTest tests[] = {
		table_test(test_empty),
		table_test(test_all_bindings_once),
		table_test(test_all_peers),
		table_test(test_one_circuit_holds_all),
		table_test(test_place_is_lost),
		table_test(test_all_go_in_the_middle),
		table_test(test_who_stands_is_met_once),
		table_test(test_filters),
		table_test(test_many_offers_on_one_circuit),
		table_test(test_who_has_it),
		table_test(test_lookups_together),
		table_test(test_both_families_of_a_client),
		table_test(test_lookups_take_one_piece),
		table_test(test_circuit_changes_while_collected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
