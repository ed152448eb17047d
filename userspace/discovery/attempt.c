/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does one method yield? Each begins with what was told or configured. Addresses are peers as they are, and then
 * no name is passed to a resolver (RFC 8973 5.1.3, 5.2.3); names take steps, one search each, until one finds
 * something:
 *
 *   explicit  the configured name: by S-NAPTR, then its own addresses
 *   dhcp      the name that was told, in the same way
 *   s-naptr   each domain that was told, or the default one, by S-NAPTR (6)
 *   dns-sd    each of them by DNS-SD (7)
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "dhcp/discard.h"
#include "discovery/device.h"
#include "discovery/plan.h"

/* What fails for reasons of our own, is tried again after this time, seconds. */
#define WAIT_OURS 300

static const struct name no_name;

/* The first whole second by which so many have passed: the wheel's, and so what is told of it. */
static uint32_t second_in(uint32_t seconds)
{
	return (uint32_t)((clock_boot() + NS_PER_SECOND - 1) / NS_PER_SECOND) + seconds;
}

static void disarm(struct attempt *attempt)
{
	wheel_cancel(attempt->plan->discovery->wheel, attempt->timer);
	attempt->timer = WHEEL_NONE;
	attempt->until = TABLE_NEVER;
}

static void try_again_in(struct attempt *attempt, uint32_t seconds)
{
	uint32_t owner = attempt->plan->peerset->id * METHOD_COUNT + attempt->method, due = second_in(seconds);

	disarm(attempt);
	if (wheel_arm(attempt->plan->discovery->wheel, WHEEL_ATTEMPT, owner, due, &attempt->timer))
		log_error("out-of-memory doing=\"waiting for the time to ask again\"");
	else
		attempt->until = due * NS_PER_SECOND;
}

/* --- Peers --- */

static void set_peers(struct attempt *attempt, struct peer *peers, size_t count)
{
	free(attempt->peers);
	attempt->peers = peers;
	attempt->peer_count = count;
}

/* Nothing follows from what was told or configured. */
static void not_told(struct attempt *attempt, const char *why)
{
	attempt->state = ATTEMPT_NOT_TOLD;
	attempt->why = why;
	set_peers(attempt, NULL, 0);
}

static struct peer peer_of(const struct attempt *attempt, const struct address *address, enum peer_state state)
{
	return (struct peer){
		.address = *address,
		.port = PORT_SIGNAL,
		.channel = CHANNEL_SIGNAL,
		.transport = TRANSPORT_UDP,
		.method = attempt->method,
		.state = state,
		.name = *attempt->name,
		.expires = TABLE_NEVER,
	};
}

/* Addresses that were told or configured, of this peerset's family. An IPv4-mapped one stays with IPv6, where it was
 * told. */
static bool use_addresses(struct attempt *attempt, const struct address *addresses, size_t count)
{
	struct peer *peers = calloc(count ? count : 1, sizeof *peers);
	size_t kept = 0;

	if (!peers)
		return false;
	for (size_t i = 0; i < count; i++)
		if (addresses[i].family == attempt->plan->peerset->key.family) {
			peers[kept] = peer_of(attempt, &addresses[i], PEER_DISCOVERED);
			peers[kept++].any_transport = true;
		}
	set_peers(attempt, peers, kept);
	if (kept) {
		attempt->state = ATTEMPT_FOUND;
		attempt->until = TABLE_NEVER;
	}
	return kept;
}

/* Candidates of a search. Of a name's own addresses nobody said which transports they take: one peer each. */
static bool use_candidates(struct attempt *attempt, const struct search_outcome *outcome)
{
	const struct step *step = &attempt->steps[attempt->step];
	struct peer *peers = calloc(outcome->count ? outcome->count : 1, sizeof *peers);
	size_t kept = 0;

	if (!peers)
		return false;
	for (size_t i = 0; i < outcome->count; i++) {
		const struct candidate *candidate = &outcome->candidates[i];
		if (step->kind == WALK_ADDRESSES && candidate->protocol != PROTOCOL_SIGNAL_UDP)
			continue;
		struct peer *peer = &peers[kept++];
		*peer = peer_of(attempt, &candidate->address, PEER_RESOLVED);
		peer->port = candidate->port;
		peer->channel = protocol_channel(SERVICE_DOTS, candidate->protocol);
		peer->transport = protocol_transport(candidate->protocol);
		peer->any_transport = step->kind == WALK_ADDRESSES;
		peer->name = *step->name;
		peer->expires = second_in(candidate->ttl) * NS_PER_SECOND;
	}
	set_peers(attempt, peers, kept);
	return kept;
}

/* --- Steps --- */

static void count_outcome(struct discovery_stats *stats, enum peer_method method, const struct search_outcome *outcome)
{
	static const double bounds[] = RESOLUTION_BUCKETS;
	unsigned bucket = 0;

	_Static_assert(sizeof bounds / sizeof bounds[0] == RESOLUTION_BUCKET_COUNT - 1, "the last bucket has no bound");
	while (bucket < RESOLUTION_BUCKET_COUNT - 1 && outcome->seconds > bounds[bucket])
		bucket++;
	stats->buckets[bucket]++;
	stats->duration_sum += outcome->seconds;
	stats->results[method][outcome->result]++;
}

static void found(struct attempt *attempt, const struct search_outcome *outcome)
{
	const struct step *step = &attempt->steps[attempt->step];

	log_info("resolved name=%s method=%s family=%u peers=%zu ttl=%u", step->name->text,
		 peer_method_word(attempt->method), attempt->plan->peerset->key.family, attempt->peer_count,
		 outcome->ttl);
	attempt->state = ATTEMPT_FOUND;
	attempt->why = NULL;
	attempt->name = step->name;
	queue_leave(attempt);
	try_again_in(attempt, outcome->ttl);
	plan_turn(attempt->plan);
}

static void failed(struct attempt *attempt)
{
	attempt->why = resolution_result_word(attempt->result);
	if (attempt->wait == UINT32_MAX)
		attempt->wait = WAIT_OURS;
	log_warning("unresolved name=%s method=%s family=%u result=%s again-in=%us", attempt->name->text,
		    peer_method_word(attempt->method), attempt->plan->peerset->key.family, attempt->why, attempt->wait);
	attempt->state = ATTEMPT_FAILED;
	set_peers(attempt, NULL, 0);
	queue_leave(attempt);
	try_again_in(attempt, attempt->wait);
	plan_turn(attempt->plan);
}

static void on_outcome(void *context, const struct search_outcome *outcome)
{
	struct attempt *attempt = context;

	attempt->search = NULL;
	count_outcome(&attempt->plan->discovery->stats, attempt->method, outcome);
	if (outcome->result == RESOLUTION_FOUND && use_candidates(attempt, outcome)) {
		found(attempt, outcome);
		return;
	}
	/* What the last step says is what a person wants to know: before it come the less usual ways. */
	attempt->result = outcome->result == RESOLUTION_FOUND ? RESOLUTION_UNUSABLE : outcome->result;
	if (outcome->ttl < attempt->wait)
		attempt->wait = outcome->ttl;
	attempt->step++;
	attempt_run(attempt);
}

/* The configured resolvers, else those that the reply named. */
static struct resolver_place place_of(const struct attempt *attempt)
{
	const struct discovery_options *options = &attempt->plan->discovery->options;
	const struct peerset_key *key = &attempt->plan->peerset->key;
	bool configured = options->resolver_count;
	const struct address *from = configured ? options->resolvers : key->resolvers;
	struct resolver_place place;
	enum discard_reason reason;
	bool loopback = false;

	memset(&place, 0, sizeof place); /* places are compared as bytes */
	place.trusted = configured;
	place.count = (uint8_t)(configured ? options->resolver_count : key->resolver_count);
	for (size_t i = 0; i < place.count; i++) {
		place.resolvers[i].address = from[i];
		loopback |= discard_address(&from[i], &reason) && reason == DISCARD_loopback;
	}
	if (!loopback) /* which no other device reaches */
		device_of(key->port, place.device);
	return place;
}

void attempt_run(struct attempt *attempt)
{
	struct discovery *discovery = attempt->plan->discovery;
	struct search_options options = {
		.service = SERVICE_DOTS,
		.family = attempt->plan->peerset->key.family,
		.seed = discovery->seed,
	};

	if (attempt->step == attempt->step_count) {
		failed(attempt);
		return;
	}
	options.kind = attempt->steps[attempt->step].kind;
	options.place = place_of(attempt);
	if (dns_name_parse(attempt->steps[attempt->step].name->text, &options.domain) == 0)
		attempt->search = search_start(discovery->base, discovery->resolver, &options, on_outcome, attempt);
	if (attempt->search)
		return;
	log_error("search-not-started name=%s", attempt->steps[attempt->step].name->text);
	attempt->result = RESOLUTION_FAILED;
	attempt->step++;
	attempt_run(attempt);
}

static void add_step(struct attempt *attempt, enum walk_kind kind, const struct name *name)
{
	if (attempt->step_count < STEPS_MAX)
		attempt->steps[attempt->step_count++] = (struct step){kind, name};
}

/* Once the steps stand. */
static void resolve(struct attempt *attempt)
{
	if (attempt->state != ATTEMPT_FOUND && attempt->state != ATTEMPT_FAILED)
		attempt->state = ATTEMPT_RESOLVING;
	attempt->name = attempt->steps[0].name;
	attempt->step = 0;
	attempt->wait = UINT32_MAX;
	queue_enter(attempt);
}

/* A name that is a reference identifier: the operator may have published S-NAPTR records for it. */
static void resolve_identifier(struct attempt *attempt, const struct name *name)
{
	add_step(attempt, WALK_S_NAPTR, name);
	add_step(attempt, WALK_ADDRESSES, name);
	resolve(attempt);
}

/* --- Methods --- */

/* A name alone is of both; one family's addresses may stand in an entry of their own. */
static bool is_of_family(const struct explicit *entry, uint8_t family)
{
	for (size_t i = 0; i < entry->address_count; i++)
		if (entry->addresses[i].family == family)
			return true;
	return !entry->address_count;
}

static const struct explicit *explicit_of(const struct plan *plan)
{
	const struct discovery_options *options = &plan->discovery->options;
	const struct peerset_key *key = &plan->peerset->key;

	for (size_t i = 0; i < options->explicit_count; i++) {
		const struct explicit *entry = &options->explicits[i];
		bool here = strcmp(entry->port, key->access) == 0 || strcmp(entry->port, key->port) == 0;
		if (here && is_of_family(entry, key->family))
			return entry;
	}
	return NULL;
}

static void start_explicit(struct attempt *attempt)
{
	const struct explicit *entry = explicit_of(attempt->plan);

	if (!entry) {
		not_told(attempt, "nothing is configured for this port and family");
		return;
	}
	attempt->name = &entry->name;
	if (!entry->address_count)
		resolve_identifier(attempt, &entry->name);
	else if (!use_addresses(attempt, entry->addresses, entry->address_count))
		not_told(attempt, "out of memory");
}

static void start_dhcp(struct attempt *attempt)
{
	struct discovery *discovery = attempt->plan->discovery;
	const struct discovery_options *options = &discovery->options;
	const struct stored_offer *offer = attempt->plan->peerset->offer;

	if (!offer) {
		not_told(attempt, "no reply told a valid name or address");
		return;
	}
	attempt->name = &offer->name;
	if (offer->name.length && !trusted_accepts(options->trusted, options->trusted_count, offer->name.text)) {
		discovery->stats.untrusted++;
		log_warning("name-not-trusted name=%s port=%s", offer->name.text, attempt->plan->peerset->key.port);
		not_told(attempt, "the name that was told is not on the list of trusted names");
	} else if (!offer->address_count) {
		resolve_identifier(attempt, &offer->name);
	} else {
		use_addresses(attempt, offer->addresses, offer->address_count);
	}
}

static void start_domains(struct attempt *attempt, enum walk_kind kind)
{
	const struct peerset_key *key = &attempt->plan->peerset->key;
	const struct name *fallback = &attempt->plan->discovery->options.default_domain;

	for (size_t i = 0; i < key->domain_count; i++)
		add_step(attempt, kind, &key->domains[i]);
	if (!attempt->step_count && fallback->length)
		add_step(attempt, kind, fallback);
	if (attempt->step_count)
		resolve(attempt);
	else
		not_told(attempt, "no domain was told, and no default one is configured");
}

static void start_s_naptr(struct attempt *attempt)
{
	start_domains(attempt, WALK_S_NAPTR);
}

static void start_dns_sd(struct attempt *attempt)
{
	start_domains(attempt, WALK_DNS_SD);
}

void attempt_start(struct attempt *attempt)
{
	static void (*const start[METHOD_COUNT])(struct attempt * attempt) = {
		[METHOD_EXPLICIT] = start_explicit,
		[METHOD_DHCP] = start_dhcp,
		[METHOD_S_NAPTR] = start_s_naptr,
		[METHOD_DNS_SD] = start_dns_sd,
	};

	attempt->why = NULL;
	attempt->name = &no_name;
	attempt->step_count = 0;
	disarm(attempt);
	start[attempt->method](attempt);
}

/* --- Its life --- */

/* What holds is looked up again, and what failed tried again; what only waits need not be known until it is wanted. */
void attempt_due(struct attempt *attempt)
{
	attempt->timer = WHEEL_NONE;
	attempt->until = TABLE_NEVER;
	if (plan_wants(attempt->plan, attempt->method))
		attempt_start(attempt);
	else
		attempt_reset(attempt);
	plan_turn(attempt->plan);
}

void attempt_open(struct plan *plan, enum peer_method method)
{
	plan->attempts[method] = (struct attempt){
		.plan = plan,
		.method = method,
		.name = &no_name,
		.timer = WHEEL_NONE,
		.until = TABLE_NEVER,
	};
}

static void stop_search(struct attempt *attempt)
{
	search_drop(attempt->search);
	attempt->search = NULL;
	queue_leave(attempt);
}

void attempt_reset(struct attempt *attempt)
{
	stop_search(attempt);
	disarm(attempt);
	set_peers(attempt, NULL, 0);
	attempt->state = ATTEMPT_UNTRIED;
	attempt->why = NULL;
	attempt->name = &no_name;
}

void attempt_repeat(struct attempt *attempt)
{
	if (attempt->state != ATTEMPT_FOUND && attempt->state != ATTEMPT_FAILED) {
		attempt_reset(attempt);
		return;
	}
	stop_search(attempt);
	attempt_start(attempt);
}
