/* SPDX-License-Identifier: BSD-2-Clause */
/* What would the real program do with this frame? BPF_PROG_TEST_RUN, for replay and tests. */
#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

/* Under which reason did the counters move? */
static void compare(const struct ds_counters *before, const struct ds_counters *after, struct verdict *ret)
{
	const __u64 *was = (const __u64 *)before, *is = (const __u64 *)after;

	ret->counted = 0;
	for (unsigned reason = 0; reason < DS_REASON_COUNT; reason++) {
		if (is[reason] != was[reason]) {
			ret->reason = (enum ds_reason)reason;
			ret->counted += (unsigned)(is[reason] - was[reason]);
		}
	}
}

int fastpath_program_fd(const struct fastpath *fastpath, unsigned slot)
{
	return bpf_program__fd(fastpath->ports[slot].skeleton->progs.dotsnoop_xdp);
}

int fastpath_egress_program_fd(const struct fastpath *fastpath, unsigned slot)
{
	return bpf_program__fd(fastpath->ports[slot].skeleton->progs.dotsnoop_tc);
}

void fastpath_bench_drop(struct fastpath *fastpath)
{
	fastpath->bench_drop = true;
}

/* Runs the program once, and looks at the counters with that index before and after. */
static int run(const struct fastpath *fastpath, int program, unsigned index, struct bpf_test_run_opts *options,
	       struct verdict *ret)
{
	struct ds_counters before, after;
	int result = fastpath_counters(fastpath, index, &before);

	if (!result)
		result = bpf_prog_test_run_opts(program, options);
	if (!result)
		result = fastpath_counters(fastpath, index, &after);
	if (result)
		return result;
	*ret = (struct verdict){.action = (int)options->retval};
	compare(&before, &after, ret);
	return 0;
}

int fastpath_run(struct fastpath *fastpath, unsigned slot, struct bytes frame, struct verdict *ret)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data, .data_size_in = (__u32)frame.size, .repeat = 1);

	return run(fastpath, fastpath_program_fd(fastpath, slot), slot, &options, ret);
}

int fastpath_run_egress(struct fastpath *fastpath, unsigned slot, unsigned from, struct bytes frame,
			struct verdict *ret)
{
	struct __sk_buff skb = {.ingress_ifindex = from};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data, .data_size_in = (__u32)frame.size,
		    .ctx_in = &skb, .ctx_size_in = sizeof skb, .repeat = 1);

	return run(fastpath, fastpath_egress_program_fd(fastpath, slot), slot + DS_PORTS_MAX, &options, ret);
}
