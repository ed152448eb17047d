/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is believed, who is dropped, and what happens when the ring is full? */
#include <errno.h>

#include "support.h"

static void expect_on_access(struct bench *bench, enum ds_mode mode, struct packet *packet, int action,
			     enum ds_reason reason)
{
	assert_int_equal(fastpath_set(bench->fastpath, "down", DS_ROLE_ACCESS, mode), 0);
	seal(packet);
	bench_expect(bench, bench->access, packet, action, reason);
}

static void test_server_on_an_access_port(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	expect_on_access(bench, DS_MODE_OBSERVE, &packet, XDP_PASS, DS_REASON_rogue);
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_DROP, DS_REASON_rogue);
	add_dhcp6(&packet, 7);
	expect_on_access(bench, DS_MODE_OBSERVE, &packet, XDP_PASS, DS_REASON_rogue);
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_DROP, DS_REASON_rogue);
}

static void test_enforce_drops_nothing_else(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 1, 3);
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_PASS, DS_REASON_dhcp_request);
	add_dhcp6(&packet, 1);
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_PASS, DS_REASON_dhcp_request);
	add_dhcp6(&packet, 12);
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_PASS, DS_REASON_dhcp_other);
	packet.size = packet.message;
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_PASS, DS_REASON_dhcp_malformed);
}

/* RFC 7610 5: what could hide a server's message is dropped where no server may be, and only there. */
static void test_header_chains_that_hide(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp6(&packet, 7);
	packet.data[packet.ip + 6] = 253;
	expect_on_access(bench, DS_MODE_OBSERVE, &packet, XDP_PASS, DS_REASON_header_unknown);
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_DROP, DS_REASON_header_unknown);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_header_unknown);
}

/* A first fragment on its way to a client is a server's, whole or not. */
static void test_fragment_to_a_client(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	put16(packet.data + packet.ip + 6, 0x2000);
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_DROP, DS_REASON_rogue);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_fragment_first);
	add_dhcp4(&packet, 1, 3);
	put16(packet.data + packet.ip + 6, 0x2000);
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_PASS, DS_REASON_fragment_first);
}

/* So is one that is too large to be read. */
static void test_oversized_to_a_client(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	add(&packet, NULL, DS_MESSAGE_MAX);
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_DROP, DS_REASON_rogue);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_oversized);
}

/* A relayed reply on an access port is a server's as well. */
static void test_relay_on_an_access_port(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp6(&packet, 13);
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_DROP, DS_REASON_rogue);
	add_dhcp4(&packet, 2, 5);
	put16(packet.data + packet.udp + 2, 67);
	packet.data[packet.message + 24] = 10; /* giaddr */
	expect_on_access(bench, DS_MODE_ENFORCE, &packet, XDP_DROP, DS_REASON_rogue);
}

static void set_servers(struct bench *bench, const char *const *texts, size_t count)
{
	struct prefix servers[4];

	for (size_t i = 0; i < count; i++)
		assert_true(prefix_parse(texts[i], &servers[i]));
	assert_int_equal(fastpath_servers(bench->fastpath, servers, count), 0);
}

static void test_list_of_servers(void **state)
{
	static const char *const lists[][2] = {
		{"192.0.2.1", "fe80::/10"}, /* both senders of our packets */
		{"192.0.2.0/24", "fe80::1"},
		{"192.0.2.2", "2001:db8::/32"}, /* neither */
		{"0.0.0.0/0", "fe80::2"},       /* IPv4 alone */
	};
	static const bool listed4[] = {true, true, false, true}, listed6[] = {true, true, false, false};
	struct bench *bench = *state;
	struct packet v4, v6;

	add_dhcp4(&v4, 2, 5);
	add_dhcp6(&v6, 7);
	seal(&v4);
	seal(&v6);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		set_servers(bench, lists[i], 2);
		bench_expect(bench, bench->uplink, &v4, XDP_PASS, listed4[i] ? DS_REASON_captured : DS_REASON_rogue);
		bench_expect(bench, bench->uplink, &v6, XDP_PASS, listed6[i] ? DS_REASON_captured : DS_REASON_rogue);
	}
	set_servers(bench, NULL, 0);
	bench_expect(bench, bench->uplink, &v4, XDP_PASS, DS_REASON_captured);
}

/* The burst passes, what is over it does not, and the other port notices nothing. */
static void test_rate(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	unsigned passed = 0;

	add_dhcp4(&packet, 1, 3);
	seal(&packet);
	assert_int_equal(fastpath_set(bench->fastpath, "down", DS_ROLE_ACCESS, DS_MODE_ENFORCE), 0);
	assert_int_equal(fastpath_limit(bench->fastpath, "down", 1, 20), 0); /* none comes due while this runs */
	for (unsigned i = 0; i < 100; i++) {
		struct verdict verdict = bench_run(bench, bench->access, &packet);
		bool flood = verdict.reason == DS_REASON_flood;
		assert_int_equal(verdict.action, flood ? XDP_DROP : XDP_PASS);
		assert_int_equal(flood, i >= 20);
		passed += !flood;
	}
	assert_int_equal(passed, 20);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_request);

	assert_int_equal(fastpath_set(bench->fastpath, "down", DS_ROLE_ACCESS, DS_MODE_OBSERVE), 0);
	bench_expect(bench, bench->access, &packet, XDP_PASS, DS_REASON_flood); /* counted, and let through */
	assert_int_equal(fastpath_limit(bench->fastpath, "down", 0, 0), 0);
	bench_expect(bench, bench->access, &packet, XDP_PASS, DS_REASON_dhcp_request);
}

/* A flood of new clients is noted up to the port's share; whoever was known before is known after. */
static void test_new_clients_are_limited(void **state)
{
	struct bench *bench = *state;
	struct packet known, packet, reply;
	unsigned unnoted = 0;

	add_dhcp4(&known, 1, 3);
	put32(known.data + known.message + 4, 0x600df00d);
	seal(&known);
	bench_expect(bench, bench->access, &known, XDP_PASS, DS_REASON_dhcp_request);

	add_dhcp4(&packet, 1, 1);
	seal(&packet);
	for (uint32_t i = 0; i < 10000; i++) {
		put32(packet.data + packet.message + 4, i);
		unnoted += bench_run(bench, bench->access, &packet).reason == DS_REASON_dhcp_unnoted;
	}
	assert_true(unnoted > 0);
	bench_expect(bench, bench->access, &known, XDP_PASS, DS_REASON_dhcp_request);

	add_dhcp4(&reply, 2, 5);
	put32(reply.data + reply.message + 4, 0x600df00d);
	seal(&reply);
	bench_expect(bench, bench->uplink, &reply, XDP_PASS, DS_REASON_captured);
	assert_int_equal(bench->record.asked.ifindex, 2);
}

static void test_roles_change_in_place(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	seal(&packet);
	assert_int_equal(fastpath_set(bench->fastpath, "down", DS_ROLE_UPLINK, DS_MODE_ENFORCE), 0);
	bench_expect(bench, bench->access, &packet, XDP_PASS, DS_REASON_captured);
	assert_int_equal(fastpath_set(bench->fastpath, "down", DS_ROLE_ACCESS, DS_MODE_ENFORCE), 0);
	bench_expect(bench, bench->access, &packet, XDP_DROP, DS_REASON_rogue);
	assert_int_equal(fastpath_set(bench->fastpath, "elsewhere", DS_ROLE_ACCESS, DS_MODE_ENFORCE), -ENODEV);
}

/* Delivered and lost together are what was sent; nothing is silent, and room in the ring is used again. */
static void test_full_ring_is_counted(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	struct verdict verdict;
	size_t captured = 0, lost = 0;

	add_dhcp4(&packet, 2, 5);
	seal(&packet);
	for (unsigned sent = 0; sent < 2 * RING_SIZE / sizeof(struct ds_record); sent++) {
		struct bytes frame = {packet.data, packet.size};
		assert_int_equal(fastpath_run(bench->fastpath, (unsigned)bench->uplink, frame, &verdict), 0);
		assert_int_equal(verdict.counted, 1);
		assert_int_equal(verdict.action, XDP_PASS);
		captured += verdict.reason == DS_REASON_captured;
		lost += verdict.reason == DS_REASON_lost;
	}
	assert_int_equal(captured + lost, 2 * RING_SIZE / sizeof(struct ds_record));
	assert_true(lost > 0);

	struct ring_state ring;
	fastpath_ring_state(bench->fastpath, &ring);
	assert_int_equal(ring.size, RING_SIZE);
	assert_true(ring.used > RING_SIZE / 2);
	bench->records = 0;
	assert_int_equal(fastpath_drain(bench->fastpath), captured);
	assert_int_equal(bench->records, captured);
	fastpath_ring_state(bench->fastpath, &ring);
	assert_int_equal(ring.used, 0);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server_on_an_access_port), cmocka_unit_test(test_enforce_drops_nothing_else),
		cmocka_unit_test(test_header_chains_that_hide),  cmocka_unit_test(test_fragment_to_a_client),
		cmocka_unit_test(test_oversized_to_a_client),    cmocka_unit_test(test_relay_on_an_access_port),
		cmocka_unit_test(test_list_of_servers),          cmocka_unit_test(test_rate),
		cmocka_unit_test(test_new_clients_are_limited),  cmocka_unit_test(test_roles_change_in_place),
		cmocka_unit_test(test_full_ring_is_counted),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
