/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What time is it? Inside the agent always CLOCK_BOOTTIME, which no clock step moves and suspend does not stop;
 * wall-clock time is made from it for people alone.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND 1000000000ULL

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/* ns, CLOCK_BOOTTIME: the clock of records and timers. */
static inline uint64_t clock_boot(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

/* The wall-clock time (ns since 1970) of a moment given in CLOCK_BOOTTIME, as both clocks stand now. */
static inline uint64_t clock_wall_of(uint64_t boot)
{
	return clock_ns(CLOCK_REALTIME) - clock_boot() + boot;
}

#endif
