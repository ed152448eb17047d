/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a binding begin and end, and what is it made of? */
#include <errno.h>

#include "base/clock.h"
#include "table/internal.h"

struct client_view binding_client(const struct binding *binding)
{
	return (struct client_view){binding->family, {binding->tail, binding->client_length}, 0};
}

static bool match_client(const void *slots, uint32_t id, const void *key)
{
	const struct client_view *wanted = key, is = binding_client(slots_get(slots, id));

	return is.family == wanted->family && bytes_equal(is.client, wanted->client);
}

struct binding *binding_find(const struct table *table, const struct client_view *view)
{
	return shelf_find(&table->bindings, hash_client(table, view), match_client, view);
}

const struct binding *table_find_client(const struct table *table, uint8_t family, struct bytes client)
{
	return binding_find(table, &(struct client_view){family, client, 0});
}

uint64_t binding_expires(const struct binding *binding)
{
	if (binding->lifetime == LIFETIME_INFINITE)
		return TABLE_NEVER;
	return binding->refreshed + binding->lifetime * NS_PER_SECOND;
}

/* --- What it is made of --- */

static uint8_t *hw_of(const struct binding *binding)
{
	return (uint8_t *)binding->tail + binding->client_length;
}

void binding_set_hw(struct binding *binding, struct bytes hw)
{
	if (binding->hw_is_client || binding->family != DS_FAMILY_V6 || !hw.size || hw.size > BINDING_HW6)
		return;
	binding->hw_length = (uint8_t)hw.size;
	memcpy(hw_of(binding), hw.data, hw.size);
}

static struct bytes hw_view(const struct binding *binding)
{
	if (binding->hw_is_client)
		return binding_client(binding).client;
	return (struct bytes){hw_of(binding), binding->hw_length};
}

void table_view(const struct table *table, const struct binding *binding, struct binding_view *ret)
{
	const struct server *server = slots_get(&table->servers.slots, binding->server);

	ret->id = binding->id;
	ret->family = binding->family;
	ret->withdrawn = binding->withdrawn;
	ret->client = binding_client(binding).client;
	ret->hw = hw_view(binding);
	ret->circuit = binding->circuit;
	ret->where = binding_circuit(table, binding)->text;
	ret->peerset = binding->peerset;
	ret->server = server ? server->address : (struct address){0};
	ret->since = binding->since * NS_PER_SECOND;
	ret->refreshed = binding->refreshed;
	ret->lifetime = binding->lifetime;
	ret->expires = binding_expires(binding);
	ret->sighting = binding->sighting;
	ret->xid = binding->xid;
	ret->settle_key = binding->settle_key;
	ret->digest = binding->digest;
	ret->lease_count = leases_get(binding, ret->leases);
}

/* --- Its life --- */

/* A new one that nobody refers to yet. */
static struct binding *make(struct table *table, const struct binding_seed *seed)
{
	size_t hw = seed->view.family == DS_FAMILY_V6 ? BINDING_HW6 : 0;
	size_t size = offsetof(struct binding, tail) + seed->view.client.size + hw +
		      leases_room(seed->view.family, seed->lease_count);

	if (size > BINDING_SIZE_MAX)
		return NULL;
	struct binding *binding = pool_take(&table->pool, size);
	if (!binding)
		return NULL;
	binding->units = (uint8_t)(pool_room(size) / POOL_UNIT);
	binding->id = seed->id;
	binding->family = (unsigned char)(seed->view.family & 0xf);
	binding->hw_is_client = seed->hw_is_client;
	binding->circuit = binding->server = TABLE_NONE;
	binding->timer = WHEEL_NONE;
	binding->client_length = (uint8_t)seed->view.client.size;
	memcpy(binding->tail, seed->view.client.data, seed->view.client.size);
	return binding;
}

static void unmake(struct table *table, struct binding *binding)
{
	pool_give(&table->pool, binding, binding->units * POOL_UNIT);
}

static int check_limits(struct table *table, const struct binding_seed *seed)
{
	if (table->bindings.slots.count >= table->limits.bindings)
		table->stats.refused_limit++;
	else if (table->ports[seed->peerset->counted].bindings > table->limits.bindings_per_port) /* it is among them */
		table->stats.refused_port++;
	else
		return 0;
	return -ENOSPC;
}

int binding_new(struct table *table, const struct binding_seed *seed, struct binding **ret)
{
	int result = check_limits(table, seed);

	if (result)
		return result;
	struct binding *binding = make(table, seed);
	if (!binding)
		return -ENOMEM;
	struct circuit *circuit = circuit_get(table, seed->circuit, seed->circuit_hash);
	result =
		circuit ? shelf_add(&table->bindings, hash_client(table, &seed->view), binding, &binding->id) : -ENOMEM;
	if (result) {
		if (circuit)
			circuit_drop_unused(table, circuit);
		unmake(table, binding);
		return result;
	}
	circuit_enter(table, circuit, binding);
	binding->peerset = seed->peerset->id;
	*ret = binding;
	return 0;
}

void binding_end(struct table *table, struct binding *binding, const char *why)
{
	struct client_view view = binding_client(binding);

	tell_binding(table, BINDING_ENDED, binding, why);
	wheel_cancel(table->wheel, binding->timer);
	leases_drop(table, binding);
	binding_set_server(table, binding, NULL);
	circuit_leave(table, binding);
	shelf_remove(&table->bindings, hash_client(table, &view), binding->id);
	peerset_put(table, peerset_of(table, binding));
	unmake(table, binding);
}

void table_flush(struct table *table)
{
	struct binding *binding;

	for (uint32_t cursor = 0; (binding = slots_next(&table->bindings.slots, &cursor));)
		binding_end(table, binding, "flushed");
}
