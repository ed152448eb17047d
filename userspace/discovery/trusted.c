/* SPDX-License-Identifier: BSD-2-Clause */
/* May a name be believed? (RFC 8973 8.1, requirement R-36) */
#include "discovery/trusted.h"

#include <errno.h>

#define WILDCARD "*."
#define WILDCARD_SIZE (sizeof WILDCARD - 1)

static int refuse(const char **why, const char *text)
{
	*why = text;
	return -EINVAL;
}

int trusted_parse(const char *text, struct trusted_name *ret, const char **why)
{
	struct trusted_name trusted = {.wildcard = strncmp(text, WILDCARD, WILDCARD_SIZE) == 0};
	const char *name = text + (trusted.wildcard ? WILDCARD_SIZE : 0);
	enum discard_reason reason;

	if (!*text)
		return refuse(why, "a name is missing");
	if (strchr(name, '*') || !*name)
		return refuse(why, "'*' stands for the whole first label of a name, as in \"*.example.com\"");
	if (name_parse((struct bytes){(const uint8_t *)name, strlen(name)}, &trusted.name, &reason) < 0)
		return refuse(why, discard_help(reason));
	if (trusted.wildcard && trusted.name.length + WILDCARD_SIZE >= sizeof trusted.name.text)
		return refuse(why, discard_help(DISCARD_name_long));
	*ret = trusted;
	return 0;
}

/* Letters of ASCII compare equal in either case (RFC 4343), whatever the locale. `folded` is lower case. */
static bool equal(const char *text, const char *folded)
{
	for (; *text && *folded; text++, folded++) {
		char lower = *text >= 'A' && *text <= 'Z' ? (char)(*text | 0x20) : *text;
		if (lower != *folded)
			return false;
	}
	return *text == *folded;
}

static bool match(const struct trusted_name *trusted, const char *name)
{
	const char *dot;

	if (!trusted->wildcard)
		return equal(name, trusted->name.text);
	dot = strchr(name, '.');
	return dot && dot > name && equal(dot + 1, trusted->name.text);
}

bool trusted_accepts(const struct trusted_name *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (match(&list[i], name))
			return true;
	return count == 0;
}
