/* SPDX-License-Identifier: BSD-2-Clause */
/* Reloaded fifty times under load: is anything lost, or held otherwise than it was told? */
#include <signal.h>
#include <unistd.h>

#include "../bench/veth.h"
#include "held.h"
#include "stage.h"
#include "teller.h"

#define RELOADS 50
#define SUBSCRIBERS 20000
#define RATE 10000
#define SEED 20260102
#define PAUSE_US 20000

#define OTHER_SENDER "dsfault2"
#define OTHER_PORT "dsfault3"

static struct stage stage;
static struct story story;

/* With another port, or without it again: that it was done can be seen. */
static void reload(unsigned number)
{
	const char *const ports[] = {STAGE_PORT, number % 2 ? OTHER_PORT : NULL, NULL};

	assert_true(agent_configure_ports(&stage.agent, ports, SUBSCRIBERS));
	kill(stage.agent.pid, SIGHUP);
	assert_true(stage_await("dotsnoop_xdp_attached", 1 + number % 2));
	stage_catch_up(&stage);
}

static void test_reloaded(void **state)
{
	struct teller teller;

	(void)state;
	story_open(&story, SUBSCRIBERS, SEED);
	stage_start(&stage);
	teller_start(&teller, &story, &stage.wire, RATE);
	for (unsigned number = 1; number <= RELOADS; number++) {
		reload(number);
		usleep(PAUSE_US);
	}
	teller_stop(&teller);
	stage_calm(&stage);

	struct ds_counters counters = stage_counts(&stage);
	print_message("#: %u reloads; %u messages, %llu records, %llu settled\n", RELOADS, atomic_load(&teller.told),
		      counters.captured, counters.settled);
	assert_int_equal(counters.lost, 0);
	assert_int_equal(counters.captured + counters.settled, stage.wire.sent);
	assert_true(held_is(&stage.agent, &story));
	stage_expect_settled(&stage, &story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_reloaded)};

	if (!stage_open(&stage, SUBSCRIBERS) || !veth_pair(OTHER_SENDER, OTHER_PORT))
		return 1;
	int failed = cmocka_run_group_tests_name("reloaded", tests, NULL, NULL);
	stage_close(&stage);
	story_close(&story);
	return failed;
}
