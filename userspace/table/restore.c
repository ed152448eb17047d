/* SPDX-License-Identifier: BSD-2-Clause */
/* How does what a store holds come back into the table? Under the ids that it had. */
#include <errno.h>

#include "base/clock.h"
#include "table/internal.h"

static int check(const struct table *table, const struct binding_view *view, const struct table_ahead *ahead)
{
	const struct client_view client = {view->family, view->client, ahead->client};

	if ((view->family != DS_FAMILY_V4 && view->family != DS_FAMILY_V6) || !view->client.size ||
	    view->client.size > BINDING_CLIENT_MAX || view->lease_count > BINDING_LEASES_MAX)
		return -EINVAL;
	if (!slots_get(&table->peersets.slots, view->peerset) || binding_find(table, &client))
		return -EINVAL;
	return 0;
}

static int fill(struct table *table, struct binding *binding, const struct binding_view *view)
{
	int result = leases_set(table, binding, view->leases, view->lease_count);

	if (!result && view->server.family)
		result = binding_set_server(table, binding, &view->server);
	if (result)
		return result;
	binding_set_hw(binding, view->hw);
	binding->withdrawn = view->withdrawn;
	binding->since = (uint32_t)(view->since / NS_PER_SECOND);
	binding->refreshed = view->refreshed;
	binding->lifetime = view->lifetime;
	binding->sighting = view->sighting;
	binding->xid = view->xid;
	binding->settle_key = view->settle_key;
	binding->digest = view->digest;
	return binding_arm(table, binding);
}

int table_expect(struct table *table, size_t bindings)
{
	size_t count = bindings < table->limits.bindings ? bindings : table->limits.bindings;
	int result = index_expect(&table->bindings.index, count);

	if (!result)
		result = index_expect(&table->circuits.index, count);
	return result ? result : index_expect(&table->addresses, count);
}

struct table_ahead table_restore_ahead(const struct table *table, const struct binding_view *view)
{
	const struct client_view client = {view->family, view->client, 0};

	return ahead_of(table, &client, view->where, view->leases, view->lease_count);
}

int table_restore_binding(struct table *table, const struct binding_view *view, const struct table_ahead *ahead)
{
	int result = check(table, view, ahead);

	if (result)
		return result;
	struct peerset *peerset = slots_get(&table->peersets.slots, view->peerset);
	struct binding_seed seed = {
		.view = {view->family, view->client, ahead->client},
		.hw_is_client = bytes_equal(view->hw, view->client),
		.id = view->id,
		.circuit = view->where,
		.circuit_hash = ahead->circuit,
		.peerset = peerset,
		.leases = view->leases,
		.lease_count = view->lease_count,
	};
	struct binding *binding;
	peerset_join(table, peerset);
	result = binding_new(table, &seed, &binding);
	if (result) {
		peerset_leave(table, peerset);
		return result;
	}
	result = fill(table, binding, view);
	if (result)
		binding_end(table, binding, "out of memory");
	return result;
}

void table_restored(struct table *table)
{
	struct peerset *peerset;

	table->restoring = false;
	for (uint32_t cursor = 0; (peerset = slots_next(&table->peersets.slots, &cursor));)
		if (!peerset->bindings)
			peerset_drop(table, peerset);
}
