/* SPDX-License-Identifier: BSD-2-Clause */
/* In which domains may services be looked up? The table `sources` says where they come from, best first. */
#include "dhcp/domain.h"

#include "dhcp/message.h"
#include "dhcp/names.h"
#include "dhcp/option.h"

/* Names of one list that are looked at: a hostile one has a thousand, each of a hundred pointers. */
#define LIST_MAX 32

static void discard(struct dhcp_message *message, enum discard_reason reason)
{
	message->domain_discards[reason]++;
}

static bool is_known(const struct dhcp_message *message, const struct name *name)
{
	for (size_t i = 0; i < message->domain_count; i++)
		if (strcmp(message->domains[i].text, name->text) == 0)
			return true;
	return false;
}

static void take(struct dhcp_message *message, const struct name *name)
{
	if (!strchr(name->text, '.'))
		discard(message, DISCARD_domain_single_label);
	else if (is_known(message, name))
		return; /* said twice is no fault: 15 is often the first of 119 */
	else if (message->domain_count == MESSAGE_DOMAINS_MAX)
		discard(message, DISCARD_domains_excess);
	else
		message->domains[message->domain_count++] = *name;
}

static void decode_wire(struct dhcp_message *message, struct bytes data)
{
	enum discard_reason reason;
	struct name name;
	size_t extra;

	if (name_decode(data, &name, &extra, &reason) < 0) {
		discard(message, reason);
		return;
	}
	take(message, &name);
	if (extra)
		discard(message, DISCARD_name_extra);
}

static void decode_text(struct dhcp_message *message, struct bytes data)
{
	enum discard_reason reason;
	struct name name;

	if (name_parse(data, &name, &reason) < 0)
		discard(message, reason);
	else
		take(message, &name);
}

static void decode_names(struct dhcp_message *message, struct names names)
{
	enum discard_reason reason;
	struct name name;
	int r;

	for (unsigned i = 0; (r = names_next(&names, &name, &reason)); i++) {
		if (i == LIST_MAX) {
			discard(message, DISCARD_domains_excess);
			break;
		}
		if (r < 0)
			discard(message, reason);
		else
			take(message, &name);
	}
}

static void decode_compressed(struct dhcp_message *message, struct bytes data)
{
	decode_names(message, names_of(data, true));
}

static void decode_uncompressed(struct dhcp_message *message, struct bytes data)
{
	decode_names(message, names_of(data, false));
}

static const struct source {
	uint8_t family;
	uint8_t code;
	bool joined; /* its instances are one; else the first counts */
	void (*decode)(struct dhcp_message *message, struct bytes data);
} sources[] = {
	{DS_FAMILY_V4, OPTION4_ACCESS_DOMAIN, false, decode_wire},       /* RFC 5986 3.2 */
	{DS_FAMILY_V4, OPTION4_DOMAIN, false, decode_text},              /* RFC 2132 3.17 */
	{DS_FAMILY_V4, OPTION4_SEARCH_LIST, true, decode_compressed},    /* RFC 3397 2 */
	{DS_FAMILY_V6, OPTION6_ACCESS_DOMAIN, false, decode_wire},       /* RFC 5986 3.3 */
	{DS_FAMILY_V6, OPTION6_SEARCH_LIST, false, decode_uncompressed}, /* RFC 3646 4 */
};

static void decode_source(struct dhcp_message *message, const struct source *source, struct bytes options)
{
	uint8_t joined[DS_MESSAGE_MAX];
	struct bytes data;

	if (!option_find(source->family, options, source->code, &data))
		return;
	if (source->joined)
		data = option_join(options, source->code, joined, sizeof joined);
	source->decode(message, data);
}

void domain_decode(struct dhcp_message *message, struct bytes options)
{
	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
		if (sources[i].family == message->record->family)
			decode_source(message, &sources[i], options);
}
