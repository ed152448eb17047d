/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands at this moment? */
#include "serve/snapshot.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"

/* What cannot be read has counted nothing. */
static void read_frames(const struct fastpath *fastpath, unsigned slot, uint64_t frames[DS_REASON_COUNT])
{
	struct ds_counters counters = {0};

	fastpath_counters(fastpath, slot, &counters);
#define X(id, help) frames[DS_REASON_##id] = counters.id;
	DS_REASONS(X)
#undef X
}

static void read_counters(const struct fastpath *fastpath, struct snapshot_port *port)
{
	struct ds_messages messages;

	read_frames(fastpath, port->port.slot, port->frames);
	read_frames(fastpath, port->port.slot + DS_PORTS_MAX, port->sent);
	if (fastpath_messages(fastpath, port->port.slot, &messages) == 0) {
		memcpy(port->messages[SNAPSHOT_V4], messages.v4, sizeof messages.v4);
		memcpy(port->messages[SNAPSHOT_V6], messages.v6, sizeof messages.v6);
	}
}

static uint64_t sum_of(const struct snapshot_port *port, enum ds_reason reason)
{
	return port->frames[reason] + port->sent[reason];
}

static int read_ports(const struct fastpath *fastpath, struct snapshot *snapshot)
{
	struct ring_state ring = {0};

	snapshot->ports = calloc(DS_PORTS_MAX, sizeof *snapshot->ports);
	if (!snapshot->ports)
		return -ENOMEM;
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		const struct port *port = fastpath_port(fastpath, slot);
		struct snapshot_port *shown = &snapshot->ports[snapshot->port_count];
		if (!port)
			continue;
		snapshot->port_count++;
		shown->port = *port;
		read_counters(fastpath, shown);
		snapshot->ring_records += sum_of(shown, DS_REASON_captured);
		snapshot->ring_lost += sum_of(shown, DS_REASON_lost);
		snapshot->settled += sum_of(shown, DS_REASON_settled);
	}
	fastpath_ring_state(fastpath, &ring);
	snapshot->ring_size = ring.size;
	snapshot->ring_used = ring.used;
	return 0;
}

/* The counts of a port, which begin at zero; NULL: out of memory. */
static struct snapshot_bindings *bindings_of(struct snapshot *snapshot, const char *port)
{
	struct snapshot_bindings *at = snapshot->bindings_by_port;

	for (size_t i = 0; i < snapshot->bindings_count; i++)
		if (strncmp(at[i].port, port, DS_PORT_NAME_SIZE) == 0)
			return &at[i];

	at = reallocarray(at, snapshot->bindings_count + 1, sizeof *at);
	if (!at)
		return NULL;
	snapshot->bindings_by_port = at;
	at += snapshot->bindings_count++;
	*at = (struct snapshot_bindings){0};
	memccpy(at->port, port, '\0', sizeof at->port - 1);
	return at;
}

static int read_peerset(struct snapshot *snapshot, const struct peerset *peerset)
{
	enum snapshot_family family = peerset->key.family == DS_FAMILY_V4 ? SNAPSHOT_V4 : SNAPSHOT_V6;
	struct snapshot_bindings *bindings = bindings_of(snapshot, peerset->key.port);

	if (!bindings)
		return -ENOMEM;
	bindings->count[family] += peerset->bindings;
	snapshot->peers += peerset->peer_count;
	for (size_t i = 0; i < peerset->peer_count; i++)
		snapshot->peers_by_state[family][peer_state(&peerset->peers[i])]++;
	return 0;
}

static int read_counted(const struct table *table, struct snapshot *snapshot)
{
	const struct table_port *port;

	for (uint32_t cursor = 0; (port = table_next_port(table, &cursor));) {
		struct table_port *at = reallocarray(snapshot->counted, snapshot->counted_count + 1, sizeof *at);
		if (!at)
			return -ENOMEM;
		snapshot->counted = at;
		at[snapshot->counted_count++] = *port;
	}
	return 0;
}

static int read_table(const struct table *table, struct snapshot *snapshot)
{
	const struct peerset *peerset;

	/* A port that is believed has a count, even when it is zero. */
	for (size_t i = 0; i < snapshot->port_count; i++) {
		const struct ds_port *port = &snapshot->ports[i].port.key;
		if (port->role == DS_ROLE_UPLINK && !bindings_of(snapshot, port->name))
			return -ENOMEM;
	}
	for (uint32_t cursor = 0; (peerset = table_next_peerset(table, &cursor));)
		if (read_peerset(snapshot, peerset))
			return -ENOMEM;
	snapshot->bindings = table_binding_count(table);
	snapshot->circuits = table_circuit_count(table);
	snapshot->offers = table_offer_count(table);
	snapshot->peersets = table_peerset_count(table);
	snapshot->table = *table_stats(table);
	return read_counted(table, snapshot);
}

static void read_proofs(const struct serve_sources *sources, struct snapshot_proofs *proofs)
{
	uint64_t now = clock_boot(), soonest;

	if (!sources->prober)
		return;
	proofs->enabled = true;
	prober_stats(sources->prober, &proofs->prober);
	soonest = proofs->prober.soonest_expiry;
	proofs->any_certificate = soonest != TABLE_NEVER;
	if (proofs->any_certificate && soonest > now)
		proofs->certificate_left = (soonest - now) / NS_PER_SECOND;
	if (sources->contests)
		proofs->contests = *contests_stats(sources->contests);
}

int snapshot_new(const struct serve_sources *sources, struct snapshot **ret)
{
	CLEANUP(snapshot_cleanup) struct snapshot *snapshot = calloc(1, sizeof *snapshot);

	if (!snapshot)
		return -ENOMEM;
	snapshot->version = DOTSNOOP_VERSION;
	snapshot->uptime = (clock_boot() - sources->started) / NS_PER_SECOND;
	if (read_ports(sources->fastpath, snapshot) || read_table(sources->table, snapshot))
		return -ENOMEM;
	snapshot->discovery = *discovery_stats(sources->discovery);
	read_proofs(sources, &snapshot->proofs);
	if (sources->store)
		snapshot->store = *store_stats(sources->store);
	*ret = take(snapshot);
	return 0;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	free(snapshot->ports);
	free(snapshot->bindings_by_port);
	free(snapshot->counted);
	free(snapshot);
}

void snapshot_cleanup(struct snapshot **snapshot)
{
	snapshot_free(*snapshot);
}
