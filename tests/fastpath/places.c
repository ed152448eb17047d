/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is there room for all clients, and does the program find each where the agent put it, however often it was moved to
 * make room for others? Keys are numbers here; those of real clients are taken from records.
 */
#include "dotsnoop.skel.h"
#include "fastpath/internal.h"
#include "support.h"

/* As the agent has them, unless it is told otherwise. */
#define CLIENTS 1000000

/* Clients whose replies go through the program. */
#define SAMPLES 2000

/* Where a DHCPv4 message has its client's hardware address (RFC 2131 2). */
#define CHADDR 28

static void make_ack(struct packet *packet, uint32_t client)
{
	add_dhcp4(packet, 2, 5);
	put32(packet->data + packet->message + CHADDR + 2, client);
	add_option4(packet, 147, "\4dots\7example\0", 14);
	seal(packet);
}

static bool settle(const struct bench *bench, uint64_t key, uint64_t digest)
{
	const struct settling reply = {key, digest, false};

	return fastpath_settle(bench->fastpath, &reply, 1) == 1;
}

/* By the digest that its reply makes. */
static bool settle_ack(struct bench *bench, uint32_t client)
{
	struct packet packet;

	make_ack(&packet, client);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
	return settle(bench, bench->record.settle_key, bench->record.digest);
}

static void expect_ack(struct bench *bench, uint32_t client, enum ds_reason reason)
{
	struct packet packet;

	make_ack(&packet, client);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, reason);
}

/* One of many; those of different numbers differ. */
static uint64_t key_of(uint64_t number)
{
	return number * 0x9e3779b97f4a7c15;
}

static bool is_held(const struct bench *bench, uint64_t number)
{
	struct ds_settled settled;

	return places_read(&bench->fastpath->settled, key_of(number), &settled) && settled.key == key_of(number) &&
	       settled.digests[0] == number && !settled.digests[1] && !settled.time;
}

/* All that the options ask room for; some of them came before the others moved them about, some come last. */
static void test_room_for_all(void **state)
{
	struct bench *bench = *state;

	for (uint32_t i = 0; i < SAMPLES / 2; i++)
		assert_true(settle_ack(bench, i));
	for (uint64_t i = 1; i <= CLIENTS - SAMPLES; i++)
		assert_true(settle(bench, key_of(i), i));
	for (uint32_t i = SAMPLES / 2; i < SAMPLES; i++)
		assert_true(settle_ack(bench, i));
	for (uint64_t i = 1; i <= CLIENTS - SAMPLES; i++)
		assert_true(is_held(bench, i));
	for (uint32_t i = 0; i < SAMPLES; i++)
		expect_ack(bench, i, DS_REASON_settled);
}

/* Nobody who is there is lost for one that finds no room; and those go on coming up. */
static void test_overflow(void **state)
{
	struct bench *bench = *state;
	uint64_t places = (uint64_t)bench->fastpath->settled.count * DS_SETTLED_PLACES, count = 0;
	uint32_t refused = 0;

	while (settle(bench, key_of(count + 1), count + 1))
		count++;
	assert_in_range(count, places * 85 / 100, places - 1);
	for (uint64_t i = 1; i <= count; i++)
		assert_true(is_held(bench, i));
	for (uint64_t i = count + 1; i <= places * 2; i++)
		settle(bench, key_of(i), i);
	while (settle_ack(bench, refused))
		refused++;
	expect_ack(bench, refused, DS_REASON_captured);

	for (uint64_t i = 1; i <= places * 2; i++) /* there is room again */
		fastpath_unsettle(bench->fastpath, key_of(i));
	assert_true(settle_ack(bench, refused));
	expect_ack(bench, refused, DS_REASON_settled);
}

/* The number of places that are taken. */
static size_t count_all(const struct bench *bench)
{
	size_t count = 0;

	for (uint32_t i = 0; i < bench->fastpath->settled.count * DS_SETTLED_PLACES; i++)
		count += bench->fastpath->settled.sets[i / DS_SETTLED_PLACES].places[i % DS_SETTLED_PLACES].key != 0;
	return count;
}

static void test_each_goes(void **state)
{
	struct bench *bench = *state;
	const size_t many = CLIENTS / 10;

	for (uint64_t i = 1; i <= many; i++)
		assert_true(settle(bench, key_of(i), i));
	for (uint64_t i = 1; i <= many; i++) /* what replaces another takes no place of its own */
		assert_true(settle(bench, key_of(i), i + 1));
	assert_int_equal(count_all(bench), many);
	for (uint64_t i = 1; i <= many; i += 2)
		fastpath_unsettle(bench->fastpath, key_of(i));
	assert_int_equal(count_all(bench), many / 2);
	fastpath_unsettle_all(bench->fastpath);
	assert_int_equal(count_all(bench), 0);
}

/* An agent that was killed while it moved an entry left it in both of its sets. */
static void test_twice(void **state)
{
	struct bench *bench = *state;
	struct places *places = &bench->fastpath->settled;

	assert_true(settle_ack(bench, 1));
	const uint64_t key = bench->record.settle_key, digest = bench->record.digest;
	struct ds_settled_where where = ds_settled_where(key, places->count);
	assert_int_not_equal(where.sets[0], where.sets[1]);
	places->sets[where.sets[1]].places[1] = places->sets[where.sets[0]].places[0];
	assert_int_equal(count_all(bench), 2);

	expect_ack(bench, 1, DS_REASON_settled);
	assert_int_not_equal(fastpath_repeated(bench->fastpath, key, digest), 0);
	assert_true(settle(bench, key, digest + 1));
	assert_int_equal(count_all(bench), 1);
	expect_ack(bench, 1, DS_REASON_captured);

	places->sets[where.sets[1]].places[1] = places->sets[where.sets[0]].places[0];
	fastpath_unsettle(bench->fastpath, key);
	assert_int_equal(count_all(bench), 0);
}

static int open_large(void **state)
{
	return bench_open_for(CLIENTS, state);
}

static int forget_all(void **state)
{
	struct bench *bench = *state;

	fastpath_unsettle_all(bench->fastpath);
	return 0;
}

#define places_test(function) cmocka_unit_test_teardown(function, forget_all)

/* With few places, and as many clients as fill them. */
#define small_test(function) cmocka_unit_test_setup_teardown(function, bench_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		places_test(test_room_for_all),
		places_test(test_each_goes),
		places_test(test_twice),
		small_test(test_overflow),
	};

	return cmocka_run_group_tests(tests, open_large, bench_close);
}
