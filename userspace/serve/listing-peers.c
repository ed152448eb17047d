/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which peers are known, and where? They are told circuit by circuit: its bindings are counted by the peerset they
 * share (a circuit may hold one binding, or all of them), and then each of those peersets' peers is a row.
 */
#include <errno.h>
#include <stdlib.h>

#include "serve/json.h"
#include "serve/listing-parts.h"
#include "serve/rows.h"

/* --- Counting --- */

static int step_tell(struct listing *listing, struct evbuffer *out);
static int step_circuit(struct listing *listing, struct evbuffer *out);
static void begin_circuit(struct listing *listing, const struct circuit *circuit);

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

static int step_count(struct listing *listing, struct evbuffer *out)
{
	struct binding_view binding;

	(void)out;
	if (!listing_next(listing, &binding)) {
		begin_circuit(listing, table_circuit(listing->table, listing->circuit));
		return 1;
	}

	struct group *group = group_get(listing, binding.peerset);
	if (!group)
		return -ENOMEM;
	group->bindings++;
	if (binding.expires > group->ends)
		group->ends = binding.expires;
	if (listing->binding == TABLE_NONE)
		listing->step = step_tell;
	return 1;
}

static void begin_circuit(struct listing *listing, const struct circuit *circuit)
{
	listing->group_count = listing->group = listing->peer = 0;
	listing->step = listing_follow(listing, circuit) ? step_count : step_circuit;
}

/* --- Telling --- */

static bool is_wanted(const struct peerset *peerset, const struct peer *peer, const struct listing_filter *filter)
{
	if (filter->family && peerset->key.family != filter->family)
		return false;
	return !filter->by_state || peer_state(peer) == filter->state;
}

static int step_tell(struct listing *listing, struct evbuffer *out)
{
	const struct circuit *circuit = table_circuit(listing->table, listing->circuit);

	if (!circuit || listing->group == listing->group_count) {
		listing->step = step_circuit;
		return 1;
	}

	const struct group *group = &listing->groups[listing->group];
	const struct peerset *peerset = table_peerset(listing->table, group->peerset);
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

struct listing *listing_new_peers(const struct table *table, const struct listing_filter *filter)
{
	struct listing *listing = listing_new(table, filter);

	if (listing)
		begin_circuit(listing, filter->circuit ? table_find_circuit(table, filter->circuit) : NULL);
	return listing;
}
