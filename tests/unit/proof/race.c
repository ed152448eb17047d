/* SPDX-License-Identifier: BSD-2-Clause */
/* Who wins, when, and what is said of the others? Candidates on real servers. */
#include "proof/race.h"

#include "scene.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MS 1000000ULL
#define SILENT_PORT 4650

struct end {
	struct event_base *base;
	unsigned calls;
	int winner; /* -1: none */
	size_t count;
	struct race_entry entries[RACE_MAX];
	uint64_t took;
};

static void on_end(void *context, const struct race_entry *winner, const struct race_entry *entries, size_t count)
{
	struct end *end = context;

	end->calls++;
	end->winner = winner ? (int)(winner - entries) : -1;
	end->count = count;
	memcpy(end->entries, entries, count * sizeof *entries);
	event_base_loopbreak(end->base);
}

struct scene {
	struct event_base *base;
	struct credentials *credentials;
	int silent; /* a socket that takes all and says nothing */
};

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(SILENT_PORT)};

	scene->base = event_base_new();
	scene->credentials = credentials_of(&(struct credentials_options){.ca = "ca.pem"});
	scene->silent = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_return_code(bind(scene->silent, (struct sockaddr *)&address, sizeof address), errno);
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	close(scene->silent);
	credentials_free(scene->credentials);
	event_base_free(scene->base);
	free(scene);
	return 0;
}

static struct end run(const struct scene *scene, const struct proof_target *targets, size_t count)
{
	struct end end = {.base = scene->base};
	const struct handshake_options options = {.credentials = scene->credentials, .deadline = 2000 * MS};
	uint64_t began = clock_boot();

	assert_non_null(race_start(scene->base, targets, count, &options, on_end, &end));
	assert_int_equal(end.calls, 0);
	event_base_dispatch(scene->base);
	end.took = clock_boot() - began;
	assert_int_equal(end.calls, 1);
	assert_int_equal(end.count, count);
	return end;
}

/* The first in line, if it is there, and nobody else is asked. */
static void test_order(void **state)
{
	const struct proof_target targets[] = {
		target_of("127.0.0.1", TRANSPORT_TCP, NAME),
		target_of("::1", TRANSPORT_TCP, NAME),
		target_of("127.0.0.1", TRANSPORT_UDP, NAME),
		target_of("::1", TRANSPORT_UDP, NAME),
	};
	struct server server = start_openssl(TRANSPORT_UDP, "good.pem", "");
	struct end end = run(*state, targets, COUNT(targets));

	stop_server(&server);
	for (size_t i = 0; i < COUNT(targets); i++) {
		assert_int_equal(end.entries[i].target.transport, targets[3 - i].transport);
		assert_int_equal(end.entries[i].target.address.family, targets[3 - i].address.family);
		assert_int_equal(end.entries[i].tried, i == 0);
	}
	assert_int_equal(end.winner, 0);
}

/* Where UDP is dropped, TCP wins after UDP's head start. */
static void test_udp_blocked(void **state)
{
	struct proof_target targets[] = {
		target_of("::1", TRANSPORT_UDP, NAME),
		target_of("127.0.0.1", TRANSPORT_TCP, NAME),
	};
	struct server server = start_openssl(TRANSPORT_TCP, "good.pem", "");

	targets[0].port = SILENT_PORT;
	struct end end = run(*state, targets, COUNT(targets));
	stop_server(&server);
	assert_int_equal(end.winner, 1);
	assert_in_range(end.took, 250 * MS, 1500 * MS);
	assert_true(end.entries[0].tried && !end.entries[0].ended);
}

/* Who fails makes room at once. */
static void test_next_at_once(void **state)
{
	struct proof_target targets[] = {
		target_of("192.0.2.1", TRANSPORT_UDP, NAME),
		target_of("192.0.2.2", TRANSPORT_UDP, NAME),
		target_of("127.0.0.1", TRANSPORT_TCP, "other.example.net"),
		target_of("127.0.0.1", TRANSPORT_TCP, NAME),
	};
	static const enum proof_reason reasons[] = {REASON_UNREACHABLE, REASON_UNREACHABLE, REASON_WRONG_NAME,
						    REASON_PROVEN};
	struct server server = start_openssl(TRANSPORT_TCP, "good.pem", "");
	struct end end = run(*state, targets, COUNT(targets));

	stop_server(&server);
	assert_int_equal(end.winner, 3);
	assert_true(end.took < 500 * MS);
	for (size_t i = 0; i < COUNT(targets); i++) {
		assert_true(end.entries[i].ended);
		assert_int_equal(end.entries[i].proof.reason, reasons[i]);
	}
}

static void test_nobody(void **state)
{
	struct proof_target targets[] = {
		target_of("127.0.0.1", TRANSPORT_TCP, NAME),
		target_of("::1", TRANSPORT_UDP, NAME),
	};

	targets[1].port = SILENT_PORT;
	struct end end = run(*state, targets, COUNT(targets));
	assert_int_equal(end.winner, -1);
	assert_int_equal(end.entries[0].proof.reason, REASON_SILENT);
	assert_int_equal(end.entries[1].proof.reason, REASON_PORT_CLOSED);
}

static void test_cancel(void **state)
{
	const struct scene *scene = *state;
	const struct proof_target targets[] = {
		target_of("127.0.0.1", TRANSPORT_TCP, NAME),
		target_of("192.0.2.1", TRANSPORT_UDP, NAME),
	};
	const struct handshake_options options = {.credentials = scene->credentials};
	struct server server = start_openssl(TRANSPORT_TCP, "good.pem", "");
	struct end end = {.base = scene->base};

	for (int turns = 0; turns < 4; turns++) {
		struct race *race = race_start(scene->base, targets, COUNT(targets), &options, on_end, &end);
		for (int i = 0; i < turns && !end.calls; i++)
			event_base_loop(scene->base, EVLOOP_ONCE);
		if (!end.calls)
			race_cancel(race);
		end.calls = 0;
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		assert_int_equal(end.calls, 0);
	}
	assert_null(race_start(scene->base, targets, 0, &options, on_end, &end));
	race_cancel(NULL);
	stop_server(&server);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order), TEST(test_udp_blocked), TEST(test_next_at_once), TEST(test_nobody), TEST(test_cancel),
	};

	if (enter_network() < 0) {
		printf("1..0 # SKIP no network may be made here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, open_folder, close_folder);
}
