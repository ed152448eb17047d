/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be written next? */
#include "store/batch.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "store/checksum.h"

/* Up to this a buffer is kept whatever was in it. */
#define CAPACITY_KEPT (1U << 20)

static int grow(struct batch *batch, size_t needed)
{
	size_t capacity = batch->capacity ? batch->capacity : 64 * 1024;

	while (capacity < needed)
		capacity *= 2;
	uint8_t *data = realloc(batch->data, capacity);
	if (!data)
		return -ENOMEM;
	batch->data = data;
	batch->capacity = capacity;
	return 0;
}

uint8_t *batch_room(struct batch *batch, size_t max)
{
	size_t needed = batch->size + sizeof(struct batch_step) + max + BATCH_CHECKSUM_SIZE;

	if (needed > batch->capacity && grow(batch, needed) < 0)
		return NULL;
	return batch->data + batch->size + sizeof(struct batch_step);
}

static void add(struct batch *batch, const struct batch_step *step)
{
	memcpy(batch->data + batch->size, step, sizeof *step);
	batch->size += sizeof *step + step->size;
	batch->steps++;
}

void batch_put(struct batch *batch, enum batch_operation how, enum batch_kind kind, uint32_t id, size_t size)
{
	uint8_t *value = batch->data + batch->size + sizeof(struct batch_step);
	uint32_t sum = htobe32(checksum(id, (struct bytes){value, size}));

	memcpy(value + size, &sum, sizeof sum);
	size += sizeof sum;
	add(batch, &(struct batch_step){.operation = how, .kind = kind, .size = (uint16_t)size, .id = id, .last = id});
}

bool batch_verify(uint32_t id, struct bytes *value)
{
	uint32_t sum;

	if (value->size < sizeof sum)
		return false;
	value->size -= sizeof sum;
	memcpy(&sum, value->data + value->size, sizeof sum);
	return be32toh(sum) == checksum(id, *value);
}

int batch_delete(struct batch *batch, enum batch_kind kind, uint32_t first, uint32_t last)
{
	if (!batch_room(batch, 0))
		return -ENOMEM;
	add(batch, &(struct batch_step){.operation = BATCH_DELETE, .kind = kind, .id = first, .last = last});
	return 0;
}

bool batch_next(const struct batch *batch, size_t *at, struct batch_step *step, struct bytes *value)
{
	if (*at >= batch->size)
		return false;
	memcpy(step, batch->data + *at, sizeof *step);
	*value = (struct bytes){batch->data + *at + sizeof *step, step->size};
	*at += sizeof *step + step->size;
	return true;
}

void batch_reset(struct batch *batch)
{
	if (batch->capacity > CAPACITY_KEPT && batch->size < batch->capacity / 16) {
		free(batch->data);
		batch->data = NULL;
		batch->capacity = 0;
	}
	batch->size = 0;
	batch->steps = 0;
}

void batch_free(struct batch *batch)
{
	free(batch->data);
	*batch = (struct batch){0};
}
