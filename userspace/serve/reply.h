/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a request answered? With one document, or with an error as JSON; streams are in stream.h and watch.h. */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include <event2/buffer.h>
#include <event2/http.h>
#include <jansson.h>

#define JSON_TYPE "application/json"
#define LINES_TYPE "application/x-ndjson"

/* Headers that all answers carry. */
void reply_headers(struct evhttp_request *request, const char *type);

/* Answers 200 with what is in `body`, which is emptied. */
void reply_body(struct evhttp_request *request, const char *type, struct evbuffer *body);

/* Answers 200 with one object, which is taken; 500 when it is NULL. */
void reply_json(struct evhttp_request *request, json_t *object);

/* Answers with {"error":...}. */
void reply_error(struct evhttp_request *request, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * What happens to a request whose connection went away before its answer was complete: evhttp leaves it to us, unless
 * the whole server is being closed.
 */
void reply_abandon(struct evhttp_request *request);

/* Tells evhttp that a connection has to go. */
void reply_cut(struct evhttp_request *request);

/* For evbuffers that are declared with a cleanup. */
void cleanup_evbuffer(struct evbuffer **buffer);

#endif
