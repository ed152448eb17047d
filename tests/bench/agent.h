/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is the real agent run, to be measured from without? build/dotsnoopd as a child, with a configuration of its own,
 * on the first core, in the network and with the pins of this process (place.h, veth.h).
 */
#ifndef TESTS_BENCH_AGENT_H
#define TESTS_BENCH_AGENT_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "place.h"

#define AGENT_METRICS_PORT 9646

struct agent {
	char folder[PLACE_FOLDER_SIZE]; /* its files */
	cpu_set_t cores;                /* that this process may use */
	pid_t pid;                      /* 0: it does not run */
	const char *log;                /* file to which it appends all that it says; NULL: errors alone, to ours */
	bool own_pins;                  /* its pins are none of this process's */
};

/* What it says of itself. */
struct agent_status {
	uint64_t bindings;
	bool attached;              /* its port is */
	uint64_t in_flight, proven; /* of handshakes, and of peers; 0 without `proof` */
};

/* What it counted, from /metrics. */
struct agent_counts {
	uint64_t records, lost, settled;
};

/* Writes its configuration for one uplink, and as many bindings. */
bool agent_configure(struct agent *agent, const char *port, uint64_t bindings);

/* The same for several, up to NULL. */
bool agent_configure_ports(struct agent *agent, const char *const ports[], uint64_t bindings);

/* Another line of it. */
bool agent_configure_line(struct agent *agent, const char *line);

/* Starts it, and returns while it starts; with what an earlier one stored and left in the kernel, if it did. */
bool agent_launch(struct agent *agent);

/* The same, and returns when it answers and watches its port. */
bool agent_start(struct agent *agent);

/* It ends in order, or at once. Its store stays. */
void agent_stop(struct agent *agent);
void agent_kill(struct agent *agent);

/* Ends it, and forgets what it stored. */
void agent_wipe(struct agent *agent);

/* What it can be asked. False: no answer. */
bool agent_is_healthy(void);
bool agent_status(const struct agent *agent, struct agent_status *ret);
bool agent_counts(struct agent_counts *ret);

/* The body of its answer to `path` on its control socket, to be freed; NULL: none. */
char *agent_ask(const struct agent *agent, const char *path);

/* A metric, summed over all its labels. */
bool agent_metric(const char *name, uint64_t *ret);

/* A connection on which its changes come, line by line. Returns its fd, or -errno. */
int agent_watch(const struct agent *agent);

/* Where it stores. */
void agent_store(const struct agent *agent, char folder[PLACE_FOLDER_SIZE + 16]);

/* Functions that return bool say what is wrong on standard error if they return false, but for those that ask. */

#endif
