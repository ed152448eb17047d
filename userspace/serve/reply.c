/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a request answered? */
#include "serve/reply.h"

#include <stdarg.h>

#include "base/cleanup.h"
#include "serve/json.h"

void cleanup_evbuffer(struct evbuffer **buffer)
{
	if (*buffer)
		evbuffer_free(*buffer);
}

void reply_headers(struct evhttp_request *request, const char *type)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

	evhttp_add_header(headers, "Content-Type", type);
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(headers, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
}

/* evhttp would send a body to HEAD, too. */
static void send_reply(struct evhttp_request *request, int status, const char *type, struct evbuffer *body)
{
	char length[24];

	reply_headers(request, type);
	if (body && evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
		snprintf(length, sizeof length, "%zu", evbuffer_get_length(body));
		evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length", length);
		body = NULL;
	}
	evhttp_send_reply(request, status, NULL, body);
}

void reply_body(struct evhttp_request *request, const char *type, struct evbuffer *body)
{
	send_reply(request, HTTP_OK, type, body);
}

static void reply_status(struct evhttp_request *request, int status, json_t *object)
{
	CLEANUP(cleanup_evbuffer) struct evbuffer *body = evbuffer_new();

	if (!body || json_line(body, object))
		status = HTTP_INTERNAL;
	send_reply(request, status, JSON_TYPE, body);
}

void reply_json(struct evhttp_request *request, json_t *object)
{
	reply_status(request, HTTP_OK, object);
}

void reply_error(struct evhttp_request *request, int status, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	reply_status(request, status, json_pack("{s:o}", "error", json_plain(text)));
}

void reply_abandon(struct evhttp_request *request)
{
	if (!evhttp_request_get_connection(request))
		evhttp_request_free(request);
}

void reply_cut(struct evhttp_request *request)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);

	evhttp_connection_set_closecb(connection, NULL, NULL);
	evhttp_connection_free(connection); /* and the request with it */
}
