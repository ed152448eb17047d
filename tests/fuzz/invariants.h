/* SPDX-License-Identifier: BSD-2-Clause */
/* What is true of every name that dhcp/ hands on, whatever the bytes were. */
#ifndef TESTS_FUZZ_INVARIANTS_H
#define TESTS_FUZZ_INVARIANTS_H

#include <string.h>

#include "dhcp/name.h"
#include "fuzz.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-_"

/* A name: labels of 1 to 63 characters of host names, no hyphen at their ends, dots between, no number behind the last
 * dot; zeros behind. */
static inline void check_name(const struct name *name)
{
	size_t at = 0;

	CHECK(name->length > 0 && name->length < NAME_TEXT_SIZE);
	CHECK(strlen(name->text) == name->length);
	for (;;) {
		size_t label = strspn(name->text + at, NAME_CHARACTERS);
		CHECK(label >= 1 && label <= 63);
		CHECK(name->text[at] != '-' && name->text[at + label - 1] != '-');
		at += label;
		if (name->text[at] == '\0') {
			CHECK(strspn(name->text + at - label, "0123456789") < label);
			break;
		}
		CHECK(name->text[at++] == '.');
	}
	for (; at < NAME_TEXT_SIZE; at++)
		CHECK(name->text[at] == '\0');
}

#endif
