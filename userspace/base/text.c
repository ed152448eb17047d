/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

static const char digits[] = "0123456789abcdef";

const char *text_hex(struct bytes bytes, char *text, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < bytes.size && at + 2 < size; i++) {
		text[at++] = digits[bytes.data[i] >> 4];
		text[at++] = digits[bytes.data[i] & 15];
	}
	text[at] = '\0';
	return text;
}

const char *text_hw(struct bytes bytes, char *text, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < bytes.size && at + 3 < size; i++) {
		if (i)
			text[at++] = ':';
		text[at++] = digits[bytes.data[i] >> 4];
		text[at++] = digits[bytes.data[i] & 15];
	}
	text[at] = '\0';
	return text;
}

static bool is_plain(uint8_t octet)
{
	return octet < 0x80 && (isalnum(octet) || strchr("-_.", octet)) && octet;
}

const char *text_escape(struct bytes bytes, char *text, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < bytes.size && at + 4 < size; i++) {
		if (is_plain(bytes.data[i]))
			text[at++] = (char)bytes.data[i];
		else
			at += (size_t)snprintf(text + at, size - at, "\\%03u", bytes.data[i]);
	}
	text[at] = '\0';
	return text;
}

const char *text_word(const char *identifier, char *text, size_t size)
{
	size_t at = 0;

	for (; identifier[at] && at + 1 < size; at++)
		text[at] = identifier[at] == '_' ? '-' : identifier[at];
	text[at] = '\0';
	return text;
}

const char *text_time(uint64_t realtime_ns, char text[TEXT_TIME_SIZE])
{
	time_t seconds = (time_t)(realtime_ns / 1000000000);
	struct tm tm;
	char day[24];

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, TEXT_TIME_SIZE, "%s.%06uZ", day, (unsigned)(realtime_ns % 1000000000 / 1000));
	return text;
}
