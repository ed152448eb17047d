/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a line of a table shown? */
#include "serve/rows.h"

#include "serve/json.h"

/* Sets "expires", which is null for what never does. */
static void set_expires(json_t *object, uint64_t expires)
{
	if (expires != TABLE_NEVER) {
		json_object_set_new(object, "expires", json_moment(expires));
		return;
	}
	json_object_set_new(object, "expires", json_null());
	json_set_infinite(object);
}

static enum lease_kind kind_of(const struct lease *lease)
{
	unsigned bits = lease->prefix.address.family == 4 ? 32 : 128;

	return lease->prefix.length == bits ? LEASE_ADDRESS : LEASE_PREFIX;
}

static json_t *leases(const struct binding_view *binding, enum lease_kind kind)
{
	json_t *array = json_array();

	for (size_t i = 0; i < binding->lease_count; i++)
		if (kind_of(&binding->leases[i]) == kind)
			json_array_append_new(array, json_lease(&binding->leases[i], kind));
	return array;
}

/* The identity of a DHCPv4 client is its hardware address where it has one, and then no identifier beside that. */
static json_t *client(const struct binding_view *binding)
{
	struct bytes id = binding->client;

	if (bytes_equal(binding->hw, id))
		id.size = 0;
	return json_client(binding->hw, id);
}

static json_t *offer(const struct peerset *peerset)
{
	if (!peerset->offer)
		return json_null();
	return json_pack("{s:o, s:o}", "name", json_name(&peerset->offer->name), "addresses",
			 json_addresses(peerset->offer->addresses, peerset->offer->address_count));
}

json_t *binding_row(const struct table *table, const struct binding_view *binding)
{
	json_t *row =
		json_pack("{s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o}", "circuit", json_plain(binding->where), "client",
			  client(binding), "family", binding->family, "addresses", leases(binding, LEASE_ADDRESS),
			  "prefixes", leases(binding, LEASE_PREFIX), "server", json_address(&binding->server), "since",
			  json_moment(binding->since), "refreshed", json_moment(binding->refreshed));

	set_expires(row, binding->expires);
	json_object_set_new(row, "offer", offer(table_peerset(table, binding->peerset)));
	return row;
}

/* A peer as it is wherever it was told. */
static json_t *peer_json(const struct peerset *peerset, const struct peer *peer)
{
	return json_pack("{s:i, s:o, s:s, s:s, s:o, s:i, s:s, s:s, s:s*}", "family", peerset->key.family, "name",
			 json_name(&peer->name), "channel", peer_channel_word(peer->channel), "transport",
			 peer_transport_word(peer_transport(peer)), "address", json_address(&peer->address), "port",
			 peer->port, "method", peer_method_word(peer->method), "state",
			 peer_state_word(peer_state(peer)), "detail", peer_detail(peer));
}

static json_t *peers_json(const struct peerset *peerset)
{
	json_t *array = json_array();

	for (size_t i = 0; i < peerset->peer_count; i++)
		json_array_append_new(array, peer_json(peerset, &peerset->peers[i]));
	return array;
}

/* A method of discovery. */
static json_t *method_json(const struct attempt_report *report, const struct binding_view *binding)
{
	bool withdrawn = report->method == METHOD_DHCP && binding->withdrawn;
	json_t *method = json_pack("{s:s, s:s, s:b, s:s?, s:o, s:I}", "method", peer_method_word(report->method),
				   "state", attempt_state_word(report->state), "taken", report->taken, "why",
				   withdrawn ? "the offer was withdrawn" : report->why, "name",
				   json_name(&report->name), "peers", (json_int_t)report->peer_count);

	json_object_set_new(method, "again", report->until == TABLE_NEVER ? json_null() : json_moment(report->until));
	return method;
}

json_t *explain_row(const struct discovery *discovery, const struct table *table, const struct binding_view *binding)
{
	const struct peerset *peerset = table_peerset(table, binding->peerset);
	const struct peerset_key *key = &peerset->key;
	struct attempt_report reports[METHOD_COUNT];
	json_t *methods = json_array();

	discovery_report(discovery, peerset, reports);
	for (size_t i = 0; i < METHOD_COUNT; i++)
		json_array_append_new(methods, method_json(&reports[i], binding));

	return json_pack("{s:o, s:o, s:i, s:o, s:o, s:o, s:o}", "circuit", json_plain(binding->where), "client",
			 client(binding), "family", binding->family, "offer", offer(peerset), "resolvers",
			 json_addresses(key->resolvers, key->resolver_count), "methods", methods, "peers",
			 peers_json(peerset));
}

json_t *peer_row(const struct peer_place *place, const struct peer *peer)
{
	json_t *row = place->circuit ? json_pack("{s:o}", "circuit", json_plain(place->circuit)) : json_object();
	uint64_t expires = peer_expires(peer);

	if (json_object_update_new(row, peer_json(place->peerset, peer))) {
		json_decref(row);
		return NULL;
	}
	if (place->ends)
		set_expires(row, expires < place->ends ? expires : place->ends);
	else
		json_object_set_new(row, "expires", expires == TABLE_NEVER ? json_null() : json_moment(expires));
	json_object_set_new(row, "bindings", json_integer((json_int_t)place->bindings));
	return row;
}
