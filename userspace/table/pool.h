/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where do millions of small entries live? In pieces of their own size, rounded up to 8 bytes, cut from large blocks:
 * malloc would add 8 to 24 bytes to each. What is given back serves entries of the same size.
 */
#ifndef TABLE_POOL_H
#define TABLE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_UNIT 8
#define POOL_LARGEST 512 /* larger ones come from malloc */

struct pool {
	void *free[POOL_LARGEST / POOL_UNIT + 1]; /* lists by size, in units */
	struct pool_block *blocks;                /* the first is being cut */
	size_t block_count;
	size_t cut; /* bytes of it that are cut off */
};

/* Zeroed, aligned to 8 bytes; NULL: out of memory. */
void *pool_take(struct pool *pool, size_t size);
/* Of the size with which it was taken. */
void pool_give(struct pool *pool, void *entry, size_t size);
/* All at once; what is larger than POOL_LARGEST has to be given back before. */
void pool_free(struct pool *pool);

/* What an entry of this size takes. */
static inline size_t pool_room(size_t size)
{
	return (size + POOL_UNIT - 1) / POOL_UNIT * POOL_UNIT;
}

#endif
