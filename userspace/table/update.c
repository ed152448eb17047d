/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a message do to its client's binding? Its effect (dhcp/message.h) makes, refreshes or moves one, or ends
 * it; so does time (due.c).
 */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "table/internal.h"

/* The leases of a message: addresses first, then prefixes. */
struct told {
	struct lease leases[BINDING_LEASES_MAX];
	size_t count;
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

static void leases_of(const struct dhcp_message *message, struct told *ret)
{
	memcpy(ret->leases, message->addresses, message->address_count * sizeof *ret->leases);
	memcpy(ret->leases + message->address_count, message->prefixes, message->prefix_count * sizeof *ret->leases);
	ret->count = message->address_count + message->prefix_count;
}

/* Port, side and direction as one number: where on its way a reply was seen. */
static uint32_t sighting_of(const struct ds_record *record)
{
	return record->seen.ifindex << 2 | (uint32_t)record->side << 1 | record->direction;
}

/* --- What it stands on --- */

/* Onto the circuit of the update. Returns 1 when it moved, 0 when it was there, -ENOMEM. */
static int move(struct table *table, struct binding *binding, struct table_update *update)
{
	if (!update->located || strcmp(binding_circuit(table, binding)->text, update->circuit) == 0)
		return 0;
	struct circuit *circuit = circuit_get(table, update->circuit);
	if (!circuit)
		return -ENOMEM;
	snprintf(update->moved_from, sizeof update->moved_from, "%s", binding_circuit(table, binding)->text);
	circuit_leave(table, binding);
	circuit_enter(table, circuit, binding);
	return 1;
}

/*
 * The binding is not what the reply says that it stands on: the kernel shall not keep that one to itself.
 */
static void stand_on_none(struct binding *binding, struct table_update *update)
{
	if (binding->settle_key)
		update->left_key = binding->settle_key;
	binding->settle_key = binding->digest = 0;
}

/* What the message says of DOTS, into a binding that stands. Returns 1 when there are too many offers: it keeps the
 * one it has. */
static int change_offer(struct table *table, struct binding *binding, const struct table_update *update)
{
	struct peerset *was = peerset_of(table, binding), *is;
	int result = peerset_get(table, binding, update, &is);

	if (result)
		return result == -ENOSPC ? 1 : result;
	if (was->offer && !is->offer) {
		binding->withdrawn = true;
		table->stats.withdrawn++;
	}
	binding->withdrawn &= !is->offer;
	binding->peerset = is->id;
	peerset_put(table, was);
	return 0;
}

static bool is_same(const struct binding *binding, const struct ds_record *record)
{
	return binding->settle_key == record->settle_key && binding->digest == record->digest;
}

/* It is the same reply, or has the same effect: what the kernel may settle is this one. */
static void settle_as(struct binding *binding, struct table_update *update)
{
	const struct ds_record *record = update->message->record;

	if (binding->settle_key != record->settle_key)
		update->left_key = binding->settle_key;
	binding->settle_key = record->settle_key;
	binding->digest = record->digest;
	update->binding = binding->id;
}

/* From now on the binding stands on this message: all that it says goes in. On failure it is whole, and partly as
 * before. */
static int stand_on(struct table *table, struct binding *binding, const struct told *told, struct table_update *update)
{
	const struct dhcp_message *message = update->message;
	int result = leases_set(table, binding, told->leases, told->count);

	if (!result && message->server.family)
		result = binding_set_server(table, binding, &message->server);
	if (result)
		return result;
	if (!is_same(binding, message->record))
		update->left_key = binding->settle_key;
	settle_as(binding, update);
	binding_set_hw(binding, message->hw);
	binding->refreshed = update->time;
	binding->lifetime = message->lifetime;
	binding->sighting = sighting_of(message->record);
	binding->xid = message->xid;
	return binding_arm(table, binding);
}

/* --- What kind of message it is --- */

static bool same_server(const struct table *table, const struct binding *binding, const struct dhcp_message *message)
{
	const struct server *server = slots_get(&table->servers.slots, binding->server);

	/* Over IPv6 only what the client itself gets says whose it is. */
	return !server || !message->server.family || address_equal(&server->address, &message->server);
}

/*
 * The same reply passes twice where a relay sends it on, within this time (ns). What counts is what was seen first.
 * Seen in the same place it is another reply: clients may keep their transaction id.
 */
#define AGAIN_MAX (2 * NS_PER_SECOND)

static bool is_again(const struct table *table, const struct binding *binding, const struct told *told,
		     const struct table_update *update)
{
	const struct dhcp_message *message = update->message;

	return binding->xid == message->xid && update->time - binding->refreshed < AGAIN_MAX &&
	       binding->sighting != sighting_of(message->record) && same_server(table, binding, message) &&
	       leases_are(binding, told->leases, told->count) &&
	       offer_is(peerset_of(table, binding)->offer, &message->offer);
}

/*
 * The answer to an INFORM or Information-request: options, which anybody can ask for in the name of a client. They
 * count, but the lease, its time and its circuit stay what the server's last grant made them.
 */
static bool is_aside(const struct binding *binding, const struct dhcp_message *message)
{
	return !message->has_lease && binding->lease_count;
}

/* What a client gives back is believed from the binding's own circuit alone: anybody can send a RELEASE for a
 * neighbour. */
static bool may_end(const struct table *table, const struct binding *binding, const struct table_update *update)
{
	return !message_is_from_client(update->message) ||
	       strcmp(binding_circuit(table, binding)->text, update->circuit) == 0;
}

/*
 * Was it overtaken while it waited? By a later message, where records are read again after a crash; or by a repetition
 * of what the binding stands on, which the kernel kept to itself. Who was told last is right.
 */
static bool is_overtaken(struct table *table, struct binding *binding, const struct table_update *update)
{
	if (update->time > binding->refreshed && is_same(binding, update->message->record))
		return false; /* it is a repetition itself, and the kernel did not know better */
	if (update->time >= binding->refreshed)
		binding_extend(table, binding);
	return update->time < binding->refreshed;
}

/* --- What it does --- */

static int set_aside(struct table *table, struct binding *binding, struct table_update *update, const char *why)
{
	uint32_t peerset = binding->peerset;
	int result = change_offer(table, binding, update);

	if (result < 0)
		return result;
	if (binding->peerset != peerset)
		stand_on_none(binding, update);
	tell_binding(table, BINDING_REFRESHED, binding, why);
	return TABLE_ASIDE;
}

static int create(struct table *table, const struct client_view *view, const struct told *told,
		  struct table_update *update, const char *why)
{
	struct binding_seed seed = {
		.view = *view,
		.hw_is_client = view->client.data == update->message->hw.data,
		.id = TABLE_NONE,
		.circuit = update->circuit,
		.leases = told->leases,
		.lease_count = told->count,
	};
	struct binding *binding;
	int result = peerset_get(table, NULL, update, &seed.peerset);

	if (result)
		return result;
	result = binding_new(table, &seed, &binding);
	if (result) {
		peerset_put(table, seed.peerset);
		return result;
	}
	binding->since = (uint32_t)(update->time / NS_PER_SECOND);
	result = stand_on(table, binding, told, update);
	if (result)
		binding_end(table, binding, "out of memory");
	else
		tell_binding(table, BINDING_CREATED, binding, why);
	return result;
}

static int refresh(struct table *table, struct binding *binding, const struct told *told, struct table_update *update,
		   const char *why)
{
	if (is_aside(binding, update->message))
		return set_aside(table, binding, update, why);
	if (is_again(table, binding, told, update)) {
		settle_as(binding, update); /* of those settled, the newest is sure to be there */
		return TABLE_AGAIN;
	}
	int moved = move(table, binding, update);
	int kept = moved < 0 ? moved : change_offer(table, binding, update);
	int result = kept < 0 ? kept : stand_on(table, binding, told, update);
	if (result)
		return result;
	if (kept)
		stand_on_none(binding, update);
	tell_binding(table, moved ? BINDING_MOVED : BINDING_REFRESHED, binding, why);
	return 0;
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
	struct told told;

	update->left_key = 0;
	*update->moved_from = '\0';
	update->binding = TABLE_NONE;
	count_discards(table, message);
	if (!view.client.size || view.client.size > BINDING_CLIENT_MAX)
		return TABLE_ASIDE; /* nobody to bind to */

	struct binding *binding = binding_find(table, &view);
	if (binding && is_overtaken(table, binding, update))
		return TABLE_ASIDE;
	if (message->effect == MESSAGE_BINDS) {
		leases_of(message, &told);
		return binding ? refresh(table, binding, &told, update, why) : create(table, &view, &told, update, why);
	}
	if (message->effect == MESSAGE_ENDS && binding && may_end(table, binding, update))
		binding_end(table, binding, why);
	return TABLE_ASIDE;
}
