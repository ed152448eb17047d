/* SPDX-License-Identifier: BSD-2-Clause */
#include "table/pool.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE (64 << 10)

struct pool_block {
	struct pool_block *next;
	uint8_t entries[BLOCK_SIZE - sizeof(void *)];
};

static void *cut(struct pool *pool, size_t room)
{
	if (!pool->blocks || pool->cut + room > sizeof pool->blocks->entries) {
		struct pool_block *block = malloc(sizeof *block);
		if (!block)
			return NULL;
		block->next = pool->blocks;
		pool->blocks = block;
		pool->cut = 0;
	}
	void *entry = pool->blocks->entries + pool->cut;
	pool->cut += room;
	return entry;
}

void *pool_take(struct pool *pool, size_t size)
{
	size_t room = pool_room(size);

	if (room > POOL_LARGEST)
		return calloc(1, size);
	void **list = &pool->free[room / POOL_UNIT], *entry = *list;
	if (entry)
		memcpy(list, entry, sizeof *list);
	else
		entry = cut(pool, room);
	return entry ? memset(entry, 0, room) : NULL;
}

void pool_give(struct pool *pool, void *entry, size_t size)
{
	size_t room = pool_room(size);

	if (room > POOL_LARGEST) {
		free(entry);
		return;
	}
	memcpy(entry, &pool->free[room / POOL_UNIT], sizeof(void *));
	pool->free[room / POOL_UNIT] = entry;
}

void pool_free(struct pool *pool)
{
	while (pool->blocks) {
		struct pool_block *block = pool->blocks;
		pool->blocks = block->next;
		free(block);
	}
	*pool = (struct pool){0};
}
