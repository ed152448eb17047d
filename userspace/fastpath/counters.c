/* SPDX-License-Identifier: BSD-2-Clause */
/* What did the kernel side count? The sums of its per-CPU counters. */
#include <errno.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "base/cleanup.h"
#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

/* All counters are __u64, so one sum serves every struct of them. */
static int sum(const struct bpf_map *map, unsigned slot, __u64 *ret, size_t size)
{
	int cpus = libbpf_num_possible_cpus();
	AUTO_FREE __u64 *values = calloc((size_t)(cpus > 0 ? cpus : 1), size);

	if (!values)
		return -ENOMEM;
	int result = bpf_map__lookup_elem(map, &slot, sizeof slot, values, size * (size_t)cpus, 0);
	if (result)
		return result;

	memset(ret, 0, size);
	for (size_t i = 0; i < (size_t)cpus * size / sizeof *ret; i++)
		ret[i % (size / sizeof *ret)] += values[i];
	return 0;
}

int fastpath_counters(const struct fastpath *fastpath, unsigned slot, struct ds_counters *ret)
{
	return sum(fastpath->maps->maps.counters, slot, (__u64 *)ret, sizeof *ret);
}

int fastpath_messages(const struct fastpath *fastpath, unsigned slot, struct ds_messages *ret)
{
	return sum(fastpath->maps->maps.messages, slot, (__u64 *)ret, sizeof *ret);
}
