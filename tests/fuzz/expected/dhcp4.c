/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a DHCPv4 message say, and what of it is for the record? (RFC 2131, RFC 2132, RFC 3396) */
#include <string.h>

#include "expected.h"

#define PAD 0
#define OVERLOAD 52
#define TYPE 53
#define PARAMETERS 55
#define DOTS_NAME 147
#define DOTS_ADDRESSES 148
#define END 255

/* Those of which the agent makes something. */
static const uint8_t kept[] = {6, 15, 50, 51, TYPE, 54, 58, 59, 61, 80, 82, 119, DOTS_NAME, DOTS_ADDRESSES, 213};

struct found {
	uint8_t type, overload, requested;
	unsigned lists;
};

/* RFC 3396 7: what stands in several instances is one list. */
static void requested(const uint8_t *option, struct found *found)
{
	if (found->lists++ >= DS_REQUEST_LISTS_MAX)
		return;
	for (unsigned i = 0; i < option[1]; i++) {
		if (option[2 + i] == DOTS_NAME)
			found->requested |= DS_REQUESTED_NAME;
		if (option[2 + i] == DOTS_ADDRESSES)
			found->requested |= DS_REQUESTED_ADDRESSES;
	}
}

/* Type and overload have one octet, of which 0 is no value (RFC 2132 9.3, 9.6); the first one counts. */
static void learn(const uint8_t *option, struct found *found)
{
	if (option[0] == TYPE && option[1] == 1 && found->type == 0)
		found->type = option[2];
	if (option[0] == OVERLOAD && option[1] == 1 && found->overload == 0)
		found->overload = option[2];
	if (option[0] == PARAMETERS)
		requested(option, found);
}

static void keep(const uint8_t *option, struct expected *ret)
{
	size_t size = 2 + (size_t)option[1];

	if (!memchr(kept, option[0], sizeof kept))
		return;
	memcpy(ret->record.options + ret->record.options_length, option, size);
	ret->record.options_length += size;
}

/* The options in one field, up to its END or its end. */
static void field(struct span span, struct found *found, struct expected *ret)
{
	for (size_t at = 0; at < span.size && span.data[at] != END;) {
		const uint8_t *option = span.data + at;
		size_t left = span.size - at;
		if (option[0] == PAD) {
			at++;
			continue;
		}
		if (left < 2 || left - 2 < option[1]) {
			ret->record.flags |= DS_RECORD_OVERRUN;
			return;
		}
		learn(option, found);
		keep(option, ret);
		at += 2 + (size_t)option[1];
	}
}

/* Options, `file`, `sname`, in this order; the latter two when the options say so (RFC 2132 9.3). */
static struct found options(struct span message, struct expected *ret)
{
	struct found found = {0};

	field((struct span){message.data + 240, message.size - 240}, &found, ret);
	uint8_t overload = found.overload;
	if (overload & 1)
		field((struct span){message.data + 108, 128}, &found, ret);
	if (overload & 2)
		field((struct span){message.data + 44, 64}, &found, ret);
	return found;
}

static bool is_bound(bool reply, uint8_t type)
{
	if (reply)
		return type == 2 || type == 5 || type == 6; /* OFFER, ACK, NAK */
	return type == 4 || type == 7;                      /* DECLINE, RELEASE */
}

bool expect_dhcp4(const struct message *message, struct said *said, struct expected *ret)
{
	struct span bytes = message->bytes;
	struct ds_record *record = &ret->record;

	if (bytes.size < 240 || memcmp(bytes.data + 236, "\x63\x82\x53\x63", 4) != 0)
		return leave(ret, DS_REASON_dhcp_malformed);
	struct found found = options(bytes, ret);
	if (found.type == 0)
		return leave(ret, DS_REASON_dhcp_malformed);

	memcpy(&record->v4, bytes.data, sizeof record->v4);
	said->from_server = bytes.data[0] == 2;
	said->binds = is_bound(said->from_server, found.type);
	said->requested = found.requested;

	/* A relay is named; and a server answers it at the port of servers. */
	record->type = found.type;
	record->side =
		record->v4.giaddr != 0 && !(said->from_server && message->to == 68) ? DS_SIDE_RELAY : DS_SIDE_CLIENT;
	ret->counted = true;
	ret->has_client = true;
	ret->key.family = DS_FAMILY_V4;
	ret->key.xid = record->v4.xid;
	memcpy(ret->key.client, bytes.data + 28, 16);
	return true;
}
