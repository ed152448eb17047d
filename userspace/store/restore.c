/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does what is stored come back into the table? Peersets at once, for they are few, then bindings piece by piece.
 * Whatever does not come back leaves the store, too: with the first batch after it.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/internal.h"

static int restore_peerset(struct store *store, uint32_t id, struct bytes value, struct offer *offer)
{
	struct peerset_key key;
	int error = unpack_peerset(value, &key, offer);

	if (!error)
		error = table_restore_peerset(store->table, id, &key, offer);
	if (!error)
		error = tags_set(&store->tags, id, pack_tag(value));
	/* Without its tag its bindings are refused, and with them it goes. */
	return error == -ENOMEM ? error : 0;
}

static int restore_peersets(struct store *store)
{
	AUTO_FREE struct offer *offer = calloc(1, sizeof *offer);
	struct disk_walk walk = {0};
	struct bytes value;
	uint32_t id;

	if (!offer)
		return -ENOMEM;
	int more = disk_walk_open(&store->disk, BATCH_PEERSETS, &walk);
	while (more >= 0 && (more = disk_walk_next(&walk, &id, &value)) > 0) {
		int error = restore_peerset(store, id, value, offer);
		if (error)
			more = error;
	}
	disk_walk_close(&walk);
	return more;
}

/* Its end by the store is past. Has the kernel seen its reply repeated since? */
static bool has_gone_on(struct store *store, struct binding_view *view)
{
	const struct store_options *options = &store->options;
	uint64_t now = store->boots.source->boot();

	if (!options->repeated || !view->settle_key)
		return false;
	uint64_t repeated = options->repeated(options->context, view->settle_key, view->digest);
	if (repeated <= view->refreshed)
		return false;
	view->refreshed = repeated < now ? repeated : now;
	view->expires = view->refreshed + view->lifetime * NS_PER_SECOND;
	return view->expires > now;
}

/* What the table holds under that id now is what the store is to hold. */
static int correct(struct store *store, uint32_t id)
{
	const struct binding *binding = table_binding(store->table, id);

	return binding ? collect_binding(store, BATCH_PUT, binding) : collect_gone(store, BATCH_BINDINGS, id, id);
}

static int put_back(struct store *store, const struct binding_view *view)
{
	store->restoring.putting = true;
	int error = table_restore_binding(store->table, view);
	store->restoring.putting = false;
	return error;
}

static bool belongs(struct store *store, const struct binding_view *view, struct pack_stamp stamp)
{
	return stamp.tag && stamp.tag == tags_of(&store->tags, view->peerset);
}

static int restore_binding(struct store *store, uint32_t id, struct bytes value)
{
	struct store_stats *stats = &store->stats;
	struct binding_view view;
	struct pack_stamp stamp;
	bool over = false;

	if (unpack_binding(id, value, &view, &stamp) < 0 || !belongs(store, &view, stamp) ||
	    !boots_translate(&store->boots, stamp.boot, &view, &over)) {
		stats->refused++;
		return correct(store, id);
	}
	bool gone_on = over && stamp.boot == store->boots.now.number && has_gone_on(store, &view);
	if (over && !gone_on) {
		stats->expired++;
		if (store->options.forgotten)
			store->options.forgotten(store->options.context, view.settle_key);
		return correct(store, id);
	}
	int error = put_back(store, &view);
	if (error == -ENOMEM)
		return error;
	*(error ? &stats->refused : &stats->restored) += 1;
	return error || gone_on ? correct(store, id) : 0;
}

/* Peersets that no binding has come back for, and boots that nothing is of. */
static int drop_unused(struct store *store)
{
	struct disk_walk walk = {0};
	struct bytes value;
	uint32_t id;
	int error = 0, more = disk_walk_open(&store->disk, BATCH_PEERSETS, &walk);

	while (!error && more >= 0 && (more = disk_walk_next(&walk, &id, &value)) > 0)
		if (!table_peerset(store->table, id))
			error = collect_gone(store, BATCH_PEERSETS, id, id);
	disk_walk_close(&walk);
	for (size_t i = 0; !error && i < store->boots.count; i++) {
		const struct boot *boot = &store->boots.known[i];

		if (!boot->used && boot->number != store->boots.now.number)
			error = collect_gone(store, BATCH_BOOTS, boot->number, boot->number);
	}
	return error ? error : more;
}

static void say_what_was_restored(const struct store *store)
{
	const struct store_stats *stats = &store->stats;

	log_info("store-restored path=%s bindings=%llu expired=%llu refused=%llu", store->path,
		 (unsigned long long)stats->restored, (unsigned long long)stats->expired,
		 (unsigned long long)stats->refused);
	if (stats->refused)
		log_warning("store-refused path=%s bindings=%llu detail=\"over limits.bindings or another limit, or "
			    "written while the store was not up to date\"",
			    store->path, (unsigned long long)stats->refused);
}

static int finish(struct store *store)
{
	restore_stop(store);
	table_restored(store->table);
	int error = drop_unused(store);
	if (error)
		return error;
	say_what_was_restored(store);
	store->restoring.done = true;
	/* It may have been behind before, for want of memory. */
	if (store->stats.state == STORE_LOADING)
		store->stats.state = STORE_CURRENT;
	commit_when_due(store);
	return 0;
}

static int begin(struct store *store)
{
	int error = restore_peersets(store);

	if (error)
		return error;
	store->restoring.begun = true;
	error = disk_walk_open(&store->disk, BATCH_BINDINGS, &store->restoring.walk);
	return error ? error : table_expect(store->table, disk_walk_count(&store->restoring.walk));
}

/* Returns 1 when there is more, 0 at the end, or an error. */
static int restore_some(struct store *store, size_t count)
{
	struct bytes value;
	uint32_t id;
	int more = 1;

	for (size_t i = 0; i < count && more > 0; i++) {
		more = disk_walk_next(&store->restoring.walk, &id, &value);
		int error = more > 0 ? restore_binding(store, id, value) : 0;
		if (error)
			more = error;
	}
	return more;
}

int store_restore(struct store *store, size_t count)
{
	if (store->restoring.done)
		return 0;
	int more = store->restoring.begun ? 0 : begin(store);
	if (!more)
		more = restore_some(store, count);
	if (!more)
		more = finish(store);
	return more < 0 ? disk_errno(more) : more;
}

void restore_stop(struct store *store)
{
	disk_walk_close(&store->restoring.walk);
}
