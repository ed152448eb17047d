/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bindings are wanted? Few lists need a look at all of them:
 *
 * 1. find     by client, and by address or prefix: the table knows them by these.
 * 2. collect  the ids of those on the circuit, which is all that is kept between pieces: a circuit may hold everybody.
 * 3. tell     those found and collected, if they still stand and are still wanted.
 * 4. walk     all others, where nothing was asked for by which they are found; and for six octets, which may be the
 *             hardware address of DHCPv6 clients too: those are known by their DUID.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "serve/json.h"
#include "serve/listing-parts.h"
#include "serve/rows.h"

#define HW_LENGTH 6

/* Of those who contradict each other on one address, so many are told. */
#define COVERING_MAX 256

static struct bytes client_of(const struct listing_filter *filter)
{
	return (struct bytes){filter->client, filter->client_length};
}

/* --- Who is wanted --- */

static bool is_client(const struct binding_view *binding, const struct listing_filter *filter)
{
	return filter->by_client &&
	       (bytes_equal(client_of(filter), binding->client) || bytes_equal(client_of(filter), binding->hw));
}

static bool is_there(const struct binding_view *binding, const struct listing_filter *filter)
{
	return filter->circuit && strcmp(binding->where, filter->circuit) == 0;
}

static bool has_prefix(const struct binding_view *binding, const struct listing_filter *filter)
{
	for (size_t i = 0; filter->by_prefix && i < binding->lease_count; i++)
		if (prefix_covers(&binding->leases[i].prefix, &filter->prefix))
			return true;
	return false;
}

static bool is_wanted(const struct binding_view *binding, const struct listing_filter *filter)
{
	bool client = is_client(binding, filter), there = is_there(binding, filter),
	     prefix = has_prefix(binding, filter);

	if (filter->either)
		return client || there || prefix;
	return (client || !filter->by_client) && (there || !filter->circuit) && (prefix || !filter->by_prefix);
}

/* Was it found by client or address? */
static bool is_direct(const struct listing *listing, uint32_t id)
{
	for (size_t i = 0; i < listing->direct; i++)
		if (listing->ids[i] == id)
			return true;
	return false;
}

/* Was it found or collected, and so told already? */
static bool was_told(const struct listing *listing, const struct binding_view *binding)
{
	return is_direct(listing, binding->id) || is_there(binding, &listing->filter);
}

/* Is there no way to some of them but to look at all? */
static bool needs_walk(const struct listing_filter *filter)
{
	if (!filter->by_client && !filter->circuit && !filter->by_prefix)
		return true;
	return filter->client_length == HW_LENGTH && (filter->either || (!filter->circuit && !filter->by_prefix));
}

/* --- Steps --- */

static int tell(struct listing *listing, const struct binding_view *binding, struct evbuffer *out)
{
	json_t *row = listing->discovery ? explain_row(listing->discovery, listing->table, binding)
					 : binding_row(listing->table, binding);

	listing->rows++;
	return json_line(out, row) ? -ENOMEM : 1;
}

static int step_walk(struct listing *listing, struct evbuffer *out)
{
	const struct binding *binding = table_next_binding(listing->table, &listing->cursor);
	struct binding_view view;

	if (!binding)
		return 0;
	table_view(listing->table, binding, &view);
	if (!is_wanted(&view, &listing->filter) || was_told(listing, &view))
		return 1;
	return tell(listing, &view, out);
}

static int step_tell(struct listing *listing, struct evbuffer *out)
{
	struct binding_view view;

	if (listing->told == listing->id_count) {
		listing->step = step_walk;
		return needs_walk(&listing->filter);
	}
	const struct binding *binding = table_binding(listing->table, listing->ids[listing->told++]);
	if (!binding)
		return 1;
	table_view(listing->table, binding, &view);
	return is_wanted(&view, &listing->filter) ? tell(listing, &view, out) : 1;
}

static int add_id(struct listing *listing, uint32_t id)
{
	if (listing->id_count == listing->id_room) {
		size_t room = listing->id_room ? 2 * listing->id_room : 16;
		uint32_t *ids = reallocarray(listing->ids, room, sizeof *ids);
		if (!ids)
			return -ENOMEM;
		listing->ids = ids;
		listing->id_room = room;
	}
	listing->ids[listing->id_count++] = id;
	return 0;
}

static int step_collect(struct listing *listing, struct evbuffer *out)
{
	struct binding_view view;

	(void)out;
	if (listing->binding == TABLE_NONE) {
		listing->step = step_tell;
		return 1;
	}
	if (!listing_next(listing, &view)) {
		listing->id_count = listing->direct;
		listing_follow(listing, table_circuit(listing->table, listing->circuit));
		return 1;
	}
	return !is_direct(listing, view.id) && add_id(listing, view.id) ? -ENOMEM : 1;
}

/* --- Finding --- */

static int find_client(struct listing *listing)
{
	static const uint8_t families[] = {4, 6};
	int result = 0;

	for (size_t i = 0; !result && i < sizeof families; i++) {
		const struct binding *binding =
			table_find_client(listing->table, families[i], client_of(&listing->filter));
		if (binding && !is_direct(listing, binding_id(binding)))
			result = add_id(listing, binding_id(binding));
	}
	listing->direct = listing->id_count;
	return result;
}

static int find_covering(struct listing *listing)
{
	uint32_t ids[COVERING_MAX];
	size_t count = table_find_covering(listing->table, &listing->filter.prefix, ids, COVERING_MAX);
	int result = 0;

	for (size_t i = 0; !result && i < count; i++)
		if (!is_direct(listing, ids[i]))
			result = add_id(listing, ids[i]);
	listing->direct = listing->id_count;
	return result;
}

/*
 * Where one thing is enough, each is looked for. Where all are asked for, the one that leads to the fewest is, and the
 * others choose among what it found; but a hardware address does not lead to all of its clients.
 */
static int find(struct listing *listing)
{
	const struct listing_filter *filter = &listing->filter;
	const struct circuit *circuit = NULL;
	bool enough = false;
	int result = 0;

	if (filter->by_prefix) {
		result = find_covering(listing);
		enough = !filter->either;
	}
	if (!result && !enough && filter->by_client && (filter->either || !filter->circuit)) {
		result = find_client(listing);
		enough = !filter->either;
	}
	if (!enough && filter->circuit)
		circuit = table_find_circuit(listing->table, filter->circuit);
	listing_follow(listing, circuit);
	listing->step = step_collect;
	return result;
}

struct listing *listing_new_bindings(const struct table *table, const struct listing_filter *filter)
{
	struct listing *listing = listing_new(table, filter);

	if (!listing || find(listing) == 0)
		return listing;
	listing_free(listing);
	return NULL;
}

struct listing *listing_new_explain(const struct discovery *discovery, const struct table *table,
				    const struct listing_filter *filter)
{
	struct listing *listing = listing_new_bindings(table, filter);

	if (listing)
		listing->discovery = discovery;
	return listing;
}
