/* SPDX-License-Identifier: BSD-2-Clause */
/* How are hostile bytes read? Through a view that cannot be left, and a reader that remembers its first failure. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view of bytes that somebody else owns. */
struct bytes {
	const uint8_t *data;
	size_t size;
};

/*
 * A cursor over a view. A read past the end yields zeros, leaves the cursor where it is and sets `failed`, which
 * stays: check it once, after the last read.
 */
struct reader {
	struct bytes rest;
	bool failed;
};

static inline struct reader reader_of(struct bytes bytes)
{
	return (struct reader){.rest = bytes};
}

/* The next `size` bytes, and past them. An empty view when fewer are left. */
static inline struct bytes reader_take(struct reader *reader, size_t size)
{
	if (reader->failed || size > reader->rest.size) {
		reader->failed = true;
		return (struct bytes){0};
	}
	if (size == 0) /* nothing may be added to the NULL of an empty view */
		return (struct bytes){reader->rest.data, 0};
	struct bytes taken = {reader->rest.data, size};
	reader->rest.data += size;
	reader->rest.size -= size;
	return taken;
}

static inline uint8_t reader_u8(struct reader *reader)
{
	struct bytes b = reader_take(reader, 1);
	return b.size ? b.data[0] : 0;
}

/* Big-endian, as all of DHCP and DNS. */
static inline uint16_t reader_u16(struct reader *reader)
{
	struct bytes b = reader_take(reader, 2);
	if (!b.size)
		return 0;
	return (uint16_t)(b.data[0] << 8 | b.data[1]);
}

static inline uint32_t reader_u32(struct reader *reader)
{
	struct bytes b = reader_take(reader, 4);
	return b.size ? (uint32_t)b.data[0] << 24 | (uint32_t)b.data[1] << 16 | (uint32_t)b.data[2] << 8 | b.data[3]
		      : 0;
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

#endif
