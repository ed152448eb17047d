/* SPDX-License-Identifier: BSD-2-Clause */
/* Do all come to an end when thousands begin at once, a few hundred at a time? Against a real Knot, in a network of the
 * test's own. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../serve/told.h"
#include "base/log.h"
#include "discovery/discovery.h"
#include "network.h"

#define MANY 2000
#define TTL 900

/* --- Knot ----------------------------------------------------------------------------------------------------------
 */

static char folder[] = "/tmp/dotsnoop-searches.XXXXXX";
static pid_t knot; /* 0: is not there */

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Every name in found.test leads to one agent; in empty.test there is none. */
static void write_zones(void)
{
	static const char head[] = "@ 3600 SOA ns hostmaster 1 3600 900 604800 900\n@ NS ns\nns A 127.0.0.1\n";
	char text[1024];

	snprintf(text, sizeof text,
		 "%s* %d NAPTR 10 10 \"s\" \"DOTS:signal.udp\" \"\" _dots-signal._udp.box\n"
		 "_dots-signal._udp.box %d SRV 0 0 4646 agent\nagent %d A 192.0.2.7\n",
		 head, TTL, TTL, TTL);
	write_file("found.test", text);
	snprintf(text, sizeof text, "%s* 900 A 192.0.2.9\n", head);
	write_file("empty.test", text);
	snprintf(text, sizeof text,
		 "server:\n  rundir: %s\n  listen: 127.0.0.1@53\nlog:\n  - target: stderr\n    any: warning\n"
		 "database:\n  storage: %s\ntemplate:\n  - id: default\n    storage: %s\n    file: \"%%s\"\n"
		 "    zonefile-sync: -1\n    journal-content: none\n    zonefile-load: whole\n"
		 "zone:\n  - domain: found.test\n  - domain: empty.test\n",
		 folder, folder, folder);
	write_file("knot.conf", text);
}

static bool listens(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result = connect(fd, (struct sockaddr *)&address, sizeof address);

	close(fd);
	return result == 0;
}

static int start_knot(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_return_code(chdir(folder), errno);
	write_zones();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	/* NOLINTNEXTLINE(cert-env33-c): a fixed command */
	if (system("command -v knotd >/dev/null"))
		return 0;
	knot = fork();
	if (knot == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(open("log", O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
		execlp("knotd", "knotd", "-c", "knot.conf", NULL);
		_exit(127);
	}
	for (int i = 0; i < 1000 && !listens(); i++)
		usleep(10000);
	assert_true(listens());
	return 0;
}

static int stop_knot(void **state)
{
	char command[64];

	(void)state;
	if (knot) {
		kill(knot, SIGTERM);
		waitpid(knot, NULL, 0);
	}
	snprintf(command, sizeof command, "rm -r %s", folder);
	/* NOLINTNEXTLINE(cert-env33-c): a fixed command */
	return chdir("/") || system(command);
}

/* --- A discovery ---------------------------------------------------------------------------------------------------
 */

struct scene {
	struct event_base *base;
	struct table *table;
	struct discovery *discovery;
	uint64_t most_running, most_waiting;
};

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);
	struct discovery_options options;

	log_set_level(LOG_LEVEL_ERROR);
	discovery_default(&options);
	options.resolver_count = 1;
	options.resolvers[0] = told_address("127.0.0.1");
	scene->base = event_base_new();
	assert_int_equal(told_open(2 * MANY, &scene->table), 0);
	assert_int_equal(discovery_new(scene->base, scene->table, &told_wheel, &options, &scene->discovery), 0);
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	told_close(scene->table);
	assert_int_equal(discovery_stats(scene->discovery)->searches_running, 0);
	assert_int_equal(discovery_stats(scene->discovery)->searches_waiting, 0);
	discovery_free(scene->discovery);
	event_base_free(scene->base);
	free(scene);
	return 0;
}

/* Each client is told a domain of its own; every fourth of them has no agents. */
static void tell_many(struct table *table)
{
	char domain[32];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(domain, sizeof domain, "d%u.%s.test", i, i % 4 ? "found" : "empty");
		tell(table, &(struct told){.client = i, .domain = domain});
	}
	assert_int_equal(table_peerset_count(table), MANY);
}

static void turn(struct scene *scene)
{
	const struct discovery_stats *stats = discovery_stats(scene->discovery);

	event_base_loop(scene->base, EVLOOP_ONCE);
	if (stats->searches_running > scene->most_running)
		scene->most_running = stats->searches_running;
	if (stats->searches_waiting > scene->most_waiting)
		scene->most_waiting = stats->searches_waiting;
}

static const struct attempt_report *report(const struct scene *scene, const struct peerset *peerset,
					   enum peer_method method)
{
	static struct attempt_report reports[METHOD_COUNT];

	discovery_report(scene->discovery, peerset, reports);
	for (unsigned i = 0; i < METHOD_COUNT; i++)
		if (reports[i].method == method)
			return &reports[i];
	return NULL;
}

static enum attempt_state state_of(const struct scene *scene, const struct peerset *peerset, enum peer_method method)
{
	return report(scene, peerset, method)->state;
}

/* It found something, or the last of the methods failed. */
static bool has_ended(const struct scene *scene, const struct peerset *peerset)
{
	return state_of(scene, peerset, METHOD_S_NAPTR) == ATTEMPT_FOUND ||
	       state_of(scene, peerset, METHOD_DNS_SD) == ATTEMPT_FAILED;
}

static bool have_ended(const struct scene *scene)
{
	const struct peerset *peerset;

	for (uint32_t cursor = 0; (peerset = table_next_peerset(scene->table, &cursor));)
		if (!has_ended(scene, peerset))
			return false;
	return true;
}

static void turn_until_full(struct scene *scene)
{
	uint64_t late = clock_boot() + 10 * NS_PER_SECOND;

	while (scene->most_running < SEARCHES_MAX && clock_boot() < late)
		turn(scene);
}

static void turn_to_the_end(struct scene *scene)
{
	uint64_t late = clock_boot() + 60 * NS_PER_SECOND;

	while (!have_ended(scene) && clock_boot() < late)
		turn(scene);
	assert_true(have_ended(scene));
}

/* --- Tests ---------------------------------------------------------------------------------------------------------
 */

static void test_all_come_to_an_end(void **state)
{
	struct scene *scene = *state;
	const struct peerset *peerset;
	size_t found = 0;

	if (!knot)
		skip();
	kill(knot, SIGSTOP); /* none ends before as many run as may */
	tell_many(scene->table);
	turn_until_full(scene);
	kill(knot, SIGCONT);
	turn_to_the_end(scene);
	assert_int_equal(scene->most_running, SEARCHES_MAX);
	assert_true(scene->most_waiting >= MANY - SEARCHES_MAX);
	assert_int_equal(discovery_stats(scene->discovery)->searches_running, 0);
	assert_int_equal(discovery_stats(scene->discovery)->searches_waiting, 0);

	for (uint32_t cursor = 0; (peerset = table_next_peerset(scene->table, &cursor));) {
		char text[ADDRESS_TEXT_SIZE];
		if (state_of(scene, peerset, METHOD_S_NAPTR) != ATTEMPT_FOUND)
			continue;
		found++;
		assert_int_equal(peerset->peer_count, 1);
		assert_string_equal(address_text(&peerset->peers[0].address, text), "192.0.2.7");
	}
	assert_int_equal(found, MANY - MANY / 4);
}

/* First come, first served: the first in the queue has its answer long before the last has a search. */
static void test_in_the_order_in_which_they_came(void **state)
{
	struct scene *scene = *state;
	const struct peerset *first, *last;

	if (!knot)
		skip();
	tell_many(scene->table);
	for (int i = 0; i < 100000 && discovery_stats(scene->discovery)->searches_waiting < MANY / 2; i++)
		turn(scene);
	first = table_peerset(scene->table, 1);
	last = table_peerset(scene->table, MANY - 1);
	while (!has_ended(scene, first))
		turn(scene);
	assert_int_equal(state_of(scene, last, METHOD_S_NAPTR), ATTEMPT_RESOLVING);
	assert_true(discovery_stats(scene->discovery)->searches_waiting > 0);
	turn_to_the_end(scene);
}

/* Who ends leaves the queue, and no search is begun for those that end with him. */
static void test_ended_ones_leave(void **state)
{
	struct scene *scene = *state;

	tell_many(scene->table);
	for (int i = 0; i < 1000 && discovery_stats(scene->discovery)->searches_running < SEARCHES_MAX; i++)
		turn(scene);
	assert_int_equal(discovery_stats(scene->discovery)->searches_running, SEARCHES_MAX);
	for (unsigned i = 0; i < MANY; i += 2)
		tell(scene->table, &(struct told){.client = i, .effect = MESSAGE_ENDS});
	assert_in_range(discovery_stats(scene->discovery)->searches_waiting, 1, MANY / 2);
	table_flush(scene->table);
	assert_int_equal(discovery_stats(scene->discovery)->searches_running, 0);
	assert_int_equal(discovery_stats(scene->discovery)->searches_waiting, 0);
	assert_int_equal(wheel_next(&told_wheel), UINT32_MAX);
}

/* What it says of the time at which it asks again is the second in which it does. */
static void test_asked_again_in_time(void **state)
{
	struct scene *scene = *state;
	const struct discovery_stats *stats = discovery_stats(scene->discovery);
	const struct peerset *peerset;
	uint64_t before = clock_boot();

	if (!knot)
		skip();
	tell(scene->table, &(struct told){.client = 1, .domain = "a.found.test", .lifetime = 86400});
	turn_to_the_end(scene);
	peerset = table_next_peerset(scene->table, &(uint32_t){0});
	uint64_t until = report(scene, peerset, METHOD_S_NAPTR)->until;
	assert_int_equal(until % NS_PER_SECOND, 0);
	assert_in_range(until, before + TTL * NS_PER_SECOND, clock_boot() + (TTL + 1) * NS_PER_SECOND);
	assert_int_equal(peerset->peers[0].expires, until);

	uint32_t second = (uint32_t)(until / NS_PER_SECOND);
	wheel_turn(&told_wheel, second - 1);
	assert_int_equal(stats->searches_waiting, 0);
	wheel_turn(&told_wheel, second);
	assert_int_equal(stats->searches_waiting, 1);
	assert_int_equal(report(scene, peerset, METHOD_S_NAPTR)->until, TABLE_NEVER);
	assert_int_equal(peerset->peer_count, 1); /* what holds goes on holding */
	while (stats->searches_waiting || stats->searches_running)
		turn(scene);
	assert_int_not_equal(report(scene, peerset, METHOD_S_NAPTR)->until, TABLE_NEVER);
}

/* A restart from the outside sets the clock anew, and leaves no timer of before. */
static void test_repeat_leaves_one_timer(void **state)
{
	struct scene *scene = *state;

	if (!knot)
		skip();
	tell(scene->table, &(struct told){.client = 1, .domain = "b.found.test", .lifetime = 86400});
	turn_to_the_end(scene);
	uint32_t armed = told_wheel.armed;
	for (int i = 0; i < 5; i++) {
		discovery_restart(scene->discovery, "uplink");
		turn(scene);
	}
	while (discovery_stats(scene->discovery)->searches_waiting ||
	       discovery_stats(scene->discovery)->searches_running)
		turn(scene);
	turn_to_the_end(scene);
	assert_int_equal(told_wheel.armed, armed);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_come_to_an_end),  TEST(test_in_the_order_in_which_they_came), TEST(test_ended_ones_leave),
		TEST(test_asked_again_in_time), TEST(test_repeat_leaves_one_timer),
	};

	if (enter_network() < 0) {
		printf("1..0 # SKIP no network may be made here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, start_knot, stop_knot);
}
