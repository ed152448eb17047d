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
		cmocka_unit_test(test_relay_on_an_access_port),  cmocka_unit_test(test_roles_change_in_place),
		cmocka_unit_test(test_full_ring_is_counted),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
