/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a query ask for? "circuit=…&family=4" into a filter. */
#ifndef SERVE_QUERY_H
#define SERVE_QUERY_H

#include <event2/keyvalq_struct.h>

#include "serve/listing.h"

#define QUERY_ERROR_SIZE 160

/* Parameters that a list knows. */
enum query_parameter {
	QUERY_CIRCUIT = 1 << 0,
	QUERY_CLIENT = 1 << 1,
	QUERY_FAMILY = 1 << 2,
	QUERY_STATE = 1 << 3,
	QUERY_WHO = 1 << 4,
	QUERY_ADDRESS = 1 << 5,
	QUERY_PREFIX = 1 << 6,
	QUERY_IGNORED = 1 << 7, /* any, and none of them is read */
};

/*
 * Reads the parameters, each of which may be given once. The filter's texts are those of the query. Returns 0, or
 * -EINVAL and one clear line in error.
 */
int query_read(const struct evkeyvalq *query, unsigned known, struct listing_filter *ret, char error[QUERY_ERROR_SIZE]);

#endif
