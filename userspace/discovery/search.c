/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which order do the candidates of all protocols come? Each protocol has a walk of its own, all run side by side,
 * and each is drained. Then the protocols stand by the rank of the first record that led somewhere, which is what the
 * operator of the domain prefers; equal ones as in enum protocol; within each, the order of its walk holds.
 */
#include "discovery/search.h"

#include <stdlib.h>

#include "base/clock.h"
#include "discovery/protocol.h"

/* One protocol's part. */
struct part {
	struct search *search;
	struct walk *walk; /* NULL: the service has no such protocol */
	enum resolution_result result;
	uint32_t ttl;
	size_t count;
	struct candidate candidates[SEARCH_CANDIDATES_MAX];
};

struct search {
	search_fn *done;
	void *context;
	uint64_t started; /* ns, CLOCK_BOOTTIME */
	unsigned running;
	struct part parts[PROTOCOL_COUNT];
	struct search_outcome outcome;
};

static bool is_known(const struct part *part, const struct candidate *candidate)
{
	for (size_t i = 0; i < part->count; i++) {
		if (part->candidates[i].port == candidate->port &&
		    address_equal(&part->candidates[i].address, &candidate->address))
			return true;
	}
	return false;
}

/* --- The outcome ------------------------------------------------------------------------------------------------- */

/* By the best candidate of each: 0 candidates come last, where they do no harm. */
static bool comes_before(const struct part *a, const struct part *b)
{
	if (a->count == 0 || b->count == 0)
		return b->count == 0;
	return a->candidates[0].rank <= b->candidates[0].rank;
}

static void sort_parts(struct search *search, const struct part *ret[PROTOCOL_COUNT])
{
	for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
		size_t at = i;

		for (; at > 0 && !comes_before(ret[at - 1], &search->parts[i]); at--)
			ret[at] = ret[at - 1];
		ret[at] = &search->parts[i];
	}
}

static void append(struct search_outcome *outcome, const struct candidate *candidate)
{
	if (outcome->count == SEARCH_CANDIDATES_MAX)
		return;
	outcome->candidates[outcome->count++] = *candidate;
	if (outcome->count == 1 || candidate->ttl < outcome->ttl)
		outcome->ttl = candidate->ttl;
}

/* How much a failure says about the domain, between walks that came equally far: the more, the further down. */
static unsigned tells(enum resolution_result result)
{
	static const uint8_t order[RESOLUTION_RESULT_COUNT] = {
		[RESOLUTION_NO_DOMAIN] = 1,  [RESOLUTION_NXDOMAIN] = 2, [RESOLUTION_NODATA] = 3,
		[RESOLUTION_UNUSABLE] = 4,   [RESOLUTION_FAILED] = 5,   [RESOLUTION_NO_RESOLVER] = 6,
		[RESOLUTION_TIMEOUT] = 7,    [RESOLUTION_REFUSED] = 8,  [RESOLUTION_SERVFAIL] = 9,
		[RESOLUTION_MALFORMED] = 10, [RESOLUTION_LIMIT] = 11,   [RESOLUTION_LOOP] = 12,
		[RESOLUTION_BOGUS] = 13,
	};

	return order[result];
}

/* What a walk found counts most; then how far it came; then what stopped it. */
static bool tells_more(const struct part *a, const struct part *b)
{
	unsigned far_a = walk_stats(a->walk)->queries, far_b = walk_stats(b->walk)->queries;

	if ((a->count > 0) != (b->count > 0))
		return a->count > 0;
	return far_a != far_b ? far_a > far_b : tells(a->result) > tells(b->result);
}

static void add_stats(struct walk_stats *sum, const struct walk_stats *stats)
{
	const unsigned *from = (const unsigned *)stats;
	unsigned *to = (unsigned *)sum;

	_Static_assert(sizeof *stats % sizeof *from == 0, "counters alone");
	for (size_t i = 0; i < sizeof *stats / sizeof *from; i++)
		to[i] += from[i];
}

static void add(struct search_outcome *outcome, const struct part *part)
{
	add_stats(&outcome->stats, walk_stats(part->walk));
	/* A walk that found nothing has no say in when to search again, unless that was a trouble that passes. */
	if ((outcome->count == 0 || part->result == RESOLUTION_FOUND || resolution_passes(part->result)) &&
	    part->ttl < outcome->ttl)
		outcome->ttl = part->ttl;
	for (size_t i = 0; i < part->count; i++)
		append(outcome, &part->candidates[i]);
}

static void conclude(struct search *search)
{
	struct search_outcome *outcome = &search->outcome;
	const struct part *parts[PROTOCOL_COUNT], *telling = &search->parts[0];

	outcome->ttl = UINT32_MAX;
	sort_parts(search, parts);
	for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
		if (!parts[i]->walk)
			continue;
		add(outcome, parts[i]);
		if (tells_more(parts[i], telling))
			telling = parts[i];
	}
	outcome->result = telling->result;
	outcome->seconds = (double)(clock_boot() - search->started) / (double)NS_PER_SECOND;
}

/* --- The walks --------------------------------------------------------------------------------------------------- */

static void on_next(void *context, const struct candidate *candidate, enum resolution_result result, uint32_t ttl)
{
	struct part *part = context;
	struct search *search = part->search;

	if (candidate) {
		if (part->count < SEARCH_CANDIDATES_MAX && !is_known(part, candidate))
			part->candidates[part->count++] = *candidate;
		return walk_next(part->walk, on_next, part);
	}
	part->result = result;
	part->ttl = ttl;
	if (--search->running > 0)
		return;
	conclude(search);
	search->done(search->context, &search->outcome);
	search_drop(search);
}

static int start(struct search *search, struct event_base *base, struct resolver *resolver,
		 const struct search_options *options, enum protocol protocol)
{
	const struct walk_options walk = {
		.kind = options->kind,
		.service = options->service,
		.protocol = protocol,
		.family = options->family,
		.place = options->place,
		.domain = options->domain,
		.seed = options->seed,
	};
	struct part *part = &search->parts[protocol];

	part->search = search;
	if (!protocol_terms(options->service, protocol))
		return 0;
	part->walk = walk_new(base, resolver, &walk);
	if (!part->walk)
		return -1;
	search->running++;
	walk_next(part->walk, on_next, part);
	return 0;
}

struct search *search_start(struct event_base *base, struct resolver *resolver, const struct search_options *options,
			    search_fn *done, void *context)
{
	struct search *search = calloc(1, sizeof *search);

	if (!search)
		return NULL;
	search->done = done;
	search->context = context;
	search->started = clock_boot();
	for (enum protocol protocol = 0; protocol < PROTOCOL_COUNT; protocol++) {
		if (start(search, base, resolver, options, protocol) < 0) {
			search_drop(search);
			return NULL;
		}
	}
	return search;
}

void search_drop(struct search *search)
{
	if (!search)
		return;
	for (size_t i = 0; i < PROTOCOL_COUNT; i++)
		walk_free(search->parts[i].walk);
	free(search);
}
