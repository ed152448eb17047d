/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who asks, and over which door?
 *
 * 1. Two doors: the control socket, and TCP where it is wanted (socket.c, door.c).
 * 2. A request finds its answer in a table of routes (routes.c), its filter is read (query.c).
 * 3. The answer is a document made from a snapshot (snapshot.c: status.c, metrics.c, page.c), a list that is sent in
 *    pieces (listing.c, stream.c, rows.c), or the changes of the table as they happen (watch.c).
 */
#include "serve/serve.h"

#include <errno.h>

#include "base/cleanup.h"
#include "serve/door.h"
#include "serve/routes.h"
#include "serve/socket.h"

struct serve {
	struct routes routes;
	struct control_socket control;
	struct door *control_door, *web_door;
};

static int open_control(struct serve *serve, const char *path, char error[SERVE_ERROR_SIZE])
{
	int fd = socket_listen_control(path, &serve->control, error);

	return fd < 0 ? fd : door_new(serve->routes.base, fd, routes_control, &serve->routes, &serve->control_door);
}

static int open_web(struct serve *serve, const char *listen, char error[SERVE_ERROR_SIZE])
{
	int fd = socket_listen_tcp(listen, error);

	return fd < 0 ? fd : door_new(serve->routes.base, fd, routes_web, &serve->routes, &serve->web_door);
}

static int open_all(struct serve *serve, const struct serve_options *options, char error[SERVE_ERROR_SIZE])
{
	int result = open_control(serve, options->control, error);

	if (!result && options->listen)
		result = open_web(serve, options->listen, error);
	return result ? result : watch_new(serve->routes.base, serve->routes.sources.table, &serve->routes.watch);
}

int serve_new(struct event_base *base, const struct serve_options *options, const struct serve_sources *sources,
	      struct serve **ret, char error[SERVE_ERROR_SIZE])
{
	struct serve *serve = calloc(1, sizeof *serve);

	snprintf(error, SERVE_ERROR_SIZE, "out of memory");
	if (!serve)
		return -ENOMEM;
	serve->routes.base = base;
	serve->routes.sources = *sources;
	LIST_INIT(&serve->routes.streams);

	int result = open_all(serve, options, error);
	if (result) {
		serve_free(serve);
		return result;
	}
	*error = '\0';
	*ret = serve;
	return 0;
}

void serve_set_proofs(struct serve *serve, const struct prober *prober, const struct contests *contests)
{
	serve->routes.sources.prober = prober;
	serve->routes.sources.contests = contests;
}

void serve_free(struct serve *serve)
{
	if (!serve)
		return;
	stream_cut_all(&serve->routes.streams);
	watch_free(serve->routes.watch);
	door_free(serve->control_door);
	door_free(serve->web_door);
	if (serve->control.path)
		socket_remove(&serve->control);
	free(serve);
}
