/* SPDX-License-Identifier: BSD-2-Clause */
/* How do maps and programs come into the kernel? The maps once; the programs once a port, since each knows its slot. */
#include <errno.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

/* The compiler's own sections (.rodata) are the only maps with a dot in their names. */
bool map_is_shared(const struct bpf_map *map)
{
	return !strchr(bpf_map__name(map), '.');
}

/* Of four places, clients take three at most: most find one in their first set, and nearly nobody has to move. */
static __u32 sets_for(size_t clients)
{
	return (__u32)(clients * 4 / 3 / DS_SETTLED_PLACES + 1);
}

int open_maps(const struct fastpath_options *options, struct dotsnoop_bpf **ret, struct fastpath_error *error)
{
	struct dotsnoop_bpf *maps = dotsnoop_bpf__open();

	if (!maps)
		return fail(error, -errno, "cannot open the BPF object: %s", strerror(errno));
	bpf_program__set_autoload(maps->progs.dotsnoop_xdp, false);
	bpf_program__set_autoload(maps->progs.dotsnoop_tc, false);
	bpf_map__set_max_entries(maps->maps.records, (__u32)options->ring_size);
	if (options->clients_max)
		bpf_map__set_max_entries(maps->maps.settled, sets_for(options->clients_max));
	*ret = maps;
	return 0;
}

int load_maps(struct dotsnoop_bpf *maps, struct fastpath_error *error)
{
	int result = dotsnoop_bpf__load(maps);

	return result ? fail(error, result, "the kernel does not take the BPF maps: %s", strerror(-result)) : 0;
}

static int share_maps(const struct dotsnoop_bpf *from, const struct dotsnoop_bpf *copy)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, copy->obj)
	{
		if (!map_is_shared(map))
			continue;
		const struct bpf_map *owner = bpf_object__find_map_by_name(from->obj, bpf_map__name(map));
		int result = bpf_map__reuse_fd(map, bpf_map__fd(owner));
		if (result)
			return result;
	}
	return 0;
}

int load_copy(struct fastpath *fastpath, unsigned slot, struct dotsnoop_bpf **ret, struct fastpath_error *error)
{
	struct dotsnoop_bpf *copy = dotsnoop_bpf__open();

	if (!copy)
		return fail(error, -errno, "cannot open the BPF object: %s", strerror(errno));
	copy->rodata->port_slot = slot;
	copy->rodata->bench_drop = fastpath->bench_drop;
	copy->rodata->settled_sets = bpf_map__max_entries(fastpath->maps->maps.settled);
	int result = share_maps(fastpath->maps, copy);
	if (result) {
		dotsnoop_bpf__destroy(copy);
		return fail(error, result, "cannot share the BPF maps: %s", strerror(-result));
	}
	*ret = copy;
	return 0;
}
