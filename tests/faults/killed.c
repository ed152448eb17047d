/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Killed a hundred times at any moment, under load: does the agent hold exactly what was told in the end? Programs and
 * ring go on while it is away, and what it did not consume its successor reads again.
 */
#include <stdlib.h>
#include <unistd.h>

#include "held.h"
#include "stage.h"
#include "teller.h"

#define KILLS 100
#define SUBSCRIBERS 30000
#define RATE 20000
#define SEED 20260101

static struct stage stage;
static struct story story;

/*
 * A third of the agents die while they start, a third soon after, a third have time to live.
 */
static void live(uint32_t round)
{
	static const uint32_t most[] = {40000, 150000, 500000};
	static unsigned random = SEED;

	usleep(1000 + (uint32_t)rand_r(&random) % most[round % 3]);
	stage_catch_up(&stage);
}

static void test_killed(void **state)
{
	struct teller teller;

	(void)state;
	story_open(&story, SUBSCRIBERS, SEED);
	stage_start(&stage);
	teller_start(&teller, &story, &stage.wire, RATE);
	for (uint32_t round = 0; round < KILLS; round++) {
		live(round);
		agent_kill(&stage.agent);
		assert_true(agent_launch(&stage.agent));
	}
	agent_kill(&stage.agent);
	teller_stop(&teller);
	stage_start(&stage);
	stage_calm(&stage);

	struct ds_counters counters = stage_counts(&stage);
	print_message(
		"#: %u agents killed, %u before they had restored; %u messages, %llu records, %llu settled, %u bound\n",
		KILLS + 1, KILLS + 1 - stage_said(&stage, "store-restored"), atomic_load(&teller.told),
		counters.captured, counters.settled, story_bound(&story));
	assert_int_equal(counters.lost, 0);
	assert_int_equal(counters.captured + counters.settled, stage.wire.sent);
	assert_true(held_is(&stage.agent, &story));
	assert_int_equal(stage_said(&stage, "store-set-aside"), 0);
	assert_int_equal(stage_said(&stage, "store-refused"), 0);
}

static void test_settled_afterwards(void **state)
{
	(void)state;
	stage_expect_settled(&stage, &story);
	assert_true(held_is(&stage.agent, &story));
}

/* What the kernel kept to itself counts, too: each lease ends by its last renewal. */
static void test_stopped_in_order(void **state)
{
	(void)state;
	stage_close(&stage);
	assert_true(agent_start(&stage.agent));
	assert_true(held_since(&stage.agent, &story));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_settled_afterwards),
		cmocka_unit_test(test_stopped_in_order),
	};

	if (!stage_open(&stage, SUBSCRIBERS))
		return 1;
	int failed = cmocka_run_group_tests_name("killed", tests, NULL, NULL);
	stage_close(&stage);
	story_close(&story);
	return failed;
}
