/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends DHCP ACKs and other frames out of a device as fast as one core can (generator.h): for whoever measures on real
 * network cards.
 *
 *   build/tests/bench/generate DEVICE [MILLIONS [ACK_EVERY]]
 *
 * MILLIONS of frames (10), of which each ACK_EVERY-th is an ACK (1: all are), of 342 bytes and for a client of its own;
 * the others are 60 bytes of TCP and UDP. They leave through the device's XDP transmission: its driver has to have
 * that, and most drivers want an XDP program attached to the device for it. Never point it at a network that is not
 * yours.
 *
 * Without a DEVICE nothing is sent: it tells, as TAP, whether the frames are what is said here.
 */
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include "../fastpath/support.h"
#include "generator.h"

#define MILLION 1000000U

static int send_frames(const char *device, uint32_t millions, uint32_t ack_every)
{
	struct generator *generator;
	unsigned ifindex = if_nametoindex(device);
	int result = generator_new(ack_every, &generator);

	if (result || !ifindex) {
		fprintf(stderr, "%s: %s\n", device, ifindex ? strerror(-result) : "there is no such device");
		return EXIT_FAILURE;
	}
	for (uint32_t sent = 0; !result && sent < millions; sent++) {
		uint64_t took;
		result = generator_send(generator, ifindex, MILLION, &took);
		if (!result)
			fprintf(stderr, "%" PRIu64 " frames, %" PRIu64 " ACKs, %.2f million a second\n",
				generator_frames(generator), generator_acks(generator), 1e3 * MILLION / (double)took);
	}
	if (result)
		fprintf(stderr, "%s: %s\n", device, strerror(-result));
	generator_free(generator);
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* --- Are the frames what is said? --- */

#define ACK_EVERY 7
#define FRAMES_CHECKED 100

/* The next frame, through the real program: the reason under which it is counted. */
static enum ds_reason make_and_run(struct generator *generator, struct bench *bench)
{
	struct packet packet;
	int size = generator_make(generator, packet.data);

	assert_true(size == GENERATOR_ACK_SIZE || size == GENERATOR_FRAME_MAX || size == GENERATOR_PLAIN_SIZE);
	packet.size = (size_t)size;
	return bench_run(bench, bench->uplink, &packet).reason;
}

static struct generator *open_generator(uint32_t ack_every)
{
	struct generator *generator = NULL;

	assert_int_equal(generator_new(ack_every, &generator), 0);
	return generator;
}

static void test_each_ack_is_another_clients(void **state)
{
	struct bench *bench = *state;
	struct generator *generator = open_generator(1);

	for (uint32_t number = 1; number <= FRAMES_CHECKED; number++) {
		const struct ds_bootp *bootp = &bench->record.v4;
		size_t size;
		assert_int_equal(make_and_run(generator, bench), DS_REASON_captured);
		assert_int_equal(bench->record.type, 5);
		assert_int_equal(be32toh(bootp->xid), number);
		assert_int_equal(be32toh(bootp->yiaddr), 10 << 24 | number);
		assert_memory_equal(bootp->chaddr + 2, &bootp->xid, 4);
		assert_non_null(record_option4(bench, 147, &size));
		assert_non_null(record_option4(bench, 148, &size));
	}
	assert_int_equal(generator_acks(generator), FRAMES_CHECKED);
	generator_free(generator);
}

static void test_acks_among_others(void **state)
{
	struct bench *bench = *state;
	struct generator *generator = open_generator(ACK_EVERY);
	unsigned acks = 0, tcp = 0, udp = 0;

	for (unsigned i = 1; i <= FRAMES_CHECKED; i++) {
		enum ds_reason reason = make_and_run(generator, bench);
		assert_int_equal(reason == DS_REASON_captured, i % ACK_EVERY == 0);
		acks += reason == DS_REASON_captured;
		tcp += reason == DS_REASON_not_udp;
		udp += reason == DS_REASON_not_dhcp;
	}
	assert_int_equal(acks + tcp + udp, FRAMES_CHECKED);
	assert_true(tcp > FRAMES_CHECKED / 3);
	assert_true(udp > FRAMES_CHECKED / 3);
	assert_int_equal(generator_acks(generator), acks);
	assert_int_equal(generator_frames(generator), FRAMES_CHECKED);
	generator_free(generator);
}

/* Each with a place of its own, and the same again when they are sent again. */
static void test_subscribers_have_circuits(void **state)
{
	struct bench *bench = *state;
	struct generator *generator = NULL;

	assert_int_equal(generator_new_subscribers(&generator), 0);
	for (unsigned pass = 0; pass < 2; pass++) {
		generator_go_to(generator, GENERATOR_TAGS - 3);
		for (uint32_t client = GENERATOR_TAGS - 3; client <= GENERATOR_TAGS + 3; client++) {
			const struct ds_circuit *seen = &bench->record.seen;
			assert_int_equal(make_and_run(generator, bench), DS_REASON_captured);
			assert_int_equal(be32toh(bench->record.v4.xid), client);
			assert_int_equal(seen->tag_count, 2);
			assert_int_equal(seen->tags[0], 1 + client / GENERATOR_TAGS);
			assert_int_equal(seen->tags[1], 1 + client % GENERATOR_TAGS);
		}
	}
	generator_free(generator);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_ack_is_another_clients),
		cmocka_unit_test(test_subscribers_have_circuits),
		cmocka_unit_test(test_acks_among_others),
	};

	if (argc > 1)
		return send_frames(argv[1], argc > 2 ? (uint32_t)atoi(argv[2]) : 10,
				   argc > 3 ? (uint32_t)atoi(argv[3]) : 1);
	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
