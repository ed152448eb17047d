/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* On which circuit did the client ask? Requests on access ports are noted, replies on the uplink look them up. */
#ifndef BPF_CLIENTS_H
#define BPF_CLIENTS_H

#include "maps.h"

static __always_inline void clients_note(const struct ds_client_key *key, const struct ds_circuit *circuit)
{
	struct ds_client client = {.time = bpf_ktime_get_boot_ns(), .circuit = *circuit};

	bpf_map_update_elem(&clients, key, &client, BPF_ANY);
}

/* Fills *asked; all zero when no request of this client and transaction was seen. */
static __always_inline void clients_find(const struct ds_client_key *key, struct ds_circuit *asked)
{
	const struct ds_client *client = bpf_map_lookup_elem(&clients, key);

	if (client)
		*asked = client->circuit;
	else
		__builtin_memset(asked, 0, sizeof *asked);
}

#endif
