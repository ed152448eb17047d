/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who wants to hear of changes as they happen? Each change of the table is one line to every watcher; lines are
 * collected until the agent has dealt with what caused them, then sent at once. Nobody is waited for: who leaves too
 * much unread is told so, and cut off.
 */
#ifndef SERVE_WATCH_H
#define SERVE_WATCH_H

#include <event2/event.h>
#include <event2/http.h>

#include "table/table.h"

#define WATCHERS_MAX 16

/* Bytes that may wait for one watcher: some twenty thousand changes, a few full batches of the ring. */
#define WATCH_UNSENT_MAX (8U << 20)

/* Bytes that the kernel is asked to keep for one: what a reader takes while the agent works off a batch. */
#define WATCH_KERNEL_BUFFER (4U << 20)

/* Bytes that are collected at most before they are sent. */
#define WATCH_PIECE (256U << 10)

struct watch;

/* Observes the table from now on. Returns 0 or -ENOMEM. */
int watch_new(struct event_base *base, struct table *table, struct watch **ret);

/* Cuts off all watchers. */
void watch_free(struct watch *watch);

/* Answers with changes, until the client goes. */
void watch_start(struct watch *watch, struct evhttp_request *request);

#endif
