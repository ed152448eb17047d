/* SPDX-License-Identifier: BSD-2-Clause */
/* Who goes on telling while other things happen? A thread, so many messages a second. */
#ifndef TESTS_FAULTS_TELLER_H
#define TESTS_FAULTS_TELLER_H

#include <pthread.h>
#include <stdatomic.h>

#include "story.h"
#include "wire.h"

struct teller {
	struct story *story;
	struct wire *wire;
	unsigned rate; /* messages a second */
	pthread_t thread;
	atomic_bool stop;
	atomic_uint told; /* so far */
	bool failed;
};

/* Story and wire are the teller's until it has been stopped. */
void teller_start(struct teller *teller, struct story *story, struct wire *wire, unsigned rate);

/* Asserts that all was told. */
void teller_stop(struct teller *teller);

#endif
