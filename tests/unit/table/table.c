/* SPDX-License-Identifier: BSD-2-Clause */
/* What do messages make of bindings, and what do bindings share? */
#include <errno.h>

#include "scene.h"

static void test_ack_binds(void **state)
{
	struct scene *scene = *state;

	update(scene);
	const struct binding_view *binding = only_binding(scene);
	assert_int_equal(scene->changes[BINDING_CREATED], 1);
	assert_string_equal(scene->why, "ack");
	assert_int_equal(binding->family, 4);
	assert_memory_equal(binding->client.data, scene->client, 6);
	assert_memory_equal(binding->hw.data, scene->client, 6);
	assert_string_equal(binding->where, "access1");
	assert_int_equal(table_find_circuit(scene->table, "access1")->id, binding->circuit);
	assert_null(table_find_circuit(scene->table, "access2"));
	assert_int_equal(binding->lease_count, 1);
	assert_int_equal(binding->expires, scene->now + 3600 * NS_PER_SECOND);
	assert_string_equal(only_peerset(scene)->offer->name.text, "dots.example.com");
	assert_string_equal(only_peerset(scene)->key.port, "uplink");
}

static void test_offer_and_refusal_bind_nothing(void **state)
{
	struct scene *scene = *state;

	scene->message.effect = MESSAGE_NONE;
	update(scene);
	scene->message.effect = MESSAGE_ENDS;
	update(scene);
	assert_int_equal(table_binding_count(scene->table), 0);
	assert_int_equal(table_circuit_count(scene->table), 0);
}

static void test_renewal_refreshes(void **state)
{
	struct scene *scene = *state;

	update(scene);
	scene->now += 1800 * NS_PER_SECOND;
	update(scene);
	assert_int_equal(scene->changes[BINDING_REFRESHED], 1);
	assert_int_equal(only_binding(scene)->expires, scene->now + 3600 * NS_PER_SECOND);
	assert_int_equal(only_binding(scene)->since / NS_PER_SECOND, scene->now / NS_PER_SECOND - 1800);
	assert_int_equal(scene->created, 1); /* the same peerset: nothing is discovered again */
	assert_int_equal(scene->ended, 0);
}

/* Where a relay sends it on a reply is seen twice: what was seen first stands. */
static void test_the_same_reply_elsewhere(void **state)
{
	struct scene *scene = *state;

	scene->message.xid = 7;
	scene->record.digest = 1;
	scene->record.side = DS_SIDE_RELAY;
	update(scene);
	scene->record.digest = 2;
	scene->record.side = DS_SIDE_CLIENT;
	scene->now += NS_PER_SECOND / 100;
	assert_int_equal(update_on(scene, "access2", true), TABLE_AGAIN);
	assert_int_equal(only_binding(scene)->digest, 2);
	assert_string_equal(only_binding(scene)->where, "access1");
	assert_int_equal(scene->changes[BINDING_REFRESHED], 0);

	/* In the same place, much later or with another transaction it is another exchange. */
	scene->record.side = DS_SIDE_RELAY;
	update(scene);
	assert_int_equal(scene->changes[BINDING_REFRESHED], 1);
	scene->record.side = DS_SIDE_CLIENT;
	scene->now += 60 * NS_PER_SECOND;
	update(scene);
	assert_int_equal(scene->changes[BINDING_REFRESHED], 2);
	scene->message.xid = 8;
	scene->record.side = DS_SIDE_RELAY;
	scene->record.digest = 3;
	update(scene);
	assert_int_equal(scene->changes[BINDING_REFRESHED], 3);
	assert_int_equal(only_binding(scene)->digest, 3);
}

/* A repetition of which only the kernel knows grants the whole time anew. */
static void test_repetition_extends(void **state)
{
	struct scene *scene = *state;
	uint64_t repeated = 0, end = scene->now + 3600 * NS_PER_SECOND;

	table_ask_repeated(scene->table, tell_repeated, &repeated);
	scene->record.settle_key = 5;
	update(scene);
	repeated = scene->now + 1800 * NS_PER_SECOND;
	turn_to(scene, end + 2 * NS_PER_SECOND);
	assert_int_equal(only_binding(scene)->expires, end + 1800 * NS_PER_SECOND);
	assert_int_equal(only_binding(scene)->refreshed, repeated);
	turn_to(scene, end + 1802 * NS_PER_SECOND);
	assert_int_equal(table_binding_count(scene->table), 0);
	assert_string_equal(scene->why, "expired");
}

/* A repetition that is so old that what it granted is over, too, extends nothing. */
static void test_repetition_that_came_too_early(void **state)
{
	struct scene *scene = *state;
	uint64_t repeated = scene->now + 10 * NS_PER_SECOND;

	table_ask_repeated(scene->table, tell_repeated, &repeated);
	scene->record.settle_key = 5;
	update(scene);
	turn_to(scene, scene->now + 7200 * NS_PER_SECOND);
	assert_int_equal(table_binding_count(scene->table), 0);
}

static void test_new_offer_replaces_the_old(void **state)
{
	struct scene *scene = *state;

	update(scene);
	scene->message.offer.addresses[0] = address4(11);
	update(scene);
	assert_int_equal(scene->created, 2);
	assert_int_equal(scene->ended, 1);
	assert_int_equal(table_offer_count(scene->table), 1);
}

static void test_nak_ends(void **state)
{
	struct scene *scene = *state;

	update(scene);
	scene->message.effect = MESSAGE_ENDS;
	scene->record.type = DHCP4_NAK;
	update(scene);
	assert_int_equal(table_binding_count(scene->table), 0);
	assert_int_equal(table_circuit_count(scene->table), 0);
	assert_int_equal(table_offer_count(scene->table), 0);
	assert_string_equal(scene->why, "nak");
}

static void test_release_is_believed_from_its_circuit_alone(void **state)
{
	struct scene *scene = *state;

	update(scene);
	scene->message.effect = MESSAGE_ENDS;
	scene->record.type = DHCP4_RELEASE;
	assert_int_equal(update_on(scene, "access2", true), TABLE_ASIDE);
	assert_int_equal(table_binding_count(scene->table), 1);
	update(scene);
	assert_int_equal(table_binding_count(scene->table), 0);
	assert_string_equal(scene->why, "release");
}

static void test_time_ends(void **state)
{
	struct scene *scene = *state;
	uint64_t end = scene->now + 3600 * NS_PER_SECOND;

	update(scene);
	assert_true(turn_to(scene, scene->now) <= end / NS_PER_SECOND + 1);
	turn_to(scene, end - 1);
	assert_int_equal(table_binding_count(scene->table), 1);
	turn_to(scene, end + NS_PER_SECOND);
	assert_int_equal(table_binding_count(scene->table), 0);
	assert_string_equal(scene->why, "expired");
	assert_int_equal(turn_to(scene, end + NS_PER_SECOND), UINT32_MAX);
}

static void test_infinite_lease(void **state)
{
	struct scene *scene = *state;

	scene->message.lifetime = LIFETIME_INFINITE;
	update(scene);
	assert_int_equal(only_binding(scene)->expires, TABLE_NEVER);
	assert_int_equal(turn_to(scene, scene->now), UINT32_MAX);
	assert_int_equal(turn_to(scene, scene->now + 100ULL * 365 * 86400 * NS_PER_SECOND), UINT32_MAX);
	assert_int_equal(table_binding_count(scene->table), 1);

	scene->message.lifetime = 60; /* and back to an end */
	update(scene);
	assert_int_equal(only_binding(scene)->expires, scene->now + 60 * NS_PER_SECOND);
}

/* The answer to an INFORM tells of DOTS, and leaves the lease as it is. */
static void test_inform_keeps_the_lease(void **state)
{
	struct scene *scene = *state;

	update(scene);
	scene->message.has_lease = false;
	scene->message.address_count = 0;
	scene->message.lifetime = 86400;
	scene->message.offer.addresses[0] = address4(11);
	update(scene);
	assert_int_equal(only_binding(scene)->lease_count, 1);
	assert_int_equal(only_binding(scene)->expires, scene->now + 3600 * NS_PER_SECOND);
	assert_int_equal(only_peerset(scene)->offer->addresses[0].bytes[3], 11);
}

/* It can be asked for in anybody's name: the lease goes on as it was, in time and place and by the kernel's word. */
static void test_inform_stands_aside(void **state)
{
	struct scene *scene = *state;

	scene->record.settle_key = 5;
	scene->record.digest = 1;
	update(scene);
	uint64_t refreshed = scene->now;
	scene->now += 600 * NS_PER_SECOND;
	scene->message.has_lease = false;
	scene->message.address_count = 0;
	scene->record.digest = 2;
	assert_int_equal(update_on(scene, "access2", true), TABLE_ASIDE);
	assert_string_equal(only_binding(scene)->where, "access1");
	assert_int_equal(only_binding(scene)->refreshed, refreshed);
	assert_int_equal(only_binding(scene)->digest, 1);
}

/* What the binding stood on before may be settled under another key: that is told. */
static void test_key_that_is_left(void **state)
{
	struct scene *scene = *state;

	scene->record.settle_key = 5;
	update(scene);
	assert_int_equal(scene->left_key, 0);
	update(scene);
	assert_int_equal(scene->left_key, 0);
	scene->record.settle_key = 6;
	update(scene);
	assert_int_equal(scene->left_key, 5);
	scene->record.digest++; /* another reply: what is settled under the same key is not held any more */
	update(scene);
	assert_int_equal(scene->left_key, 6);
}

/* Read again after a crash, what was said before is not said last. */
static void test_older_than_what_stands(void **state)
{
	struct scene *scene = *state;

	update(scene);
	scene->now -= NS_PER_SECOND;
	scene->message.offer.addresses[0] = address4(11);
	assert_int_equal(update_on(scene, "access1", true), TABLE_ASIDE);
	assert_int_equal(only_peerset(scene)->offer->addresses[0].bytes[3], 10);
	scene->message.effect = MESSAGE_ENDS;
	scene->record.type = DHCP4_NAK;
	assert_int_equal(update_on(scene, "access1", true), TABLE_ASIDE);
	assert_int_equal(scene->changes[BINDING_ENDED], 0);
	scene->now += NS_PER_SECOND;
	update(scene);
	assert_int_equal(scene->changes[BINDING_ENDED], 1);
}

/* While a message waits to be read, the reply before it may be told again, which the kernel keeps to itself. */
static void test_overtaken_by_a_repetition(void **state)
{
	struct scene *scene = *state;
	uint64_t repeated = 0;

	table_ask_repeated(scene->table, tell_repeated, &repeated);
	scene->record.settle_key = 5;
	update(scene);
	scene->now += 60 * NS_PER_SECOND;
	repeated = scene->now + NS_PER_SECOND;
	scene->record.digest = 1;
	scene->message.offer.addresses[0] = address4(11);
	assert_int_equal(update_on(scene, "access1", true), TABLE_ASIDE);
	assert_int_equal(only_peerset(scene)->offer->addresses[0].bytes[3], 10);
	assert_int_equal(only_binding(scene)->refreshed, repeated);
	scene->record.type = DHCP4_RELEASE;
	scene->record.settle_key = 0;
	scene->message.effect = MESSAGE_ENDS;
	assert_int_equal(update_on(scene, "access1", true), TABLE_ASIDE);
	assert_int_equal(scene->changes[BINDING_ENDED], 0);
	scene->now = repeated + NS_PER_SECOND;
	update(scene);
	assert_int_equal(scene->changes[BINDING_ENDED], 1);
}

/* Two servers that answer one request differently are two replies, however soon. */
static void test_another_servers_reply(void **state)
{
	struct scene *scene = *state;

	scene->message.xid = 7;
	update(scene);
	scene->record.side = DS_SIDE_RELAY;
	scene->message.offer.addresses[0] = address4(66);
	assert_int_equal(update_on(scene, "access1", true), 0);
	scene->record.side = DS_SIDE_CLIENT;
	scene->message.server = address4(67);
	assert_int_equal(update_on(scene, "access1", true), 0);
	scene->record.side = DS_SIDE_RELAY;
	scene->message.addresses[0].prefix.address = address4(51);
	assert_int_equal(update_on(scene, "access1", true), 0);
	scene->record.side = DS_SIDE_CLIENT;
	assert_int_equal(update_on(scene, "access1", true), TABLE_AGAIN);
}

/* One second less than for ever is more than a clock of 32 bits holds. */
static void test_longest_lease(void **state)
{
	struct scene *scene = *state;

	scene->message.lifetime = UINT32_MAX - 1;
	update(scene);
	turn_to(scene, scene->now + 100 * NS_PER_SECOND);
	assert_int_equal(table_binding_count(scene->table), 1);
}

static void test_moves(void **state)
{
	struct scene *scene = *state;

	update(scene);
	assert_int_equal(update_on(scene, "access2", true), 0);
	assert_int_equal(scene->changes[BINDING_MOVED], 1);
	assert_string_equal(only_binding(scene)->where, "access2");
	assert_int_equal(table_circuit_count(scene->table), 1);
	assert_null(table_find_circuit(scene->table, "access1"));
}

/* A reply whose request was not seen says where the server is, not where the client sits. */
static void test_unlocated_moves_nobody(void **state)
{
	struct scene *scene = *state;

	update(scene);
	assert_int_equal(update_on(scene, "uplink", false), 0);
	assert_int_equal(scene->changes[BINDING_REFRESHED], 1);
	assert_string_equal(only_binding(scene)->where, "access1");
}

static void test_families_stand_side_by_side(void **state)
{
	struct scene *scene = *state;

	update(scene);
	scene->record.family = 6;
	scene->record.type = DHCP6_REPLY;
	scene->message.client_id = (struct bytes){scene->client, 6}; /* even with equal bytes */
	update(scene);
	assert_int_equal(table_binding_count(scene->table), 2);
	assert_int_equal(table_circuit_count(scene->table), 1);
	assert_int_equal(table_offer_count(scene->table), 1);
	assert_int_equal(scene->created, 2); /* discovery is done for each family */
}

static void test_nobody_to_bind_to(void **state)
{
	struct scene *scene = *state;

	scene->message.hw = (struct bytes){0};
	update(scene);
	assert_int_equal(table_binding_count(scene->table), 0);
	scene->message.client_id = (struct bytes){scene->client, 4}; /* hlen 0: the client identifier serves */
	update(scene);
	assert_int_equal(table_binding_count(scene->table), 1);
}

static void test_many_share_one_discovery(void **state)
{
	struct scene *scene = *state;

	bind_many(scene, MANY);
	assert_int_equal(table_binding_count(scene->table), MANY);
	assert_int_equal(table_circuit_count(scene->table), 100);
	assert_int_equal(table_offer_count(scene->table), 1);
	assert_int_equal(scene->created, 1);

	uint32_t cursor = 0;
	const struct peerset *peerset = table_next_peerset(scene->table, &cursor);
	assert_int_equal(peerset->bindings, MANY);
	table_flush(scene->table);
	assert_int_equal(scene->ended, 1);
	assert_int_equal(scene->changes[BINDING_ENDED], MANY);
}

/* Neighbours on a circuit stay on it, whoever leaves: first, last, or from the middle. */
static void test_leaving_a_shared_circuit(void **state)
{
	struct scene *scene = *state;
	struct binding_view view;
	unsigned met = 0;

	for (uint8_t i = 0; i < 9; i++) {
		scene->client[5] = i;
		update(scene);
	}
	scene->message.effect = MESSAGE_ENDS;
	for (uint8_t i = 0; i < 9; i += 4) {
		scene->client[5] = i;
		update(scene);
	}
	for (uint32_t id = table_find_circuit(scene->table, "access1")->first; id != TABLE_NONE;
	     id = table_next_on_circuit(table_binding(scene->table, id))) {
		table_view(scene->table, table_binding(scene->table, id), &view);
		assert_int_not_equal(view.client.data[5] % 4, 0);
		met++;
	}
	assert_int_equal(met, 6);
}

static void test_limit_keeps_the_old(void **state)
{
	struct scene *scene = *state;

	bind_many(scene, MANY);
	scene->client[3] = 9;
	assert_int_equal(update_on(scene, "access1", true), -ENOSPC);
	assert_int_equal(table_stats(scene->table)->refused_limit, 1);
	assert_int_equal(table_binding_count(scene->table), MANY);
	scene->client[3] = 0; /* who is bound is refreshed all the same */
	assert_int_equal(update_on(scene, "access1", true), 0);
}

static void set_domain(struct scene *scene, size_t i, const char *text)
{
	struct name *domain = &scene->message.domains[i];

	memset(domain, 0, sizeof *domain);
	domain->length = (uint8_t)strlen(text);
	strcpy(domain->text, text);
	scene->message.domain_count = i + 1;
}

/* As many domains as are kept are one key, and so is that key again. */
static void test_what_is_shared(void **state)
{
	struct scene *scene = *state;
	char text[] = "0.example.net";

	for (size_t i = 0; i < MESSAGE_DOMAINS_MAX; i++, text[0]++)
		set_domain(scene, i, text);
	update(scene);
	scene->client[5] = 2;
	update(scene);
	assert_int_equal(scene->created, 1);
	scene->client[5] = 3;
	set_domain(scene, MESSAGE_DOMAINS_MAX - 1, "example.org");
	update(scene);
	assert_int_equal(scene->created, 2);
}

/* Everything in a peerset's key that differs makes another discovery. */
static void test_what_is_not_shared(void **state)
{
	struct scene *scene = *state;

	update(scene);
	scene->client[5] = 2;
	scene->message.resolver_count = 1;
	scene->message.resolvers[0] = address4(53);
	update(scene);
	scene->client[5] = 3;
	set_domain(scene, 0, "example.net");
	update(scene);
	scene->client[5] = 6;
	set_domain(scene, 1, "example.org");
	update(scene);
	scene->client[5] = 7;
	set_domain(scene, 0, "example.org"); /* the order is one of preference */
	set_domain(scene, 1, "example.net");
	update(scene);
	scene->client[5] = 4;
	scene->message.offer.name.length = 0; /* the same addresses, without the name */
	update(scene);
	scene->client[5] = 5;
	scene->message.offer.address_count = 0; /* nothing about DOTS at all */
	update(scene);
	assert_int_equal(scene->created, 7);
	assert_int_equal(table_offer_count(scene->table), 2);
}

static void test_peers(void **state)
{
	struct scene *scene = *state;
	struct peer peers[2] = {{.port = 4646, .address = address4(10)}, {.port = 4646, .address = address4(11)}};
	uint32_t cursor = 0;

	update(scene);
	struct peerset *peerset = only_peerset(scene);
	assert_int_equal(table_set_peers(scene->table, peerset, peers, 2), 0);
	assert_int_equal(scene->changed, 1);
	peers[0].port = 1; /* the table has its own copy */
	peerset = table_next_peerset(scene->table, &cursor);
	assert_int_equal(peerset->peer_count, 2);
	assert_int_equal(peerset->peers[0].port, 4646);
}

static void test_discards_are_counted(void **state)
{
	struct scene *scene = *state;

	scene->message.effect = MESSAGE_NONE; /* whatever the message does otherwise */
	scene->message.offer.discards[DISCARD_loopback] = 3;
	scene->message.offer.discards[DISCARD_name_octet] = 1;
	scene->message.domain_discards[DISCARD_name_octet] = 2;
	update(scene);
	update(scene);
	assert_int_equal(table_stats(scene->table)->discards[DISCARD_loopback], 6);
	assert_int_equal(table_stats(scene->table)->discards[DISCARD_name_octet], 6);
}

/* RFC 8973 5.2.3: who did not ask for the options is not told by their absence that they are gone. */
static void test_absent_offer(void **state)
{
	static const struct {
		uint8_t requested;
		bool frozen, kept;
	} cases[] = {
		{0, false, true}, /* its request was not seen */
		{DS_REQUESTED_KNOWN, false, true},
		{DS_REQUESTED_KNOWN | DS_REQUESTED_NAME, false, false},
		{DS_REQUESTED_KNOWN | DS_REQUESTED_ADDRESSES, false, false},
		{DS_REQUESTED_KNOWN | DS_REQUESTED_NAME | DS_REQUESTED_ADDRESSES, true, true},
	};
	struct scene *scene = *state;
	uint64_t withdrawn = 0;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		set_message(scene);
		update(scene);
		assert_false(only_binding(scene)->withdrawn);
		memset(&scene->message.offer, 0, sizeof scene->message.offer);
		scene->record.requested = cases[i].requested;
		scene->frozen = cases[i].frozen;
		update(scene);
		assert_int_equal(only_peerset(scene)->offer != NULL, cases[i].kept);
		assert_int_equal(only_binding(scene)->withdrawn, !cases[i].kept);
		withdrawn += !cases[i].kept;
		assert_int_equal(table_stats(scene->table)->withdrawn, withdrawn);
		scene->frozen = false;
	}
}

/* Options that are there and all invalid are no offer: nobody needs to have asked for them. */
static void test_invalid_offer_withdraws(void **state)
{
	struct scene *scene = *state;

	update(scene);
	memset(&scene->message.offer, 0, sizeof scene->message.offer);
	scene->message.offer.present = true;
	update(scene);
	assert_null(only_peerset(scene)->offer);
}

static void test_withdrawn_addresses_are_dropped(void **state)
{
	struct scene *scene = *state;

	scene->message.address_count = 2;
	scene->message.addresses[1] = (struct lease){.prefix = {address4(51), 32}, .lifetime = 0};
	update(scene);
	assert_int_equal(only_binding(scene)->lease_count, 1);
	assert_int_equal(only_binding(scene)->leases[0].prefix.address.bytes[3], 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene_test(test_ack_binds),
		scene_test(test_offer_and_refusal_bind_nothing),
		scene_test(test_renewal_refreshes),
		scene_test(test_the_same_reply_elsewhere),
		scene_test(test_repetition_extends),
		scene_test(test_repetition_that_came_too_early),
		scene_test(test_new_offer_replaces_the_old),
		scene_test(test_nak_ends),
		scene_test(test_release_is_believed_from_its_circuit_alone),
		scene_test(test_time_ends),
		scene_test(test_infinite_lease),
		scene_test(test_inform_keeps_the_lease),
		scene_test(test_inform_stands_aside),
		scene_test(test_key_that_is_left),
		scene_test(test_older_than_what_stands),
		scene_test(test_overtaken_by_a_repetition),
		scene_test(test_another_servers_reply),
		scene_test(test_longest_lease),
		scene_test(test_moves),
		scene_test(test_unlocated_moves_nobody),
		scene_test(test_families_stand_side_by_side),
		scene_test(test_nobody_to_bind_to),
		scene_test(test_many_share_one_discovery),
		scene_test(test_leaving_a_shared_circuit),
		scene_test(test_limit_keeps_the_old),
		scene_test(test_what_is_shared),
		scene_test(test_what_is_not_shared),
		scene_test(test_peers),
		scene_test(test_discards_are_counted),
		scene_test(test_absent_offer),
		scene_test(test_invalid_offer_withdraws),
		scene_test(test_withdrawn_addresses_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
