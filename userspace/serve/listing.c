/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a table of a million lines shown without stopping everything else? In pieces, of bindings (listing-bindings.c)
 * or peers (listing-peers.c). Whatever is needed beyond a piece is kept by id and looked up anew: entries come and go
 * between two pieces.
 */
#include "serve/listing.h"

#include <string.h>

#include "base/cleanup.h"
#include "serve/listing-parts.h"

struct listing *listing_new(const struct table *table, const struct listing_filter *filter)
{
	struct listing *listing = calloc(1, sizeof *listing);

	if (!listing)
		return NULL;
	listing->table = table;
	listing->filter = *filter;
	if (!filter->circuit)
		return listing;
	listing->filter.circuit = listing->circuit_text = strdup(filter->circuit);
	if (listing->circuit_text)
		return listing;
	listing_free(listing);
	return NULL;
}

void listing_free(struct listing *listing)
{
	if (!listing)
		return;
	free(listing->circuit_text);
	free(listing->ids);
	free(listing->groups);
	free(listing);
}

bool listing_follow(struct listing *listing, const struct circuit *circuit)
{
	listing->circuit = circuit ? circuit->id : TABLE_NONE;
	listing->binding = circuit ? circuit->first : TABLE_NONE;
	return listing->binding != TABLE_NONE;
}

const struct binding *listing_next(struct listing *listing, struct binding_view *ret)
{
	const struct binding *binding = table_binding(listing->table, listing->binding);

	if (!binding)
		return NULL;
	table_view(listing->table, binding, ret);
	if (ret->circuit != listing->circuit)
		return NULL;
	listing->binding = table_next_on_circuit(binding);
	return binding;
}

int listing_piece(struct listing *listing, struct evbuffer *out)
{
	int more = 1;

	listing->rows = 0;
	for (listing->steps = 0; more > 0 && listing->steps < PIECE_STEPS && listing->rows < PIECE_ROWS;
	     listing->steps++)
		more = listing->step(listing, out);
	return more;
}
