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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
