/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the record of a DHCPv6 message hold what the message says, and nothing else? */
#include <arpa/inet.h>

#include "support.h"

/* V9 of the wire vectors: dots.example.com. */
static const char v9[] = "\x04"
			 "dots\x07"
			 "example\x03"
			 "com";

/* The n-th option in the last record. */
static const uint8_t *nth_option(const struct bench *bench, unsigned n, uint16_t *code, uint16_t *size)
{
	const uint8_t *at = bench->record.options, *end = at + bench->record.options_length;

	for (; at < end; at += 4 + (at[2] << 8 | at[3])) {
		if (n-- == 0) {
			*code = (uint16_t)(at[0] << 8 | at[1]);
			*size = (uint16_t)(at[2] << 8 | at[3]);
			return at + 4;
		}
	}
	return NULL;
}

static void expect_option(const struct bench *bench, unsigned n, uint16_t code, const void *data, size_t size)
{
	uint16_t is_code = 0, is_size = 0;
	const uint8_t *found = nth_option(bench, n, &is_code, &is_size);

	assert_non_null(found);
	assert_int_equal(is_code, code);
	assert_int_equal(is_size, size);
	assert_memory_equal(found, data, size);
}

static void test_reply(void **state)
{
	struct bench *bench = *state;
	const struct ds_record *record = &bench->record;
	struct packet packet;
	uint8_t addresses[32] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1, [16] = 0x20, 0x01, 0x0d, 0xb8, [31] = 2};

	add_dhcp6(&packet, 7);
	add_option6(&packet, 1, "\x00\x03\x00\x01" CLIENT_MAC, 10);
	add_option6(&packet, 39, "\x01", 1);                    /* client FQDN: not of interest */
	add_option6(&packet, 142, addresses, sizeof addresses); /* dnsmasq sends it before 141 */
	add_option6(&packet, 141, v9, sizeof v9);
	bench_capture(bench, &packet);

	assert_int_equal(record->version, DS_ABI_VERSION);
	assert_int_equal(record->flags, 0);
	assert_int_equal(record->family, 6);
	assert_int_equal(record->type, 7);
	assert_int_equal(record->side, DS_SIDE_CLIENT);
	assert_int_equal(record->v6.type, 7);
	assert_memory_equal(record->v6.xid, "\xab\xcd\xef", 3);
	assert_int_equal(record->v6.relays, 0);
	assert_memory_equal(record->source, packet.data + packet.ip + 8, 16);
	assert_memory_equal(record->destination, packet.data + packet.ip + 24, 16);

	expect_option(bench, 0, 1, "\x00\x03\x00\x01" CLIENT_MAC, 10);
	expect_option(bench, 1, 142, addresses, sizeof addresses);
	expect_option(bench, 2, 141, v9, sizeof v9);
	assert_int_equal(record->options_length, 14 + 36 + 22);
}

/* An IA leaves with all that it nests; a DOTS option nested there is no option of the message. */
static void test_ia_is_copied_whole(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	uint8_t ia[12 + 28 + 22] = {0};

	put16(ia + 12, 5);
	put16(ia + 14, 24);
	put16(ia + 40, 141);
	put16(ia + 42, sizeof v9);
	memcpy(ia + 44, v9, sizeof v9);
	add_dhcp6(&packet, 7);
	add_option6(&packet, 3, ia, sizeof ia);
	bench_capture(bench, &packet);
	expect_option(bench, 0, 3, ia, sizeof ia);
	assert_int_equal(bench->record.options_length, 4 + sizeof ia);
}

static void test_large_option(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	uint8_t data[1200];

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 11);
	for (unsigned size = 0; size <= sizeof data; size += 37) {
		add_dhcp6(&packet, 7);
		add_option6(&packet, 142, data, (uint16_t)size);
		add_option6(&packet, 32, "\0\0\x02\x58", 4);
		bench_capture(bench, &packet);
		expect_option(bench, 0, 142, data, size);
		expect_option(bench, 1, 32, "\0\0\x02\x58", 4);
	}
}

static void test_every_option_of_interest(void **state)
{
	static const uint8_t wanted[] = {1, 2, 3, 13, 14, 23, 24, 25, 32, 57, 141, 142};
	struct bench *bench = *state;
	struct packet packet;
	uint16_t code, size;

	add_dhcp6(&packet, 7);
	for (uint16_t i = 0; i < 300; i++)
		add_option6(&packet, i, NULL, 0);
	add_option6(&packet, 0x8d00, NULL, 0); /* 141 in the wrong byte order */
	bench_capture(bench, &packet);
	for (unsigned i = 0; i < sizeof wanted; i++) {
		assert_non_null(nth_option(bench, i, &code, &size));
		assert_int_equal(code, wanted[i]);
	}
	assert_null(nth_option(bench, sizeof wanted, &code, &size));
}

static void test_option_past_the_end(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp6(&packet, 7);
	add_option6(&packet, 141, v9, sizeof v9);
	add_option6(&packet, 142, NULL, 16);
	packet.size--;
	bench_capture(bench, &packet);
	expect_option(bench, 0, 141, v9, sizeof v9);
	assert_int_equal(bench->record.options_length, 22);
	assert_int_equal(bench->record.flags, DS_RECORD_OVERRUN);

	packet.size -= 14; /* half of the header is left */
	bench_capture(bench, &packet);
	assert_int_equal(bench->record.options_length, 22);
	assert_int_equal(bench->record.flags, DS_RECORD_OVERRUN);
}

static void test_types(void **state)
{
	static const struct {
		uint8_t type;
		enum ds_reason reason;
	} cases[] = {
		{1, DS_REASON_dhcp_request},    {2, DS_REASON_captured},      {3, DS_REASON_dhcp_request},
		{5, DS_REASON_dhcp_request},    {7, DS_REASON_captured},      {8, DS_REASON_captured},
		{10, DS_REASON_dhcp_other},     {11, DS_REASON_dhcp_request}, {12, DS_REASON_dhcp_other},
		{13, DS_REASON_dhcp_malformed},
	};
	struct bench *bench = *state;
	struct packet packet;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		add_dhcp6(&packet, cases[i].type);
		seal(&packet);
		bench_expect(bench, bench->uplink, &packet, XDP_PASS, cases[i].reason);
	}
}

/* --- Relays --- */

/* Wraps the DHCPv6 message in a Relay-reply with Interface-ID `id`, before or after the relayed message. */
static void wrap(struct packet *packet, uint8_t id, bool before)
{
	uint8_t inner[PACKET_SIZE];
	size_t size = packet->size - packet->message;

	memcpy(inner, packet->data + packet->message, size);
	packet->size = packet->message;
	uint8_t *head = add(packet, NULL, 34);
	head[0] = 13;
	head[1] = 77; /* hop-count: says nothing about depth */
	memset(head + 2, id, 16);
	memset(head + 18, id + 1, 16);
	if (before) {
		add_option6(packet, 18, &id, 1);
		add_option6(packet, 37, "\0\0\0\x09r", 5);
	}
	add_option6(packet, 9, inner, (uint16_t)size);
	if (!before) {
		add_option6(packet, 18, &id, 1);
		add_option6(packet, 79, "\0\x01" CLIENT_MAC, 8);
	}
	put16(packet->data + packet->udp + 2, 547);
}

static void relayed(struct packet *packet, unsigned relays)
{
	add_dhcp6(packet, 7);
	add_option6(packet, 141, v9, sizeof v9);
	for (unsigned i = 0; i < relays; i++)
		wrap(packet, (uint8_t)(i + 1), i % 2);
}

static void test_relays_up_to_eight_deep(void **state)
{
	struct bench *bench = *state;
	const struct ds_record *record = &bench->record;
	struct packet packet;
	uint8_t link[16], peer[16];

	memset(link, 1, sizeof link);
	memset(peer, 2, sizeof peer);
	for (unsigned relays = 1; relays <= 8; relays++) {
		relayed(&packet, relays);
		bench_capture(bench, &packet);
		assert_int_equal(record->type, 7);
		assert_int_equal(record->side, DS_SIDE_RELAY);
		assert_int_equal(record->v6.relays, relays);
		assert_memory_equal(record->v6.xid, "\xab\xcd\xef", 3);
		/* of the relay nearest to the client */
		assert_memory_equal(record->v6.link_address, link, 16);
		assert_memory_equal(record->v6.peer_address, peer, 16);
		expect_option(bench, 0, 18, "\x01", 1);
		expect_option(bench, 1, 79, "\0\x01" CLIENT_MAC, 8);
		expect_option(bench, 2, 141, v9, sizeof v9);
		assert_int_equal(record->options_length, 5 + 12 + 22);
	}
	relayed(&packet, 9);
	seal(&packet);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_relay_deep);
}

/* Relay options in front of the relayed message, and behind it. */
static void test_relay_options_on_both_sides(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp6(&packet, 7);
	wrap(&packet, 5, true);
	bench_capture(bench, &packet);
	expect_option(bench, 0, 18, "\x05", 1);
	expect_option(bench, 1, 37, "\0\0\0\x09r", 5);
}

static void test_relay_without_a_message(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp6(&packet, 13);
	add(&packet, NULL, 30);
	add_option6(&packet, 18, "x", 1);
	seal(&packet);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_malformed);

	add_dhcp6(&packet, 13); /* a relay header cut short */
	add(&packet, NULL, 29);
	seal(&packet);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_malformed);

	add_dhcp6(&packet, 13); /* a relayed message too short to be one */
	add(&packet, NULL, 30);
	add_option6(&packet, 9, "\x07\x00\x00", 3);
	seal(&packet);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_malformed);
}

/* Options of the relay that look like DOTS are none; those behind the end of the relayed message are not its own. */
static void test_dots_options_of_a_relay_do_not_count(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	uint16_t code, size;

	add_dhcp6(&packet, 7);
	wrap(&packet, 1, true);
	add_option6(&packet, 141, v9, sizeof v9);
	bench_capture(bench, &packet);
	for (unsigned i = 0; nth_option(bench, i, &code, &size); i++)
		assert_int_not_equal(code, 141);
}

/* The eighth relay is walked still: what it fails to relay is malformed, and not too deep. */
static void test_eighth_relay_that_relays_nothing(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp6(&packet, 13); /* the eighth, without any option */
	add(&packet, NULL, 30);
	for (uint8_t i = 0; i < 7; i++)
		wrap(&packet, i, false);
	seal(&packet);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_malformed);

	add_dhcp6(&packet, 13);
	packet.size -= 1; /* too short to be a message, and so to be a ninth relay's */
	packet.data[packet.message] = 7;
	for (uint8_t i = 0; i < 8; i++)
		wrap(&packet, i, false);
	seal(&packet);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_malformed);
}

static void test_several_option_requests(void **state)
{
	struct bench *bench = *state;
	struct packet request, reply;

	add_dhcp6(&request, 3);
	add_option6(&request, 6, "\0\x8e", 2);
	add_option6(&request, 6, "\0\x17", 2);
	seal(&request);
	bench_expect(bench, bench->access, &request, XDP_PASS, DS_REASON_dhcp_request);
	add_dhcp6(&reply, 7);
	bench_capture(bench, &reply);
	assert_int_equal(bench->record.requested, DS_REQUESTED_KNOWN | DS_REQUESTED_ADDRESSES);
}

static void test_release_and_decline(void **state)
{
	static const uint8_t types[] = {8, 9};
	struct bench *bench = *state;
	struct packet packet;

	for (size_t i = 0; i < sizeof types; i++) {
		add_dhcp6(&packet, types[i]);
		add_option6(&packet, 1, "\x00\x03\x00\x01" CLIENT_MAC, 10);
		seal(&packet);
		bench_expect(bench, bench->access, &packet, XDP_PASS, DS_REASON_captured);
		assert_int_equal(bench->record.type, types[i]);
		assert_int_equal(bench->record.asked.ifindex, 2);
		expect_option(bench, 0, 1, "\x00\x03\x00\x01" CLIENT_MAC, 10);
	}
}

static void test_too_short(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp6(&packet, 7);
	packet.size--;
	seal(&packet);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_malformed);
}

static void test_circuit_of_the_client(void **state)
{
	struct bench *bench = *state;
	struct packet request, reply;

	add_dhcp6(&request, 3);
	seal(&request);
	bench_expect(bench, bench->access, &request, XDP_PASS, DS_REASON_dhcp_request);

	add_dhcp6(&reply, 7);
	bench_capture(bench, &reply);
	assert_int_equal(bench->record.asked.ifindex, 2);

	reply.data[reply.message + 3] ^= 1; /* another transaction */
	bench_capture(bench, &reply);
	assert_int_equal(bench->record.asked.ifindex, 0);

	reply.data[reply.message + 3] ^= 1;
	reply.data[reply.ip + 39] ^= 1; /* another client */
	bench_capture(bench, &reply);
	assert_int_equal(bench->record.asked.ifindex, 0);
}

static void test_what_the_client_asked_for(void **state)
{
	static const struct {
		const char *list;
		uint8_t size, requested;
	} cases[] = {
		{"\0\x17\0\x18", 4, DS_REQUESTED_KNOWN},
		{"\0\x17\0\x8d", 4, DS_REQUESTED_KNOWN | DS_REQUESTED_NAME},
		{"\0\x8e\0\x8d", 4, DS_REQUESTED_KNOWN | DS_REQUESTED_NAME | DS_REQUESTED_ADDRESSES},
		{"\x8d\0\x8e\0", 4, DS_REQUESTED_KNOWN}, /* the wrong byte order */
	};
	struct bench *bench = *state;
	struct packet request, reply;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		add_dhcp6(&request, 3);
		add_option6(&request, 6, cases[i].list, cases[i].size);
		seal(&request);
		bench_expect(bench, bench->access, &request, XDP_PASS, DS_REASON_dhcp_request);
		add_dhcp6(&reply, 7);
		bench_capture(bench, &reply);
		assert_int_equal(bench->record.requested, cases[i].requested);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_ia_is_copied_whole),
		cmocka_unit_test(test_large_option),
		cmocka_unit_test(test_every_option_of_interest),
		cmocka_unit_test(test_option_past_the_end),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_relays_up_to_eight_deep),
		cmocka_unit_test(test_eighth_relay_that_relays_nothing),
		cmocka_unit_test(test_several_option_requests),
		cmocka_unit_test(test_relay_options_on_both_sides),
		cmocka_unit_test(test_relay_without_a_message),
		cmocka_unit_test(test_dots_options_of_a_relay_do_not_count),
		cmocka_unit_test(test_release_and_decline),
		cmocka_unit_test(test_too_short),
		cmocka_unit_test(test_circuit_of_the_client),
		cmocka_unit_test(test_what_the_client_asked_for),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
