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
	static const struct {
		uint16_t offset;
		enum ds_reason reason;
	} cases[] = {
		{0x2000, DS_REASON_fragment_first},
		{0x00b9, DS_REASON_fragment_later},
		{0x20b9, DS_REASON_fragment_later},
	};
	struct packet packet;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		udp4(&packet, 67, 68, 300);
		put16(packet.data + packet.ip + 6, cases[i].offset);
		expect_passed(state, &packet, cases[i].reason);
	}
}

/* A fragment too short for its UDP header hides the port, and is a fragment all the same. */
static void test_tiny_first_fragment(void **state)
{
	struct packet packet;

	add_ethernet(&packet, ETH_P_IP);
	add_ipv4(&packet, IPPROTO_UDP);
	add(&packet, NULL, 4);
	seal(&packet);
	put16(packet.data + packet.ip + 6, 0x2000);
	expect_passed(state, &packet, DS_REASON_fragment_first);
}

/* --- VLAN tags and PPPoE --- */

/* Puts `size` bytes between the MAC addresses and the type. */
static void insert_after_macs(struct packet *packet, const void *bytes, size_t size)
{
	memmove(packet->data + 12 + size, packet->data + 12, packet->size - 12);
	memcpy(packet->data + 12, bytes, size);
	packet->size += size;
	packet->ip += size;
	packet->udp += size;
	packet->message += size;
}

static void expect_tags(struct bench *bench, const struct packet *packet, const uint16_t *tags, uint8_t count)
{
	bench_expect(bench, bench->uplink, packet, XDP_PASS, DS_REASON_captured);
	assert_int_equal(bench->record.seen.tag_count, count);
	for (unsigned i = 0; i < DS_TAGS_MAX; i++)
		assert_int_equal(bench->record.seen.tags[i], i < count ? tags[i] : 0);
	assert_int_equal(bench->record.seen.pppoe, 0);
	assert_memory_equal(&bench->record.v4, packet->data + packet->message, sizeof bench->record.v4);
}

static void test_tags_of_all_types_in_any_order(void **state)
{
	static const uint16_t types[] = {0x8100, 0x88a8, 0x9100}, ids[] = {100, 200, 4095};
	struct bench *bench = *state;
	struct packet packet;
	uint8_t tag[4];

	for (unsigned order = 0; order < 27; order++) {
		unsigned choice = order;
		add_dhcp4(&packet, 2, 5);
		seal(&packet);
		for (uint8_t count = 1; count <= DS_TAGS_MAX; count++, choice /= 3) {
			put16(tag, types[choice % 3]);
			put16(tag + 2,
			      (uint16_t)(0xf000 |
					 ids[DS_TAGS_MAX - count])); /* priority and DEI are no part of the id */
			insert_after_macs(&packet, tag, sizeof tag);
			expect_tags(bench, &packet, ids + DS_TAGS_MAX - count, count);
		}
	}
}

static void test_a_fourth_tag_is_not_ip(void **state)
{
	struct packet packet;

	udp4(&packet, 67, 68, 300);
	for (int i = 0; i < 4; i++)
		insert_after_macs(&packet, "\x81\x00\x00\x01", 4);
	expect_passed(state, &packet, DS_REASON_not_ip);
}

static void test_priority_tag(void **state)
{
	static const uint16_t none = 0;
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	seal(&packet);
	insert_after_macs(&packet, "\x81\x00\x20\x00", 4);
	expect_tags(bench, &packet, &none, 1);
}

static void test_tag_cut(void **state)
{
	struct packet packet;

	udp4(&packet, 67, 68, 300);
	insert_after_macs(&packet, "\x81\x00\x00\x01", 4);
	packet.size = 17;
	expect_passed(state, &packet, DS_REASON_frame_short);
}

/* Turns a frame with IP into a PPPoE session with the same packet. compressed: the PPP protocol in one octet. */
static void put_in_session(struct packet *packet, bool compressed)
{
	bool ip4 = packet->data[packet->ip] >> 4 == 4;
	uint8_t head[10] = {0x88, 0x64, 0x11, 0x00, 0x12, 0x34, 0, 0, 0, ip4 ? 0x21 : 0x57};
	size_t type = packet->ip - 2;

	put16(head + 6, (uint16_t)(packet->size - packet->ip + 2 - compressed));
	if (compressed)
		head[8] = head[9];
	size_t size = sizeof head - compressed;
	memmove(packet->data + type + size, packet->data + packet->ip, packet->size - packet->ip);
	memcpy(packet->data + type, head, size);
	packet->size += size - 2;
	packet->ip += size - 2;
	packet->udp += size - 2;
	packet->message += size - 2;
}

static void test_pppoe_session(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	for (unsigned i = 0; i < 8; i++) {
		bool compressed = i & 1, ip4 = i & 2, tagged = i & 4;
		if (ip4)
			add_dhcp4(&packet, 2, 5);
		else
			add_dhcp6(&packet, 7);
		seal(&packet);
		if (tagged)
			insert_after_macs(&packet, "\x81\x00\x00\x07", 4);
		put_in_session(&packet, compressed);
		bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
		assert_int_equal(bench->record.seen.pppoe, 0x1234);
		assert_int_equal(bench->record.seen.tag_count, tagged);
		assert_int_equal(bench->record.family, ip4 ? 4 : 6);
	}
}

static void test_pppoe_without_ip(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
	} changes[] = {{14, 0x12}, {15, 0x09}, {20, 0xc0}}; /* version; code: discovery; protocol: LCP */
	struct packet packet;

	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		udp4(&packet, 67, 68, 300);
		put_in_session(&packet, false);
		packet.data[changes[i].offset] = changes[i].value;
		expect_passed(state, &packet, DS_REASON_not_ip);
	}
	udp4(&packet, 67, 68, 300);
	put_in_session(&packet, false);
	packet.size = 21;
	expect_passed(state, &packet, DS_REASON_frame_short);
}

/* --- IPv6 extension headers --- */

/* Puts an extension header of that size, filled with zeros, in front of what the packet has behind its IPv6 header. */
static uint8_t *insert_extension(struct packet *packet, uint8_t type, size_t size)
{
	uint8_t *ip = packet->data + packet->ip, *header = ip + 40;

	memmove(header + size, header, packet->size - packet->ip - 40);
	memset(header, 0, size);
	header[0] = ip[6];
	header[1] = (uint8_t)(type == IPPROTO_AH ? size / 4 - 2 : type == IPPROTO_FRAGMENT ? 0 : size / 8 - 1);
	ip[6] = type;
	packet->size += size;
	packet->udp += size;
	packet->message += size;
	put16(ip + 4, (uint16_t)(packet->size - packet->ip - 40));
	return header;
}

static void reply6(struct packet *packet)
{
	add_dhcp6(packet, 7);
	add_option6(packet, 32, "\0\0\x02\x58", 4);
	seal(packet);
}

static void test_extension_headers(void **state)
{
	static const struct {
		uint8_t type;
		uint16_t size;
	} cases[] = {
		{IPPROTO_HOPOPTS, 8},
		{IPPROTO_HOPOPTS, 2048},
		{IPPROTO_ROUTING, 24},
		{IPPROTO_DSTOPTS, 64},
		{IPPROTO_AH, 24},
		{IPPROTO_AH, 28},
		{135, 8},
	};
	struct bench *bench = *state;
	struct packet packet;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		reply6(&packet);
		insert_extension(&packet, cases[i].type, cases[i].size);
		bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
		assert_memory_equal(bench->record.options, packet.data + packet.message + 4, 8);
	}
	reply6(&packet); /* one of each */
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (cases[i].size < 2048)
			insert_extension(&packet, cases[i].type, cases[i].size);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
}

static void test_extension_headers_without_udp(void **state)
{
	struct packet packet;

	add_ethernet(&packet, ETH_P_IPV6);
	add_ipv6(&packet, IPPROTO_TCP);
	add(&packet, NULL, 20);
	seal(&packet);
	insert_extension(&packet, IPPROTO_HOPOPTS, 8);
	insert_extension(&packet, IPPROTO_DSTOPTS, 8);
	expect_passed(state, &packet, DS_REASON_not_udp);
}

static void test_chain_longer_than_is_walked(void **state)
{
	struct packet packet;

	reply6(&packet);
	for (int i = 0; i < 8; i++)
		insert_extension(&packet, IPPROTO_DSTOPTS, 8);
	expect_passed(state, &packet, DS_REASON_chain_long);
}

static void test_unknown_header(void **state)
{
	static const uint8_t unknown[] = {150, 253, 254, 255};
	struct packet packet;

	for (size_t i = 0; i < sizeof unknown; i++) {
		reply6(&packet);
		packet.data[packet.ip + 6] = unknown[i];
		expect_passed(state, &packet, DS_REASON_header_unknown);
		reply6(&packet);
		insert_extension(&packet, IPPROTO_HOPOPTS, 8)[0] = unknown[i];
		expect_passed(state, &packet, DS_REASON_header_unknown);
	}
}

static void test_extension_past_the_packet(void **state)
{
	struct packet packet;

	reply6(&packet);
	insert_extension(&packet, IPPROTO_HOPOPTS, 8)[1] = 20;
	expect_passed(state, &packet, DS_REASON_ip_malformed);
}

static void test_fragments_of_ipv6(void **state)
{
	static const struct {
		uint16_t offset;
		enum ds_reason reason;
	} cases[] = {
		{0x0001, DS_REASON_fragment_first},
		{0x0008, DS_REASON_fragment_later},
		{0x0009, DS_REASON_fragment_later},
		{0x0000, DS_REASON_captured}, /* atomic: whole, whatever its header says (RFC 6946) */
	};
	struct bench *bench = *state;
	struct packet packet;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		reply6(&packet);
		put16(insert_extension(&packet, IPPROTO_FRAGMENT, 8) + 2, cases[i].offset);
		bench_expect(bench, bench->uplink, &packet, XDP_PASS, cases[i].reason);
		insert_extension(&packet, IPPROTO_HOPOPTS, 8);
		bench_expect(bench, bench->uplink, &packet, XDP_PASS, cases[i].reason);
	}
}

/* What a first fragment holds is not whole, even where a fragment header within it says that it is. */
static void test_fragment_within_a_fragment(void **state)
{
	struct packet packet;

	add_ethernet(&packet, ETH_P_IPV6);
	add_ipv6(&packet, IPPROTO_FRAGMENT);
	add(&packet, (uint8_t[]){IPPROTO_FRAGMENT, 0, 0, 1, 0, 0, 0, 1}, 8);
	add(&packet, (uint8_t[]){IPPROTO_UDP, 0, 0, 0, 0, 0, 0, 2}, 8);
	add_udp(&packet, 547, 546);
	put32(add(&packet, NULL, 4), 7U << 24);
	seal(&packet);
	expect_passed(state, &packet, DS_REASON_fragment_first);
}

/* As over IPv4: a fragment of something else than UDP is something else. */
static void test_first_fragment_of_tcp(void **state)
{
	struct packet packet;

	add_ethernet(&packet, ETH_P_IPV6);
	add_ipv6(&packet, IPPROTO_FRAGMENT);
	add(&packet, (uint8_t[]){IPPROTO_TCP, 0, 0, 1, 0, 0, 0, 1}, 8);
	add(&packet, NULL, 20);
	seal(&packet);
	expect_passed(state, &packet, DS_REASON_not_udp);
}

/* RFC 7112: a first fragment has to hold the whole chain, up to and with the UDP header. */
static void test_first_fragment_without_its_chain(void **state)
{
	struct packet packet;

	reply6(&packet);
	put16(insert_extension(&packet, IPPROTO_FRAGMENT, 8) + 2, 1);
	packet.size = packet.udp + 7;
	packet.udp = 0;
	seal(&packet);
	expect_passed(state, &packet, DS_REASON_chain_cut);

	reply6(&packet);
	insert_extension(&packet, IPPROTO_DSTOPTS, 16);
	put16(insert_extension(&packet, IPPROTO_FRAGMENT, 8) + 2, 1);
	packet.size = packet.ip + 40 + 8 + 8; /* half of the destination options */
	packet.udp = 0;
	seal(&packet);
	expect_passed(state, &packet, DS_REASON_chain_cut);
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

/* Of a jumbo frame the end lies in another buffer: its packet is whole all the same. */
static void test_jumbo_frame(void **state)
{
	struct packet packet;

	udp4(&packet, 67, 68, PACKET_SIZE - 14 - 20 - 8);
	expect_passed(state, &packet, DS_REASON_dhcp_oversized);
	put16(packet.data + packet.ip + 2, (uint16_t)(packet.size - packet.ip + 1));
	expect_passed(state, &packet, DS_REASON_ip_malformed);
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
		cmocka_unit_test(test_tiny_first_fragment),
		cmocka_unit_test(test_tags_of_all_types_in_any_order),
		cmocka_unit_test(test_a_fourth_tag_is_not_ip),
		cmocka_unit_test(test_priority_tag),
		cmocka_unit_test(test_tag_cut),
		cmocka_unit_test(test_pppoe_session),
		cmocka_unit_test(test_pppoe_without_ip),
		cmocka_unit_test(test_extension_headers),
		cmocka_unit_test(test_extension_headers_without_udp),
		cmocka_unit_test(test_chain_longer_than_is_walked),
		cmocka_unit_test(test_unknown_header),
		cmocka_unit_test(test_extension_past_the_packet),
		cmocka_unit_test(test_fragments_of_ipv6),
		cmocka_unit_test(test_fragment_within_a_fragment),
		cmocka_unit_test(test_first_fragment_of_tcp),
		cmocka_unit_test(test_first_fragment_without_its_chain),
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
		cmocka_unit_test(test_jumbo_frame),
		cmocka_unit_test(test_every_truncation),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
