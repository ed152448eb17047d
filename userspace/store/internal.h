/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this room share: the store as it stands in memory. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "store/batch.h"
#include "store/boots.h"
#include "store/disk.h"
#include "store/pack.h"
#include "store/store.h"
#include "store/writer.h"

/* Clocks, the boot's name and how long to wait: a test brings its own. */
struct store_surroundings {
	struct boots_source boots;
	unsigned retry_first, retry_last; /* ms between attempts of a store that is behind */
};

int store_open_in(const struct store_surroundings *surroundings, const struct store_options *options,
		  struct event_base *base, struct table *table, struct store **ret, char error[STORE_ERROR_SIZE]);

/* Tags of the peersets that stand, by id; 0: there is none. */
struct tags {
	uint32_t *of; /* owned */
	uint32_t size;
};

/* restore.c: how far what was stored is back in the table. */
struct restoring {
	bool begun, done;
	bool putting; /* the table tells of what comes from here, and it is not written back */
	struct disk_walk walk;
};

/* catch-up.c: how far the store is up to date again. */
struct catching_up {
	bool peersets_given;   /* to the writer, all of them */
	bool bindings_given;   /* all of them; before that */
	uint32_t cursor;       /* those below it */
	unsigned retry_wait;   /* ms until the next attempt */
	struct event *retry;   /* armed while behind */
	uint64_t behind_since; /* ns, CLOCK_BOOTTIME */
};

struct store {
	struct store_surroundings surroundings;
	struct store_options options;
	struct table *table;
	struct table_observer observer;
	int lock; /* file that is locked as long as it is open; -1 */
	char *path;
	bool is_new;

	struct disk disk;
	struct writer *writer;
	struct boots boots;
	struct tags tags;
	struct restoring restoring;
	struct catching_up catching_up;

	struct batch filling, flying; /* the writer has the second while it is busy */
	uint64_t mark, told;          /* the last mark, and the last that `committed` was told of */
	uint64_t given_at;            /* ns, CLOCK_BOOTTIME: when the writer was last given something */
	bool timer_is_armed;
	struct event *finished; /* the writer's */
	struct event *timer;    /* what is pending waits for it */
	struct event *notice;   /* to be told of a mark from the event loop */
	struct store_stats stats;
	struct ds_holder holder;
};

/* collect.c: what becomes of changes. Those that return int: 0 or -ENOMEM. */
int collect_binding(struct store *store, enum batch_operation how, const struct binding *binding);
int collect_peerset(struct store *store, enum batch_operation how, const struct peerset *peerset);
int collect_gone(struct store *store, enum batch_kind kind, uint32_t first, uint32_t last);
void collect_observe(struct store *store);
uint32_t tags_of(const struct tags *tags, uint32_t peerset);
int tags_set(struct tags *tags, uint32_t peerset, uint32_t tag);

/* restore.c */
void restore_stop(struct store *store);

/* commit.c: batches on their way. */
int commit_init(struct store *store, struct event_base *base);
void commit_free(struct store *store);

/* Something has been collected, perhaps in the midst of an update: the timer sees to it. */
void commit_soon(struct store *store);

/* Between updates: the writer is given what is pending, at once or when its time has come. */
void commit_when_due(struct store *store);

/* All that is pending is written before it returns, if it can be. */
void commit_all(struct store *store);

/* From the event loop `committed` will be told of the last mark. */
void commit_tell_soon(struct store *store);

/* catch-up.c: the store does not take what it is given, for that reason. */
int behind_init(struct store *store, struct event_base *base);
void behind_free(struct store *store);
void behind_begin(struct store *store, int error);

/* Begins to bring it up to date. Returns false when that is not possible now. */
bool catch_up_begin(struct store *store);

/* Adds the next piece to the batch that is filled; the last one sets `bindings_given`. Returns 0 or -ENOMEM. */
int catch_up_next(struct store *store);

/* The last piece is written. */
void catch_up_end(struct store *store);

#endif
