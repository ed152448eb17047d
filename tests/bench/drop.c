/* SPDX-License-Identifier: BSD-2-Clause */
#include "drop.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "dotsnoop.skel.h"
#include "fastpath/fastpath.h"

static bool attach(const char *device, int program)
{
	int result =
		program < 0 ? program : bpf_xdp_attach((int)if_nametoindex(device), program, XDP_FLAGS_DRV_MODE, NULL);

	if (result)
		fprintf(stderr, "%s: a program that drops cannot be attached: %s\n", device, strerror(-result));
	return result == 0;
}

bool drop_all(const char *device)
{
	static const struct bpf_insn drop[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_DROP},
		{.code = BPF_JMP | BPF_EXIT},
	};
	AUTO_FD int program = bpf_prog_load(BPF_PROG_TYPE_XDP, "drop", "GPL", drop, sizeof drop / sizeof drop[0], NULL);

	return attach(device, program);
}

/* --- A copy of the agent's program --- */

static int share_map(struct bpf_map *map)
{
	char path[128];

	snprintf(path, sizeof path, FASTPATH_PINS "/maps/%s", bpf_map__name(map));
	AUTO_FD int pinned = bpf_obj_get(path);
	return pinned < 0 ? pinned : bpf_map__reuse_fd(map, pinned);
}

/* All but the compiler's own, which have a dot in their names. */
static int share_maps(const struct dotsnoop_bpf *copy)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, copy->obj)
	{
		int result = strchr(bpf_map__name(map), '.') ? 0 : share_map(map);
		if (result)
			return result;
	}
	return 0;
}

/* Where the agent has the port; -ENODEV: nowhere. */
static int find_slot(const struct dotsnoop_bpf *copy, const char *port)
{
	struct ds_port found;

	for (__u32 slot = 0; slot < DS_PORTS_MAX; slot++)
		if (bpf_map__lookup_elem(copy->maps.ports, &slot, sizeof slot, &found, sizeof found, 0) == 0 &&
		    found.ifindex == if_nametoindex(port))
			return (int)slot;
	return -ENODEV;
}

static int load(struct dotsnoop_bpf *copy, const char *port)
{
	bpf_program__set_autoload(copy->progs.dotsnoop_tc, false);
	int result = share_maps(copy);
	int slot = result ? result : find_slot(copy, port);
	if (slot < 0)
		return slot;
	copy->rodata->port_slot = (__u32)slot;
	copy->rodata->bench_drop = 1;
	copy->rodata->settled_sets = bpf_map__max_entries(copy->maps.settled);
	return dotsnoop_bpf__load(copy);
}

bool drop_passed(const char *port)
{
	libbpf_set_print(NULL); /* it wonders about sections that are libxdp's */
	struct dotsnoop_bpf *copy = dotsnoop_bpf__open();
	int result = copy ? load(copy, port) : -errno;
	bool ok = attach(port, result ? result : bpf_program__fd(copy->progs.dotsnoop_xdp));

	dotsnoop_bpf__destroy(copy);
	return ok;
}

void drop_nothing(const char *device)
{
	bpf_xdp_detach((int)if_nametoindex(device), XDP_FLAGS_DRV_MODE, NULL);
}
