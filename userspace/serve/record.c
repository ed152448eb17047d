/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a DHCP message shown? */
#include "serve/record.h"

#include <stdio.h>

#include "dhcp/option.h"
#include "serve/json.h"

static struct bytes find(uint8_t family, struct bytes options, uint16_t code)
{
	struct bytes data = {0};

	option_find(family, options, code, &data);
	return data;
}

static json_t *relay(struct address address, struct bytes circuit_id, struct bytes remote_id, unsigned hops)
{
	return json_pack("{s:o, s:o, s:o, s:i}", "address", json_address(&address), "circuit_id", json_hex(circuit_id),
			 "remote_id", json_hex(remote_id), "hops", (int)hops);
}

/* Sub-options of option 82 are laid out as options of DHCPv4 are. */
static json_t *relay4(const struct ds_record *record, struct bytes options)
{
	const struct ds_bootp *bootp = &record->v4;
	struct bytes inside = find(DS_FAMILY_V4, options, OPTION4_RELAY);

	if (!bootp->giaddr)
		return json_null();
	return relay(address_of((struct bytes){(const uint8_t *)&bootp->giaddr, sizeof bootp->giaddr}),
		     find(DS_FAMILY_V4, inside, RELAY4_CIRCUIT_ID), find(DS_FAMILY_V4, inside, RELAY4_REMOTE_ID),
		     bootp->hops);
}

/* A relay that names no link address tells the link by its Interface-ID (RFC 9915 19.1.1). */
static json_t *relay6(const struct ds_record *record, struct bytes options)
{
	struct address address = address_of((struct bytes){record->v6.link_address, 16});

	if (!record->v6.relays)
		return json_null();
	if (address_is_zero(&address))
		address = (struct address){0};
	return relay(address, find(DS_FAMILY_V6, options, OPTION6_INTERFACE_ID),
		     find(DS_FAMILY_V6, options, OPTION6_REMOTE_ID), record->v6.relays);
}

static json_t *tags(const struct ds_circuit *circuit)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < circuit->tag_count && i < DS_TAGS_MAX; i++)
		json_array_append_new(array, json_integer(circuit->tags[i]));
	return array;
}

static json_t *leases(const struct lease *lease, size_t count, enum lease_kind kind)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_lease(&lease[i], kind));
	return array;
}

static json_t *domains(const struct dhcp_message *message)
{
	json_t *array = json_array();

	for (size_t i = 0; i < message->domain_count; i++)
		json_array_append_new(array, json_name(&message->domains[i]));
	return array;
}

json_t *record_json(const struct dhcp_message *message)
{
	const struct ds_record *record = message->record;
	struct bytes options = {record->options, record->options_length};
	bool v4 = record->family == DS_FAMILY_V4;
	char xid[16];

	snprintf(xid, sizeof xid, "0x%0*x", v4 ? 8 : 6, message->xid);
	json_t *object = json_pack(
		"{s:i, s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "family", record->family,
		"type", message_type_word(record->family, record->type), "side",
		record->side == DS_SIDE_RELAY ? "relay" : "client", "tags", tags(&record->seen), "pppoe",
		record->seen.pppoe ? json_integer(record->seen.pppoe) : json_null(), "client",
		json_client(message->hw, message->client_id), "xid", xid, "addresses",
		leases(message->addresses, message->address_count, LEASE_ADDRESS), "prefixes",
		leases(message->prefixes, message->prefix_count, LEASE_PREFIX), "server",
		json_address(&message->server), "server_id", json_hex(message->server_id), "relay",
		v4 ? relay4(record, options) : relay6(record, options), "resolvers",
		json_addresses(message->resolvers, message->resolver_count), "domain",
		message->domain_count ? json_name(&message->domains[0]) : json_null(), "domains", domains(message));
	if (record->flags & DS_RECORD_OVERRUN)
		json_object_set_new(object, "overrun", json_true());
	return object;
}

static json_t *discarded_json(const struct discarded *discarded)
{
	json_t *value = discarded->address.family ? json_address(&discarded->address) : json_hex(discarded->bytes);

	return json_pack("{s:o, s:s}", "value", value, "reason", discard_word(discarded->reason));
}

json_t *offer_json(const struct offer *offer)
{
	if (!offer->present)
		return json_null();

	json_t *discarded = json_array();
	for (size_t i = 0; i < offer->discarded_count && i < OFFER_DISCARDS_KEPT; i++)
		json_array_append_new(discarded, discarded_json(&offer->discarded[i]));
	return json_pack("{s:o, s:o, s:o}", "name", json_name(&offer->name), "addresses",
			 json_addresses(offer->addresses, offer->address_count), "discarded", discarded);
}
