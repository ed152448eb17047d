/* SPDX-License-Identifier: BSD-2-Clause */
/* Are bindings and peers shown as promised? */
#include <stdio.h>
#include <stdlib.h>

#include "serve/json.h"
#include "serve/rows.h"
#include "told.h"

static int open_table(void **state)
{
	return told_open(100, (struct table **)state);
}

static int close_table(void **state)
{
	told_close(*state);
	return 0;
}

/* Takes the value. Times are checked and taken out; nothing else differs from one run to the next. */
static void assert_row(json_t *row, const char *const times[], const char *expected)
{
	for (; *times; times++) {
		const char *text = json_string_value(json_object_get(row, *times));
		assert_non_null(text);
		assert_int_equal(strlen(text), strlen("2026-01-01T00:00:00.000000Z"));
		json_object_del(row, *times);
	}
	char *text = json_dumps(row, JSON_STYLE);
	assert_string_equal(text, expected);
	free(text);
	json_decref(row);
}

static json_t *first_row(const struct table *table)
{
	struct binding_view view;

	table_view(table, table_next_binding(table, &(uint32_t){0}), &view);
	return binding_row(table, &view);
}

static void test_binding(void **state)
{
	static const char *const times[] = {"since", "refreshed", "expires", NULL};

	tell(*state,
	     &(struct told){.client = 1, .name = "dots.example.net", .address = "192.0.2.1", .second = "192.0.2.2"});
	assert_row(first_row(*state), times,
		   "{\"circuit\":\"access1\",\"client\":{\"hw\":\"02:00:00:00:00:01\",\"id\":null},\"family\":4,"
		   "\"addresses\":[{\"address\":\"10.0.0.1\",\"lifetime\":3600}],\"prefixes\":[],\"server\":\"192.0.2."
		   "53\","
		   "\"offer\":{\"name\":\"dots.example.net\",\"addresses\":[\"192.0.2.1\",\"192.0.2.2\"]}}");
}

static void test_binding_for_ever_without_offer(void **state)
{
	static const char *const times[] = {"since", "refreshed", NULL};

	tell(*state, &(struct told){.family = 6, .client = 2, .circuit = "a\x1b.1", .lifetime = LIFETIME_INFINITE});
	assert_row(
		first_row(*state), times,
		"{\"circuit\":\"a\\\\027.1\",\"client\":{\"hw\":\"02:00:00:00:00:02\",\"id\":\"00030001020000000002\"},"
		"\"family\":6,\"addresses\":[{\"address\":\"2001:db8::2\",\"lifetime\":null,\"infinite\":true}],"
		"\"prefixes\":[],\"server\":\"fe80::53\",\"expires\":null,\"infinite\":true,\"offer\":null}");
}

static const struct peerset *first_peerset(const struct table *table)
{
	return table_next_peerset(table, &(uint32_t){0});
}

static void test_peer(void **state)
{
	static const char *const times[] = {"expires", NULL};

	tell(*state, &(struct told){.client = 1, .name = "dots.example.net", .address = "192.0.2.1"});
	discover(*state);
	const struct peerset *peerset = first_peerset(*state);
	struct peer_place place = {"eth1.100", peerset, 812, clock_boot()};
	assert_row(peer_row(&place, &peerset->peers[0]), times,
		   "{\"circuit\":\"eth1.100\",\"family\":4,\"name\":\"dots.example.net\",\"channel\":\"signal\","
		   "\"transport\":\"udp\",\"address\":\"192.0.2.1\",\"port\":4646,\"method\":\"dhcp\","
		   "\"state\":\"discovered\",\"bindings\":812}");
}

static void test_peer_without_address_for_ever(void **state)
{
	static const char *const none[] = {NULL};

	tell(*state, &(struct told){.client = 1, .name = "dots.example.net"});
	discover(*state);
	const struct peerset *peerset = first_peerset(*state);
	struct peer_place place = {"eth1", peerset, 1, TABLE_NEVER};
	assert_row(peer_row(&place, &peerset->peers[0]), none,
		   "{\"circuit\":\"eth1\",\"family\":4,\"name\":\"dots.example.net\",\"channel\":\"signal\","
		   "\"transport\":\"udp\",\"address\":null,\"port\":4646,\"method\":\"dhcp\",\"state\":\"unresolved\","
		   "\"detail\":\"nxdomain\",\"expires\":null,\"infinite\":true,\"bindings\":1}");
}

/* Nothing is claimed about an end that is not known. */
static void test_peer_of_all_circuits(void **state)
{
	static const char *const none[] = {NULL};

	tell(*state, &(struct told){.client = 1, .address = "192.0.2.1"});
	discover(*state);
	const struct peerset *peerset = first_peerset(*state);
	struct peer_place place = {.peerset = peerset, .bindings = 3};
	assert_row(peer_row(&place, &peerset->peers[0]), none,
		   "{\"family\":4,\"name\":null,\"channel\":\"signal\",\"transport\":\"udp\",\"address\":\"192.0.2.1\","
		   "\"port\":4646,\"method\":\"dhcp\",\"state\":\"discovered\",\"expires\":null,\"bindings\":3}");
}

/* The discovery's end or the bindings', whichever comes first. */
static void test_earliest_end(void **state)
{
	const uint64_t hour = 3600 * NS_PER_SECOND, now = clock_boot();

	tell(*state, &(struct told){.client = 1, .address = "192.0.2.1"});
	discover(*state);
	const struct peerset *peerset = first_peerset(*state);
	struct peer peer = peerset->peers[0];
	struct peer_place place = {"a", peerset, 1, now + hour};
	char early[40];

	peer.expires = now + hour / 2;
	json_t *row = peer_row(&place, &peer);
	snprintf(early, sizeof early, "%s", json_string_value(json_object_get(row, "expires")));
	json_decref(row);

	peer.expires = now + 2 * hour;
	row = peer_row(&place, &peer);
	assert_true(strcmp(json_string_value(json_object_get(row, "expires")), early) > 0);
	json_decref(row);
	place.ends = now;
	row = peer_row(&place, &peer);
	assert_true(strcmp(json_string_value(json_object_get(row, "expires")), early) < 0);
	json_decref(row);
}

/* What is proven goes before what was found, and ends with the certificate if that is sooner. */
static void test_proof(void **state)
{
	static const char *const times[] = {"expires", NULL};

	tell(*state, &(struct told){.client = 1, .address = "192.0.2.1"});
	discover(*state);
	struct peerset *peerset = (struct peerset *)first_peerset(*state);
	struct peer_place place = {"eth1", peerset, 1, TABLE_NEVER};
	struct peer_proof proof = {true, PEER_PROVEN, TRANSPORT_TCP, NULL, clock_boot() + NS_PER_SECOND};
	table_set_proof(*state, peerset, &peerset->peers[0], &proof);
	assert_row(peer_row(&place, &peerset->peers[0]), times,
		   "{\"circuit\":\"eth1\",\"family\":4,\"name\":null,\"channel\":\"signal\",\"transport\":\"tcp\","
		   "\"address\":\"192.0.2.1\",\"port\":4646,\"method\":\"dhcp\",\"state\":\"proven\",\"bindings\":1}");

	proof = (struct peer_proof){true, PEER_REFUSED, TRANSPORT_UDP, "wrong-name", TABLE_NEVER};
	table_set_proof(*state, peerset, &peerset->peers[0], &proof);
	assert_row(peer_row(&place, &peerset->peers[0]), (const char *const[]){NULL},
		   "{\"circuit\":\"eth1\",\"family\":4,\"name\":null,\"channel\":\"signal\",\"transport\":\"udp\","
		   "\"address\":\"192.0.2.1\",\"port\":4646,\"method\":\"dhcp\",\"state\":\"refused\","
		   "\"detail\":\"wrong-name\",\"expires\":null,\"infinite\":true,\"bindings\":1}");
}

#define table_test(f) cmocka_unit_test_setup_teardown(f, open_table, close_table)

int main(void)
{
	const struct CMUnitTest tests[] = {
		table_test(test_binding),
		table_test(test_binding_for_ever_without_offer),
		table_test(test_peer),
		table_test(test_peer_without_address_for_ever),
		table_test(test_peer_of_all_circuits),
		table_test(test_earliest_end),
		table_test(test_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
