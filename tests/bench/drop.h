/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a network stack kept out of what is measured? By dropping frames at the device. */
#ifndef TESTS_BENCH_DROP_H
#define TESTS_BENCH_DROP_H

#include <stdbool.h>

/* All frames, natively, by a program that does nothing else. */
bool drop_all(const char *device);

/*
 * Those that the program of the agent that runs would pass on this port. A copy of it takes its place, with the agent's
 * maps, which does all the same but that: the agent sees no difference.
 */
bool drop_passed(const char *port);

/* Detaches what these attached, which else goes with the device. */
void drop_nothing(const char *device);

/* Those that return bool say what is wrong, on standard error, if they return false. */

#endif
