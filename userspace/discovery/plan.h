/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files discovery.c, plan.c, attempt.c and queue.c share: one plan a peerset, one attempt a method. */
#ifndef DISCOVERY_PLAN_H
#define DISCOVERY_PLAN_H

#include <sys/queue.h>

#include "discovery/discovery.h"
#include "discovery/search.h"

TAILQ_HEAD(attempts, attempt);

struct discovery {
	struct event_base *base;
	struct table *table;
	struct wheel *wheel;
	struct table_observer observer;
	struct discovery_options options;
	struct resolver *resolver;
	struct discovery_stats stats;
	uint64_t seed;           /* of this machine: equal peers are drawn in the same order each time */
	struct attempts waiting; /* for one of SEARCHES_MAX places, first come, first served */
	struct event *next;      /* to give places that are free to those who wait */
};

/* One search of an attempt. Names stay where they are: with the peerset, or in the options. */
struct step {
	enum walk_kind kind;
	const struct name *name;
};

enum attempt_turn {
	TURN_NONE, /* nothing is to be asked */
	TURN_WAITS,
	TURN_RUNS,
};

#define STEPS_MAX MESSAGE_DOMAINS_MAX

struct attempt {
	struct plan *plan;
	enum peer_method method;
	enum attempt_state state;
	const char *why;
	const struct name *name; /* as those of its steps; of length 0: none */
	struct peer *peers;      /* owned: what it yields */
	size_t peer_count;
	uint64_t until;
	uint32_t timer; /* of the wheel: when to try again */

	enum attempt_turn turn;
	TAILQ_ENTRY(attempt) others; /* that wait */
	struct search *search;       /* NULL: nothing is being asked */
	size_t step, step_count;
	struct step steps[STEPS_MAX]; /* the first that finds something ends it */
	uint32_t wait;                /* seconds: the least after which a step that failed is worth a try */
	enum resolution_result result;
};

struct plan {
	struct discovery *discovery;
	struct peerset *peerset;
	int taken; /* enum peer_method; -1: none */
	struct attempt attempts[METHOD_COUNT];
	struct event *turn; /* to take the next step from the loop, not in the middle of a change of the table */
};

/* attempt.c */
void attempt_open(struct plan *plan, enum peer_method method);
/* From UNTRIED to any other state. */
void attempt_start(struct attempt *attempt);
/* Forgets what it has, and what it is doing. */
void attempt_reset(struct attempt *attempt);
/* Begins anew; what was found stays until it is known to be something else, and what failed has failed till then. */
void attempt_repeat(struct attempt *attempt);
/* Its turn has come: the next of its steps is taken. */
void attempt_run(struct attempt *attempt);
/* Its timer, which is no longer armed, is due. */
void attempt_due(struct attempt *attempt);

/* queue.c */
int queue_open(struct discovery *discovery);
void queue_close(struct discovery *discovery);
/* attempt_run is called when it is its turn, and never before this returns. */
void queue_enter(struct attempt *attempt);
/* It has ended, or is not wanted any more. Wherever it is. */
void queue_leave(struct attempt *attempt);

/* plan.c */
struct plan *plan_new(struct discovery *discovery, struct peerset *peerset);
void plan_free(struct plan *plan);
/* Something has changed: looks, from the loop, which method holds now. */
void plan_turn(struct plan *plan);
/* Is it worth a question? Not while one of higher preference holds. */
bool plan_wants(const struct plan *plan, enum peer_method method);
/* Begins anew. What holds goes on holding until it is known to be over. */
void plan_restart(struct plan *plan);
void plan_report(const struct plan *plan, struct attempt_report ret[METHOD_COUNT]);

#endif
