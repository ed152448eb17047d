/* SPDX-License-Identifier: BSD-2-Clause */
/* Who answers which request? */
#include "serve/routes.h"

#include <event2/event.h>
#include <event2/keyvalq_struct.h>

#include "base/cleanup.h"
#include "serve/json.h"
#include "serve/metrics.h"
#include "serve/page.h"
#include "serve/query.h"
#include "serve/reply.h"
#include "serve/snapshot.h"
#include "serve/status.h"

struct route {
	const char *path;
	void (*answer)(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter);
	const char *allow;   /* methods in words */
	unsigned methods;    /* enum evhttp_cmd_type */
	unsigned parameters; /* enum query_parameter */
};

/* --- One document --- */

static void get_status(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	CLEANUP(snapshot_cleanup) struct snapshot *snapshot = NULL;

	(void)filter;
	reply_json(request, snapshot_new(&routes->sources, &snapshot) ? NULL : status_json(snapshot));
}

/* What is written from a snapshot. */
static void reply_snapshot(struct routes *routes, struct evhttp_request *request, const char *type,
			   void (*write)(struct evbuffer *out, const struct snapshot *snapshot))
{
	CLEANUP(snapshot_cleanup) struct snapshot *snapshot = NULL;
	CLEANUP(cleanup_evbuffer) struct evbuffer *body = evbuffer_new();

	if (!body || snapshot_new(&routes->sources, &snapshot)) {
		reply_error(request, HTTP_INTERNAL, "out of memory");
		return;
	}
	write(body, snapshot);
	reply_body(request, type, body);
}

static void write_ports(struct evbuffer *out, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->port_count; i++)
		json_line(out, port_json(&snapshot->ports[i]));
}

static void get_ports(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	(void)filter;
	reply_snapshot(routes, request, LINES_TYPE, write_ports);
}

static void get_metrics(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	(void)filter;
	reply_snapshot(routes, request, METRICS_TYPE, metrics_write);
}

static void get_page(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	(void)filter;
	reply_snapshot(routes, request, PAGE_TYPE, page_write);
}

/* Does the table lack what is still to be restored from the store? */
static bool is_loading(const struct serve_sources *sources)
{
	return sources->store && store_stats(sources->store)->state == STORE_LOADING;
}

static void reply_loading(const struct routes *routes, struct evhttp_request *request)
{
	reply_error(request, HTTP_SERVUNAVAIL, "what the store holds is being restored: %zu bindings so far",
		    table_binding_count(routes->sources.table));
}

/* Whoever gets this answer knows that the one loop of the agent turns, and that the table is what it was. */
static void get_health(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	CLEANUP(cleanup_evbuffer) struct evbuffer *body = evbuffer_new();

	(void)filter;
	if (is_loading(&routes->sources)) {
		reply_loading(routes, request);
		return;
	}
	if (body)
		evbuffer_add_printf(body, "ok\n");
	reply_body(request, "text/plain; charset=utf-8", body);
}

/* --- Streams --- */

static void get_peers(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	stream_start(&routes->streams, routes->base, request, listing_new_peers(routes->sources.table, filter));
}

static void get_bindings(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	stream_start(&routes->streams, routes->base, request, listing_new_bindings(routes->sources.table, filter));
}

static void get_explain(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	const struct serve_sources *sources = &routes->sources;

	stream_start(&routes->streams, routes->base, request,
		     listing_new_explain(sources->discovery, sources->table, filter));
}

static void get_watch(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	(void)filter;
	watch_start(routes->watch, request);
}

/* --- Actions --- */

/* 409: what was asked for is understood, but the configuration file stands against it. */
#define HTTP_CONFLICT 409

/* The loop reckons timeouts from when it woke: an action that took long must not use up the client's patience. */
static void long_work_done(const struct routes *routes)
{
	event_base_update_cache_time(routes->base);
}

static void post_reload(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	char error[512] = "";

	(void)filter;
	int result = routes->sources.reload(routes->sources.context, error, sizeof error);
	long_work_done(routes);
	if (result)
		reply_error(request, HTTP_CONFLICT, "%s", *error ? error : "the configuration was not reloaded");
	else
		reply_json(request, json_pack("{s:b}", "reloaded", 1));
}

static void post_flush(struct routes *routes, struct evhttp_request *request, const struct listing_filter *filter)
{
	json_int_t count = (json_int_t)table_binding_count(routes->sources.table);

	(void)filter;
	if (is_loading(&routes->sources)) { /* what is restored after it would be back */
		reply_loading(routes, request);
		return;
	}
	table_flush(routes->sources.table);
	long_work_done(routes);
	reply_json(request, json_pack("{s:I}", "flushed", count));
}

/* --- The tables --- */

#define GET "GET", EVHTTP_REQ_GET
#define GET_OR_HEAD "GET, HEAD", EVHTTP_REQ_GET | EVHTTP_REQ_HEAD
#define POST "POST", EVHTTP_REQ_POST

static const struct route control_routes[] = {
	{"/v1/status", get_status, GET, 0},
	{"/v1/ports", get_ports, GET, 0},
	{"/v1/peers", get_peers, GET, QUERY_CIRCUIT | QUERY_FAMILY | QUERY_STATE},
	{"/v1/bindings", get_bindings, GET, QUERY_CLIENT | QUERY_CIRCUIT | QUERY_ADDRESS | QUERY_PREFIX},
	{"/v1/explain", get_explain, GET, QUERY_WHO},
	{"/v1/watch", get_watch, GET, 0},
	{"/v1/reload", post_reload, POST, 0},
	{"/v1/flush", post_flush, POST, 0},
	{0},
};

static const struct route web_routes[] = {
	{"/metrics", get_metrics, GET_OR_HEAD, QUERY_IGNORED},
	{"/healthz", get_health, GET_OR_HEAD, QUERY_IGNORED},
	{"/", get_page, GET_OR_HEAD, QUERY_IGNORED},
	{0},
};

static const struct route *find(const struct route *route, const char *path)
{
	while (route->path && strcmp(route->path, path) != 0)
		route++;
	return route->path ? route : NULL;
}

static void answer(const struct route *route, struct routes *routes, struct evhttp_request *request)
{
	const char *text = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
	char error[QUERY_ERROR_SIZE] = "a query is NAME=VALUE, joined by &";
	struct listing_filter filter = {0};
	struct evkeyvalq query;
	int result = 0;

	TAILQ_INIT(&query);
	if (text && !(route->parameters & QUERY_IGNORED))
		result = evhttp_parse_query_str(text, &query);
	if (!result)
		result = query_read(&query, route->parameters, &filter, error);
	if (result)
		reply_error(request, HTTP_BADREQUEST, "%s", error);
	else
		route->answer(routes, request, &filter);
	evhttp_clear_headers(&query);
}

static void dispatch(const struct route *table, struct routes *routes, struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	const struct route *route = find(table, path ? path : "");

	if (!route) {
		reply_error(request, HTTP_NOTFOUND, "nothing here: %.128s", path ? path : "");
	} else if (!(route->methods & evhttp_request_get_command(request))) {
		evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", route->allow);
		reply_error(request, HTTP_BADMETHOD, "%s takes %s", route->path, route->allow);
	} else {
		answer(route, routes, request);
	}
}

void routes_control(struct evhttp_request *request, void *context)
{
	dispatch(control_routes, context, request);
}

void routes_web(struct evhttp_request *request, void *context)
{
	dispatch(web_routes, context, request);
}
