/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much does the verifier have to look at? It gives up at a million instructions, and each kernel's counts
 * differently; what is verified here is far from that, and shall stay so.
 */
#include <bpf/bpf.h>

#include "support.h"

#define VERIFIED_MAX 100000

static void check(int program)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof info;

	assert_int_equal(bpf_obj_get_info_by_fd(program, &info, &size), 0);
	print_message("# %s: %u instructions verified, %u translated\n", info.name, info.verified_insns,
		      info.xlated_prog_len / 8);
	assert_true(info.verified_insns > 0);
	assert_true(info.verified_insns < VERIFIED_MAX);
}

static void test_verified_instructions(void **state)
{
	struct bench *bench = *state;

	check(fastpath_program_fd(bench->fastpath, (unsigned)bench->uplink));
	check(fastpath_egress_program_fd(bench->fastpath, (unsigned)bench->uplink));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verified_instructions),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
