/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A contest for each peerset has a heat for each channel, and a heat an entry for each way to reach a candidate:
 *
 * 1. The first entry is asked about; CONTEST_STAGGER later, or as soon as all before it have failed, the next one is.
 * 2. Whichever is proven first wins. Entries behind it are left; those before it are still asked about.
 * 3. An entry before the winner that is proven after all takes its place (2).
 * 4. When the winner is lost, it goes on behind it (1). An entry that has failed is asked about all the time: the
 * prober tries it again, ever less often, and tells. An entry that the prober had no room for is asked about again
 * after ASK_AGAIN_SECONDS.
 */
#include "proof/contest.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

/* The prober could not take it on. */
#define ASK_AGAIN_SECONDS 30

enum entry_state {
	ENTRY_WAITING,
	ENTRY_ASKED,
	ENTRY_FAILED,
	ENTRY_PROVEN
};

struct entry {
	struct heat *heat;
	struct peer *peer;
	enum peer_transport transport;
	enum entry_state state;
	enum proof_reason reason; /* of one that failed */
	uint64_t expires;         /* of one that is proven */
	struct asker *asker;      /* NULL: nobody asks about it */
};

struct heat {
	struct contest *contest;
	struct entry *entries; /* owned, in order of preference */
	size_t count, next;    /* the next to be asked about */
	struct entry *winner;  /* NULL: none yet */
	struct event *stagger; /* owned; NULL: there is nothing to wait for */
	uint32_t timer;        /* when the winner's certificate expires */
};

struct contest {
	struct contests *contests;
	struct peerset *peerset;
	struct heat heats[CHANNEL_COUNT];
};

struct contests {
	struct event_base *base;
	struct table *table;
	struct wheel *wheel;
	struct prober *prober;
	struct contests_options options;
	struct contests_stats stats;
	struct table_observer observer;
	struct event *again; /* owned: some entries that failed have no asker */
};

static struct contests *contests_of(const struct heat *heat)
{
	return heat->contest->contests;
}

/* --- What is shown --- */

/* Which of two ways to the same peer says more about it? */
static bool says_more(const struct entry *a, const struct entry *b)
{
	static const unsigned char weight[] = {
		[ENTRY_WAITING] = 0, [ENTRY_FAILED] = 1, [ENTRY_ASKED] = 3, [ENTRY_PROVEN] = 4};
	unsigned of_a = weight[a->state], of_b = weight[b->state];

	of_a += a->state == ENTRY_FAILED && proof_reason_class(a->reason) == REASON_CLASS_REFUSED;
	of_b += b->state == ENTRY_FAILED && proof_reason_class(b->reason) == REASON_CLASS_REFUSED;
	return of_a > of_b;
}

static struct peer_proof proof_of_failure(const struct entry *entry)
{
	struct peer_proof proof = {
		.known = true,
		.transport = entry->transport,
		.detail = proof_reason_word(entry->reason),
		.expires = TABLE_NEVER,
	};

	switch (proof_reason_class(entry->reason)) {
	case REASON_CLASS_REFUSED:
		proof.state = PEER_REFUSED;
		break;
	case REASON_CLASS_UNREACHABLE:
		proof.state = PEER_UNREACHABLE;
		break;
	default: /* the trouble is ours, and says nothing about the peer */
		proof.state = entry->peer->state;
	}
	return proof;
}

static struct peer_proof proof_of(const struct entry *entry)
{
	switch (entry->state) {
	case ENTRY_PROVEN:
		return (struct peer_proof){true, PEER_PROVEN, entry->transport, NULL, entry->expires};
	case ENTRY_ASKED:
		return (struct peer_proof){true, PEER_PROVING, entry->peer->transport, NULL, TABLE_NEVER};
	case ENTRY_FAILED:
		return proof_of_failure(entry);
	default:
		return (struct peer_proof){0};
	}
}

static void show(const struct heat *heat, struct peer *peer)
{
	const struct entry *telling = NULL;

	for (size_t i = 0; i < heat->count; i++)
		if (heat->entries[i].peer == peer && (!telling || says_more(&heat->entries[i], telling)))
			telling = &heat->entries[i];
	if (!telling)
		return;
	struct peer_proof proof = proof_of(telling);
	table_set_proof(contests_of(heat)->table, heat->contest->peerset, peer, &proof);
}

/* --- Asking --- */

static void on_proof(void *context, const struct proof *proof);
static void ask_next(struct heat *heat);

static bool ask(struct entry *entry)
{
	const struct contest *contest = entry->heat->contest;
	struct contests *contests = contest->contests;
	struct proof_target target = {
		.address = entry->peer->address,
		.port = entry->peer->port,
		.transport = entry->transport,
		.channel = entry->peer->channel,
		.name = entry->peer->name,
	};

	memcpy(target.learnt_on, contest->peerset->key.port, sizeof target.learnt_on);
	contests->options.device(contest->peerset->key.port, target.device);
	int result = prober_ask(contests->prober, &target, on_proof, entry, &entry->asker);
	entry->state = result ? ENTRY_FAILED : ENTRY_ASKED;
	entry->reason = REASON_INTERNAL;
	if (result && !evtimer_pending(contests->again, NULL))
		evtimer_add(contests->again, &(struct timeval){.tv_sec = ASK_AGAIN_SECONDS});
	show(entry->heat, entry->peer);
	return result == 0;
}

static void on_stagger(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	ask_next(context);
}

static void wait_for_next(struct heat *heat)
{
	static const struct timeval stagger = {.tv_usec = CONTEST_STAGGER / 1000};

	if (!heat->stagger)
		heat->stagger = evtimer_new(contests_of(heat)->base, on_stagger, heat);
	if (heat->stagger)
		evtimer_add(heat->stagger, &stagger);
	else
		log_error("out-of-memory doing=\"waiting for a peer's proof\"");
}

static void ask_next(struct heat *heat)
{
	bool asked = false;

	while (!asked && !heat->winner && heat->next < heat->count)
		asked = ask(&heat->entries[heat->next++]);
	if (!heat->winner && heat->next < heat->count)
		wait_for_next(heat);
}

static void leave(struct entry *entry)
{
	prober_leave(entry->asker);
	entry->asker = NULL;
	entry->state = ENTRY_WAITING;
}

/* --- Outcomes --- */

/* The wheel's owner is the heat, by peerset and channel. */
static uint32_t number_of(const struct heat *heat)
{
	return heat->contest->peerset->id * CHANNEL_COUNT + (uint32_t)(heat - heat->contest->heats);
}

static void forget_expiry(struct heat *heat)
{
	wheel_cancel(contests_of(heat)->wheel, heat->timer);
	heat->timer = WHEEL_NONE;
}

static void await_expiry(struct heat *heat, uint64_t expires)
{
	uint64_t second = expires / NS_PER_SECOND + 1;

	forget_expiry(heat);
	if (second < UINT32_MAX &&
	    wheel_arm(contests_of(heat)->wheel, WHEEL_PROOF, number_of(heat), (uint32_t)second, &heat->timer))
		log_error("out-of-memory doing=\"waiting for a certificate's end\"");
}

static void win(struct entry *entry, const struct proof *proof)
{
	struct heat *heat = entry->heat;

	entry->state = ENTRY_PROVEN;
	entry->expires = proof->expires;
	heat->winner = entry;
	heat->next = (size_t)(entry - heat->entries) + 1;
	if (heat->stagger)
		evtimer_del(heat->stagger);
	for (struct entry *behind = entry + 1; behind < heat->entries + heat->count; behind++) {
		leave(behind);
		show(heat, behind->peer);
	}
	await_expiry(heat, proof->expires);
	show(heat, entry->peer);
}

/* S-NAPTR goes on to its next record (RFC 3958 2.2.4). */
static void count_backtrack(const struct heat *heat, const struct entry *entry)
{
	if (entry->peer->method == METHOD_S_NAPTR && proof_reason_backtracks(entry->reason) && heat->next < heat->count)
		contests_of(heat)->stats.backtracks[entry->reason]++;
}

static void fail(struct entry *entry, enum proof_reason reason)
{
	struct heat *heat = entry->heat;
	bool first = entry->state != ENTRY_FAILED;

	entry->state = ENTRY_FAILED;
	entry->reason = reason;
	if (heat->winner == entry) {
		heat->winner = NULL;
		forget_expiry(heat);
	}
	show(heat, entry->peer);
	if (heat->winner || !first)
		return;
	count_backtrack(heat, entry);
	ask_next(heat);
}

/* The callback is last: it may change the peerset, and so end the contest. */
static void on_proof(void *context, const struct proof *proof)
{
	struct entry *entry = context;
	struct contests *contests = contests_of(entry->heat);
	struct peerset *peerset = entry->heat->contest->peerset;
	bool expired = entry->state == ENTRY_PROVEN && proof->reason == REASON_EXPIRED;

	if (proof->reason == REASON_PROVEN)
		win(entry, proof);
	else
		fail(entry, proof->reason);
	if (expired)
		contests->options.expired(contests->options.context, peerset);
}

/* By the wheel's clock, which goes on while the machine is suspended; the prober's own hears of it later. */
static void on_expiry(void *context, uint32_t owner)
{
	struct contests *contests = context;
	struct peerset *peerset = table_peerset(contests->table, owner / CHANNEL_COUNT);
	struct contest *contest = peerset->proof;
	struct heat *heat = &contest->heats[owner % CHANNEL_COUNT];

	heat->timer = WHEEL_NONE;
	fail(heat->winner, REASON_EXPIRED);
	contests->options.expired(contests->options.context, peerset);
}

/* --- Who takes part --- */

static void add_entry(struct heat *heat, struct peer *peer, enum peer_transport transport)
{
	if (peer->address.family)
		heat->entries[heat->count++] = (struct entry){.heat = heat, .peer = peer, .transport = transport};
}

/* Each peer as it was found; then, of those that take any transport, the other one. */
static int fill(struct heat *heat, enum peer_channel channel)
{
	const struct peerset *peerset = heat->contest->peerset;

	heat->entries = calloc(2 * peerset->peer_count + 1, sizeof *heat->entries);
	if (!heat->entries)
		return -ENOMEM;
	for (size_t i = 0; i < peerset->peer_count; i++)
		if (peerset->peers[i].channel == channel)
			add_entry(heat, &peerset->peers[i], peerset->peers[i].transport);
	for (size_t i = 0; i < peerset->peer_count; i++)
		if (peerset->peers[i].channel == channel && peerset->peers[i].any_transport)
			add_entry(heat, &peerset->peers[i], TRANSPORT_TCP);
	return 0;
}

static void contest_free(struct contest *contest)
{
	if (!contest)
		return;
	for (struct heat *heat = contest->heats; heat < contest->heats + CHANNEL_COUNT; heat++) {
		for (size_t i = 0; i < heat->count; i++)
			prober_leave(heat->entries[i].asker);
		if (heat->stagger)
			event_free(heat->stagger);
		forget_expiry(heat);
		free(heat->entries);
	}
	free(contest);
}

/* --- Looks at all of them --- */

typedef void entry_fn(struct entry *entry);

static void for_each_entry(struct contests *contests, const char *port, entry_fn *function)
{
	struct peerset *peerset;

	for (uint32_t cursor = 0; (peerset = table_next_peerset(contests->table, &cursor));) {
		struct contest *contest = peerset->proof;
		if (!contest || (port && strcmp(peerset->key.port, port) != 0))
			continue;
		for (struct heat *heat = contest->heats; heat < contest->heats + CHANNEL_COUNT; heat++)
			for (size_t i = 0; i < heat->next; i++)
				function(&heat->entries[i]);
	}
}

/* Nobody asks about those behind a winner. */
static void ask_again(struct entry *entry)
{
	if (entry->state == ENTRY_FAILED && !entry->asker && !(entry->heat->winner && entry > entry->heat->winner))
		ask(entry);
}

static void on_again(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	for_each_entry(context, NULL, ask_again);
}

static void retry(struct entry *entry)
{
	if (entry->state == ENTRY_FAILED && entry->asker)
		prober_retry(entry->asker);
}

void contests_restart(struct contests *contests, const char *port)
{
	for_each_entry(contests, port, retry);
}

/* --- Contests --- */

static void cleanup_contest(struct contest **contest)
{
	contest_free(*contest);
}

static int contest_new(struct contests *contests, struct peerset *peerset, struct contest **ret)
{
	CLEANUP(cleanup_contest) struct contest *contest = calloc(1, sizeof *contest);

	if (!contest)
		return -ENOMEM;
	contest->contests = contests;
	contest->peerset = peerset;
	for (unsigned channel = 0; channel < CHANNEL_COUNT; channel++) {
		contest->heats[channel].contest = contest;
		contest->heats[channel].timer = WHEEL_NONE;
	}
	for (unsigned channel = 0; channel < CHANNEL_COUNT; channel++)
		if (fill(&contest->heats[channel], (enum peer_channel)channel))
			return -ENOMEM;
	*ret = take(contest);
	return 0;
}

/* The old contest goes last: what both ask about goes on. */
static void on_changed(void *context, struct peerset *peerset)
{
	struct contests *contests = context;
	struct contest *before = peerset->proof, *contest = NULL;

	if (contest_new(contests, peerset, &contest))
		log_error("out-of-memory doing=\"proving peers\"");
	peerset->proof = contest;
	for (unsigned channel = 0; contest && channel < CHANNEL_COUNT; channel++)
		ask_next(&contest->heats[channel]);
	contest_free(before);
}

static void on_ended(void *context, struct peerset *peerset)
{
	(void)context;
	contest_free(peerset->proof);
	peerset->proof = NULL;
}

static void forget_proofs(struct contests *contests, struct peerset *peerset)
{
	static const struct peer_proof nothing;

	for (size_t i = 0; i < peerset->peer_count; i++)
		table_set_proof(contests->table, peerset, &peerset->peers[i], &nothing);
}

void contests_begin_anew(struct contests *contests)
{
	struct peerset *peerset;

	for (uint32_t cursor = 0; (peerset = table_next_peerset(contests->table, &cursor));) {
		if (!peerset->bindings)
			continue;
		forget_proofs(contests, peerset);
		on_changed(contests, peerset);
	}
}

int contests_new(struct event_base *base, struct table *table, struct wheel *wheel, struct prober *prober,
		 const struct contests_options *options, struct contests **ret)
{
	struct contests *contests = calloc(1, sizeof *contests);

	if (!contests)
		return -ENOMEM;
	*contests = (struct contests){
		.base = base,
		.table = table,
		.wheel = wheel,
		.prober = prober,
		.options = *options,
		.observer = {.peerset_changed = on_changed, .peerset_ended = on_ended, .context = contests},
		.again = evtimer_new(base, on_again, contests),
	};
	if (!contests->again) {
		free(contests);
		return -ENOMEM;
	}
	wheel_on(wheel, WHEEL_PROOF, on_expiry, contests);
	table_observe(table, &contests->observer);
	contests_begin_anew(contests);
	*ret = contests;
	return 0;
}

void contests_free(struct contests *contests)
{
	struct peerset *peerset;

	if (!contests)
		return;
	table_unobserve(contests->table, &contests->observer);
	for (uint32_t cursor = 0; (peerset = table_next_peerset(contests->table, &cursor));) {
		on_ended(contests, peerset);
		forget_proofs(contests, peerset);
	}
	event_free(contests->again);
	free(contests);
}

const struct contests_stats *contests_stats(const struct contests *contests)
{
	return &contests->stats;
}
