/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a message get to the port, and is it known to have been there? Through a packet socket at the other end of a
 * veth pair. Such a device has a queue of its own, and what does not fit is gone without a word: so the programs' own
 * counters, which are pinned, say when the next messages may follow.
 */
#ifndef TESTS_FAULTS_WIRE_H
#define TESTS_FAULTS_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "dotsnoop/record.h"

struct packet;

/* Messages that are sent before the counters have to have caught up: half of what a veth device holds. */
#define WIRE_AHEAD 128

struct wire {
	int socket, counters; /* -1: none */
	uint64_t sent;        /* since the counters were opened */
	uint64_t before;      /* what they were then */
};

/* Out of that device, to where an agent has pinned its counters. */
bool wire_open(struct wire *wire, const char *device);
void wire_close(struct wire *wire);

/* What became of all frames on all ports. */
bool wire_counts(const struct wire *wire, struct ds_counters *ret);

/* Sends it; returns when it may be on its way only. */
bool wire_send(struct wire *wire, const struct packet *packet);

/* Sends it, if that is possible, and counts nothing; a device that went and came back is opened again. Both say
 * nothing. */
bool wire_try(const struct wire *wire, const struct packet *packet);
void wire_reopen(struct wire *wire, const char *device);

/* Until all that was sent has been counted: false when some of it never is. */
bool wire_settle(struct wire *wire);

/* Other functions that return bool say what is wrong, on standard error, if they return false. */

#endif
