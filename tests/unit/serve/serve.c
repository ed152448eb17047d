/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the server answer over its doors, and stand what comes through them? */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "free_port.h"
#include "serve/door.h"
#include "serve/serve.h"
#include "serve/watch.h"
#include "told.h"

/* --- A fast path without a kernel: one port
 * --------------------------------------------------------------------------- */

static const struct port port = {.key = {.ifindex = 3, .name = "uplink"}, .attached = ATTACH_NATIVE};

const struct port *fastpath_port(const struct fastpath *fastpath, unsigned slot)
{
	(void)fastpath;
	return slot == 0 ? &port : NULL;
}

int fastpath_counters(const struct fastpath *fastpath, unsigned slot, struct ds_counters *ret)
{
	(void)fastpath;
	*ret = slot < DS_PORTS_MAX ? (struct ds_counters){.captured = 12, .lost = 1}
				   : (struct ds_counters){.captured = 3};
	return 0;
}

int fastpath_messages(const struct fastpath *fastpath, unsigned slot, struct ds_messages *ret)
{
	(void)fastpath, (void)slot;
	memset(ret, 0, sizeof *ret);
	ret->v4[DS_SIDE_CLIENT][DHCP4_ACK] = 12;
	return 0;
}

void fastpath_ring_state(const struct fastpath *fastpath, struct ring_state *ret)
{
	(void)fastpath;
	*ret = (struct ring_state){.size = 4096, .used = 64};
}

/* --- A store without a disk, which is whatever stats the test gives it --- */

const struct store_stats *store_stats(struct store *store)
{
	return (const struct store_stats *)store;
}

const char *store_state_word(enum store_state state)
{
	return state == STORE_LOADING ? "loading" : "other";
}

/* --- A server
 * --------------------------------------------------------------------------------------------------------- */

struct scene {
	struct event_base *base;
	struct table *table;
	struct discovery *discovery;
	struct store_stats store;
	struct serve *serve;
	char folder[64], path[96], listen[32];
	unsigned port;
	int reload; /* what the next one returns */
};

static int on_reload(void *context, char *error, size_t size)
{
	const struct scene *scene = context;

	if (scene->reload)
		snprintf(error, size, "dotsnoop.yaml:3: no such key: prots");
	return scene->reload;
}

static int open_scene(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);
	struct discovery_options methods;
	char error[SERVE_ERROR_SIZE];

	signal(SIGPIPE, SIG_IGN);
	strcpy(scene->folder, "/tmp/dotsnoop-test-XXXXXX");
	assert_non_null(mkdtemp(scene->folder));
	snprintf(scene->path, sizeof scene->path, "%s/control.sock", scene->folder);
	scene->port = free_port();
	snprintf(scene->listen, sizeof scene->listen, "127.0.0.1:%u", scene->port);
	scene->base = event_base_new();
	assert_int_equal(told_open(100000, &scene->table), 0);
	discovery_default(&methods);
	assert_int_equal(discovery_new(scene->base, scene->table, &told_wheel, &methods, &scene->discovery), 0);

	struct serve_options options = {.control = scene->path, .listen = scene->listen};
	struct serve_sources sources = {.table = scene->table,
					.discovery = scene->discovery,
					.store = (struct store *)&scene->store,
					.started = clock_boot(),
					.reload = on_reload,
					.context = scene};
	assert_int_equal(serve_new(scene->base, &options, &sources, &scene->serve, error), 0);
	*state = scene;
	return 0;
}

static int close_scene(void **state)
{
	struct scene *scene = *state;

	serve_free(scene->serve);
	assert_int_equal(access(scene->path, F_OK), -1);
	told_close(scene->table);
	discovery_free(scene->discovery);
	event_base_free(scene->base);
	assert_int_equal(rmdir(scene->folder), 0);
	free(scene);
	return 0;
}

/* --- Clients
 * ---------------------------------------------------------------------------------------------------------- */

static int connect_control(const struct scene *scene)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", scene->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static int connect_web(const struct scene *scene)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)scene->port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Lets the server do what it has to do. */
static void turn(const struct scene *scene)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
}

#define ANSWER_MAX (64 << 20)

static char *answer; /* of the last call of hear */
static size_t answer_length;

/* Reads what comes for at most so many milliseconds, or to the end. Returns whether the end came. */
static bool hear(const struct scene *scene, int fd, unsigned milliseconds)
{
	uint64_t until = clock_boot() + milliseconds * (NS_PER_SECOND / 1000);

	answer_length = 0;
	*answer = '\0';
	do {
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		ssize_t got = recv(fd, answer + answer_length, ANSWER_MAX - answer_length, MSG_DONTWAIT);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return true;
		if (got > 0)
			answer_length += (size_t)got;
		answer[answer_length] = '\0';
	} while (clock_boot() < until);
	return false;
}

/* One request without keep-alive; the answer is whole. */
static const char *ask_on(const struct scene *scene, int fd, const char *method, const char *target)
{
	char request[512];

	snprintf(request, sizeof request, "%s %s HTTP/1.0\r\n\r\n", method, target);
	say(fd, request);
	assert_true(hear(scene, fd, 5000));
	close(fd);
	return answer;
}

static const char *ask(const struct scene *scene, const char *method, const char *target)
{
	return ask_on(scene, connect_control(scene), method, target);
}

static const char *ask_web(const struct scene *scene, const char *method, const char *target)
{
	return ask_on(scene, connect_web(scene), method, target);
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part))
		return;
	print_error("missing: %s\nin: %.500s\n", part, text);
	fail();
}

static size_t count(const char *text, const char *part)
{
	size_t found = 0;

	for (; (text = strstr(text, part)); text++)
		found++;
	return found;
}

/* --- Answers
 * ---------------------------------------------------------------------------------------------------------- */

static void test_status_and_ports(void **state)
{
	assert_has(ask(*state, "GET", "/v1/status"), "200 OK");
	assert_has(answer, "Content-Type: application/json\r\n");
	assert_has(answer, "\"ring\":{\"size\":4096,\"used\":64,\"lost\":1}");
	assert_has(ask(*state, "GET", "/v1/ports"), "Content-Type: application/x-ndjson\r\n");
	assert_has(answer, "\r\n\r\n{\"name\":\"uplink\",");
	assert_has(answer, "{\"family\":4,\"side\":\"client\",\"type\":\"ack\",\"count\":12}");
}

static void test_lists(void **state)
{
	struct scene *scene = *state;

	for (unsigned i = 0; i < 3000; i++)
		tell(scene->table, &(struct told){.client = i, .name = "dots.example.net", .address = "192.0.2.1"});
	discover(scene->table);
	assert_int_equal(count(ask(scene, "GET", "/v1/bindings"), "{\"circuit\":\"access1\","), 3000);
	assert_int_equal(count(ask(scene, "GET", "/v1/bindings?client=020000000007"), "\"circuit\""), 1);
	assert_int_equal(count(ask(scene, "GET", "/v1/bindings?address=10.0.0.7"), "\"circuit\""), 1);
	assert_has(answer, "02:00:00:00:00:07");
	assert_int_equal(count(ask(scene, "GET", "/v1/bindings?prefix=10.0.0.0/8"), "\"circuit\""), 0);
	assert_int_equal(count(ask(scene, "GET", "/v1/explain?who=10.0.0.7"), "\"methods\""), 1);
	assert_int_equal(count(ask(scene, "GET", "/v1/bindings?circuit=nowhere"), "\"circuit\""), 0);
	assert_has(answer, "200 OK");
	assert_has(ask(scene, "GET", "/v1/peers?family=4&state=discovered"), "\"bindings\":3000}\n");
	assert_int_equal(count(ask(scene, "GET", "/v1/peers?family=6"), "\"circuit\""), 0);
}

static void test_chunked_for_http11(void **state)
{
	struct scene *scene = *state;
	int fd = connect_control(scene);

	tell(scene->table, &(struct told){.client = 1});
	say(fd, "GET /v1/bindings HTTP/1.1\r\nHost: a\r\n\r\nGET /v1/status HTTP/1.1\r\nConnection: close\r\n\r\n");
	assert_true(hear(scene, fd, 5000));
	assert_has(answer, "Transfer-Encoding: chunked\r\n");
	assert_has(answer, "\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n");
	close(fd);
}

static void test_errors_are_json(void **state)
{
	static const struct {
		const char *method, *target, *status, *body;
	} cases[] = {
		{"GET", "/", "404 Not Found", "{\"error\":\"nothing here: /\"}"},
		{"GET", "/v1/status/", "404 Not Found", "{\"error\":\"nothing here: /v1/status/\"}"},
		{"GET", "/\x1b[2J", "404 Not Found", "{\"error\":\"nothing here: /\\\\027[2J\"}"},
		{"POST", "/v1/status", "405 Method Not Allowed", "{\"error\":\"/v1/status takes GET\"}"},
		{"DELETE", "/v1/bindings", "405 Method Not Allowed", "Allow: GET\r\n"},
		{"GET", "/v1/flush", "405 Method Not Allowed", "{\"error\":\"/v1/flush takes POST\"}"},
		{"GET", "/v1/peers?family=5", "400 Bad Request", "{\"error\":\"family: expected 4 or 6\"}"},
		{"GET", "/v1/peers?nope=1", "400 Bad Request", "{\"error\":"},
		{"GET", "/v1/peers?family", "400 Bad Request", "{\"error\":"},
		{"GET", "/metrics", "404 Not Found", "{\"error\":"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_has(ask(*state, cases[i].method, cases[i].target), cases[i].status);
		assert_has(answer, cases[i].body);
	}
}

static void test_actions(void **state)
{
	struct scene *scene = *state;

	tell(scene->table, &(struct told){.client = 1});
	assert_has(ask(scene, "POST", "/v1/flush"), "{\"flushed\":1}\n");
	assert_int_equal(table_binding_count(scene->table), 0);
	assert_has(ask(scene, "POST", "/v1/reload"), "{\"reloaded\":true}\n");
	scene->reload = -EINVAL;
	assert_has(ask(scene, "POST", "/v1/reload"), "409 Conflict");
	assert_has(answer, "{\"error\":\"dotsnoop.yaml:3: no such key: prots\"}\n");
}

static void test_web(void **state)
{
	assert_has(ask_web(*state, "GET", "/metrics"), "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	assert_has(answer, "\ndotsnoop_ring_records_total 15\n");
	assert_has(answer, "\ndotsnoop_frames_total{interface=\"uplink\",reason=\"captured\"} 12\n");
	assert_has(answer, "\ndotsnoop_egress_frames_total{interface=\"uplink\",reason=\"captured\"} 3\n");
	assert_has(answer, "\ndotsnoop_bindings{interface=\"uplink\",family=\"4\"} 0\n");
	tell(((struct scene *)*state)->table, &(struct told){.client = 1});
	assert_has(ask_web(*state, "GET", "/metrics?a=1&b"), "200 OK");
	assert_has(answer, "\ndotsnoop_bindings{interface=\"uplink\",family=\"4\"} 1\n");
	assert_has(answer, "\ndotsnoop_port_bindings{interface=\"access1\"} 1\n");
	assert_has(ask_web(*state, "GET", "/healthz"), "\r\n\r\nok\n");
	assert_has(ask_web(*state, "GET", "/"), "<title>dotsnoop</title>");
	assert_has(ask_web(*state, "HEAD", "/"), "200 OK");
	assert_null(strstr(answer, "<title>"));
	assert_has(answer, "Content-Length: ");
	assert_has(ask_web(*state, "HEAD", "/v1"), "404 Not Found");
	assert_null(strstr(answer, "error"));
	assert_has(ask_web(*state, "POST", "/metrics"), "405 Method Not Allowed");
	assert_has(ask_web(*state, "GET", "/v1/status"), "404 Not Found");
	assert_has(ask_web(*state, "POST", "/v1/flush"), "404 Not Found");
}

/* Healthy is who knows all that was known. */
static void test_health_while_restoring(void **state)
{
	struct scene *scene = *state;

	scene->store.state = STORE_LOADING;
	assert_has(ask_web(scene, "GET", "/healthz"), "503 Service Unavailable");
	assert_has(answer, "{\"error\":\"what the store holds is being restored: 0 bindings so far\"}");
	assert_has(ask(scene, "GET", "/v1/status"), "\"store\":{\"state\":\"loading\"");
	tell(scene->table, &(struct told){.client = 1});
	assert_has(ask(scene, "POST", "/v1/flush"), "503 Service Unavailable");
	assert_int_equal(table_binding_count(scene->table), 1);
	scene->store.state = STORE_BEHIND;
	assert_has(ask_web(scene, "GET", "/healthz"), "200 OK");
	assert_has(ask(scene, "POST", "/v1/flush"), "{\"flushed\":1}\n");
}

/* --- The change stream
 * ------------------------------------------------------------------------------------------------ */

static int watch(const struct scene *scene)
{
	int fd = connect_control(scene);

	say(fd, "GET /v1/watch HTTP/1.0\r\n\r\n");
	turn(scene);
	return fd;
}

static void test_watch(void **state)
{
	struct scene *scene = *state;
	int one = watch(scene), two = watch(scene);
	struct told told = {.client = 1, .name = "dots.example.net", .address = "192.0.2.1"};

	tell(scene->table, &told);
	turn(scene); /* what is discovered takes its turn */
	tell(scene->table, &told);
	told.circuit = "access2";
	tell(scene->table, &told);
	table_flush(scene->table);
	assert_false(hear(scene, one, 100));
	assert_has(answer, "\"change\":\"created\",\"why\":\"ack\",\"circuit\":\"access1\",\"client\":{\"hw\":\"02:00:"
			   "00:00:00:01\"");
	assert_has(answer, "\"change\":\"peer\",\"interface\":\"uplink\",\"family\":4,\"name\":\"dots.example.net\"");
	assert_has(answer, "\"change\":\"refreshed\"");
	assert_has(answer, "\"change\":\"moved\",\"why\":\"ack\",\"circuit\":\"access2\"");
	assert_has(answer, "\"change\":\"ended\",\"why\":\"flushed\"");
	assert_int_equal(count(answer, "\n{\"time\":\"20"), 5);
	assert_false(hear(scene, two, 100));
	assert_int_equal(count(answer, "\n{\"time\":\"20"), 5);
	close(one);
	close(two);
}

/* What is proven of a peer is one line, and goes before what was found wherever the peer is shown. */
static void test_proofs(void **state)
{
	struct scene *scene = *state;
	struct peer_proof proof = {true, PEER_REFUSED, TRANSPORT_TCP, "wrong-name", TABLE_NEVER};
	int fd;

	tell(scene->table, &(struct told){.client = 1, .address = "192.0.2.1", .second = "192.0.2.2"});
	turn(scene);
	discover(scene->table);
	fd = watch(scene);
	struct peerset *peerset = table_next_peerset(scene->table, &(uint32_t){0});
	table_set_proof(scene->table, peerset, &peerset->peers[1], &proof);
	assert_false(hear(scene, fd, 100));
	assert_int_equal(count(answer, "\"change\":\"peer\""), 1);
	assert_has(answer, "\"transport\":\"tcp\",\"address\":\"192.0.2.2\",\"port\":4646,\"method\":\"dhcp\","
			   "\"state\":\"refused\",\"detail\":\"wrong-name\"");
	close(fd);
	assert_int_equal(count(ask(scene, "GET", "/v1/peers?state=refused"), "192.0.2.2"), 1);
	assert_int_equal(count(ask(scene, "GET", "/v1/peers?state=discovered"), "\"circuit\""), 1);
	assert_has(answer, "192.0.2.1");
	assert_has(ask(scene, "GET", "/v1/explain?who=access1"), "\"state\":\"refused\",\"detail\":\"wrong-name\"");
}

static void test_proofs_on_and_off(void **state)
{
	struct scene *scene = *state;
	struct prober *prober;

	assert_has(ask(scene, "GET", "/v1/status"), "\"proofs\":{\"enabled\":false}");
	assert_int_equal(prober_new(scene->base, &(struct prober_options){0}, NULL, &prober), 0);
	serve_set_proofs(scene->serve, prober, NULL);
	assert_has(ask(scene, "GET", "/v1/status"), "\"proofs\":{\"enabled\":true,\"in_flight\":0,");
	serve_set_proofs(scene->serve, NULL, NULL);
	prober_free(prober);
	assert_has(ask(scene, "GET", "/v1/status"), "\"proofs\":{\"enabled\":false}");
}

static void test_newcomer_hears_nothing_old(void **state)
{
	struct scene *scene = *state;
	int one = watch(scene), two = connect_control(scene);

	say(two, "GET /v1/watch HTTP/1.0\r\n\r\n");
	tell(scene->table, &(struct told){.client = 1});
	turn(scene);
	tell(scene->table, &(struct told){.client = 2});
	assert_false(hear(scene, two, 100));
	assert_null(strstr(answer, "02:00:00:00:00:01"));
	assert_has(answer, "02:00:00:00:00:02");
	close(one);
	close(two);
}

static void test_watcher_goes(void **state)
{
	struct scene *scene = *state;
	int one = watch(scene), two = watch(scene);

	close(one);
	tell(scene->table, &(struct told){.client = 1});
	turn(scene);
	tell(scene->table, &(struct told){.client = 2});
	assert_false(hear(scene, two, 100));
	assert_int_equal(count(answer, "\"created\""), 2);
	close(two);
	turn(scene);
	tell(scene->table, &(struct told){.client = 3});
}

/* Bytes that this process has taken from the heap, for all that it does. */
static size_t heap_used(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* Lines of the stream until there were so many, in all. */
static size_t hear_lines(const struct scene *scene, int fd, size_t heard, size_t wanted)
{
	for (int i = 0; i < 1000 && heard < wanted; i++) {
		assert_false(hear(scene, fd, 5));
		assert_null(strstr(answer, "\"cut\""));
		heard += count(answer, "\n");
	}
	return heard;
}

/* So many changes, of which the quick watcher hears every one. Returns the most that the heap held. */
static size_t change(const struct scene *scene, int quick, unsigned changes)
{
	size_t heard = 0, most = 0;

	assert_false(hear(scene, quick, 100)); /* the head of the answer */
	for (unsigned i = 0; i < changes; i++) {
		tell(scene->table,
		     &(struct told){.client = i % 100, .name = "dots.example.net", .address = "192.0.2.1"});
		if (i % 1000)
			continue;
		heard = hear_lines(scene, quick, heard, i + 2); /* and one peer */
		if (heap_used() > most)
			most = heap_used();
	}
	assert_int_equal(hear_lines(scene, quick, heard, changes + 1), changes + 1);
	assert_false(hear(scene, quick, 50));
	assert_int_equal(answer_length, 0);
	return most;
}

/* It is not waited for, takes no more memory than its share, and disturbs nobody else. */
static void test_stalled_watcher_is_cut_off(void **state)
{
	struct scene *scene = *state;
	int stalled = watch(scene), quick = watch(scene);
	size_t before = heap_used();

	assert_in_range(change(scene, quick, 100000), 0, before + 2U * WATCH_UNSENT_MAX);
	assert_true(hear(scene, stalled, 5000));
	assert_in_range(answer_length, WATCH_UNSENT_MAX / 2, 2U * WATCH_UNSENT_MAX + 4U * WATCH_KERNEL_BUFFER);
	close(stalled);
	close(quick);
}

/* Who reads on while the door has patience reads why. */
static void test_slow_watcher_is_told_why(void **state)
{
	struct scene *scene = *state;
	int slow = watch(scene), quick = watch(scene);

	change(scene, quick, 60000);
	assert_true(hear(scene, slow, 5000));
	assert_has(answer + answer_length - 200, "\"change\":\"cut\",\"why\":\"read too slowly");
	close(slow);
	close(quick);
}

static void test_so_many_watchers(void **state)
{
	struct scene *scene = *state;
	int fds[WATCHERS_MAX];

	for (unsigned i = 0; i < WATCHERS_MAX; i++)
		fds[i] = watch(scene);
	assert_has(ask(scene, "GET", "/v1/watch"), "503 Service Unavailable");
	close(fds[0]);
	turn(scene);
	fds[0] = watch(scene);
	assert_false(hear(scene, fds[0], 50));
	assert_has(answer, "200 OK");
	for (unsigned i = 0; i < WATCHERS_MAX; i++)
		close(fds[i]);
}

/* --- What comes through the doors
 * ------------------------------------------------------------------------------------- */

static void test_malformed(void **state)
{
	struct scene *scene = *state;
	char headers[3 * DOOR_HEADERS_MAX];
	const char *const requests[] = {
		"\r\n\r\n",
		"GET\r\n\r\n",
		"\x16\x03\x01\x02 \x01 \x01\xfc\r\n\r\n",
		"GET /v1/status HTTP/7.0\r\n\r\n",
		"GET /v1/status HTTP/1.1\r\nno colon\r\n\r\n",
		"POST /v1/flush HTTP/1.1\r\nContent-Length: 999999\r\n\r\n",
		"POST /v1/flush HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"POST /v1/flush HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
		headers,
	};

	memset(headers, 'a', sizeof headers - 1);
	headers[sizeof headers - 1] = '\0';
	tell(scene->table, &(struct told){.client = 1});
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		int fd = connect_control(scene);
		send(fd, requests[i], strlen(requests[i]), MSG_NOSIGNAL | MSG_DONTWAIT);
		hear(scene, fd, 300);
		assert_has(answer, "HTTP/1.1 4");
		close(fd);
	}
	assert_int_equal(table_binding_count(scene->table), 1);
	assert_has(ask(scene, "GET", "/v1/status"), "200 OK");
}

static void test_goes_in_the_middle(void **state)
{
	struct scene *scene = *state;

	for (unsigned i = 0; i < 5000; i++)
		tell(scene->table, &(struct told){.client = i});
	for (int i = 0; i < 10; i++) {
		int fd = connect_control(scene);
		say(fd, "GET /v1/bindings HTTP/1.1\r\n\r\n");
		for (int j = 0; j < i; j++)
			event_base_loop(scene->base, EVLOOP_NONBLOCK);
		close(fd);
		turn(scene);
	}
	assert_int_equal(count(ask(scene, "GET", "/v1/bindings"), "{\"circuit\""), 5000);
}

/* Streams and watchers that are still served: close_scene looks whether all of it goes. */
static void test_ends_in_the_middle(void **state)
{
	struct scene *scene = *state;
	int fds[4];

	for (unsigned i = 0; i < 5000; i++)
		tell(scene->table, &(struct told){.client = i});
	for (int i = 0; i < 3; i++) {
		fds[i] = connect_control(scene);
		say(fds[i], "GET /v1/bindings HTTP/1.1\r\n\r\n");
	}
	fds[3] = watch(scene);
	tell(scene->table, &(struct told){.client = 1});
	serve_free(scene->serve);
	scene->serve = NULL;
	tell(scene->table, &(struct told){.client = 1});
	for (int i = 0; i < 4; i++)
		close(fds[i]);
}

static void test_crowd_waits_outside(void **state)
{
	struct scene *scene = *state;
	int crowd[DOOR_CONNECTIONS_MAX];

	for (int i = 0; i < DOOR_CONNECTIONS_MAX; i++)
		crowd[i] = connect_control(scene);
	turn(scene);
	int last = connect_control(scene);
	say(last, "GET /v1/status HTTP/1.0\r\n\r\n");
	assert_false(hear(scene, last, 100));
	assert_int_equal(answer_length, 0);
	assert_has(ask_web(scene, "GET", "/healthz"), "ok"); /* the other door stands open */
	for (int i = 0; i < DOOR_CONNECTIONS_MAX; i++)
		close(crowd[i]);
	assert_true(hear(scene, last, 2000));
	assert_has(answer, "200 OK");
	close(last);
}

/* Somebody inside who keeps asking does not keep the door shut. */
static void test_talker_among_the_crowd(void **state)
{
	struct scene *scene = *state;
	int crowd[DOOR_CONNECTIONS_MAX];

	for (int i = 0; i < DOOR_CONNECTIONS_MAX; i++)
		crowd[i] = connect_control(scene);
	turn(scene);
	int last = connect_control(scene);
	say(last, "GET /v1/status HTTP/1.0\r\n\r\n");
	for (int i = 1; i < DOOR_CONNECTIONS_MAX; i++)
		close(crowd[i]);
	*answer = '\0';
	for (int i = 0; i < 30 && !strstr(answer, "HTTP/1.0 200 OK"); i++) {
		say(crowd[0], "GET /v1/status HTTP/1.1\r\n\r\n");
		hear(scene, crowd[0], 50);
		assert_has(answer, "HTTP/1.1 200 OK");
		hear(scene, last, 0);
	}
	assert_has(answer, "HTTP/1.0 200 OK");
	close(crowd[0]);
	close(last);
}

/* A client that sends and sends while it is served fills no memory: what is not read backs up to it. */
static void test_talks_while_served(void **state)
{
	struct scene *scene = *state;
	int fd = watch(scene);
	char flood[65536];
	size_t sent = 0;

	memset(flood, 'x', sizeof flood);
	for (int i = 0; i < 200; i++) {
		ssize_t one = send(fd, flood, sizeof flood, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (one > 0)
			sent += (size_t)one;
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
	}
	assert_true(sent < 2 << 20);
	tell(scene->table, &(struct told){.client = 1});
	assert_false(hear(scene, fd, 100));
	assert_has(answer, "\"created\"");
	close(fd);
}

static void test_second_server_is_refused(void **state)
{
	struct scene *scene = *state;
	struct serve_options options = {.control = scene->path};
	struct serve_sources sources = {.table = scene->table, .discovery = scene->discovery};
	struct serve *second = NULL;
	char error[SERVE_ERROR_SIZE], other[128];

	assert_int_equal(serve_new(scene->base, &options, &sources, &second, error), -EADDRINUSE);
	assert_has(error, "another agent");

	snprintf(other, sizeof other, "%s/other.sock", scene->folder);
	options = (struct serve_options){.control = other, .listen = scene->listen};
	assert_int_equal(serve_new(scene->base, &options, &sources, &second, error), -EADDRINUSE);
	assert_has(error, scene->listen);
	assert_int_equal(access(other, F_OK), -1);
	assert_null(second);
	assert_has(ask(scene, "GET", "/v1/status"), "200 OK");
}

static int new_answer(void **state)
{
	(void)state;
	answer = calloc(1, ANSWER_MAX + 1);
	return !answer;
}

static int free_answer(void **state)
{
	(void)state;
	free(answer);
	return 0;
}

#define scene_test(f) cmocka_unit_test_setup_teardown(f, open_scene, close_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene_test(test_status_and_ports),
		scene_test(test_lists),
		scene_test(test_chunked_for_http11),
		scene_test(test_errors_are_json),
		scene_test(test_actions),
		scene_test(test_web),
		scene_test(test_health_while_restoring),
		scene_test(test_watch),
		scene_test(test_proofs),
		scene_test(test_proofs_on_and_off),
		scene_test(test_newcomer_hears_nothing_old),
		scene_test(test_watcher_goes),
		scene_test(test_stalled_watcher_is_cut_off),
		scene_test(test_slow_watcher_is_told_why),
		scene_test(test_so_many_watchers),
		scene_test(test_malformed),
		scene_test(test_goes_in_the_middle),
		scene_test(test_ends_in_the_middle),
		scene_test(test_crowd_waits_outside),
		scene_test(test_talker_among_the_crowd),
		scene_test(test_talks_while_served),
		scene_test(test_second_server_is_refused),
	};

	return cmocka_run_group_tests(tests, new_answer, free_answer);
}
