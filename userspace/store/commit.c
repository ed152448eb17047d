/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When does a change get to disk, and who is told?
 *
 * While the writer is at one batch the next is filled. Under load each is given as soon as the writer is done; where
 * little happens, commits are an interval apart, so that each takes several changes. When nothing is pending nothing
 * is armed: an idle agent sleeps.
 */
#include <errno.h>

#include "base/clock.h"
#include "store/internal.h"

/* ms between commits. A record waits in its ring for so long at most, before it is safe. */
#define INTERVAL 10

/* A batch of that size waits for no interval. */
#define BATCH_LARGE (1U << 20)

/* Beyond it the writer does not keep up, and whoever brings changes has to wait. */
#define BATCH_BUSY (32U << 20)

static const double buckets[] = STORE_COMMIT_BUCKETS;
_Static_assert(sizeof buckets / sizeof *buckets + 1 == STORE_COMMIT_BUCKET_COUNT, "each bucket has its bound");

static bool is_behind(const struct store *store)
{
	return store->stats.state == STORE_BEHIND || store->stats.state == STORE_CATCHING_UP;
}

static void tell(struct store *store, uint64_t mark, bool safe)
{
	if (mark <= store->told)
		return;
	store->told = mark;
	store->options.committed(store->options.context, mark, safe);
}

/* All that there is to say of the last mark while no batch is under way. */
static void tell_last(struct store *store)
{
	if (is_behind(store))
		tell(store, store->mark, false);
	else if (store->stats.state == STORE_CURRENT && !writer_is_busy(store->writer) && !store->filling.size)
		tell(store, store->mark, true);
}

void commit_tell_soon(struct store *store)
{
	if (store->mark > store->told)
		event_active(store->notice, EV_TIMEOUT, 0);
}

static void stop_timer(struct store *store)
{
	evtimer_del(store->timer);
	store->timer_is_armed = false;
}

static void start_timer(struct store *store, uint64_t ns)
{
	const struct timeval wait = {.tv_usec = (suseconds_t)(ns / 1000 + 1)};

	if (!store->timer_is_armed)
		evtimer_add(store->timer, &wait);
	store->timer_is_armed = true;
}

/* Each batch notes how the clocks stand. */
static int note_boot(struct store *store)
{
	uint8_t *room = batch_room(&store->filling, BOOT_PACKED_SIZE);

	if (!room)
		return -ENOMEM;
	boots_pack(&store->boots, room);
	batch_put(&store->filling, BATCH_PUT, BATCH_BOOTS, store->boots.now.number, BOOT_PACKED_SIZE);
	return 0;
}

static void give(struct store *store)
{
	int error = note_boot(store);

	if (error) {
		behind_begin(store, error);
		return;
	}
	struct batch empty = store->flying;
	store->flying = store->filling;
	store->filling = empty;
	store->flying.mark = store->mark;
	store->given_at = clock_boot();
	stop_timer(store);
	writer_give(store->writer, &store->flying);
}

static void give_piece(struct store *store)
{
	int error = catch_up_next(store);

	if (error)
		behind_begin(store, error);
	else
		give(store);
}

static bool has_pieces(const struct store *store)
{
	return store->stats.state == STORE_CATCHING_UP && !store->catching_up.bindings_given;
}

static void give_when_due(struct store *store)
{
	uint64_t elapsed = clock_boot() - store->given_at;
	uint64_t interval = INTERVAL * NS_PER_SECOND / 1000;

	if (elapsed >= interval || store->filling.size >= BATCH_LARGE)
		give(store);
	else
		start_timer(store, interval - elapsed);
}

void commit_when_due(struct store *store)
{
	if (is_behind(store))
		commit_tell_soon(store);
	if (store->stats.state == STORE_LOADING || store->stats.state == STORE_BEHIND || writer_is_busy(store->writer))
		return;
	if (has_pieces(store))
		give_piece(store);
	else if (store->filling.size)
		give_when_due(store);
	else
		commit_tell_soon(store);
}

void commit_soon(struct store *store)
{
	if (store->timer_is_armed || writer_is_busy(store->writer) || store->stats.state == STORE_LOADING)
		return;
	start_timer(store, INTERVAL * NS_PER_SECOND / 1000);
}

static void count(struct store_stats *stats, const struct writer_result *result)
{
	size_t bucket = 0;

	while (bucket < sizeof buckets / sizeof *buckets && result->seconds > buckets[bucket])
		bucket++;
	stats->commits++;
	stats->buckets[bucket]++;
	stats->duration_sum += result->seconds;
	stats->size = result->size;
}

static void take_result(struct store *store, const struct writer_result *result)
{
	uint64_t mark = store->flying.mark;

	batch_reset(&store->flying);
	if (result->error) {
		behind_begin(store, result->error);
		return;
	}
	count(&store->stats, result);
	store->holder.transaction = result->transaction;
	if (store->stats.state == STORE_CATCHING_UP && store->catching_up.bindings_given)
		catch_up_end(store);
	if (!is_behind(store))
		tell(store, mark, true);
}

static void on_finished(evutil_socket_t fd, short what, void *context)
{
	struct store *store = context;
	struct writer_result result;

	(void)fd;
	(void)what;
	if (!writer_take(store->writer, false, &result))
		return;
	take_result(store, &result);
	if (!store->filling.size) { /* what a storm needed is not kept */
		batch_free(&store->flying);
		batch_free(&store->filling);
	}
	commit_when_due(store);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
	struct store *store = context;

	(void)fd;
	(void)what;
	store->timer_is_armed = false;
	commit_when_due(store);
}

static void on_notice(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	tell_last(context);
}

/* The next step towards nothing being pending; false when there is none. */
static bool commit_step(struct store *store, bool *retried)
{
	struct writer_result result;

	if (writer_take(store->writer, true, &result)) {
		take_result(store, &result);
		return true;
	}
	if (store->stats.state == STORE_BEHIND) {
		bool again = !*retried && catch_up_begin(store);
		*retried = true;
		return again;
	}
	if (has_pieces(store))
		give_piece(store);
	else if (store->filling.size)
		give(store);
	return writer_is_busy(store->writer);
}

void commit_all(struct store *store)
{
	bool retried = false;

	while (commit_step(store, &retried))
		;
	tell_last(store);
}

int commit_init(struct store *store, struct event_base *base)
{
	store->finished = event_new(base, writer_fd(store->writer), EV_READ | EV_PERSIST, on_finished, store);
	store->timer = evtimer_new(base, on_timer, store);
	store->notice = event_new(base, -1, 0, on_notice, store);
	if (!store->finished || !store->timer || !store->notice || event_add(store->finished, NULL) < 0)
		return -ENOMEM;
	return 0;
}

void commit_free(struct store *store)
{
	if (store->finished)
		event_free(store->finished);
	if (store->timer)
		event_free(store->timer);
	if (store->notice)
		event_free(store->notice);
}

void store_mark(struct store *store, uint64_t mark)
{
	store->mark = mark;
	commit_when_due(store);
}

bool store_is_busy(const struct store *store)
{
	return store->filling.size >= BATCH_BUSY;
}

const struct store_stats *store_stats(struct store *store)
{
	store->stats.pending = store->filling.size + store->flying.size;
	return &store->stats;
}
