/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which method holds? For one peerset the first in order that yields something (RFC 8973 4). Those behind it are not
 * asked before it fails; what one of them found stays until it is over, so that a method that comes and goes costs
 * nothing.
 */
#include "discovery/plan.h"

#include <limits.h>
#include <stdlib.h>

#include "base/log.h"

/* Apart from when it is looked up again. */
static bool same_peer(const struct peer *a, const struct peer *b)
{
	return address_equal(&a->address, &b->address) && a->port == b->port && a->channel == b->channel &&
	       a->transport == b->transport && a->any_transport == b->any_transport && a->method == b->method &&
	       a->state == b->state && a->detail == b->detail && a->name.length == b->name.length &&
	       memcmp(a->name.text, b->name.text, a->name.length) == 0;
}

/* Nobody is told of a change that is none; what is looked up again with the same result only lasts longer. */
static void give(struct plan *plan, const struct peer *peers, size_t count)
{
	const struct peerset *peerset = plan->peerset;
	bool same = peerset->peer_count == count;

	for (size_t i = 0; same && i < count; i++)
		same = same_peer(&peers[i], &peerset->peers[i]);
	if (same)
		table_set_expiries(plan->peerset, peers);
	else if (table_set_peers(plan->discovery->table, plan->peerset, peers, count))
		log_error("out-of-memory doing=\"storing peers\"");
}

#define NOT_CONFIGURED INT_MAX

/* Its place in the configured order of preference; that of nothing is behind all of them. */
static int place_of(const struct plan *plan, int method)
{
	const struct discovery_options *options = &plan->discovery->options;

	for (size_t i = 0; i < options->method_count; i++)
		if ((int)options->methods[i] == method)
			return (int)i;
	return method < 0 ? INT_MAX - 1 : NOT_CONFIGURED;
}

bool plan_wants(const struct plan *plan, enum peer_method method)
{
	return place_of(plan, (int)method) <= place_of(plan, plan->taken) &&
	       place_of(plan, (int)method) != NOT_CONFIGURED;
}

/* Coming down is told: whoever keeps DHCP from its clients could want it (RFC 8973 8). */
static void tell_taken(struct plan *plan, int before)
{
	const struct peerset_key *key = &plan->peerset->key;
	const char *from = peer_method_word((enum peer_method)before);
	const char *to = plan->taken < 0 ? "nothing" : peer_method_word((enum peer_method)plan->taken);

	/* What is not configured any more did not go away: it was sent away. */
	if (place_of(plan, before) == NOT_CONFIGURED || place_of(plan, plan->taken) < place_of(plan, before)) {
		log_info("changed port=%s family=%u from=%s to=%s", key->port, key->family, from, to);
		return;
	}
	plan->discovery->stats.downgrades[before]++;
	log_warning("downgraded port=%s family=%u from=%s to=%s", key->port, key->family, from, to);
}

/* Those behind the one that holds are not asked for any longer; what they found already may wait. */
static void rest(struct plan *plan)
{
	for (unsigned method = 0; method < METHOD_COUNT; method++) {
		struct attempt *attempt = &plan->attempts[method];
		bool busy = attempt->state == ATTEMPT_RESOLVING || attempt->state == ATTEMPT_FAILED;
		if (busy && !plan_wants(plan, (enum peer_method)method))
			attempt_reset(attempt);
	}
}

static void hold(struct plan *plan, const struct attempt *attempt)
{
	int before = plan->taken;

	plan->taken = (int)attempt->method;
	if (before >= 0 && before != plan->taken)
		tell_taken(plan, before);
	rest(plan);
	give(plan, attempt->peers, attempt->peer_count);
}

/* Nothing holds: one row says of the most preferred method that has something to say how it stands. */
static void hold_nothing(struct plan *plan, const struct attempt *speaker)
{
	int before = plan->taken;
	bool resolving = speaker && speaker->state == ATTEMPT_RESOLVING;

	plan->taken = -1;
	if (before >= 0)
		tell_taken(plan, before);
	if (!speaker) {
		give(plan, NULL, 0);
		return;
	}
	const struct peer peer = {
		.port = PORT_SIGNAL,
		.channel = CHANNEL_SIGNAL,
		.transport = TRANSPORT_UDP,
		.method = speaker->method,
		.state = resolving ? PEER_RESOLVING : PEER_UNRESOLVED,
		.name = *speaker->name,
		.expires = TABLE_NEVER,
		.detail = resolving ? NULL : speaker->why,
	};
	give(plan, &peer, 1);
}

/*
 * Who was told or configured something about DOTS wants to know what became of it. That a domain has no DOTS agents is
 * no news: most have none.
 */
static bool speaks(const struct attempt *attempt)
{
	return (attempt->method == METHOD_EXPLICIT || attempt->method == METHOD_DHCP) &&
	       (attempt->state == ATTEMPT_RESOLVING || attempt->state == ATTEMPT_FAILED);
}

/*
 * Down the order, as far as is needed. While a method is looked up for the first time those behind it are not begun;
 * but if one of them holds, it goes on.
 */
static void choose(struct plan *plan)
{
	const struct discovery_options *options = &plan->discovery->options;
	const struct attempt *speaker = NULL;
	bool waits = false;

	for (size_t i = 0; i < options->method_count; i++) {
		struct attempt *attempt = &plan->attempts[options->methods[i]];
		if (attempt->state == ATTEMPT_UNTRIED && !waits)
			attempt_start(attempt);
		if (attempt->state == ATTEMPT_FOUND && (!waits || plan->taken == (int)attempt->method)) {
			hold(plan, attempt);
			return;
		}
		if (speaks(attempt) && !speaker)
			speaker = attempt;
		waits |= attempt->state == ATTEMPT_RESOLVING;
	}
	hold_nothing(plan, speaker);
}

static void on_turn(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	choose(context);
}

void plan_turn(struct plan *plan)
{
	event_active(plan->turn, 0, 0);
}

void plan_restart(struct plan *plan)
{
	for (unsigned method = 0; method < METHOD_COUNT; method++)
		if (place_of(plan, (int)method) == NOT_CONFIGURED)
			attempt_reset(&plan->attempts[method]);
		else
			attempt_repeat(&plan->attempts[method]);
	plan_turn(plan);
}

struct plan *plan_new(struct discovery *discovery, struct peerset *peerset)
{
	struct plan *plan = calloc(1, sizeof *plan);

	if (!plan)
		return NULL;
	plan->discovery = discovery;
	plan->peerset = peerset;
	plan->taken = -1;
	for (unsigned method = 0; method < METHOD_COUNT; method++)
		attempt_open(plan, (enum peer_method)method);
	plan->turn = event_new(discovery->base, -1, 0, on_turn, plan);
	if (plan->turn)
		return plan;
	plan_free(plan);
	return NULL;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (unsigned method = 0; method < METHOD_COUNT; method++)
		attempt_reset(&plan->attempts[method]);
	if (plan->turn)
		event_free(plan->turn);
	free(plan);
}

static void report(const struct plan *plan, enum peer_method method, bool wanted, struct attempt_report *ret)
{
	const struct attempt *attempt = &plan->attempts[method];

	*ret = (struct attempt_report){
		.method = method,
		.state = wanted ? attempt->state : ATTEMPT_NOT_WANTED,
		.taken = plan->taken == (int)method,
		.why = wanted ? attempt->why : "not among discovery.methods",
		.name = *attempt->name,
		.peer_count = attempt->peer_count,
		.until = attempt->until,
	};
}

void plan_report(const struct plan *plan, struct attempt_report ret[METHOD_COUNT])
{
	const struct discovery_options *options = &plan->discovery->options;
	unsigned told = 0;
	size_t count = 0;

	for (size_t i = 0; i < options->method_count; i++) {
		told |= 1U << options->methods[i];
		report(plan, options->methods[i], true, &ret[count++]);
	}
	for (unsigned method = 0; method < METHOD_COUNT; method++)
		if (!(told & 1U << method))
			report(plan, (enum peer_method)method, false, &ret[count++]);
}
