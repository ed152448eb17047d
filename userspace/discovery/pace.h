/* SPDX-License-Identifier: BSD-2-Clause */
/* May one more be done now? A token bucket: so many a second, in bursts of a tenth of that. */
#ifndef DISCOVERY_PACE_H
#define DISCOVERY_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct pace {
	unsigned per_second; /* 0: no limit */
	double left;
	uint64_t at; /* ns, CLOCK_BOOTTIME: when `left` was true */
};

static inline double pace_burst(const struct pace *pace)
{
	return pace->per_second < 10 ? 1 : pace->per_second / 10.0;
}

/* Takes one, if there is one. */
static inline bool pace_take(struct pace *pace, uint64_t now)
{
	if (!pace->per_second)
		return true;
	pace->left += (double)(now - pace->at) / NS_PER_SECOND * pace->per_second;
	if (pace->left > pace_burst(pace))
		pace->left = pace_burst(pace);
	pace->at = now;
	if (pace->left < 1)
		return false;
	pace->left--;
	return true;
}

/* ns until there is one, after pace_take found none. */
static inline uint64_t pace_wait(const struct pace *pace)
{
	return (uint64_t)((1 - pace->left) / pace->per_second * NS_PER_SECOND) + 1;
}

#endif
