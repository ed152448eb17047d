/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose turn is it? So many handshakes at a time, so many begun in a second, and so many with one address at a time;
 * the addresses that wait take turns, however many peers each of them has.
 */
#ifndef PROOF_TURNS_H
#define PROOF_TURNS_H

#include <net/if.h>
#include <sys/queue.h>

#include "base/address.h"
#include "base/hash.h"

struct turns_limits {
	unsigned in_flight, per_second, per_destination;
};

struct destination;

enum turn_state {
	TURN_NONE,
	TURN_WAITING,
	TURN_TAKEN
};

/* One that wants a turn; part of whatever that is. Zeroed at first. */
struct turn {
	TAILQ_ENTRY(turn) others;
	struct destination *destination;
	enum turn_state state;
};

TAILQ_HEAD(turn_queue, turn);
TAILQ_HEAD(destination_queue, destination);
LIST_HEAD(destination_list, destination);

#define TURNS_BUCKETS 4096

struct turns {
	struct turns_limits limits;
	unsigned in_flight;
	size_t waiting;
	double tokens; /* to begin */
	uint64_t at;   /* when there were so many */
	struct hash_key key;
	struct destination_queue ready; /* with somebody who waits, and room for one more */
	struct destination_list buckets[TURNS_BUCKETS];
};

void turns_init(struct turns *turns, const struct turns_limits *limits);

/* Queues for the address, as it is reached out of that device (zero-padded). Returns 0 or -ENOMEM. */
int turns_wait(struct turns *turns, struct turn *turn, const struct address *address, const char device[IF_NAMESIZE]);

/*
 * Who may begin now? It has taken its turn then, which turns_leave ends. NULL: nobody; *again is when it makes sense to
 * ask without a turn having ended, UINT64_MAX for never. Times in ns.
 */
struct turn *turns_next(struct turns *turns, uint64_t now, uint64_t *again);

/* Gives up its place in the queue, or its turn; nothing if it has neither. */
void turns_leave(struct turns *turns, struct turn *turn);

#endif
