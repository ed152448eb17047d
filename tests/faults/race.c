/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two agents at once: does exactly one run, and does the other say why it does not, and leave everything to the first?
 * Those who share pins, and those who share nothing but the store.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../bench/veth.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "held.h"
#include "stage.h"

#define ROUNDS 20
#define SUBSCRIBERS 10
#define OTHER_SENDER "dsfault2"
#define OTHER_PORT "dsfault3"
#define DECIDED_NS (30 * NS_PER_SECOND)

#define PATH_SIZE (PLACE_FOLDER_SIZE + 16)

static struct stage stage;

/* A folder within the stage's. */
static void make_folder(const char *name, char path[PLACE_FOLDER_SIZE])
{
	int length = snprintf(path, PLACE_FOLDER_SIZE, "%s/%s", stage.agent.folder, name);

	assert_in_range(length, 1, PLACE_FOLDER_SIZE - 1);
	assert_true(mkdir(path, 0700) == 0 || access(path, W_OK) == 0);
}

static void make_agent(struct agent *agent, const char *name, const char *port, char log[PATH_SIZE])
{
	*agent = (struct agent){.cores = stage.agent.cores};
	make_folder(name, agent->folder);
	snprintf(log, PATH_SIZE, "%s/log", agent->folder);
	unlink(log);
	agent->log = log;
	assert_true(agent_configure(agent, port, SUBSCRIBERS));
}

/* Which of both has ended; 2: none yet. */
static unsigned loser_of(struct agent agents[2], int *status)
{
	for (unsigned i = 0; i < 2; i++)
		if (waitpid(agents[i].pid, status, WNOHANG) == agents[i].pid) {
			agents[i].pid = 0;
			return i;
		}
	return 2;
}

static void expect_said(const char *log, const char *text)
{
	AUTO_FILE FILE *file = fopen(log, "re");
	char line[1024] = "";
	bool said = false;

	while (file && fgets(line, sizeof line, file))
		said |= strncmp(line, "error: ", 7) == 0 && strstr(line, text);
	if (!said)
		fprintf(stderr, "%s: not said: %s; but last: %s\n", log, text, line);
	assert_true(said);
}

/* Returns the winner, which runs. */
static struct agent *race(struct agent agents[2], bool reverse, const char *why)
{
	uint64_t deadline = clock_boot() + DECIDED_NS;
	struct agent_status answer = {0};
	unsigned loser = 2;
	int status = 0;

	assert_true(agent_launch(&agents[reverse]) && agent_launch(&agents[!reverse]));
	while (loser == 2 && clock_boot() < deadline) {
		usleep(1000);
		loser = loser_of(agents, &status);
	}
	assert_in_range(loser, 0, 1);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	expect_said(agents[loser].log, why);

	struct agent *winner = &agents[!loser];
	while (!answer.attached && clock_boot() < deadline) {
		usleep(1000);
		agent_status(winner, &answer);
	}
	assert_true(answer.attached);
	assert_int_equal(waitpid(winner->pid, &status, WNOHANG), 0);
	return winner;
}

/* Pins and programs are whole: what is told arrives. */
static void expect_working(const struct agent *winner, struct story *story)
{
	stage_close(&stage);
	assert_true(wire_open(&stage.wire, STAGE_SENDER));
	stage_bind(&stage, story, 1, SUBSCRIBERS);
	stage_calm(&stage);
	assert_true(held_is(winner, story));
}

static void test_same_pins(void **state)
{
	struct agent agents[2];
	char logs[2][PATH_SIZE];
	unsigned wins[2] = {0};
	struct story story;

	(void)state;
	story_open(&story, SUBSCRIBERS, 0);
	make_agent(&agents[0], "a", STAGE_PORT, logs[0]);
	make_agent(&agents[1], "b", STAGE_PORT, logs[1]);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct agent *winner = race(agents, round % 2, "another dotsnoopd runs here already");
		wins[winner - agents]++;
		expect_working(winner, &story);
		if (round % 3 && round + 1 < ROUNDS) /* the next two meet what it left */
			agent_kill(winner);
		agent_stop(winner);
		unlink(logs[0]);
		unlink(logs[1]);
	}
	print_message("#: %u races for the pins, %u and %u won\n", ROUNDS, wins[0], wins[1]);
	story_close(&story);
}

static void test_same_store(void **state)
{
	struct agent agents[2];
	char logs[2][PATH_SIZE], store[2][PATH_SIZE];
	unsigned wins[2] = {0};

	(void)state;
	make_agent(&agents[0], "c", STAGE_PORT, logs[0]);
	make_agent(&agents[1], "d", OTHER_PORT, logs[1]);
	agent_store(&agents[0], store[0]);
	agent_store(&agents[1], store[1]);
	assert_true(mkdir(store[0], 0700) == 0 && symlink(store[0], store[1]) == 0);
	agents[0].own_pins = agents[1].own_pins = true;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct agent *winner = race(agents, round % 2, "another agent has this store open");
		wins[winner - agents]++;
		agent_stop(winner);
		unlink(logs[0]);
		unlink(logs[1]);
	}
	print_message("#: %u races for the store, %u and %u won\n", ROUNDS, wins[0], wins[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_pins),
		cmocka_unit_test(test_same_store),
	};

	if (!stage_open(&stage, SUBSCRIBERS) || !veth_pair(OTHER_SENDER, OTHER_PORT))
		return 1;
	int failed = cmocka_run_group_tests_name("race", tests, NULL, NULL);
	stage_close(&stage);
	return failed;
}
