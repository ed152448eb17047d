/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's file system is full: does the agent say what to do, go on in memory, settle nothing that a crash would
 * take away, and catch up when there is room again?
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "held.h"
#include "stage.h"

#define BEFORE 2000 /* subscribers who come while there is room */
#define SUBSCRIBERS 20000
#define SIZE "size=12m"
#define BLOCK (64 << 10)

static struct stage stage;
static char disk[PLACE_FOLDER_SIZE + 8], ballast[PLACE_FOLDER_SIZE + 16];

/* A small file system, and the store in it; this process's own, as its mounts are. */
static bool make_disk(void)
{
	char store[PLACE_FOLDER_SIZE + 16];

	snprintf(disk, sizeof disk, "%s/disk", stage.agent.folder);
	snprintf(ballast, sizeof ballast, "%s/ballast", disk);
	agent_store(&stage.agent, store);
	if (mkdir(disk, 0700) == 0 && mount("none", disk, "tmpfs", 0, SIZE) == 0 && symlink("disk", store) == 0)
		return true;
	perror(disk);
	return false;
}

static void fill_disk(void)
{
	static const char zeros[BLOCK];
	AUTO_FD int fd = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	for (size_t size = BLOCK; size >= 4096; size /= 2)
		while (write(fd, zeros, size) > 0)
			continue;
	assert_int_equal(errno, ENOSPC);
}

static void make_room(void)
{
	assert_int_equal(unlink(ballast), 0);
}

static void expect_bindings(uint64_t count)
{
	struct agent_status status;

	assert_true(agent_status(&stage.agent, &status));
	assert_int_equal(status.bindings, count);
}

/* Some come while there is room, the others when there is none. */
static void fall_behind(struct story *story)
{
	stage_start(&stage);
	stage_bind(&stage, story, 1, BEFORE);
	stage_calm(&stage);
	assert_true(stage_await("dotsnoop_store_up", 1));
	fill_disk();
	stage_bind(&stage, story, BEFORE + 1, SUBSCRIBERS);
	assert_true(stage_await("dotsnoop_store_up", 0));
	stage_calm(&stage);
	assert_int_equal(stage_said(&stage, "make room on its file system"), stage_said(&stage, "store-behind"));
	assert_in_range(stage_said(&stage, "store-behind"), 1, 100);
}

static void start_again(struct story *story)
{
	agent_wipe(&stage.agent);
	stage_close(&stage);
	unlink(stage.log);
	unlink(ballast);
	assert_true(umount2(disk, MNT_DETACH) == 0 && mount("none", disk, "tmpfs", 0, SIZE) == 0);
	char store[PLACE_FOLDER_SIZE + 16];
	agent_store(&stage.agent, store);
	assert_int_equal(symlink("disk", store), 0);
	story_close(story);
}

static void test_catches_up(void **state)
{
	struct story story;

	(void)state;
	story_open(&story, SUBSCRIBERS, 0);
	fall_behind(&story);
	expect_bindings(SUBSCRIBERS);
	assert_true(held_is(&stage.agent, &story));
	uint64_t first = stage_renew(&stage, &story), second = stage_renew(&stage, &story);
	print_message("#: behind, %lu of %u renewals came up, then %lu\n", first, SUBSCRIBERS, second);
	assert_in_range(first, SUBSCRIBERS / 2, SUBSCRIBERS);
	assert_int_equal(first, second);

	make_room();
	assert_true(stage_await("dotsnoop_store_up", 1));
	assert_int_equal(stage_said(&stage, "store-current"), 1);
	stage_expect_settled(&stage, &story);
	agent_kill(&stage.agent);
	stage_start(&stage);
	assert_true(held_is(&stage.agent, &story));
	assert_int_equal(stage_said(&stage, "store-refused"), 0);
	stage_expect_settled(&stage, &story);
	start_again(&story);
}

/* What was in memory alone is told again: by the next renewals. */
static void test_killed_while_it_is_behind(void **state)
{
	struct story story;

	(void)state;
	story_open(&story, SUBSCRIBERS, 0);
	fall_behind(&story);
	agent_kill(&stage.agent);
	make_room();
	stage_start(&stage);
	stage_calm(&stage);
	stage_renew(&stage, &story);
	assert_true(held_is(&stage.agent, &story));
	stage_expect_settled(&stage, &story);
	start_again(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_catches_up),
		cmocka_unit_test(test_killed_while_it_is_behind),
	};

	if (!stage_open(&stage, SUBSCRIBERS) || !make_disk())
		return 1;
	int failed = cmocka_run_group_tests_name("full", tests, NULL, NULL);
	stage_close(&stage);
	return failed;
}
