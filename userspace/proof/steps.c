/* SPDX-License-Identifier: BSD-2-Clause */
#include "proof/steps.h"

#include <stdlib.h>

#include "base/clock.h"

TAILQ_HEAD(step_queue, step);

struct steps {
	struct event *turn;
	struct step_queue due;
};

/* A timer, not an event that is active at once: those are all called before the loop looks for others. */
static void ask_for_turn(struct steps *steps)
{
	static const struct timeval at_once;

	evtimer_add(steps->turn, &at_once);
}

static void on_turn(evutil_socket_t fd, short events, void *context)
{
	struct steps *steps = context;
	uint64_t end = clock_ns(CLOCK_MONOTONIC) + STEPS_AT_ONCE;
	struct step *step;

	(void)fd;
	(void)events;
	while ((step = TAILQ_FIRST(&steps->due)) && clock_ns(CLOCK_MONOTONIC) < end) {
		steps_remove(steps, step);
		step->take(step, clock_boot() - step->since);
	}
	if (!TAILQ_EMPTY(&steps->due))
		ask_for_turn(steps);
}

struct steps *steps_new(struct event_base *base)
{
	struct steps *steps = calloc(1, sizeof *steps);

	if (!steps)
		return NULL;
	TAILQ_INIT(&steps->due);
	steps->turn = evtimer_new(base, on_turn, steps);
	if (steps->turn)
		return steps;
	free(steps);
	return NULL;
}

void steps_free(struct steps *steps)
{
	if (!steps)
		return;
	event_free(steps->turn);
	free(steps);
}

void steps_add(struct steps *steps, struct step *step)
{
	if (step->is_due)
		return;
	if (TAILQ_EMPTY(&steps->due))
		ask_for_turn(steps);
	TAILQ_INSERT_TAIL(&steps->due, step, others);
	step->is_due = true;
	step->since = clock_boot();
}

bool steps_are_late(const struct steps *steps)
{
	const struct step *first = TAILQ_FIRST(&steps->due);

	return first && clock_boot() - first->since > STEPS_LATE;
}

void steps_remove(struct steps *steps, struct step *step)
{
	if (step->is_due)
		TAILQ_REMOVE(&steps->due, step, others);
	step->is_due = false;
}
