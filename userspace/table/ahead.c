/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where will the table look for this? Hashes are made here, once for each message, and what stands there is sent for:
 * of many bindings no cache holds more than a few, and to wait for memory takes longer than all else that is done.
 */
#include "table/internal.h"

uint64_t hash_client(const struct table *table, const struct client_view *view)
{
	return view->hash ? view->hash : hash_bytes(&table->key, view->client.data, view->client.size) ^ view->family;
}

uint64_t hash_circuit(const struct table *table, const char *text)
{
	return hash_bytes(&table->key, text, strlen(text));
}

uint64_t hash_prefix(const struct table *table, const struct prefix *prefix)
{
	return hash_bytes(&table->key, prefix, sizeof *prefix);
}

struct table_ahead ahead_of(const struct table *table, const struct client_view *view, const char *circuit,
			    const struct lease *leases, size_t count)
{
	struct table_ahead ahead = {hash_client(table, view), hash_circuit(table, circuit)};

	index_send_for(&table->bindings.index, ahead.client);
	index_send_for(&table->circuits.index, ahead.circuit);
	for (size_t i = 0; i < count; i++)
		index_send_for(&table->addresses, hash_prefix(table, &leases[i].prefix));
	return ahead;
}
