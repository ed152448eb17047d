/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The procedure, for each peerset (RFC 8973 4 and 5):
 *
 *   1  addresses in the offer are its peers; the name beside them is not resolved (5.1.3)
 *   2  a name alone is resolved, and resolved again when its TTL ends
 *   3  a name that did not resolve is asked again after a pause that fits the error (6)
 */
#include "discovery/discovery.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "dhcp/offer.h"
#include "discovery/resolver.h"

/* The DOTS signal channel's port (RFC 9132 3.1, RFC 8973 6). */
#define PORT_SIGNAL 4646

/* Answers are kept within these bounds, seconds: requirements 8.6. */
#define TTL_LEAST 60
#define TTL_MOST 86400

struct discovery {
	struct event_base *base;
	struct table *table;
	struct table_observer observer;
	struct discovery_options options;
	struct resolver *resolver;
	struct discovery_stats stats;
};

/* What discovery keeps for one peerset whose name has to be resolved. */
struct job {
	struct discovery *discovery;
	struct peerset *peerset;
	struct question *question; /* NULL: nothing is being asked */
	struct event *timer;       /* when to ask (again) */
	unsigned failures;         /* in a row */
};

/* The pause before a failed question is asked again: requirements 8.6. `doubling`: with each failure in a row. */
static const struct {
	const char *word;
	unsigned pause;
	bool doubling;
} results[] = {
	[RESOLUTION_FOUND] = {"found", 0, false},           [RESOLUTION_NXDOMAIN] = {"nxdomain", 300, false},
	[RESOLUTION_NODATA] = {"nodata", 300, false},       [RESOLUTION_SERVFAIL] = {"servfail", 5, true},
	[RESOLUTION_REFUSED] = {"refused", 300, false},     [RESOLUTION_TIMEOUT] = {"timeout", 5, true},
	[RESOLUTION_MALFORMED] = {"malformed", 300, false}, [RESOLUTION_NO_RESOLVER] = {"no-resolver", 300, false},
	[RESOLUTION_FAILED] = {"failed", 5, true},
};

#define PAUSE_MOST 300

_Static_assert(sizeof results / sizeof results[0] == RESOLUTION_RESULT_COUNT, "a row for each result");

const char *resolution_result_word(enum resolution_result result)
{
	return results[result].word;
}

static unsigned pause_after(enum resolution_result result, unsigned failures)
{
	unsigned pause = results[result].pause;

	for (unsigned i = 1; results[result].doubling && i < failures && pause < PAUSE_MOST; i++)
		pause *= 2;
	return pause < PAUSE_MOST ? pause : PAUSE_MOST;
}

static struct peer peer_of(const struct address *address, enum peer_state state)
{
	return (struct peer){
		.address = *address,
		.port = PORT_SIGNAL,
		.channel = CHANNEL_SIGNAL,
		.transport = TRANSPORT_UDP,
		.method = METHOD_DHCP,
		.state = state,
		.expires = TABLE_NEVER,
	};
}

static void set_peers(struct discovery *discovery, struct peerset *peerset, const struct peer *peers, size_t count)
{
	if (table_set_peers(discovery->table, peerset, peers, count))
		log_error("out-of-memory doing=\"storing peers\"");
}

/* Step 1. */
static void use_addresses(struct discovery *discovery, struct peerset *peerset)
{
	static struct peer peers[OFFER_ADDRESSES_MAX];
	const struct stored_offer *offer = peerset->offer;

	for (size_t i = 0; i < offer->address_count; i++)
		peers[i] = peer_of(&offer->addresses[i], PEER_DISCOVERED);
	set_peers(discovery, peerset, peers, offer->address_count);
}

/* A peerset without addresses: one row that says how its resolution stands. */
static void set_unresolved(struct job *job, enum peer_state state, const char *detail)
{
	struct peer peer = peer_of(&(struct address){0}, state);

	peer.detail = detail;
	set_peers(job->discovery, job->peerset, &peer, 1);
}

static void set_resolved(struct job *job, const struct answer *answer, uint32_t ttl)
{
	struct peer peers[ANSWER_ADDRESSES_MAX];
	enum discard_reason reason;
	size_t count = 0;

	for (size_t i = 0; i < answer->count; i++) {
		if (discard_address(&answer->addresses[i], &reason)) /* DNS may not say what DHCP may not */
			continue;
		peers[count] = peer_of(&answer->addresses[i], PEER_RESOLVED);
		peers[count++].expires = clock_boot() + ttl * NS_PER_SECOND;
	}
	if (count)
		set_peers(job->discovery, job->peerset, peers, count);
	else
		set_unresolved(job, PEER_UNRESOLVED, "no usable address");
}

static void ask_in(const struct job *job, unsigned seconds)
{
	evtimer_add(job->timer, &(struct timeval){.tv_sec = seconds});
}

static void count_result(struct discovery_stats *stats, enum resolution_result result, double seconds)
{
	static const double bounds[] = RESOLUTION_BUCKETS;
	unsigned bucket = 0;

	_Static_assert(sizeof bounds / sizeof bounds[0] == RESOLUTION_BUCKET_COUNT - 1, "the last bucket has no bound");
	while (bucket < RESOLUTION_BUCKET_COUNT - 1 && seconds > bounds[bucket])
		bucket++;
	stats->buckets[bucket]++;
	stats->duration_sum += seconds;
	stats->results[METHOD_DHCP][result]++;
}

static void on_answer(void *context, enum resolution_result result, const struct answer *answer, double seconds)
{
	struct job *job = context;
	const char *name = job->peerset->offer->name.text;

	job->question = NULL;
	count_result(&job->discovery->stats, result, seconds);
	if (result == RESOLUTION_FOUND) {
		uint32_t ttl = answer->ttl < TTL_LEAST ? TTL_LEAST : answer->ttl > TTL_MOST ? TTL_MOST : answer->ttl;
		job->failures = 0;
		log_info("resolved name=%s family=%u addresses=%zu ttl=%u", name, job->peerset->key.family,
			 answer->count, ttl);
		set_resolved(job, answer, ttl);
		ask_in(job, ttl);
		return;
	}
	unsigned pause = pause_after(result, ++job->failures);
	log_warning("unresolved name=%s family=%u result=%s again-in=%us", name, job->peerset->key.family,
		    results[result].word, pause);
	set_unresolved(job, PEER_UNRESOLVED, results[result].word);
	ask_in(job, pause);
}

/* The configured resolvers, else those that the reply named. */
static struct resolver_set resolvers_for(const struct job *job)
{
	const struct discovery_options *options = &job->discovery->options;
	const struct peerset_key *key = &job->peerset->key;
	struct resolver_set set = {.count = options->resolver_count ? options->resolver_count : key->resolver_count};

	memcpy(set.addresses, options->resolver_count ? options->resolvers : key->resolvers, sizeof set.addresses);
	return set;
}

/* Step 2, and 3. */
static void ask(evutil_socket_t fd, short events, void *context)
{
	struct job *job = context;
	struct resolver_set set = resolvers_for(job);

	(void)fd;
	(void)events;
	resolver_ask(job->discovery->resolver, &set, job->peerset->offer->name.text, job->peerset->key.family,
		     on_answer, job, &job->question);
}

static void start_job(struct discovery *discovery, struct peerset *peerset)
{
	struct job *job = calloc(1, sizeof *job);

	if (!job || !(job->timer = evtimer_new(discovery->base, ask, job))) {
		log_error("out-of-memory doing=\"starting a resolution\"");
		free(job);
		return;
	}
	job->discovery = discovery;
	job->peerset = peerset;
	peerset->discovery = job;
	set_unresolved(job, PEER_RESOLVING, NULL);
	ask_in(job, 0); /* from the loop: this is called in the middle of a change of the table */
}

static void on_created(void *context, struct peerset *peerset)
{
	if (!peerset->offer)
		return;
	if (peerset->offer->address_count)
		use_addresses(context, peerset);
	else
		start_job(context, peerset);
}

static void on_ended(void *context, struct peerset *peerset)
{
	struct job *job = peerset->discovery;

	(void)context;
	if (!job)
		return;
	if (job->question)
		question_drop(job->question);
	event_free(job->timer);
	free(job);
	peerset->discovery = NULL;
}

int discovery_new(struct event_base *base, struct table *table, const struct discovery_options *options,
		  struct discovery **ret)
{
	struct discovery *discovery = calloc(1, sizeof *discovery);

	if (!discovery)
		return -ENOMEM;
	int result = resolver_new(base, &discovery->resolver);
	if (result) {
		free(discovery);
		return result;
	}
	discovery->base = base;
	discovery->table = table;
	discovery->options = *options;
	discovery->observer = (struct table_observer){
		.peerset_created = on_created,
		.peerset_ended = on_ended,
		.context = discovery,
	};
	table_observe(table, &discovery->observer);
	*ret = discovery;
	return 0;
}

void discovery_free(struct discovery *discovery)
{
	if (!discovery)
		return;
	resolver_free(discovery->resolver);
	free(discovery);
}

void discovery_configure(struct discovery *discovery, const struct discovery_options *options)
{
	discovery->options = *options;
}

const struct discovery_stats *discovery_stats(const struct discovery *discovery)
{
	return &discovery->stats;
}
