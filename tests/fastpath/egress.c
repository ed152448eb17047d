/* SPDX-License-Identifier: BSD-2-Clause */
/* What does the gateway itself send? Its own server's and relay's replies are records; what it forwards is not. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "support.h"

#define TC_NEXT ((int)-1)

/* Runs a frame through the egress program of the access port. Returns under how many reasons it was counted. */
static unsigned send_out(struct bench *bench, struct packet *packet, unsigned from, struct verdict *verdict)
{
	seal(packet);
	assert_int_equal(fastpath_run_egress(bench->fastpath, (unsigned)bench->access, from,
					     (struct bytes){packet->data, packet->size}, verdict),
			 0);
	assert_int_equal(verdict->action, TC_NEXT);
	bench->records = 0;
	fastpath_drain(bench->fastpath);
	return verdict->counted;
}

static void expect_sent(struct bench *bench, struct packet *packet, enum ds_reason reason)
{
	struct verdict verdict;

	assert_int_equal(send_out(bench, packet, 0, &verdict), 1);
	assert_string_equal(reason_word(verdict.reason), reason_word(reason));
	assert_int_equal(bench->records, reason == DS_REASON_captured);
}

static void test_own_server_is_believed(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	assert_int_equal(fastpath_set(bench->fastpath, "down", DS_ROLE_ACCESS, DS_MODE_ENFORCE), 0);
	add_dhcp4(&packet, 2, 5);
	add_option4(&packet, 147, "\4dots\0", 6);
	expect_sent(bench, &packet, DS_REASON_captured);
	assert_int_equal(bench->record.direction, DS_EGRESS);
	assert_int_equal(bench->record.side, DS_SIDE_CLIENT);
	assert_int_equal(bench->record.seen.ifindex, 2);
	assert_int_equal(bench->record.options_length, 3 + 8);
	add_dhcp6(&packet, 7);
	expect_sent(bench, &packet, DS_REASON_captured);
	assert_int_equal(bench->record.direction, DS_EGRESS);
	assert_int_equal(fastpath_set(bench->fastpath, "down", DS_ROLE_ACCESS, DS_MODE_OBSERVE), 0);
}

/* What comes in is an ingress record still. */
static void test_directions_are_told_apart(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 2, 5);
	expect_sent(bench, &packet, DS_REASON_captured);
	bench_capture(bench, &packet);
	assert_int_equal(bench->record.direction, DS_INGRESS);
}

/* It was seen, and judged, where it came in. */
static void test_forwarded_frames_are_left_alone(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	struct verdict verdict;

	add_dhcp4(&packet, 2, 5);
	assert_int_equal(send_out(bench, &packet, 7, &verdict), 0);
	assert_int_equal(bench->records, 0);
}

static void test_what_is_not_dhcp_is_not_counted(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	struct verdict verdict;

	add_ethernet(&packet, ETH_P_IP);
	add_ipv4(&packet, IPPROTO_TCP);
	add(&packet, NULL, 20);
	assert_int_equal(send_out(bench, &packet, 0, &verdict), 0);
	add_dhcp4(&packet, 2, 5);
	put16(packet.data + packet.udp + 2, 53);
	assert_int_equal(send_out(bench, &packet, 0, &verdict), 0);
}

/* The gateway's relay towards its server: nothing is noted, and what a client gives back was heard where it came in. */
static void test_relayed_requests(void **state)
{
	static const uint8_t types[] = {1, 3, 7};
	struct bench *bench = *state;
	struct packet packet, reply;

	for (size_t i = 0; i < sizeof types; i++) {
		add_dhcp4(&packet, 1, types[i]);
		put32(packet.data + packet.message + 4, 0xe6e6e6e6);
		packet.data[packet.message + 24] = 10; /* giaddr */
		expect_sent(bench, &packet, DS_REASON_dhcp_request);
	}
	add_dhcp4(&reply, 2, 5);
	put32(reply.data + reply.message + 4, 0xe6e6e6e6);
	bench_capture(bench, &reply);
	assert_int_equal(bench->record.asked.ifindex, 0);
}

/* The gateway's relay to its client: where that asked is told, as for what comes in. */
static void test_asked_on_this_port(void **state)
{
	struct bench *bench = *state;
	struct packet request, reply;

	add_dhcp4(&request, 1, 3);
	put32(request.data + request.message + 4, 0xe7e7e7e7);
	seal(&request);
	bench_expect(bench, bench->access, &request, XDP_PASS, DS_REASON_dhcp_request);
	add_dhcp4(&reply, 2, 5);
	put32(reply.data + reply.message + 4, 0xe7e7e7e7);
	reply.data[reply.message + 24] = 10;
	expect_sent(bench, &reply, DS_REASON_captured);
	assert_int_equal(bench->record.asked.ifindex, 2);
	assert_int_equal(bench->record.side, DS_SIDE_CLIENT);
}

static void test_tags_in_the_frame(void **state)
{
	static const uint8_t tag[] = {0x81, 0x00, 0x00, 0x64};
	struct bench *bench = *state;
	struct packet packet, tagged;

	add_dhcp4(&packet, 2, 5);
	seal(&packet);
	tagged = packet;
	memcpy(tagged.data + 12, tag, sizeof tag);
	memcpy(tagged.data + 16, packet.data + 12, packet.size - 12);
	tagged.size += sizeof tag;
	tagged.ip += sizeof tag;
	tagged.udp += sizeof tag;
	expect_sent(bench, &tagged, DS_REASON_captured);
	assert_int_equal(bench->record.seen.tag_count, 1);
	assert_int_equal(bench->record.seen.tags[0], 100);
}

static void test_extension_headers(void **state)
{
	static const uint8_t options[] = {IPPROTO_UDP, 0, 1, 4, 0, 0, 0, 0};
	struct bench *bench = *state;
	struct packet packet;

	add_ethernet(&packet, ETH_P_IPV6);
	add_ipv6(&packet, IPPROTO_DSTOPTS);
	add(&packet, options, sizeof options);
	add_udp(&packet, 547, 546);
	put32(add(&packet, NULL, 4), 7U << 24 | 0xabcdef);
	expect_sent(bench, &packet, DS_REASON_captured);
	assert_int_equal(bench->record.type, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_server_is_believed),
		cmocka_unit_test(test_directions_are_told_apart),
		cmocka_unit_test(test_forwarded_frames_are_left_alone),
		cmocka_unit_test(test_what_is_not_dhcp_is_not_counted),
		cmocka_unit_test(test_relayed_requests),
		cmocka_unit_test(test_asked_on_this_port),
		cmocka_unit_test(test_tags_in_the_frame),
		cmocka_unit_test(test_extension_headers),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
