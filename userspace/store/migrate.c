/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of which version is what a store holds, and how does it become ours?
 *
 * Version 1: values as pack.c writes them.
 */
#include "store/migrate.h"

#include <endian.h>

#include "store/store.h"

#define META "meta"
#define META_VERSION "version"

static MDB_val version_key(void)
{
	return (MDB_val){sizeof META_VERSION - 1, META_VERSION};
}

static int get_version(MDB_txn *txn, uint32_t *ret)
{
	MDB_val key = version_key(), value;
	MDB_dbi meta;
	uint32_t version;
	int error = mdb_dbi_open(txn, META, 0, &meta);

	if (!error)
		error = mdb_get(txn, meta, &key, &value);
	if (error)
		return error;
	if (value.mv_size != sizeof version)
		return MDB_CORRUPTED;
	memcpy(&version, value.mv_data, sizeof version);
	*ret = be32toh(version);
	return *ret ? 0 : MDB_CORRUPTED;
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
	uint32_t wire = htobe32(version);
	MDB_val key = version_key(), value = {sizeof wire, &wire};
	MDB_dbi meta;
	int error = mdb_dbi_open(txn, META, MDB_CREATE, &meta);

	if (!error)
		error = mdb_put(txn, meta, &key, &value, 0);
	return error > 0 ? -error : error;
}
