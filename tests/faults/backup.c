/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An agent is killed, and its store is put back as it was some time ago, while the kernel still holds what was settled
 * since: does a successor hear of those who came in the meantime?
 */
#include <stdio.h>
#include <stdlib.h>

#include "held.h"
#include "stage.h"

#define SUBSCRIBERS 1000

static struct stage stage;
static struct story story;

/* A shell's command, to which the store is $s. */
static void run(const char *what)
{
	char store[PLACE_FOLDER_SIZE + 16], command[2 * sizeof store];

	agent_store(&stage.agent, store);
	snprintf(command, sizeof command, "s='%s'; %s", store, what);
	assert_int_equal(system(command), 0);
}

static void come(uint32_t first, uint32_t last)
{
	stage_start(&stage);
	stage_bind(&stage, &story, first, last);
	stage_calm(&stage);
	stage_expect_settled(&stage, &story);
	agent_kill(&stage.agent);
}

/* With all that was in the kernel. */
static void end(void)
{
	agent_wipe(&stage.agent);
	wire_close(&stage.wire);
	storm_let_go(&stage.ring);
	story_close(&story);
}

static void test_put_back(void **state)
{
	/* Written over the file, and as another file. */
	static const char *const ways[] = {"cat \"$s.old/data.mdb\" >\"$s/data.mdb\"",
					   "rm \"$s\"/* && cp \"$s.old\"/* \"$s\""};

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		story_open(&story, SUBSCRIBERS, 0);
		come(1, SUBSCRIBERS / 2);
		run("rm -rf \"$s.old\" && cp -r \"$s\" \"$s.old\"");
		come(SUBSCRIBERS / 2 + 1, SUBSCRIBERS);
		run(ways[i]);
		stage_start(&stage);
		assert_true(stage_await("dotsnoop_bindings", SUBSCRIBERS / 2));
		assert_int_equal(stage_renew(&stage, &story), SUBSCRIBERS);
		assert_true(held_is(&stage.agent, &story));
		stage_expect_settled(&stage, &story);
		end();
	}
}

/* The same store is believed: what it settled stays so. */
static void test_left_alone(void **state)
{
	(void)state;
	story_open(&story, SUBSCRIBERS, 0);
	come(1, SUBSCRIBERS);
	stage_start(&stage);
	assert_true(stage_await("dotsnoop_bindings", SUBSCRIBERS));
	assert_in_range(stage_renew(&stage, &story), 0, SUBSCRIBERS / 100);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_back),
		cmocka_unit_test(test_left_alone),
	};

	if (!stage_open(&stage, SUBSCRIBERS))
		return 1;
	int failed = cmocka_run_group_tests_name("backup", tests, NULL, NULL);
	stage_close(&stage);
	return failed;
}
