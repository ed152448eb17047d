/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does any record break the decoder of messages, or lead to a message that no record may lead to?
 *
 * The input is a record: its fixed part, then its options. It is decoded twice, as it is and as the kernel side would
 * have made it, with version and lengths that agree; else nearly every input would end at those.
 */
#include "dhcp/message.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>

#include "dhcp/circuit.h"
#include "invariants.h"

/* A view is empty, or inside the record. */
static void check_view(struct bytes view, struct bytes record)
{
	if (view.size == 0)
		return;
	CHECK(view.data >= record.data && view.size <= record.size);
	CHECK(view.data - record.data <= (ptrdiff_t)(record.size - view.size));
}

/* Written apart from the decoder's table, so that one mistake is not made twice. */
static void check_unicast4(const uint8_t *bytes)
{
	CHECK(bytes[0] != 0 && bytes[0] != 127 && bytes[0] < 224);
}

static void check_peer_address(const struct address *address, uint8_t family)
{
	struct in6_addr in6;

	CHECK(address->family == family);
	if (family == 4) {
		check_unicast4(address->bytes);
		for (size_t i = 4; i < sizeof address->bytes; i++)
			CHECK(address->bytes[i] == 0);
		return;
	}
	memcpy(&in6, address->bytes, sizeof in6);
	CHECK(!IN6_IS_ADDR_UNSPECIFIED(&in6) && !IN6_IS_ADDR_LOOPBACK(&in6) && !IN6_IS_ADDR_MULTICAST(&in6));
	if (IN6_IS_ADDR_V4MAPPED(&in6))
		check_unicast4(address->bytes + 12);
}

static void check_offer(const struct offer *offer, uint8_t family, struct bytes record)
{
	size_t sum = 0;

	if (offer->name.length)
		check_name(&offer->name);
	CHECK(offer->address_count <= OFFER_ADDRESSES_MAX);
	for (size_t i = 0; i < offer->address_count; i++)
		check_peer_address(&offer->addresses[i], family);
	for (size_t i = 0; i < DISCARD_COUNT; i++)
		sum += offer->discards[i];
	CHECK(sum == offer->discarded_count);
	for (size_t i = 0; i < offer->discarded_count && i < OFFER_DISCARDS_KEPT; i++) {
		CHECK(offer->discarded[i].reason < DISCARD_COUNT);
		CHECK(offer->discarded[i].address.family == 0 || offer->discarded[i].bytes.size == 0);
		check_view(offer->discarded[i].bytes, record);
	}
	CHECK(offer->present || (!offer->name.length && !offer->address_count && !offer->discarded_count));
}

static uint32_t check_leases(const struct lease *leases, size_t count, uint8_t family)
{
	uint32_t longest = 0;

	CHECK(count <= MESSAGE_ADDRESSES_MAX);
	for (size_t i = 0; i < count; i++) {
		CHECK(leases[i].prefix.address.family == family);
		CHECK(leases[i].prefix.length >= 1 && leases[i].prefix.length <= (family == 4 ? 32 : 128));
		if (leases[i].lifetime > longest)
			longest = leases[i].lifetime;
	}
	return longest;
}

static void check_lifetime(const struct dhcp_message *message, uint32_t longest)
{
	CHECK(message->has_lease || (!message->address_count && !message->prefix_count));
	if (message->effect == MESSAGE_ENDS)
		CHECK(message->lifetime == 0);
	else if (message->has_lease)
		CHECK(message->lifetime == longest);
	else if (message->record->family == DS_FAMILY_V6)
		CHECK(message->lifetime >= LIFETIME_REFRESH_MIN);
}

static void check_who(const struct dhcp_message *message, struct bytes record)
{
	check_view(message->hw, record);
	CHECK(message->hw.size <= sizeof message->record->v4.chaddr);
	check_view(message->client_id, record);
	check_view(message->server_id, record);
	CHECK(message->server.family == 0 || message->server.family == message->record->family);
	CHECK(message->record->family == DS_FAMILY_V4 || message->xid < 1 << 24);
}

static void check_domains(const struct dhcp_message *message)
{
	CHECK(message->domain_count <= MESSAGE_DOMAINS_MAX);
	for (size_t i = 0; i < message->domain_count; i++) {
		check_name(&message->domains[i]);
		CHECK(strchr(message->domains[i].text, '.'));
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(message->domains[i].text, message->domains[j].text) != 0);
	}
}

/* The text of a circuit becomes a key, a field of JSON and a row of a terminal. */
static void check_circuit(const struct dhcp_message *message, const char *asked)
{
	char text[CIRCUIT_TEXT_SIZE];

	circuit_of(message, asked, "uplink0", text);
	CHECK(memchr(text, '\0', sizeof text));
	for (const char *at = text; *at; at++)
		CHECK(isprint((unsigned char)*at));
}

static void check_message(const struct dhcp_message *message, struct bytes record)
{
	uint8_t family = message->record->family;
	uint32_t longest = check_leases(message->addresses, message->address_count, family);
	uint32_t longest_prefix = check_leases(message->prefixes, message->prefix_count, family);

	check_lifetime(message, longest > longest_prefix ? longest : longest_prefix);
	check_who(message, record);
	CHECK(message->resolver_count <= MESSAGE_RESOLVERS_MAX);
	for (size_t i = 0; i < message->resolver_count; i++)
		check_peer_address(&message->resolvers[i], family);
	check_domains(message);
	check_offer(&message->offer, family, record);
	CHECK(message_type_word(family, message->record->type));
	check_circuit(message, NULL);
	check_circuit(message, "access1");
}

static int decode(struct bytes record)
{
	static struct dhcp_message message;

	memset(&message, 0xee, sizeof message);
	int r = message_decode(record, &message);
	if (r == 0)
		check_message(&message, record);
	else
		CHECK(r == -EPROTO || r == -EBADMSG);
	return r;
}

/* Version, lengths and family as the kernel side sets them. */
static void mend(struct ds_record *record, size_t size)
{
	size_t options = size - sizeof *record;

	record->version = DS_ABI_VERSION;
	record->options_length = (uint16_t)(options < DS_MESSAGE_MAX ? options : DS_MESSAGE_MAX);
	if (record->family != DS_FAMILY_V4)
		record->family = DS_FAMILY_V6;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Allocated to the octet, and aligned as the ring aligns: AddressSanitizer watches the end. */
	struct ds_record *record = malloc(size ? size : 1);

	CHECK(record);
	if (size)
		memcpy(record, data, size);
	decode((struct bytes){(const uint8_t *)record, size});
	if (size >= sizeof *record) {
		mend(record, size);
		CHECK(decode((struct bytes){(const uint8_t *)record, size}) == 0);
	}
	free(record);
	return 0;
}
