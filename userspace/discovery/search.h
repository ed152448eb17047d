/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All candidates of one domain by one method, best first: the walks of all its protocols, side by side, drained and put
 * in the order that the operator of the domain expressed (requirements 8.2, 1: by the rank of each protocol's best
 * first record). `discover` prints them, and the peer table is filled from them.
 */
#ifndef DISCOVERY_SEARCH_H
#define DISCOVERY_SEARCH_H

#include "discovery/walk.h"

#define SEARCH_CANDIDATES_MAX 64

struct search_options {
	enum walk_kind kind;
	enum service service;
	uint8_t family;
	struct resolver_place place;
	struct dns_name domain;
	uint64_t seed;
};

struct search_outcome {
	enum resolution_result result; /* FOUND, or the most telling failure of its walks */
	uint32_t ttl;                  /* seconds: the least of the candidates'; or when to search again */
	size_t count;
	struct candidate candidates[SEARCH_CANDIDATES_MAX];
	struct walk_stats stats; /* of all walks */
	double seconds;          /* it took */
};

struct search;

/* `outcome` is valid during the call. */
typedef void search_fn(void *context, const struct search_outcome *outcome);

/*
 * `done` is called exactly once, never before this returns, and then the search is gone; unless search_drop is called
 * first. NULL: out of memory.
 */
struct search *search_start(struct event_base *base, struct resolver *resolver, const struct search_options *options,
			    search_fn *done, void *context);
void search_drop(struct search *search);

#endif
