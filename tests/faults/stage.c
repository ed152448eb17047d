/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "../bench/veth.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#define AWAITED_NS (30 * NS_PER_SECOND)
#define LOOK_US 5000

bool stage_open(struct stage *stage, uint64_t bindings)
{
	*stage = (struct stage){.wire = {.socket = -1, .counters = -1}};
	log_set_level(LOG_LEVEL_WARNING);
	sched_getaffinity(0, sizeof stage->agent.cores, &stage->agent.cores);
	if (!place_folder(stage->agent.folder) || !veth_namespace() || !place_pins() || !place_loopback() ||
	    !veth_pair(STAGE_SENDER, STAGE_PORT))
		return false;
	snprintf(stage->log, sizeof stage->log, "%s/log", stage->agent.folder);
	stage->agent.log = stage->log;
	return agent_configure(&stage->agent, STAGE_PORT, bindings);
}

void stage_close(struct stage *stage)
{
	agent_stop(&stage->agent);
	wire_close(&stage->wire);
	storm_let_go(&stage->ring);
}

/* What the agent said is known to nobody else. */
static void tell_log(const struct stage *stage)
{
	AUTO_FILE FILE *log = fopen(stage->log, "re");
	char line[1024];

	while (log && fgets(line, sizeof line, log))
		fprintf(stderr, "dotsnoopd: %s", line);
}

void stage_start(struct stage *stage)
{
	if (!agent_start(&stage->agent)) {
		tell_log(stage);
		fail_msg("the agent does not start");
	}
	if (stage->wire.socket < 0)
		assert_true(wire_open(&stage->wire, STAGE_SENDER));
	if (!stage->ring.producer)
		assert_true(storm_watch(&stage->ring));
}

uint64_t stage_unread(const struct stage *stage)
{
	uint64_t consumed = *stage->ring.consumer; /* first: it never comes to be behind the other */

	return *stage->ring.producer - consumed;
}

bool stage_await(const char *metric, uint64_t value)
{
	uint64_t deadline = clock_boot() + AWAITED_NS, is = value + 1;

	while (clock_boot() < deadline) {
		if (agent_metric(metric, &is) && is == value)
			return true;
		usleep(LOOK_US);
	}
	fprintf(stderr, "%s is %" PRIu64 ", not %" PRIu64 "\n", metric, is, value);
	return false;
}

/* When nothing is left in the ring, not even the record that is kept back, it has done all that it had to. */
void stage_calm(struct stage *stage)
{
	assert_true(wire_settle(&stage->wire));
	assert_true(stage_await("dotsnoop_ring_used_bytes", 0));
}

struct ds_counters stage_counts(struct stage *stage)
{
	struct ds_counters counters;

	assert_true(wire_counts(&stage->wire, &counters));
	return counters;
}

uint64_t stage_renew(struct stage *stage, struct story *story)
{
	uint64_t before = stage_counts(stage).captured;
	struct packet packet;

	for (uint32_t number = 1; number <= story->count; number++) {
		if (!story->subscribers[number].bound)
			continue;
		story_renew(story, number, &packet);
		assert_true(wire_send(&stage->wire, &packet));
	}
	stage_calm(stage);
	return stage_counts(stage).captured - before;
}

void stage_bind(struct stage *stage, struct story *story, uint32_t first, uint32_t last)
{
	struct packet packet;

	for (uint32_t number = first; number <= last; number++) {
		story_bind(story, number, (struct told){.offer = (uint8_t)(number % 50), .lease = STORY_LEASE},
			   &packet);
		assert_true(wire_send(&stage->wire, &packet));
	}
}

/*
 * Where two clients share a settle_key by chance (2^-32 for each two) they take turns, and both come up each time. So
 * many do at most, if the dice are not loaded.
 */
static uint64_t unlucky(uint64_t clients)
{
	return 8 + (clients * clients >> 30);
}

void stage_expect_settled(struct stage *stage, struct story *story)
{
	uint64_t first = stage_renew(stage, story), second = stage_renew(stage, story);

	print_message("#: of %u renewals %" PRIu64 " came up, and %" PRIu64 " the second time\n", story_bound(story),
		      first, second);
	assert_in_range(second, 0, unlucky(story_bound(story)));
}

unsigned stage_said(const struct stage *stage, const char *text)
{
	AUTO_FILE FILE *log = fopen(stage->log, "re");
	char line[1024];
	unsigned count = 0;

	while (log && fgets(line, sizeof line, log))
		count += strstr(line, text) != NULL;
	return count;
}
