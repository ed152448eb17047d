/* SPDX-License-Identifier: BSD-2-Clause */
/* How many, who has which address, and what comes back after a restart? */
#include <errno.h>

#include "scene.h"

/* --- Limits --- */

static const struct table_ahead nothing_known;

static void test_limit_by_port(void **state)
{
	struct scene *scene = *state;
	const struct table_limits limits = {.bindings = MANY, .bindings_per_port = 3, .peersets = PEERSETS};
	struct table *table = scene->table;
	uint32_t cursor = 0;

	assert_int_equal(table_new(&limits, &scene->wheel, &scene->table), 0);
	bind_many(scene, 3);
	scene->client[5] = 9;
	assert_int_equal(update_on(scene, "access1", true), -ENOSPC);
	assert_int_equal(table_stats(scene->table)->refused_port, 1);
	assert_string_equal(table_next_port(scene->table, &cursor)->name, "access1");
	cursor = 0;
	assert_int_equal(table_next_port(scene->table, &cursor)->bindings, 3);
	bind_many(scene, 3); /* who is bound stays */
	scene->message.effect = MESSAGE_ENDS;
	update(scene);
	scene->message.effect = MESSAGE_BINDS;
	scene->client[5] = 9;
	assert_int_equal(update_on(scene, "access1", true), 0);
	table_free(scene->table);
	scene->table = table;
}

/* Each offer may be another one: those that are there stay, new clients are refused, old ones keep theirs. */
static void test_limit_of_offers(void **state)
{
	struct scene *scene = *state;

	for (uint8_t i = 0; i < PEERSETS; i++) {
		scene->client[5] = i;
		scene->message.offer.addresses[0] = address4(i);
		update(scene);
	}
	scene->client[5] = 100;
	scene->message.offer.addresses[0] = address4(100);
	assert_int_equal(update_on(scene, "access1", true), -ENOSPC);
	assert_int_equal(table_peerset_count(scene->table), PEERSETS);
	scene->client[5] = 1;
	scene->now += 60 * NS_PER_SECOND;
	assert_int_equal(update_on(scene, "access1", true), 0);
	assert_int_equal(table_stats(scene->table)->refused_offer, 2);
	const struct binding *binding = table_find_client(scene->table, 4, (struct bytes){scene->client, 6});
	table_view(scene->table, binding, &scene->view);
	assert_int_equal(scene->view.refreshed, scene->now);
	assert_int_equal(table_peerset(scene->table, scene->view.peerset)->offer->addresses[0].bytes[3], 1);
}

/* --- Addresses --- */

static struct prefix prefix(const char *text)
{
	struct prefix prefix;

	assert_true(prefix_parse(text, &prefix));
	return prefix;
}

static void bind_prefixes(struct scene *scene, uint8_t client, const char *const *prefixes, size_t count)
{
	scene->record.family = prefix(prefixes[0]).address.family;
	scene->client[5] = client;
	scene->message.client_id = (struct bytes){scene->client, 6};
	scene->message.address_count = 0;
	scene->message.prefix_count = count;
	for (size_t i = 0; i < count; i++)
		scene->message.prefixes[i] = (struct lease){.prefix = prefix(prefixes[i]), .lifetime = 3600};
	update(scene);
}

/* The last octet of the client that holds it; 0: nobody. */
static uint8_t holder(const struct scene *scene, const char *text)
{
	struct binding_view view;
	const struct prefix wanted = prefix(text);
	uint32_t ids[4];
	size_t count = table_find_covering(scene->table, &wanted, ids, 4);

	assert_true(count <= 1);
	if (!count)
		return 0;
	table_view(scene->table, table_binding(scene->table, ids[0]), &view);
	return view.client.data[5];
}

static void test_who_has_an_address(void **state)
{
	struct scene *scene = *state;

	bind_prefixes(scene, 1, (const char *const[]){"2001:db8::1/128", "2001:db8:100::/40"}, 2);
	bind_prefixes(scene, 2, (const char *const[]){"2001:db8:101:200::/56"}, 1);
	bind_prefixes(scene, 3, (const char *const[]){"192.0.2.50/32"}, 1);
	assert_int_equal(holder(scene, "2001:db8::1"), 1);
	assert_int_equal(holder(scene, "2001:db8::2"), 0);
	assert_int_equal(holder(scene, "2001:db8:101:2ff::9"), 2); /* the longest match */
	assert_int_equal(holder(scene, "2001:db8:101:300::9"), 1);
	assert_int_equal(holder(scene, "2001:db8:101:200::/56"), 2);
	assert_int_equal(holder(scene, "2001:db8:101:200::/55"), 1); /* more than client 2 holds */
	assert_int_equal(holder(scene, "2001:db8::/32"), 0);
	assert_int_equal(holder(scene, "192.0.2.50"), 3);
	assert_int_equal(holder(scene, "192.0.2.51"), 0);

	bind_prefixes(scene, 2, (const char *const[]){"2001:db8:102:200::/56"}, 1); /* it changes */
	assert_int_equal(holder(scene, "2001:db8:101:200::/56"), 1);
	assert_int_equal(holder(scene, "2001:db8:102:200::/56"), 2);
	scene->message.effect = MESSAGE_ENDS;
	update(scene);
	assert_int_equal(holder(scene, "2001:db8:102:200::/56"), 1);
}

static void test_two_who_say_they_have_it(void **state)
{
	struct scene *scene = *state;
	const struct prefix wanted = prefix("192.0.2.50/32");
	uint32_t ids[4];

	bind_many(scene, 3);
	assert_int_equal(table_find_covering(scene->table, &wanted, ids, 4), 3);
	assert_int_equal(table_find_covering(scene->table, &wanted, ids, 2), 2);
}

/* More than the binding was made with, and less again; one that is told twice is held once. */
static void test_many_addresses(void **state)
{
	struct scene *scene = *state;

	for (unsigned round = 0; round < 2; round++) {
		scene->message.address_count = MESSAGE_ADDRESSES_MAX;
		for (uint8_t i = 0; i < MESSAGE_ADDRESSES_MAX; i++)
			scene->message.addresses[i] = (struct lease){.prefix = {address4(i), 32}, .lifetime = i + 1U};
		scene->message.addresses[3] = scene->message.addresses[2];
		update(scene);
		assert_int_equal(only_binding(scene)->lease_count, MESSAGE_ADDRESSES_MAX - 1);
		assert_int_equal(only_binding(scene)->leases[14].prefix.address.bytes[3], 15);
		assert_int_equal(only_binding(scene)->leases[14].lifetime, 16);
		scene->message.address_count = round;
		update(scene);
		assert_int_equal(only_binding(scene)->lease_count, round);
	}
}

/* --- Repetitions before the end --- */

static void on_extended(void *context, const struct binding *binding)
{
	(void)binding;
	((struct scene *)context)->extended++;
}

/* What was renewed is known long before the time that was held runs out. */
static void test_looked_at_before_the_end(void **state)
{
	struct scene *scene = *state;
	uint64_t repeated = scene->now + 1800 * NS_PER_SECOND;

	scene->observer.extended = on_extended;
	table_ask_repeated(scene->table, tell_repeated, &repeated);
	scene->record.settle_key = 5;
	update(scene);
	turn_to(scene, scene->now + 2200 * NS_PER_SECOND);
	assert_int_equal(scene->extended, 0);
	turn_to(scene, scene->now + 2252 * NS_PER_SECOND);
	assert_int_equal(scene->extended, 1);
	assert_int_equal(only_binding(scene)->refreshed, repeated);
	turn_to(scene, scene->now + 5399 * NS_PER_SECOND); /* not renewed: it is let be until its end */
	assert_int_equal(scene->extended, 1);
	repeated += 3600 * NS_PER_SECOND - 1;
	uint32_t cursor = 0;
	assert_true(table_ask_all(scene->table, &cursor, 1));
	assert_false(table_ask_all(scene->table, &cursor, 1));
	assert_int_equal(scene->extended, 2);
	assert_int_equal(only_binding(scene)->refreshed, repeated);
}

/* --- Restoring --- */

static void copy(struct table *from, struct table *to)
{
	static struct offer offer; /* large */
	const struct peerset *peerset;
	const struct binding *binding;
	struct binding_view view;

	for (uint32_t cursor = 0; (peerset = table_next_peerset(from, &cursor));) {
		memset(&offer, 0, sizeof offer);
		if (peerset->offer) {
			offer.name = peerset->offer->name;
			offer.address_count = peerset->offer->address_count;
			memcpy(offer.addresses, peerset->offer->addresses,
			       offer.address_count * sizeof *offer.addresses);
		}
		assert_int_equal(table_restore_peerset(to, peerset->id, &peerset->key, &offer), 0);
	}
	for (uint32_t cursor = 0; (binding = table_next_binding(from, &cursor));) {
		table_view(from, binding, &view);
		assert_int_equal(table_restore_binding(to, &view, &nothing_known), 0);
		assert_int_equal(table_restore_binding(to, &view, &nothing_known), -EINVAL); /* it is there already */
	}
}

static void check_equal(const struct binding_view *a, const struct binding_view *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->family, b->family);
	assert_true(bytes_equal(a->client, b->client) && bytes_equal(a->hw, b->hw));
	assert_string_equal(a->where, b->where);
	assert_int_equal(a->peerset, b->peerset);
	assert_true(address_equal(&a->server, &b->server));
	assert_int_equal(a->since, b->since);
	assert_int_equal(a->refreshed, b->refreshed);
	assert_int_equal(a->expires, b->expires);
	assert_int_equal(a->settle_key, b->settle_key);
	assert_int_equal(a->digest, b->digest);
	assert_int_equal(a->xid, b->xid);
	assert_int_equal(a->sighting, b->sighting);
	assert_int_equal(a->lease_count, b->lease_count);
	assert_memory_equal(a->leases, b->leases, a->lease_count * sizeof *a->leases);
}

static void test_restoring(void **state)
{
	struct scene *scene = *state;
	const struct table_limits limits = {.bindings = MANY, .bindings_per_port = MANY, .peersets = PEERSETS};
	const struct binding *binding;
	struct binding_view a, b;
	struct table *table;

	scene->record.settle_key = 7;
	bind_many(scene, 300);
	bind_prefixes(scene, 1, (const char *const[]){"2001:db8::1/128", "2001:db8:100::/40"}, 2);
	scene->message.effect = MESSAGE_ENDS;
	scene->record.family = 4;
	for (uint8_t i = 100; i < 110; i++) { /* leaves gaps */
		scene->client[4] = 0;
		char circuit[16];
		scene->client[5] = i;
		snprintf(circuit, sizeof circuit, "access%u", i % 100);
		assert_int_equal(update_on(scene, circuit, true), TABLE_ASIDE);
	}
	assert_int_equal(table_binding_count(scene->table), 291);

	assert_int_equal(table_new(&limits, &scene->wheel, &table), 0);
	copy(scene->table, table);
	table_restored(table);
	assert_int_equal(table_binding_count(table), 291);
	assert_int_equal(table_circuit_count(table), table_circuit_count(scene->table));
	assert_int_equal(table_peerset_count(table), 2);
	for (uint32_t cursor = 0; (binding = table_next_binding(scene->table, &cursor));) {
		table_view(scene->table, binding, &a);
		table_view(table, table_binding(table, a.id), &b);
		check_equal(&a, &b);
	}
	table_free(table);
}

/* What no binding refers to goes; what cannot be is refused. */
static void test_restoring_what_is_damaged(void **state)
{
	struct scene *scene = *state;
	static struct offer offer;
	struct peerset_key key = {.family = 4, .port = "uplink"};
	struct binding_view view = {.id = 3, .family = 4, .client = {scene->client, 6}, .where = "x", .peerset = 9};

	assert_int_equal(table_restore_binding(scene->table, &view, &nothing_known), -EINVAL);
	assert_int_equal(table_restore_peerset(scene->table, 5, &key, &offer), 0);
	assert_int_equal(table_restore_peerset(scene->table, 6, &key, &offer), -EINVAL);
	assert_int_equal(scene->created, 0);
	table_restored(scene->table);
	assert_int_equal(table_peerset_count(scene->table), 0);
	assert_int_equal(scene->ended, 0);
	view.family = 5;
	assert_int_equal(table_restore_binding(scene->table, &view, &nothing_known), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene_test(test_limit_by_port),      scene_test(test_limit_of_offers),
		scene_test(test_who_has_an_address), scene_test(test_two_who_say_they_have_it),
		scene_test(test_many_addresses),     scene_test(test_looked_at_before_the_end),
		scene_test(test_restoring),          scene_test(test_restoring_what_is_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
