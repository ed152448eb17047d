/* SPDX-License-Identifier: BSD-2-Clause */
/* How do the rooms hang together? The agent opens them, joins them in one event loop, and closes them. */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/config.h"

struct agent_options {
	const char *file;    /* configuration, read again on reload; NULL: none */
	const char *store;   /* instead of the configuration's: a directory, or "none"; NULL: as that says */
	const char *control; /* path of the control socket */
	size_t port_count;   /* ports of the command line: uplinks in observe mode */
	char *const *ports;
};

/* The configuration that file and command line make together. Returns 0, or -errno with *error filled. */
int agent_configure(const struct agent_options *options, struct config *ret, struct config_error *error);

/* Runs until SIGTERM or SIGINT. Returns 0, or -errno after it has logged what is wrong and what to do. */
int agent_run(const struct agent_options *options, const struct config *config);

#endif
