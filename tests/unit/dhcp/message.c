/* SPDX-License-Identifier: BSD-2-Clause */
/* Which records are believed, and who, from whom and with what does a message speak? */
#include <errno.h>

#include "../unit.h"
#include "dhcp/message.h"
#include "record.h"
#include "vectors.h"

static struct dhcp_message message;
static union record_buffer buffer;

/* Makes a record, which must be decoded, into `message`. */
static void decode(uint8_t family, uint8_t type, const char *options)
{
	record_make(&buffer, family, type, options);
	memset(&message, 0xff, sizeof message);
	assert_int_equal(message_decode(record_bytes(&buffer), &message), 0);
	assert_ptr_equal(message.record, &buffer.record);
}

/* The same record again, after the test changed it. */
static void decode_again(void)
{
	memset(&message, 0xff, sizeof message);
	assert_int_equal(message_decode(record_bytes(&buffer), &message), 0);
}

static void assert_hex(struct bytes bytes, const char *expected)
{
	uint8_t wanted[HEX_MAX];

	assert_true(bytes_equal(bytes, hex(expected, wanted)));
}

static void assert_refused(size_t size, int error)
{
	struct dhcp_message untouched = {.xid = 7};

	assert_int_equal(message_decode((struct bytes){buffer.bytes, size}, &untouched), error);
	assert_int_equal(untouched.xid, 7);
	assert_null(untouched.record);
}

static void other_versions_are_refused(void **state)
{
	(void)state;
	record_make(&buffer, 4, DHCP4_ACK, V1_OPTION);
	buffer.record.version = DS_ABI_VERSION + 1;
	assert_refused(record_bytes(&buffer).size, -EPROTO);
	buffer.record.version = DS_ABI_VERSION - 1;
	assert_refused(record_bytes(&buffer).size, -EPROTO);
}

static void lengths_must_agree(void **state)
{
	size_t size;

	(void)state;
	record_make(&buffer, 4, DHCP4_ACK, V1_OPTION);
	size = record_bytes(&buffer).size;
	assert_refused(0, -EBADMSG);
	assert_refused(1, -EBADMSG);
	assert_refused(sizeof buffer.record - 1, -EBADMSG);
	assert_refused(size - 1, -EBADMSG);
	/* The ring may have rounded it up. */
	assert_int_equal(message_decode((struct bytes){buffer.bytes, size + 4}, &message), 0);

	buffer.record.options_length = DS_MESSAGE_MAX;
	assert_int_equal(message_decode(record_bytes(&buffer), &message), 0);
	buffer.record.options_length = DS_MESSAGE_MAX + 1;
	assert_refused(record_bytes(&buffer).size, -EBADMSG);
}

static void the_family_is_4_or_6(void **state)
{
	(void)state;
	for (unsigned family = 0; family < 256; family++) {
		record_make(&buffer, 4, DHCP4_ACK, "");
		buffer.record.family = (uint8_t)family;
		if (family != 4 && family != 6)
			assert_refused(record_bytes(&buffer).size, -EBADMSG);
	}
}

static void v4_who(void **state)
{
	(void)state;
	decode(4, DHCP4_ACK, "36 04 c0000201 3d 07 01020000000001");
	assert_hex(message.hw, "020000000001");
	assert_hex(message.client_id, "01020000000001");
	assert_int_equal(message.xid, 0x12345678);
	assert_int_equal(message.server.family, 4);
	assert_hex((struct bytes){message.server.bytes, 4}, "c0000201");
	assert_int_equal(message.server_id.size, 0);

	decode(4, DHCP4_ACK, "");
	assert_int_equal(message.client_id.size, 0);
	assert_int_equal(message.server.family, 0);
}

static void v4_wrong_lengths(void **state)
{
	(void)state;
	decode(4, DHCP4_ACK, "36 03 c00002 3d 01 01");
	assert_int_equal(message.server.family, 0);
	assert_int_equal(message.client_id.size, 0);
	decode(4, DHCP4_ACK, "36 10 20010db8 00*12 3d 00");
	assert_int_equal(message.server.family, 0);
	assert_int_equal(message.client_id.size, 0);
	decode(4, DHCP4_ACK, "3d 02 0001");
	assert_hex(message.client_id, "0001");
}

static void hlen_is_not_always_6(void **state)
{
	static const size_t hlens[][2] = {{0, 0}, {1, 1}, {8, 8}, {16, 16}, {17, 16}, {255, 16}};

	(void)state;
	decode(4, DHCP4_ACK, "");
	for (size_t i = 0; i < sizeof hlens / sizeof hlens[0]; i++) {
		buffer.record.v4.hlen = (uint8_t)hlens[i][0];
		decode_again();
		assert_int_equal(message.hw.size, hlens[i][1]);
		if (message.hw.size)
			assert_ptr_equal(message.hw.data, buffer.record.v4.chaddr);
		else
			assert_null(message.hw.data);
	}
}

static void v6_who(void **state)
{
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	decode(6, DHCP6_REPLY, "0001 000a 0003 0001 020000000001 0002 000a 0003 0001 020000000053");
	assert_hex(message.hw, "020000000001");
	assert_hex(message.client_id, "00030001 020000000001");
	assert_hex(message.server_id, "00030001 020000000053");
	assert_int_equal(message.xid, 0x123456);
	assert_string_equal(address_text(&message.server, text), "fe80::53");
}

static void v6_server_and_hardware_are_seen_on_the_clients_side(void **state)
{
	(void)state;
	decode(6, DHCP6_REPLY, "");
	buffer.record.side = DS_SIDE_RELAY;
	decode_again();
	assert_int_equal(message.hw.size, 0);
	assert_int_equal(message.server.family, 0);

	/* A group, and no Ethernet at all. */
	decode(6, DHCP6_REPLY, "");
	buffer.record.destination_mac[0] = 0x33;
	decode_again();
	assert_int_equal(message.hw.size, 0);
	memset(buffer.record.destination_mac, 0, 6);
	decode_again();
	assert_int_equal(message.hw.size, 0);

	/* What the client itself sent comes from it. */
	decode(6, DHCP6_RELEASE, "");
	assert_hex(message.hw, "020000000053");
	assert_int_equal(message.server.family, 0);
}

static void a_duid_has_3_to_130_octets(void **state)
{
	(void)state;
	decode(6, DHCP6_REPLY, "0001 0002 0003 0002 0000");
	assert_int_equal(message.client_id.size, 0);
	assert_int_equal(message.server_id.size, 0);
	decode(6, DHCP6_REPLY, "0001 0003 000301 0002 0082 01*130");
	assert_int_equal(message.client_id.size, 3);
	assert_int_equal(message.server_id.size, 130);
	decode(6, DHCP6_REPLY, "0001 0083 01*131");
	assert_int_equal(message.client_id.size, 0);
}

/* The resolvers of a message with these options, blanks between. */
static void assert_resolvers(uint8_t family, const char *options, const char *expected)
{
	char list[256] = "", text[ADDRESS_TEXT_SIZE];
	size_t at = 0;

	decode(family, family == 4 ? DHCP4_ACK : DHCP6_REPLY, options);
	for (size_t i = 0; i < message.resolver_count; i++)
		at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? " " : "",
				       address_text(&message.resolvers[i], text));
	assert_string_equal(list, expected);
}

static void resolvers(void **state)
{
	(void)state;
	assert_resolvers(4, "06 04 c0000235", "192.0.2.53");
	assert_resolvers(4, "06 10 c0000201 c0000202 c0000203 c0000204", "192.0.2.1 192.0.2.2 192.0.2.3");
	assert_resolvers(4, "06 14 7f000001 00000000 c0000203 e0000001 c0000205", "192.0.2.3 192.0.2.5");
	assert_resolvers(4, "06 04 c0000201 06 04 c0000202", "192.0.2.1 192.0.2.2");
	assert_resolvers(4, "06 06 c0000201 c000 06 02 0202", "192.0.2.1 192.0.2.2");
	assert_resolvers(4, "06 05 c0000201 c0", "");
	assert_resolvers(4, "06 00", "");
	assert_resolvers(4, "", "");
	assert_resolvers(6, "0017 0010 20010db8 00*11 53", "2001:db8::53");
	assert_resolvers(6, "0017 0030 00*15 01 00*16 fe80 00*13 53", "fe80::53");
	assert_resolvers(6, "0017 0010 20010db8 00*11 53 0017 0010 20010db8 00*11 54", "2001:db8::53");
	assert_resolvers(6, "0017 000f 20010db8 00*11", "");
	assert_resolvers(6, "0006 0010 20010db8 00*11 53", "");
}

/* The offer of each vector is the same when it comes in a record. */
static void vectors_in_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		decode(vectors[i].family, vectors[i].family == 4 ? DHCP4_ACK : DHCP6_REPLY, vectors[i].options);
		assert_string_equal(message.offer.name.text, vectors[i].name);
		assert_int_equal(message.offer.address_count == 0, vectors[i].addresses[0] == '\0');
		assert_int_equal(message.offer.discarded_count == 0, vectors[i].discards[0] == '\0');
	}
}

/* What of the decision is made here: which name, which addresses, which domain are there to decide by. */
struct decision {
	const char *options4, *options6;
	const char *name;    /* "": none */
	size_t addresses;    /* how many */
	const char *domains; /* the first; "": none */
};

static void assert_decision(uint8_t family, const char *options, const struct decision *expected)
{
	print_message("# %s\n", options);
	decode(family, family == 4 ? DHCP4_ACK : DHCP6_REPLY, options);
	assert_string_equal(message.offer.name.text, expected->name);
	assert_int_equal(message.offer.address_count, expected->addresses);
	assert_string_equal(message.domain_count ? message.domains[0].text : "", expected->domains);
	assert_int_equal(message.domain_count, *expected->domains ? 1 : 0);
}

static void assert_decisions(const struct decision *decisions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_decision(4, decisions[i].options4, &decisions[i]);
		assert_decision(6, decisions[i].options6, &decisions[i]);
	}
}

#define ASSERT_DECISIONS(table) assert_decisions(table, sizeof(table) / sizeof(table)[0])

#define NAME6 "008d 0012 " DOTS_EXAMPLE_COM
#define BAD_NAME6 "008d 0002 0161 "
#define ADDRESSES6 "008e 0020 20010db8 00*11 01 20010db8 00*11 02 "
#define LOOPBACK6 "008e 0010 00*15 01 "
#define DOMAIN4 "0f 0b 6578616d706c652e6e6574 "
#define DOMAIN6 "0018 000d 07 6578616d706c65 03 6e6574 00 "

/* Section 3 of the requirements, row by row: name and addresses stand for themselves. */
static void a_valid_name_and_addresses(void **state)
{
	static const struct decision rows[] = {
		{V1_OPTION V4_OPTION, NAME6 ADDRESSES6, "dots.example.com", 2, ""},
		{V1_OPTION V4_OPTION DOMAIN4, NAME6 ADDRESSES6 DOMAIN6, "dots.example.com", 2, "example.net"},
	};

	(void)state;
	ASSERT_DECISIONS(rows);
}

static void a_valid_name_without_addresses(void **state)
{
	static const struct decision rows[] = {
		{V1_OPTION, NAME6, "dots.example.com", 0, ""},
		{V1_OPTION "94 04 7f000001", NAME6 LOOPBACK6, "dots.example.com", 0, ""},
		{V1_OPTION "94 03 c00002", NAME6 "008e 0001 00", "dots.example.com", 0, ""},
		{V1_OPTION "94 00", NAME6 "008e 0000", "dots.example.com", 0, ""},
	};

	(void)state;
	ASSERT_DECISIONS(rows);
}

static void addresses_without_a_valid_name(void **state)
{
	static const struct decision rows[] = {
		{V4_OPTION, ADDRESSES6, "", 2, ""},
		{"93 02 0161 " V4_OPTION, BAD_NAME6 ADDRESSES6, "", 2, ""},
		{"93 0b 03 313932 01 30 01 32 01 31 00 " V4_OPTION, "008d 0003 01 31 00 " ADDRESSES6, "", 2, ""},
	};

	(void)state;
	ASSERT_DECISIONS(rows);
}

static void neither_leaves_the_domain(void **state)
{
	static const struct decision rows[] = {
		{DOMAIN4, DOMAIN6, "", 0, "example.net"},
		{"93 02 0161 94 04 7f000001 " DOMAIN4, BAD_NAME6 LOOPBACK6 DOMAIN6, "", 0, "example.net"},
		{"93 02 0161", BAD_NAME6, "", 0, ""},
	};

	(void)state;
	ASSERT_DECISIONS(rows);
}

/* Section 4: a gateway sees each reply twice, and both say the same of the same client. */
static void both_legs_say_the_same(void **state)
{
	static struct dhcp_message first;

	(void)state;
	decode(4, DHCP4_ACK, "33 04 00000e10 " V1_OPTION V4_OPTION DOMAIN4);
	first = message;
	buffer.record.side = DS_SIDE_RELAY;
	buffer.record.v4.giaddr = htobe32(0x0a090909);
	decode_again();
	assert_memory_equal(&message, &first, sizeof first);

	decode(6, DHCP6_REPLY, "0001 000a 0003 0001 020000000001 " NAME6 ADDRESSES6 DOMAIN6);
	first = message;
	buffer.record.side = DS_SIDE_RELAY;
	buffer.record.v6.relays = 1;
	decode_again();
	/* Who sent the frame, and to whom, is seen on the client's side alone. */
	first.hw = (struct bytes){0};
	first.server = (struct address){0};
	assert_memory_equal(&message, &first, sizeof first);
}

/* Section 4 and R-23: what the client had asked for is handed on as the kernel saw it. */
static void what_was_asked_for(void **state)
{
	(void)state;
	decode(4, DHCP4_ACK, "");
	assert_int_equal(message.record->requested, 0);
	buffer.record.requested = DS_REQUESTED_KNOWN | DS_REQUESTED_NAME;
	decode_again();
	assert_int_equal(message.record->requested, DS_REQUESTED_KNOWN | DS_REQUESTED_NAME);
}

static void a_cut_off_option_leaves_what_came_before(void **state)
{
	(void)state;
	decode(4, DHCP4_ACK, "33 04 00000e10 " V1_OPTION "94 08 c0000201");
	assert_int_equal(message.lifetime, 3600);
	assert_string_equal(message.offer.name.text, "dots.example.com");
	assert_int_equal(message.offer.address_count, 0);
	decode(6, DHCP6_REPLY, "008d 0012 " DOTS_EXAMPLE_COM "008e 0010 20010db8");
	assert_string_equal(message.offer.name.text, "dots.example.com");
	assert_int_equal(message.offer.address_count, 0);
}

/* Instances inside an IA are not options of the message. */
static void nested_options_are_not_the_messages(void **state)
{
	(void)state;
	decode(6, DHCP6_REPLY, "0003 0022 00*12 008d 0012 " DOTS_EXAMPLE_COM);
	assert_false(message.offer.present);
	decode(6, DHCP6_REPLY, "0003 0022 00*12 008d 0012 " DOTS_EXAMPLE_COM "008d 0012 " DOTS_EXAMPLE_NET);
	assert_string_equal(message.offer.name.text, "dots.example.net");
	assert_int_equal(message.offer.discarded_count, 0);
}

static void types_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(message_type_word(4, 0), "unknown");
	assert_string_equal(message_type_word(4, 1), "discover");
	assert_string_equal(message_type_word(4, DHCP4_OFFER), "offer");
	assert_string_equal(message_type_word(4, DHCP4_DECLINE), "decline");
	assert_string_equal(message_type_word(4, DHCP4_ACK), "ack");
	assert_string_equal(message_type_word(4, DHCP4_NAK), "nak");
	assert_string_equal(message_type_word(4, DHCP4_RELEASE), "release");
	assert_string_equal(message_type_word(4, 8), "inform");
	assert_string_equal(message_type_word(4, 18), "tls");
	assert_string_equal(message_type_word(4, 19), "unknown");
	assert_string_equal(message_type_word(4, 255), "unknown");
	assert_string_equal(message_type_word(6, 0), "unknown");
	assert_string_equal(message_type_word(6, 1), "solicit");
	assert_string_equal(message_type_word(6, DHCP6_ADVERTISE), "advertise");
	assert_string_equal(message_type_word(6, DHCP6_REPLY), "reply");
	assert_string_equal(message_type_word(6, DHCP6_RELEASE), "release");
	assert_string_equal(message_type_word(6, DHCP6_DECLINE), "decline");
	assert_string_equal(message_type_word(6, 11), "information-request");
	assert_string_equal(message_type_word(6, 21), "dhcpv4-response");
	assert_string_equal(message_type_word(6, 22), "unknown");
	assert_string_equal(message_type_word(6, 255), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_versions_are_refused),
		cmocka_unit_test(lengths_must_agree),
		cmocka_unit_test(the_family_is_4_or_6),
		cmocka_unit_test(v4_who),
		cmocka_unit_test(v4_wrong_lengths),
		cmocka_unit_test(hlen_is_not_always_6),
		cmocka_unit_test(v6_who),
		cmocka_unit_test(v6_server_and_hardware_are_seen_on_the_clients_side),
		cmocka_unit_test(a_duid_has_3_to_130_octets),
		cmocka_unit_test(resolvers),
		cmocka_unit_test(vectors_in_records),
		cmocka_unit_test(a_valid_name_and_addresses),
		cmocka_unit_test(a_valid_name_without_addresses),
		cmocka_unit_test(addresses_without_a_valid_name),
		cmocka_unit_test(neither_leaves_the_domain),
		cmocka_unit_test(both_legs_say_the_same),
		cmocka_unit_test(what_was_asked_for),
		cmocka_unit_test(a_cut_off_option_leaves_what_came_before),
		cmocka_unit_test(nested_options_are_not_the_messages),
		cmocka_unit_test(types_have_their_names),
	};

	return cmocka_run_group_tests_name("dhcp/message", tests, NULL, NULL);
}
