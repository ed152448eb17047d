/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bindings are on a circuit? Circuits are made with their first binding and dropped with their last. */
#include <assert.h>
#include <stdlib.h>

#include "table/internal.h"

static uint64_t hash_text(const struct table *table, const char *text)
{
	return hash_bytes(&table->key, text, strlen(text));
}

static bool match_text(const void *slots, uint32_t id, const void *key)
{
	const struct circuit *circuit = slots_get(slots, id);

	assert(circuit); /* the index holds ids in use alone */
	return strcmp(circuit->text, key) == 0;
}

const struct circuit *table_find_circuit(const struct table *table, const char *text)
{
	return shelf_find(&table->circuits, hash_text(table, text), match_text, text);
}

struct circuit *circuit_get(struct table *table, const char *text)
{
	struct circuit *circuit = shelf_find(&table->circuits, hash_text(table, text), match_text, text);

	if (circuit)
		return circuit;
	circuit = calloc(1, sizeof *circuit + strlen(text) + 1);
	if (!circuit)
		return NULL;
	strcpy(circuit->text, text);
	if (shelf_add(&table->circuits, hash_text(table, text), circuit, &circuit->id)) {
		free(circuit);
		return NULL;
	}
	return circuit;
}

void circuit_drop_unused(struct table *table, struct circuit *circuit)
{
	if (circuit->bindings)
		return;
	shelf_remove(&table->circuits, hash_text(table, circuit->text), circuit->id);
	free(circuit);
}

void circuit_enter(struct circuit *circuit, struct binding *binding)
{
	binding->circuit = circuit;
	binding->next_on_circuit = circuit->bindings;
	binding->link_on_circuit = &circuit->bindings;
	if (binding->next_on_circuit)
		binding->next_on_circuit->link_on_circuit = &binding->next_on_circuit;
	circuit->bindings = binding;
}

void circuit_leave(struct table *table, struct binding *binding)
{
	*binding->link_on_circuit = binding->next_on_circuit;
	if (binding->next_on_circuit)
		binding->next_on_circuit->link_on_circuit = binding->link_on_circuit;
	circuit_drop_unused(table, binding->circuit);
	binding->circuit = NULL;
}
