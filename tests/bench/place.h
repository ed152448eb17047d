/* SPDX-License-Identifier: BSD-2-Clause */
/* Where does a bench run, so that nothing else has a say in it and nothing of it stays? */
#ifndef TESTS_BENCH_PLACE_H
#define TESTS_BENCH_PLACE_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

/* The calling thread onto the first of these cores, or onto the last. */
void place_pin(const cpu_set_t *cores, bool last);

/*
 * Goes on in a child, ahead of other programs that do not do the same, with all that it starts; the caller waits for
 * it, and ends as it does. The kernel weighs sessions against each other before it weighs their processes (autogroup),
 * so it has a session of its own.
 */
void place_ahead(void);

/* Waits until no other bench that asks for it measures on this machine: they would measure each other. */
bool place_alone(void);

/* Raises lo in this network namespace. */
bool place_loopback(void);

/* This process into a mount namespace with a BPF file system of its own: its pins are nobody else's. */
bool place_pins(void);

/* A child that ends with us. Returns as fork does. */
pid_t place_fork(void);

/*
 * Makes a folder for files on a disk, under $TMPDIR or /var/tmp, which is removed when this process has ended, however
 * it does.
 */
#define PLACE_FOLDER_SIZE 256
bool place_folder(char folder[PLACE_FOLDER_SIZE]);

/* Those that return bool say what is wrong, on standard error, if they return false. */

#endif
