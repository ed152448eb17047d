/* SPDX-License-Identifier: BSD-2-Clause */
/* Which server told it? Servers are few, and bindings many: each address is held once. */
#include <errno.h>
#include <stdlib.h>

#include "table/internal.h"

static uint64_t hash_server(const struct table *table, const struct address *address)
{
	return hash_bytes(&table->key, address, sizeof *address);
}

static bool match_server(const void *slots, uint32_t id, const void *key)
{
	const struct server *server = slots_get(slots, id);

	return address_equal(&server->address, key);
}

static struct server *server_new(struct table *table, uint64_t hash, const struct address *address)
{
	struct server *server = malloc(sizeof *server);

	if (!server)
		return NULL;
	*server = (struct server){.id = TABLE_NONE, .address = *address};
	if (shelf_add(&table->servers, hash, server, &server->id)) {
		free(server);
		return NULL;
	}
	return server;
}

static struct server *server_get(struct table *table, const struct address *address)
{
	struct server *server = shelf_recall(&table->servers, match_server, address);

	if (server)
		return server;
	uint64_t hash = hash_server(table, address);
	server = shelf_find(&table->servers, hash, match_server, address);
	if (!server)
		server = server_new(table, hash, address);
	if (server)
		shelf_note(&table->servers, server->id);
	return server;
}

static void server_put(struct table *table, struct server *server)
{
	if (!server || --server->references)
		return;
	shelf_remove(&table->servers, hash_server(table, &server->address), server->id);
	free(server);
}

/* NULL: none any more. */
int binding_set_server(struct table *table, struct binding *binding, const struct address *address)
{
	struct server *was = slots_get(&table->servers.slots, binding->server), *is = NULL;

	if (was && address && address_equal(&was->address, address))
		return 0;
	if (address && !(is = server_get(table, address)))
		return -ENOMEM;
	if (is)
		is->references++;
	binding->server = is ? is->id : TABLE_NONE;
	server_put(table, was);
	return 0;
}
