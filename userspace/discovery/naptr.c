/* SPDX-License-Identifier: BSD-2-Clause */
#include "discovery/naptr.h"

#include "base/text.h"

static bool is(struct bytes bytes, const char *text)
{
	if (bytes.size != strlen(text))
		return false;
	for (size_t i = 0; i < bytes.size; i++) {
		if (text_lower(bytes.data[i]) != text_lower((uint8_t)text[i]))
			return false;
	}
	return true;
}

/* RFC 3958 6.5 has letters and digits alone, yet tags that are registered have dots. */
static bool may_be_in_service(uint8_t octet)
{
	return (text_lower(octet) >= 'a' && text_lower(octet) <= 'z') || (octet >= '0' && octet <= '9') ||
	       octet == '+' || octet == '-' || octet == '.' || octet == ':';
}

/* What stands before the next ':', or the end; the rest has no data when there is no more. */
static struct bytes next_part(struct bytes *rest)
{
	const uint8_t *colon = rest->size ? memchr(rest->data, ':', rest->size) : NULL;
	struct bytes part = {rest->data, colon ? (size_t)(colon - rest->data) : rest->size};

	*rest = colon ? (struct bytes){colon + 1, rest->size - part.size - 1} : (struct bytes){0};
	return part;
}

bool naptr_matches(const struct naptr *record, const char *service, const char *protocol)
{
	struct bytes rest = {record->service, record->service_length};

	for (size_t i = 0; i < rest.size; i++) {
		if (!may_be_in_service(rest.data[i]))
			return false;
	}
	if (!is(next_part(&rest), service))
		return false;
	while (rest.data) {
		if (is(next_part(&rest), protocol))
			return true;
	}
	return false;
}

enum naptr_use naptr_use(const struct naptr *record)
{
	static const struct {
		const char *flags;
		enum naptr_use use;
	} uses[] = {{"", NAPTR_NEXT}, {"s", NAPTR_SERVICE}, {"a", NAPTR_ADDRESSES}};
	struct bytes flags = {record->flags, record->flags_length};
	enum naptr_use use = NAPTR_BAD_FLAGS;

	for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
		if (is(flags, uses[i].flags))
			use = uses[i].use;
	}
	if (use == NAPTR_BAD_FLAGS)
		return use;
	if (record->has_regexp)
		return NAPTR_BAD_REGEXP;
	return dns_name_is_root(&record->replacement) ? NAPTR_BAD_REPLACEMENT : use;
}

uint32_t naptr_rank(const struct naptr *record)
{
	return (uint32_t)record->order << 16 | record->preference;
}

void naptr_sort(const struct naptr *records[], size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct naptr *record = records[i];
		size_t at = i;

		for (; at > 0 && naptr_rank(records[at - 1]) > naptr_rank(record); at--)
			records[at] = records[at - 1];
		records[at] = record;
	}
}

bool naptr_contradicts(const struct dns_name *replacement, const char *label)
{
	for (size_t at = 0; at < replacement->length; at += 1U + replacement->wire[at]) {
		struct bytes own = {replacement->wire + at + 1, replacement->wire[at]};

		if (is(own, "_udp") || is(own, "_tcp"))
			return !is(own, label);
	}
	return false;
}
