/* SPDX-License-Identifier: BSD-2-Clause */
/* Who asks, and over which door? The HTTP server: /metrics, /healthz and status page over TCP, the API on the control
 * socket. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include <event2/event.h>

#include "discovery/discovery.h"
#include "fastpath/fastpath.h"
#include "proof/contest.h"
#include "store/store.h"
#include "table/table.h"

/* What is shown: all of it read, none of it written, but by the two actions. They outlive the server. */
struct serve_sources {
	struct table *table;
	struct fastpath *fastpath;
	const struct discovery *discovery;
	const struct prober *prober;                            /* NULL: proofs are switched off, */
	const struct contests *contests;                        /* and so is this one */
	struct store *store;                                    /* NULL: there is none */
	uint64_t started;                                       /* ns, CLOCK_BOOTTIME */
	int (*reload)(void *context, char *error, size_t size); /* 0, or -errno and one clear line in error */
	void *context;
};

struct serve_options {
	const char *control; /* path of the control socket */
	const char *listen;  /* "address:port" of /metrics, or "[v6]:port"; NULL: none */
};

struct serve;

#define SERVE_ERROR_SIZE 256

/*
 * Binds both doors, and observes the table. Returns 0, or -errno and one clear line that says what to do in error. The
 * process ignores SIGPIPE: clients go when they like.
 */
int serve_new(struct event_base *base, const struct serve_options *options, const struct serve_sources *sources,
	      struct serve **ret, char error[SERVE_ERROR_SIZE]);

/* Proofs were switched on or off; both NULL: off. */
void serve_set_proofs(struct serve *serve, const struct prober *prober, const struct contests *contests);

/* Closes the doors and removes the control socket. */
void serve_free(struct serve *serve);

#endif
