/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is this store whole? LMDB trusts its pages: where they are garbage it reads wherever they say. So a child process
 * reads all of it first, and may die of that.
 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include <stdint.h>

enum check_verdict {
	CHECK_WHOLE,
	CHECK_DAMAGED,
	CHECK_NEWER, /* of a version that is not known here */
	CHECK_FAILED /* it could not be read: nothing is said about it */
};

struct check_result {
	enum check_verdict verdict;
	int error;     /* of CHECK_FAILED: -errno */
	char why[160]; /* it is not whole */
};

/* Of the directory `path`, in which nobody writes. `lock` is not kept open in the child. */
void check_store(const char *path, int lock, struct check_result *ret);

#endif
