/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a process take of memory and CPU? As the kernel says, not the process. */
#ifndef TESTS_BENCH_PROCESS_H
#define TESTS_BENCH_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of all its threads so far. */
struct process_work {
	uint64_t wakeups; /* how often one slept: voluntary context switches */
	uint64_t cpu;     /* ns */
};

/* Bytes. */
struct process_memory {
	uint64_t anonymous; /* its own, heap and stacks */
	uint64_t files;     /* of mapped files, as far as they are in memory */
	uint64_t maps;      /* of the BPF maps that it holds, in the kernel */
};

/* False when the process is not there. */
bool process_work(pid_t pid, struct process_work *ret);
bool process_memory(pid_t pid, struct process_memory *ret);

/* What the files of a folder occupy on their disk. */
uint64_t process_disk(const char *folder);

#endif
