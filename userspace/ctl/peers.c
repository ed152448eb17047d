/* SPDX-License-Identifier: BSD-2-Clause */
/* dotsnoopctl peers: which DOTS agents are known, and where? */
#include <stdio.h>

#include "ctl/client.h"
#include "ctl/columns.h"
#include "ctl/show.h"

static const char *const heads[] = {
	"CIRCUIT     ", "IP",      "PEER              ", "NAME        ", "CHANNEL", "METHOD",
	"STATE",        "EXPIRES", " BINDINGS",          NULL,
};

/* With the reason, where there is one. */
static const char *state(const json_t *row, char cell[SHOW_SIZE])
{
	const char *detail = show_text(row, "detail");

	snprintf(cell, SHOW_SIZE, "%s%s%s", show_text(row, "state"), *detail ? ": " : "", detail);
	return cell;
}

static int print(void *context, const json_t *row)
{
	char family[SHOW_SIZE], peer[SHOW_SIZE], how[SHOW_SIZE], expires[SHOW_SIZE], bindings[SHOW_SIZE];
	const char *const cells[] = {
		show_text(row, "circuit"),
		show_number(row, "family", family),
		show_peer(row, peer),
		show_text(row, "name"),
		show_text(row, "channel"),
		show_text(row, "method"),
		state(row, how),
		show_moment(row, "expires", time(NULL), expires),
		show_number(row, "bindings", bindings),
	};

	columns_row(context, cells);
	return 0;
}

int peers_run(const struct request *request)
{
	struct columns *columns = columns_new(stdout, heads, SHOW_LOOK_AHEAD);
	const struct client_call call = {.path = "/v1/peers", .row = print, .context = columns};
	int status = client_run(request, &call);

	if (!columns_end(columns) && status == EXIT_DONE && !request->value[OPTION_JSON])
		puts("no peers");
	return status;
}
