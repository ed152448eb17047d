/* SPDX-License-Identifier: BSD-2-Clause */
/* How are bytes written down in a test? As hex; blanks are ignored, and "61*63" repeats an octet 63 times. */
#ifndef TEST_HEX_H
#define TEST_HEX_H

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define HEX_MAX 4096

static inline unsigned hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	if (!at) {
		fprintf(stderr, "not a hex digit: '%c'\n", c);
		abort();
	}
	return (unsigned)(at - digits);
}

/* Into the caller's buffer of HEX_MAX octets. */
static inline struct bytes hex(const char *text, uint8_t *buffer)
{
	size_t size = 0;

	while (*text) {
		if (isspace((unsigned char)*text)) {
			text++;
			continue;
		}
		uint8_t octet = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
		unsigned long count = 1;
		text += 2;
		if (*text == '*')
			count = strtoul(text + 1, (char **)&text, 10);
		if (count > HEX_MAX - size)
			abort();
		memset(buffer + size, octet, count);
		size += count;
	}
	return (struct bytes){buffer, size};
}

#endif
