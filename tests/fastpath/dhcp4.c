/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the record of a DHCPv4 message hold what the message says, and nothing else? */
#include <arpa/inet.h>

#include "support.h"

/* V1 of the wire vectors: dots.example.com. */
static const char v1[] = "\x04"
			 "dots\x07"
			 "example\x03"
			 "com";

static void expect_option(const struct bench *bench, uint8_t code, const void *data, size_t size)
{
	size_t is;
	const uint8_t *found = record_option4(bench, code, &is);

	assert_non_null(found);
	assert_int_equal(is, size);
	assert_memory_equal(found, data, size);
}

static void test_ack(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	const struct ds_record *record = &bench->record;

	add_dhcp4(&packet, 2, 5);
	add_option4(&packet, 54, "\xc0\x00\x02\x01", 4);
	add_option4(&packet, 1, "\xff\xff\xff\x00", 4); /* subnet mask: not of interest */
	add_option4(&packet, 51, "\x00\x00\x0e\x10", 4);
	add_option4(&packet, 147, v1, sizeof v1);
	add_option4(&packet, 148, "\xc0\x00\x02\x01\xc0\x00\x02\x02", 8);
	add(&packet, "\xff", 1);
	bench_capture(bench, &packet);

	assert_int_equal(record->version, DS_ABI_VERSION);
	assert_int_equal(record->flags, 0);
	assert_int_equal(record->family, 4);
	assert_int_equal(record->type, 5);
	assert_int_equal(record->side, DS_SIDE_CLIENT);
	assert_int_equal(record->direction, DS_INGRESS);
	assert_memory_equal(record->source_mac, SERVER_MAC, 6);
	assert_memory_equal(record->destination_mac, CLIENT_MAC, 6);
	assert_memory_equal(record->source, "\xc0\x00\x02\x01\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_memory_equal(record->destination, "\xc0\x00\x02\x32\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_true(record->time > 0);
	assert_int_equal(record->seen.ifindex, 1);
	assert_int_equal(record->asked.ifindex, 0);
	assert_memory_equal(&record->v4, packet.data + packet.message, sizeof record->v4);

	expect_option(bench, 53, "\x05", 1);
	expect_option(bench, 54, "\xc0\x00\x02\x01", 4);
	expect_option(bench, 51, "\x00\x00\x0e\x10", 4);
	expect_option(bench, 147, v1, sizeof v1);
	expect_option(bench, 148, "\xc0\x00\x02\x01\xc0\x00\x02\x02", 8);
	assert_int_equal(record->options_length, 3 + 6 + 6 + 20 + 10);
}

static void test_every_option_of_interest(void **state)
{
	static const uint8_t wanted[] = {6, 15, 50, 51, 53, 54, 58, 59, 61, 80, 82, 119, 147, 148, 213};
	struct bench *bench = *state;
	struct packet packet;
	size_t size;

	add_dhcp4(&packet, 2, 5);
	for (unsigned code = 1; code < 255; code++)
		if (code != 53)
			add_option4(&packet, (uint8_t)code, "\x2a", 1);
	bench_capture(bench, &packet);
	for (unsigned code = 1; code < 255; code++)
		assert_int_equal(record_option4(bench, (uint8_t)code, &size) != NULL,
				 memchr(wanted, (int)code, sizeof wanted) != NULL);
}

/* 65 addresses: ISC dhcpd splits them in the middle of one (V7). Both instances arrive, whole and in order. */
static void test_split_option(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	uint8_t addresses[260];

	for (unsigned i = 0; i < sizeof addresses; i++)
		addresses[i] = (uint8_t)(i * 7);
	add_dhcp4(&packet, 2, 5);
	add_option4(&packet, 148, addresses, 255);
	add_option4(&packet, 148, addresses + 255, 5);
	bench_capture(bench, &packet);

	const uint8_t *options = bench->record.options + 3;
	assert_int_equal(bench->record.options_length, 3 + 257 + 7);
	assert_memory_equal(options + 2, addresses, 255);
	assert_memory_equal(options + 257 + 2, addresses + 255, 5);
}

/* Copies are made in blocks: lengths around the block's edge come out to the byte. */
static void test_every_option_length(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	uint8_t data[255];

	memset(data, 0xa5, sizeof data);
	for (unsigned length = 0; length <= sizeof data; length++) {
		add_dhcp4(&packet, 2, 5);
		add_option4(&packet, 119, data, (uint8_t)length);
		add_option4(&packet, 213, "\x5a", 1);
		bench_capture(bench, &packet);
		expect_option(bench, 119, data, length);
		expect_option(bench, 213, "\x5a", 1);
		assert_int_equal(bench->record.options_length, 3 + 2 + length + 3);
	}
}

static void test_pad_between_options(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	add(&packet, NULL, 300);
	add_option4(&packet, 147, v1, sizeof v1);
	bench_capture(bench, &packet);
	expect_option(bench, 147, v1, sizeof v1);
}

/* Kea 2.2 sends such packets when 148 does not fit (V8b). */
static void test_no_end_option(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	add_option4(&packet, 147, v1, sizeof v1);
	bench_capture(bench, &packet);
	expect_option(bench, 147, v1, sizeof v1);
	assert_int_equal(bench->record.flags, 0);
}

static void test_options_after_end(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	size_t size;

	add_dhcp4(&packet, 2, 5);
	add(&packet, "\xff", 1);
	add_option4(&packet, 147, v1, sizeof v1);
	bench_capture(bench, &packet);
	assert_null(record_option4(bench, 147, &size));
	assert_int_equal(bench->record.flags, 0);
}

/* An option past the end invalidates itself and what follows, not what came before. */
static void test_option_past_the_end(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	size_t size;

	add_dhcp4(&packet, 2, 5);
	add_option4(&packet, 147, v1, sizeof v1);
	add(&packet, "\x94\x09\xc0\x00\x02\x01\xc0\x00\x02\x02", 10);
	bench_capture(bench, &packet);
	expect_option(bench, 147, v1, sizeof v1);
	assert_null(record_option4(bench, 148, &size));
	assert_int_equal(bench->record.flags, DS_RECORD_OVERRUN);
}

static void test_code_without_length(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	add(&packet, "\x94", 1);
	bench_capture(bench, &packet);
	assert_int_equal(bench->record.flags, DS_RECORD_OVERRUN);
	assert_int_equal(bench->record.options_length, 3);
}

/* V8: the name in `file`, the addresses split over options and `sname`. They arrive as options, file, sname. */
static void overload(struct packet *packet, uint8_t which)
{
	static const uint8_t sname[] = {148, 3, 2, 9, 9, 255}, file[] = {147, 4, 'f', 'i', 'l', 'e'};

	add_dhcp4(packet, 2, 5);
	add_option4(packet, 52, &which, 1);
	add_option4(packet, 148, "\xc0\x00\x02\x01\xc0", 5);
	add(packet, "\xff", 1);
	memcpy(packet->data + packet->message + 44, sname, sizeof sname);
	memcpy(packet->data + packet->message + 108, file, sizeof file);
}

static void test_overload(void **state)
{
	static const struct {
		uint8_t which;
		const char *options; /* behind type and 148 of the options field */
		size_t size;
	} cases[] = {
		{0, "", 0},
		{1,
		 "\x93\x04"
		 "file",
		 6},
		{2, "\x94\x03\x02\x09\x09", 5},
		{3,
		 "\x93\x04"
		 "file"
		 "\x94\x03\x02\x09\x09",
		 11},
	};
	struct bench *bench = *state;
	struct packet packet;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		overload(&packet, cases[i].which);
		bench_capture(bench, &packet);
		assert_int_equal(bench->record.options_length, 3 + 7 + cases[i].size);
		assert_memory_equal(bench->record.options + 10, cases[i].options, cases[i].size);
	}
}

/* Option 52 counts in the options field alone, and its first instance there. */
static void test_overload_within_overload(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	overload(&packet, 1);
	memcpy(packet.data + packet.message + 108, "\x34\x01\x03\xff", 4); /* `file` claims `sname` */
	bench_capture(bench, &packet);
	assert_int_equal(bench->record.options_length, 3 + 7);
}

/* An option past the end of `file` does not reach into the magic cookie. */
static void test_overloaded_field_ends(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	size_t size;

	overload(&packet, 1);
	memset(packet.data + packet.message + 108, 0, 128);
	memcpy(packet.data + packet.message + 108 + 120, "\x93\x07", 2);
	bench_capture(bench, &packet);
	assert_null(record_option4(bench, 147, &size));
	assert_int_equal(bench->record.flags, DS_RECORD_OVERRUN);
	packet.data[packet.message + 108 + 121] = 6;
	bench_capture(bench, &packet);
	assert_non_null(record_option4(bench, 147, &size));
	assert_int_equal(bench->record.flags, 0);
}

/* More options than the walk takes in line. */
static void test_hundreds_of_options(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	for (unsigned i = 0; i < 300; i++)
		add_option4(&packet, 1, "\x01", 1);
	add_option4(&packet, 147, v1, sizeof v1);
	bench_capture(bench, &packet);
	expect_option(bench, 147, v1, sizeof v1);
}

/* What a client gives back, the agent hears of, with the circuit that it came from. */
static void test_release_and_decline(void **state)
{
	static const uint8_t types[] = {7, 4};
	struct bench *bench = *state;
	struct packet packet;

	for (size_t i = 0; i < sizeof types; i++) {
		add_dhcp4(&packet, 1, types[i]);
		add_option4(&packet, 50, "\xc0\x00\x02\x32", 4);
		seal(&packet);
		bench_expect(bench, bench->access, &packet, XDP_PASS, DS_REASON_captured);
		assert_int_equal(bench->record.type, types[i]);
		assert_int_equal(bench->record.asked.ifindex, 2);
		expect_option(bench, 50, "\xc0\x00\x02\x32", 4);
		bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
		assert_int_equal(bench->record.asked.ifindex, 0);
	}
}

static void test_types(void **state)
{
	static const struct {
		uint8_t op, type;
		enum ds_reason reason;
	} cases[] = {
		{2, 2, DS_REASON_captured},       {2, 5, DS_REASON_captured},     {2, 6, DS_REASON_captured},
		{2, 13, DS_REASON_dhcp_other},    {2, 255, DS_REASON_dhcp_other}, {1, 1, DS_REASON_dhcp_request},
		{1, 3, DS_REASON_dhcp_request},   {1, 8, DS_REASON_dhcp_request}, {2, 0, DS_REASON_dhcp_malformed},
		{1, 0, DS_REASON_dhcp_malformed},
	};
	struct bench *bench = *state;
	struct packet packet;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		add_dhcp4(&packet, cases[i].op, cases[i].type);
		seal(&packet);
		bench_expect(bench, bench->uplink, &packet, XDP_PASS, cases[i].reason);
	}
}

static void test_first_type_counts(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	add_option4(&packet, 53, "\x06", 1);
	bench_capture(bench, &packet);
	assert_int_equal(bench->record.type, 5);
}

static void test_no_cookie(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	seal(&packet);
	packet.data[packet.message + 236] ^= 1;
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_malformed);
}

static void test_sizes(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	add(&packet, NULL, DS_MESSAGE_MAX - 1 - (packet.size - packet.message));
	seal(&packet);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
	add(&packet, NULL, 1);
	seal(&packet);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_oversized);

	packet.size = packet.message;
	seal(&packet);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_dhcp_malformed);
}

/* The whole chaddr is copied as it is, whatever hlen says: userspace judges it. */
static void test_hlen_other_than_six(void **state)
{
	static const uint8_t lengths[] = {0, 8, 16, 17, 255};
	struct bench *bench = *state;
	struct packet packet;

	for (size_t i = 0; i < sizeof lengths; i++) {
		add_dhcp4(&packet, 2, 5);
		packet.data[packet.message + 2] = lengths[i];
		memset(packet.data + packet.message + 28, 0x77, 16);
		bench_capture(bench, &packet);
		assert_int_equal(bench->record.v4.hlen, lengths[i]);
		assert_memory_equal(bench->record.v4.chaddr, packet.data + packet.message + 28, 16);
	}
}

static void test_relay_side(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	put16(packet.data + packet.udp + 2, 67);
	inet_pton(AF_INET, "10.0.0.1", packet.data + packet.message + 24);
	bench_capture(bench, &packet);
	assert_int_equal(bench->record.side, DS_SIDE_RELAY);

	put16(packet.data + packet.udp + 2, 68);
	bench_capture(bench, &packet);
	assert_int_equal(bench->record.side, DS_SIDE_CLIENT);
}

/* A request on an access port tells where its client sits: the reply on the uplink carries that circuit. */
static void test_circuit_of_the_client(void **state)
{
	struct bench *bench = *state;
	struct packet request, reply;

	add_dhcp4(&request, 1, 3);
	seal(&request);
	bench_expect(bench, bench->access, &request, XDP_PASS, DS_REASON_dhcp_request);

	add_dhcp4(&reply, 2, 5);
	bench_capture(bench, &reply);
	assert_int_equal(bench->record.seen.ifindex, 1);
	assert_int_equal(bench->record.asked.ifindex, 2);

	put32(reply.data + reply.message + 4, 0x12345679); /* another transaction */
	bench_capture(bench, &reply);
	assert_int_equal(bench->record.asked.ifindex, 0);

	put32(reply.data + reply.message + 4, 0x12345678);
	reply.data[reply.message + 28 + 5] ^= 1; /* another client with the same transaction id */
	bench_capture(bench, &reply);
	assert_int_equal(bench->record.asked.ifindex, 0);
}

/* Whether 147 and 148 were asked for travels with the circuit: an option that is absent was withdrawn only then. */
static void test_what_the_client_asked_for(void **state)
{
	static const struct {
		const char *list;
		uint8_t size, requested;
	} cases[] = {
		{"\x01\x03\x06", 3, DS_REQUESTED_KNOWN},
		{"\x01\x93\x06", 3, DS_REQUESTED_KNOWN | DS_REQUESTED_NAME},
		{"\x94", 1, DS_REQUESTED_KNOWN | DS_REQUESTED_ADDRESSES},
		{"\x94\x93", 2, DS_REQUESTED_KNOWN | DS_REQUESTED_NAME | DS_REQUESTED_ADDRESSES},
		{"", 0, DS_REQUESTED_KNOWN},
	};
	struct bench *bench = *state;
	struct packet request, reply;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		add_dhcp4(&request, 1, 3);
		add_option4(&request, 55, cases[i].list, cases[i].size);
		add_option4(&request, 60, "\x93\x94", 2); /* another option's octets */
		seal(&request);
		bench_expect(bench, bench->access, &request, XDP_PASS, DS_REASON_dhcp_request);
		add_dhcp4(&reply, 2, 5);
		bench_capture(bench, &reply);
		assert_int_equal(bench->record.requested, cases[i].requested);
	}
	put32(reply.data + reply.message + 4, 0x0badcafe);
	bench_capture(bench, &reply);
	assert_int_equal(bench->record.requested, 0);
}

/* RFC 3396 7: what stands in several instances is one list, up to a bound. */
static void test_several_request_lists(void **state)
{
	struct bench *bench = *state;
	struct packet request, reply;

	for (unsigned lists = 0; lists <= DS_REQUEST_LISTS_MAX; lists++) {
		add_dhcp4(&request, 1, 3);
		for (unsigned i = 0; i < lists; i++)
			add_option4(&request, 55, "\x06", 1);
		add_option4(&request, 55, "\x94", 1);
		add_option4(&request, 55, "\x06", 1);
		seal(&request);
		bench_expect(bench, bench->access, &request, XDP_PASS, DS_REASON_dhcp_request);
		add_dhcp4(&reply, 2, 5);
		bench_capture(bench, &reply);
		assert_int_equal(bench->record.requested & DS_REQUESTED_ADDRESSES,
				 lists < DS_REQUEST_LISTS_MAX ? DS_REQUESTED_ADDRESSES : 0);
	}
}

/* What passes an uplink tells nothing of where a client sits. */
static void test_request_on_the_uplink_is_not_noted(void **state)
{
	struct bench *bench = *state;
	struct packet request, reply;

	add_dhcp4(&request, 1, 3);
	put32(request.data + request.message + 4, 0x0badcafe);
	seal(&request);
	bench_expect(bench, bench->uplink, &request, XDP_PASS, DS_REASON_dhcp_request);

	add_dhcp4(&reply, 2, 5);
	put32(reply.data + reply.message + 4, 0x0badcafe);
	bench_capture(bench, &reply);
	assert_int_equal(bench->record.asked.ifindex, 0);
}

static void test_messages_are_counted(void **state)
{
	struct bench *bench = *state;
	struct ds_messages before, after;
	struct packet packet;

	assert_int_equal(fastpath_messages(bench->fastpath, (unsigned)bench->uplink, &before), 0);
	add_dhcp4(&packet, 2, 6);
	bench_capture(bench, &packet);
	assert_int_equal(fastpath_messages(bench->fastpath, (unsigned)bench->uplink, &after), 0);
	before.v4[DS_SIDE_CLIENT][6]++;
	assert_memory_equal(&before, &after, sizeof before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ack),
		cmocka_unit_test(test_every_option_of_interest),
		cmocka_unit_test(test_split_option),
		cmocka_unit_test(test_every_option_length),
		cmocka_unit_test(test_pad_between_options),
		cmocka_unit_test(test_no_end_option),
		cmocka_unit_test(test_options_after_end),
		cmocka_unit_test(test_option_past_the_end),
		cmocka_unit_test(test_code_without_length),
		cmocka_unit_test(test_overload),
		cmocka_unit_test(test_overload_within_overload),
		cmocka_unit_test(test_overloaded_field_ends),
		cmocka_unit_test(test_hundreds_of_options),
		cmocka_unit_test(test_release_and_decline),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_first_type_counts),
		cmocka_unit_test(test_no_cookie),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_hlen_other_than_six),
		cmocka_unit_test(test_relay_side),
		cmocka_unit_test(test_circuit_of_the_client),
		cmocka_unit_test(test_what_the_client_asked_for),
		cmocka_unit_test(test_request_on_the_uplink_is_not_noted),
		cmocka_unit_test(test_several_request_lists),
		cmocka_unit_test(test_messages_are_counted),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
