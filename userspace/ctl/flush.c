/* SPDX-License-Identifier: BSD-2-Clause */
/* dotsnoopctl flush: have the agent forget all bindings. */
#include <stdio.h>

#include "ctl/client.h"
#include "ctl/show.h"

static int print(void *context, const json_t *row)
{
	char count[SHOW_SIZE];

	(void)context;
	printf("%s bindings forgotten\n", show_number(row, "flushed", count));
	return 0;
}

int flush_run(const struct request *request)
{
	const struct client_call call = {.path = "/v1/flush", .post = true, .row = print};

	return client_run(request, &call);
}
