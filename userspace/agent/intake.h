/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a record? Decoded, put on its circuit, handed to the table. */
#ifndef AGENT_INTAKE_H
#define AGENT_INTAKE_H

#include "fastpath/fastpath.h"
#include "table/table.h"

struct intake {
	struct fastpath *fastpath;
	struct table *table;
};

/* A fastpath_record_fn; the context is a struct intake. */
void intake_record(void *context, struct bytes record);

#endif
