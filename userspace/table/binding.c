/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a message do to its client's binding? Its effect (dhcp/message.h) makes, refreshes or moves one, or ends
 * it; so does time (due.c).
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "table/internal.h"

/* A client within its family. */
struct client_view {
	uint8_t family;
	struct bytes client;
};

/*
 * v4: chaddr, which every message carries, while servers may leave out the client identifier (RFC 6842); where there is
 * none (hlen 0), the client identifier. v6: the DUID.
 */
static struct client_view client_of(const struct dhcp_message *message)
{
	uint8_t family = message->record->family;
	bool by_hw = family == DS_FAMILY_V4 && message->hw.size;

	return (struct client_view){family, by_hw ? message->hw : message->client_id};
}

static uint64_t hash_client(const struct table *table, const struct client_view *view)
{
	return hash_bytes(&table->key, view->client.data, view->client.size) ^ view->family;
}

static struct client_view view_of(const struct binding *binding)
{
	return (struct client_view){binding->family, {binding->client, binding->client_length}};
}

static bool match_client(const void *slots, uint32_t id, const void *key)
{
	const struct client_view *wanted = key, is = view_of(slots_get(slots, id));

	return is.family == wanted->family && bytes_equal(is.client, wanted->client);
}

/* When what a message configures ends, in ns; TABLE_NEVER for infinite lifetimes. */
static uint64_t end_of(const struct table_update *update)
{
	if (update->message->lifetime == LIFETIME_INFINITE)
		return TABLE_NEVER;
	return update->time + update->message->lifetime * NS_PER_SECOND;
}

/* Addresses first, then prefixes; the ones with lifetime 0 are withdrawn. */
static int set_leases(struct binding *binding, const struct dhcp_message *message)
{
	size_t count = message->address_count + message->prefix_count, kept = 0;
	struct lease *leases = calloc(count ? count : 1, sizeof *leases);

	if (!leases)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct lease *lease = i < message->address_count ? &message->addresses[i]
								       : &message->prefixes[i - message->address_count];
		if (lease->lifetime)
			leases[kept++] = *lease;
	}
	free(binding->leases);
	binding->leases = leases;
	binding->lease_count = (uint16_t)kept;
	return 0;
}

void binding_end(struct table *table, struct binding *binding, const char *why)
{
	struct client_view view = view_of(binding);

	tell_binding(table, BINDING_ENDED, binding, why);
	wheel_cancel(&table->wheel, binding->timer);
	shelf_remove(&table->bindings, hash_client(table, &view), binding->id);
	circuit_leave(table, binding);
	peerset_put(table, binding->peerset);
	free(binding->leases);
	free(binding);
}

static int binding_new(struct table *table, const struct client_view *view, const struct table_update *update,
		       struct binding **ret)
{
	if (table->bindings.slots.count >= table->bindings_max) {
		table->stats.refused_limit++;
		return -ENOSPC;
	}
	AUTO_FREE struct binding *binding = calloc(1, sizeof *binding + view->client.size);
	struct circuit *circuit = binding ? circuit_get(table, update->circuit) : NULL;
	if (!circuit)
		return -ENOMEM;
	binding->family = view->family;
	binding->timer = WHEEL_NONE;
	binding->since = update->time;
	binding->client_length = (uint16_t)view->client.size;
	memcpy(binding->client, view->client.data, view->client.size);
	if (shelf_add(&table->bindings, hash_client(table, view), binding, &binding->id)) {
		circuit_drop_unused(table, circuit);
		return -ENOMEM;
	}
	circuit_enter(circuit, binding);
	*ret = take(binding);
	return 0;
}

/* Onto the circuit of the update. Returns 1 when it moved, 0 when it was there, -ENOMEM. */
static int binding_move(struct table *table, struct binding *binding, const struct table_update *update)
{
	if (!update->located || strcmp(binding->circuit->text, update->circuit) == 0)
		return 0;
	struct circuit *circuit = circuit_get(table, update->circuit);
	if (!circuit)
		return -ENOMEM;
	circuit_leave(table, binding);
	circuit_enter(circuit, binding);
	return 1;
}

/* Port, side and direction as one number: where on its way a reply was seen. */
static uint32_t sighting_of(const struct ds_record *record)
{
	return record->seen.ifindex << 2 | (uint32_t)record->side << 1 | record->direction;
}

/* What the message says of DOTS, into the binding. */
static int binding_offer(struct table *table, struct binding *binding, const struct table_update *update)
{
	struct peerset *peerset = peerset_get(table, binding, update);

	if (!peerset)
		return -ENOMEM;
	if (binding->peerset && binding->peerset->offer && !peerset->offer) {
		binding->withdrawn = true;
		table->stats.withdrawn++;
	}
	binding->withdrawn &= !peerset->offer;
	peerset_put(table, binding->peerset);
	binding->peerset = peerset;
	return 0;
}

/* From now on the binding stands on this message. */
static void stand_on(struct binding *binding, struct table_update *update)
{
	const struct dhcp_message *message = update->message;

	if (binding->settle_key != message->record->settle_key)
		update->left_key = binding->settle_key;
	binding->refreshed = update->time;
	binding->sighting = sighting_of(message->record);
	binding->xid = message->xid;
	binding->settle_key = message->record->settle_key;
	binding->digest = message->record->digest;
	if (message->hw.size && message->hw.size <= sizeof binding->hw) {
		binding->hw_length = (uint8_t)message->hw.size;
		memcpy(binding->hw, message->hw.data, message->hw.size);
	}
	if (message->server.family)
		binding->server = message->server;
}

/* All that the message says, into the binding. On failure the binding is whole, and partly as before. */
static int binding_fill(struct table *table, struct binding *binding, struct table_update *update)
{
	int result = binding_offer(table, binding, update);

	if (result)
		return result;
	stand_on(binding, update);
	result = set_leases(binding, update->message);
	return result ? result : binding_set_end(table, binding, end_of(update));
}

static bool same_leases(const struct binding *binding, const struct dhcp_message *message)
{
	size_t count = message->address_count + message->prefix_count;

	if (binding->lease_count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct lease *lease = i < message->address_count ? &message->addresses[i]
								       : &message->prefixes[i - message->address_count];
		if (!address_equal(&lease->prefix.address, &binding->leases[i].prefix.address) ||
		    lease->prefix.length != binding->leases[i].prefix.length)
			return false;
	}
	return true;
}

static bool same_server(const struct binding *binding, const struct dhcp_message *message)
{
	/* Over IPv6 only what the client itself gets says whose it is. */
	return !binding->server.family || !message->server.family || address_equal(&binding->server, &message->server);
}

/*
 * The same reply passes twice where a relay sends it on, within this time (ns). What counts is what was seen first.
 * Seen in the same place it is another reply: clients may keep their transaction id.
 */
#define AGAIN_MAX (2 * NS_PER_SECOND)

static bool is_again(const struct binding *binding, const struct table_update *update)
{
	const struct dhcp_message *message = update->message;

	return binding->xid == message->xid && update->time - binding->refreshed < AGAIN_MAX &&
	       binding->sighting != sighting_of(message->record) && same_server(binding, message) &&
	       same_leases(binding, message) && offer_is(binding->peerset->offer, &message->offer);
}

/*
 * The answer to an INFORM or Information-request: options, which anybody can ask for in the name of a client. They
 * count, but the lease, its time and its circuit stay what the server's last grant made them.
 */
static bool is_aside(const struct binding *binding, const struct dhcp_message *message)
{
	return !message->has_lease && binding->lease_count;
}

static int set_aside(struct table *table, struct binding *binding, const struct table_update *update, const char *why)
{
	int result = binding_offer(table, binding, update);

	if (result)
		return result;
	tell_binding(table, BINDING_REFRESHED, binding, why);
	return TABLE_ASIDE;
}

/* The client now uses what it was told. */
static int bind_client(struct table *table, struct binding *binding, const struct client_view *view,
		       struct table_update *update, const char *why)
{
	bool created = !binding;

	if (!created && is_aside(binding, update->message))
		return set_aside(table, binding, update, why);
	if (!created && is_again(binding, update)) {
		const struct ds_record *record = update->message->record;
		if (binding->settle_key != record->settle_key)
			update->left_key = binding->settle_key;
		binding->settle_key = record->settle_key;
		binding->digest = record->digest; /* of those settled, the newest is sure to be there */
		return TABLE_AGAIN;
	}
	int result = created ? binding_new(table, view, update, &binding) : 0, moved = 0;

	if (result)
		return result;
	if (!created)
		moved = binding_move(table, binding, update);
	result = moved < 0 ? moved : binding_fill(table, binding, update);
	if (result && created)
		binding_end(table, binding, "out of memory");
	if (result)
		return result;
	tell_binding(table, created ? BINDING_CREATED : moved ? BINDING_MOVED : BINDING_REFRESHED, binding, why);
	return 0;
}

/* What a client gives back is believed from the binding's own circuit alone: anybody can send a RELEASE for a
 * neighbour. */
static bool may_end(const struct binding *binding, const struct table_update *update)
{
	return !message_is_from_client(update->message) || strcmp(binding->circuit->text, update->circuit) == 0;
}

static void count_discards(struct table *table, const struct dhcp_message *message)
{
	for (unsigned reason = 0; reason < DISCARD_COUNT; reason++)
		table->stats.discards[reason] += message->offer.discards[reason] + message->domain_discards[reason];
}

int table_update(struct table *table, struct table_update *update)
{
	const struct dhcp_message *message = update->message;
	const char *why = message_type_word(message->record->family, message->record->type);
	struct client_view view = client_of(message);

	update->left_key = 0;
	count_discards(table, message);
	if (!view.client.size)
		return TABLE_ASIDE; /* nobody to bind to */

	struct binding *binding = shelf_find(&table->bindings, hash_client(table, &view), match_client, &view);
	if (message->effect == MESSAGE_BINDS)
		return bind_client(table, binding, &view, update, why);
	if (message->effect == MESSAGE_ENDS && binding && may_end(binding, update))
		binding_end(table, binding, why);
	return TABLE_ASIDE;
}

void table_flush(struct table *table)
{
	struct binding *binding;

	for (uint32_t cursor = 0; (binding = slots_next(&table->bindings.slots, &cursor));)
		binding_end(table, binding, "flushed");
}
