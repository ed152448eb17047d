/* SPDX-License-Identifier: BSD-2-Clause */
#include "proof/turns.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

/* What may begin at once after a lull: a tenth of a second's. */
#define BURST_OF_SECOND 10

struct destination_key {
	struct address address;
	char device[IF_NAMESIZE];
};

struct destination {
	LIST_ENTRY(destination) others;
	TAILQ_ENTRY(destination) ready;
	bool is_ready;
	unsigned in_flight;
	struct turn_queue waiting;
	struct destination_key key;
};

void turns_init(struct turns *turns, const struct turns_limits *limits)
{
	*turns = (struct turns){.limits = *limits, .tokens = 1, .key = hash_key_random()};
	TAILQ_INIT(&turns->ready);
}

/* --- Destinations --- */

static struct destination *find(struct turns *turns, const struct destination_key *key)
{
	struct destination_list *bucket = &turns->buckets[hash_bytes(&turns->key, key, sizeof *key) % TURNS_BUCKETS];
	struct destination *destination = LIST_FIRST(bucket);

	while (destination && memcmp(&destination->key, key, sizeof *key) != 0)
		destination = LIST_NEXT(destination, others);
	if (destination)
		return destination;
	destination = calloc(1, sizeof *destination);
	if (!destination)
		return NULL;
	destination->key = *key;
	TAILQ_INIT(&destination->waiting);
	LIST_INSERT_HEAD(bucket, destination, others);
	return destination;
}

/* Is in the queue of those that are ready exactly if it should be; is gone when nobody needs it. */
static void settle(struct turns *turns, struct destination *destination)
{
	bool ready = !TAILQ_EMPTY(&destination->waiting) && destination->in_flight < turns->limits.per_destination;

	if (ready && !destination->is_ready)
		TAILQ_INSERT_TAIL(&turns->ready, destination, ready);
	if (!ready && destination->is_ready)
		TAILQ_REMOVE(&turns->ready, destination, ready);
	destination->is_ready = ready;
	if (TAILQ_EMPTY(&destination->waiting) && !destination->in_flight) {
		LIST_REMOVE(destination, others);
		free(destination);
	}
}

/* --- Turns --- */

int turns_wait(struct turns *turns, struct turn *turn, const struct address *address, const char device[IF_NAMESIZE])
{
	struct destination_key key = {.address = *address};

	memcpy(key.device, device, IF_NAMESIZE);
	turn->destination = find(turns, &key);
	if (!turn->destination)
		return -ENOMEM;
	turn->state = TURN_WAITING;
	TAILQ_INSERT_TAIL(&turn->destination->waiting, turn, others);
	turns->waiting++;
	settle(turns, turn->destination);
	return 0;
}

void turns_leave(struct turns *turns, struct turn *turn)
{
	struct destination *destination = turn->destination;

	if (turn->state == TURN_NONE)
		return;
	if (turn->state == TURN_WAITING) {
		TAILQ_REMOVE(&destination->waiting, turn, others);
		turns->waiting--;
	} else {
		destination->in_flight--;
		turns->in_flight--;
	}
	turn->state = TURN_NONE;
	turn->destination = NULL;
	settle(turns, destination);
}

/* Returns when there will be a token, or 0: there is. */
static uint64_t refill(struct turns *turns, uint64_t now)
{
	double rate = turns->limits.per_second, most = rate / BURST_OF_SECOND;

	if (most < 1)
		most = 1;
	turns->tokens += (double)(now - turns->at) / NS_PER_SECOND * rate;
	turns->at = now;
	if (turns->tokens > most)
		turns->tokens = most;
	if (turns->tokens >= 1)
		return 0;
	return now + 1 + (uint64_t)((1 - turns->tokens) / rate * NS_PER_SECOND);
}

static struct turn *begin(struct turns *turns, struct destination *destination)
{
	struct turn *turn = TAILQ_FIRST(&destination->waiting);

	TAILQ_REMOVE(&destination->waiting, turn, others);
	TAILQ_REMOVE(&turns->ready, destination, ready);
	destination->is_ready = false; /* behind the others, if somebody else waits there */
	turn->state = TURN_TAKEN;
	destination->in_flight++;
	turns->waiting--;
	turns->in_flight++;
	turns->tokens--;
	settle(turns, destination);
	return turn;
}

struct turn *turns_next(struct turns *turns, uint64_t now, uint64_t *again)
{
	struct destination *destination = TAILQ_FIRST(&turns->ready);

	*again = UINT64_MAX;
	if (!destination || turns->in_flight >= turns->limits.in_flight)
		return NULL;
	uint64_t later = refill(turns, now);
	if (later) {
		*again = later;
		return NULL;
	}
	return begin(turns, destination);
}
