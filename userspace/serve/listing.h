/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a table of a million lines shown without stopping everything else? In pieces: a listing makes a few hundred
 * rows or looks at a few thousand entries, then gives way, and goes on where it was.
 */
#ifndef SERVE_LISTING_H
#define SERVE_LISTING_H

#include <event2/buffer.h>

#include "discovery/discovery.h"

/* A piece ends with whichever comes first. */
#define PIECE_ROWS 256
#define PIECE_STEPS 8192

/* What is asked for. */
struct listing_filter {
	const char *circuit; /* NULL: every; the listing keeps a copy */
	size_t client_length;
	uint8_t client[256];  /* hardware address, client identifier or DUID */
	struct prefix prefix; /* who holds the longest that covers all of it? */
	uint8_t family;       /* 0: both */
	bool by_client, by_prefix, by_state;
	bool either; /* of the circuit, the client, or the address: one of them is enough */
	enum peer_state state;
};

struct listing;

/* Returns NULL when there is no memory. The listing does not outlive the table. */
struct listing *listing_new_bindings(const struct table *table, const struct listing_filter *filter);
struct listing *listing_new_peers(const struct table *table, const struct listing_filter *filter);
struct listing *listing_new_explain(const struct discovery *discovery, const struct table *table,
				    const struct listing_filter *filter);
void listing_free(struct listing *listing);

/* Appends a piece of JSON Lines, which may be empty. Returns 1 when there is more, 0 at the end, or -ENOMEM. */
int listing_piece(struct listing *listing, struct evbuffer *out);

#endif
