/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long after a reply does somebody hear of it? Frames go out one by one, at equal distances; each client's is noted
 * when it goes, and when word of it comes: as a line of the agent's change stream, or as a record at a reader in place
 * of the agent.
 */
#ifndef TESTS_BENCH_LATENCY_H
#define TESTS_BENCH_LATENCY_H

#include "agent.h"
#include "storm.h"

struct latency {
	double p50, p99; /* ns */
};

/* The clients are `count` from `first` on, `rate` of them a second. False: said on standard error; word of one is
 * missing, too. */
bool latency_of_agent(const struct agent *agent, const struct storm *storm, uint32_t first, uint32_t count,
		      uint32_t rate, struct latency *ret);
bool latency_of_reader(const cpu_set_t *cores, const char *port, const struct storm *storm, uint32_t first,
		       uint32_t count, uint32_t rate, struct latency *ret);

#endif
