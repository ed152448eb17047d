/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a record? Decoded, put on its circuit, handed to the table; when the store has it, it is consumed
 * from the ring, and settled in the kernel.
 */
#ifndef AGENT_INTAKE_H
#define AGENT_INTAKE_H

#include "fastpath/fastpath.h"
#include "store/store.h"
#include "table/table.h"

struct pending;

struct intake {
	struct fastpath *fastpath;
	struct table *table;
	struct store *store;            /* NULL: there is none, and what the table has is safe */
	bool frozen;                    /* discovery.freeze: see struct table_update */
	bool unsettling;                /* what is asked for is unsettled */
	struct table_observer observer; /* the intake's own */
	struct pending *pending;        /* a ring: replies that are not settled yet, in the order of their marks */
	size_t first, count;
	size_t unmarked; /* the last of them, of which the mark is not known yet */
	uint64_t safe;   /* all up to this mark is */
};

/*
 * Between these two, which outlive it. It stays where it is. Returns 0 or -ENOMEM; an intake that was not opened may be
 * closed. What an earlier agent settled stays so if the store has it, too.
 */
int intake_open(struct intake *intake, struct fastpath *fastpath, struct table *table, struct store *store);
void intake_close(struct intake *intake);

/* A fastpath_record_fn; the context is a struct intake. */
void intake_record(void *context, struct bytes record);

/* Reads what is in the ring, a batch of it, and settles what is safe. Returns the number of records or -errno. */
int intake_drain(struct intake *intake);

/*
 * Each reply comes up again. When it was last repeated goes into the table first: the kernel alone knows that, and what
 * waits in the ring may be older.
 */
void intake_unsettle_all(struct intake *intake);

/* store_options.committed; the context is a struct intake. */
void intake_committed(void *context, uint64_t mark, bool safe);

/* store_options.forgotten; the context is a struct intake. */
void intake_forgotten(void *context, uint64_t settle_key);

/* store_options.repeated; the context is a struct intake. */
uint64_t intake_repeated(void *context, uint64_t settle_key, uint64_t digest);

#endif
