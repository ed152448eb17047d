/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which addresses and prefixes does a message bind, and until when?
 *
 * DHCPv4 binds one address, for the lease time of option 51. DHCPv6 binds what its identity associations (IA) hold,
 * each address and prefix for a time of its own; a Reply without any configures for the information refresh time.
 */
#include "dhcp/lease.h"

#include "dhcp/message.h"
#include "dhcp/option.h"

/* The address that a DHCPv4 message is about: four octets, or none. */
static struct bytes address4(const struct ds_record *record, struct bytes options)
{
	const struct ds_bootp *bootp = &record->v4;
	struct bytes requested = {0};

	switch (record->type) {
	case DHCP4_OFFER:
	case DHCP4_ACK:
		return (struct bytes){(const uint8_t *)&bootp->yiaddr, sizeof bootp->yiaddr};
	case DHCP4_RELEASE:
		return (struct bytes){(const uint8_t *)&bootp->ciaddr, sizeof bootp->ciaddr};
	case DHCP4_DECLINE: /* RFC 2131 4.4.4: ciaddr is zero */
		option_find(DS_FAMILY_V4, options, OPTION4_REQUESTED_ADDRESS, &requested);
		return requested;
	}
	return requested;
}

/* Does a DHCPv4 message tell a time, rather than end one? */
static bool grants4(uint8_t type)
{
	return type == DHCP4_OFFER || type == DHCP4_ACK;
}

void lease_decode4(struct dhcp_message *message, struct bytes options)
{
	uint8_t type = message->record->type;
	struct address address = address_of(address4(message->record, options));

	if (grants4(type) && !option_u32(DS_FAMILY_V4, options, OPTION4_LEASE_TIME, &message->lifetime))
		message->lifetime = LIFETIME_DEFAULT;
	/* Zero: the answer to an INFORM leaves yiaddr alone (RFC 2131 4.3.5). */
	if (address.family != 4 || address_is_zero(&address))
		return;
	message->has_lease = true;
	message->addresses[message->address_count++] = (struct lease){{address, 32}, message->lifetime};
}

/* The kinds of IA: how long each one's fixed part is, and in which option it holds what. */
static const struct association {
	uint16_t code;
	uint16_t fixed; /* octets before its options */
	uint16_t holds;
} associations[] = {
	{OPTION6_IA_NA, 12, OPTION6_IA_ADDRESS},
	{OPTION6_IA_TA, 4, OPTION6_IA_ADDRESS}, /* obsolete since RFC 9915, not gone: RFC 8415 21.5 */
	{OPTION6_IA_PD, 12, OPTION6_IA_PREFIX},
};

static const struct association *association_find(uint16_t code)
{
	for (size_t i = 0; i < sizeof associations / sizeof associations[0]; i++)
		if (associations[i].code == code)
			return &associations[i];
	return NULL;
}

/* Does a status code among these options say anything but Success? (RFC 9915 21.13) */
static bool failed(struct bytes options)
{
	struct bytes data;

	if (!option_find(DS_FAMILY_V6, options, OPTION6_STATUS, &data) || data.size < 2)
		return false;
	struct reader reader = reader_of(data);
	return reader_u16(&reader) != 0;
}

/* RFC 9915 21.6: address, preferred lifetime, valid lifetime, options. */
static bool decode_address(struct bytes data, struct lease *ret)
{
	struct reader reader = reader_of(data);
	struct address address = address_of(reader_take(&reader, 16));
	uint32_t preferred = reader_u32(&reader), valid = reader_u32(&reader);

	/* "MUST discard", RFC 9915 21.6 */
	if (reader.failed || preferred > valid || failed(reader.rest))
		return false;
	*ret = (struct lease){{address, 128}, valid};
	return true;
}

/* Bits beyond its length are no part of a prefix: without them, equal prefixes are equal bytes. */
static void clear_from(struct address *address, unsigned length)
{
	for (unsigned bit = length; bit < 128; bit++)
		address->bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

/* RFC 9915 21.22: preferred lifetime, valid lifetime, prefix length, prefix, options. */
static bool decode_prefix(struct bytes data, struct lease *ret)
{
	struct reader reader = reader_of(data);
	uint32_t preferred = reader_u32(&reader), valid = reader_u32(&reader);
	uint8_t length = reader_u8(&reader);
	struct address address = address_of(reader_take(&reader, 16));

	if (reader.failed || preferred > valid || length == 0 || length > 128 || failed(reader.rest))
		return false;
	clear_from(&address, length);
	*ret = (struct lease){{address, length}, valid};
	return true;
}

static void take_lease(struct dhcp_message *message, const struct option *option)
{
	struct lease lease;

	if (option->code == OPTION6_IA_ADDRESS) {
		if (message->address_count < MESSAGE_ADDRESSES_MAX && decode_address(option->data, &lease))
			message->addresses[message->address_count++] = lease;
	} else {
		if (message->prefix_count < MESSAGE_ADDRESSES_MAX && decode_prefix(option->data, &lease))
			message->prefixes[message->prefix_count++] = lease;
	}
}

/* An IA whose renewal is due after its rebinding counts as not sent (RFC 9915 21.4, 21.21). */
static bool times_contradict(struct bytes fixed)
{
	struct reader reader = reader_of(fixed);

	reader_u32(&reader); /* IAID */
	uint32_t t1 = reader_u32(&reader), t2 = reader_u32(&reader);
	return t1 > t2 && t2 > 0;
}

static void decode_association(struct dhcp_message *message, const struct association *kind, struct bytes data)
{
	struct reader reader = reader_of(data);
	struct bytes fixed = reader_take(&reader, kind->fixed);

	if (reader.failed || times_contradict(fixed))
		return;
	message->has_lease = true;
	if (failed(reader.rest)) /* NoBinding, NoAddrsAvail, NoPrefixAvail: the IA holds nothing */
		return;

	struct options walk = options_of(DS_FAMILY_V6, reader.rest);
	struct option option;
	while (option_next(&walk, &option))
		if (option.code == kind->holds)
			take_lease(message, &option);
}

static uint32_t longest(const struct lease *leases, size_t count, uint32_t lifetime)
{
	for (size_t i = 0; i < count; i++)
		if (leases[i].lifetime > lifetime)
			lifetime = leases[i].lifetime;
	return lifetime;
}

static uint32_t refresh_time(struct bytes options)
{
	uint32_t time;

	if (!option_u32(DS_FAMILY_V6, options, OPTION6_REFRESH_TIME, &time))
		return LIFETIME_DEFAULT;
	return time < LIFETIME_REFRESH_MIN ? LIFETIME_REFRESH_MIN : time;
}

void lease_decode6(struct dhcp_message *message, struct bytes options)
{
	struct options walk = options_of(DS_FAMILY_V6, options);
	struct option option;

	while (option_next(&walk, &option)) {
		const struct association *kind = association_find(option.code);
		if (kind)
			decode_association(message, kind, option.data);
	}
	if (message->has_lease)
		message->lifetime = longest(message->prefixes, message->prefix_count,
					    longest(message->addresses, message->address_count, 0));
	else
		message->lifetime = refresh_time(options);
}
