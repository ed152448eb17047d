/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do batches get to disk, and values back? All that is known of LMDB.
 *
 * Errors are negative: -errno, or one of LMDB's own, which are below -30000; disk_error_text() knows both.
 */
#ifndef STORE_DISK_H
#define STORE_DISK_H

#include <lmdb.h>

#include "dotsnoop/record.h"
#include "store/batch.h"

#define DISK_DATA "data.mdb" /* LMDB's name for it */

struct disk {
	const char *path; /* the caller's */
	size_t map_size;
	uint32_t version; /* of what is there */
	MDB_env *env;     /* NULL: it could not be opened again */
	MDB_dbi databases[BATCH_KIND_COUNT];
	uint64_t transaction; /* the last one that was committed */
	bool failed;          /* the last commit was not done: the environment has to be opened anew */
};

const char *disk_error_text(int error);

/* The same as -errno, for those who know nothing of LMDB. */
int disk_errno(int error);

/*
 * Opens what is in that directory to write it, makes it if there is nothing, and brings it to our version. *ret is
 * closed by disk_close.
 */
int disk_open(const char *path, size_t map_size, struct disk *ret);

/* Opens it to read it alone; its databases are open if its version is known. 0: nothing was ever stored. */
int disk_open_to_read(const char *path, struct disk *ret);

/* Does something of others stand where nothing of ours was ever stored? */
bool disk_is_foreign(const struct disk *disk);

void disk_close(struct disk *disk);

/* Writes a batch: all of it, or nothing. When it returns 0, what is in it outlives the agent and its machine. */
int disk_commit(struct disk *disk, const struct batch *batch);

/* Runs a batch's steps in a transaction: what disk_commit and the migrations have in common. */
int disk_run(MDB_txn *txn, const MDB_dbi databases[BATCH_KIND_COUNT], const struct batch *batch);

/* Which file is it, and what was its last transaction? Returns 0 or -errno. */
int disk_identify(const struct disk *disk, struct ds_holder *ret);

/* Octets in use. */
size_t disk_size(const struct disk *disk);

/* A walk over all values of one kind, in rising order of ids. Nothing must be committed meanwhile. */
struct disk_walk {
	MDB_txn *txn;
	MDB_cursor *cursor;
	bool verified; /* values have checksums */
};

int disk_walk_open(const struct disk *disk, enum batch_kind kind, struct disk_walk *ret);

/* How many there are. */
size_t disk_walk_count(const struct disk_walk *walk);

/*
 * The next, which is valid until the walk is closed. Returns 1, 0 at the end, or an error; -EBADMSG when the value is
 * not what was written under this id.
 */
int disk_walk_next(struct disk_walk *walk, uint32_t *id, struct bytes *value);

/* A walk that was not opened, all zero, may be closed, too. */
void disk_walk_close(struct disk_walk *walk);

#endif
