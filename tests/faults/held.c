/* SPDX-License-Identifier: BSD-2-Clause */
#include "held.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define SAID_MOST 10 /* differences */

/* Sent, seen and noted are three moments; a busy machine may lie between them. */
#define SLACK (2 * NS_PER_SECOND)

struct comparison {
	const struct story *story;
	uint8_t *seen; /* how often, by number */
	unsigned different;
	bool times;
};

static void differ(struct comparison *comparison, uint32_t number, const char *what, const char *is)
{
	if (comparison->different++ < SAID_MOST)
		fprintf(stderr, "subscriber %u: %s: %s\n", number, what, is ? is : "none");
}

static void expect(struct comparison *comparison, uint32_t number, const char *what, const char *is,
		   const char *expected)
{
	char said[256];

	if (is && strcmp(is, expected) == 0)
		return;
	snprintf(said, sizeof said, "%s, expected %s", is ? is : "none", expected);
	differ(comparison, number, what, said);
}

static uint64_t moment(const char *text)
{
	struct tm tm = {0};
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	double fraction = rest ? strtod(rest, NULL) : 0;

	return (uint64_t)timegm(&tm) * NS_PER_SECOND + (uint64_t)(fraction * 1e9);
}

static bool is_near(uint64_t a, uint64_t b)
{
	return a < b + SLACK && b < a + SLACK;
}

static void compare_times(struct comparison *comparison, uint32_t number, const char *refreshed, const char *expires)
{
	const struct subscriber *subscriber = &comparison->story->subscribers[number];
	uint64_t at = clock_wall_of(subscriber->at);

	if (!is_near(moment(refreshed), at))
		differ(comparison, number, "refreshed at another time than it was told", refreshed);
	if (!is_near(moment(expires), at + subscriber->told.lease * NS_PER_SECOND))
		differ(comparison, number, "ends at another time than it was told", expires);
}

static void compare_row(struct comparison *comparison, uint32_t number, json_t *row)
{
	const struct subscriber *subscriber = &comparison->story->subscribers[number];
	const char *circuit = NULL, *address = NULL, *server = NULL, *name = NULL, *dots = NULL, *refreshed = NULL,
		   *expires = NULL;
	char text[MESSAGE_TEXT_SIZE];
	int lease = 0;

	json_unpack(row, "{s:s, s:[{s:s, s:i}], s:s, s:s, s:s, s:{s:s, s:[s]}}", "circuit", &circuit, "addresses",
		    "address", &address, "lifetime", &lease, "server", &server, "refreshed", &refreshed, "expires",
		    &expires, "offer", "name", &name, "addresses", &dots);
	if (!subscriber->bound)
		differ(comparison, number, "is not bound, and is held with", address);
	message_circuit(number, text);
	expect(comparison, number, "circuit", circuit, text);
	message_address(number, subscriber->told, text);
	expect(comparison, number, "address", address, text);
	message_name(subscriber->told, text);
	expect(comparison, number, "name", name, text);
	message_agent(subscriber->told, text);
	expect(comparison, number, "DOTS address", dots, text);
	expect(comparison, number, "server", server, MESSAGE_SERVER);
	if (lease != (int)subscriber->told.lease)
		differ(comparison, number, "is held with another lease", NULL);
	if (comparison->times)
		compare_times(comparison, number, refreshed, expires);
}

static uint32_t number_of(json_t *row)
{
	const char *hw = NULL;
	unsigned octets[4];

	json_unpack(row, "{s:{s:s}}", "client", "hw", &hw);
	if (!hw || sscanf(hw, "02:00:%x:%x:%x:%x", &octets[0], &octets[1], &octets[2], &octets[3]) != 4)
		return 0;
	return octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3];
}

static void compare_line(struct comparison *comparison, const char *line, size_t size)
{
	json_t *row = json_loadb(line, size, 0, NULL);
	uint32_t number = row ? number_of(row) : 0;

	if (!number || number > comparison->story->count) {
		differ(comparison, number, "nobody of ours", line);
	} else if (comparison->seen[number]++) {
		differ(comparison, number, "is held twice", NULL);
	} else {
		compare_row(comparison, number, row);
	}
	json_decref(row);
}

static void find_missing(struct comparison *comparison)
{
	for (uint32_t number = 1; number <= comparison->story->count; number++)
		if (comparison->story->subscribers[number].bound && !comparison->seen[number])
			differ(comparison, number, "is bound, and not held", NULL);
}

static bool compare(const struct agent *agent, const struct story *story, bool times)
{
	AUTO_FREE char *bindings = agent_ask(agent, "/v1/bindings");
	AUTO_FREE uint8_t *seen = calloc(story->count + 1, sizeof *seen);
	struct comparison comparison = {.story = story, .seen = seen, .times = times};

	if (!bindings || !seen) {
		fprintf(stderr, "the agent does not tell its bindings\n");
		return false;
	}
	for (const char *line = bindings, *end; (end = strchr(line, '\n')); line = end + 1)
		compare_line(&comparison, line, (size_t)(end - line));
	find_missing(&comparison);
	if (comparison.different)
		fprintf(stderr, "%u differences\n", comparison.different);
	return !comparison.different;
}

bool held_is(const struct agent *agent, const struct story *story)
{
	return compare(agent, story, false);
}

bool held_since(const struct agent *agent, const struct story *story)
{
	return compare(agent, story, true);
}
