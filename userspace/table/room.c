/* SPDX-License-Identifier: BSD-2-Clause */
#include "table/room.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static size_t whole(size_t size)
{
	return (size + ROOM_HUGE - 1) / ROOM_HUGE * ROOM_HUGE;
}

/* The kernel aligns by itself from Linux 6.7 on: before, a page more is mapped, and what is not needed given back. */
static void *map_aligned(size_t size)
{
	uint8_t *mapped = mmap(NULL, size + ROOM_HUGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mapped == MAP_FAILED)
		return NULL;
	size_t before = (size_t)(-(uintptr_t)mapped % ROOM_HUGE);
	if (before)
		munmap(mapped, before);
	munmap(mapped + before + size, ROOM_HUGE - before);
	madvise(mapped + before, size, MADV_HUGEPAGE); /* a kernel without them is as right, and slower */
	return mapped + before;
}

void *room_take(size_t size)
{
	return size < ROOM_HUGE ? malloc(size) : map_aligned(whole(size));
}

void room_give(void *room, size_t size)
{
	if (size < ROOM_HUGE)
		free(room);
	else if (room)
		munmap(room, whole(size));
}

/* To a place where it is aligned, too. The kernel moves its pages, and not what is in them. */
static void *move(void *room, size_t from, size_t to)
{
	void *grown = map_aligned(to);

	if (!grown)
		return NULL;
	if (mremap(room, from, to, MREMAP_MAYMOVE | MREMAP_FIXED, grown) != MAP_FAILED)
		return grown;
	munmap(grown, to);
	return NULL;
}

void *room_grow(void *room, size_t from, size_t to)
{
	if (to < ROOM_HUGE)
		return realloc(room, to);
	if (from >= ROOM_HUGE)
		return whole(from) == whole(to) ? room : move(room, whole(from), whole(to));
	void *grown = room_take(to);
	if (!grown)
		return NULL;
	if (from)
		memcpy(grown, room, from);
	room_give(room, from);
	return grown;
}
