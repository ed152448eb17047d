/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a long list sent? A piece at a time, the next one when the client has taken the last. */
#ifndef SERVE_STREAM_H
#define SERVE_STREAM_H

#include <event2/http.h>
#include <sys/queue.h>

#include "serve/listing.h"

LIST_HEAD(streams, stream);

/* Answers with the rows of a listing, which is taken; NULL answers that there is no memory. */
void stream_start(struct streams *streams, struct event_base *base, struct evhttp_request *request,
		  struct listing *listing);

/* Cuts off all that are under way. */
void stream_cut_all(struct streams *streams);

#endif
