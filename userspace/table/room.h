/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where do large arrays live? In huge pages, if the kernel has some to spare: entries are met in the order of their
 * hashes, which is none, and with millions of them each would otherwise cost a walk through page tables first.
 *
 * Memory that was not written to costs nothing, apart from what is left of its huge page.
 */
#ifndef TABLE_ROOM_H
#define TABLE_ROOM_H

#include <stddef.h>

/* A huge page; smaller arrays come from malloc. */
#define ROOM_HUGE (2UL << 20)

/* Not initialised; NULL: out of memory. */
void *room_take(size_t size);
/* Of the size with which it was taken; NULL is allowed. */
void room_give(void *room, size_t size);
/* To no less than it was. Like realloc: on failure the old one stays. */
void *room_grow(void *room, size_t from, size_t to);

#endif
