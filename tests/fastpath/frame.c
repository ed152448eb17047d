/* SPDX-License-Identifier: BSD-2-Clause */
/* Is each frame that is not DHCP, or not whole, passed and counted under its reason? */
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "support.h"

static void expect_passed(void **state, struct packet *packet, enum ds_reason reason)
{
	struct bench *bench = *state;

	bench_expect(bench, bench->uplink, packet, XDP_PASS, reason);
}

static void udp4(struct packet *packet, uint16_t from, uint16_t to, size_t payload)
{
	add_ethernet(packet, ETH_P_IP);
	add_ipv4(packet, IPPROTO_UDP);
	add_udp(packet, from, to);
	add(packet, NULL, payload);
	seal(packet);
}

static void test_arp_is_not_ip(void **state)
{
	struct packet packet;

	add_ethernet(&packet, ETH_P_ARP);
	add(&packet, NULL, 46);
	expect_passed(state, &packet, DS_REASON_not_ip);
}

static void test_tcp_is_not_udp(void **state)
{
	struct packet packet;

	add_ethernet(&packet, ETH_P_IP);
	add_ipv4(&packet, IPPROTO_TCP);
	add(&packet, NULL, 20);
	expect_passed(state, &packet, DS_REASON_not_udp);
	add_ethernet(&packet, ETH_P_IPV6);
	add_ipv6(&packet, IPPROTO_ICMPV6);
	add(&packet, NULL, 20);
	expect_passed(state, &packet, DS_REASON_not_udp);
}

static void test_dns_is_not_dhcp(void **state)
{
	struct packet packet;

	udp4(&packet, 53, 40000, 100);
	expect_passed(state, &packet, DS_REASON_not_dhcp);
}

static void test_ports_belong_to_their_family(void **state)
{
	struct packet packet;

	udp4(&packet, 547, 546, 100);
	expect_passed(state, &packet, DS_REASON_not_dhcp);

	add_ethernet(&packet, ETH_P_IPV6);
	add_ipv6(&packet, IPPROTO_UDP);
	add_udp(&packet, 67, 68);
	add(&packet, NULL, 300);
	seal(&packet);
	expect_passed(state, &packet, DS_REASON_not_dhcp);
}

static void test_first_and_later_fragments(void **state)
{
	static const uint16_t offsets[] = {0x2000, 0x00b9, 0x20b9}; /* more fragments; an offset; both */
	struct packet packet;

	for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
		udp4(&packet, 67, 68, 300);
		put16(packet.data + packet.ip + 6, offsets[i]);
		expect_passed(state, &packet, DS_REASON_fragment);
	}
	add_ethernet(&packet, ETH_P_IPV6);
	add_ipv6(&packet, IPPROTO_FRAGMENT);
	add(&packet, NULL, 48);
	seal(&packet);
	expect_passed(state, &packet, DS_REASON_fragment);
}

static void test_dont_fragment_is_no_fragment(void **state)
{
	struct packet packet;

	udp4(&packet, 53, 40000, 100);
	put16(packet.data + packet.ip + 6, 0x4000);
	expect_passed(state, &packet, DS_REASON_not_dhcp);
}

static void test_ihl_below_five(void **state)
{
	struct packet packet;

	udp4(&packet, 67, 68, 300);
	packet.data[packet.ip] = 0x44;
	expect_passed(state, &packet, DS_REASON_ip_malformed);
}

static void test_ihl_past_the_end(void **state)
{
	struct packet packet;

	add_ethernet(&packet, ETH_P_IP);
	add_ipv4(&packet, IPPROTO_UDP);
	add(&packet, NULL, 8);
	seal(&packet);
	packet.data[packet.ip] = 0x4f; /* 60 octets of header in a packet of 28 */
	expect_passed(state, &packet, DS_REASON_ip_malformed);
}

static void test_ip_options_are_skipped(void **state)
{
	struct bench *bench = *state;
	struct packet plain, optioned = {0};

	add_dhcp4(&plain, 2, 5);
	seal(&plain);
	/* the same packet with four words of IP options between IP header and UDP */
	memcpy(optioned.data, plain.data, plain.ip + 20);
	memset(optioned.data + plain.ip + 20, 1, 16); /* NOP */
	memcpy(optioned.data + plain.ip + 36, plain.data + plain.udp, plain.size - plain.udp);
	optioned.size = plain.size + 16;
	optioned.data[plain.ip] = 0x49;
	put16(optioned.data + plain.ip + 2, (uint16_t)(plain.size - plain.ip + 16));
	bench_expect(bench, bench->uplink, &optioned, XDP_PASS, DS_REASON_captured);
}

static void test_ip_length_past_the_frame(void **state)
{
	struct packet packet;

	udp4(&packet, 67, 68, 300);
	put16(packet.data + packet.ip + 2, (uint16_t)(packet.size - packet.ip + 1));
	expect_passed(state, &packet, DS_REASON_ip_malformed);

	add_dhcp6(&packet, 7);
	seal(&packet);
	put16(packet.data + packet.ip + 4, (uint16_t)(packet.size - packet.ip - 40 + 1));
	expect_passed(state, &packet, DS_REASON_ip_malformed);
}

static void test_wrong_version(void **state)
{
	struct packet packet;

	udp4(&packet, 67, 68, 300);
	packet.data[packet.ip] = 0x65;
	expect_passed(state, &packet, DS_REASON_ip_malformed);
	add_dhcp6(&packet, 7);
	seal(&packet);
	packet.data[packet.ip] = 0x40;
	expect_passed(state, &packet, DS_REASON_ip_malformed);
}

static void test_udp_length(void **state)
{
	static const uint16_t lengths[] = {0, 7, 309}; /* below a header; past the IP packet */
	struct packet packet;

	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		udp4(&packet, 67, 68, 300);
		put16(packet.data + packet.udp + 4, lengths[i]);
		expect_passed(state, &packet, DS_REASON_udp_malformed);
	}
}

static void test_udp_header_cut(void **state)
{
	struct packet packet;

	add_ethernet(&packet, ETH_P_IP);
	add_ipv4(&packet, IPPROTO_UDP);
	add(&packet, NULL, 7);
	seal(&packet);
	expect_passed(state, &packet, DS_REASON_udp_malformed);
}

static void test_headers_cut(void **state)
{
	struct packet packet;

	udp4(&packet, 67, 68, 0);
	packet.size = packet.ip + 19;
	expect_passed(state, &packet, DS_REASON_ip_malformed);
	add_dhcp6(&packet, 7);
	packet.size = packet.ip + 39;
	expect_passed(state, &packet, DS_REASON_ip_malformed);
	add_ethernet(&packet, ETH_P_IP);
	expect_passed(state, &packet, DS_REASON_ip_malformed);
}

/* Whatever is behind the IP packet in the frame is padding, even if it looks like options. */
static void test_ethernet_padding_is_not_dhcp(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	size_t size;

	add_dhcp4(&packet, 2, 5);
	seal(&packet);
	add_option4(&packet, 148, "\xc0\x00\x02\x01", 4);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
	assert_null(record_option4(bench, 148, &size));
}

static void test_udp_shorter_than_ip(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	size_t size;

	add_dhcp4(&packet, 2, 5);
	uint16_t length = (uint16_t)(packet.size - packet.udp);
	add_option4(&packet, 148, "\xc0\x00\x02\x01", 4);
	seal(&packet);
	put16(packet.data + packet.udp + 4, length);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
	assert_null(record_option4(bench, 148, &size));
}

static void test_source_port_does_not_matter(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	seal(&packet);
	put16(packet.data + packet.udp, 31337);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
}

/* Every prefix of a whole reply is passed, and counted once (bench_run asserts it). */
static void test_every_truncation(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	for (int family = 4; family <= 6; family += 2) {
		if (family == 4)
			add_dhcp4(&packet, 2, 5);
		else
			add_dhcp6(&packet, 7);
		seal(&packet);
		for (size_t whole = packet.size; packet.size > 14; packet.size--) {
			struct verdict verdict = bench_run(bench, bench->uplink, &packet);
			assert_int_equal(verdict.action, XDP_PASS);
			assert_int_equal(verdict.reason == DS_REASON_captured, packet.size == whole);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arp_is_not_ip),
		cmocka_unit_test(test_tcp_is_not_udp),
		cmocka_unit_test(test_dns_is_not_dhcp),
		cmocka_unit_test(test_ports_belong_to_their_family),
		cmocka_unit_test(test_first_and_later_fragments),
		cmocka_unit_test(test_dont_fragment_is_no_fragment),
		cmocka_unit_test(test_ihl_below_five),
		cmocka_unit_test(test_ihl_past_the_end),
		cmocka_unit_test(test_ip_options_are_skipped),
		cmocka_unit_test(test_ip_length_past_the_frame),
		cmocka_unit_test(test_wrong_version),
		cmocka_unit_test(test_udp_length),
		cmocka_unit_test(test_udp_header_cut),
		cmocka_unit_test(test_headers_cut),
		cmocka_unit_test(test_ethernet_padding_is_not_dhcp),
		cmocka_unit_test(test_udp_shorter_than_ip),
		cmocka_unit_test(test_source_port_does_not_matter),
		cmocka_unit_test(test_every_truncation),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
