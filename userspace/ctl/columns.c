/* SPDX-License-Identifier: BSD-2-Clause */
/* How do rows become a table on a terminal? */
#include "ctl/columns.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2

/* No row widens a column beyond this: room for an IPv6 address with port and transport. */
#define WIDTH_MAX 50

struct row {
	struct row *next;
	char *cells[COLUMNS_MAX];
};

struct columns {
	FILE *out;
	const char *const *heads;
	size_t count;
	size_t widths[COLUMNS_MAX];
	size_t look_ahead; /* rows that are still to be kept before the first is printed */
	bool begun;        /* the head has been printed */
	size_t rows;
	struct row *kept, **end;
};

struct columns *columns_new(FILE *out, const char *const heads[], size_t look_ahead)
{
	struct columns *columns = calloc(1, sizeof *columns);

	if (!columns)
		return NULL;
	*columns = (struct columns){.out = out, .heads = heads, .look_ahead = look_ahead};
	columns->end = &columns->kept;
	while (columns->count < COLUMNS_MAX && heads[columns->count]) {
		columns->widths[columns->count] = strlen(heads[columns->count]);
		columns->count++;
	}
	return columns;
}

/* --- Cells --- */

static char *escape(const char *text)
{
	if (!text || !*text)
		text = "-";

	char *plain = malloc(4 * strlen(text) + 1), *at = plain;
	if (!plain)
		return NULL;
	for (; *text; text++) {
		if (*text >= ' ' && *text <= '~')
			*at++ = *text;
		else
			at += sprintf(at, "\\%03u", (unsigned char)*text);
	}
	*at = '\0';
	return plain;
}

static void row_free(struct row *row)
{
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		free(row->cells[i]);
	free(row);
}

static struct row *row_new(const struct columns *columns, const char *const cells[])
{
	struct row *row = calloc(1, sizeof *row);

	for (size_t i = 0; row && i < columns->count; i++) {
		row->cells[i] = escape(cells[i]);
		if (!row->cells[i]) {
			row_free(row);
			return NULL;
		}
	}
	return row;
}

/* --- Printing --- */

/* A cell that is too wide takes its room from the gaps that follow. */
static void print_cells(const struct columns *columns, const char *const cells[])
{
	size_t at = 0, due = 0; /* columns of the terminal: where it stands, and where it should */

	for (size_t i = 0; i < columns->count; i++) {
		size_t length = strlen(cells[i]), width = columns->widths[i];
		size_t begin = due + (*columns->heads[i] == ' ' && length < width ? width - length : 0);
		if (i && begin < at + 1)
			begin = at + 1;
		fprintf(columns->out, "%*s%s", (int)(begin - at), "", cells[i]);
		at = begin + length;
		due += width + GAP;
	}
	fputc('\n', columns->out);
}

static void begin(struct columns *columns)
{
	columns->begun = true;
	for (const struct row *row = columns->kept; row; row = row->next) {
		for (size_t i = 0; i < columns->count; i++) {
			size_t length = strlen(row->cells[i]), width = length < WIDTH_MAX ? length : WIDTH_MAX;
			if (width > columns->widths[i])
				columns->widths[i] = width;
		}
	}
	print_cells(columns, columns->heads);
}

static void print_kept(struct columns *columns)
{
	if (!columns->begun)
		begin(columns);
	while (columns->kept) {
		struct row *row = columns->kept;
		columns->kept = row->next;
		print_cells(columns, (const char *const *)row->cells);
		row_free(row);
	}
	columns->end = &columns->kept;
}

void columns_row(struct columns *columns, const char *const cells[])
{
	struct row *row = columns ? row_new(columns, cells) : NULL;

	if (!row)
		return;
	if (!columns->look_ahead && !columns->begun)
		begin(columns);
	columns->rows++;
	*columns->end = row;
	columns->end = &row->next;
	if (columns->look_ahead)
		columns->look_ahead--;
	if (!columns->look_ahead)
		print_kept(columns);
}

size_t columns_end(struct columns *columns)
{
	size_t rows = columns ? columns->rows : 0;

	if (columns && rows)
		print_kept(columns);
	free(columns);
	return rows;
}
