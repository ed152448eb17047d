/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which peers follow from an offer? For each peerset the first method in RFC 8973 4's order that yields a usable
 * peer: addresses of the offer are peers as they are, and its name is not resolved beside them (5.1.3); a name alone is
 * resolved with the resolvers that the same reply named.
 */
#ifndef DISCOVERY_DISCOVERY_H
#define DISCOVERY_DISCOVERY_H

#include <event2/event.h>

#include "table/table.h"

/* How a resolution ended: X(identifier, word). */
#define RESOLUTION_RESULTS(X)                                                                                          \
	X(FOUND, "found")                                                                                              \
	X(NXDOMAIN, "nxdomain")                                                                                        \
	X(NODATA, "nodata")                                                                                            \
	X(SERVFAIL, "servfail")                                                                                        \
	X(REFUSED, "refused")                                                                                          \
	X(TIMEOUT, "timeout")                                                                                          \
	X(MALFORMED, "malformed")                                                                                      \
	X(NO_RESOLVER, "no-resolver")                                                                                  \
	X(FAILED, "failed")

enum resolution_result {
#define X(id, word) RESOLUTION_##id,
	RESOLUTION_RESULTS(X) RESOLUTION_RESULT_COUNT
#undef X
};

const char *resolution_result_word(enum resolution_result result);

/* Upper bounds of the histogram's buckets, seconds; the last is +Inf. */
#define RESOLUTION_BUCKETS                                                                                             \
	{                                                                                                              \
		0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10                                                           \
	}
#define RESOLUTION_BUCKET_COUNT 10

struct discovery_stats {
	uint64_t results[METHOD_COUNT][RESOLUTION_RESULT_COUNT];
	uint64_t buckets[RESOLUTION_BUCKET_COUNT]; /* not cumulated */
	double duration_sum;                       /* seconds */
};

struct discovery_options {
	size_t resolver_count; /* 0: those that the reply named */
	struct address resolvers[MESSAGE_RESOLVERS_MAX];
};

struct discovery;

/* Observes the table from now on. Returns 0 or -errno. The table outlives the discovery. */
int discovery_new(struct event_base *base, struct table *table, const struct discovery_options *options,
		  struct discovery **ret);
void discovery_free(struct discovery *discovery);

/* Options for discoveries from now on. */
void discovery_configure(struct discovery *discovery, const struct discovery_options *options);

const struct discovery_stats *discovery_stats(const struct discovery *discovery);

#endif
