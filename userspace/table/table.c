/* SPDX-License-Identifier: BSD-2-Clause */
/* How long does the table live, and how is it walked? */
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>

#include "table/internal.h"

int table_new(const struct table_limits *limits, struct wheel *wheel, struct table **ret)
{
	struct table *table = calloc(1, sizeof *table);

	if (!table)
		return -ENOMEM;
	table->key = hash_key_random();
	table->limits = *limits;
	table->wheel = wheel;
	shelf_init(&table->bindings);
	shelf_init(&table->circuits);
	shelf_init(&table->offers);
	shelf_init(&table->peersets);
	shelf_init(&table->servers);
	due_open(table);
	*ret = table;
	return 0;
}

/* Without taking each apart: with millions, that takes longer than anybody waits for an exit. */
static void free_bindings(struct table *table)
{
	struct binding *binding;

	for (uint32_t cursor = 0; (binding = slots_next(&table->bindings.slots, &cursor));) {
		wheel_cancel(table->wheel, binding->timer);
		leases_free(binding);
		if (binding->units * POOL_UNIT > POOL_LARGEST)
			pool_give(&table->pool, binding, binding->units * POOL_UNIT);
	}
}

static void free_shared(struct table *table)
{
	struct peerset *peerset;
	struct server *server;

	for (uint32_t cursor = 0; (peerset = slots_next(&table->peersets.slots, &cursor));) {
		tell_peerset_ended(table, peerset);
		peerset_drop(table, peerset);
	}
	for (uint32_t cursor = 0; (server = slots_next(&table->servers.slots, &cursor));)
		free(server);
}

void table_free(struct table *table)
{
	if (!table)
		return;
	free_bindings(table);
	free_shared(table);
	shelf_free(&table->bindings);
	shelf_free(&table->circuits);
	shelf_free(&table->offers);
	shelf_free(&table->peersets);
	shelf_free(&table->servers);
	index_free(&table->addresses);
	pool_free(&table->pool);
	free(table->ports);
	free(table);
}

const struct binding *table_binding(const struct table *table, uint32_t id)
{
	return binding_get(table, id);
}

const struct circuit *table_circuit(const struct table *table, uint32_t id)
{
	return slots_get(&table->circuits.slots, id);
}

struct peerset *table_peerset(const struct table *table, uint32_t id)
{
	return slots_get(&table->peersets.slots, id);
}

uint32_t binding_id(const struct binding *binding)
{
	return binding->id;
}

uint32_t table_next_on_circuit(const struct binding *binding)
{
	return binding->next;
}

bool table_stands_on(const struct table *table, uint32_t id, uint64_t settle_key, uint64_t digest)
{
	const struct binding *binding = binding_get(table, id);

	return binding && binding->settle_key == settle_key && binding->digest == digest;
}

const struct binding *table_next_binding(const struct table *table, uint32_t *cursor)
{
	return slots_next(&table->bindings.slots, cursor);
}

const struct circuit *table_next_circuit(const struct table *table, uint32_t *cursor)
{
	return slots_next(&table->circuits.slots, cursor);
}

struct peerset *table_next_peerset(const struct table *table, uint32_t *cursor)
{
	return slots_next(&table->peersets.slots, cursor);
}

size_t table_binding_count(const struct table *table)
{
	return table->bindings.slots.count;
}

size_t table_circuit_count(const struct table *table)
{
	return table->circuits.slots.count;
}

size_t table_offer_count(const struct table *table)
{
	return table->offers.slots.count;
}

size_t table_peerset_count(const struct table *table)
{
	return table->peersets.slots.count;
}

const struct table_stats *table_stats(const struct table *table)
{
	return &table->stats;
}
