/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can a peer, or a path, hold up a handshake, or have it believe what is not so? Between us and a real server stands a
 * relay that lets so many octets or datagrams through and then does what it is told; and there are servers that never
 * were any.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "proof/wire.h"
#include "scene.h"

#define RELAY_PORT 4647
#define DEADLINE (NS_PER_SECOND * 3 / 5)
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What is done with what a server says, from some octet on. */
enum mischief {
	CLOSE,
	STALL,
	GARBLE,
	FLOOD,
	MISCHIEF_COUNT
};

static const char *const words[] = {[CLOSE] = "close", [STALL] = "stall", [GARBLE] = "garble", [FLOOD] = "flood"};

/* Anything, and the same each time. */
static uint32_t next_random(void)
{
	static uint32_t state = 8973;

	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static void fill(uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)next_random();
}

struct scene {
	struct event_base *base;
	struct credentials *credentials;
};

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);

	scene->base = event_base_new();
	scene->credentials = credentials_of(&(struct credentials_options){.ca = "ca.pem"});
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	credentials_free(scene->credentials);
	event_base_free(scene->base);
	free(scene);
	return 0;
}

static struct proof prove(const struct scene *scene, enum peer_transport transport, uint64_t deadline)
{
	struct proof_target target = target_of("127.0.0.1", transport, NAME);

	target.port = RELAY_PORT;
	return prove_with(scene->base, &target,
			  &(struct handshake_options){.credentials = scene->credentials, .deadline = deadline});
}

/* --- A relay of streams --- */

struct stream_relay {
	struct evconnlistener *listener;
	struct bufferevent *client, *server; /* of the one connection there is */
	enum mischief mischief;
	size_t honest; /* octets from the server that pass */
	size_t passed;
};

static void close_both(struct stream_relay *relay)
{
	if (relay->client)
		bufferevent_free(relay->client);
	if (relay->server)
		bufferevent_free(relay->server);
	relay->client = relay->server = NULL;
}

static void send_garbage(struct bufferevent *client, size_t size)
{
	uint8_t data[16384];

	fill(data, sizeof data);
	bufferevent_write(client, data, size);
}

static void misbehave(struct stream_relay *relay)
{
	struct evbuffer *input = bufferevent_get_input(relay->server);
	size_t size = evbuffer_get_length(input);

	evbuffer_drain(input, size);
	if (relay->mischief == CLOSE)
		close_both(relay);
	else if (relay->mischief == GARBLE || relay->mischief == FLOOD)
		send_garbage(relay->client, relay->mischief == GARBLE ? size : 16384);
}

static void on_server(struct bufferevent *server, void *context)
{
	struct stream_relay *relay = context;
	struct evbuffer *input = bufferevent_get_input(server);
	size_t size = evbuffer_get_length(input), left = relay->honest - relay->passed;

	if (left) {
		relay->passed += size < left ? size : left;
		evbuffer_remove_buffer(input, bufferevent_get_output(relay->client), size < left ? size : left);
	}
	if (relay->passed == relay->honest)
		misbehave(relay);
}

static void on_client(struct bufferevent *client, void *context)
{
	const struct stream_relay *relay = context;

	bufferevent_read_buffer(client, bufferevent_get_output(relay->server));
}

/* A flood never ends. */
static void on_written(struct bufferevent *client, void *context)
{
	const struct stream_relay *relay = context;

	if (relay->mischief == FLOOD && relay->passed == relay->honest)
		send_garbage(client, 16384);
}

static void on_hung_up(struct bufferevent *side, short events, void *context)
{
	(void)side;
	if (events & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		close_both(context);
}

static struct sockaddr_in local(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int size,
			  void *context)
{
	struct event_base *base = evconnlistener_get_base(listener);
	struct sockaddr_in server = local(PORT);
	struct stream_relay *relay = context;

	(void)from;
	(void)size;
	close_both(relay);
	relay->passed = 0;
	relay->client = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	relay->server = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(relay->client, on_client, on_written, on_hung_up, relay);
	bufferevent_setcb(relay->server, on_server, NULL, on_hung_up, relay);
	bufferevent_socket_connect(relay->server, (struct sockaddr *)&server, sizeof server);
	bufferevent_enable(relay->client, EV_READ | EV_WRITE);
	bufferevent_enable(relay->server, EV_READ | EV_WRITE);
}

static void start_stream_relay(struct stream_relay *relay, struct event_base *base)
{
	struct sockaddr_in address = local(RELAY_PORT);

	relay->listener = evconnlistener_new_bind(base, on_connection, relay, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
						  -1, (struct sockaddr *)&address, sizeof address);
	assert_non_null(relay->listener);
}

static void stop_stream_relay(struct stream_relay *relay)
{
	close_both(relay);
	evconnlistener_free(relay->listener);
}

/* Mischief from octet N on, for N all through the handshake: it fails, in time; or it is over already. */
static void check_steps(const struct scene *scene, enum mischief mischief, size_t step)
{
	struct stream_relay relay = {.mischief = mischief};
	uint64_t total = 0;

	start_stream_relay(&relay, scene->base);
	for (;; relay.honest += step) {
		struct proof proof = prove(scene, TRANSPORT_TCP, DEADLINE);
		assert_true(proof.duration < DEADLINE + NS_PER_SECOND);
		if (proof.reason == REASON_PROVEN)
			break;
		assert_true(relay.honest < 8192);
		if (proof.reason == REASON_INTERNAL)
			fail_msg("%s from octet %zu on: internal", words[mischief], relay.honest);
		if (mischief == CLOSE)
			assert_int_equal(proof.reason, REASON_CLOSED);
		total++;
	}
	assert_true(total > 0 && relay.honest > 500);
	stop_stream_relay(&relay);
}

static void test_streams(void **state)
{
	static const char *const versions[] = {"-tls1_3 -num_tickets 0", "-tls1_2"};

	for (size_t i = 0; i < COUNT(versions); i++) {
		struct server server = start_openssl(TRANSPORT_TCP, "good.pem", versions[i]);
		check_steps(*state, CLOSE, 61);
		check_steps(*state, GARBLE, 61);
		check_steps(*state, FLOOD, 113);
		check_steps(*state, STALL, 400); /* each takes the whole deadline */
		stop_server(&server);
	}
}

/* --- A relay of datagrams --- */

struct datagram_relay {
	int client, server; /* sockets */
	struct sockaddr_in peer;
	struct event *from_client, *from_server, *clock;
	unsigned loss;   /* in a hundred, each way */
	unsigned honest; /* datagrams from the server that pass unharmed */
	unsigned passed;
	enum mischief mischief;
};

static bool is_lost(const struct datagram_relay *relay)
{
	return next_random() % 100 < relay->loss;
}

static void on_from_client(evutil_socket_t fd, short events, void *context)
{
	struct datagram_relay *relay = context;
	socklen_t size = sizeof relay->peer;
	uint8_t data[2048];
	ssize_t length = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&relay->peer, &size);

	(void)events;
	if (length > 0 && !is_lost(relay))
		send(relay->server, data, (size_t)length, 0);
}

static void on_from_server(evutil_socket_t fd, short events, void *context)
{
	struct datagram_relay *relay = context;
	uint8_t data[2048];
	ssize_t length = recv(fd, data, sizeof data, 0);
	bool harmed = relay->passed++ >= relay->honest;

	(void)events;
	if (length <= 0 || is_lost(relay) || (harmed && relay->mischief == STALL))
		return;
	if (harmed)
		fill(data, (size_t)length);
	sendto(relay->client, data, (size_t)length, 0, (struct sockaddr *)&relay->peer, sizeof relay->peer);
}

/* Much more than a handshake takes, again and again. */
static void on_clock(evutil_socket_t fd, short events, void *context)
{
	const struct datagram_relay *relay = context;
	uint8_t data[1200];

	(void)fd;
	(void)events;
	fill(data, sizeof data);
	for (int i = 0; relay->peer.sin_port && i < 100; i++)
		sendto(relay->client, data, sizeof data, MSG_DONTWAIT, (struct sockaddr *)&relay->peer,
		       sizeof relay->peer);
}

static void start_datagram_relay(struct datagram_relay *relay, struct event_base *base)
{
	const struct timeval often = {0, 1000};
	struct sockaddr_in here = local(RELAY_PORT), there = local(PORT);

	relay->client = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	relay->server = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_return_code(bind(relay->client, (struct sockaddr *)&here, sizeof here), errno);
	assert_return_code(connect(relay->server, (struct sockaddr *)&there, sizeof there), errno);
	relay->from_client = event_new(base, relay->client, EV_READ | EV_PERSIST, on_from_client, relay);
	relay->from_server = event_new(base, relay->server, EV_READ | EV_PERSIST, on_from_server, relay);
	relay->clock = event_new(base, -1, EV_PERSIST, on_clock, relay);
	event_add(relay->from_client, NULL);
	event_add(relay->from_server, NULL);
	if (relay->mischief == FLOOD)
		event_add(relay->clock, &often);
}

static void stop_datagram_relay(struct datagram_relay *relay)
{
	event_free(relay->from_client);
	event_free(relay->from_server);
	event_free(relay->clock);
	close(relay->client);
	close(relay->server);
}

/* Of so many handshakes at such a loss, how many are proven? None may end as if the peer were another. */
static unsigned proven_of(const struct scene *scene, unsigned tries, unsigned loss)
{
	unsigned proven = 0;

	for (unsigned i = 0; i < tries; i++) {
		struct datagram_relay relay = {.loss = loss, .honest = UINT32_MAX};
		/* A server of its own: s_server would be busy with what the last one left. */
		struct server server = start_openssl(TRANSPORT_UDP, "good.pem", "");
		start_datagram_relay(&relay, scene->base);
		struct proof proof = prove(scene, TRANSPORT_UDP, HANDSHAKE_DEADLINE);
		proven += proof.reason == REASON_PROVEN;
		if (proof.reason != REASON_PROVEN && proof.reason != REASON_STALLED && proof.reason != REASON_SILENT)
			fail_msg("%u %% loss: %s", loss, proof_reason_word(proof.reason));
		stop_datagram_relay(&relay);
		stop_server(&server);
	}
	return proven;
}

static void test_loss(void **state)
{
	uint64_t began = clock_boot();
	unsigned at_1 = proven_of(*state, 10, 1), at_30 = proven_of(*state, 4, 30);

	print_message("#: DTLS over loss: 1 %%: %u of 10 proven, 30 %%: %u of 4, in %.1f s\n", at_1, at_30,
		      (double)(clock_boot() - began) / NS_PER_SECOND);
	assert_int_equal(at_1, 10);
	/* s_server sends anew after 1, 2 and 4 s: ten are too few for some. */
	assert_true(at_30 >= 1);
}

static void test_datagrams(void **state)
{
	static const enum mischief mischiefs[] = {STALL, GARBLE};
	const struct scene *scene = *state;

	for (size_t i = 0; i < COUNT(mischiefs); i++)
		for (unsigned honest = 0; honest < 4; honest++) {
			struct datagram_relay relay = {.mischief = mischiefs[i], .honest = honest};
			struct server server = start_openssl(TRANSPORT_UDP, "good.pem", "-mtu 600");
			start_datagram_relay(&relay, scene->base);
			enum proof_reason reason = prove(scene, TRANSPORT_UDP, DEADLINE).reason;
			/* With one, a HelloVerifyRequest, and nothing after it. */
			enum proof_reason wanted = honest                  ? REASON_STALLED
						   : mischiefs[i] == STALL ? REASON_SILENT
									   : REASON_NOT_TLS;
			if (reason != wanted)
				fail_msg("%s after %u: %s", words[mischiefs[i]], honest, proof_reason_word(reason));
			stop_datagram_relay(&relay);
			stop_server(&server);
		}
}

/* Who floods is cut off, and holds up nobody meanwhile. */
static void test_datagram_flood(void **state)
{
	const struct scene *scene = *state;
	struct datagram_relay relay = {.mischief = FLOOD, .honest = 0};

	start_datagram_relay(&relay, scene->base);
	struct proof proof = prove(scene, TRANSPORT_UDP, 2 * NS_PER_SECOND);
	assert_int_equal(proof.reason, REASON_FLOODED);
	stop_datagram_relay(&relay);
}

/* --- Servers that are none --- */

struct raw {
	const char *what, *says;
	enum proof_reason reason;
};

static void on_heard(struct bufferevent *client, void *context)
{
	const struct raw *raw = context;

	if (raw->says)
		send(bufferevent_getfd(client), raw->says, strlen(raw->says), MSG_NOSIGNAL);
	evbuffer_drain(bufferevent_get_input(client), SIZE_MAX);
	bufferevent_free(client);
}

static void on_raw(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int size, void *context)
{
	struct bufferevent *client =
		bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);

	(void)from;
	(void)size;
	bufferevent_setcb(client, on_heard, NULL, NULL, context);
	bufferevent_enable(client, EV_READ);
}

static void test_other_protocols(void **state)
{
	static struct raw rows[] = {
		{"HTTP", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", REASON_NOT_TLS},
		{"SSH", "SSH-2.0-OpenSSH_9.2\r\n", REASON_NOT_TLS},
		{"nothing", NULL, REASON_CLOSED},
		{"an alert: handshake_failure", "\x15\x03\x03\0\x02\x02\x28", REASON_CLOSED}, /* cut by its NUL */
	};
	const struct scene *scene = *state;
	struct sockaddr_in address = local(RELAY_PORT);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct evconnlistener *listener = evconnlistener_new_bind(scene->base, on_raw, &rows[i],
									  LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1,
									  (struct sockaddr *)&address, sizeof address);
		enum proof_reason reason = prove(scene, TRANSPORT_TCP, DEADLINE).reason;
		if (reason != rows[i].reason)
			fail_msg("%s: %s", rows[i].what, proof_reason_word(reason));
		evconnlistener_free(listener);
	}
}

/* It accepts, or would, and says nothing. */
static void test_silent(void **state)
{
	struct sockaddr_in address = local(RELAY_PORT);

	for (enum peer_transport transport = 0; transport < TRANSPORT_COUNT; transport++) {
		int fd = socket(AF_INET, (transport == TRANSPORT_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0),
		    on = 1;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof address), errno);
		if (transport == TRANSPORT_TCP)
			listen(fd, 1);
		struct proof proof = prove(*state, transport, DEADLINE);
		assert_int_equal(proof.reason, REASON_SILENT);
		assert_in_range(proof.duration, DEADLINE, DEADLINE + NS_PER_SECOND);
		close(fd);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_streams),         TEST(test_loss),   TEST(test_datagrams), TEST(test_datagram_flood),
		TEST(test_other_protocols), TEST(test_silent),
	};

	signal(SIGPIPE, SIG_IGN);
	if (enter_network() < 0) {
		printf("1..0 # SKIP no network may be made here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, open_folder, close_folder);
}
