/* SPDX-License-Identifier: BSD-2-Clause */
/* How do batches get to disk, and values back? */
#include "store/disk.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "store/migrate.h"
#include "store/store.h"

/*
 * Each commit waits for its data to be on disk, never MDB_NOSYNC: after a power cut a meta page could lead to pages
 * that were never written. MDB_NOMETASYNC lets the meta page itself follow with the next commit: a power cut takes back
 * one commit at most, and half of the waiting is saved. No MDB_WRITEMAP: a full disk would be a SIGBUS instead of an
 * error.
 */
#define FLAGS (MDB_NOMETASYNC | MDB_NOTLS)

/* Octets that a commit may take beside its batch. */
#define SPARE (256U << 10)

/* Files belong to the agent alone: they say who is a customer. */
#define MODE 0600

static const char *const names[] = {
	[BATCH_BINDINGS] = "bindings", [BATCH_PEERSETS] = "peersets", [BATCH_BOOTS] = "boots"};
_Static_assert(sizeof names / sizeof *names == BATCH_KIND_COUNT, "each kind has its database");

/* LMDB's errors are negative, those of the system are positive there. */
static int error_of(int code)
{
	return code > 0 ? -code : code;
}

const char *disk_error_text(int error)
{
	return mdb_strerror(error < -30000 ? error : -error);
}

int disk_errno(int error)
{
	if (error == MDB_MAP_FULL)
		return -ENOSPC;
	return error < -30000 ? -EIO : error;
}

static int open_environment(const char *path, size_t map_size, unsigned flags, MDB_env **ret)
{
	MDB_env *env;
	int error = mdb_env_create(&env);

	if (error)
		return error_of(error);
	mdb_env_set_maxdbs(env, BATCH_KIND_COUNT + 1);
	if (map_size)
		mdb_env_set_mapsize(env, map_size);
	error = mdb_env_open(env, path, flags, MODE);
	if (error) {
		mdb_env_close(env);
		return error_of(error);
	}
	*ret = env;
	return 0;
}

/* In a transaction that may create them. */
static int open_databases(MDB_txn *txn, unsigned flags, MDB_dbi databases[BATCH_KIND_COUNT])
{
	int error = 0;

	for (size_t kind = 0; kind < BATCH_KIND_COUNT && !error; kind++)
		error = mdb_dbi_open(txn, names[kind], MDB_INTEGERKEY | flags, &databases[kind]);
	return error_of(error);
}

/* In a transaction of its own, through which the handles stay open. */
static int open_existing(struct disk *disk)
{
	MDB_txn *txn;
	int error = error_of(mdb_txn_begin(disk->env, NULL, MDB_RDONLY, &txn));

	if (error)
		return error;
	error = open_databases(txn, 0, disk->databases);
	if (error) {
		mdb_txn_abort(txn);
		return error;
	}
	return error_of(mdb_txn_commit(txn));
}

static int open_new(struct disk *disk)
{
	MDB_txn *txn;
	int error = error_of(mdb_txn_begin(disk->env, NULL, 0, &txn));

	if (error)
		return error;
	error = open_databases(txn, MDB_CREATE, disk->databases);
	if (!error)
		error = migrate_set_version(txn, STORE_VERSION);
	if (error) {
		mdb_txn_abort(txn);
		return error;
	}
	return error_of(mdb_txn_commit(txn));
}

/* A new one, an old one, or one of ours. */
static int open_any(struct disk *disk)
{
	int error = migrate_version(disk->env, &disk->version);

	if (error)
		return error;
	if (disk->version == 0)
		return open_new(disk);
	error = open_existing(disk);
	if (!error && disk->version != STORE_VERSION)
		error = migrate(disk->env, disk->databases, disk->version);
	return error;
}

static int open_to_write(struct disk *disk)
{
	int error = open_environment(disk->path, disk->map_size, FLAGS, &disk->env);

	if (!error)
		error = open_any(disk);
	if (error)
		disk_close(disk);
	else
		disk->version = STORE_VERSION;
	return error;
}

int disk_open(const char *path, size_t map_size, struct disk *ret)
{
	*ret = (struct disk){.path = path, .map_size = map_size};
	return open_to_write(ret);
}

int disk_open_to_read(const char *path, struct disk *ret)
{
	*ret = (struct disk){.path = path};

	/* Nobody writes: the caller has seen to that. */
	int error = open_environment(path, 0, MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS, &ret->env);
	if (!error)
		error = migrate_version(ret->env, &ret->version);
	if (!error && ret->version && ret->version <= STORE_VERSION)
		error = open_existing(ret);
	if (error)
		disk_close(ret);
	return error;
}

bool disk_is_foreign(const struct disk *disk)
{
	MDB_stat stat;

	return mdb_env_stat(disk->env, &stat) || stat.ms_entries;
}

void disk_close(struct disk *disk)
{
	if (!disk->env)
		return;
	/* The meta page of the last commit, see FLAGS; it fails where nothing may be written, and has nothing to say.
	 */
	mdb_env_sync(disk->env, 1);
	mdb_env_close(disk->env);
	disk->env = NULL;
}

/* One kind's database while a batch is written to it. */
struct writing {
	MDB_cursor *cursor;
	bool any;
	uint32_t last; /* no id is above it, if there are any */
};

static int open_writing(MDB_txn *txn, MDB_dbi database, struct writing *ret)
{
	MDB_val key, value;
	int error = mdb_cursor_open(txn, database, &ret->cursor);

	if (error)
		return error;
	error = mdb_cursor_get(ret->cursor, &key, &value, MDB_LAST);
	if (error == MDB_NOTFOUND)
		return 0;
	if (error)
		return error;
	ret->any = true;
	memcpy(&ret->last, key.mv_data, sizeof ret->last);
	return 0;
}

static int run_put(struct writing *writing, const struct batch_step *step, struct bytes value)
{
	MDB_val key = {sizeof step->id, (void *)&step->id};
	MDB_val data = {value.size, (void *)value.data};
	bool above = !writing->any || step->id > writing->last;
	/* Ids rise as long as the table grows: appended to, a page is filled to its end before the next is begun. */
	int error = mdb_cursor_put(writing->cursor, &key, &data, above ? MDB_APPEND : 0);

	if (!error && above) {
		writing->any = true;
		writing->last = step->id;
	}
	return error;
}

static int run_renew(struct writing *writing, const struct batch_step *step, struct bytes value)
{
	MDB_val key = {sizeof step->id, (void *)&step->id}, found;
	int error = mdb_cursor_get(writing->cursor, &key, &found, MDB_SET);

	if (!error && bytes_equal((struct bytes){found.mv_data, found.mv_size}, value))
		return 0;
	return error && error != MDB_NOTFOUND ? error : run_put(writing, step, value);
}

static int run_delete(struct writing *writing, const struct batch_step *step, struct bytes unused)
{
	(void)unused;
	for (;;) {
		MDB_val key = {sizeof step->id, (void *)&step->id}, value;
		int error = mdb_cursor_get(writing->cursor, &key, &value, MDB_SET_RANGE);
		uint32_t id;

		if (error)
			return error == MDB_NOTFOUND ? 0 : error;
		memcpy(&id, key.mv_data, sizeof id);
		if (id > step->last)
			return 0;
		error = mdb_cursor_del(writing->cursor, 0);
		if (error)
			return error;
	}
}

typedef int run_fn(struct writing *writing, const struct batch_step *step, struct bytes value);

static run_fn *const runs[] = {[BATCH_PUT] = run_put, [BATCH_RENEW] = run_renew, [BATCH_DELETE] = run_delete};

int disk_run(MDB_txn *txn, const MDB_dbi databases[BATCH_KIND_COUNT], const struct batch *batch)
{
	struct writing writings[BATCH_KIND_COUNT] = {{0}};
	struct batch_step step;
	struct bytes value;
	int error = 0;

	for (size_t at = 0; !error && batch_next(batch, &at, &step, &value);) {
		struct writing *writing = &writings[step.kind];

		if (!writing->cursor)
			error = open_writing(txn, databases[step.kind], writing);
		if (!error)
			error = runs[step.operation](writing, &step, value);
	}
	for (size_t kind = 0; kind < BATCH_KIND_COUNT; kind++)
		if (writings[kind].cursor)
			mdb_cursor_close(writings[kind].cursor);
	return error_of(error);
}

static int commit(struct disk *disk, const struct batch *batch)
{
	MDB_txn *txn;
	int error = error_of(mdb_txn_begin(disk->env, NULL, 0, &txn));

	if (error)
		return error;
	error = disk_run(txn, disk->databases, batch);
	if (error) {
		mdb_txn_abort(txn);
		return error;
	}
	uint64_t transaction = mdb_txn_id(txn);
	error = error_of(mdb_txn_commit(txn));
	if (!error)
		disk->transaction = transaction;
	return error;
}

/* A write that was cut short is an I/O error to LMDB; what cuts them short is a full disk. */
static int reason_of(const struct disk *disk, const struct batch *batch, int error)
{
	struct statvfs info;

	if (error != -EIO || statvfs(disk->path, &info) < 0)
		return error;
	return info.f_bavail * info.f_frsize < batch->size + SPARE ? -ENOSPC : error;
}

int disk_commit(struct disk *disk, const struct batch *batch)
{
	int error = 0;

	if (disk->failed) {
		disk_close(disk);
		error = open_to_write(disk);
	}
	if (!error)
		error = commit(disk, batch);
	disk->failed = error != 0;
	return reason_of(disk, batch, error);
}

int disk_identify(const struct disk *disk, struct ds_holder *ret)
{
	MDB_envinfo info;
	struct stat stat;
	mdb_filehandle_t fd;
	int error = error_of(mdb_env_get_fd(disk->env, &fd));

	if (!error)
		error = error_of(mdb_env_info(disk->env, &info));
	if (!error && fstat(fd, &stat) < 0)
		error = -errno;
	if (!error)
		*ret = (struct ds_holder){stat.st_dev, stat.st_ino, info.me_last_txnid};
	return error;
}

size_t disk_size(const struct disk *disk)
{
	MDB_envinfo info;
	MDB_stat stat;

	if (!disk->env || mdb_env_info(disk->env, &info) || mdb_env_stat(disk->env, &stat))
		return 0;
	return (info.me_last_pgno + 1) * stat.ms_psize;
}

int disk_walk_open(const struct disk *disk, enum batch_kind kind, struct disk_walk *ret)
{
	int error = mdb_txn_begin(disk->env, NULL, MDB_RDONLY, &ret->txn);

	if (error)
		return error_of(error);
	ret->verified = disk->version >= MIGRATE_CHECKSUMS;
	error = mdb_cursor_open(ret->txn, disk->databases[kind], &ret->cursor);
	if (error) {
		mdb_txn_abort(ret->txn);
		*ret = (struct disk_walk){0};
	}
	return error_of(error);
}

size_t disk_walk_count(const struct disk_walk *walk)
{
	MDB_stat stat;

	return mdb_stat(walk->txn, mdb_cursor_dbi(walk->cursor), &stat) ? 0 : stat.ms_entries;
}

int disk_walk_next(struct disk_walk *walk, uint32_t *id, struct bytes *value)
{
	MDB_val key, data;
	int error = mdb_cursor_get(walk->cursor, &key, &data, MDB_NEXT);

	if (error)
		return error == MDB_NOTFOUND ? 0 : error_of(error);
	if (key.mv_size != sizeof *id)
		return MDB_CORRUPTED;
	memcpy(id, key.mv_data, sizeof *id);
	*value = (struct bytes){data.mv_data, data.mv_size};
	return walk->verified && !batch_verify(*id, value) ? -EBADMSG : 1;
}

void disk_walk_close(struct disk_walk *walk)
{
	if (walk->cursor)
		mdb_cursor_close(walk->cursor);
	if (walk->txn)
		mdb_txn_abort(walk->txn);
	*walk = (struct disk_walk){0};
}
