/* SPDX-License-Identifier: BSD-2-Clause */
/* Which replies stay in the kernel? Repetitions of what was settled, and nothing that differs from it in any octet. */
#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <endian.h>

#include "base/clock.h"
#include "dotsnoop.skel.h"
#include "fastpath/internal.h"
#include "support.h"

#define XID 0x51515151

/* An ACK with both DOTS options; its last option is 8 octets of no interest. */
static void make_ack(struct packet *packet)
{
	add_dhcp4(packet, 2, 5);
	add_option4(packet, 51, "\0\0\x0e\x10", 4);
	add_option4(packet, 54, "\xc0\0\2\1", 4);
	add_option4(packet, 147, "\4dots\7example\0", 14);
	add_option4(packet, 148, "\xc0\0\2\x10", 4);
	add_option4(packet, 43, "vendorxx", 8);
	seal(packet);
}

/* A Reply inside as many Relay-replies. */
static void make_reply(struct packet *packet, unsigned relays)
{
	struct packet inner;

	add_dhcp6(&inner, 7);
	add_option6(&inner, 1, "\0\3\0\1\2\0\0\0\0\1", 10);
	add_option6(&inner, 141, "\4dots\7example\0", 14);
	add_dhcp6(packet, relays ? 13 : 7);
	packet->size = packet->message;
	size_t size = inner.size - inner.message;
	for (unsigned i = relays; i > 0; i--) {
		uint8_t *relay = add(packet, NULL, 38);
		relay[0] = 13;
		relay[1] = (uint8_t)(i - 1);
		inet_pton(AF_INET6, "fe80::50", relay + 18);
		put16(relay + 34, 9);
		put16(relay + 36, (uint16_t)(size + 38 * (i - 1)));
	}
	add(packet, inner.data + inner.message, size);
	seal(packet);
}

static void settle_record(struct bench *bench, const struct ds_record *record, bool again)
{
	const struct settling reply = {record->settle_key, record->digest, again};

	assert_int_equal(fastpath_settle(bench->fastpath, &reply, 1), 1);
}

static void settle(struct bench *bench, const struct packet *packet)
{
	bench_expect(bench, bench->uplink, packet, XDP_PASS, DS_REASON_captured);
	settle_record(bench, &bench->record, false);
	bench_expect(bench, bench->uplink, packet, XDP_PASS, DS_REASON_settled);
}

static void expect_up(struct bench *bench, const struct packet *packet)
{
	bench_expect(bench, bench->uplink, packet, XDP_PASS, DS_REASON_captured);
}

/* A renewal: another transaction, another time, the same answer. */
static void test_renewal_is_settled(void **state)
{
	struct bench *bench = *state;
	struct packet packet;
	struct ds_messages before, after;

	make_ack(&packet);
	settle(bench, &packet);
	assert_int_equal(fastpath_messages(bench->fastpath, (unsigned)bench->uplink, &before), 0);
	put32(packet.data + packet.message + 4, XID);
	put16(packet.data + packet.message + 8, 7); /* secs */
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_settled);
	assert_int_equal(fastpath_messages(bench->fastpath, (unsigned)bench->uplink, &after), 0);
	assert_int_equal(after.v4[DS_SIDE_CLIENT][5], before.v4[DS_SIDE_CLIENT][5] + 1);
}

static void test_its_time_is_noted(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	make_ack(&packet);
	expect_up(bench, &packet);
	uint64_t key = bench->record.settle_key, digest = bench->record.digest;
	assert_int_equal(fastpath_repeated(bench->fastpath, key, digest), 0); /* it is not settled */
	settle_record(bench, &bench->record, false);
	assert_int_equal(fastpath_repeated(bench->fastpath, key, digest), 0); /* it was not repeated */

	uint64_t earliest = clock_boot() - NS_PER_SECOND / 10; /* the clock is a coarse one */
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_settled);
	uint64_t repeated = fastpath_repeated(bench->fastpath, key, digest);
	assert_in_range(repeated, earliest, clock_boot());
	assert_int_equal(fastpath_repeated(bench->fastpath, key, digest + 1), 0);
}

/* Runs the frame with each octet of [from, to) changed. Is it a repetition still? */
static void expect_each_octet(struct bench *bench, struct packet *packet, size_t from, size_t to, bool repetition)
{
	for (size_t at = from; at < to; at++) {
		packet->data[at] ^= 0x55;
		struct verdict verdict = bench_run(bench, bench->uplink, packet);
		if ((verdict.reason == DS_REASON_settled) != repetition)
			fail_msg("octet %zu of the frame: %s", at, reason_word(verdict.reason));
		packet->data[at] ^= 0x55;
	}
	bench_expect(bench, bench->uplink, packet, XDP_PASS, DS_REASON_settled);
}

static void test_each_octet_of_an_ack(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	make_ack(&packet);
	settle(bench, &packet);
	expect_each_octet(bench, &packet, 0, 12, true);                                   /* MAC addresses */
	expect_each_octet(bench, &packet, packet.ip + 12, packet.ip + 20, false);         /* IP addresses */
	expect_each_octet(bench, &packet, packet.message, packet.message + 4, false);     /* op to hops */
	expect_each_octet(bench, &packet, packet.message + 4, packet.message + 10, true); /* xid, secs */
	expect_each_octet(bench, &packet, packet.message + 10, packet.size, false);
}

static void test_each_octet_of_a_reply(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	for (unsigned relays = 0; relays <= 3; relays++) {
		make_reply(&packet, relays);
		settle(bench, &packet);
		size_t xid = packet.message + 38 * relays + 1;
		expect_each_octet(bench, &packet, packet.message, xid, false);
		expect_each_octet(bench, &packet, xid, xid + 3, true);
		expect_each_octet(bench, &packet, xid + 3, packet.size, false);
	}
}

/* One that is longer or shorter, be it by zeros, is another one. */
static void test_length_matters(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	make_ack(&packet);
	settle(bench, &packet);
	for (size_t more = 1; more <= 130; more++) {
		struct packet longer = packet;
		add(&longer, NULL, more);
		seal(&longer);
		expect_up(bench, &longer);
	}
}

/* Where the client asked, and for what, is no part of the reply, and matters. */
static void test_client_that_moves(void **state)
{
	struct bench *bench = *state;
	struct packet request, reply;

	add_dhcp4(&request, 1, 3);
	put32(request.data + request.message + 4, XID);
	seal(&request);
	make_ack(&reply);
	settle(bench, &reply); /* nobody asked */
	put32(reply.data + reply.message + 4, XID);
	bench_expect(bench, bench->access, &request, XDP_PASS, DS_REASON_dhcp_request);
	settle(bench, &reply);

	add_option4(&request, 55, "\x93\x94", 2);
	seal(&request);
	bench_expect(bench, bench->access, &request, XDP_PASS, DS_REASON_dhcp_request);
	settle(bench, &reply);
	/* What was settled first was replaced: back to it is a change as well. */
	put32(reply.data + reply.message + 4, XID + 1);
	expect_up(bench, &reply);
}

static void test_unsettled(void **state)
{
	struct bench *bench = *state;
	struct packet v4, v6;

	make_ack(&v4);
	make_reply(&v6, 1);
	settle(bench, &v4);
	fastpath_unsettle(bench->fastpath, bench->record.settle_key + 1);
	bench_expect(bench, bench->uplink, &v4, XDP_PASS, DS_REASON_settled);
	settle(bench, &v6);
	fastpath_unsettle(bench->fastpath, bench->record.settle_key);
	expect_up(bench, &v6);
	bench_expect(bench, bench->uplink, &v4, XDP_PASS, DS_REASON_settled);
	fastpath_unsettle_all(bench->fastpath);
	expect_up(bench, &v4);
}

/* Towards a relay and from there: both are repetitions, and neither pushes the other out. */
static void test_two_on_the_way(void **state)
{
	struct bench *bench = *state;
	struct packet to_client, to_relay;

	make_ack(&to_client);
	make_ack(&to_relay);
	put16(to_relay.data + to_relay.udp + 2, 67);
	to_relay.data[to_relay.message + 24] = 10; /* giaddr */
	settle(bench, &to_relay);
	expect_up(bench, &to_client);
	settle_record(bench, &bench->record, true);
	uint64_t key = bench->record.settle_key, digest = bench->record.digest;
	bench_expect(bench, bench->uplink, &to_relay, XDP_PASS, DS_REASON_settled);
	assert_int_not_equal(fastpath_repeated(bench->fastpath, key, digest), 0); /* the other way is as good */
	assert_int_equal(fastpath_repeated(bench->fastpath, key, digest + 1), 0);
	bench_expect(bench, bench->uplink, &to_client, XDP_PASS, DS_REASON_settled);

	settle_record(bench, &bench->record, true); /* once more: it is there */
	bench_expect(bench, bench->uplink, &to_relay, XDP_PASS, DS_REASON_settled);
	settle_record(bench, &bench->record, false); /* a new one, which takes the place of both */
	expect_up(bench, &to_relay);
}

/* A refused server's repetition is rogue, whatever was settled. */
/* Clients without hardware addresses cannot be told apart in time: each of their replies comes up. */
static void test_nobody(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	make_ack(&packet);
	packet.data[packet.message + 2] = 0; /* hlen */
	memset(packet.data + packet.message + 28, 0, 16);
	seal(&packet);
	expect_up(bench, &packet);
	assert_true(bench->record.settle_key == 0 && bench->record.digest == 0);
	expect_up(bench, &packet);
}

static void test_policy_goes_first(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	make_ack(&packet);
	settle(bench, &packet);
	bench_expect(bench, bench->access, &packet, XDP_PASS, DS_REASON_rogue);
}

/* A record that was lost is not settled: its next repetition comes through. */
static void test_lost_record_comes_again(void **state)
{
	struct bench *bench = *state;
	struct packet packet, other;
	struct verdict verdict;

	make_ack(&packet);
	add_dhcp6(&other, 7);
	seal(&other);
	do { /* nobody reads the ring */
		assert_int_equal(fastpath_run(bench->fastpath, (unsigned)bench->uplink,
					      (struct bytes){other.data, other.size}, &verdict),
				 0);
	} while (verdict.reason == DS_REASON_captured);
	assert_int_equal(fastpath_run(bench->fastpath, (unsigned)bench->uplink,
				      (struct bytes){packet.data, packet.size}, &verdict),
			 0);
	assert_int_equal(verdict.reason, DS_REASON_lost);
	fastpath_drain(bench->fastpath);
	expect_up(bench, &packet);
	settle_record(bench, &bench->record, false);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_settled);
}

/* What a client gives back is never settled. */
static void test_release_is_not(void **state)
{
	struct bench *bench = *state;
	struct packet packet;

	add_dhcp4(&packet, 1, 7);
	bench_capture(bench, &packet);
	assert_int_equal(bench->record.settle_key, 0);
	assert_int_equal(fastpath_settle(bench->fastpath, &(struct settling){.digest = bench->record.digest}, 1), 0);
	bench_expect(bench, bench->uplink, &packet, XDP_PASS, DS_REASON_captured);
}

static void read_secret(const struct bench *bench, struct ds_secret *secret)
{
	__u32 zero = 0;

	assert_int_equal(
		bpf_map__lookup_elem(bench->fastpath->maps->maps.secret, &zero, sizeof zero, secret, sizeof *secret, 0),
		0);
}

/*
 * Changes a word of the message so that its digest under this secret stays what it is: what is multiplied there, (low +
 * secret low) * (high + secret high), has the same product with its factors exchanged.
 */
static void collide(struct packet *packet, size_t at, const struct ds_secret *secret)
{
	uint64_t word, key = secret->words[at / 8];

	assert_int_equal(at % 8, 0);
	memcpy(&word, packet->data + packet->message + at, sizeof word);
	uint32_t low = (uint32_t)word + (uint32_t)key, high = (uint32_t)(word >> 32) + (uint32_t)(key >> 32);
	word = (uint64_t)(low - (uint32_t)(key >> 32)) << 32 | (high - (uint32_t)key);
	memcpy(packet->data + packet->message + at, &word, sizeof word);
}

/* The 8 octets of `sname` in front of `file`: nothing but the digest looks at them. */
#define SOMEWHERE 104

/* Who knows the secret can make a reply that passes for another; who knows only that of another load, cannot. */
static void test_collision_needs_the_secret(void **state)
{
	struct bench *bench = *state;
	void *other = NULL;
	struct ds_secret ours, theirs;
	struct packet packet, forged;

	assert_int_equal(bench_open(&other), 0);
	read_secret(bench, &ours);
	read_secret(other, &theirs);
	assert_memory_not_equal(&ours, &theirs, sizeof ours);

	make_ack(&packet);
	settle(bench, &packet);
	forged = packet;
	collide(&forged, SOMEWHERE, &ours);
	assert_memory_not_equal(forged.data, packet.data, packet.size);
	bench_expect(bench, bench->uplink, &forged, XDP_PASS, DS_REASON_settled);
	forged = packet;
	collide(&forged, SOMEWHERE, &theirs);
	expect_up(bench, &forged);

	settle(other, &packet);
	bench_expect(other, ((struct bench *)other)->uplink, &forged, XDP_PASS, DS_REASON_settled);
	bench_close(&other);
}

/* No two loads, and no word of one of them, are alike. */
static void test_secret_is_random(void **state)
{
	struct ds_secret secret;

	read_secret(*state, &secret);
	for (size_t i = 0; i < DS_SECRET_WORDS; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(secret.words[i], secret.words[j]);
}

static int forget_all(void **state)
{
	struct bench *bench = *state;

	fastpath_unsettle_all(bench->fastpath);
	return 0;
}

#define settled_test(function) cmocka_unit_test_teardown(function, forget_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		settled_test(test_renewal_is_settled),
		settled_test(test_its_time_is_noted),
		settled_test(test_each_octet_of_an_ack),
		settled_test(test_each_octet_of_a_reply),
		settled_test(test_length_matters),
		settled_test(test_client_that_moves),
		settled_test(test_unsettled),
		settled_test(test_two_on_the_way),
		settled_test(test_nobody),
		settled_test(test_policy_goes_first),
		settled_test(test_lost_record_comes_again),
		settled_test(test_release_is_not),
		settled_test(test_collision_needs_the_secret),
		settled_test(test_secret_is_random),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
