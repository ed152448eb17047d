/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files listing.c, listing-bindings.c and listing-peers.c share: a listing on its way. */
#ifndef SERVE_LISTING_PARTS_H
#define SERVE_LISTING_PARTS_H

#include "serve/listing.h"

/* Bindings on one circuit that share a peerset. */
struct group {
	uint32_t peerset;
	uint64_t bindings;
	uint64_t ends; /* the last of them */
};

struct listing {
	const struct table *table;
	const struct discovery *discovery; /* bindings are explained; NULL: shown */
	struct listing_filter filter;
	char *circuit_text;
	/* One step: 1 when there is more, 0 at the end, or -ENOMEM. */
	int (*step)(struct listing *listing, struct evbuffer *out);
	uint32_t cursor;    /* of a walk over bindings, or circuits */
	size_t rows, steps; /* of this piece */

	uint32_t circuit; /* the one whose bindings are followed */
	uint32_t binding; /* the next of them; TABLE_NONE: none */

	uint32_t *ids; /* bindings: found by lookups; owned */
	size_t id_count, id_room;
	size_t direct; /* of them by client or address; those of the circuit follow */
	size_t told;

	struct group *groups; /* peers: owned */
	size_t group_count, group_room;
	size_t group, peer; /* the next to be told */
};

/* NULL when there is no memory. */
struct listing *listing_new(const struct table *table, const struct listing_filter *filter);

/* Sets out to follow a circuit's bindings, and tells whether there are any. */
bool listing_follow(struct listing *listing, const struct circuit *circuit);

/*
 * The binding to which following the circuit has come, and moves on. NULL: it ended or moved while the listing gave
 * way, and with it the place in the circuit's list: whoever follows begins anew.
 */
const struct binding *listing_next(struct listing *listing, struct binding_view *ret);

#endif
