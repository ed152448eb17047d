/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a subscriber's place told by where the client asked, else by the relay, else by where the message was seen? */
#include "../unit.h"
#include "dhcp/circuit.h"
#include "record.h"

static union record_buffer buffer;

static void make(uint8_t family, const char *options)
{
	record_make(&buffer, family, family == DS_FAMILY_V4 ? DHCP4_ACK : DHCP6_REPLY, options);
	buffer.record.seen = (struct ds_circuit){.ifindex = 2, .tags = {10}, .tag_count = 1};
}

static void assert_circuit(const char *asked, bool known, const char *expected)
{
	static struct dhcp_message message;
	char text[CIRCUIT_TEXT_SIZE];

	assert_int_equal(message_decode(record_bytes(&buffer), &message), 0);
	assert_int_equal(circuit_of(&message, asked, "uplink0", text), known);
	assert_string_equal(text, expected);
}

static void where_the_client_asked(void **state)
{
	(void)state;
	make(4, "");
	buffer.record.asked = (struct ds_circuit){.ifindex = 3, .tags = {100, 200}, .tag_count = 2};
	assert_circuit("access1", true, "access1.100.200");
	buffer.record.asked.pppoe = 7;
	assert_circuit("access1", true, "access1.100.200/pppoe-7");
	buffer.record.asked = (struct ds_circuit){.ifindex = 3, .tags = {1, 2, 3}, .tag_count = 255};
	assert_circuit("access1", true, "access1.1.2.3");
	buffer.record.asked = (struct ds_circuit){.ifindex = 3};
	assert_circuit("access1", true, "access1");
}

static void else_where_it_was_seen(void **state)
{
	(void)state;
	make(4, "");
	assert_circuit(NULL, false, "uplink0.10");
	make(6, "");
	assert_circuit(NULL, false, "uplink0.10");
}

static void what_the_relay_says(void **state)
{
	char expected[CIRCUIT_TEXT_SIZE] = "192.0.2.1#";

	(void)state;
	make(4, "52 08 02 02 ffff 01 02 0a0b");
	buffer.record.side = DS_SIDE_RELAY;
	buffer.record.v4.giaddr = htobe32(0xc0000201);
	assert_circuit(NULL, true, "192.0.2.1#0a0b");
	assert_circuit("access1", true, "access1"); /* this box is the relay: what it saw itself is better */

	make(4, "52 ff 01 fd ab*253");
	buffer.record.side = DS_SIDE_RELAY;
	buffer.record.v4.giaddr = htobe32(0xc0000201);
	for (size_t i = 0; i < 253; i++)
		memcpy(expected + strlen("192.0.2.1#") + 2 * i, "ab", 3);
	assert_circuit(NULL, true, expected);
}

static void what_a_relay_of_dhcpv6_says(void **state)
{
	(void)state;
	make(6, "0012 0003 706f72");
	buffer.record.side = DS_SIDE_RELAY;
	buffer.record.destination[0] = 0xfe;
	buffer.record.destination[1] = 0x80;
	assert_circuit(NULL, true, "fe80::#706f72");
	buffer.record.v6.link_address[0] = 0x20;
	buffer.record.v6.link_address[1] = 0x01;
	assert_circuit(NULL, true, "2001::#706f72");
}

static void a_relay_that_says_nothing(void **state)
{
	static const char *const options[] = {"", "52 00", "52 03 01 05 0a", "52 04 02 02 0a0b", "52 02 01 00"};

	(void)state;
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		make(4, options[i]);
		buffer.record.side = DS_SIDE_RELAY;
		buffer.record.v4.giaddr = htobe32(0xc0000201);
		assert_circuit(NULL, true, "192.0.2.1#");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_the_client_asked),    cmocka_unit_test(else_where_it_was_seen),
		cmocka_unit_test(what_the_relay_says),       cmocka_unit_test(what_a_relay_of_dhcpv6_says),
		cmocka_unit_test(a_relay_that_says_nothing),
	};

	return cmocka_run_group_tests_name("dhcp/circuit", tests, NULL, NULL);
}
