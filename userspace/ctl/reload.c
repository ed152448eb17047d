/* SPDX-License-Identifier: BSD-2-Clause */
/* dotsnoopctl reload: have the agent read its configuration again. */
#include <stdio.h>

#include "ctl/client.h"

static int print(void *context, const json_t *row)
{
	(void)context, (void)row;
	puts("reloaded");
	return 0;
}

int reload_run(const struct request *request)
{
	const struct client_call call = {.path = "/v1/reload", .post = true, .row = print};

	return client_run(request, &call);
}
