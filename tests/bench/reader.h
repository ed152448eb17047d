/* SPDX-License-Identifier: BSD-2-Clause */
/* What is the least that reading the ring costs? A reader in place of the agent, on its core, that holds nothing. */
#ifndef TESTS_BENCH_READER_H
#define TESTS_BENCH_READER_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "fastpath/fastpath.h"

struct ring_reader {
	struct fastpath *fastpath;
	cpu_set_t cores;
	pthread_t thread;
	atomic_bool stop;
};

/* Attaches the real program to that port, where what it passes is dropped, and calls `record` for each record on the
 * first of the cores. */
bool reader_start(struct ring_reader *reader, const char *port, const cpu_set_t *cores, fastpath_record_fn *record,
		  void *context);
void reader_stop(struct ring_reader *reader);

#endif
