/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a message shown as the objects "record" and "offer" promise? */
#include <stdlib.h>

#include "../unit.h"
#include "../dhcp/record.h"
#include "serve/json.h"
#include "serve/record.h"

static union record_buffer buffer;
static struct dhcp_message message;

/* Takes the value. */
static void assert_json(json_t *value, const char *expected)
{
	char *text = json_dumps(value, JSON_STYLE | JSON_ENCODE_ANY);

	assert_string_equal(text, expected);
	free(text);
	json_decref(value);
}

static void decode(void)
{
	assert_int_equal(message_decode(record_bytes(&buffer), &message), 0);
}

static void test_ack(void **state)
{
	(void)state;
	record_make(&buffer, DS_FAMILY_V4, DHCP4_ACK,
		    "350105 3604c0000235 330400000e10 0604c0000235 0f0b 6578616d706c652e6e6574");
	buffer.record.seen = (struct ds_circuit){.tags = {100, 200}, .tag_count = 2};
	decode();
	assert_json(record_json(&message),
		    "{\"family\":4,\"type\":\"ack\",\"side\":\"client\",\"tags\":[100,200],\"pppoe\":null,"
		    "\"client\":{\"hw\":\"02:00:00:00:00:01\",\"id\":null},\"xid\":\"0x12345678\","
		    "\"addresses\":[{\"address\":\"10.0.0.5\",\"lifetime\":3600}],\"prefixes\":[],"
		    "\"server\":\"192.0.2.53\",\"server_id\":null,\"relay\":null,\"resolvers\":[\"192.0.2.53\"],"
		    "\"domain\":\"example.net\",\"domains\":[\"example.net\"]}");
	assert_json(offer_json(&message.offer), "null");
}

static void test_relayed_ack(void **state)
{
	(void)state;
	record_make(&buffer, DS_FAMILY_V4, DHCP4_ACK, "350105 3304ffffffff 5209 01020a0b 020372656d");
	buffer.record.side = DS_SIDE_RELAY;
	buffer.record.v4.giaddr = htobe32(0x0a090909);
	buffer.record.v4.hops = 2;
	buffer.record.seen.pppoe = 7;
	buffer.record.flags = DS_RECORD_OVERRUN;
	decode();
	assert_json(record_json(&message),
		    "{\"family\":4,\"type\":\"ack\",\"side\":\"relay\",\"tags\":[],\"pppoe\":7,"
		    "\"client\":{\"hw\":\"02:00:00:00:00:01\",\"id\":null},\"xid\":\"0x12345678\","
		    "\"addresses\":[{\"address\":\"10.0.0.5\",\"lifetime\":null,\"infinite\":true}],\"prefixes\":[],"
		    "\"server\":null,\"server_id\":null,\"relay\":{\"address\":\"10.9.9.9\",\"circuit_id\":\"0a0b\","
		    "\"remote_id\":\"72656d\","
		    "\"hops\":2},\"resolvers\":[],\"domain\":null,\"domains\":[],\"overrun\":true}");
}

static void test_relay_says_nothing(void **state)
{
	(void)state;
	record_make(&buffer, DS_FAMILY_V4, DHCP4_NAK, "350106");
	buffer.record.v4.giaddr = htobe32(0x0a090909);
	decode();
	json_t *object = record_json(&message);
	assert_json(json_incref(json_object_get(object, "relay")),
		    "{\"address\":\"10.9.9.9\",\"circuit_id\":null,\"remote_id\":null,\"hops\":0}");
	json_decref(object);
}

static void test_reply(void **state)
{
	(void)state;
	record_make(&buffer, DS_FAMILY_V6, DHCP6_REPLY,
		    "0001000a 00030001020000000001 0002000a 00030001020000000053 "
		    "00030028 000000010000000000000000 00050018 20010db8000000000000000000000005 00000e10 00001c20 "
		    "00190029 000000010000000000000000 001a0019 00000e10 ffffffff 38 20010db8000001000000000000000000");
	buffer.record.v6.relays = 1;
	decode();
	assert_json(record_json(&message),
		    "{\"family\":6,\"type\":\"reply\",\"side\":\"client\",\"tags\":[],\"pppoe\":null,"
		    "\"client\":{\"hw\":\"02:00:00:00:00:01\",\"id\":\"00030001020000000001\"},\"xid\":\"0x123456\","
		    "\"addresses\":[{\"address\":\"2001:db8::5\",\"lifetime\":7200}],"
		    "\"prefixes\":[{\"prefix\":\"2001:db8:0:100::/56\",\"lifetime\":null,\"infinite\":true}],"
		    "\"server\":\"fe80::53\",\"server_id\":\"00030001020000000053\",\"relay\":{\"address\":null,"
		    "\"circuit_id\":null,\"remote_id\":null,"
		    "\"hops\":1},"
		    "\"resolvers\":[],\"domain\":null,\"domains\":[]}");
}

static void test_offer(void **state)
{
	(void)state;
	record_make(&buffer, DS_FAMILY_V4, DHCP4_ACK,
		    "9312 04646f7473076578616d706c6503636f6d00 9408 7f000001 c0000201");
	decode();
	assert_json(offer_json(&message.offer), "{\"name\":\"dots.example.com\",\"addresses\":[\"192.0.2.1\"],"
						"\"discarded\":[{\"value\":\"127.0.0.1\",\"reason\":\"loopback\"}]}");
}

static void test_offer_of_nothing_valid(void **state)
{
	(void)state;
	record_make(&buffer, DS_FAMILY_V4, DHCP4_ACK, "9304 646f7473");
	decode();
	assert_json(offer_json(&message.offer), "{\"name\":null,\"addresses\":[],"
						"\"discarded\":[{\"value\":\"646f7473\",\"reason\":\"name-ascii\"}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ack),
		cmocka_unit_test(test_relayed_ack),
		cmocka_unit_test(test_relay_says_nothing),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_offer),
		cmocka_unit_test(test_offer_of_nothing_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
