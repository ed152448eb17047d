/* SPDX-License-Identifier: BSD-2-Clause */
/* What is there in each of these tests? A veth pair, an agent at one end of it, and a wire at the other; nobody else's.
 */
#ifndef TESTS_FAULTS_STAGE_H
#define TESTS_FAULTS_STAGE_H

#include "../bench/agent.h"
#include "../bench/storm.h"
#include "story.h"
#include "wire.h"

#define STAGE_SENDER "dsfault0"
#define STAGE_PORT "dsfault1"

struct stage {
	struct agent agent;
	struct wire wire;
	struct storm ring; /* its positions alone */
	char log[PLACE_FOLDER_SIZE + 8];
};

/* For main(): a process of its own network and pins, until it ends. It says why it returns false. */
bool stage_open(struct stage *stage, uint64_t bindings);
void stage_close(struct stage *stage);

/* Starts the agent, and opens what is there when it runs. The second time, what is open stays. */
void stage_start(struct stage *stage);

/* Until the ring is less than half full, if it is not: a busy machine shall not lose what the agent would not. */
void stage_catch_up(const struct stage *stage);

/* Until the agent has taken all that was sent, and settled what it could. */
void stage_calm(struct stage *stage);

struct ds_counters stage_counts(struct stage *stage);

/* Tells all who are bound what they have. Returns how many of these came up. */
uint64_t stage_renew(struct stage *stage, struct story *story);

/* Tells each that is not bound, from `first` to `last`, something; nobody waits for the agent. */
void stage_bind(struct stage *stage, struct story *story, uint32_t first, uint32_t last);

/* Each of them is settled, or is after one repetition. */
void stage_expect_settled(struct stage *stage, struct story *story);

/* Until the metric has that value; false: it has not, for half a minute. */
bool stage_await(const char *metric, uint64_t value);

/* Lines of the agent's log that contain it. */
unsigned stage_said(const struct stage *stage, const char *text);

#endif
