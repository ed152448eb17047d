/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of which version is what a store holds, and how does it become ours?
 *
 * Version 1: values as pack.c writes them.
 * Version 2: a checksum at the end of each value, the version's own too.
 */
#include "store/migrate.h"

#include <endian.h>
#include <errno.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "store/checksum.h"
#include "store/disk.h"
#include "store/store.h"

#define META "meta"
#define META_VERSION "version"

/* As it is stored, big-endian. */
struct version {
	uint32_t number, sum;
};

static uint32_t sum_of(uint32_t number)
{
	return htobe32(checksum(0, (struct bytes){(const uint8_t *)&number, sizeof number}));
}

static MDB_val version_key(void)
{
	return (MDB_val){sizeof META_VERSION - 1, META_VERSION};
}

/* That of version 1 is a bare number. */
static bool read_version(struct bytes value, uint32_t *ret)
{
	bool verified = value.size == sizeof(struct version);
	struct version version = {0};

	if (!verified && value.size != sizeof version.number)
		return false;
	memcpy(&version, value.data, value.size);
	*ret = be32toh(version.number);
	return verified ? *ret >= MIGRATE_CHECKSUMS && version.sum == sum_of(version.number) : *ret == 1;
}

static int get_version(MDB_txn *txn, uint32_t *ret)
{
	MDB_val key = version_key(), value;
	MDB_dbi meta;
	int error = mdb_dbi_open(txn, META, 0, &meta);

	if (!error)
		error = mdb_get(txn, meta, &key, &value);
	if (error)
		return error;
	return read_version((struct bytes){value.mv_data, value.mv_size}, ret) ? 0 : MDB_CORRUPTED;
}

int migrate_version(MDB_env *env, uint32_t *ret)
{
	MDB_txn *txn;
	int error = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);

	if (!error) {
		error = get_version(txn, ret);
		mdb_txn_abort(txn);
	}
	if (error == MDB_NOTFOUND) {
		*ret = 0;
		return 0;
	}
	return error > 0 ? -error : error;
}

int migrate_set_version(MDB_txn *txn, uint32_t version)
{
	uint32_t number = htobe32(version);
	struct version wire = {number, sum_of(number)};
	MDB_val key = version_key(), value = {sizeof wire, &wire};
	MDB_dbi meta;
	int error = mdb_dbi_open(txn, META, MDB_CREATE, &meta);

	if (!error)
		error = mdb_put(txn, meta, &key, &value, 0);
	return error > 0 ? -error : error;
}

/* Values move through memory, and the database is filled anew: growing in place would leave its pages half empty. */
static int read_bare(MDB_cursor *cursor, enum batch_kind kind, struct batch *batch)
{
	MDB_val key, value;
	uint32_t id;
	int error;

	while (!(error = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
		uint8_t *room = batch_room(batch, value.mv_size);

		if (!room)
			return ENOMEM;
		if (key.mv_size != sizeof id)
			return MDB_CORRUPTED;
		memcpy(&id, key.mv_data, sizeof id);
		memcpy(room, value.mv_data, value.mv_size);
		batch_put(batch, BATCH_PUT, kind, id, value.mv_size);
	}
	return error == MDB_NOTFOUND ? 0 : error;
}

static int take_out(MDB_txn *txn, MDB_dbi database, enum batch_kind kind, struct batch *batch)
{
	MDB_cursor *cursor;
	int error = mdb_cursor_open(txn, database, &cursor);

	if (error)
		return error;
	error = read_bare(cursor, kind, batch);
	mdb_cursor_close(cursor);
	return error ? error : mdb_drop(txn, database, 0);
}

static int add_checksums(MDB_txn *txn, const MDB_dbi databases[BATCH_KIND_COUNT])
{
	CLEANUP(batch_free) struct batch batch = {0};
	int error = 0;

	for (enum batch_kind kind = 0; kind < BATCH_KIND_COUNT && !error; kind++)
		error = take_out(txn, databases[kind], kind, &batch);
	return error ? -abs(error) : disk_run(txn, databases, &batch);
}

static const struct migration {
	uint32_t from; /* to the next */
	int (*run)(MDB_txn *txn, const MDB_dbi databases[BATCH_KIND_COUNT]);
} migrations[] = {
	{1, add_checksums},
};
_Static_assert(sizeof migrations / sizeof *migrations == STORE_VERSION - 1, "each version leads to the next");

int migrate(MDB_env *env, const MDB_dbi databases[BATCH_KIND_COUNT], uint32_t from)
{
	MDB_txn *txn;
	int error = mdb_txn_begin(env, NULL, 0, &txn);

	if (error)
		return -abs(error);
	for (uint32_t version = from; version < STORE_VERSION && !error; version++)
		error = migrations[version - 1].run(txn, databases);
	if (!error)
		error = migrate_set_version(txn, STORE_VERSION);
	if (error) {
		mdb_txn_abort(txn);
		return error;
	}
	error = -abs(mdb_txn_commit(txn));
	if (!error)
		log_info("store-migrated from=%u to=%u", from, STORE_VERSION);
	return error;
}
