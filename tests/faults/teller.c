/* SPDX-License-Identifier: BSD-2-Clause */
#include "teller.h"

#include "../bench/storm.h"
#include "base/clock.h"

#define TURN (NS_PER_SECOND / 1000)
#define LATE (10 * TURN) /* what a busy machine took is not made good: nobody meant a storm */

static void *tell(void *context)
{
	struct teller *teller = context;
	uint64_t turn = clock_ns(CLOCK_MONOTONIC);
	unsigned share = teller->rate / 1000;
	struct packet packet;

	while (!atomic_load(&teller->stop) && !teller->failed) {
		for (unsigned i = 0; i < share && !teller->failed; i++) {
			story_next(teller->story, &packet);
			teller->failed = !wire_send(teller->wire, &packet);
		}
		atomic_fetch_add(&teller->told, share);
		uint64_t now = clock_ns(CLOCK_MONOTONIC);
		turn = now > turn + LATE ? now : turn + TURN;
		storm_sleep_until(turn);
	}
	return NULL;
}

void teller_start(struct teller *teller, struct story *story, struct wire *wire, unsigned rate)
{
	*teller = (struct teller){.story = story, .wire = wire, .rate = rate};
	assert_int_equal(pthread_create(&teller->thread, NULL, tell, teller), 0);
}

void teller_stop(struct teller *teller)
{
	atomic_store(&teller->stop, true);
	pthread_join(teller->thread, NULL);
	assert_false(teller->failed);
}
