/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a line of a table shown? One JSON object a binding, and one a peer on a circuit. */
#ifndef SERVE_ROWS_H
#define SERVE_ROWS_H

#include <jansson.h>

#include "discovery/discovery.h"

/* The view is one of this table. NULL when there is no memory. */
json_t *binding_row(const struct table *table, const struct binding_view *binding);

/* Why this binding has these peers, and no others. NULL when there is no memory. */
json_t *explain_row(const struct discovery *discovery, const struct table *table, const struct binding_view *binding);

/* What is shown of a peer beside itself. */
struct peer_place {
	const char *circuit; /* NULL: all circuits on which it was told */
	const struct peerset *peerset;
	uint64_t bindings; /* that were told it there */
	uint64_t ends;     /* when the last of them ends, or TABLE_NEVER; 0: not known */
};

/* NULL when there is no memory. */
json_t *peer_row(const struct peer_place *place, const struct peer *peer);

#endif
