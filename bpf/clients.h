/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* On which circuit did the client ask, and for what? Requests on access ports are noted, replies look them up. */
#ifndef BPF_CLIENTS_H
#define BPF_CLIENTS_H

#include "maps.h"
#include "policy.h"

/* Notes a request. False when its client is new, and there are too many of those on this port just now. */
static __always_inline bool clients_note(const struct ds_client_key *key, const struct ds_circuit *circuit,
					 __u8 requested)
{
	struct ds_client client = {
		.time = bpf_ktime_get_boot_ns(),
		.circuit = *circuit,
		.requested = requested | DS_REQUESTED_KNOWN,
	};
	struct ds_buckets *b = policy_buckets();

	if (!bpf_map_lookup_elem(&clients, key) && b && !policy_admits(&b->clients, CLIENTS_INTERVAL, CLIENTS_BURST))
		return false;
	bpf_map_update_elem(&clients, key, &client, BPF_ANY);
	return true;
}

/* Fills in where the client of this record asked, and for what; all zero when its request was not seen. */
static __always_inline void clients_find(const struct ds_client_key *key, struct ds_record *record)
{
	const struct ds_client *client = bpf_map_lookup_elem(&clients, key);

	if (client) {
		record->asked = client->circuit;
		record->requested = client->requested;
	} else {
		__builtin_memset(&record->asked, 0, sizeof record->asked);
		record->requested = 0;
	}
}

#endif
