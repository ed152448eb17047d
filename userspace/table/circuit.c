/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bindings are on a circuit? Circuits are made with their first binding and dropped with their last. */
#include <assert.h>
#include <stdlib.h>

#include "table/internal.h"

static bool match_text(const void *slots, uint32_t id, const void *key)
{
	const struct circuit *circuit = slots_get(slots, id);

	assert(circuit); /* the index holds ids in use alone */
	return strcmp(circuit->text, key) == 0;
}

const struct circuit *table_find_circuit(const struct table *table, const char *text)
{
	return shelf_find(&table->circuits, hash_circuit(table, text), match_text, text);
}

static size_t size_of(const char *text)
{
	return sizeof(struct circuit) + strlen(text) + 1;
}

struct circuit *circuit_get(struct table *table, const char *text, uint64_t hash)
{
	hash = hash ? hash : hash_circuit(table, text);
	struct circuit *circuit = shelf_find(&table->circuits, hash, match_text, text);

	if (circuit)
		return circuit;
	circuit = pool_take(&table->pool, size_of(text));
	if (!circuit)
		return NULL;
	circuit->id = circuit->first = TABLE_NONE;
	strcpy(circuit->text, text);
	if (shelf_add(&table->circuits, hash, circuit, &circuit->id)) {
		pool_give(&table->pool, circuit, size_of(text));
		return NULL;
	}
	return circuit;
}

struct circuit *binding_circuit(const struct table *table, const struct binding *binding)
{
	return slots_get(&table->circuits.slots, binding->circuit);
}

void circuit_drop_unused(struct table *table, struct circuit *circuit)
{
	if (circuit->first != TABLE_NONE)
		return;
	shelf_remove(&table->circuits, hash_circuit(table, circuit->text), circuit->id);
	pool_give(&table->pool, circuit, size_of(circuit->text));
}

void circuit_enter(struct table *table, struct circuit *circuit, struct binding *binding)
{
	struct binding *next = binding_get(table, circuit->first);

	binding->circuit = circuit->id;
	binding->next = circuit->first;
	binding->previous = TABLE_NONE;
	if (next)
		next->previous = binding->id;
	circuit->first = binding->id;
}

void circuit_leave(struct table *table, struct binding *binding)
{
	struct circuit *circuit = binding_circuit(table, binding);
	struct binding *next = binding_get(table, binding->next);
	struct binding *previous = binding_get(table, binding->previous);

	if (next)
		next->previous = binding->previous;
	if (previous)
		previous->next = binding->next;
	else
		circuit->first = binding->next;
	circuit_drop_unused(table, circuit);
}
