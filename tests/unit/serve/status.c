/* SPDX-License-Identifier: BSD-2-Clause */
/* Do status and ports say how the agent stands? */
#include <stdlib.h>

#include "serve/json.h"
#include "serve/status.h"
#include "snapshot.h"

/* Takes the value. */
static void assert_json(json_t *value, const char *expected)
{
	char *text = json_dumps(value, JSON_STYLE);

	assert_string_equal(text, expected);
	free(text);
	json_decref(value);
}

static void test_status(void **state)
{
	(void)state;
	assert_json(
		status_json(snapshot_example()),
		"{\"version\":\"1.2.3\",\"uptime\":93784,\"ports\":["
		"{\"name\":\"eth0\",\"ifindex\":3,\"role\":\"uplink\",\"mode\":\"observe\",\"attached\":\"native\","
		"\"dispatcher\":true,\"egress\":\"tcx\",\"vlan_stripping\":false},"
		"{\"name\":\"a\\\"\\\\092<b>\\\\255\\\\010\",\"ifindex\":4,\"role\":\"access\",\"mode\":\"enforce\","
		"\"attached\":\"generic\",\"dispatcher\":false,\"egress\":\"none\",\"vlan_stripping\":false}],"
		"\"ring\":{\"size\":1048576,\"used\":4096,\"lost\":2},"
		"\"tables\":{\"bindings\":12,\"circuits\":4,\"offers\":3,\"peersets\":4,\"peers\":6},"
		"\"proofs\":{\"enabled\":true,\"in_flight\":5,\"waiting\":14,\"proven\":3,\"refused\":4,"
		"\"unreachable\":0},"
		"\"store\":{\"state\":\"behind\",\"commits\":70,\"failures\":9,\"pending\":65536,\"size\":16777216,"
		"\"restored\":30,\"expired\":5,\"refused\":1}}");
}

static void test_without_store(void **state)
{
	struct snapshot snapshot = *snapshot_example();

	(void)state;
	snapshot.store = (struct store_stats){0};
	json_t *status = status_json(&snapshot);
	assert_json(json_incref(json_object_get(status, "store")), "{\"state\":\"none\"}");
	json_decref(status);
}

static void test_without_proofs(void **state)
{
	struct snapshot snapshot = *snapshot_example();

	(void)state;
	snapshot.proofs = (struct snapshot_proofs){0};
	json_t *status = status_json(&snapshot);
	assert_json(json_incref(json_object_get(status, "proofs")), "{\"enabled\":false}");
	json_decref(status);
}

static void test_port(void **state)
{
	(void)state;
	assert_json(port_json(&snapshot_example()->ports[0]),
		    "{\"name\":\"eth0\",\"ifindex\":3,\"role\":\"uplink\",\"mode\":\"observe\",\"attached\":\"native\","
		    "\"dispatcher\":true,\"egress\":\"tcx\",\"vlan_stripping\":false,\"frames\":{"
		    "\"not-ip\":0,\"not-udp\":100,\"not-dhcp\":0,\"fragment-first\":0,\"fragment-later\":0,\"chain-"
		    "cut\":0,\"chain-long\":0,"
		    "\"header-unknown\":0,\"frame-short\":0,\"ip-malformed\":0,"
		    "\"udp-malformed\":0,\"dhcp-malformed\":0,\"dhcp-oversized\":0,\"dhcp-request\":0,\"dhcp-unnoted\":"
		    "0,\"dhcp-other\":0,"
		    "\"relay-deep\":0,"
		    "\"rogue\":0,\"flood\":0,\"settled\":0,\"captured\":12,\"lost\":2},\"messages\":["
		    "{\"family\":4,\"side\":\"client\",\"type\":\"ack\",\"count\":9},"
		    "{\"family\":4,\"side\":\"relay\",\"type\":\"unknown\",\"count\":4,\"number\":63},"
		    "{\"family\":6,\"side\":\"client\",\"type\":\"reply\",\"count\":9223372036854775807}]}");
}

static void test_every_reason_is_told(void **state)
{
	json_t *port = port_json(&snapshot_example()->ports[1]);
	const json_t *frames = json_object_get(port, "frames");

	(void)state;
	assert_int_equal(json_object_size(frames), DS_REASON_COUNT);
	for (unsigned reason = 0; reason < DS_REASON_COUNT; reason++)
		assert_true(json_is_integer(json_object_get(frames, reason_word(reason))));
	json_decref(port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_without_store),
		cmocka_unit_test(test_without_proofs),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_every_reason_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
