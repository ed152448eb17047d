/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a store that could not be written? It is behind, and tried again, less and less often. When it takes
 * what it is given, it is brought up to date from the table: peersets first, then the bindings by rising ids, a piece a
 * commit, while changes go on and follow in the same batches. It is current again with the last piece.
 *
 * Where the agent is killed in between, bindings stand in the store that are out of date, and peersets that are not:
 * pack_tag() tells which belong together.
 */
#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/internal.h"

/* Bindings of one piece: a commit of some hundred kilobytes, which a disk that is nearly full may still take. */
#define PIECE 4096

static const struct advice {
	int error;
	const char *what_to_do;
} advices[] = {
	{-ENOSPC, "make room on its file system"},
	{-EDQUOT, "make room, or raise the quota of its file system"},
	{-EIO, "look after its disk"},
	{-EROFS, "mount its file system to be written"},
	{-ENOMEM, "give the machine more memory, or lower limits.bindings"},
	{MDB_MAP_FULL, "raise limits.bindings, from which its largest size follows, and restart"},
};

static const char *advice_on(int error)
{
	for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
		if (advices[i].error == error)
			return advices[i].what_to_do;
	return "look after its file system; a restart examines what it holds";
}

static void retry_later(struct store *store)
{
	struct catching_up *catching_up = &store->catching_up;
	unsigned wait = catching_up->retry_wait;
	const struct timeval time = {.tv_sec = wait / 1000, .tv_usec = (suseconds_t)(wait % 1000) * 1000};

	evtimer_add(catching_up->retry, &time);
}

void behind_begin(struct store *store, int error)
{
	struct catching_up *catching_up = &store->catching_up;

	store->stats.failures++;
	if (store->stats.state != STORE_BEHIND) {
		if (!catching_up->behind_since)
			catching_up->behind_since = clock_boot();
		log_error("store-behind path=%s error=\"%s\" retry=%u.%03us detail=\"changes are kept in memory alone: "
			  "%s\"",
			  store->path, disk_error_text(error), catching_up->retry_wait / 1000,
			  catching_up->retry_wait % 1000, advice_on(error));
		retry_later(store);
		catching_up->retry_wait = catching_up->retry_wait * 2 < store->surroundings.retry_last
						  ? catching_up->retry_wait * 2
						  : store->surroundings.retry_last;
	}
	store->stats.state = STORE_BEHIND;
	batch_reset(&store->filling);
	commit_tell_soon(store);
}

bool catch_up_begin(struct store *store)
{
	/* Not as long as the store knows more than the table, and not before the writer is done with what it has. */
	if (!store->restoring.done || writer_is_busy(store->writer))
		return false;
	evtimer_del(store->catching_up.retry);
	store->catching_up.peersets_given = false;
	store->catching_up.bindings_given = false;
	store->catching_up.cursor = 0;
	store->stats.state = STORE_CATCHING_UP;
	return true;
}

static void on_retry(evutil_socket_t fd, short what, void *context)
{
	struct store *store = context;

	(void)fd;
	(void)what;
	if (catch_up_begin(store))
		commit_when_due(store);
	else
		retry_later(store);
}

/* What the store holds between two that stand in the table does not stand any more. */
static int close_gap(struct store *store, enum batch_kind kind, uint32_t next, uint32_t id)
{
	return id > next ? collect_gone(store, kind, next, id - 1) : 0;
}

static int give_peersets(struct store *store)
{
	const struct peerset *peerset;
	uint32_t cursor = 0, next = 0;
	int error = 0;

	while (!error && (peerset = table_next_peerset(store->table, &cursor))) {
		error = close_gap(store, BATCH_PEERSETS, next, peerset->id);
		if (!error)
			error = collect_peerset(store, BATCH_RENEW, peerset);
		next = peerset->id + 1;
	}
	return error ? error : close_gap(store, BATCH_PEERSETS, next, UINT32_MAX);
}

static int give_binding(struct store *store)
{
	struct catching_up *catching_up = &store->catching_up;
	uint32_t cursor = catching_up->cursor, next = cursor;
	const struct binding *binding = table_next_binding(store->table, &cursor);

	catching_up->cursor = cursor;
	catching_up->bindings_given = !binding;
	int error = close_gap(store, BATCH_BINDINGS, next, binding ? binding_id(binding) : UINT32_MAX);
	return error || !binding ? error : collect_binding(store, BATCH_RENEW, binding);
}

int catch_up_next(struct store *store)
{
	struct catching_up *catching_up = &store->catching_up;
	int error = 0;

	if (!catching_up->peersets_given)
		error = give_peersets(store);
	catching_up->peersets_given = true;
	for (size_t i = 0; !error && i < PIECE && !catching_up->bindings_given; i++)
		error = give_binding(store);
	return error;
}

void catch_up_end(struct store *store)
{
	struct catching_up *catching_up = &store->catching_up;

	log_info("store-current path=%s bindings=%zu seconds-behind=%.1f", store->path,
		 table_binding_count(store->table), (double)(clock_boot() - catching_up->behind_since) / NS_PER_SECOND);
	catching_up->retry_wait = store->surroundings.retry_first;
	catching_up->behind_since = 0;
	store->stats.state = STORE_CURRENT;
}

int behind_init(struct store *store, struct event_base *base)
{
	store->catching_up.retry_wait = store->surroundings.retry_first;
	store->catching_up.retry = evtimer_new(base, on_retry, store);
	return store->catching_up.retry ? 0 : -ENOMEM;
}

void behind_free(struct store *store)
{
	if (store->catching_up.retry)
		event_free(store->catching_up.retry);
}
