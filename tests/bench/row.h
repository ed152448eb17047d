/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a measurement told? One JSON object a row: the median of its runs beside the median of its floor's. */
#ifndef TESTS_BENCH_ROW_H
#define TESTS_BENCH_ROW_H

#define ROW_RUNS_MAX 25

struct row_runs {
	unsigned count;
	double floor[ROW_RUNS_MAX], value[ROW_RUNS_MAX];
};

/* Prints it on standard output; sorts the runs. Rates (1/s) are shown whole, from 100 on. `note` is free of quotes. */
void row_print(const char *name, const char *unit, struct row_runs *runs, const char *note);

#endif
