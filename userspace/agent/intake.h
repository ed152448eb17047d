/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a record? Decoded, put on its circuit, handed to the table; what that holds is settled in the kernel.
 */
#ifndef AGENT_INTAKE_H
#define AGENT_INTAKE_H

#include "fastpath/fastpath.h"
#include "table/table.h"

struct intake {
	struct fastpath *fastpath;
	struct table *table;
	bool frozen;                    /* discovery.freeze: see struct table_update */
	struct table_observer observer; /* the intake's own */
};

/* Between these two, which outlive it. It stays where it is. */
void intake_open(struct intake *intake, struct fastpath *fastpath, struct table *table);
void intake_close(struct intake *intake);

/* A fastpath_record_fn; the context is a struct intake. */
void intake_record(void *context, struct bytes record);

#endif
