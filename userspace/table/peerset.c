/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose discovery is the same? Bindings with equal offer, family, port, resolvers and domains share one peerset. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "table/internal.h"

struct peerset_view {
	const struct peerset_key *key;
	struct stored_offer *offer; /* NULL: none */
};

/* What is hashed and compared of a key: nothing of the room for domains that there are not, which is most of it. */
static size_t key_size(const struct peerset_key *key)
{
	return offsetof(struct peerset_key, domains) + key->domain_count * sizeof *key->domains;
}

static uint64_t hash_view(const struct table *table, const struct peerset_view *view)
{
	uint64_t parts[2] = {hash_bytes(&table->key, view->key, key_size(view->key)),
			     view->offer ? view->offer->id : INDEX_NONE};

	return hash_bytes(&table->key, parts, sizeof parts);
}

static bool match_view(const void *slots, uint32_t id, const void *key)
{
	const struct peerset_view *wanted = key;
	const struct peerset *peerset = slots_get(slots, id);

	/* Keys of different sizes differ before the end of the shorter one: in their number of domains. */
	return peerset->offer == wanted->offer && memcmp(&peerset->key, wanted->key, key_size(wanted->key)) == 0;
}

/* Keys are compared as bytes, so what is not used in them is zero. */
static struct peerset_key key_of(const struct table_update *update)
{
	const struct dhcp_message *message = update->message;
	struct peerset_key key;

	memset(&key, 0, offsetof(struct peerset_key, domains));
	key.family = message->record->family;
	strncpy(key.port, update->port, sizeof key.port - 1);
	strncpy(key.access, update->access, sizeof key.access - 1);
	key.resolver_count = (uint8_t)message->resolver_count;
	memcpy(key.resolvers, message->resolvers, message->resolver_count * sizeof *key.resolvers);
	key.domain_count = (uint8_t)message->domain_count;
	memcpy(key.domains, message->domains, message->domain_count * sizeof *key.domains);
	return key;
}

/* A new one without bindings; *id TABLE_NONE: under an id of its own. */
static int peerset_new(struct table *table, uint32_t id, const struct peerset_view *view, struct peerset **ret)
{
	if (table->peersets.slots.count >= table->limits.peersets)
		return -ENOSPC;
	AUTO_FREE struct peerset *peerset = calloc(1, sizeof *peerset);
	if (!peerset)
		return -ENOMEM;
	memcpy(&peerset->key, view->key, key_size(view->key));
	peerset->offer = view->offer;
	peerset->id = id;
	int result = port_get(table, *peerset->key.access ? peerset->key.access : peerset->key.port, &peerset->counted);
	if (!result)
		result = shelf_add(&table->peersets, hash_view(table, view), peerset, &peerset->id);
	if (result)
		return result;
	if (peerset->offer)
		peerset->offer->references++;
	*ret = take(peerset);
	return 0;
}

/* An offer that is absent is withdrawn only if the client asked for it (RFC 8973 5.2.3), and may be. */
static bool is_kept(const struct table *table, const struct binding *binding, const struct table_update *update)
{
	const struct dhcp_message *message = update->message;

	if (message->offer.name.length || message->offer.address_count || !peerset_of(table, binding)->offer)
		return false;
	return update->frozen || (!message->offer.present &&
				  !(message->record->requested & (DS_REQUESTED_NAME | DS_REQUESTED_ADDRESSES)));
}

/* The offer that holds from now on, with one more reference; NULL: none. `binding` is NULL for a new client. */
static int offer_of(struct table *table, const struct binding *binding, const struct table_update *update,
		    struct stored_offer **ret)
{
	if (!binding || !is_kept(table, binding, update))
		return offer_get(table, &update->message->offer, ret);
	*ret = peerset_of(table, binding)->offer;
	(*ret)->references++;
	return 0;
}

struct peerset *peerset_of(const struct table *table, const struct binding *binding)
{
	return slots_get(&table->peersets.slots, binding->peerset);
}

void peerset_join(struct table *table, struct peerset *peerset)
{
	table->ports[peerset->counted].bindings++;
	if (!peerset->bindings++)
		tell_peerset_created(table, peerset);
}

int peerset_get(struct table *table, const struct binding *binding, const struct table_update *update,
		struct peerset **ret)
{
	struct peerset_key key = key_of(update);
	struct peerset_view view = {.key = &key};
	int result = offer_of(table, binding, update, &view.offer);

	if (result)
		return result;
	*ret = shelf_find(&table->peersets, hash_view(table, &view), match_view, &view);
	if (!*ret)
		result = peerset_new(table, TABLE_NONE, &view, ret);
	if (!result)
		peerset_join(table, *ret);
	else if (result == -ENOSPC)
		table->stats.refused_offer++;
	offer_put(table, view.offer); /* the peerset has its own reference */
	return result;
}

void peerset_drop(struct table *table, struct peerset *peerset)
{
	struct peerset_view view = {&peerset->key, peerset->offer};

	shelf_remove(&table->peersets, hash_view(table, &view), peerset->id);
	offer_put(table, peerset->offer);
	free(peerset->peers);
	free(peerset);
}

/* Returns whether it was the last. */
static bool leave(struct table *table, struct peerset *peerset)
{
	table->ports[peerset->counted].bindings--;
	if (--peerset->bindings)
		return false;
	tell_peerset_ended(table, peerset);
	return true;
}

void peerset_leave(struct table *table, struct peerset *peerset)
{
	leave(table, peerset);
}

void peerset_put(struct table *table, struct peerset *peerset)
{
	if (leave(table, peerset) && !table->restoring) /* more of its bindings may come: table_restored looks */
		peerset_drop(table, peerset);
}

int table_restore_peerset(struct table *table, uint32_t id, const struct peerset_key *key, const struct offer *offer)
{
	struct peerset_view view = {.key = key};
	struct peerset *peerset;

	if (key->resolver_count > MESSAGE_RESOLVERS_MAX || key->domain_count > MESSAGE_DOMAINS_MAX)
		return -EINVAL;
	table->restoring = true;
	int result = offer_get(table, offer, &view.offer);
	if (result)
		return result;
	if (shelf_find(&table->peersets, hash_view(table, &view), match_view, &view))
		result = -EINVAL;
	else
		result = peerset_new(table, id, &view, &peerset);
	offer_put(table, view.offer);
	return result;
}

int table_set_peers(struct table *table, struct peerset *peerset, const struct peer *peers, size_t count)
{
	struct peer *copy = calloc(count ? count : 1, sizeof *copy);

	if (!copy)
		return -ENOMEM;
	if (count)
		memcpy(copy, peers, count * sizeof *copy);
	free(peerset->peers);
	peerset->peers = copy;
	peerset->peer_count = count;
	tell_peerset_changed(table, peerset);
	return 0;
}

static bool same_proof(const struct peer_proof *a, const struct peer_proof *b)
{
	return a->known == b->known && a->state == b->state && a->transport == b->transport && a->detail == b->detail &&
	       a->expires == b->expires;
}

void table_set_proof(struct table *table, struct peerset *peerset, struct peer *peer, const struct peer_proof *proof)
{
	if (same_proof(&peer->proof, proof))
		return;
	peer->proof = *proof;
	tell_peer_changed(table, peerset, peer);
}
