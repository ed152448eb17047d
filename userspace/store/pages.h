/* SPDX-License-Identifier: BSD-2-Clause */
/* Is any page of the store in use twice? Reading would not notice; writing would destroy what is there. */
#ifndef STORE_PAGES_H
#define STORE_PAGES_H

#include "store/disk.h"

/* Looks at LMDB's list of free pages. Returns 0; MDB_CORRUPTED when that cannot be; other errors as disk.h has them. */
int pages_check(const struct disk *disk);

#endif
