/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring is full: is exactly that missing which was counted as lost, and does it come with the next repetition? The
 * agent stands still meanwhile (SIGSTOP), so that what came first is what the ring holds.
 */
#include <signal.h>

#include "held.h"
#include "stage.h"

#define SUBSCRIBERS 180000 /* more than the ring has room for */

static struct stage stage;
static struct story story;

static void set_bound(uint32_t first, bool bound)
{
	for (uint32_t number = first; number <= SUBSCRIBERS; number++)
		story.subscribers[number].bound = bound;
}

static void test_lost_is_what_is_missing(void **state)
{
	uint64_t lost;

	(void)state;
	story_open(&story, SUBSCRIBERS, 0);
	stage_start(&stage);
	kill(stage.agent.pid, SIGSTOP);
	stage_bind(&stage, &story, 1, SUBSCRIBERS);
	assert_true(wire_settle(&stage.wire));
	kill(stage.agent.pid, SIGCONT);
	stage_calm(&stage);

	struct ds_counters counters = stage_counts(&stage);
	print_message("#: of %u replies %llu were lost\n", SUBSCRIBERS, counters.lost);
	assert_in_range(counters.lost, 1, SUBSCRIBERS - 1);
	assert_int_equal(counters.captured + counters.lost, SUBSCRIBERS);
	assert_true(agent_metric("dotsnoop_ring_lost_total", &lost));
	assert_int_equal(lost, counters.lost);
	set_bound((uint32_t)counters.captured + 1, false);
	assert_true(held_is(&stage.agent, &story));
}

static void test_the_next_repetition_brings_it(void **state)
{
	struct ds_counters before = stage_counts(&stage);

	(void)state;
	set_bound(1, true);
	uint64_t came = stage_renew(&stage, &story);
	assert_int_equal(stage_counts(&stage).lost, before.lost);
	assert_in_range(came, before.lost, SUBSCRIBERS);
	assert_true(held_is(&stage.agent, &story));
	stage_expect_settled(&stage, &story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost_is_what_is_missing),
		cmocka_unit_test(test_the_next_repetition_brings_it),
	};

	if (!stage_open(&stage, SUBSCRIBERS))
		return 1;
	int failed = cmocka_run_group_tests_name("overflow", tests, NULL, NULL);
	stage_close(&stage);
	story_close(&story);
	return failed;
}
