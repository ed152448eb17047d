/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may come in, and for how long? One listening socket with its HTTP server and the limits that keep it answering:
 * few connections, short requests, little patience.
 */
#ifndef SERVE_DOOR_H
#define SERVE_DOOR_H

#include <event2/event.h>
#include <event2/http.h>

/* Connections at a door at once; further ones wait in the kernel. */
#define DOOR_CONNECTIONS_MAX 64

#define DOOR_HEADERS_MAX 8192 /* bytes, with the request line */
#define DOOR_BODY_MAX 1024    /* nothing that is asked here needs one */

/* Bytes of one connection that are read ahead: more than a request, so that its excess is noticed. */
#define DOOR_INPUT_MAX 16384

/* Bytes that are offered to the kernel at once: libevent's 16 KiB are too few while the agent is busy otherwise. */
#define DOOR_OUTPUT_STEP 1048576

#define DOOR_FIRST_SECONDS 15 /* for a request to be complete, once connected */
#define DOOR_NEXT_SECONDS 90  /* for the next one on the same connection: more than Prometheus waits */
#define DOOR_WRITE_SECONDS 10 /* without any progress in what is sent */

typedef void door_fn(struct evhttp_request *request, void *context);

struct door;

/* Takes the listening socket, whatever it returns: 0 or -ENOMEM. */
int door_new(struct event_base *base, int fd, door_fn *answer, void *context, struct door **ret);
void door_free(struct door *door);

#endif
