/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this room share. */
#ifndef TABLE_INTERNAL_H
#define TABLE_INTERNAL_H

#include "base/hash.h"
#include "table/index.h"
#include "table/slots.h"
#include "table/table.h"
#include "table/wheel.h"

/* Entries of one kind: by id, and by key. */
struct shelf {
	struct slots slots;
	struct index index;
};

struct table {
	struct hash_key key;
	size_t bindings_max;
	struct shelf bindings, circuits, offers, peersets;
	struct wheel wheel;
	struct table_observer *observers;
	table_repeated_fn *repeated; /* may be NULL */
	void *repeated_context;
	struct table_stats stats;
};

/* The entry of a shelf that has this key, or NULL. */
void *shelf_find(const struct shelf *shelf, uint64_t hash, index_match *match, const void *key);
/* Puts an entry on a shelf. Returns 0 or -ENOMEM. */
int shelf_add(struct shelf *shelf, uint64_t hash, void *entry, uint32_t *ret_id);
void shelf_remove(struct shelf *shelf, uint64_t hash, uint32_t id);
void shelf_free(struct shelf *shelf);

/* binding.c */
void binding_end(struct table *table, struct binding *binding, const char *why);

/* due.c: when a binding ends; TABLE_NEVER for one that does not. Returns 0 or -ENOMEM. */
int binding_set_end(struct table *table, struct binding *binding, uint64_t expires);

/* circuit.c: the circuit of that text, made if need be; NULL: out of memory. Dropped when its last binding has left. */
struct circuit *circuit_get(struct table *table, const char *text);
void circuit_enter(struct circuit *circuit, struct binding *binding);
void circuit_leave(struct table *table, struct binding *binding);
void circuit_drop_unused(struct table *table, struct circuit *circuit);

/* offer.c: the stored form of an offer, with one more reference; *ret is NULL for an empty one. 0 or -ENOMEM. */
int offer_get(struct table *table, const struct offer *offer, struct stored_offer **ret);
bool offer_is(const struct stored_offer *stored, const struct offer *offer); /* the same? NULL: none at all */
void offer_put(struct table *table, struct stored_offer *offer);

/* peerset.c: the peerset that an update of this binding belongs to, with one more binding; NULL: out of memory. */
struct peerset *peerset_get(struct table *table, const struct binding *binding, const struct table_update *update);
void peerset_put(struct table *table, struct peerset *peerset);

/* observe.c */
void tell_binding(struct table *table, enum binding_change change, const struct binding *binding, const char *why);
void tell_peerset_created(const struct table *table, struct peerset *peerset);
void tell_peerset_changed(const struct table *table, const struct peerset *peerset);
void tell_peerset_ended(const struct table *table, struct peerset *peerset);

#endif
