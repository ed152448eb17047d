/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands at this moment? The numbers of all rooms, read once, so that metrics, status and page agree and need no
 * more than this. Its cost grows with ports and peersets, not with bindings.
 */
#ifndef SERVE_SNAPSHOT_H
#define SERVE_SNAPSHOT_H

#include "serve/serve.h"

/* Addresses have one of two families. */
enum snapshot_family {
	SNAPSHOT_V4,
	SNAPSHOT_V6,
	SNAPSHOT_FAMILY_COUNT
};

/* 4 or 6 */
static inline unsigned family_number(enum snapshot_family family)
{
	return family == SNAPSHOT_V4 ? DS_FAMILY_V4 : DS_FAMILY_V6;
}

struct snapshot_port {
	struct port port;
	uint64_t frames[DS_REASON_COUNT]; /* that came in */
	uint64_t sent[DS_REASON_COUNT];   /* by the gateway itself */
	uint64_t messages[SNAPSHOT_FAMILY_COUNT][DS_SIDE_COUNT][DS_TYPES_MAX];
};

/* Bindings by the port on which their server is reached. */
struct snapshot_bindings {
	char port[DS_PORT_NAME_SIZE];
	uint64_t count[SNAPSHOT_FAMILY_COUNT];
};

/* All zero where proofs are switched off. */
struct snapshot_proofs {
	bool enabled;
	struct prober_stats prober;
	struct contests_stats contests;
	bool any_certificate;      /* of a peer that is proven, and ends at some time: */
	uint64_t certificate_left; /* seconds until the soonest of them expires */
};

struct snapshot {
	const char *version;
	uint64_t uptime; /* seconds */

	size_t port_count;
	struct snapshot_port *ports; /* owned */
	uint64_t ring_size, ring_used, ring_records, ring_lost;
	uint64_t settled;

	size_t bindings_count;
	struct snapshot_bindings *bindings_by_port; /* owned */
	size_t counted_count;
	struct table_port *counted; /* owned: as limits.bindings-per-port counts them */
	uint64_t bindings, circuits, offers, peersets, peers;
	uint64_t peers_by_state[SNAPSHOT_FAMILY_COUNT][PEER_STATE_COUNT];

	struct table_stats table;
	struct discovery_stats discovery;
	struct snapshot_proofs proofs;
	struct store_stats store;
};

/* Peers of both families that are in this state. */
static inline uint64_t snapshot_peers_in(const struct snapshot *snapshot, enum peer_state state)
{
	return snapshot->peers_by_state[SNAPSHOT_V4][state] + snapshot->peers_by_state[SNAPSHOT_V6][state];
}

/* Returns 0 or -ENOMEM. The caller owns the snapshot until snapshot_free. */
int snapshot_new(const struct serve_sources *sources, struct snapshot **ret);
void snapshot_free(struct snapshot *snapshot);

/* For those that are declared with a cleanup. */
void snapshot_cleanup(struct snapshot **snapshot);

#endif
