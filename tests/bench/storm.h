/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do subscribers come, and when has whoever reads the ring taken them? The generator sends their ACKs in small
 * bursts by the clock; the ring's own positions, which anybody may map, tell what is not consumed yet, and nobody is
 * disturbed by a question.
 */
#ifndef TESTS_BENCH_STORM_H
#define TESTS_BENCH_STORM_H

#include <stdbool.h>
#include <stdint.h>

#include "generator.h"

struct storm {
	struct generator *generator;
	unsigned device; /* out of which they come */
	/* The ring, while it is watched. */
	const volatile uint64_t *consumer, *producer;
	uint64_t size;
};

/* How fast. */
struct storm_pace {
	double rate;    /* replies a second, whatever becomes of them; 0: as the ring has room */
	unsigned share; /* then no more than 1/share of the ring is in use when a burst goes out */
};

/* A generator of subscribers that sends out of that device. */
bool storm_open(struct storm *storm, const char *device);
/* Another one, beside one that is bound to that device: it is bound elsewhere (generator_bind). */
bool storm_open_beside(struct storm *storm, const char *device, const char *bound_to);
void storm_close(struct storm *storm);

/* The ring that is pinned now, by an agent or a reader (reader.h). It stays mapped until it is let go. */
bool storm_watch(struct storm *storm);
void storm_let_go(struct storm *storm);

/*
 * Sends the replies to `count` clients from `first` on. *took: ns until all were sent; with a ring that is watched,
 * until all of it was consumed, but for the one record that a reader who stays awake keeps back.
 */
bool storm_send(const struct storm *storm, uint32_t first, uint32_t count, struct storm_pace pace, uint64_t *took);

/* Sleeps until then, ns of CLOCK_MONOTONIC. */
void storm_sleep_until(uint64_t time);

/* Functions that return bool say what is wrong, on standard error, if they return false. */

#endif
