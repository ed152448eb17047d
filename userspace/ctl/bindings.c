/* SPDX-License-Identifier: BSD-2-Clause */
/* dotsnoopctl bindings: who was told what, and until when? */
#include <stdio.h>

#include "ctl/client.h"
#include "ctl/columns.h"
#include "ctl/show.h"

static const char *const heads[] = {
	"CIRCUIT     ", "CLIENT           ", "ADDRESSES     ", "OFFER           ",
	"SERVER    ",   "REFRESHED",         "EXPIRES",        NULL,
};

static int print(void *context, const json_t *row)
{
	char client[SHOW_SIZE], leases[SHOW_SIZE], offer[SHOW_SIZE], refreshed[SHOW_SIZE], expires[SHOW_SIZE];
	time_t now = time(NULL);
	const char *const cells[] = {
		show_text(row, "circuit"),
		show_client(json_object_get(row, "client"), client),
		show_leases(row, leases),
		show_offer(json_object_get(row, "offer"), offer),
		show_text(row, "server"),
		show_moment(row, "refreshed", now, refreshed),
		show_moment(row, "expires", now, expires),
	};

	columns_row(context, cells);
	return 0;
}

int bindings_run(const struct request *request)
{
	struct columns *columns = columns_new(stdout, heads, SHOW_LOOK_AHEAD);
	const struct client_call call = {.path = "/v1/bindings", .row = print, .context = columns};
	int status = client_run(request, &call);

	if (!columns_end(columns) && status == EXIT_DONE && !request->value[OPTION_JSON])
		puts("no bindings");
	return status;
}
