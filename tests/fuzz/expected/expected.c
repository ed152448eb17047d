/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a frame, once it is known what it holds? In this order:
 *
 *   1. Headers that hide what is behind them, and fragments, are judged as RFC 7610 5 wants it.
 *   2. A message over the port's rate is a flood, whatever it says.
 *   3. A server's message where no server may be, or of one that is not listed, is rogue.
 *   4. What a client asks is noted on access ports.
 *   5. What binds, or ends a binding, becomes a record.
 */
#include "expected.h"

#include <string.h>

const struct listed expected_servers[LISTED_COUNT] = {
	{DS_FAMILY_V4, 32, {10, 0, 0, 1}},
	{DS_FAMILY_V4, 25, {192, 0, 2, 128}},
	{DS_FAMILY_V6, 128, {0xfe, 0x80, [15] = 2}},
	{DS_FAMILY_V6, 45, {0x20, 0x01, 0x0d, 0xb8, 0, 8}},
};

static bool is_within(const uint8_t *address, const struct listed *listed)
{
	for (unsigned bit = 0; bit < listed->length; bit++)
		if ((address[bit / 8] ^ listed->address[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

static bool is_listed(const struct ds_record *record)
{
	for (size_t i = 0; i < LISTED_COUNT; i++)
		if (expected_servers[i].family == record->family && is_within(record->source, &expected_servers[i]))
			return true;
	return false;
}

static bool is_believed(const struct setting *setting, const struct ds_record *record)
{
	return setting->role == DS_ROLE_UPLINK && (!setting->listed_only || is_listed(record));
}

static bool is_to_client(const struct message *message)
{
	return message->to == 68 || message->to == 546;
}

/* Over IPv6 the port tells as well, before anything is walked: no client listens to what another one sends there. */
static bool is_rogue6(const struct setting *setting, const struct message *message, const struct ds_record *record)
{
	return (is_from_server6(message->bytes.data[0]) || is_to_client(message)) && !is_believed(setting, record);
}

static void send(const struct setting *setting, struct expected *ret)
{
	ret->reason = setting->ring_full ? DS_REASON_lost : DS_REASON_captured;
}

static void asks(const struct setting *setting, const struct said *said, struct expected *ret)
{
	if (setting->role == DS_ROLE_ACCESS) {
		ret->noted = setting->known || !setting->starved;
		ret->client.circuit = ret->record.seen;
		ret->client.requested = said->requested | DS_REQUESTED_KNOWN;
		ret->record.asked = ret->record.seen;
	}
	if (said->binds)
		send(setting, ret);
	else
		ret->reason = setting->role == DS_ROLE_ACCESS && !ret->noted ? DS_REASON_dhcp_unnoted
									     : DS_REASON_dhcp_request;
}

static void answers(const struct setting *setting, const struct said *said, struct expected *ret)
{
	if (!is_believed(setting, &ret->record)) {
		ret->reason = DS_REASON_rogue;
		return;
	}
	if (!said->binds) {
		ret->reason = DS_REASON_dhcp_other;
		return;
	}
	if (setting->known) {
		ret->record.asked = setting->known->circuit;
		ret->record.requested = setting->known->requested;
	}
	send(setting, ret);
}

static void says(const struct setting *setting, const struct message *message, struct expected *ret)
{
	bool ip4 = ret->record.family == DS_FAMILY_V4;
	struct said said = {0};

	if (!ip4 && message->bytes.size >= 4 && is_rogue6(setting, message, &ret->record)) {
		ret->reason = DS_REASON_rogue;
		return;
	}
	if (!(ip4 ? expect_dhcp4(message, &said, ret) : expect_dhcp6(message, &said, ret)))
		return;
	if (said.from_server)
		answers(setting, &said, ret);
	else
		asks(setting, &said, ret);
}

static void judge(const struct setting *setting, const struct message *message, struct expected *ret)
{
	if (message->first_fragment)
		ret->reason = setting->role == DS_ROLE_ACCESS && is_to_client(message) ? DS_REASON_rogue
										       : DS_REASON_fragment_first;
	else if (setting->limited && setting->flooded)
		ret->reason = DS_REASON_flood;
	else if (message->bytes.size == 0)
		ret->reason = DS_REASON_dhcp_malformed;
	else if (message->bytes.size >= DS_MESSAGE_MAX)
		ret->reason = setting->role == DS_ROLE_ACCESS && is_to_client(message) ? DS_REASON_rogue
										       : DS_REASON_dhcp_oversized;
	else
		says(setting, message, ret);
}

/* `enforce` drops what policy refuses, and nothing else is ever dropped. */
static bool is_dropped(const struct setting *setting, enum ds_reason reason)
{
	bool hides =
		reason == DS_REASON_chain_cut || reason == DS_REASON_chain_long || reason == DS_REASON_header_unknown;

	return setting->mode == DS_MODE_ENFORCE &&
	       (reason == DS_REASON_rogue || reason == DS_REASON_flood || (hides && setting->role == DS_ROLE_ACCESS));
}

void expect(const struct setting *setting, struct span frame, struct expected *ret)
{
	struct message message = {0};

	memset(ret, 0, sizeof *ret);
	ret->record.version = DS_ABI_VERSION;
	ret->record.direction = DS_INGRESS;
	ret->record.seen.ifindex = setting->ifindex;
	if (expect_message(setting, frame, &message, ret))
		judge(setting, &message, ret);
	ret->dropped = is_dropped(setting, ret->reason);
}
