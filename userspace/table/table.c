/* SPDX-License-Identifier: BSD-2-Clause */
/* How long does the table live, and how is it walked? */
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "table/internal.h"

int table_new(size_t bindings_max, struct table **ret)
{
	struct table *table = calloc(1, sizeof *table);

	if (!table)
		return -ENOMEM;
	table->key = hash_key_random();
	table->bindings_max = bindings_max;
	wheel_init(&table->wheel, (uint32_t)(clock_boot() / NS_PER_SECOND));
	*ret = table;
	return 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	table_flush(table);
	shelf_free(&table->bindings);
	shelf_free(&table->circuits);
	shelf_free(&table->offers);
	shelf_free(&table->peersets);
	wheel_free(&table->wheel);
	free(table);
}

const struct binding *table_next_binding(const struct table *table, uint32_t *cursor)
{
	return slots_next(&table->bindings.slots, cursor);
}

const struct circuit *table_next_circuit(const struct table *table, uint32_t *cursor)
{
	return slots_next(&table->circuits.slots, cursor);
}

const struct peerset *table_next_peerset(const struct table *table, uint32_t *cursor)
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

const struct table_stats *table_stats(const struct table *table)
{
	return &table->stats;
}
