/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do real servers say? Knot with a signed zone, Unbound that validates it, and dnsmasq, in a network of the
 * test's own; whichever is not installed is left out.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../unit.h"
#include "base/clock.h"
#include "discovery/resolver.h"
#include "network.h"

#define KNOT_PORT 5300
#define UNBOUND_PORT 5301
#define DNSMASQ_PORT 5302

#define MANY 60 /* records, more than fit into a datagram */

static bool has_link_local; /* fe80::53 on lo */
static char folder[] = "/tmp/dotsnoop-servers.XXXXXX";

/* --- Servers -------------------------------------------------------------------------------------------------------
 */

static struct server {
	const char *name, *command;
	uint16_t port;
	pid_t pid; /* 0: is not there */
} servers[] = {
	{"knotd", "exec knotd -c knot.conf", KNOT_PORT, 0},
	{"unbound",
	 "kdig +noall +answer @127.0.0.1 -p 5300 signed.test DNSKEY >anchor && exec unbound -d -c unbound.conf",
	 UNBOUND_PORT, 0},
	{"dnsmasq",
	 "exec dnsmasq -k -C /dev/null -p 5302 -x '' --no-resolv --no-hosts --local=/lan.test/ "
	 "--host-record=box.lan.test,192.0.2.7",
	 DNSMASQ_PORT, 0},
};

enum {
	KNOT,
	UNBOUND,
	DNSMASQ
};

static FILE *create(const char *name)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	return file;
}

static void write_zone(const char *name)
{
	FILE *file = create(name);

	fprintf(file, "@ 3600 SOA ns hostmaster 1 3600 900 604800 120\n@ NS ns\nns A 127.0.0.1\nbox 900 A 192.0.2.1\n");
	for (int i = 0; i < MANY; i++)
		fprintf(file, "many 900 NAPTR %d 10 \"s\" \"DOTS:signal.udp\" \"\" _dots-signal._udp.a%d\n", i, i);
	fclose(file);
}

static void write_configurations(void)
{
	FILE *knot = create("knot.conf"), *unbound = create("unbound.conf");

	fprintf(knot,
		"server:\n  rundir: %s\n  listen: [ 0.0.0.0@%d, \"::@%d\" ]\nlog:\n  - target: stderr\n    any: "
		"warning\n"
		"database:\n  storage: %s\ntemplate:\n  - id: default\n    storage: %s\n    file: \"%%s\"\n"
		"    zonefile-sync: -1\n    journal-content: none\n    zonefile-load: whole\n"
		"zone:\n  - domain: plain.test\n  - domain: signed.test\n    dnssec-signing: on\n",
		folder, KNOT_PORT, KNOT_PORT, folder, folder);
	fprintf(unbound,
		"server:\n  interface: 127.0.0.1@%d\n  chroot: ''\n  username: ''\n  directory: %s\n  pidfile: ''\n"
		"  use-syslog: no\n  verbosity: 0\n  do-not-query-localhost: no\n  module-config: 'validator "
		"iterator'\n"
		"  trust-anchor-file: anchor\n  local-zone: test. nodefault\nremote-control:\n  control-enable: no\n"
		"stub-zone:\n  name: signed.test\n  stub-addr: 127.0.0.1@%d\n",
		UNBOUND_PORT, folder, KNOT_PORT);
	fclose(knot);
	fclose(unbound);
	write_zone("plain.test");
	write_zone("signed.test");
}

static bool is_installed(const char *name)
{
	char command[64];

	snprintf(command, sizeof command, "command -v %s >/dev/null", name);
	return system(command) == 0;
}

static bool listens(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = connect(fd, (struct sockaddr *)&address, sizeof address);

	close(fd);
	return r == 0;
}

static void start(struct server *server)
{
	if (!is_installed(server->name))
		return;
	server->pid = fork();
	if (server->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(open("log", O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
		execl("/bin/sh", "sh", "-c", server->command, NULL);
		_exit(127);
	}
	for (int i = 0; i < 1000 && !listens(server->port); i++)
		usleep(10000);
	assert_true(listens(server->port));
}

static int start_all(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_return_code(chdir(folder), errno);
	write_configurations();
	has_link_local = system("ip -6 address add fe80::53/64 dev lo nodad") == 0; /* it takes some 100 ms to be so */
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
		start(&servers[i]);
	return 0;
}

static int stop_all(void **state)
{
	char command[64];

	(void)state;
	for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
		if (servers[i].pid) {
			kill(servers[i].pid, SIGTERM);
			waitpid(servers[i].pid, NULL, 0);
		}
	snprintf(command, sizeof command, "rm -r %s", folder);
	return chdir("/") || system(command);
}

static void need(int server)
{
	if (!servers[server].pid)
		skip();
}

/* --- Asking --------------------------------------------------------------------------------------------------------
 */

struct scene {
	struct event_base *base;
	struct resolver *resolver;
	struct resolver_place place;
};

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);

	scene->base = event_base_new();
	assert_return_code(resolver_new(scene->base, &(struct resolver_options){0}, &scene->resolver), errno);
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	resolver_free(scene->resolver);
	event_base_free(scene->base);
	free(scene);
	return 0;
}

struct outcome {
	struct event_base *base;
	struct answer answer; /* without its records */
};

static void on_answer(void *context, const struct answer *answer)
{
	struct outcome *outcome = context;

	outcome->answer = *answer;
	event_base_loopbreak(outcome->base);
}

static struct answer ask(struct scene *scene, const char *resolver, int server, const char *text, uint16_t type)
{
	struct outcome outcome = {.base = scene->base};
	struct dns_name name;

	scene->place.count = 1;
	assert_true(address_parse(resolver, &scene->place.resolvers[0].address));
	scene->place.resolvers[0].port = servers[server].port;
	dns_name_parse(text, &name);
	resolver_ask(scene->resolver, &scene->place, &name, type, on_answer, &outcome);
	event_base_dispatch(scene->base);
	return outcome.answer;
}

/* --- Tests ---------------------------------------------------------------------------------------------------------
 */

static void test_truncated_is_fetched_by_tcp(void **state)
{
	need(KNOT);
	struct answer answer = ask(*state, "127.0.0.1", KNOT, "many.plain.test", DNS_NAPTR);
	assert_int_equal(answer.result, RESOLUTION_FOUND);
	assert_int_equal(answer.count, MANY);
	assert_int_equal(answer.ttl, 900);
}

static void test_nothing_with_soa(void **state)
{
	need(KNOT);
	struct answer answer = ask(*state, "::1", KNOT, "none.plain.test", DNS_NAPTR);
	assert_int_equal(answer.result, RESOLUTION_NXDOMAIN);
	assert_int_equal(answer.ttl, 120);
	answer = ask(*state, "::1", KNOT, "box.plain.test", DNS_AAAA);
	assert_int_equal(answer.result, RESOLUTION_NODATA);
	assert_int_equal(answer.ttl, 120);
}

static void test_not_served_here(void **state)
{
	need(KNOT);
	struct answer answer = ask(*state, "127.0.0.1", KNOT, "elsewhere.test", DNS_A);
	assert_int_equal(answer.result, RESOLUTION_REFUSED);
	assert_int_equal(answer.ttl, 300);
}

/* A link-local resolver is one of its device. */
static void test_link_local(void **state)
{
	struct scene *scene = *state;

	need(KNOT);
	if (!has_link_local)
		skip();
	assert_int_equal(ask(scene, "fe80::53", KNOT, "box.plain.test", DNS_A).result, RESOLUTION_FAILED);
	strcpy(scene->place.device, "lo");
	assert_int_equal(ask(scene, "fe80::53", KNOT, "box.plain.test", DNS_A).result, RESOLUTION_FOUND);
}

static void test_authenticated_by_unbound(void **state)
{
	struct scene *scene = *state;

	need(KNOT);
	need(UNBOUND);
	resolver_configure(scene->resolver, &(struct resolver_options){.dnssec = DNSSEC_REQUIRE});
	struct answer answer = ask(scene, "127.0.0.1", UNBOUND, "box.signed.test", DNS_A);
	assert_int_equal(answer.result, RESOLUTION_FOUND);
	assert_true(answer.authenticated);
	answer = ask(scene, "127.0.0.1", UNBOUND, "none.signed.test", DNS_A);
	assert_int_equal(answer.result, RESOLUTION_NXDOMAIN);
	assert_true(answer.authenticated);
	/* Who is authoritative does not say so of itself. */
	assert_int_equal(ask(scene, "127.0.0.1", KNOT, "box.signed.test", DNS_A).result, RESOLUTION_BOGUS);
}

/* It sends TTL 0, and no SOA. */
static void test_dnsmasq(void **state)
{
	need(DNSMASQ);
	struct answer answer = ask(*state, "127.0.0.1", DNSMASQ, "box.lan.test", DNS_A);
	assert_int_equal(answer.result, RESOLUTION_FOUND);
	assert_int_equal(answer.ttl, RESOLUTION_TTL_LEAST);
	answer = ask(*state, "127.0.0.1", DNSMASQ, "none.lan.test", DNS_A);
	assert_int_equal(answer.result, RESOLUTION_NXDOMAIN);
	assert_int_equal(answer.ttl, 300);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_truncated_is_fetched_by_tcp),
		TEST(test_nothing_with_soa),
		TEST(test_not_served_here),
		TEST(test_link_local),
		TEST(test_authenticated_by_unbound),
		TEST(test_dnsmasq),
	};

	if (enter_network() < 0) {
		printf("1..0 # SKIP no network may be made here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, start_all, stop_all);
}
