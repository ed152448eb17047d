/* SPDX-License-Identifier: BSD-2-Clause */
/* dotsnoopctl ports: what has each port seen? */
#include <stdio.h>

#include "ctl/client.h"
#include "ctl/columns.h"
#include "ctl/show.h"

static void print_frames(const json_t *frames)
{
	static const char *const heads[] = {"REASON          ", "      FRAMES", NULL};
	struct columns *columns = columns_new(stdout, heads, SHOW_LOOK_AHEAD);
	const char *reason;
	const json_t *count;

	json_object_foreach((json_t *)frames, reason, count)
	{
		char number[SHOW_SIZE];
		const char *const cells[] = {reason, show_number(frames, reason, number)};
		columns_row(columns, cells);
	}
	columns_end(columns);
}

static void print_messages(const json_t *messages)
{
	static const char *const heads[] = {"MESSAGE         ", "    MESSAGES", "FAMILY", "SIDE", NULL};
	struct columns *columns = columns_new(stdout, heads, SHOW_LOOK_AHEAD);
	const json_t *message;
	size_t i;

	json_array_foreach(messages, i, message)
	{
		char type[SHOW_SIZE], code[SHOW_SIZE], family[SHOW_SIZE], count[SHOW_SIZE];
		show_number(message, "number", code);
		snprintf(type, sizeof type, "%.64s%s%.16s", show_text(message, "type"), *code ? " " : "", code);
		const char *const cells[] = {type, show_number(message, "count", count),
					     show_number(message, "family", family), show_text(message, "side")};
		columns_row(columns, cells);
	}
	columns_end(columns);
}

static int print(void *context, const json_t *row)
{
	bool *begun = context;
	char index[SHOW_SIZE];

	if (*begun)
		putchar('\n');
	*begun = true;
	printf("%s (index %s): %s, %s, XDP %s%s, egress %s\n", show_text(row, "name"),
	       show_number(row, "ifindex", index), show_text(row, "role"), show_text(row, "mode"),
	       show_text(row, "attached"), json_is_true(json_object_get(row, "dispatcher")) ? " beside others" : "",
	       show_text(row, "egress"));
	print_frames(json_object_get(row, "frames"));
	print_messages(json_object_get(row, "messages"));
	return 0;
}

int ports_run(const struct request *request)
{
	bool begun = false;
	const struct client_call call = {.path = "/v1/ports", .row = print, .context = &begun};
	int status = client_run(request, &call);

	if (status == EXIT_DONE && !begun && !request->value[OPTION_JSON])
		puts("no ports");
	return status;
}
