/* SPDX-License-Identifier: BSD-2-Clause */
/* Of which version is what a store holds, and how does it become ours? STORE_VERSION in store.h is the newest. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <lmdb.h>

#include "store/batch.h"

/* 0: nothing was ever stored. Errors as disk.h has them. */
int migrate_version(MDB_env *env, uint32_t *ret);
int migrate_set_version(MDB_txn *txn, uint32_t version);

/* The version with which values got checksums. */
#define MIGRATE_CHECKSUMS 2

/*
 * Brings a store from that version to ours: in one transaction, so that a machine that stops leaves the one or the
 * other.
 */
int migrate(MDB_env *env, const MDB_dbi databases[BATCH_KIND_COUNT], uint32_t from);

#endif
