/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a table of a million lines shown without stopping everything else?
 *
 * Bindings are looked at one after the other. Peers are told circuit by circuit: its bindings are counted by the
 * peerset they share (a circuit may hold one binding, or all of them), and then each of those peersets' peers is a row.
 *
 * Whatever is needed beyond a piece is kept by id and looked up anew: entries come and go between two pieces.
 */
#include "serve/walks.h"

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

struct walk {
	const struct table *table;
	struct walk_filter filter;
	char *circuit_text;
	/* One step: 1 when there is more, 0 at the end, or -ENOMEM. */
	int (*step)(struct walk *walk, struct evbuffer *out);
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

static bool is_client(const struct binding *binding, const struct walk_filter *filter)
{
	struct bytes wanted = {filter->client, filter->client_length};

	return bytes_equal(wanted, (struct bytes){binding->hw, binding->hw_length}) ||
	       bytes_equal(wanted, (struct bytes){binding->client, binding->client_length});
}

static int step_binding(struct walk *walk, struct evbuffer *out)
{
	const struct walk_filter *filter = &walk->filter;
	const struct binding *binding = table_next_binding(walk->table, &walk->cursor);

	if (!binding)
		return 0;
	if (filter->by_client && !is_client(binding, filter))
		return 1;
	if (filter->circuit && strcmp(binding->circuit->text, filter->circuit) != 0)
		return 1;
	walk->rows++;
	return json_line(out, binding_row(binding)) ? -ENOMEM : 1;
}

/* --- Peers: counting --- */

static int step_tell(struct walk *walk, struct evbuffer *out);
static int step_circuit(struct walk *walk, struct evbuffer *out);

static struct group *group_add(struct walk *walk, uint32_t peerset)
{
	if (walk->group_count == walk->group_room) {
		size_t room = walk->group_room ? 2 * walk->group_room : 4;
		struct group *groups = reallocarray(walk->groups, room, sizeof *groups);
		if (!groups)
			return NULL;
		walk->groups = groups;
		walk->group_room = room;
	}
	walk->groups[walk->group_count] = (struct group){.peerset = peerset};
	return &walk->groups[walk->group_count++];
}

/* Few peersets meet on one circuit. Where they are many, the search is part of the work. */
static struct group *group_get(struct walk *walk, uint32_t peerset)
{
	size_t i = 0;

	while (i < walk->group_count && walk->groups[i].peerset != peerset)
		i++;
	walk->steps += i / 16;
	return i < walk->group_count ? &walk->groups[i] : group_add(walk, peerset);
}

static void begin_circuit(struct walk *walk, const struct circuit *circuit);

static int step_count(struct walk *walk, struct evbuffer *out)
{
	const struct binding *binding = binding_of(walk->table, walk->binding);

	(void)out;
	/* It ended or moved while the walk gave way, and with it the place in the circuit's list: count once more. */
	if (!binding || binding->circuit->id != walk->circuit) {
		begin_circuit(walk, circuit_of(walk->table, walk->circuit));
		return 1;
	}

	struct group *group = group_get(walk, binding->peerset->id);
	if (!group)
		return -ENOMEM;
	group->bindings++;
	if (binding->expires > group->ends)
		group->ends = binding->expires;

	if (binding->next_on_circuit)
		walk->binding = binding->next_on_circuit->id;
	else
		walk->step = step_tell;
	return 1;
}

static void begin_circuit(struct walk *walk, const struct circuit *circuit)
{
	walk->group_count = walk->group = walk->peer = 0;
	walk->step = step_circuit;
	if (!circuit || !circuit->bindings)
		return;
	walk->circuit = circuit->id;
	walk->binding = circuit->bindings->id;
	walk->step = step_count;
}

/* --- Peers: telling --- */

static bool is_wanted(const struct peerset *peerset, const struct peer *peer, const struct walk_filter *filter)
{
	if (filter->family && peerset->key.family != filter->family)
		return false;
	return !filter->by_state || peer->state == filter->state;
}

static int step_tell(struct walk *walk, struct evbuffer *out)
{
	const struct circuit *circuit = circuit_of(walk->table, walk->circuit);

	if (!circuit || walk->group == walk->group_count) {
		walk->step = step_circuit;
		return 1;
	}

	const struct group *group = &walk->groups[walk->group];
	const struct peerset *peerset = peerset_of(walk->table, group->peerset);
	if (!peerset || walk->peer >= peerset->peer_count) {
		walk->group++;
		walk->peer = 0;
		return 1;
	}

	const struct peer *peer = &peerset->peers[walk->peer++];
	if (!is_wanted(peerset, peer, &walk->filter))
		return 1;
	struct peer_place place = {circuit->text, peerset, group->bindings, group->ends};
	walk->rows++;
	return json_line(out, peer_row(&place, peer)) ? -ENOMEM : 1;
}

static int step_circuit(struct walk *walk, struct evbuffer *out)
{
	(void)out;
	if (walk->filter.circuit)
		return 0;

	const struct circuit *circuit = table_next_circuit(walk->table, &walk->cursor);
	if (!circuit)
		return 0;
	begin_circuit(walk, circuit);
	return 1;
}

/* --- Both --- */

static struct walk *walk_new(const struct table *table, const struct walk_filter *filter)
{
	struct walk *walk = calloc(1, sizeof *walk);

	if (!walk)
		return NULL;
	walk->table = table;
	walk->filter = *filter;
	if (!filter->circuit)
		return walk;
	walk->filter.circuit = walk->circuit_text = strdup(filter->circuit);
	if (walk->circuit_text)
		return walk;
	walk_free(walk);
	return NULL;
}

struct walk *walk_new_bindings(const struct table *table, const struct walk_filter *filter)
{
	struct walk *walk = walk_new(table, filter);

	if (walk)
		walk->step = step_binding;
	return walk;
}

struct walk *walk_new_peers(const struct table *table, const struct walk_filter *filter)
{
	struct walk *walk = walk_new(table, filter);

	if (walk)
		begin_circuit(walk, filter->circuit ? table_find_circuit(table, filter->circuit) : NULL);
	return walk;
}

void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	free(walk->circuit_text);
	free(walk->groups);
	free(walk);
}

int walk_piece(struct walk *walk, struct evbuffer *out)
{
	int more = 1;

	walk->rows = 0;
	for (walk->steps = 0; more > 0 && walk->steps < PIECE_STEPS && walk->rows < PIECE_ROWS; walk->steps++)
		more = walk->step(walk, out);
	return more;
}
