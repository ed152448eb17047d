/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a table of a million lines shown without stopping everything else?
 *
 * Bindings are looked at one after the other. Peers are told circuit by circuit: its bindings are counted by the
 * peerset they share (a circuit may hold one binding, or all of them), and then each of those peersets' peers is a row.
 *
 * Whatever is needed beyond a piece is kept by id and looked up anew: entries come and go between two pieces.
 */
#include "serve/listing.h"

#include <errno.h>

#include "base/cleanup.h"
#include "serve/json.h"
#include "serve/rows.h"

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
	uint32_t cursor;    /* bindings, or circuits */
	size_t rows, steps; /* of this piece */

	uint32_t circuit; /* peers: the one whose bindings are counted and told */
	uint32_t binding; /* the next to be counted */
	struct group *groups;
	size_t group_count, group_room;
	size_t group, peer; /* the next to be told */
};

/* Entries by id; NULL when it is gone. */
static const struct binding *binding_of(const struct table *table, uint32_t id)
{
	const struct binding *binding = table_next_binding(table, &(uint32_t){id});

	return binding && binding->id == id ? binding : NULL;
}

static const struct circuit *circuit_of(const struct table *table, uint32_t id)
{
	const struct circuit *circuit = table_next_circuit(table, &(uint32_t){id});

	return circuit && circuit->id == id ? circuit : NULL;
}

static const struct peerset *peerset_of(const struct table *table, uint32_t id)
{
	const struct peerset *peerset = table_next_peerset(table, &(uint32_t){id});

	return peerset && peerset->id == id ? peerset : NULL;
}

/* --- Bindings --- */

static bool is_client(const struct binding *binding, const struct listing_filter *filter)
{
	struct bytes wanted = {filter->client, filter->client_length};

	return bytes_equal(wanted, (struct bytes){binding->hw, binding->hw_length}) ||
	       bytes_equal(wanted, (struct bytes){binding->client, binding->client_length});
}

static bool is_wanted_binding(const struct binding *binding, const struct listing_filter *filter)
{
	bool client = !filter->by_client || is_client(binding, filter);
	bool circuit = !filter->circuit || strcmp(binding->circuit->text, filter->circuit) == 0;

	if (filter->either)
		return (filter->by_client && client) || circuit;
	return client && circuit;
}

static int step_binding(struct listing *listing, struct evbuffer *out)
{
	const struct listing_filter *filter = &listing->filter;
	const struct binding *binding = table_next_binding(listing->table, &listing->cursor);

	if (!binding)
		return 0;
	if (!is_wanted_binding(binding, filter))
		return 1;
	listing->rows++;
	return json_line(out, listing->discovery ? explain_row(listing->discovery, binding) : binding_row(binding))
		       ? -ENOMEM
		       : 1;
}

/* --- Peers: counting --- */

static int step_tell(struct listing *listing, struct evbuffer *out);
static int step_circuit(struct listing *listing, struct evbuffer *out);

static struct group *group_add(struct listing *listing, uint32_t peerset)
{
	if (listing->group_count == listing->group_room) {
		size_t room = listing->group_room ? 2 * listing->group_room : 4;
		struct group *groups = reallocarray(listing->groups, room, sizeof *groups);
		if (!groups)
			return NULL;
		listing->groups = groups;
		listing->group_room = room;
	}
	listing->groups[listing->group_count] = (struct group){.peerset = peerset};
	return &listing->groups[listing->group_count++];
}

/* Few peersets meet on one circuit. Where they are many, the search is part of the work. */
static struct group *group_get(struct listing *listing, uint32_t peerset)
{
	size_t i = 0;

	while (i < listing->group_count && listing->groups[i].peerset != peerset)
		i++;
	listing->steps += i / 16;
	return i < listing->group_count ? &listing->groups[i] : group_add(listing, peerset);
}

static void begin_circuit(struct listing *listing, const struct circuit *circuit);

static int step_count(struct listing *listing, struct evbuffer *out)
{
	const struct binding *binding = binding_of(listing->table, listing->binding);

	(void)out;
	/* It ended or moved while the listing gave way, and with it the place in the circuit's list: count once more.
	 */
	if (!binding || binding->circuit->id != listing->circuit) {
		begin_circuit(listing, circuit_of(listing->table, listing->circuit));
		return 1;
	}

	struct group *group = group_get(listing, binding->peerset->id);
	if (!group)
		return -ENOMEM;
	group->bindings++;
	if (binding->expires > group->ends)
		group->ends = binding->expires;

	if (binding->next_on_circuit)
		listing->binding = binding->next_on_circuit->id;
	else
		listing->step = step_tell;
	return 1;
}

static void begin_circuit(struct listing *listing, const struct circuit *circuit)
{
	listing->group_count = listing->group = listing->peer = 0;
	listing->step = step_circuit;
	if (!circuit || !circuit->bindings)
		return;
	listing->circuit = circuit->id;
	listing->binding = circuit->bindings->id;
	listing->step = step_count;
}

/* --- Peers: telling --- */

static bool is_wanted(const struct peerset *peerset, const struct peer *peer, const struct listing_filter *filter)
{
	if (filter->family && peerset->key.family != filter->family)
		return false;
	return !filter->by_state || peer->state == filter->state;
}

static int step_tell(struct listing *listing, struct evbuffer *out)
{
	const struct circuit *circuit = circuit_of(listing->table, listing->circuit);

	if (!circuit || listing->group == listing->group_count) {
		listing->step = step_circuit;
		return 1;
	}

	const struct group *group = &listing->groups[listing->group];
	const struct peerset *peerset = peerset_of(listing->table, group->peerset);
	if (!peerset || listing->peer >= peerset->peer_count) {
		listing->group++;
		listing->peer = 0;
		return 1;
	}

	const struct peer *peer = &peerset->peers[listing->peer++];
	if (!is_wanted(peerset, peer, &listing->filter))
		return 1;
	struct peer_place place = {circuit->text, peerset, group->bindings, group->ends};
	listing->rows++;
	return json_line(out, peer_row(&place, peer)) ? -ENOMEM : 1;
}

static int step_circuit(struct listing *listing, struct evbuffer *out)
{
	(void)out;
	if (listing->filter.circuit)
		return 0;

	const struct circuit *circuit = table_next_circuit(listing->table, &listing->cursor);
	if (!circuit)
		return 0;
	begin_circuit(listing, circuit);
	return 1;
}

/* --- Both --- */

static struct listing *listing_new(const struct table *table, const struct listing_filter *filter)
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

struct listing *listing_new_bindings(const struct table *table, const struct listing_filter *filter)
{
	struct listing *listing = listing_new(table, filter);

	if (listing)
		listing->step = step_binding;
	return listing;
}

struct listing *listing_new_explain(const struct discovery *discovery, const struct table *table,
				    const struct listing_filter *filter)
{
	struct listing *listing = listing_new_bindings(table, filter);

	if (listing)
		listing->discovery = discovery;
	return listing;
}

struct listing *listing_new_peers(const struct table *table, const struct listing_filter *filter)
{
	struct listing *listing = listing_new(table, filter);

	if (listing)
		begin_circuit(listing, filter->circuit ? table_find_circuit(table, filter->circuit) : NULL);
	return listing;
}

void listing_free(struct listing *listing)
{
	if (!listing)
		return;
	free(listing->circuit_text);
	free(listing->groups);
	free(listing);
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
