/* SPDX-License-Identifier: BSD-2-Clause */
/* How is the agent asked? HTTP over its control socket; the answer comes line by line. */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <jansson.h>

#include "ctl/command.h"

/* Takes one object of the answer. Returns 0 to go on, another value to stop. */
typedef int client_row_fn(void *context, const json_t *row);

struct client_call {
	const char *path;    /* the options that the command was given become its query */
	const char *operand; /* the parameter that the command's operand becomes; NULL: it has none */
	bool post;           /* an action */
	bool endless;        /* the answer may pause for any time */
	client_row_fn *row;  /* not called with --json: then the lines go out as they come */
	void *context;
};

/* Returns the exit status; what went wrong has been told. */
int client_run(const struct request *request, const struct client_call *call);

#endif
