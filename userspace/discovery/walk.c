/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a walk go on? What its steps are, step.h says. Until somebody who waits has a candidate:
 *
 *   1  the step on top of the stack is taken off
 *   2  a peer is yielded
 *   3  a question is asked, unless the branch has asked it before (a loop), is too deep, or the questions are used up
 *   4  its answer is opened into the steps it leads to, and the next few of these are asked ahead
 *   5  a failure ends the branch: the stack holds the way back (RFC 3958 2.2.4)
 */
#include "discovery/step.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"

/* Bounds of the pause when there are records and none leads anywhere, seconds (requirements 8.6). */
#define RETRY_LEAST 300
#define RETRY_MOST 3600

/* Of the steps that an answer leads to, how many are asked ahead, beside the first: it may never come to the others. */
#define AHEAD 2

/* What each kind of step asks for (0: A or AAAA), and what comes of its answer. All instances are asked in any case. */
static const struct {
	uint16_t type;
	step_open_fn *open;
	size_t ahead;
} kinds[STEP_KIND_COUNT] = {
	[STEP_NAPTR] = {DNS_NAPTR, snaptr_open, AHEAD},
	[STEP_SERVICE] = {DNS_PTR, dnssd_open_service, WALK_INSTANCES_MAX},
	[STEP_INSTANCE] = {DNS_SRV, dnssd_open_instance, 0},
	[STEP_TARGETS] = {DNS_SRV, targets_open, AHEAD},
	[STEP_TARGET] = {0, addresses_open, 0},
	[STEP_ADDRESSES] = {0, addresses_open, 0},
};

static uint16_t type_of(const struct walk *walk, const struct step *step)
{
	if (kinds[step->kind].type)
		return kinds[step->kind].type;
	return walk->options.family == 4 ? DNS_A : DNS_AAAA;
}

static uint32_t clamp(uint64_t value, uint32_t least, uint32_t most)
{
	if (value < least)
		return least;
	return value > most ? most : (uint32_t)value;
}

/* --- The end ----------------------------------------------------------------------------------------------------- */

void walk_fail(struct walk *walk, enum resolution_result result, uint32_t retry)
{
	if (retry == 0)
		retry = clamp(walk->set_ttl, RETRY_LEAST, RETRY_MOST);
	if (retry < walk->retry)
		walk->retry = retry;
	if (resolution_passes(result) && retry < walk->passing)
		walk->passing = retry;
	if (walk->failure == RESOLUTION_FOUND)
		walk->failure = result;
}

/* Seconds, begun ones included: what has just been found is to last as long as the answer said. */
static uint32_t seconds_until(uint64_t expires)
{
	uint64_t now = clock_boot();
	uint64_t left = expires > now ? (expires - now + NS_PER_SECOND - 1) / NS_PER_SECOND : 0;

	return clamp(left, RESOLUTION_TTL_LEAST, RESOLUTION_TTL_MOST);
}

/* The walk may be gone when this returns. */
static void deliver(struct walk *walk, const struct candidate *candidate, enum resolution_result result, uint32_t ttl)
{
	walk_fn *next = take(walk->next);
	uint64_t spent = clock_boot() - walk->since;

	event_del(walk->deadline);
	walk->left -= spent < walk->left ? spent : walk->left;
	next(walk->context, candidate, result, ttl);
}

static void yield(struct walk *walk, const struct step *step)
{
	const struct candidate candidate = {
		.address = step->address,
		.port = step->port,
		.protocol = walk->options.protocol,
		.rank = step->rank,
		.ttl = seconds_until(step->expires),
		.authenticated = step->authenticated,
		.target = step->name,
	};

	if (step->expires < walk->expires)
		walk->expires = step->expires;
	deliver(walk, &candidate, RESOLUTION_FOUND, candidate.ttl);
}

static void end(struct walk *walk)
{
	if (walk->expires != TABLE_NEVER) {
		uint32_t ttl = seconds_until(walk->expires);
		return deliver(walk, NULL, RESOLUTION_FOUND, walk->passing < ttl ? walk->passing : ttl);
	}
	if (walk->failure == RESOLUTION_FOUND)
		walk_fail(walk, RESOLUTION_UNUSABLE, 0);
	deliver(walk, NULL, walk->failure, walk->retry);
}

/* --- Questions --------------------------------------------------------------------------------------------------- */

/* The question of a step: the one that is put down already, or a new one. -1: they are used up. */
static int question_of(struct walk *walk, const struct step *step)
{
	uint16_t type = type_of(walk, step);
	int at = 0;

	for (; at < (int)walk->stats.queries; at++) {
		if (walk->asked[at].type == type && dns_name_equal(&walk->asked[at].name, &step->name))
			return at;
	}
	if (at == WALK_QUERIES_MAX)
		return -1;
	walk->asked[at] = (struct asked){.name = step->name, .type = type};
	walk->stats.queries++;
	return at;
}

/* Did the way to here lead through this question? */
static bool leads_through(const struct walk *walk, int from, int question)
{
	while (from >= 0 && from != question)
		from = walk->asked[from].from;
	return from >= 0;
}

static int give_up(struct walk *walk, unsigned *counter, enum resolution_result result)
{
	++*counter;
	walk_fail(walk, result, 0);
	return -1;
}

/* The question that the step asks next; -1 when its branch ends here. */
static int question_to_ask(struct walk *walk, const struct step *step)
{
	int question;

	if (step->depth > WALK_DEPTH_MAX)
		return give_up(walk, &walk->stats.depth, RESOLUTION_LIMIT);
	question = question_of(walk, step);
	if (question < 0) {
		walk_fail(walk, RESOLUTION_LIMIT, 0);
		return -1;
	}
	if (leads_through(walk, step->from, question))
		return give_up(walk, &walk->stats.loops, RESOLUTION_LOOP);
	/* Targets on one host ask for the same addresses. Other records of one name have been looked at: no failure. */
	return walk->asked[question].opened && kinds[step->kind].type ? -1 : question;
}

static void answered(void *context, const struct answer *answer);

/* Returns whether an answer will come. */
static bool ask(struct walk *walk, const struct step *step)
{
	int question = question_to_ask(walk, step);

	if (question < 0)
		return false;
	walk->asked[question].opened = true;
	walk->asked[question].from = step->from;
	walk->step = *step;
	walk->step.from = question;
	walk->question =
		resolver_ask(walk->resolver, &walk->options.place, &step->name, type_of(walk, step), answered, walk);
	return true;
}

static void ask_ahead(struct walk *walk, const struct step *step)
{
	unsigned before = walk->stats.queries;

	if (step->kind != STEP_PEER && step->depth <= WALK_DEPTH_MAX && question_of(walk, step) == (int)before)
		resolver_prefetch(walk->resolver, &walk->options.place, &step->name, type_of(walk, step));
}

/* --- Steps ------------------------------------------------------------------------------------------------------- */

void walk_lead(struct walk *walk, const struct step *step)
{
	if (walk->records == WALK_RECORDS_MAX)
		return walk_fail(walk, RESOLUTION_LIMIT, 0);
	walk->records++;
	walk->stack[walk->height++] = *step;
}

/* What was put down above `floor`, best first, is turned around, so that the best is on top. */
static void turn_around(struct walk *walk, size_t floor)
{
	for (size_t low = floor, high = walk->height; low + 1 < high; low++) {
		struct step step = walk->stack[--high];
		walk->stack[high] = walk->stack[low];
		walk->stack[low] = step;
	}
}

static void prefetch(struct walk *walk, size_t floor, size_t most)
{
	for (size_t at = walk->height - floor; at-- > 1 && most > 0; most--)
		ask_ahead(walk, &walk->stack[floor + at - 1]);
}

/* Opens an answer on top of the stack. */
static void open_answer(struct walk *walk, struct step *step, const struct answer *answer)
{
	uint64_t expires = clock_boot() + answer->ttl * NS_PER_SECOND;
	size_t floor = walk->height;

	if (walk->set_ttl == 0)
		walk->set_ttl = answer->ttl;
	if (answer->excess)
		walk_fail(walk, RESOLUTION_LIMIT, 0);
	if (expires < step->expires)
		step->expires = expires;
	step->authenticated &= answer->authenticated;
	kinds[step->kind].open(walk, step, answer);
	turn_around(walk, floor);
	prefetch(walk, floor, kinds[step->kind].ahead);
}

/* Is there a step? When the stack is empty, all instances of DNS-SD have been asked. */
static bool more(struct walk *walk)
{
	if (walk->height == 0) {
		dnssd_leave(walk);
		turn_around(walk, 0);
		prefetch(walk, 0, AHEAD);
	}
	return walk->height > 0;
}

static void go_on(struct walk *walk)
{
	while (more(walk)) {
		struct step step = walk->stack[--walk->height];
		if (step.kind == STEP_PEER)
			return yield(walk, &step);
		if (ask(walk, &step))
			return;
	}
	end(walk);
}

static void answered(void *context, const struct answer *answer)
{
	struct walk *walk = context;

	walk->question = NULL;
	if (answer->result == RESOLUTION_FOUND)
		open_answer(walk, &walk->step, answer);
	else
		walk_fail(walk, answer->result, answer->ttl);
	go_on(walk);
}

/* --- From the event loop ----------------------------------------------------------------------------------------- */

static void on_turn(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	go_on(context);
}

static void on_deadline(evutil_socket_t fd, short what, void *context)
{
	struct walk *walk = context;

	(void)fd;
	(void)what;
	if (walk->question)
		question_drop(take(walk->question));
	event_del(walk->turn);
	walk->height = 0;
	walk->gathered_count = 0;
	walk_fail(walk, RESOLUTION_LIMIT, 0);
	end(walk);
}

/* --- The caller's ------------------------------------------------------------------------------------------------ */

/* The root and the names right below it are nobody's domain to ask for (requirements 8.5). */
static bool may_be_asked_for(const struct dns_name *domain)
{
	return domain->length > 1 && domain->length > domain->wire[0] + 2;
}

static bool start_of(const struct walk *walk, struct step *ret)
{
	static const enum step_kind starts[] = {
		[WALK_S_NAPTR] = STEP_NAPTR,
		[WALK_DNS_SD] = STEP_SERVICE,
		[WALK_ADDRESSES] = STEP_ADDRESSES,
	};

	if (!walk->terms || !may_be_asked_for(&walk->options.domain))
		return false;
	*ret = (struct step){
		.kind = starts[walk->options.kind],
		.name = walk->options.domain,
		.from = -1,
		.port = walk->terms->port,
		.expires = TABLE_NEVER,
		.authenticated = true,
	};
	return walk->options.kind != WALK_DNS_SD || dnssd_service(walk, &ret->name) == 0;
}

struct walk *walk_new(struct event_base *base, struct resolver *resolver, const struct walk_options *options)
{
	struct walk *walk = malloc(sizeof *walk);

	if (!walk)
		return NULL;
	memset(walk, 0, offsetof(struct walk, asked));
	walk->options = *options;
	walk->resolver = resolver;
	walk->terms = protocol_terms(options->service, options->protocol);
	walk->failure = RESOLUTION_FOUND;
	walk->retry = RETRY_MOST;
	walk->passing = UINT32_MAX;
	walk->expires = TABLE_NEVER;
	walk->left = WALK_SECONDS_MAX * NS_PER_SECOND;
	walk->turn = event_new(base, -1, 0, on_turn, walk);
	walk->deadline = evtimer_new(base, on_deadline, walk);
	if (!walk->turn || !walk->deadline) {
		walk_free(walk);
		return NULL;
	}
	if (start_of(walk, &walk->stack[0]))
		walk->height = 1;
	else
		walk_fail(walk, RESOLUTION_NO_DOMAIN, RETRY_MOST);
	return walk;
}

void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	if (walk->question)
		question_drop(walk->question);
	if (walk->turn)
		event_free(walk->turn);
	if (walk->deadline)
		event_free(walk->deadline);
	free(walk->gathered);
	free(walk);
}

/* The time between a candidate and the wish for the next is its caller's, not the walk's. */
void walk_next(struct walk *walk, walk_fn *next, void *context)
{
	const struct timeval left = {
		.tv_sec = (time_t)(walk->left / NS_PER_SECOND),
		.tv_usec = (suseconds_t)(walk->left % NS_PER_SECOND / 1000),
	};

	walk->next = next;
	walk->context = context;
	walk->since = clock_boot();
	evtimer_add(walk->deadline, &left);
	event_active(walk->turn, EV_TIMEOUT, 0);
}

void walk_refuse(struct walk *walk)
{
	walk->stats.backtracked++;
}

const struct walk_stats *walk_stats(const struct walk *walk)
{
	return &walk->stats;
}
