/* SPDX-License-Identifier: BSD-2-Clause */
/* Which port has which slot? The maps' entries of a port, from taking a slot to giving it back. */
#include <errno.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

bool slot_is_taken(const struct loaded_port *loaded)
{
	return loaded->port.key.ifindex;
}

struct loaded_port *slot_find(struct fastpath *fastpath, const char *name)
{
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		struct loaded_port *loaded = &fastpath->ports[slot];
		if (slot_is_taken(loaded) && strcmp(loaded->port.key.name, name) == 0)
			return loaded;
	}
	return NULL;
}

int slot_take(struct fastpath *fastpath, struct fastpath_error *error)
{
	for (int slot = 0; slot < DS_PORTS_MAX; slot++)
		if (!slot_is_taken(&fastpath->ports[slot]))
			return slot;
	return fail(error, -ENOSPC, "no more than %d ports can be watched: remove some", DS_PORTS_MAX);
}

int slot_publish(struct fastpath *fastpath, unsigned slot)
{
	return bpf_map__update_elem(fastpath->maps->maps.ports, &slot, sizeof slot, &fastpath->ports[slot].port.key,
				    sizeof(struct ds_port), BPF_ANY);
}

void slot_note(struct fastpath *fastpath, struct loaded_port *loaded, uint8_t undo)
{
	if (undo == loaded->port.key.undo)
		return;
	loaded->port.key.undo = undo;
	slot_publish(fastpath, loaded->port.slot);
}

/* Counters start from zero with each port that takes the slot. */
static int reset_counters(const struct bpf_map *map, unsigned slot)
{
	size_t size = bpf_map__value_size(map) * (size_t)libbpf_num_possible_cpus();
	void *zero = calloc(1, size);
	int result = zero ? bpf_map__update_elem(map, &slot, sizeof slot, zero, size, BPF_ANY) : -ENOMEM;

	free(zero);
	return result;
}

int slot_fill(struct fastpath *fastpath, unsigned slot, const char *name, unsigned ifindex, enum ds_role role,
	      enum ds_mode mode)
{
	struct loaded_port *loaded = &fastpath->ports[slot];

	memset(&loaded->port, 0, sizeof loaded->port);
	loaded->port.slot = slot;
	loaded->port.key = (struct ds_port){
		.ifindex = ifindex,
		.role = (__u8)role,
		.mode = (__u8)mode,
		.servers_only = fastpath->servers_only,
	};
	strncpy(loaded->port.key.name, name, DS_PORT_NAME_SIZE - 1);

	int result = reset_counters(fastpath->maps->maps.counters, slot);
	if (!result)
		result = reset_counters(fastpath->maps->maps.counters, slot + DS_PORTS_MAX);
	if (!result)
		result = reset_counters(fastpath->maps->maps.messages, slot);
	return result ? result : slot_publish(fastpath, slot);
}

void slot_close(struct loaded_port *loaded)
{
	if (loaded->xdp)
		xdp_program__close(loaded->xdp);
	if (loaded->skeleton)
		dotsnoop_bpf__destroy(loaded->skeleton);
	memset(loaded, 0, sizeof *loaded);
}

void slot_free(struct fastpath *fastpath, unsigned slot)
{
	struct loaded_port *loaded = &fastpath->ports[slot];

	if (fastpath->pins >= 0)
		pins_drop_port(loaded->port.key.name);
	slot_close(loaded);
	slot_publish(fastpath, slot);
}

const struct port *fastpath_port(const struct fastpath *fastpath, unsigned slot)
{
	if (slot >= DS_PORTS_MAX || !slot_is_taken(&fastpath->ports[slot]))
		return NULL;
	return &fastpath->ports[slot].port;
}

const char *fastpath_port_name(const struct fastpath *fastpath, unsigned ifindex)
{
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		const struct loaded_port *loaded = &fastpath->ports[slot];
		if (slot_is_taken(loaded) && loaded->port.key.ifindex == ifindex)
			return loaded->port.key.name;
	}
	return NULL;
}
