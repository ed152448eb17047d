/* SPDX-License-Identifier: BSD-2-Clause */
/* How do bytes become text that is safe to show? */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/bytes.h"

/* Lower-case hex, cut to the buffer; NUL-terminated. The buffer is returned. */
const char *text_hex(struct bytes bytes, char *text, size_t size);

/* "02:00:00:00:00:01", cut to the buffer. The buffer is returned. */
const char *text_hw(struct bytes bytes, char *text, size_t size);

/* Letters, digits and "-_." as they are, every other octet as \DDD (RFC 1035 5.1), cut to the buffer. */
const char *text_escape(struct bytes bytes, char *text, size_t size);

/* A word of a table: '_' shown as '-'. */
const char *text_word(const char *identifier, char *text, size_t size);

/* An ASCII letter in lower case, any other octet as it is: whatever the locale says (RFC 4343). */
static inline uint8_t text_lower(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

/* RFC 3339 UTC with microseconds of a time in ns since 1970. */
#define TEXT_TIME_SIZE 32
const char *text_time(uint64_t realtime_ns, char text[TEXT_TIME_SIZE]);

#endif
