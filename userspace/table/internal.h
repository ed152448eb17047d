/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this room share. */
#ifndef TABLE_INTERNAL_H
#define TABLE_INTERNAL_H

#include "base/hash.h"
#include "table/index.h"
#include "table/pool.h"
#include "table/slots.h"
#include "table/table.h"

/* Entries of one kind: by id, and by key. */
struct shelf {
	struct slots slots;
	struct index index;
};

/* An address that servers go by, as often as it is met. */
struct server {
	uint32_t id, references;
	struct address address;
};

/*
 * 88 bytes with a hardware address and one IPv4 address. What is fixed comes first, and is aligned without padding; the
 * tail holds what varies: client, hardware address (if that is not the client), leases (leases.c).
 */
struct binding {
	uint64_t refreshed; /* ns */
	uint64_t settle_key, digest;
	uint32_t id;
	uint32_t circuit, next, previous; /* on the circuit; TABLE_NONE at the ends */
	uint32_t peerset, server;         /* TABLE_NONE: not known */
	uint32_t timer;
	uint32_t since;    /* seconds */
	uint32_t lifetime; /* seconds */
	uint32_t sighting, xid;
	uint8_t family : 4;
	uint8_t withdrawn : 1;
	uint8_t hw_is_client : 1;
	uint8_t apart : 1; /* its leases have outgrown the tail: a pointer to them stands there */
	uint8_t units;     /* that it takes in the pool */
	uint8_t client_length, hw_length, lease_count;
	uint8_t tail[];
};

#define BINDING_SIZE_MAX (UINT8_MAX * POOL_UNIT)
#define BINDING_CLIENT_MAX UINT8_MAX
#define BINDING_HW6 6 /* room that IPv6 bindings have for a hardware address */

struct table {
	struct hash_key key;
	struct table_limits limits;
	struct wheel *wheel;
	struct pool pool; /* of bindings and circuits */
	struct shelf bindings, circuits, offers, peersets, servers;
	struct index addresses;   /* of bindings, by each of their leases */
	uint32_t lengths[2][129]; /* how many of those have that length, by family */
	struct table_port *ports; /* whose bindings are counted */
	size_t port_count;
	bool restoring;
	struct table_observer *observers;
	table_repeated_fn *repeated; /* may be NULL */
	void *repeated_context;
	struct table_stats stats;
};

/* shelf.c: the entry that has this key, or NULL. */
void *shelf_find(const struct shelf *shelf, uint64_t hash, index_match *match, const void *key);
/* Puts an entry on a shelf, with an id of its own if *id is TABLE_NONE. Returns 0, -ENOMEM or -EINVAL. */
int shelf_add(struct shelf *shelf, uint64_t hash, void *entry, uint32_t *id);
void shelf_remove(struct shelf *shelf, uint64_t hash, uint32_t id);
void shelf_init(struct shelf *shelf);
void shelf_free(struct shelf *shelf);

/* binding.c */
static inline struct binding *binding_get(const struct table *table, uint32_t id)
{
	return slots_get(&table->bindings.slots, id);
}

/* A client within its family. */
struct client_view {
	uint8_t family;
	struct bytes client;
};

struct client_view binding_client(const struct binding *binding);
struct binding *binding_find(const struct table *table, const struct client_view *view);
void binding_end(struct table *table, struct binding *binding, const char *why);

/* What a new binding is made of; `id` TABLE_NONE: one of its own. */
struct binding_seed {
	struct client_view view;
	bool hw_is_client;
	uint32_t id;
	const char *circuit;
	struct peerset *peerset; /* a reference that becomes the binding's */
	const struct lease *leases;
	size_t lease_count;
};

/* Returns 0, -ENOSPC over a limit, -ENOMEM or -EINVAL; then the reference stays the caller's. */
int binding_new(struct table *table, const struct binding_seed *seed, struct binding **ret);
void binding_set_hw(struct binding *binding, struct bytes hw);
int binding_set_server(struct table *table, struct binding *binding, const struct address *address);
uint64_t binding_expires(const struct binding *binding);

/* leases.c: what a binding takes in bytes, and its leases; those with lifetime 0, and doubles, are left out. */
size_t leases_room(uint8_t family, size_t count);
int leases_set(struct table *table, struct binding *binding, const struct lease *leases, size_t count);
size_t leases_get(const struct binding *binding, struct lease leases[BINDING_LEASES_MAX]);
bool leases_are(const struct binding *binding, const struct lease *leases, size_t count);
void leases_drop(struct table *table, struct binding *binding);
void leases_free(struct binding *binding); /* what is held apart alone; the index is not told */

/* addresses.c: which bindings hold it. The index has room. */
void addresses_enter(struct table *table, const struct binding *binding);
void addresses_leave(struct table *table, const struct binding *binding);

/* due.c: sets or moves its timer, as its lifetime says. Returns 0 or -ENOMEM. */
int binding_arm(struct table *table, struct binding *binding);
void binding_extend(struct table *table, struct binding *binding); /* if its reply was repeated */
void due_open(struct table *table);

/* circuit.c: the circuit of that text, made if need be; NULL: out of memory. Dropped when its last binding has left. */
struct circuit *circuit_get(struct table *table, const char *text);
struct circuit *binding_circuit(const struct table *table, const struct binding *binding);
void circuit_enter(struct table *table, struct circuit *circuit, struct binding *binding);
void circuit_leave(struct table *table, struct binding *binding);
void circuit_drop_unused(struct table *table, struct circuit *circuit);

/* offer.c: the stored form of an offer, with one more reference; *ret is NULL for an empty one. 0 or -ENOMEM. */
int offer_get(struct table *table, const struct offer *offer, struct stored_offer **ret);
bool offer_is(const struct stored_offer *stored, const struct offer *offer); /* the same? NULL: none at all */
void offer_put(struct table *table, struct stored_offer *offer);

/* peerset.c: the one that an update of this binding (NULL: a new one) belongs to, with one more reference. Returns 0,
 * -ENOMEM, or -ENOSPC when there are too many. */
int peerset_get(struct table *table, const struct binding *binding, const struct table_update *update,
		struct peerset **ret);
struct peerset *peerset_of(const struct table *table, const struct binding *binding);
void peerset_join(struct table *table, struct peerset *peerset);  /* one more binding */
void peerset_leave(struct table *table, struct peerset *peerset); /* one less; it stays, even without any, */
void peerset_drop(struct table *table, struct peerset *peerset);  /* until it is dropped */
void peerset_put(struct table *table, struct peerset *peerset);   /* both */

/* port.c: the number under which a port's bindings are counted. Returns 0 or -ENOMEM. */
int port_get(struct table *table, const char *name, uint32_t *ret);

/* observe.c */
void tell_binding(struct table *table, enum binding_change change, const struct binding *binding, const char *why);
void tell_extended(const struct table *table, const struct binding *binding);
void tell_peerset_created(const struct table *table, struct peerset *peerset);
void tell_peerset_changed(const struct table *table, struct peerset *peerset);
void tell_peer_changed(const struct table *table, const struct peerset *peerset, const struct peer *peer);
void tell_peerset_ended(const struct table *table, struct peerset *peerset);

#endif
