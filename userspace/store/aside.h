/* SPDX-License-Identifier: BSD-2-Clause */
/* Where is the store that could not be used? Beside the new one, under a name that says what and when. */
#ifndef STORE_ASIDE_H
#define STORE_ASIDE_H

#include <limits.h>

/* Renames the data file in that directory to data.mdb.WHAT-YYYYMMDD-HHMMSS, never over another. 0 or -errno. */
int aside_set(const char *path, const char *what, char name[NAME_MAX]);

#endif
