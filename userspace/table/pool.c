/* SPDX-License-Identifier: BSD-2-Clause */
#include "table/pool.h"

#include <stdlib.h>
#include <string.h>

#include "table/room.h"

/* A few small blocks first: who has few entries shall not pay for a huge page. */
#define SMALL_BLOCK (64UL << 10)
#define SMALL_BLOCKS 16

struct pool_block {
	struct pool_block *next;
	size_t size; /* of all of it */
	uint8_t entries[];
};

static bool add_block(struct pool *pool)
{
	size_t size = pool->block_count < SMALL_BLOCKS ? SMALL_BLOCK : ROOM_HUGE;
	struct pool_block *block = room_take(size);

	if (!block)
		return false;
	*block = (struct pool_block){.next = pool->blocks, .size = size};
	pool->blocks = block;
	pool->block_count++;
	pool->cut = sizeof *block;
	return true;
}

static void *cut(struct pool *pool, size_t room)
{
	if ((!pool->blocks || pool->cut + room > pool->blocks->size) && !add_block(pool))
		return NULL;
	void *entry = (uint8_t *)pool->blocks + pool->cut;
	pool->cut += room;
	return entry;
}

void *pool_take(struct pool *pool, size_t size)
{
	size_t room = pool_room(size);

	if (room > POOL_LARGEST)
		return calloc(1, room);
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
		room_give(block, block->size);
	}
	*pool = (struct pool){0};
}
