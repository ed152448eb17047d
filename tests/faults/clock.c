/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wall clock is set, and the machine is suspended: does each lease end when it should? Not by the wall clock, and
 * not later for the time that nobody was awake. In a guest of its own (tests/kernels/clock.sh), whose clock is nobody
 * else's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "held.h"
#include "stage.h"

#define SUBSCRIBERS 8
#define SHORT 5 /* seconds */
#define LONG 3600
#define YEAR (365LL * 86400)

/* A lease that ends while the machine is suspended, and how long it is that. */
#define SLEEPER 10
#define SUSPENDED 13

#define ENDED_NS (30 * NS_PER_SECOND) /* after its end: a guest may be slow */

#define POWER "/sys/power/state"
#define ALARM "/sys/class/rtc/rtc0/wakealarm"

static struct stage stage;
static struct story story;

static void bind_for(uint32_t number, uint32_t lease)
{
	struct packet packet;

	story_bind(&story, number, (struct told){.offer = (uint8_t)number, .lease = lease}, &packet);
	assert_true(wire_send(&stage.wire, &packet));
	stage_calm(&stage);
}

static uint64_t end_of(uint32_t number)
{
	const struct subscriber *subscriber = &story.subscribers[number];

	return subscriber->at + subscriber->told.lease * NS_PER_SECOND;
}

/* From now on, whatever others do: it stands until its end, and not much longer. */
static void expect_end(uint32_t number)
{
	uint64_t standing = story_bound(&story), bindings = standing;

	while (bindings == standing) {
		assert_true(clock_boot() < end_of(number) + ENDED_NS);
		usleep(50000);
		assert_true(agent_metric("dotsnoop_bindings", &bindings));
	}
	assert_int_equal(bindings, standing - 1);
	assert_true(clock_boot() >= end_of(number));
	story.subscribers[number].bound = false;
	assert_true(held_since(&stage.agent, &story));
}

/* --- Steps --- */

static void step(int64_t seconds)
{
	struct timespec time;

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &time), 0);
	time.tv_sec += seconds;
	assert_int_equal(clock_settime(CLOCK_REALTIME, &time), 0);
}

/* The times that are shown go with the clock, since they are compared by it; the leases do not. */
static void test_steps(void **state)
{
	(void)state;
	story_open(&story, SUBSCRIBERS, 0);
	stage_start(&stage);
	bind_for(1, SHORT);
	bind_for(2, LONG);
	step(5 * YEAR);
	assert_true(held_since(&stage.agent, &story) || clock_boot() >= end_of(1));
	expect_end(1);

	bind_for(3, SHORT);
	step(-9 * YEAR);
	assert_true(held_since(&stage.agent, &story) || clock_boot() >= end_of(3));
	expect_end(3);
}

static void test_steps_between_two_agents(void **state)
{
	(void)state;
	bind_for(4, LONG / 2);
	agent_kill(&stage.agent);
	step(3 * YEAR);
	stage_start(&stage);
	assert_true(held_since(&stage.agent, &story));
	stage_close(&stage); /* in order: what it kept is in the store alone */
	step(-5 * YEAR);
	stage_start(&stage);
	assert_true(held_since(&stage.agent, &story));
	bind_for(5, SHORT);
	step(2 * YEAR);
	expect_end(5);
}

/* --- Suspended --- */

static int put(const char *path, const char *text)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -errno;
}

/* Until the clock of the mainboard wakes it. Returns why it could not be; NULL: it was. */
static const char *suspend(unsigned seconds)
{
	char alarm[16];

	snprintf(alarm, sizeof alarm, "+%u", seconds);
	put(ALARM, "0");
	if (put(ALARM, alarm))
		return "this machine has no clock that could wake it";
	return put(POWER, "mem") ? "this machine cannot be suspended to memory" : NULL;
}

static uint64_t suspended_ns(void)
{
	return clock_boot() - clock_ns(CLOCK_MONOTONIC);
}

static void test_suspended(void **state)
{
	(void)state;
	uint64_t before = suspended_ns();
	bind_for(6, SLEEPER);
	bind_for(7, LONG);
	uint64_t told = clock_ns(CLOCK_MONOTONIC);
	const char *why = suspend(SUSPENDED);
	if (why) {
		print_message("# %s\n", why);
		skip();
	}
	assert_in_range((suspended_ns() - before) / NS_PER_SECOND, SLEEPER, 10 * SUSPENDED);
	expect_end(6);
	uint64_t awake = clock_ns(CLOCK_MONOTONIC) - told;
	print_message("#: suspended for %llu s; what ended meanwhile has ended after %llu ms awake\n",
		      (suspended_ns() - before) / NS_PER_SECOND, awake / 1000000ULL);
	assert_true(awake < SLEEPER * NS_PER_SECOND); /* by a clock that stands still it would not have yet */
	assert_int_equal(stage_renew(&stage, &story), story_bound(&story));
	assert_true(held_since(&stage.agent, &story));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_steps_between_two_agents),
		cmocka_unit_test(test_suspended),
	};

	if (!getenv("EMULATED")) {
		puts("1..0 # SKIP this machine's clock is everybody's: kernels/clock runs it in a guest");
		return 0;
	}
	if (!stage_open(&stage, SUBSCRIBERS))
		return 1;
	int failed = cmocka_run_group_tests_name("clock", tests, NULL, NULL);
	stage_close(&stage);
	story_close(&story);
	return failed;
}
