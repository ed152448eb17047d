/* SPDX-License-Identifier: BSD-2-Clause */
/* Who wants to hear of changes as they happen? */
#include "serve/watch.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "serve/json.h"
#include "serve/reply.h"
#include "serve/rows.h"

struct watcher {
	TAILQ_ENTRY(watcher) all;
	struct watch *watch;
	struct evhttp_request *request;
};

struct watch {
	struct table *table;
	struct table_observer observer;
	struct evbuffer *lines; /* not sent yet to anybody */
	struct event *turn;     /* to send them */
	unsigned count;
	TAILQ_HEAD(watchers, watcher) watchers;
};

static void watcher_free(struct watcher *watcher)
{
	TAILQ_REMOVE(&watcher->watch->watchers, watcher, all);
	watcher->watch->count--;
	free(watcher);
}

static void on_close(struct evhttp_connection *connection, void *context)
{
	struct watcher *watcher = context;

	(void)connection;
	reply_abandon(watcher->request);
	watcher_free(watcher);
}

/* --- Lines --- */

/* What every line begins with. */
static json_t *line_head(const char *change)
{
	return json_pack("{s:o, s:s}", "time", json_moment(clock_boot()), "change", change);
}

/* The lines stay where they are: all watchers share them. */
static void send_lines(struct watcher *watcher, struct evbuffer *lines)
{
	CLEANUP(cleanup_evbuffer) struct evbuffer *chunk = evbuffer_new();

	if (chunk && evbuffer_add_buffer_reference(chunk, lines) == 0)
		evhttp_send_reply_chunk(watcher->request, chunk);
}

static struct bufferevent *connection_of(struct evhttp_request *request)
{
	return evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));
}

static size_t unsent(const struct watcher *watcher)
{
	return evbuffer_get_length(bufferevent_get_output(connection_of(watcher->request)));
}

/* What is unsent and this last line go out as far as the door's patience reaches. */
static void watcher_cut(struct watcher *watcher)
{
	CLEANUP(cleanup_evbuffer) struct evbuffer *line = evbuffer_new();
	struct evhttp_request *request = watcher->request;
	json_t *object = line_head("cut");

	json_object_set_new(object, "why", json_string("read too slowly: what changes from here on is missing"));
	if (line && json_line(line, object) == 0)
		send_lines(watcher, line);
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
	watcher_free(watcher);
	evhttp_send_reply_end(request);
}

static void send_to_all(struct watch *watch)
{
	struct evbuffer *lines = watch->lines;
	struct watcher *watcher, *next;

	evbuffer_pullup(lines, -1); /* one call of writev takes few pieces */
	for (watcher = TAILQ_FIRST(&watch->watchers); watcher; watcher = next) {
		next = TAILQ_NEXT(watcher, all);
		if (unsent(watcher) + evbuffer_get_length(lines) > WATCH_UNSENT_MAX)
			watcher_cut(watcher);
		else
			send_lines(watcher, lines);
	}
	/* Those that were sent belong to the chunks now. */
	watch->lines = NULL;
	evbuffer_free(lines);
}

static void on_turn(evutil_socket_t fd, short what, void *context)
{
	struct watch *watch = context;

	(void)fd, (void)what;
	if (watch->lines)
		send_to_all(watch);
}

/* To all watchers; takes the object. */
static void tell(struct watch *watch, json_t *object)
{
	if (!watch->lines) {
		watch->lines = evbuffer_new();
		evtimer_add(watch->turn, &(struct timeval){0});
	}
	if (!watch->lines) {
		json_decref(object);
		return;
	}
	json_line(watch->lines, object);
	if (evbuffer_get_length(watch->lines) > WATCH_PIECE)
		send_to_all(watch);
}

/* --- Changes --- */

static void on_binding(void *context, enum binding_change change, const struct binding *binding, const char *why)
{
	struct watch *watch = context;
	struct binding_view view;

	if (!watch->count)
		return;
	json_t *object = line_head(binding_change_word(change));
	json_object_set_new(object, "why", json_string(why));
	table_view(watch->table, binding, &view);
	if (json_object_update_new(object, binding_row(watch->table, &view)) == 0)
		tell(watch, object);
	else
		json_decref(object);
}

static void on_peer(void *context, const struct peerset *peerset, const struct peer *peer)
{
	const struct peer_place place = {.peerset = peerset, .bindings = peerset->bindings};
	struct watch *watch = context;

	if (!watch->count)
		return;
	json_t *object = line_head("peer");
	json_object_set_new(object, "interface", json_plain(peerset->key.port));
	if (json_object_update_new(object, peer_row(&place, peer)) == 0)
		tell(watch, object);
	else
		json_decref(object);
}

static void on_peerset(void *context, struct peerset *peerset)
{
	for (size_t i = 0; i < peerset->peer_count; i++)
		on_peer(context, peerset, &peerset->peers[i]);
}

int watch_new(struct event_base *base, struct table *table, struct watch **ret)
{
	struct watch *watch = calloc(1, sizeof *watch);
	struct event *turn = watch ? evtimer_new(base, on_turn, watch) : NULL;

	if (!turn) {
		free(watch);
		return -ENOMEM;
	}
	TAILQ_INIT(&watch->watchers);
	watch->turn = turn;
	watch->table = table;
	watch->observer = (struct table_observer){
		.binding = on_binding,
		.peerset_changed = on_peerset,
		.peer_changed = on_peer,
		.context = watch,
	};
	table_observe(table, &watch->observer);
	*ret = watch;
	return 0;
}

void watch_free(struct watch *watch)
{
	struct watcher *watcher, *next;

	if (!watch)
		return;
	table_unobserve(watch->table, &watch->observer);
	for (watcher = TAILQ_FIRST(&watch->watchers); watcher; watcher = next) {
		struct evhttp_request *request = watcher->request;
		next = TAILQ_NEXT(watcher, all);
		watcher_free(watcher);
		reply_cut(request);
	}
	if (watch->lines)
		evbuffer_free(watch->lines);
	event_free(watch->turn);
	free(watch);
}

/* Beyond the system's limit for all, if the agent may; if not, the reader has to be quicker. */
static void widen(struct bufferevent *connection)
{
	int size = WATCH_KERNEL_BUFFER, fd = bufferevent_getfd(connection);

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	bufferevent_set_max_single_write(connection, WATCH_KERNEL_BUFFER);
}

void watch_start(struct watch *watch, struct evhttp_request *request)
{
	struct watcher *watcher;

	if (watch->count == WATCHERS_MAX) {
		reply_error(request, HTTP_SERVUNAVAIL, "%u watchers are served already: end one of them", watch->count);
		return;
	}
	watcher = calloc(1, sizeof *watcher);
	if (!watcher) {
		reply_error(request, HTTP_INTERNAL, "out of memory");
		return;
	}
	if (watch->lines)
		send_to_all(watch); /* what was before is not for the newcomer */
	*watcher = (struct watcher){.watch = watch, .request = request};
	TAILQ_INSERT_TAIL(&watch->watchers, watcher, all);
	watch->count++;
	widen(connection_of(request));
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_close, watcher);
	reply_headers(request, LINES_TYPE);
	evhttp_send_reply_start(request, HTTP_OK, NULL);
}
