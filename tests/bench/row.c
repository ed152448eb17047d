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

void row_print(const char *name, const char *unit, struct row_runs *runs, const char *note)
{
	int digits = strcmp(unit, "1/s") == 0 ? 0 : 2;

	qsort(runs->floor, runs->count, sizeof runs->floor[0], ascending);
	qsort(runs->value, runs->count, sizeof runs->value[0], ascending);
	printf("{\"name\":\"%s\",\"unit\":\"%s\",\"value\":%.*f,\"floor\":%.*f,\"min\":%.*f,\"max\":%.*f,\"runs\":%u,"
	       "\"note\":\"%s\"}\n",
	       name, unit, digits, runs->value[runs->count / 2], digits, runs->floor[runs->count / 2], digits,
	       runs->value[0], digits, runs->value[runs->count - 1], runs->count, note);
	fflush(stdout);
}
