/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may come in, and for how long?
 *
 * evhttp 2.1 neither counts its connections nor limits the time of a request as a whole, so the door keeps a reference
 * to each connection's bufferevent. evhttp takes its callbacks off a bufferevent when it is done with it: that is how
 * the door learns of the end, at its next look around.
 */
#include "serve/door.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdint.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

/* How often the door looks around: at leisure while somebody is in, often while nobody else may come in. */
static const struct timeval leisure = {.tv_sec = 5}, often = {.tv_usec = 250000};

#define NO_DEADLINE UINT64_MAX

struct guest {
	struct bufferevent *connection;
	uint64_t deadline; /* ns, CLOCK_BOOTTIME: for its request to be complete */
};

struct door {
	LIST_ENTRY(door) all;
	struct evhttp *http;
	struct evconnlistener *listener; /* of http */
	struct event *look;
	bool soon; /* it looks around soon already */
	size_t guest_count;
	struct guest guests[DOOR_CONNECTIONS_MAX];
	door_fn *answer;
	void *context;
};

/* All that are open: a listener's error callback is given evhttp's context, not ours. */
static LIST_HEAD(doors, door) doors = LIST_HEAD_INITIALIZER(doors);

static uint64_t seconds_from_now(unsigned seconds)
{
	return clock_boot() + seconds * NS_PER_SECOND;
}

static bool has_left(const struct guest *guest)
{
	bufferevent_event_cb event = NULL;

	bufferevent_getcb(guest->connection, NULL, NULL, &event, NULL);
	return !event;
}

/* Lets go of those who have left, and turns out those who never come to the point. */
static void look_around(struct door *door)
{
	uint64_t now = clock_boot();

	for (size_t i = 0; i < door->guest_count;) {
		struct guest *guest = &door->guests[i];
		if (has_left(guest)) {
			bufferevent_decref(guest->connection);
			*guest = door->guests[--door->guest_count];
			continue;
		}
		if (guest->deadline < now)
			shutdown(bufferevent_getfd(guest->connection), SHUT_RDWR); /* evhttp notices, and lets go */
		i++;
	}
}

/* Whoever asks often does not put the next look off. */
static void look_again(struct door *door, bool soon)
{
	if (door->soon)
		return;
	door->soon = soon;
	event_add(door->look, soon ? &often : &leisure);
}

static void open_or_close(struct door *door)
{
	bool full = door->guest_count == DOOR_CONNECTIONS_MAX;

	if (full)
		evconnlistener_disable(door->listener);
	else
		evconnlistener_enable(door->listener);
	if (door->guest_count)
		look_again(door, full);
}

static void on_look(evutil_socket_t fd, short what, void *context)
{
	struct door *door = context;

	(void)fd, (void)what;
	door->soon = false;
	look_around(door);
	open_or_close(door);
}

/* evhttp asks for a bufferevent for each connection that it accepts. The door is closed before there is no room. */
static struct bufferevent *on_enter(struct event_base *base, void *context)
{
	struct door *door = context;
	struct bufferevent *connection = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	if (!connection)
		return NULL;
	/* While an answer is sent, evhttp would read whatever comes, without end. */
	bufferevent_setwatermark(connection, EV_READ, 0, DOOR_INPUT_MAX);
	bufferevent_set_max_single_write(connection, DOOR_OUTPUT_STEP);
	look_around(door);
	bufferevent_incref(connection);
	door->guests[door->guest_count++] = (struct guest){connection, seconds_from_now(DOOR_FIRST_SECONDS)};
	open_or_close(door);
	return connection;
}

/* No more files, or no memory: wait for somebody to leave, instead of trying without a pause. */
static void on_refused(struct evconnlistener *listener, void *context)
{
	(void)context;
	log_warning("serve accept error=\"%s\"", strerror(errno));
	for (struct door *door = LIST_FIRST(&doors); door; door = LIST_NEXT(door, all)) {
		if (door->listener == listener) {
			evconnlistener_disable(listener);
			look_again(door, true);
		}
	}
}

static void set_deadline(struct door *door, struct evhttp_request *request, uint64_t deadline)
{
	struct bufferevent *connection = evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));

	for (size_t i = 0; i < door->guest_count; i++)
		if (door->guests[i].connection == connection)
			door->guests[i].deadline = deadline;
}

static void on_answered(struct evhttp_request *request, void *context)
{
	struct door *door = context;

	set_deadline(door, request, seconds_from_now(DOOR_NEXT_SECONDS));
	look_again(door, true); /* most leave now */
}

static void on_request(struct evhttp_request *request, void *context)
{
	static const struct timeval patience = {.tv_sec = DOOR_WRITE_SECONDS};
	struct door *door = context;

	/* From here on the client has nothing to say, only to read: for as long as it likes, if it reads at all. */
	bufferevent_set_timeouts(evhttp_connection_get_bufferevent(evhttp_request_get_connection(request)), NULL,
				 &patience);
	set_deadline(door, request, NO_DEADLINE);
	evhttp_request_set_on_complete_cb(request, on_answered, door);
	door->answer(request, door->context);
}

static void configure(struct evhttp *http, struct door *door)
{
	evhttp_set_bevcb(http, on_enter, door);
	evhttp_set_gencb(http, on_request, door);
	evhttp_set_max_headers_size(http, DOOR_HEADERS_MAX);
	evhttp_set_max_body_size(http, DOOR_BODY_MAX);
	evhttp_set_timeout(http, DOOR_FIRST_SECONDS);
	/* The routes say which method goes where, in JSON; evhttp would answer in HTML. */
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
						 EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
}

/* Over AF_UNIX evhttp 2.1 asks getnameinfo for the peer's name: glibc knows that family, and says "localhost". */
static int open_door(struct event_base *base, int fd, struct door *door)
{
	door->listener = evconnlistener_new(base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!door->listener) {
		close(fd);
		return -ENOMEM;
	}
	door->look = evtimer_new(base, on_look, door);
	door->http = evhttp_new(base);
	if (!door->look || !door->http)
		return -ENOMEM;
	configure(door->http, door);
	evconnlistener_set_error_cb(door->listener, on_refused);
	return evhttp_bind_listener(door->http, door->listener) ? 0 : -ENOMEM;
}

int door_new(struct event_base *base, int fd, door_fn *answer, void *context, struct door **ret)
{
	struct door *door = calloc(1, sizeof *door);

	if (!door) {
		close(fd);
		return -ENOMEM;
	}
	LIST_INSERT_HEAD(&doors, door, all);
	door->answer = answer;
	door->context = context;
	int result = open_door(base, fd, door);
	if (result) {
		door_free(door);
		return result;
	}
	*ret = door;
	return 0;
}

void door_free(struct door *door)
{
	if (!door)
		return;
	LIST_REMOVE(door, all);
	if (door->http)
		evhttp_free(door->http); /* with its listener and all connections */
	else if (door->listener)
		evconnlistener_free(door->listener);
	for (size_t i = 0; i < door->guest_count; i++)
		bufferevent_decref(door->guests[i].connection);
	if (door->look)
		event_free(door->look);
	free(door);
}
