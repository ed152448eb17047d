/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does this reply say about DOTS? (RFC 8973 5.1.3 and 5.2.3)
 *
 * 1. Of the name's option the first instance counts, valid or not. Joining its instances, as is done with every other
 *    DHCPv4 option, would read a name that nobody sent.
 * 2. DHCPv4's addresses are joined over all instances before anything is checked: a split may fall inside an address.
 *    Of DHCPv6's the first instance counts.
 * 3. An address option of a wrong length says nothing; of a right one, each address is kept or discarded by itself.
 */
#include "dhcp/offer.h"

#include "dhcp/option.h"

static void discard(struct offer *offer, enum discard_reason reason, struct address address, struct bytes bytes)
{
	if (offer->discarded_count < OFFER_DISCARDS_KEPT)
		offer->discarded[offer->discarded_count] = (struct discarded){reason, address, bytes};
	offer->discarded_count++;
	offer->discards[reason]++;
}

static void discard_bytes(struct offer *offer, enum discard_reason reason, struct bytes bytes)
{
	discard(offer, reason, (struct address){0}, bytes);
}

/* The first instance of an option; every further one is discarded. */
static bool first_instance(struct offer *offer, uint8_t family, struct bytes options, uint16_t code, struct bytes *ret)
{
	struct options walk = options_of(family, options);
	struct option option;
	bool found = false;

	while (option_next(&walk, &option)) {
		if (option.code != code)
			continue;
		if (found)
			discard_bytes(offer, DISCARD_duplicate_option, option.data);
		else
			*ret = option.data;
		found = true;
	}
	return found;
}

static void decode_name(struct offer *offer, struct bytes data)
{
	enum discard_reason reason;
	size_t extra;

	offer->present = true;
	if (name_decode(data, &offer->name, &extra, &reason) < 0)
		discard_bytes(offer, reason, data);
	else if (extra)
		discard_bytes(offer, DISCARD_name_extra, (struct bytes){data.data + data.size - extra, extra});
}

static void take_address(struct offer *offer, struct address address)
{
	enum discard_reason reason;

	if (discard_address(&address, &reason))
		discard(offer, reason, address, (struct bytes){0});
	else if (offer->address_count == OFFER_ADDRESSES_MAX)
		discard(offer, DISCARD_addresses_excess, address, (struct bytes){0});
	else
		offer->addresses[offer->address_count++] = address;
}

/* A list of addresses of `size` octets each. `option`: what to show of it when it is none. */
static void decode_addresses(struct offer *offer, struct bytes list, size_t size, struct bytes option)
{
	struct reader reader = reader_of(list);

	offer->present = true;
	if (list.size == 0 || list.size % size) {
		discard_bytes(offer, DISCARD_option_length, option);
		return;
	}
	while (reader.rest.size)
		take_address(offer, address_of(reader_take(&reader, size)));
}

static void decode4(struct offer *offer, struct bytes options)
{
	uint8_t joined[DS_MESSAGE_MAX];
	struct bytes data;

	if (first_instance(offer, DS_FAMILY_V4, options, OPTION4_DOTS_NAME, &data))
		decode_name(offer, data);
	if (option_find(DS_FAMILY_V4, options, OPTION4_DOTS_ADDRESSES, &data))
		decode_addresses(offer, option_join(options, OPTION4_DOTS_ADDRESSES, joined, sizeof joined), 4, data);
}

static void decode6(struct offer *offer, struct bytes options)
{
	struct bytes data;

	if (first_instance(offer, DS_FAMILY_V6, options, OPTION6_DOTS_NAME, &data))
		decode_name(offer, data);
	if (first_instance(offer, DS_FAMILY_V6, options, OPTION6_DOTS_ADDRESSES, &data))
		decode_addresses(offer, data, 16, data);
}

void offer_decode(uint8_t family, struct bytes options, struct offer *ret)
{
	memset(ret, 0, offsetof(struct offer, addresses));
	if (family == DS_FAMILY_V4)
		decode4(ret, options);
	else
		decode6(ret, options);
}
