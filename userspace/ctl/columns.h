/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do rows become a table on a terminal? The first rows are looked at before anything is printed, and set the width
 * of the columns; the others follow as they come. Whatever is no printable ASCII is escaped.
 */
#ifndef CTL_COLUMNS_H
#define CTL_COLUMNS_H

#include <stddef.h>
#include <stdio.h>

#define COLUMNS_MAX 12

struct columns;

/*
 * `heads`, which stay the caller's, are at most COLUMNS_MAX and end with NULL. A column is at least as wide as its head
 * with all blanks; one whose head begins with a blank is aligned to the right. NULL: out of memory.
 */
struct columns *columns_new(FILE *out, const char *const heads[], size_t look_ahead);

/* One row, a text a column; NULL and "" are shown as "-". */
void columns_row(struct columns *columns, const char *const cells[]);

/* Prints what is still kept and frees. Returns the number of rows. NULL: 0. */
size_t columns_end(struct columns *columns);

#endif
