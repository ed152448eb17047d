/* SPDX-License-Identifier: BSD-2-Clause */
#include "storm.h"

#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "fastpath/fastpath.h"

#define BURSTS_A_SECOND 1000
#define BURST_MAX 2048
#define LOOK_NS 20000
#define STALL_NS (60 * NS_PER_SECOND) /* longer than any reader pauses */

static bool complain(const char *what, int error)
{
	fprintf(stderr, "%s: %s\n", what, strerror(error));
	return false;
}

bool storm_open(struct storm *storm, const char *device)
{
	return storm_open_beside(storm, device, device);
}

bool storm_open_beside(struct storm *storm, const char *device, const char *bound_to)
{
	*storm = (struct storm){.device = if_nametoindex(device)};
	prctl(PR_SET_TIMERSLACK, 1UL); /* ns that a sleep may be longer */
	int result = generator_new_subscribers(&storm->generator);
	if (!result)
		result = generator_bind(storm->generator, if_nametoindex(bound_to));
	return result == 0 || complain("the generator cannot be set up", -result);
}

void storm_close(struct storm *storm)
{
	storm_let_go(storm);
	generator_free(storm->generator);
	storm->generator = NULL;
}

/* --- The ring --- */

bool storm_watch(struct storm *storm)
{
	AUTO_FD int map = bpf_obj_get(FASTPATH_PINS "/maps/records");
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct bpf_map_info info = {0};
	__u32 length = sizeof info;

	storm_let_go(storm);
	if (map < 0 || bpf_obj_get_info_by_fd(map, &info, &length))
		return complain("the ring is not pinned", errno);
	void *pages = mmap(NULL, 2 * page, PROT_READ, MAP_SHARED, map, 0);
	if (pages == MAP_FAILED)
		return complain("the ring cannot be mapped", errno);
	storm->consumer = pages;
	storm->producer = (const volatile uint64_t *)((const char *)pages + page);
	storm->size = info.max_entries;
	return true;
}

void storm_let_go(struct storm *storm)
{
	if (storm->producer)
		munmap((void *)storm->consumer, 2 * (size_t)sysconf(_SC_PAGESIZE));
	storm->consumer = storm->producer = NULL;
}

static uint64_t waiting(const struct storm *storm)
{
	uint64_t consumed = *storm->consumer; /* first: it never comes to be behind the other */

	return *storm->producer - consumed;
}

/* Until no more than so many bytes wait; false: nobody consumes them. */
static bool wait_for_room(const struct storm *storm, uint64_t most)
{
	uint64_t before = *storm->consumer, deadline = clock_boot() + STALL_NS;

	while (waiting(storm) > most) {
		usleep(LOOK_NS / 1000);
		if (*storm->consumer != before) {
			before = *storm->consumer;
			deadline = clock_boot() + STALL_NS;
		} else if (clock_boot() > deadline) {
			return complain("the ring is not read", ETIMEDOUT);
		}
	}
	return true;
}

/* --- Sending --- */

void storm_sleep_until(uint64_t time)
{
	const struct timespec until = {.tv_sec = (time_t)(time / NS_PER_SECOND),
				       .tv_nsec = (long)(time % NS_PER_SECOND)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static uint32_t burst_of(struct storm_pace pace, uint32_t left)
{
	double due = pace.rate / BURSTS_A_SECOND;
	uint32_t burst = pace.rate > 0 && due < BURST_MAX ? (uint32_t)due + 1 : BURST_MAX;

	return burst < left ? burst : left;
}

/* Until the next burst may go. */
static bool await_turn(const struct storm *storm, struct storm_pace pace, uint64_t began, uint32_t sent)
{
	if (pace.rate > 0)
		storm_sleep_until(began + (uint64_t)(sent * 1e9 / pace.rate));
	return pace.rate > 0 || !storm->producer || wait_for_room(storm, storm->size / pace.share);
}

bool storm_send(const struct storm *storm, uint32_t first, uint32_t count, struct storm_pace pace, uint64_t *took)
{
	uint64_t before = storm->producer ? *storm->producer : 0, began = clock_ns(CLOCK_MONOTONIC), burst_took;

	generator_go_to(storm->generator, first);
	for (uint32_t sent = 0, burst; sent < count; sent += burst) {
		burst = burst_of(pace, count - sent);
		if (!await_turn(storm, pace, began, sent))
			return false;
		int result = generator_send(storm->generator, storm->device, burst, &burst_took);
		if (result)
			return complain("the generator failed", -result);
	}
	/* All records are of one size. */
	if (storm->producer && count && !wait_for_room(storm, (*storm->producer - before) / count))
		return false;
	*took = clock_ns(CLOCK_MONOTONIC) - began;
	return true;
}
