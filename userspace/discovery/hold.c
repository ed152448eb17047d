/* SPDX-License-Identifier: BSD-2-Clause */
#include "discovery/hold.h"

#include "discovery/resolver.h"

#define JITTER_PERCENT 20

enum hold_kind {
	HOLD_FIXED, /* `least` */
	HOLD_TTL,   /* what the answer says, or `unsaid` */
	HOLD_DOUBLES,
};

static const struct hold {
	enum hold_kind kind;
	uint32_t least, most, unsaid; /* seconds */
	bool jitter;
} holds[RESOLUTION_RESULT_COUNT] = {
	[RESOLUTION_FOUND] = {HOLD_TTL, RESOLUTION_TTL_LEAST, RESOLUTION_TTL_MOST, RESOLUTION_TTL_LEAST, false},
	[RESOLUTION_NXDOMAIN] = {HOLD_TTL, 60, 3600, 300, false},
	[RESOLUTION_NODATA] = {HOLD_TTL, 60, 3600, 300, false},
	[RESOLUTION_SERVFAIL] = {HOLD_DOUBLES, 5, 300, 0, false},
	[RESOLUTION_REFUSED] = {HOLD_FIXED, 300, 300, 0, false},
	[RESOLUTION_TIMEOUT] = {HOLD_DOUBLES, 5, 300, 0, true},
	[RESOLUTION_MALFORMED] = {HOLD_FIXED, 300, 300, 0, false},
	[RESOLUTION_LOOP] = {HOLD_FIXED, 300, 300, 0, false},
	[RESOLUTION_BOGUS] = {HOLD_FIXED, 300, 300, 0, false},
	[RESOLUTION_UNUSABLE] = {HOLD_FIXED, 300, 300, 0, false},
	[RESOLUTION_LIMIT] = {HOLD_FIXED, 300, 300, 0, false},
	[RESOLUTION_NO_RESOLVER] = {HOLD_FIXED, 300, 300, 0, false},
	[RESOLUTION_NO_DOMAIN] = {HOLD_FIXED, 300, 300, 0, false},
	[RESOLUTION_FAILED] = {HOLD_DOUBLES, 5, 300, 0, false},
};

bool hold_doubles(enum resolution_result result)
{
	return holds[result].kind == HOLD_DOUBLES;
}

static uint32_t doubled(const struct hold *hold, unsigned again)
{
	uint32_t seconds = hold->least;

	while (again-- && seconds < hold->most)
		seconds *= 2;
	return seconds;
}

static uint32_t clamp(uint32_t seconds, const struct hold *hold)
{
	if (seconds < hold->least)
		return hold->least;
	return seconds < hold->most ? seconds : hold->most;
}

uint32_t hold_seconds(enum resolution_result result, uint32_t ttl, unsigned again, uint64_t chance)
{
	const struct hold *hold = &holds[result];
	uint32_t seconds = hold->least;

	if (hold->kind == HOLD_TTL)
		seconds = ttl == ANSWER_NO_SOA ? hold->unsaid : ttl;
	if (hold->kind == HOLD_DOUBLES)
		seconds = doubled(hold, again);
	seconds = clamp(seconds, hold);
	if (hold->jitter) /* of what is clamped, else those at the upper end would be in step */
		seconds = seconds - seconds * JITTER_PERCENT / 100 +
			  (uint32_t)(chance % (2 * seconds * JITTER_PERCENT / 100 + 1));
	return seconds;
}
