/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a DHCPv6 message say, and what of it is for the record? (RFC 9915 7.3, 8, 9, 21) */
#include <string.h>

#include "expected.h"

#define RELAYS_MAX 8

/* Codes of an Option Request that are looked at. */
#define REQUESTED_MAX 128

#define OPTION_REQUEST 6
#define RELAY_MESSAGE 9
#define DOTS_NAME 141
#define DOTS_ADDRESSES 142

enum message_type {
	ADVERTISE = 2,
	REPLY = 7,
	RELEASE = 8,
	DECLINE = 9,
	RECONFIGURE = 10,
	RELAY_FORWARD = 12,
	RELAY_REPLY = 13,
};

static const uint16_t kept[] = {1, 2, 3, 13, 14, 23, 24, 25, 32, 57, DOTS_NAME, DOTS_ADDRESSES};
static const uint16_t kept_of_relays[] = {18, 37, 79};

bool is_from_server6(uint8_t type)
{
	return type == ADVERTISE || type == REPLY || type == RECONFIGURE || type == RELAY_REPLY;
}

static bool is_among(uint16_t code, const uint16_t *codes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (codes[i] == code)
			return true;
	return false;
}

static void keep(struct span option, struct expected *ret)
{
	memcpy(ret->record.options + ret->record.options_length, option.data, option.size);
	ret->record.options_length += option.size;
}

/* The first option of what is left, with its head, and past it. False at the end, or where it runs past that. */
static bool next(struct span *left, struct span *option, struct expected *ret)
{
	if (left->size == 0)
		return false;
	if (left->size < 4 || left->size - 4 < read16(left->data + 2)) {
		ret->record.flags |= DS_RECORD_OVERRUN;
		return false;
	}
	*option = (struct span){left->data, 4 + (size_t)read16(left->data + 2)};
	left->data += option->size;
	left->size -= option->size;
	return true;
}

/* A relay's message: what is for the record, and the message that it relays; false without one. */
static bool relay(struct span message, struct span *inner, struct expected *ret)
{
	struct ds_record *record = &ret->record;
	struct span option, left = {message.data + 34, message.size - 34};
	bool found = false;

	record->v6.relays++;
	memcpy(record->v6.link_address, message.data + 2, 16);
	memcpy(record->v6.peer_address, message.data + 18, 16);
	record->options_length = 0; /* those of the relay nearest to the client remain */
	while (next(&left, &option, ret)) {
		uint16_t code = read16(option.data);
		if (code == RELAY_MESSAGE && !found) {
			*inner = (struct span){option.data + 4, option.size - 4};
			found = true;
		}
		if (is_among(code, kept_of_relays, sizeof kept_of_relays / sizeof *kept_of_relays))
			keep(option, ret);
	}
	return found;
}

/* Down to the message that no relay sent. */
static bool descend(struct span *message, struct expected *ret)
{
	while (message->size > 0 && message->data[0] == RELAY_REPLY) {
		if (ret->record.v6.relays == RELAYS_MAX)
			return leave(ret, DS_REASON_relay_deep);
		if (message->size < 34 || !relay(*message, message, ret))
			return leave(ret, DS_REASON_dhcp_malformed);
	}
	return message->size >= 4 || leave(ret, DS_REASON_dhcp_malformed);
}

static void requested(struct span option, struct said *said)
{
	if (said->lists++ >= DS_REQUEST_LISTS_MAX)
		return;
	for (size_t at = 4; at + 2 <= option.size && at < 4 + 2 * REQUESTED_MAX; at += 2) {
		if (read16(option.data + at) == DOTS_NAME)
			said->requested |= DS_REQUESTED_NAME;
		if (read16(option.data + at) == DOTS_ADDRESSES)
			said->requested |= DS_REQUESTED_ADDRESSES;
	}
}

static void options(struct span message, struct said *said, struct expected *ret)
{
	struct span option, left = {message.data + 4, message.size - 4};

	while (next(&left, &option, ret)) {
		uint16_t code = read16(option.data);
		if (code == OPTION_REQUEST)
			requested(option, said);
		if (is_among(code, kept, sizeof kept / sizeof *kept))
			keep(option, ret);
	}
}

/* Whoever asks is known by the address that is answered; behind a relay that is the peer's of the nearest one. */
static void client(const struct said *said, const uint8_t *xid, struct expected *ret)
{
	const struct ds_record *record = &ret->record;

	ret->has_client = true;
	ret->key.family = DS_FAMILY_V6;
	memcpy((uint8_t *)&ret->key.xid + 1, xid, 3);
	memcpy(ret->key.client,
	       !said->from_server       ? record->source
	       : record->v6.relays == 0 ? record->destination
					: record->v6.peer_address,
	       16);
}

bool expect_dhcp6(const struct message *message, struct said *said, struct expected *ret)
{
	struct ds_record *record = &ret->record;
	struct span inner = message->bytes;

	if (!descend(&inner, ret))
		return false;
	uint8_t type = inner.data[0];
	record->type = record->v6.type = type;
	record->side = record->v6.relays > 0 || type == RELAY_FORWARD ? DS_SIDE_RELAY : DS_SIDE_CLIENT;
	ret->counted = true;
	if (message->bytes.data[0] == RELAY_FORWARD)
		return leave(ret, DS_REASON_dhcp_other);

	memcpy(record->v6.xid, inner.data + 1, 3);
	said->from_server = is_from_server6(type);
	said->binds = type == ADVERTISE || type == REPLY || type == RELEASE || type == DECLINE;
	options(inner, said, ret);
	client(said, inner.data + 1, ret);
	return true;
}
