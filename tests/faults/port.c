/* SPDX-License-Identifier: BSD-2-Clause */
/* A port's device goes under load, and comes back: do bindings stay, and does what is told then arrive? */
#include <net/if.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "../bench/veth.h"
#include "held.h"
#include "stage.h"

#define SUBSCRIBERS 5000
#define ROUNDS 8
#define BURST 20
#define PAUSE_US 1000
#define GONE_US 100000

static struct stage stage;
static struct story story;

/* Renews all of them, over and over, wherever that goes; the wire that counts is the test's. */
struct noise {
	pthread_t thread;
	atomic_bool stop;
};

static void send_some(struct wire *wire, uint32_t *number)
{
	struct packet packet;

	for (unsigned i = 0; i < BURST; i++) {
		*number = *number % SUBSCRIBERS + 1;
		message_ack(&packet, *number, *number, story.subscribers[*number].told);
		if (!wire_try(wire, &packet))
			wire_reopen(wire, STAGE_SENDER);
	}
}

static void *make_noise(void *context)
{
	struct noise *noise = context;
	struct wire wire = {.socket = -1, .counters = -1};
	uint32_t number = 0;

	while (!atomic_load(&noise->stop)) {
		send_some(&wire, &number);
		usleep(PAUSE_US);
	}
	wire_close(&wire);
	return NULL;
}

static void expect_bindings(void)
{
	uint64_t bindings;

	assert_true(agent_metric("dotsnoop_bindings", &bindings));
	assert_int_equal(bindings, SUBSCRIBERS);
}

static void remove_port(void)
{
	assert_int_equal(system("ip link del " STAGE_SENDER), 0);
}

/* It is away for a while, or, every other time, replaced at once. */
static void replace_port(unsigned round)
{
	uint64_t records, before = 0;

	remove_port();
	if (round % 2 == 0) {
		assert_true(stage_await("dotsnoop_xdp_attached", 0));
		expect_bindings();
		usleep(GONE_US);
	}
	assert_true(veth_pair(STAGE_SENDER, STAGE_PORT));
	assert_true(stage_await("dotsnoop_xdp_attached", 1));
	assert_true(agent_metric("dotsnoop_ring_records_total", &before));
	for (unsigned i = 0; i < 1000 && agent_metric("dotsnoop_ring_records_total", &records) && records <= before;
	     i++)
		usleep(10000);
	assert_true(records > before);
	expect_bindings();
}

static void test_goes_and_comes(void **state)
{
	struct noise noise = {.stop = false};

	(void)state;
	story_open(&story, SUBSCRIBERS, 0);
	stage_start(&stage);
	stage_bind(&stage, &story, 1, SUBSCRIBERS);
	stage_calm(&stage);
	assert_int_equal(pthread_create(&noise.thread, NULL, make_noise, &noise), 0);
	for (unsigned round = 0; round < ROUNDS; round++)
		replace_port(round);
	atomic_store(&noise.stop, true);
	pthread_join(noise.thread, NULL);
	assert_int_equal(stage_said(&stage, "port-gone"), ROUNDS);

	wire_close(&stage.wire);
	assert_true(wire_open(&stage.wire, STAGE_SENDER));
	stage_expect_settled(&stage, &story);
	assert_true(held_is(&stage.agent, &story));
	assert_int_equal(stage_counts(&stage).lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_goes_and_comes)};

	if (!stage_open(&stage, SUBSCRIBERS))
		return 1;
	int failed = cmocka_run_group_tests_name("port", tests, NULL, NULL);
	stage_close(&stage);
	story_close(&story);
	return failed;
}
