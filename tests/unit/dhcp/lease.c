/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses and prefixes does a message bind, for how long, and what does it mean for the binding? */
#include "../unit.h"
#include "dhcp/message.h"
#include "record.h"
#include "vectors.h"

/* Pieces of DHCPv6 options: an IA's identity and times, an address or prefix with its lifetimes (hex, eight digits). */
#define IA_TIMES "00000001 00000000 00000000 "
#define IA_ADDRESS(preferred, valid) "0005 0018 20010db8 00*11 05 " preferred " " valid " "
#define IA_PREFIX(preferred, valid) "001a 0019 " preferred " " valid " 38 20010db8 0005 0000 00*8 "
#define IA_NA(valid) "0003 0028 " IA_TIMES IA_ADDRESS("00000000", valid)
#define IA_PD(valid) "0019 0029 " IA_TIMES IA_PREFIX("00000000", valid)
#define NO_BINDING "000d 0002 0003 "

/* What of a message is about leases, in words: "10.0.0.5/32=3600 ...". */
struct expected {
	uint8_t family;
	uint8_t type;
	bool has_lease;
	const char *options;
	const char *addresses;
	const char *prefixes;
	uint32_t lifetime;
	enum message_effect effect;
};

static void leases_text(const struct lease *leases, size_t count, char *text, size_t size)
{
	char prefix[ADDRESS_TEXT_SIZE];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s=%u", i ? " " : "",
				       prefix_text(&leases[i].prefix, prefix), leases[i].lifetime);
}

static void assert_message(const union record_buffer *buffer, const struct expected *expected)
{
	static struct dhcp_message message;
	char text[2048];

	print_message("# %s %s\n", message_type_word(expected->family, expected->type), expected->options);
	memset(&message, 0xff, sizeof message);
	assert_int_equal(message_decode(record_bytes(buffer), &message), 0);
	leases_text(message.addresses, message.address_count, text, sizeof text);
	assert_string_equal(text, expected->addresses);
	leases_text(message.prefixes, message.prefix_count, text, sizeof text);
	assert_string_equal(text, expected->prefixes);
	assert_int_equal(message.has_lease, expected->has_lease);
	assert_int_equal(message.lifetime, expected->lifetime);
	assert_int_equal(message.effect, expected->effect);
}

static void assert_all(const struct expected *expected, size_t count)
{
	union record_buffer buffer;

	for (size_t i = 0; i < count; i++) {
		record_make(&buffer, expected[i].family, expected[i].type, expected[i].options);
		assert_message(&buffer, &expected[i]);
	}
}

#define ASSERT_ALL(table) assert_all(table, sizeof(table) / sizeof(table)[0])

static void v4_binds_for_the_lease_time(void **state)
{
	static const struct expected messages[] = {
		{4, DHCP4_ACK, true, "33 04 00000e10", "10.0.0.5/32=3600", "", 3600, MESSAGE_BINDS},
		{4, DHCP4_ACK, true, "33 04 ffffffff", "10.0.0.5/32=4294967295", "", LIFETIME_INFINITE, MESSAGE_BINDS},
		{4, DHCP4_ACK, true, "33 04 fffffffe", "10.0.0.5/32=4294967294", "", 0xfffffffe, MESSAGE_BINDS},
		{4, DHCP4_OFFER, true, "33 04 00000e10", "10.0.0.5/32=3600", "", 3600, MESSAGE_NONE},
		/* Of a wrong length: as if it was not there. */
		{4, DHCP4_ACK, true, "33 02 0e10", "10.0.0.5/32=86400", "", LIFETIME_DEFAULT, MESSAGE_BINDS},
		{4, DHCP4_ACK, true, "33 05 00000e1000", "10.0.0.5/32=86400", "", LIFETIME_DEFAULT, MESSAGE_BINDS},
		{4, DHCP4_ACK, true, "", "10.0.0.5/32=86400", "", LIFETIME_DEFAULT, MESSAGE_BINDS},
	};

	(void)state;
	ASSERT_ALL(messages);
}

static void the_answer_to_an_inform_binds_no_address(void **state)
{
	static const struct expected inform = {4, DHCP4_ACK, false, V1_OPTION, "", "", LIFETIME_DEFAULT, MESSAGE_BINDS};
	union record_buffer buffer;

	(void)state;
	record_make(&buffer, inform.family, inform.type, inform.options);
	buffer.record.v4.ciaddr = htobe32(0x0a000005);
	buffer.record.v4.yiaddr = 0;
	assert_message(&buffer, &inform);
}

static void v4_ends(void **state)
{
	static const struct expected nak = {4, DHCP4_NAK, false, "33 04 00000e10", "", "", 0, MESSAGE_ENDS};
	static const struct expected release = {4, DHCP4_RELEASE, true, "", "10.0.0.6/32=0", "", 0, MESSAGE_ENDS};
	static const struct expected declines[] = {
		{4, DHCP4_DECLINE, true, "32 04 0a000007", "10.0.0.7/32=0", "", 0, MESSAGE_ENDS},
		{4, DHCP4_DECLINE, false, "", "", "", 0, MESSAGE_ENDS},
		{4, DHCP4_DECLINE, false, "32 03 0a0000", "", "", 0, MESSAGE_ENDS},
		{4, DHCP4_DECLINE, false, "32 10 20010db8 00*12", "", "", 0, MESSAGE_ENDS},
	};
	union record_buffer buffer;

	(void)state;
	record_make(&buffer, 4, DHCP4_NAK, nak.options);
	assert_message(&buffer, &nak);
	record_make(&buffer, 4, DHCP4_RELEASE, release.options);
	buffer.record.v4.ciaddr = htobe32(0x0a000006);
	buffer.record.v4.yiaddr = 0;
	assert_message(&buffer, &release);
	ASSERT_ALL(declines);
}

static void v6_binds_for_the_longest_lifetime(void **state)
{
	static const struct expected messages[] = {
		{6, DHCP6_REPLY, true, IA_NA("00000e10"), "2001:db8::5/128=3600", "", 3600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, IA_PD("00000e10"), "", "2001:db8:5::/56=3600", 3600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, IA_NA("00000064") IA_PD("00000e10"), "2001:db8::5/128=100",
		 "2001:db8:5::/56=3600", 3600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, IA_NA("00000e10") IA_PD("00000064"), "2001:db8::5/128=3600",
		 "2001:db8:5::/56=100", 3600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, IA_NA("00000001") IA_NA("00000003") IA_NA("00000002"),
		 "2001:db8::5/128=1 2001:db8::5/128=3 2001:db8::5/128=2", "", 3, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, IA_NA("ffffffff") IA_PD("00000e10"), "2001:db8::5/128=4294967295",
		 "2001:db8:5::/56=3600", LIFETIME_INFINITE, MESSAGE_BINDS},
		/* The refresh time limits what no lease limits. */
		{6, DHCP6_REPLY, true, IA_NA("00000e10") "0020 0004 00000258", "2001:db8::5/128=3600", "", 3600,
		 MESSAGE_BINDS},
		{6, DHCP6_ADVERTISE, true, IA_NA("00000e10"), "2001:db8::5/128=3600", "", 3600, MESSAGE_NONE},
		/* IA_TA: no times. */
		{6, DHCP6_REPLY, true, "0004 0020 00000001 " IA_ADDRESS("00000000", "00000e10"), "2001:db8::5/128=3600",
		 "", 3600, MESSAGE_BINDS},
	};

	(void)state;
	ASSERT_ALL(messages);
}

static void v6_without_ia_binds_for_the_refresh_time(void **state)
{
	static const struct expected messages[] = {
		{6, DHCP6_REPLY, false, "", "", "", 86400, MESSAGE_BINDS},
		{6, DHCP6_REPLY, false, "0020 0004 00001c20", "", "", 7200, MESSAGE_BINDS},
		{6, DHCP6_REPLY, false, "0020 0004 00000258", "", "", 600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, false, "0020 0004 00000257", "", "", 600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, false, "0020 0004 00000000", "", "", 600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, false, "0020 0004 ffffffff", "", "", LIFETIME_INFINITE, MESSAGE_BINDS},
		{6, DHCP6_REPLY, false, "0020 0003 000000", "", "", 86400, MESSAGE_BINDS},
		{6, DHCP6_REPLY, false, "0020 0008 00001c20 00001c20", "", "", 86400, MESSAGE_BINDS},
	};

	(void)state;
	ASSERT_ALL(messages);
}

static void v6_ends(void **state)
{
	static const struct expected messages[] = {
		/* Withdrawn: kept, to be shown. */
		{6, DHCP6_REPLY, true, IA_NA("00000000"), "2001:db8::5/128=0", "", 0, MESSAGE_ENDS},
		{6, DHCP6_REPLY, true, IA_NA("00000000") IA_PD("0000000a"), "2001:db8::5/128=0", "2001:db8:5::/56=10",
		 10, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, "0003 0012 " IA_TIMES NO_BINDING, "", "", 0, MESSAGE_ENDS},
		{6, DHCP6_REPLY, true, "0003 002e " IA_TIMES IA_ADDRESS("00000000", "00000e10") NO_BINDING, "", "", 0,
		 MESSAGE_ENDS},
		{6, DHCP6_REPLY, true, "0003 0012 " IA_TIMES "000d 0002 0002 ", "", "", 0, MESSAGE_ENDS},
		{6, DHCP6_REPLY, true, "0019 0012 " IA_TIMES "000d 0002 0006 " IA_NA("00000e10"),
		 "2001:db8::5/128=3600", "", 3600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, "0003 002e " IA_TIMES "000d 0002 0000 " IA_ADDRESS("00000000", "00000e10"),
		 "2001:db8::5/128=3600", "", 3600, MESSAGE_BINDS},
		{6, DHCP6_RELEASE, true, IA_NA("00000000"), "2001:db8::5/128=0", "", 0, MESSAGE_ENDS},
		{6, DHCP6_RELEASE, true, IA_NA("00000e10"), "2001:db8::5/128=3600", "", 0, MESSAGE_ENDS},
		{6, DHCP6_DECLINE, false, "", "", "", 0, MESSAGE_ENDS},
	};

	(void)state;
	ASSERT_ALL(messages);
}

/* A status code beside the IAs, not in one. */
static void v6_status_of_the_message(void **state)
{
	static const struct expected messages[] = {
		{6, DHCP6_REPLY, false, "000d 0002 0000", "", "", 86400, MESSAGE_NONE},
		{6, DHCP6_REPLY, false, "000d 0002 0000 0020 0004 00001c20", "", "", 7200, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, "000d 0002 0000 " IA_NA("00000e10"), "2001:db8::5/128=3600", "", 3600,
		 MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, "000d 0002 0000 " IA_NA("00000000"), "2001:db8::5/128=0", "", 0, MESSAGE_ENDS},
		{6, DHCP6_REPLY, false, "000d 0004 0001 6f6f", "", "", 86400, MESSAGE_NONE},
		{6, DHCP6_REPLY, false, "000d 0002 0002", "", "", 86400, MESSAGE_NONE},
		{6, DHCP6_REPLY, false, "000d 0002 0005", "", "", 86400, MESSAGE_NONE},
		{6, DHCP6_REPLY, false, "000d 0002 0003", "", "", 0, MESSAGE_ENDS},
		{6, DHCP6_REPLY, false, "000d 0002 0004", "", "", 0, MESSAGE_ENDS},
		/* Too short to be one. */
		{6, DHCP6_REPLY, false, "000d 0001 00", "", "", 86400, MESSAGE_BINDS},
		{6, DHCP6_ADVERTISE, false, "000d 0002 0002", "", "", 86400, MESSAGE_NONE},
	};

	(void)state;
	ASSERT_ALL(messages);
}

static void garbage_in_an_ia_leaves_the_rest(void **state)
{
	static const struct expected messages[] = {
		/* An IA that ends in its fixed part, or has T1 after T2, counts as not sent. */
		{6, DHCP6_REPLY, true, "0003 000b 00*11 " IA_PD("00000e10"), "", "2001:db8:5::/56=3600", 3600,
		 MESSAGE_BINDS},
		{6, DHCP6_REPLY, false, "0003 0000", "", "", 86400, MESSAGE_BINDS},
		{6, DHCP6_REPLY, false, "0003 0028 00000001 00000065 00000064 " IA_ADDRESS("00000000", "00000e10"), "",
		 "", 86400, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, "0003 0028 00000001 00000065 00000000 " IA_ADDRESS("00000000", "00000e10"),
		 "2001:db8::5/128=3600", "", 3600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, "0003 0028 00000001 00000064 00000064 " IA_ADDRESS("00000000", "00000e10"),
		 "2001:db8::5/128=3600", "", 3600, MESSAGE_BINDS},
		/* An address that runs past its IA, behind a whole one. */
		{6, DHCP6_REPLY, true,
		 "0003 0030 " IA_TIMES IA_ADDRESS("00000000", "00000e10") "0005 0018 20010db8 " IA_PD("00000064"),
		 "2001:db8::5/128=3600", "2001:db8:5::/56=100", 3600, MESSAGE_BINDS},
		/* Too short an address, and what is no address at all. */
		{6, DHCP6_REPLY, true, "0003 0027 " IA_TIMES "0005 0017 20010db8 00*11 05 00*7", "", "", 0,
		 MESSAGE_ENDS},
		{6, DHCP6_REPLY, true, "0003 0029 " IA_TIMES IA_PREFIX("00000000", "00000e10"), "", "", 0,
		 MESSAGE_ENDS},
		{6, DHCP6_REPLY, true, "0019 0028 " IA_TIMES IA_ADDRESS("00000000", "00000e10"), "", "", 0,
		 MESSAGE_ENDS},
		/* Preferred longer than valid (RFC 9915 21.6, 21.22). */
		{6, DHCP6_REPLY, true, "0003 0028 " IA_TIMES IA_ADDRESS("00000e11", "00000e10"), "", "", 0,
		 MESSAGE_ENDS},
		{6, DHCP6_REPLY, true, "0019 0029 " IA_TIMES IA_PREFIX("00000e11", "00000e10"), "", "", 0,
		 MESSAGE_ENDS},
		{6, DHCP6_REPLY, true, "0003 0028 " IA_TIMES IA_ADDRESS("00000e10", "00000e10"), "2001:db8::5/128=3600",
		 "", 3600, MESSAGE_BINDS},
		/* An address with a failure of its own. */
		{6, DHCP6_REPLY, true,
		 "0003 002e " IA_TIMES "0005 001e 20010db8 00*11 05 00000000 00000e10 000d 0002 0004", "", "", 0,
		 MESSAGE_ENDS},
		/* Prefix lengths. */
		{6, DHCP6_REPLY, true, "0019 0029 " IA_TIMES "001a 0019 00*4 00000e10 81 20010db8 00*12", "", "", 0,
		 MESSAGE_ENDS},
		{6, DHCP6_REPLY, true, "0019 0029 " IA_TIMES "001a 0019 00*4 00000e10 00 20010db8 00*12", "", "", 0,
		 MESSAGE_ENDS},
		{6, DHCP6_REPLY, true, "0019 0029 " IA_TIMES "001a 0019 00*4 00000e10 80 20010db8 ff*12", "",
		 "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128=3600", 3600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, "0019 0029 " IA_TIMES "001a 0019 00*4 00000e10 31 20010db8 ff*12", "",
		 "2001:db8:ffff:8000::/49=3600", 3600, MESSAGE_BINDS},
		{6, DHCP6_REPLY, true, "0019 0028 " IA_TIMES "001a 0018 00*4 00000e10 31 20010db8 ff*11", "", "", 0,
		 MESSAGE_ENDS},
	};

	(void)state;
	ASSERT_ALL(messages);
}

static void what_exceeds_the_room_is_left_out(void **state)
{
	static struct dhcp_message message;
	static char options[16384];
	size_t at = 0;
	union record_buffer buffer;

	(void)state;
	for (size_t i = 0; i < 20; i++)
		at += (size_t)snprintf(options + at, sizeof options - at, IA_NA("00000e10") IA_PD("00000e10"));
	record_make(&buffer, 6, DHCP6_REPLY, options);
	assert_int_equal(message_decode(record_bytes(&buffer), &message), 0);
	assert_int_equal(message.address_count, MESSAGE_ADDRESSES_MAX);
	assert_int_equal(message.prefix_count, MESSAGE_ADDRESSES_MAX);
	assert_int_equal(message.prefixes[MESSAGE_ADDRESSES_MAX - 1].prefix.length, 56);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v4_binds_for_the_lease_time),
		cmocka_unit_test(the_answer_to_an_inform_binds_no_address),
		cmocka_unit_test(v4_ends),
		cmocka_unit_test(v6_binds_for_the_longest_lifetime),
		cmocka_unit_test(v6_without_ia_binds_for_the_refresh_time),
		cmocka_unit_test(v6_ends),
		cmocka_unit_test(v6_status_of_the_message),
		cmocka_unit_test(garbage_in_an_ia_leaves_the_rest),
		cmocka_unit_test(what_exceeds_the_room_is_left_out),
	};

	return cmocka_run_group_tests_name("dhcp/lease", tests, NULL, NULL);
}
