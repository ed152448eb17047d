/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a question asked? Through c-ares, without blocking, with the servers of a resolver set: one channel for each
 * set, shared by all who ask it. The search list and /etc/hosts take no part: names are asked as they are.
 */
#ifndef DISCOVERY_RESOLVER_H
#define DISCOVERY_RESOLVER_H

#include <event2/event.h>

#include "discovery/answer.h"
#include "discovery/discovery.h"

struct resolver;
struct question;

struct resolver_set {
	size_t count;
	struct address addresses[MESSAGE_RESOLVERS_MAX];
};

/* `answer` is valid during the call, and has addresses for RESOLUTION_FOUND alone. `seconds`: how long it took. */
typedef void question_done_fn(void *context, enum resolution_result result, const struct answer *answer,
			      double seconds);

int resolver_new(struct event_base *base, struct resolver **ret);

/* Ends all questions; their callbacks are not called any more. */
void resolver_free(struct resolver *resolver);

/*
 * Asks for the addresses of one family (4: A, 6: AAAA) of a name (text, no trailing dot). `done` is called exactly
 * once, possibly before this returns, unless question_drop is called first.
 */
void resolver_ask(struct resolver *resolver, const struct resolver_set *set, const char *name, uint8_t family,
		  question_done_fn *done, void *context, struct question **ret);

/* The asker has lost interest: `done` will not be called. */
void question_drop(struct question *question);

#endif
