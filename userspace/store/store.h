/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is still known after the agent has died? The table as LMDB holds it: bindings, and the offers that they share.
 *
 * It observes the table. Each change becomes a line in the batch that is being filled; a helper thread writes one batch
 * after the other, a transaction each, and syncs it to disk, while the table goes on. The caller marks how far it has
 * read its records, and hears when that is safe.
 *
 * What cannot be written is kept in memory alone: the store is then `behind`, says so, and tries again. When it can, it
 * is brought up to date from the table, piece by piece, while changes go on.
 *
 * Times in the store are those of CLOCK_BOOTTIME in the boot in which they were written; what wall-clock time that was
 * is noted with each commit, so that a clock that is set does not move them (design.md, trap 10).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <event2/event.h>
#include <stddef.h>

#include "table/table.h"

#define STORE_VERSION 2

enum store_state {
	STORE_NONE,    /* switched off by configuration */
	STORE_LOADING, /* what it holds is being restored */
	STORE_CURRENT,
	STORE_BEHIND, /* it does not take what it is given: what happens is in memory alone */
	STORE_CATCHING_UP,
	STORE_STATE_COUNT
};

const char *store_state_word(enum store_state state);

struct store_options {
	const char *path;    /* directory, made if it is not there; what is in it is ours */
	size_t bindings_max; /* how large it may grow follows from that */
	/*
	 * All changes up to this mark are on disk; or the store is behind, or being brought up to date, and they are in
	 * memory alone. Called from the event loop or from store_close, never from within store_mark; marks rise, and
	 * each is told once at most: a later one speaks for those before.
	 */
	void (*committed)(void *context, uint64_t mark, bool safe);
	/* Of a binding whose time the store says is over: was its reply repeated since, in this boot? NULL: never. */
	table_repeated_fn *repeated;
	/* A binding that is over is not restored: the reply it stood on is held no more. NULL: nobody has to know. */
	void (*forgotten)(void *context, uint64_t settle_key);
	void *context; /* of both */
};

/* Upper bounds of the histogram's buckets, seconds; the last is +Inf. */
#define STORE_COMMIT_BUCKETS                                                                                           \
	{                                                                                                              \
		0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5                                                       \
	}
#define STORE_COMMIT_BUCKET_COUNT 10

struct store_stats {
	enum store_state state;
	uint64_t commits, failures;
	uint64_t buckets[STORE_COMMIT_BUCKET_COUNT]; /* commits by duration, not cumulated */
	double duration_sum;                         /* seconds */
	uint64_t restored, expired,
		refused; /* bindings found when it was opened: taken, over by then, not valid or over a limit */
	size_t pending;  /* bytes that wait to be written */
	size_t size;     /* bytes in use on disk */
};

struct store;

/* Why something failed or what was done about it, as one clear line. */
#define STORE_ERROR_SIZE 256

/*
 * Opens or makes the store, and begins to observe the table, which outlives it. A store of an older version is brought
 * to ours; one that is damaged or of a newer version is set aside, under another name in the same directory, and a new
 * one begun, which is logged with the name. Returns 0, or -errno with *error filled: the directory can not be used
 * (-EACCES, -ENOTDIR, ...), or another agent has it open (-EBUSY).
 */
int store_open(const struct store_options *options, struct event_base *base, struct table *table, struct store **ret,
	       char error[STORE_ERROR_SIZE]);

/*
 * Writes what is pending, waits for it, tells `committed`, and closes; a store that is behind gets one more chance. To
 * be called before the table is freed, the end of which is none of its bindings. NULL is allowed.
 */
void store_close(struct store *store);

/* Was there nothing to restore, because it is new or was set aside? Then the kernel must not hold anything settled. */
bool store_is_new(const struct store *store);

/* Which store is this, and how far has it got? All that `committed` was told of is in it by then. */
const struct ds_holder *store_holder(const struct store *store);

/*
 * Restores the next piece, about `count` bindings, into the table. Returns 1 when there is more, 0 at the end, -errno.
 * Until then nothing is committed, and the table had better not be changed by others: a new binding may be given the id
 * of one that is still to come, which is refused then. Of what was refused the kernel may hold replies settled: when
 * the statistics count any, these have to come up again.
 */
int store_restore(struct store *store, size_t count);

/* All changes so far belong to this mark; marks rise from 1. The store commits when it can: a batch at a time. */
void store_mark(struct store *store, uint64_t mark);

/* Should the caller wait with further changes, because too much is pending? It is told by `committed` when not. */
bool store_is_busy(const struct store *store);

const struct store_stats *store_stats(struct store *store);

#endif
