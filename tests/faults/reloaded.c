/* SPDX-License-Identifier: BSD-2-Clause */
/* Reloaded fifty times under load: is anything lost, or held otherwise than it was told? */
#include <signal.h>
#include <unistd.h>

#include "../bench/veth.h"
#include "base/cleanup.h"
#include "held.h"
#include "stage.h"
#include "teller.h"

#define RELOADS 50
#define SUBSCRIBERS 20000
#define RATE 10000
#define SEED 20260102
#define PAUSE_US 20000
#define LOOK_US 2000
#define LOOKS 10000

#define OTHER_SENDER "dsfault2"
#define OTHER_PORT "dsfault3"
#define OTHER_EVERY 5 /* reloads */

static struct stage stage;
static struct story story;

static bool is_told(const char *text)
{
	AUTO_FREE char *status = agent_ask(&stage.agent, "/v1/status");

	return status && strstr(status, text);
}

/* The mode changes each time, and a port comes or goes every so often: that it was done can be seen. */
static void reload(unsigned number)
{
	bool enforce = number % 2, other = number / OTHER_EVERY % 2;
	const char *const ports[] = {STAGE_PORT, other ? OTHER_PORT : NULL, NULL};
	unsigned looks = LOOKS;

	assert_true(agent_configure_ports(&stage.agent, ports, SUBSCRIBERS) &&
		    agent_configure_line(&stage.agent, enforce ? "mode: enforce" : "mode: observe"));
	kill(stage.agent.pid, SIGHUP);
	while ((is_told("\"enforce\"") != enforce || is_told(OTHER_PORT) != other) && --looks)
		usleep(LOOK_US);
	assert_int_not_equal(looks, 0);
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
