/* SPDX-License-Identifier: BSD-2-Clause */
#include "proof/race.h"

#include <stdlib.h>

#include "base/clock.h"

struct runner {
	struct race *race;
	struct handshake *handshake; /* under way */
	struct race_entry entry;
};

struct race {
	struct event_base *base;
	struct handshake_options options;
	struct identity_trust trust;
	race_fn *callback;
	void *context;
	struct event *timer;
	size_t count, begun, ended;
	struct runner runners[];
};

/* --- The order --- */

static unsigned rank(const struct proof_target *target)
{
	return (target->transport == TRANSPORT_UDP ? 0 : 2) + (identity_unmapped(&target->address).family == 6 ? 0 : 1);
}

/* By insertion: equal ones keep their order. */
static void line_up(struct race *race, const struct proof_target *targets)
{
	for (size_t i = 0; i < race->count; i++) {
		size_t at = i;
		for (; at && rank(&race->runners[at - 1].entry.target) > rank(&targets[i]); at--)
			race->runners[at].entry.target = race->runners[at - 1].entry.target;
		race->runners[at].entry.target = targets[i];
	}
}

/* --- Its end --- */

static void free_proof(struct proof *proof)
{
	sk_X509_pop_free(proof->chain, X509_free);
	SSL_SESSION_free(proof->session);
}

void race_cancel(struct race *race)
{
	if (!race)
		return;
	for (size_t i = 0; i < race->begun; i++) {
		handshake_cancel(race->runners[i].handshake);
		free_proof(&race->runners[i].entry.proof);
	}
	event_free(race->timer);
	free(race);
}

static void finish(struct race *race, const struct runner *winner)
{
	struct race_entry entries[RACE_MAX];

	for (size_t i = 0; i < race->begun; i++) {
		handshake_cancel(race->runners[i].handshake);
		race->runners[i].handshake = NULL;
	}
	for (size_t i = 0; i < race->count; i++)
		entries[i] = race->runners[i].entry;
	race->callback(race->context, winner ? &entries[winner - race->runners] : NULL, entries, race->count);
	race_cancel(race);
}

/* --- Its course --- */

static void on_proof(void *context, const struct proof *proof);

static void conclude(struct runner *runner, const struct proof *proof)
{
	struct proof kept = *proof;

	kept.chain = proof->chain ? X509_chain_up_ref(proof->chain) : NULL;
	if (kept.session)
		SSL_SESSION_up_ref(kept.session);
	runner->handshake = NULL;
	runner->entry.ended = true;
	runner->entry.proof = kept;
	runner->race->ended++;
}

static void begin_next(struct race *race)
{
	const struct timeval stagger = {0, RACE_STAGGER / 1000};
	struct runner *runner = &race->runners[race->begun++];

	runner->entry.tried = true;
	runner->handshake = handshake_start(race->base, &runner->entry.target, &race->options, on_proof, runner);
	if (!runner->handshake)
		conclude(runner, &(struct proof){.reason = REASON_INTERNAL, .expires = TABLE_NEVER});
	if (race->begun < race->count)
		event_add(race->timer, &stagger);
}

/* Whoever waits need not while nobody runs. */
static void go_on(struct race *race)
{
	while (race->ended == race->begun && race->begun < race->count)
		begin_next(race);
	if (race->ended == race->count)
		finish(race, NULL);
}

static void on_proof(void *context, const struct proof *proof)
{
	struct runner *runner = context;

	conclude(runner, proof);
	if (proof->reason == REASON_PROVEN)
		finish(runner->race, runner);
	else
		go_on(runner->race);
}

static void on_stagger(evutil_socket_t fd, short events, void *context)
{
	struct race *race = context;

	(void)fd;
	(void)events;
	if (race->begun < race->count)
		begin_next(race);
	go_on(race);
}

struct race *race_start(struct event_base *base, const struct proof_target *targets, size_t count,
			const struct handshake_options *options, race_fn *callback, void *context)
{
	struct race *race;

	if (count == 0 || count > RACE_MAX)
		return NULL;
	race = calloc(1, sizeof *race + count * sizeof *race->runners);
	if (!race)
		return NULL;
	*race = (struct race){base, *options, {0}, callback, context, evtimer_new(base, on_stagger, race), count, 0, 0};
	if (!race->timer) {
		free(race);
		return NULL;
	}
	race->options.session = NULL; /* it would be one candidate's */
	if (options->trust) {
		race->trust = *options->trust;
		race->options.trust = &race->trust;
	}
	for (size_t i = 0; i < count; i++)
		race->runners[i].race = race;
	line_up(race, targets);
	event_active(race->timer, 0, 0); /* the first begins there, so that nothing ends in here */
	return race;
}
