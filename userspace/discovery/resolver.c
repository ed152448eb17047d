/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way of a question:
 *
 * 1. ask      the lookup of its (place, name, type) is found or made; if what came of it last still holds, go to 5.
 * 2. wait     for its turn: not too many on their way, not too many a second.
 * 3. inquire  of one resolver after the other (inquiry.h).
 * 4. settle   what came of it, and for how long it holds (hold.h).
 * 5. tell     everybody who asked; always from the event loop, and not too many in one turn of it.
 *
 * c-ares calls back in 3 and 4 alone, and `done` is called in 5 alone: whoever is told may do what he likes.
 */
#include "discovery/resolver.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "discovery/hold.h"
#include "discovery/lookup.h"
#include "discovery/pace.h"

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#define WAITING_MAX 100000
#define TOLD_MAX 1024 /* in one turn of the event loop */

/* A failure that nobody met again for so long after its time begins anew at the shortest time. */
#define AGAIN_SECONDS 600

struct resolver {
	struct event_base *base;
	struct event *turn;  /* somebody is to be told, or may be asked */
	struct event *pause; /* until more may be asked */
	struct channels *channels;
	struct lookups lookups;
	struct resolver_options options;
	struct pace pace;
	struct resolver_stats stats;
	bool telling;
	bool ended; /* by whoever is being told: gone when he returns */
};

static void take_turn(struct resolver *resolver)
{
	static const struct timeval now = {0};

	if (!evtimer_pending(resolver->turn, NULL))
		evtimer_add(resolver->turn, &now);
}

/* --- 4. Settle -----------------------------------------------------------------------------------------------------
 */

static bool is_loopback(const struct address *address)
{
	if (address->family == 4)
		return address->bytes[0] == IN_LOOPBACKNET;
	return memcmp(address->bytes, &in6addr_loopback, sizeof address->bytes) == 0;
}

/* Requirements 8.8: an AD bit is worth as much as the way it came. */
static bool is_trusted(const struct resolver_place *place)
{
	if (place->trusted)
		return true;
	for (unsigned i = 0; i < place->count; i++)
		if (!is_loopback(&place->resolvers[i].address))
			return false;
	return true;
}

static bool can_be_authenticated(enum resolution_result result)
{
	return result == RESOLUTION_FOUND || result == RESOLUTION_NXDOMAIN || result == RESOLUTION_NODATA;
}

static void judge(const struct resolver *resolver, const struct lookup *lookup, struct answer *answer)
{
	answer->authenticated = answer->authenticated && can_be_authenticated(answer->result) &&
				resolver->options.dnssec != DNSSEC_OFF && is_trusted(&lookup->place);
	if (resolver->options.dnssec != DNSSEC_REQUIRE || answer->authenticated ||
	    !can_be_authenticated(answer->result))
		return;
	answer_clear(answer);
	answer->result = RESOLUTION_BOGUS;
}

/* How often has this kind of failure come in a row, before this one? */
static unsigned count_again(const struct lookup *lookup, enum resolution_result result, uint64_t now)
{
	if (!hold_doubles(result) || !lookup->until || !hold_doubles(lookup->answer.result) ||
	    now > lookup->until + AGAIN_SECONDS * NS_PER_SECOND)
		return 0;
	return lookup->again + 1;
}

/* Takes the answer over. */
static void settle(struct resolver *resolver, struct lookup *lookup, struct answer *answer)
{
	uint64_t now = clock_boot();

	judge(resolver, lookup, answer);
	lookup->again = count_again(lookup, answer->result, now);
	answer->ttl = hold_seconds(answer->result, answer->ttl, lookup->again,
				   hash_bytes(&resolver->lookups.key, &now, sizeof now));
	lookup->until = now + answer->ttl * NS_PER_SECOND;
	resolver->stats.results[answer->result]++;
	lookup_set_answer(&resolver->lookups, lookup, answer);
	lookup_move(&resolver->lookups, lookup, LOOKUP_READY);
	take_turn(resolver);
}

static void settle_unasked(struct lookup *lookup, enum resolution_result result)
{
	settle(lookup->resolver, lookup, &(struct answer){.result = result, .type = lookup->type});
}

/* --- 3. Inquire, 2. wait -------------------------------------------------------------------------------------------
 */

static void on_inquired(struct inquiry *inquiry, const struct answer *answer)
{
	struct lookup *lookup = container_of(inquiry, struct lookup, inquiry);
	struct answer owned = *answer;

	settle(lookup->resolver, lookup, &owned);
}

static void inquire(struct resolver *resolver, struct lookup *lookup)
{
	lookup->wanted = false;
	lookup_move(&resolver->lookups, lookup, LOOKUP_ASKED);
	inquiry_start(&lookup->inquiry, resolver->channels, &lookup->place,
		      (struct bytes){lookup->name, lookup->length}, lookup->type,
		      resolver->options.dnssec != DNSSEC_OFF, on_inquired);
}

static void pause_for(struct resolver *resolver, uint64_t ns)
{
	struct timeval wait = {(time_t)(ns / NS_PER_SECOND), (suseconds_t)(ns % NS_PER_SECOND / 1000 + 1)};

	evtimer_add(resolver->pause, &wait);
}

/* Whose turn is it? */
static void inquire_next(struct resolver *resolver)
{
	struct lookups *lookups = &resolver->lookups;
	struct lookup *lookup;

	if (evtimer_pending(resolver->pause, NULL))
		return;
	while ((lookup = lookups_first(lookups, LOOKUP_WAITING)) &&
	       lookups->counts[LOOKUP_ASKED] < resolver->options.in_flight_max) {
		if (!pace_take(&resolver->pace, clock_boot())) {
			pause_for(resolver, pace_wait(&resolver->pace));
			return;
		}
		inquire(resolver, lookup);
	}
}

static void on_pause_over(int fd, short events, void *context)
{
	(void)fd;
	(void)events;
	inquire_next(context);
}

static void wait_for_turn(struct resolver *resolver, struct lookup *lookup)
{
	if (resolver->lookups.counts[LOOKUP_WAITING] >= WAITING_MAX) {
		log_warning("resolver-queue-full max=%d", WAITING_MAX);
		settle_unasked(lookup, RESOLUTION_FAILED);
		return;
	}
	lookup_move(&resolver->lookups, lookup, LOOKUP_WAITING);
	inquire_next(resolver);
}

/* --- 5. Tell -------------------------------------------------------------------------------------------------------
 */

static void question_end(struct question *question)
{
	TAILQ_REMOVE(&question->lookup->questions, question, others);
	free(question);
}

static uint32_t seconds_left(const struct lookup *lookup, uint64_t now)
{
	return lookup->until > now ? (uint32_t)((lookup->until - now + NS_PER_SECOND - 1) / NS_PER_SECOND) : 1;
}

static void tell(struct lookup *lookup, struct question *question, uint64_t now)
{
	question_done_fn *done = question->done;
	void *context = question->context;
	struct answer answer = lookup->answer;

	answer.ttl = seconds_left(lookup, now);
	question_end(question);
	done(context, &answer);
}

static void tell_ready(struct resolver *resolver)
{
	struct lookups *lookups = &resolver->lookups;
	struct lookup *lookup;
	uint64_t now = clock_boot();

	for (unsigned told = 0; told < TOLD_MAX && (lookup = lookups_first(lookups, LOOKUP_READY)); told++) {
		struct question *question = TAILQ_FIRST(&lookup->questions);
		if (question)
			tell(lookup, question, now);
		else
			lookup_move(lookups, lookup, LOOKUP_IDLE);
		if (resolver->ended)
			return;
	}
}

static void on_turn(int fd, short events, void *context)
{
	struct resolver *resolver = context;

	(void)fd;
	(void)events;
	resolver->telling = true;
	tell_ready(resolver);
	resolver->telling = false;
	if (resolver->ended) {
		resolver_free(resolver);
		return;
	}
	inquire_next(resolver);
	if (lookups_first(&resolver->lookups, LOOKUP_READY))
		take_turn(resolver);
}

/* --- 1. Ask --------------------------------------------------------------------------------------------------------
 */

/* An idle lookup is set in motion; any other moves already. */
static void start(struct resolver *resolver, struct lookup *lookup)
{
	if (lookup->state != LOOKUP_IDLE)
		return;
	lookup->resolver = resolver;
	if (clock_boot() < lookup->until) {
		lookup_move(&resolver->lookups, lookup, LOOKUP_READY);
		take_turn(resolver);
	} else if (!lookup->length) {
		settle_unasked(lookup, RESOLUTION_NO_DOMAIN);
	} else if (!lookup->place.count) {
		settle_unasked(lookup, RESOLUTION_NO_RESOLVER);
	} else {
		wait_for_turn(resolver, lookup);
	}
}

struct question *resolver_ask(struct resolver *resolver, const struct resolver_place *place,
			      const struct dns_name *name, uint16_t type, question_done_fn *done, void *context)
{
	struct question *question = calloc(1, sizeof *question);
	struct lookup *lookup = question ? lookups_get(&resolver->lookups, place, name, type) : NULL;

	if (!lookup) {
		free(question);
		return NULL;
	}
	*question = (struct question){.lookup = lookup, .done = done, .context = context};
	TAILQ_INSERT_TAIL(&lookup->questions, question, others);
	if (lookup->state == LOOKUP_WAITING || lookup->state == LOOKUP_ASKED)
		resolver->stats.shared++;
	else if (lookup->state == LOOKUP_READY || clock_boot() < lookup->until)
		resolver->stats.kept++;
	start(resolver, lookup);
	return question;
}

void question_drop(struct question *question)
{
	struct lookup *lookup;

	if (!question)
		return;
	lookup = question->lookup;
	question_end(question);
	if (lookup->state == LOOKUP_WAITING && TAILQ_EMPTY(&lookup->questions) && !lookup->wanted)
		lookup_move(&lookup->resolver->lookups, lookup, LOOKUP_IDLE);
}

void resolver_prefetch(struct resolver *resolver, const struct resolver_place *place, const struct dns_name *name,
		       uint16_t type)
{
	struct lookup *lookup = lookups_get(&resolver->lookups, place, name, type);

	if (!lookup)
		return;
	start(resolver, lookup);
	lookup->wanted = lookup->state == LOOKUP_WAITING;
}

/* --- The resolver --------------------------------------------------------------------------------------------------
 */

/* What was kept under another rule of DNSSEC says nothing under this one. */
void resolver_configure(struct resolver *resolver, const struct resolver_options *options)
{
	if (resolver->options.dnssec != options->dnssec)
		lookups_forget(&resolver->lookups);
	resolver->options = *options;
	if (!options->in_flight_max)
		resolver->options.in_flight_max = RESOLVER_IN_FLIGHT;
	resolver->pace = (struct pace){.per_second = options->per_second_max, .at = clock_boot()};
	resolver->pace.left = pace_burst(&resolver->pace);
	evtimer_del(resolver->pause);
	take_turn(resolver);
}

int resolver_new(struct event_base *base, const struct resolver_options *options, struct resolver **ret)
{
	struct resolver *resolver = calloc(1, sizeof *resolver);

	if (!resolver)
		return -ENOMEM;
	resolver->base = base;
	resolver->turn = evtimer_new(base, on_turn, resolver);
	resolver->pause = evtimer_new(base, on_pause_over, resolver);
	if (!resolver->turn || !resolver->pause || lookups_init(&resolver->lookups) ||
	    channels_new(base, &resolver->channels)) {
		resolver_free(resolver);
		return -ENOMEM;
	}
	resolver_configure(resolver, options);
	*ret = resolver;
	return 0;
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	if (resolver->telling) { /* the answer is in use */
		resolver->ended = true;
		return;
	}
	channels_free(resolver->channels);
	lookups_clear(&resolver->lookups);
	if (resolver->turn)
		event_free(resolver->turn);
	if (resolver->pause)
		event_free(resolver->pause);
	free(resolver);
}

const struct resolver_stats *resolver_stats(const struct resolver *resolver)
{
	return &resolver->stats;
}
