/* SPDX-License-Identifier: BSD-2-Clause */
/* Who waits for the disk? A helper thread, so that the event loop never does: it is given one batch at a time. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/disk.h"

struct writer_result {
	int error; /* as disk_commit returned it */
	double seconds;
	size_t size;          /* of the store, after it */
	uint64_t transaction; /* the last one of the store, then */
};

struct writer;

/* Starts it. The disk outlives it, and is its alone while it writes. Returns 0 or -errno. */
int writer_new(struct disk *disk, struct writer **ret);

/* Stops it, after what it is at. NULL is allowed. */
void writer_free(struct writer *writer);

/* Readable when a batch is done. */
int writer_fd(const struct writer *writer);

/* Gives it a batch, which stays as it is until it is done. It must not have another. */
void writer_give(struct writer *writer, const struct batch *batch);

/* Has it a batch? Until its result is taken. */
bool writer_is_busy(const struct writer *writer);

/* Takes the result of a batch that is done; false when none is. With `wait`, waits for it. */
bool writer_take(struct writer *writer, bool wait, struct writer_result *ret);

#endif
