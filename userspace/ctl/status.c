/* SPDX-License-Identifier: BSD-2-Clause */
/* dotsnoopctl status: how does the agent stand? */
#include <stdio.h>

#include "ctl/client.h"
#include "ctl/columns.h"
#include "ctl/show.h"

static void print_ports(const json_t *ports)
{
	static const char *const heads[] = {"PORT", "ROLE", "MODE", "XDP", "DISPATCHER", "EGRESS", NULL};
	struct columns *columns = columns_new(stdout, heads, SHOW_LOOK_AHEAD);
	const json_t *port;
	size_t i;

	json_array_foreach(ports, i, port)
	{
		const char *const cells[] = {show_text(port, "name"),
					     show_text(port, "role"),
					     show_text(port, "mode"),
					     show_text(port, "attached"),
					     json_is_true(json_object_get(port, "dispatcher")) ? "shared" : "alone",
					     show_text(port, "egress")};
		columns_row(columns, cells);
	}
	if (!columns_end(columns))
		puts("no ports");
}

static void print_ring(const json_t *ring)
{
	double size = json_number_value(json_object_get(ring, "size")),
	       used = json_number_value(json_object_get(ring, "used"));
	char cell[SHOW_SIZE];

	printf("ring      %.1f%% of %.0f KiB in use, %s records lost\n", size > 0 ? 100 * used / size : 0, size / 1024,
	       show_number(ring, "lost", cell));
}

static void print_store(const json_t *store)
{
	char cell[SHOW_SIZE];

	if (!store)
		return; /* an agent of an earlier version */
	printf("store     %s\n", show_store(store));
	if (json_object_get(store, "size"))
		printf("          %.1f MiB on disk, %s bytes wait to be written\n",
		       json_number_value(json_object_get(store, "size")) / (1 << 20),
		       show_number(store, "pending", cell));
}

static void print_proofs(const json_t *proofs)
{
	char flying[SHOW_SIZE], waiting[SHOW_SIZE], proven[SHOW_SIZE], refused[SHOW_SIZE], unreachable[SHOW_SIZE];

	if (!proofs)
		return; /* an agent of an earlier version */
	if (!json_is_true(json_object_get(proofs, "enabled"))) {
		puts("proofs    off: no peer is contacted");
		return;
	}
	printf("proofs    %s peers proven, %s refused, %s unreachable; %s handshakes under way, %s wait\n",
	       show_number(proofs, "proven", proven), show_number(proofs, "refused", refused),
	       show_number(proofs, "unreachable", unreachable), show_number(proofs, "in_flight", flying),
	       show_number(proofs, "waiting", waiting));
}

static int print(void *context, const json_t *row)
{
	static const char *const tables[] = {"bindings", "circuits", "offers", "peers"};
	char cell[SHOW_SIZE];

	(void)context;
	printf("dotsnoop %s, up %s\n\n", show_text(row, "version"),
	       show_span(json_integer_value(json_object_get(row, "uptime")), cell));
	print_ports(json_object_get(row, "ports"));
	putchar('\n');
	print_ring(json_object_get(row, "ring"));
	print_store(json_object_get(row, "store"));
	print_proofs(json_object_get(row, "proofs"));
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		printf("%-9s %s\n", tables[i], show_number(json_object_get(row, "tables"), tables[i], cell));
	return 0;
}

int status_run(const struct request *request)
{
	const struct client_call call = {.path = "/v1/status", .row = print};

	return client_run(request, &call);
}
