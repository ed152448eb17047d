/* SPDX-License-Identifier: BSD-2-Clause */
/* Where do live frames go? Between veth devices in a network namespace without a name, which goes with the process. */
#ifndef TESTS_BENCH_VETH_H
#define TESTS_BENCH_VETH_H

#include <stdbool.h>

/* This process into a new namespace, in which devices say nothing of their own. Says what is wrong if it returns false.
 */
bool veth_namespace(void);

/* Makes two devices that are each other's other end, up and without addresses. The same. */
bool veth_pair(const char *one, const char *other);

/* The same with several queues, so that what comes on different cores is met by the program there. */
bool veth_pair_queues(const char *one, const char *other, unsigned queues);

#endif
