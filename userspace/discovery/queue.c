/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose search may run now? However many peersets come at once (a restart restores all of them), so many searches run
 * at a time; the others wait in the order in which they came. An attempt keeps its place through all its steps.
 *
 * Places are given from the loop: when all peersets end together, nothing is begun for those that are about to go.
 */
#include <errno.h>

#include "discovery/plan.h"

/* Starts in one turn of the loop, each of which allocates a search. */
#define STARTS_MAX 64

static void look_again(struct discovery *discovery)
{
	static const struct timeval now = {0};
	bool free = discovery->stats.searches_running < SEARCHES_MAX;

	if (free && discovery->stats.searches_waiting && !evtimer_pending(discovery->next, NULL))
		evtimer_add(discovery->next, &now);
}

static void start_first(struct discovery *discovery)
{
	struct attempt *attempt = TAILQ_FIRST(&discovery->waiting);

	TAILQ_REMOVE(&discovery->waiting, attempt, others);
	discovery->stats.searches_waiting--;
	discovery->stats.searches_running++;
	attempt->turn = TURN_RUNS;
	attempt_run(attempt);
}

static void on_next(evutil_socket_t fd, short events, void *context)
{
	struct discovery *discovery = context;
	struct discovery_stats *stats = &discovery->stats;

	(void)fd;
	(void)events;
	for (unsigned i = 0; i < STARTS_MAX && stats->searches_waiting && stats->searches_running < SEARCHES_MAX; i++)
		start_first(discovery);
	look_again(discovery);
}

void queue_enter(struct attempt *attempt)
{
	struct discovery *discovery = attempt->plan->discovery;

	queue_leave(attempt);
	attempt->turn = TURN_WAITS;
	TAILQ_INSERT_TAIL(&discovery->waiting, attempt, others);
	discovery->stats.searches_waiting++;
	look_again(discovery);
}

void queue_leave(struct attempt *attempt)
{
	struct discovery *discovery = attempt->plan->discovery;

	if (attempt->turn == TURN_WAITS) {
		TAILQ_REMOVE(&discovery->waiting, attempt, others);
		discovery->stats.searches_waiting--;
	} else if (attempt->turn == TURN_RUNS) {
		discovery->stats.searches_running--;
		look_again(discovery);
	}
	attempt->turn = TURN_NONE;
}

int queue_open(struct discovery *discovery)
{
	TAILQ_INIT(&discovery->waiting);
	discovery->next = evtimer_new(discovery->base, on_next, discovery);
	return discovery->next ? 0 : -ENOMEM;
}

void queue_close(struct discovery *discovery)
{
	if (discovery->next)
		event_free(discovery->next);
}
