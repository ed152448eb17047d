/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be written next? Operations in the order in which they happened, in one buffer that is used again. */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "base/bytes.h"

/* What the store holds: values by number, each kind in a database of its own. */
enum batch_kind {
	BATCH_BINDINGS,
	BATCH_PEERSETS,
	BATCH_BOOTS,
	BATCH_KIND_COUNT
};

enum batch_operation {
	BATCH_PUT,
	BATCH_RENEW,  /* put unless the same is there: what is written costs space, and there may be little */
	BATCH_DELETE, /* all ids from `id` to `last`; there need be none */
};

/* At the end of each value. */
#define BATCH_CHECKSUM_SIZE 4

/* Is the checksum at the end of this value right? Then takes it off. */
bool batch_verify(uint32_t id, struct bytes *value);

/* One of them, in front of its value. */
struct batch_step {
	uint8_t operation, kind;
	uint16_t size; /* of the value */
	uint32_t id, last;
};

struct batch {
	uint8_t *data;
	size_t size, capacity;
	uint64_t mark;  /* all changes up to it are in this batch or in one before */
	uint32_t steps; /* their number */
};

/* Room for a value of `max` octets, to be put by batch_put; NULL: out of memory. */
uint8_t *batch_room(struct batch *batch, size_t max);

/* Puts the value of `size` octets that batch_room's caller has written, with its checksum behind it. */
void batch_put(struct batch *batch, enum batch_operation how, enum batch_kind kind, uint32_t id, size_t size);

/* Returns 0 or -ENOMEM. */
int batch_delete(struct batch *batch, enum batch_kind kind, uint32_t first, uint32_t last);

/* The step at *at, which moves behind it, and its value; false at the end. */
bool batch_next(const struct batch *batch, size_t *at, struct batch_step *step, struct bytes *value);

/* Empties it. Its memory stays, as long as it is in proportion to what it held. */
void batch_reset(struct batch *batch);

void batch_free(struct batch *batch);

#endif
