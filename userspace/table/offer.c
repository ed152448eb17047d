/* SPDX-License-Identifier: BSD-2-Clause */
/* Have we stored this offer before? Equal name and equal addresses in equal order are one offer. */
#include <errno.h>
#include <stdlib.h>

#include "table/internal.h"

/* An offer's identity as bytes: the name, a NUL, the addresses. */
struct offer_view {
	const struct name *name;
	const struct address *addresses;
	size_t count;
};

static struct offer_view view_of(const struct stored_offer *offer)
{
	return (struct offer_view){&offer->name, offer->addresses, offer->address_count};
}

static uint64_t hash_view(const struct table *table, const struct offer_view *view)
{
	uint64_t parts[2] = {
		hash_bytes(&table->key, view->name->text, view->name->length),
		hash_bytes(&table->key, view->addresses, view->count * sizeof *view->addresses),
	};

	return hash_bytes(&table->key, parts, sizeof parts);
}

static bool equal_views(const struct offer_view *a, const struct offer_view *b)
{
	return a->count == b->count && a->name->length == b->name->length &&
	       memcmp(a->name->text, b->name->text, b->name->length) == 0 &&
	       memcmp(a->addresses, b->addresses, b->count * sizeof *b->addresses) == 0;
}

static bool match_view(const void *slots, uint32_t id, const void *key)
{
	const struct offer_view is = view_of(slots_get(slots, id));

	return equal_views(&is, key);
}

bool offer_is(const struct stored_offer *stored, const struct offer *offer)
{
	struct offer_view view = {&offer->name, offer->addresses, offer->address_count};

	if (!stored)
		return !view.name->length && !view.count;
	const struct offer_view is = view_of(stored);
	return equal_views(&is, &view);
}

static int offer_new(struct table *table, uint64_t hash, const struct offer_view *view, struct stored_offer **ret)
{
	struct stored_offer *stored = calloc(1, sizeof *stored + view->count * sizeof *view->addresses);

	if (!stored)
		return -ENOMEM;
	stored->name = *view->name;
	stored->address_count = view->count;
	memcpy(stored->addresses, view->addresses, view->count * sizeof *view->addresses);
	stored->id = TABLE_NONE;
	if (shelf_add(&table->offers, hash, stored, &stored->id)) {
		free(stored);
		return -ENOMEM;
	}
	*ret = stored;
	return 0;
}

/* Among all; makes it if need be. */
static int look_up(struct table *table, const struct offer_view *view, struct stored_offer **ret)
{
	uint64_t hash = hash_view(table, view);

	*ret = shelf_find(&table->offers, hash, match_view, view);
	int result = *ret ? 0 : offer_new(table, hash, view, ret);
	if (!result)
		shelf_note(&table->offers, (*ret)->id);
	return result;
}

int offer_get(struct table *table, const struct offer *offer, struct stored_offer **ret)
{
	struct offer_view view = {&offer->name, offer->addresses, offer->address_count};

	*ret = NULL;
	if (!view.name->length && !view.count)
		return 0;
	*ret = shelf_recall(&table->offers, match_view, &view);
	int result = *ret ? 0 : look_up(table, &view, ret);
	if (!result)
		(*ret)->references++;
	return result;
}

void offer_put(struct table *table, struct stored_offer *offer)
{
	if (!offer || --offer->references)
		return;
	struct offer_view view = view_of(offer);

	shelf_remove(&table->offers, hash_view(table, &view), offer->id);
	free(offer);
}
