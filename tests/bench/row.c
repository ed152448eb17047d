/* SPDX-License-Identifier: BSD-2-Clause */
#include "row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

/* Rates are whole, unless they are small. */
static int digits_of(const char *unit, double value)
{
	return strcmp(unit, "1/s") == 0 && value >= 100 ? 0 : 2;
}

void row_print(const char *name, const char *unit, struct row_runs *runs, const char *note)
{
	qsort(runs->floor, runs->count, sizeof runs->floor[0], ascending);
	qsort(runs->value, runs->count, sizeof runs->value[0], ascending);
	int digits = digits_of(unit, runs->value[runs->count / 2]);
	printf("{\"name\":\"%s\",\"unit\":\"%s\",\"value\":%.*f,\"floor\":%.*f,\"min\":%.*f,\"max\":%.*f,\"runs\":%u,"
	       "\"note\":\"%s\"}\n",
	       name, unit, digits, runs->value[runs->count / 2], digits, runs->floor[runs->count / 2], digits,
	       runs->value[0], digits, runs->value[runs->count - 1], runs->count, note);
	fflush(stdout);
}
