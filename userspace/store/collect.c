/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be stored of a change in the table? */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "store/internal.h"

/* Ids are small numbers; one that is not is none of the table's. */
#define PEERSETS_MAX (1U << 24)

uint32_t tags_of(const struct tags *tags, uint32_t peerset)
{
	return peerset < tags->size ? tags->of[peerset] : 0;
}

static int grow(struct tags *tags, uint32_t needed)
{
	uint32_t size = tags->size ? tags->size : 256;

	while (size < needed)
		size *= 2;
	uint32_t *of = realloc(tags->of, size * sizeof *of);
	if (!of)
		return -ENOMEM;
	memset(of + tags->size, 0, (size - tags->size) * sizeof *of);
	tags->of = of;
	tags->size = size;
	return 0;
}

int tags_set(struct tags *tags, uint32_t peerset, uint32_t tag)
{
	if (peerset >= PEERSETS_MAX)
		return -EINVAL;
	if (peerset >= tags->size && grow(tags, peerset + 1) < 0)
		return -ENOMEM;
	tags->of[peerset] = tag;
	return 0;
}

int collect_gone(struct store *store, enum batch_kind kind, uint32_t first, uint32_t last)
{
	return batch_delete(&store->filling, kind, first, last);
}

int collect_binding(struct store *store, enum batch_operation how, const struct binding *binding)
{
	struct binding_view view;
	uint8_t *room = batch_room(&store->filling, PACK_BINDING_MAX);

	if (!room)
		return -ENOMEM;
	table_view(store->table, binding, &view);
	struct pack_stamp stamp = {store->boots.now.number, tags_of(&store->tags, view.peerset)};
	size_t size = pack_binding(&view, stamp, room);
	if (size) {
		batch_put(&store->filling, how, BATCH_BINDINGS, view.id, size);
		return 0;
	}
	/* Better none than what it was before. */
	log_warning("binding-not-stored circuit=%.64s detail=\"it is too large\"", view.where);
	return collect_gone(store, BATCH_BINDINGS, view.id, view.id);
}

int collect_peerset(struct store *store, enum batch_operation how, const struct peerset *peerset)
{
	uint8_t *room = batch_room(&store->filling, PACK_PEERSET_MAX);

	if (!room)
		return -ENOMEM;
	size_t size = pack_peerset(peerset, room);
	int error = tags_set(&store->tags, peerset->id, pack_tag((struct bytes){room, size}));
	if (error)
		return error;
	batch_put(&store->filling, how, BATCH_PEERSETS, peerset->id, size);
	return 0;
}

/* What happens while the store is behind is in the table, and taken from there when it catches up. */
static bool collects(const struct store *store)
{
	return store->stats.state != STORE_BEHIND && !store->restoring.putting;
}

/* After each change: what cannot be collected, cannot be stored. */
static void collected(struct store *store, int error)
{
	if (error)
		behind_begin(store, error);
	else
		commit_soon(store);
}

static void on_binding(void *context, enum binding_change change, const struct binding *binding, const char *why)
{
	struct store *store = context;
	uint32_t id = binding_id(binding);

	(void)why;
	if (collects(store))
		collected(store, change == BINDING_ENDED ? collect_gone(store, BATCH_BINDINGS, id, id)
							 : collect_binding(store, BATCH_PUT, binding));
}

static void on_extended(void *context, const struct binding *binding)
{
	struct store *store = context;

	if (collects(store))
		collected(store, collect_binding(store, BATCH_PUT, binding));
}

static void on_peerset_created(void *context, struct peerset *peerset)
{
	struct store *store = context;

	if (collects(store))
		collected(store, collect_peerset(store, BATCH_PUT, peerset));
}

static void on_peerset_ended(void *context, struct peerset *peerset)
{
	struct store *store = context;

	if (collects(store))
		collected(store, collect_gone(store, BATCH_PEERSETS, peerset->id, peerset->id));
}

void collect_observe(struct store *store)
{
	store->observer = (struct table_observer){
		.binding = on_binding,
		.extended = on_extended,
		.peerset_created = on_peerset_created,
		.peerset_ended = on_peerset_ended,
		.context = store,
	};
	table_observe(store->table, &store->observer);
}
