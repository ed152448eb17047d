/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a long list sent? Each piece goes to evhttp, which says when the kernel has taken it; a client that takes
 * nothing is cut off by the door's patience. A piece that found no row is followed by the next one, after everybody
 * else's turn.
 */
#include "serve/stream.h"

#include <event2/event.h>

#include "base/cleanup.h"
#include "serve/reply.h"

struct stream {
	LIST_ENTRY(stream) all;
	struct evhttp_request *request;
	struct event *turn;
	struct listing *listing;
};

static void stream_free(struct stream *stream)
{
	LIST_REMOVE(stream, all);
	event_free(stream->turn);
	listing_free(stream->listing);
	free(stream);
}

static void on_close(struct evhttp_connection *connection, void *context)
{
	struct stream *stream = context;

	(void)connection;
	reply_abandon(stream->request);
	stream_free(stream);
}

static void stream_end(struct stream *stream)
{
	struct evhttp_request *request = stream->request;

	evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
	stream_free(stream);
	evhttp_send_reply_end(request);
}

/* Without its end, the client sees that the list is not complete. */
static void stream_cut(struct stream *stream)
{
	struct evhttp_request *request = stream->request;

	stream_free(stream);
	reply_cut(request);
}

static void wait_turn(struct stream *stream)
{
	event_add(stream->turn, &(struct timeval){0});
}

static void on_taken(struct evhttp_connection *connection, void *context)
{
	(void)connection;
	wait_turn(context);
}

static void on_turn(evutil_socket_t fd, short what, void *context)
{
	CLEANUP(cleanup_evbuffer) struct evbuffer *piece = evbuffer_new();
	struct stream *stream = context;
	int more = piece ? listing_piece(stream->listing, piece) : -1;

	(void)fd, (void)what;
	if (more < 0) {
		stream_cut(stream);
	} else if (more == 0) {
		evhttp_send_reply_chunk(stream->request, piece);
		stream_end(stream);
	} else if (evbuffer_get_length(piece)) {
		evhttp_send_reply_chunk_with_cb(stream->request, piece, on_taken, stream);
	} else {
		wait_turn(stream);
	}
}

void stream_start(struct streams *streams, struct event_base *base, struct evhttp_request *request,
		  struct listing *listing)
{
	struct stream *stream = listing ? calloc(1, sizeof *stream) : NULL;
	struct event *turn = stream ? evtimer_new(base, on_turn, stream) : NULL;

	if (!turn) {
		listing_free(listing);
		free(stream);
		reply_error(request, HTTP_INTERNAL, "out of memory");
		return;
	}
	*stream = (struct stream){.request = request, .turn = turn, .listing = listing};
	LIST_INSERT_HEAD(streams, stream, all);
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_close, stream);
	reply_headers(request, LINES_TYPE);
	evhttp_send_reply_start(request, HTTP_OK, NULL);
	wait_turn(stream);
}

void stream_cut_all(struct streams *streams)
{
	struct stream *stream, *next;

	for (stream = LIST_FIRST(streams); stream; stream = next) {
		next = LIST_NEXT(stream, all);
		stream_cut(stream);
	}
}
