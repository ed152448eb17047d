/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does this DHCP message say? (RFC 2131, RFC 9915)
 *
 * 1. The record is believed only as far as its lengths agree.
 * 2. Who: hardware address, client identifier or DUID.
 * 3. What, and until when: addresses and prefixes (lease.c), resolvers, domains (domain.c), and the offer (offer.c).
 * 4. What it means for the client's binding: its effect.
 */
#include "dhcp/message.h"

#include <endian.h>
#include <errno.h>

#include "dhcp/domain.h"
#include "dhcp/option.h"

/* A DUID is a type of two octets, and 1 to 128 more (RFC 9915 11.1). */
#define DUID_MIN 3
#define DUID_MAX 130

/* RFC 2132 9.14 */
#define CLIENT_ID_MIN 2

/* Status codes (RFC 9915 21.13). */
enum {
	STATUS_SUCCESS = 0,
	STATUS_NO_BINDING = 3,
	STATUS_NOT_ON_LINK = 4,
};

static int check_record(struct bytes bytes, const struct ds_record **ret)
{
	const struct ds_record *record = (const void *)bytes.data;

	if (bytes.size < sizeof *record)
		return -EBADMSG;
	if (record->version != DS_ABI_VERSION)
		return -EPROTO;
	if (record->options_length > DS_MESSAGE_MAX || record->options_length > bytes.size - sizeof *record)
		return -EBADMSG;
	if (record->family != DS_FAMILY_V4 && record->family != DS_FAMILY_V6)
		return -EBADMSG;
	*ret = record;
	return 0;
}

/* An identifier, or none when its length cannot be. */
static struct bytes identifier(uint8_t family, struct bytes options, uint16_t code, size_t min, size_t max)
{
	struct bytes data;

	if (!option_find(family, options, code, &data) || data.size < min || data.size > max)
		return (struct bytes){0};
	return data;
}

static void decode_who4(struct dhcp_message *message, struct bytes options)
{
	const struct ds_bootp *bootp = &message->record->v4;
	size_t size = bootp->hlen < sizeof bootp->chaddr ? bootp->hlen : sizeof bootp->chaddr;
	struct bytes server;

	if (size)
		message->hw = (struct bytes){bootp->chaddr, size};
	message->xid = be32toh(bootp->xid);
	message->client_id = identifier(DS_FAMILY_V4, options, OPTION4_CLIENT_ID, CLIENT_ID_MIN, UINT8_MAX);
	if (option_find(DS_FAMILY_V4, options, OPTION4_SERVER, &server) && server.size == 4)
		message->server = address_of(server);
}

static bool is_from_client6(uint8_t type)
{
	return type != DHCP6_ADVERTISE && type != DHCP6_REPLY;
}

/* The client's end of a frame that no relay stands behind; none when that is a group, or no Ethernet address at all. */
static struct bytes hw6(const struct ds_record *record)
{
	static const uint8_t zero[6];
	const uint8_t *mac = is_from_client6(record->type) ? record->source_mac : record->destination_mac;

	if (record->side != DS_SIDE_CLIENT || mac[0] & 1 || memcmp(mac, zero, sizeof zero) == 0)
		return (struct bytes){0};
	return (struct bytes){mac, sizeof record->source_mac};
}

static void decode_who6(struct dhcp_message *message, struct bytes options)
{
	const struct ds_record *record = message->record;
	const uint8_t *xid = record->v6.xid;

	message->hw = hw6(record);
	message->xid = (uint32_t)xid[0] << 16 | (uint32_t)xid[1] << 8 | xid[2];
	message->client_id = identifier(DS_FAMILY_V6, options, OPTION6_CLIENT_ID, DUID_MIN, DUID_MAX);
	message->server_id = identifier(DS_FAMILY_V6, options, OPTION6_SERVER_ID, DUID_MIN, DUID_MAX);
	if (record->side == DS_SIDE_CLIENT && !is_from_client6(record->type))
		message->server = address_of((struct bytes){record->source, sizeof record->source});
}

/* The first usable addresses of a list; none of a list with a wrong length. */
static void decode_resolvers(struct dhcp_message *message, struct bytes list, size_t size)
{
	struct reader reader = reader_of(list);
	enum discard_reason unused;

	if (list.size % size)
		return;
	while (reader.rest.size && message->resolver_count < MESSAGE_RESOLVERS_MAX) {
		struct address address = address_of(reader_take(&reader, size));
		if (!discard_address(&address, &unused))
			message->resolvers[message->resolver_count++] = address;
	}
}

static void decode_resolvers4(struct dhcp_message *message, struct bytes options)
{
	uint8_t joined[DS_MESSAGE_MAX];

	/* RFC 2131 4.1: several instances are one list. */
	decode_resolvers(message, option_join(options, OPTION4_RESOLVERS, joined, sizeof joined), 4);
}

static void decode_resolvers6(struct dhcp_message *message, struct bytes options)
{
	struct bytes data;

	if (option_find(DS_FAMILY_V6, options, OPTION6_RESOLVERS, &data))
		decode_resolvers(message, data, 16);
}

static enum message_effect effect4(const struct dhcp_message *message)
{
	switch (message->record->type) {
	case DHCP4_ACK:
		return MESSAGE_BINDS;
	case DHCP4_NAK:
	case DHCP4_RELEASE:
	case DHCP4_DECLINE:
		return MESSAGE_ENDS;
	}
	return MESSAGE_NONE;
}

/* A Reply with a status of its own, which is not that of an IA. */
static enum message_effect status_effect(const struct dhcp_message *message, uint16_t status, struct bytes options)
{
	struct bytes data;

	if (status == STATUS_NO_BINDING || status == STATUS_NOT_ON_LINK)
		return MESSAGE_ENDS;
	if (status != STATUS_SUCCESS)
		return MESSAGE_NONE;
	if (message->has_lease)
		return message->lifetime ? MESSAGE_BINDS : MESSAGE_ENDS;
	/* Success without an IA answers a Release, Decline or Confirm (RFC 9915 18.3), and says nothing new; but the
	 * refresh time occurs in answers to an Information-request alone (21.23). */
	return option_find(DS_FAMILY_V6, options, OPTION6_REFRESH_TIME, &data) ? MESSAGE_BINDS : MESSAGE_NONE;
}

static enum message_effect reply_effect(const struct dhcp_message *message, struct bytes options)
{
	struct bytes data;

	if (option_find(DS_FAMILY_V6, options, OPTION6_STATUS, &data) && data.size >= 2) {
		struct reader reader = reader_of(data);
		return status_effect(message, reader_u16(&reader), options);
	}
	return message->lifetime ? MESSAGE_BINDS : MESSAGE_ENDS;
}

static enum message_effect effect6(const struct dhcp_message *message, struct bytes options)
{
	switch (message->record->type) {
	case DHCP6_REPLY:
		return reply_effect(message, options);
	case DHCP6_RELEASE:
	case DHCP6_DECLINE:
		return MESSAGE_ENDS;
	}
	return MESSAGE_NONE;
}

static void decode4(struct dhcp_message *message, struct bytes options)
{
	decode_who4(message, options);
	lease_decode4(message, options);
	decode_resolvers4(message, options);
	message->effect = effect4(message);
}

static void decode6(struct dhcp_message *message, struct bytes options)
{
	decode_who6(message, options);
	lease_decode6(message, options);
	decode_resolvers6(message, options);
	message->effect = effect6(message, options);
}

int message_decode(struct bytes record, struct dhcp_message *ret)
{
	const struct ds_record *checked;
	int r = check_record(record, &checked);

	if (r < 0)
		return r;

	struct bytes options = {checked->options, checked->options_length};
	memset(ret, 0, offsetof(struct dhcp_message, domains));
	ret->record = checked;
	if (checked->family == DS_FAMILY_V4)
		decode4(ret, options);
	else
		decode6(ret, options);
	if (ret->effect == MESSAGE_ENDS)
		ret->lifetime = 0;
	domain_decode(ret, options);
	offer_decode(checked->family, options, &ret->offer);
	return 0;
}

bool message_is_from_client(const struct dhcp_message *message)
{
	uint8_t type = message->record->type;

	if (message->record->family == DS_FAMILY_V4)
		return type == DHCP4_RELEASE || type == DHCP4_DECLINE;
	return is_from_client6(type);
}

/* RFC 2132 9.6; 3203, 4388, 6926, 7724 */
static const char *const words4[] = {
	[1] = "discover",
	[2] = "offer",
	[3] = "request",
	[4] = "decline",
	[5] = "ack",
	[6] = "nak",
	[7] = "release",
	[8] = "inform",
	[9] = "forcerenew",
	[10] = "leasequery",
	[11] = "leaseunassigned",
	[12] = "leaseunknown",
	[13] = "leaseactive",
	[14] = "bulkleasequery",
	[15] = "leasequerydone",
	[16] = "activeleasequery",
	[17] = "leasequerystatus",
	[18] = "tls",
};

/* RFC 9915 7.3; 5007, 5460, 6977, 7341 */
static const char *const words6[] = {
	[1] = "solicit",
	[2] = "advertise",
	[3] = "request",
	[4] = "confirm",
	[5] = "renew",
	[6] = "rebind",
	[7] = "reply",
	[8] = "release",
	[9] = "decline",
	[10] = "reconfigure",
	[11] = "information-request",
	[12] = "relay-forward",
	[13] = "relay-reply",
	[14] = "leasequery",
	[15] = "leasequery-reply",
	[16] = "leasequery-done",
	[17] = "leasequery-data",
	[18] = "reconfigure-request",
	[19] = "reconfigure-reply",
	[20] = "dhcpv4-query",
	[21] = "dhcpv4-response",
};

const char *message_type_word(uint8_t family, uint8_t type)
{
	const char *const *words = family == DS_FAMILY_V4 ? words4 : words6;
	size_t count = family == DS_FAMILY_V4 ? sizeof words4 / sizeof words4[0] : sizeof words6 / sizeof words6[0];

	return type < count && words[type] ? words[type] : "unknown";
}
