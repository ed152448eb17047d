/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which questions are known, and where does each of them stand? A lookup is one question (where, what, which type) with
 * all who ask it, and what came of it the last time. The most recent ones are remembered, within bounds.
 */
#ifndef DISCOVERY_LOOKUP_H
#define DISCOVERY_LOOKUP_H

#include <sys/queue.h>

#include "base/hash.h"
#include "discovery/inquiry.h"

/* Of idle lookups; the ones that have not been asked for the longest time go first. */
#define LOOKUPS_IDLE_MAX 65536
#define LOOKUPS_BYTES_MAX (64UL << 20)

enum lookup_state {
	LOOKUP_IDLE,    /* remembered */
	LOOKUP_WAITING, /* for its turn to be asked */
	LOOKUP_ASKED,   /* on its way */
	LOOKUP_READY,   /* whoever asked can be told */
	LOOKUP_STATE_COUNT
};

/* One who asks. There may be a million of them to a lookup. */
struct question {
	TAILQ_ENTRY(question) others;
	struct lookup *lookup;
	question_done_fn *done;
	void *context;
};

TAILQ_HEAD(questions, question);

struct lookup {
	LIST_ENTRY(lookup) chain;
	TAILQ_ENTRY(lookup) others; /* in that state, first in, first out */
	struct resolver *resolver;
	enum lookup_state state;
	bool known;  /* can be found; else it is gone when it becomes idle */
	bool wanted; /* to be asked, though nobody may be waiting */
	struct questions questions;
	struct inquiry inquiry; /* while it is ASKED */

	struct answer answer; /* what came of it */
	uint64_t until;       /* ns, CLOCK_BOOTTIME: so long it holds; 0: nothing came yet */
	unsigned again;       /* how often it failed in a row, when it was a failure that doubles its time */

	uint64_t hash;
	struct resolver_place place;
	uint16_t type;
	uint8_t length;
	uint8_t name[]; /* wire format, lower case */
};

LIST_HEAD(lookup_chain, lookup);
TAILQ_HEAD(lookup_list, lookup);

struct lookups {
	struct hash_key key;
	struct lookup_chain *buckets;
	struct lookup_list lists[LOOKUP_STATE_COUNT];
	size_t counts[LOOKUP_STATE_COUNT];
	size_t bytes; /* of all, answers included */
};

int lookups_init(struct lookups *lookups);

/* Frees all, and whoever asked. */
void lookups_clear(struct lookups *lookups);

/* The lookup of that question, an idle one if there was none; NULL when out of memory. */
struct lookup *lookups_get(struct lookups *lookups, const struct resolver_place *place, const struct dns_name *name,
			   uint16_t type);

/* To the end of the list of that state. The lookup may be gone afterwards when it is idle. */
void lookup_move(struct lookups *lookups, struct lookup *lookup, enum lookup_state state);

/* What it holds from now on, taken over. */
void lookup_set_answer(struct lookups *lookups, struct lookup *lookup, const struct answer *answer);

/* None of them is found any more; those that are not idle end with whoever asked. */
void lookups_forget(struct lookups *lookups);

static inline struct lookup *lookups_first(const struct lookups *lookups, enum lookup_state state)
{
	return TAILQ_FIRST(&lookups->lists[state]);
}

#endif
