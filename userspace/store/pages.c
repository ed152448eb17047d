/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is any page of the store in use twice?
 *
 * LMDB keeps the free pages in a database of its own, number 0: under each transaction's number an array of words, the
 * first of which is the number of those that follow.
 */
#include "store/pages.h"

#include <errno.h>

#include "base/cleanup.h"

#define FREE_DATABASE 0
#define MAIN_DATABASE 1
#define META_PAGES 2

struct pages {
	size_t last;   /* number of the last page that was ever used */
	size_t free;   /* counted */
	uint8_t *seen; /* a bit a page; owned */
};

static bool take_page(struct pages *pages, size_t page)
{
	if (page < META_PAGES || page > pages->last || pages->seen[page / 8] >> page % 8 & 1)
		return false;
	pages->seen[page / 8] |= (uint8_t)(1 << page % 8);
	pages->free++;
	return true;
}

/* Values are aligned to two octets only. */
static size_t word_at(const MDB_val *list, size_t index)
{
	size_t word;

	memcpy(&word, (const uint8_t *)list->mv_data + index * sizeof word, sizeof word);
	return word;
}

static bool take_list(struct pages *pages, const MDB_val *list)
{
	size_t words = list->mv_size / sizeof(size_t);
	size_t count = words ? word_at(list, 0) : SIZE_MAX;

	if (count >= words)
		return false;
	for (size_t i = 1; i <= count; i++)
		if (!take_page(pages, word_at(list, i)))
			return false;
	return true;
}

static int take_all(MDB_txn *txn, struct pages *pages)
{
	MDB_cursor *cursor;
	MDB_val key, list;
	int error = mdb_cursor_open(txn, FREE_DATABASE, &cursor);

	if (error)
		return error;
	while (!(error = mdb_cursor_get(cursor, &key, &list, MDB_NEXT)))
		if (!take_list(pages, &list)) {
			error = MDB_CORRUPTED;
			break;
		}
	mdb_cursor_close(cursor);
	return error == MDB_NOTFOUND ? 0 : error;
}

/* Pages that the databases say they use, without the version's, which is not open. */
static size_t used_pages(MDB_txn *txn, const struct disk *disk)
{
	MDB_dbi all[2 + BATCH_KIND_COUNT] = {FREE_DATABASE, MAIN_DATABASE};
	size_t sum = META_PAGES;
	MDB_stat stat;

	memcpy(all + 2, disk->databases, sizeof disk->databases);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!mdb_stat(txn, all[i], &stat))
			sum += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
	return sum;
}

int pages_check(const struct disk *disk)
{
	MDB_envinfo info;
	MDB_txn *txn;

	mdb_env_info(disk->env, &info);
	AUTO_FREE uint8_t *seen = calloc(1, info.me_last_pgno / 8 + 1);
	struct pages pages = {.last = info.me_last_pgno, .seen = seen};
	if (!seen)
		return -ENOMEM;
	int error = mdb_txn_begin(disk->env, NULL, MDB_RDONLY, &txn);
	if (error)
		return error > 0 ? -error : error;
	error = take_all(txn, &pages);
	if (!error && used_pages(txn, disk) + pages.free > pages.last + 1)
		error = MDB_CORRUPTED;
	mdb_txn_abort(txn);
	return error > 0 ? -error : error;
}
