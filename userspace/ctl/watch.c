/* SPDX-License-Identifier: BSD-2-Clause */
/* dotsnoopctl watch: what changes, as it happens? */
#include <stdio.h>
#include <string.h>

#include "ctl/client.h"
#include "ctl/columns.h"
#include "ctl/show.h"

static const char *const heads[] = {
	"TIME    ", "CHANGE   ", "WHERE         ", "WHO                 ", "WHAT", NULL,
};

static void time_of_day(char cell[SHOW_SIZE])
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(cell, SHOW_SIZE, "%H:%M:%S", &tm);
}

/* Writes the texts that are not empty, with two blanks between them. */
static void write_parts(char cell[SHOW_SIZE], const char *const parts[], size_t count)
{
	size_t at = 0;

	*cell = '\0';
	for (size_t i = 0; i < count && at < SHOW_SIZE; i++)
		if (*parts[i])
			at += (size_t)snprintf(cell + at, SHOW_SIZE - at, "%s%s", at ? "  " : "", parts[i]);
}

static void print_peer(struct columns *columns, const json_t *row)
{
	char now[SHOW_SIZE], peer[SHOW_SIZE], what[SHOW_SIZE];
	const char *const parts[] = {show_text(row, "state"), show_text(row, "name"), show_text(row, "detail")};

	time_of_day(now);
	write_parts(what, parts, sizeof parts / sizeof *parts);
	const char *const cells[] = {now, "peer", show_text(row, "interface"), show_peer(row, peer), what};
	columns_row(columns, cells);
}

static void print_binding(struct columns *columns, const json_t *row)
{
	char now[SHOW_SIZE], client[SHOW_SIZE], leases[SHOW_SIZE], offer[SHOW_SIZE], why[SHOW_SIZE], what[SHOW_SIZE];
	const char *const parts[] = {
		why,
		show_leases(row, leases),
		show_offer(json_object_get(row, "offer"), offer),
	};

	time_of_day(now);
	snprintf(why, sizeof why, "(%s)", show_text(row, "why"));
	write_parts(what, parts, sizeof parts / sizeof *parts);
	const char *const cells[] = {now, show_text(row, "change"), show_text(row, "circuit"),
				     show_client(json_object_get(row, "client"), client), what};
	columns_row(columns, cells);
}

static int print(void *context, const json_t *row)
{
	const char *change = show_text(row, "change");

	if (strcmp(change, "cut") == 0) {
		fprintf(stderr, "dotsnoopctl: watch: cut off by the agent: %s\n", show_text(row, "why"));
		return -1;
	}
	if (strcmp(change, "peer") == 0)
		print_peer(context, row);
	else
		print_binding(context, row);
	fflush(stdout);
	return 0;
}

int watch_run(const struct request *request)
{
	struct columns *columns = columns_new(stdout, heads, 0);
	const struct client_call call = {.path = "/v1/watch", .endless = true, .row = print, .context = columns};
	int status = client_run(request, &call);

	columns_end(columns);
	return status;
}
