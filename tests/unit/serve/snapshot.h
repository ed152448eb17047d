/* SPDX-License-Identifier: BSD-2-Clause */
/* What might stand at some moment? A snapshot by hand, with a port whose name no one should trust. */
#ifndef TESTS_UNIT_SERVE_SNAPSHOT_H
#define TESTS_UNIT_SERVE_SNAPSHOT_H

#include "../unit.h"
#include "serve/snapshot.h"

#define HOSTILE_PORT "a\"\\<b>\xff\n"

static inline struct snapshot *snapshot_example(void)
{
	static struct snapshot_port ports[2];
	static struct snapshot_bindings bindings[] = {{.port = "eth0", .count = {7, 5}}};
	static struct table_port counted[] = {{.name = "access1", .bindings = 12}};
	static struct snapshot snapshot;

	ports[0] = (struct snapshot_port){
		.port = {.key = {.ifindex = 3, .name = "eth0"},
			 .attached = ATTACH_NATIVE,
			 .dispatcher = true,
			 .egress = EGRESS_TCX},
		.frames = {[DS_REASON_not_udp] = 100, [DS_REASON_captured] = 12, [DS_REASON_lost] = 2},
	};
	ports[0].messages[SNAPSHOT_V4][DS_SIDE_CLIENT][DHCP4_ACK] = 9;
	ports[0].messages[SNAPSHOT_V4][DS_SIDE_RELAY][63] = 4;
	ports[0].messages[SNAPSHOT_V6][DS_SIDE_CLIENT][DHCP6_REPLY] = UINT64_MAX / 2;
	ports[1] = (struct snapshot_port){
		.port = {.key = {.ifindex = 4, .role = DS_ROLE_ACCESS, .mode = DS_MODE_ENFORCE, .name = HOSTILE_PORT},
			 .slot = 5,
			 .attached = ATTACH_GENERIC},
		.frames = {[DS_REASON_rogue] = 3},
	};
	snapshot = (struct snapshot){
		.version = "1.2.3",
		.uptime = 93784,
		.port_count = 2,
		.ports = ports,
		.ring_size = 1 << 20,
		.ring_used = 4096,
		.ring_records = 12,
		.ring_lost = 2,
		.settled = 40,
		.bindings_count = 1,
		.bindings_by_port = bindings,
		.counted_count = 1,
		.counted = counted,
		.bindings = 12,
		.circuits = 4,
		.offers = 3,
		.peersets = 4,
		.peers = 6,
		.peers_by_state = {[SNAPSHOT_V4] = {[PEER_DISCOVERED] = 5, [PEER_PROVEN] = 2},
				   [SNAPSHOT_V6] = {[PEER_UNRESOLVED] = 1, [PEER_PROVEN] = 1, [PEER_REFUSED] = 4}},
		.table = {.changes = {[BINDING_CREATED] = 12},
			  .refused_limit = 1,
			  .refused_port = 2,
			  .refused_offer = 3,
			  .discards = {[DISCARD_loopback] = 8}},
		.discovery = {.results = {[METHOD_DHCP] = {[RESOLUTION_FOUND] = 3}},
			      .buckets = {[1] = 2, [RESOLUTION_BUCKET_COUNT - 1] = 1},
			      .duration_sum = 12.5,
			      .searches_running = 512,
			      .searches_waiting = 1488},
		.proofs = {.enabled = true,
			   .prober = {.outcomes = {[TRANSPORT_UDP] = {[REASON_PROVEN] = 3, [REASON_WRONG_NAME] = 2},
						   [TRANSPORT_TCP] = {[REASON_SILENT] = 1}},
				      .times = {[1] = 2, [PROBER_BOUND_COUNT] = 1},
				      .time_sum = 10500 * 1000000ULL,
				      .started = 8,
				      .resumed = 1,
				      .shared = 90,
				      .over_budget = 6,
				      .waiting = 14,
				      .in_flight = 5},
			   .contests = {.backtracks = {[REASON_WRONG_NAME] = 2, [REASON_INTERNAL] = 99}},
			   .any_certificate = true,
			   .certificate_left = 86399},
		.store = {.state = STORE_BEHIND,
			  .commits = 70,
			  .failures = 9,
			  .buckets = {[2] = 68, [STORE_COMMIT_BUCKET_COUNT - 1] = 2},
			  .duration_sum = 13.25,
			  .restored = 30,
			  .expired = 5,
			  .refused = 1,
			  .pending = 65536,
			  .size = 1 << 24},
	};
	return &snapshot;
}

#endif
