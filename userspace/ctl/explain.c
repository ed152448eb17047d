/* SPDX-License-Identifier: BSD-2-Clause */
/* dotsnoopctl explain: why this peer, and not another? Each method of discovery in order: what it gave, and what became
 * of it. */
#include <stdio.h>

#include "ctl/client.h"
#include "ctl/columns.h"
#include "ctl/show.h"

static const char *const heads[] = {"  ORDER", "METHOD  ", "STATE     ", "NAME            ",
				    " PEERS",  "AGAIN ",   "WHY",        NULL};

/* Why it was taken, or passed over. */
static const char *why(const json_t *method, bool taken_before)
{
	const char *text = show_text(method, "why");

	if (json_is_true(json_object_get(method, "taken")))
		return "taken: the first that yields a peer";
	if (*text)
		return text;
	return taken_before ? "passed over: a method before it yields a peer" : "-";
}

static void print_methods(const json_t *methods)
{
	struct columns *columns = columns_new(stdout, heads, SHOW_LOOK_AHEAD);
	const json_t *method;
	bool taken = false;
	size_t i;

	json_array_foreach(methods, i, method)
	{
		char order[SHOW_SIZE], peers[SHOW_SIZE], again[SHOW_SIZE];
		snprintf(order, sizeof order, "  %zu", i + 1);
		const char *const cells[] = {
			order,
			show_text(method, "method"),
			show_text(method, "state"),
			show_text(method, "name"),
			show_number(method, "peers", peers),
			json_is_string(json_object_get(method, "again"))
				? show_moment(method, "again", time(NULL), again)
				: "",
			why(method, taken),
		};
		columns_row(columns, cells);
		taken |= json_is_true(json_object_get(method, "taken"));
	}
	columns_end(columns);
}

static void print_peers(const json_t *peers)
{
	const json_t *peer;
	size_t i;

	if (!json_array_size(peers))
		puts("  no peer");
	json_array_foreach(peers, i, peer)
	{
		char cell[SHOW_SIZE];
		const char *detail = show_text(peer, "detail");
		printf("  %s peer %s %s, %s%s%s\n", show_text(peer, "channel"), show_peer(peer, cell),
		       show_text(peer, "name"), show_text(peer, "state"), *detail ? ": " : "", detail);
	}
}

static int print(void *context, const json_t *row)
{
	char client[SHOW_SIZE], family[SHOW_SIZE], offer[SHOW_SIZE];
	size_t *rows = context;
	const char *told = show_offer(json_object_get(row, "offer"), offer);

	printf("%s%s on %s, IPv%s: told %s\n", (*rows)++ ? "\n" : "",
	       show_client(json_object_get(row, "client"), client), show_text(row, "circuit"),
	       show_number(row, "family", family), *told ? told : "nothing about DOTS");
	print_peers(json_object_get(row, "peers"));
	print_methods(json_object_get(row, "methods"));
	return 0;
}

int explain_run(const struct request *request)
{
	size_t rows = 0;
	const struct client_call call = {.path = "/v1/explain", .operand = "who", .row = print, .context = &rows};
	int status = client_run(request, &call);

	if (status == EXIT_DONE && !rows && !request->value[OPTION_JSON]) {
		fprintf(stderr,
			"dotsnoopctl: no binding of such a client, on such a circuit, or with such an address: %s "
			"(`dotsnoopctl bindings` lists them)\n",
			request->operand);
		return EXIT_FAILED;
	}
	return status;
}
