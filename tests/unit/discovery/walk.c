/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do the walks find what RFC 8973 6 and 7 say? A name server, Knot, answers in a network namespace of the test's own;
 * names "z..." are the zones of requirements 8.1.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "base/cleanup.h"
#include "discovery/search.h"

#define SERVER_PORT 5300
#define PATIENCE_MS 10000

static const char zone[] = {
	"$ORIGIN test.\n"
	"$TTL 600\n"
	"@ SOA ns hostmaster 1 3600 600 86400 90\n"
	"@ NS ns\n"
	"ns A 127.0.0.1\n"

	"z1                    NAPTR 100 10 \"\" DOTS:signal.udp \"\" signal.z1\n"
	"z1                    NAPTR 200 10 \"\" DOTS:signal.tcp \"\" signal.z1\n"
	"z1                    NAPTR 300 10 \"\" DOTS:data.tcp \"\" data.z1\n"
	"signal.z1             NAPTR 100 10 \"s\" DOTS:signal.udp \"\" _dots-signal._udp.z1\n"
	"signal.z1             NAPTR 200 10 \"s\" DOTS:signal.tcp \"\" _dots-signal._tcp.z1\n"
	"data.z1               NAPTR 100 10 \"s\" DOTS:data.tcp \"\" _dots-data._tcp.z1\n"
	"data.z1               NAPTR 200 10 \"a\" DOTS:data.tcp \"\" b.z1\n"
	"_dots-signal._udp.z1  SRV 0 0 5000 a.z1\n"
	"_dots-signal._tcp.z1  SRV 0 0 5001 a.z1\n"
	"_dots-data._tcp.z1    SRV 0 0 5002 a.z1\n"
	"a.z1                  AAAA 2001:db8::1\n"
	"b.z1                  AAAA 2001:db8::2\n"

	"z2                       NAPTR 100 10 \"\" DOTS-CALL-HOME:signal.udp \"\" signal.z2\n"
	"z2                       NAPTR 200 10 \"\" DOTS-CALL-HOME:signal.tcp \"\" signal.z2\n"
	"signal.z2                NAPTR 100 10 \"s\" DOTS-CALL-HOME:signal.udp \"\" _dots-call-home._udp.z2\n"
	"signal.z2                NAPTR 200 10 \"s\" DOTS-CALL-HOME:signal.tcp \"\" _dots-call-home._tcp.z2\n"
	"_dots-call-home._udp.z2  SRV 0 0 6000 b.z1\n"
	"_dots-call-home._tcp.z2  SRV 0 0 6001 b.z1\n"

	"z3 1000 NAPTR 10 10 \"s\" SIP+D2U \"\" _sip._udp.z3\n"

	"_dots-signal._udp.z4     PTR a._dots-signal._udp.z4\n"
	"_dots-signal._udp.z4     PTR b\\032\\228\\.b._dots-signal._udp.z4\n"
	"_dots-signal._udp.z4     PTR c._dots-signal._udp.z4\n"
	"_dots-signal._udp.z4     PTR _dots-signal._udp.z4\n" /* foreign: no instance of this service, ... */
	"_dots-signal._udp.z4     PTR a._dots-signal._tcp.z4\n"
	"_dots-signal._udp.z4     PTR x.a._dots-signal._udp.z4\n"
	"a._dots-signal._udp.z4   SRV 10 0 4646 a.z1\n"
	"a._dots-signal._udp.z4   TXT \"junk=1\"\n"
	"b\\032\\228\\.b._dots-signal._udp.z4 SRV 0 0 4646 b.z1\n"
	"c._dots-signal._udp.z4   TXT \"\"\n" /* no SRV */
	"a._dots-signal._tcp.z4   SRV 0 0 9 a.z1\n"

	"z5 NAPTR 10 10 \"\" DOTS:signal.udp \"\" b.z5\n"
	"b.z5 NAPTR 10 10 \"\" DOTS:signal.udp \"\" z5\n"
	"z6 NAPTR 10 10 \"\" DOTS:signal.udp \"\" z6\n"
	"z7 NAPTR 10 10 \"\" DOTS:signal.udp \"\" n1.z7\n"
	"n1.z7 NAPTR 10 10 \"\" DOTS:signal.udp \"\" n2.z7\n"
	"n2.z7 NAPTR 10 10 \"\" DOTS:signal.udp \"\" n3.z7\n"
	"n3.z7 NAPTR 10 10 \"\" DOTS:signal.udp \"\" n4.z7\n"
	"n4.z7 NAPTR 10 10 \"\" DOTS:signal.udp \"\" n5.z7\n"
	"n5.z7 NAPTR 10 10 \"\" DOTS:signal.udp \"\" n6.z7\n"
	"n5.z7 NAPTR 20 10 \"a\" DOTS:signal.tcp \"\" a.z1\n"
	"n6.z7 NAPTR 10 10 \"a\" DOTS:signal.udp \"\" a.z1\n"

	"z8 NAPTR 100 20 \"s\" DOTS:signal.udp \"\" s1.z8\n"
	"z8 NAPTR 100 10 \"s\" DOTS:signal.udp \"\" s2.z8\n"
	"z8 NAPTR 50 99 \"s\" DOTS:signal.udp \"\" s3.z8\n"
	"z8 NAPTR 32768 1 \"s\" DOTS:signal.udp \"\" s4.z8\n"
	"z8 NAPTR 65535 65535 \"s\" DOTS:signal.udp \"\" s5.z8\n"
	"s1.z8 SRV 0 0 1 a.z1\n"
	"s2.z8 SRV 0 0 2 a.z1\n"
	"s3.z8 SRV 0 0 3 a.z1\n"
	"s4.z8 SRV 0 0 4 a.z1\n"
	"s5.z8 SRV 0 0 5 a.z1\n"

	"z10 NAPTR 10 1 \"u\" DOTS:signal.udp \"\" a.z1\n"
	"z10 NAPTR 10 2 \"sa\" DOTS:signal.udp \"\" a.z1\n"
	"z10 NAPTR 10 3 \"a\" DOTS:signal.udp \"!.*!x!\" .\n"
	"z10 NAPTR 10 4 \"a\" DOTS:signal.udp \"!.*!x!\" a.z1\n"
	"z10 NAPTR 10 5 \"a\" DOTS:signal.udp \"\" .\n"

	"z11 NAPTR 10 10 \"s\" DOTS:signal.udp:signal.tcp \"\" _dots._x.z11\n"
	"_dots._x.z11 SRV 0 0 7000 a.z1\n"

	"z14 NAPTR 10 10 \"s\" DOTS:signal.udp \"\" s.z14\n"
	"z14 NAPTR 20 10 \"s\" DOTS:signal.udp \"\" zero.z14\n"
	"z14 NAPTR 30 10 \"s\" DOTS:signal.udp \"\" alias.z14\n"
	"s.z14 SRV 0 0 0 .\n"
	"zero.z14 SRV 0 0 0 a.z1\n"
	"alias.z14 SRV 0 0 1 c.z14\n"
	"c.z14 10 CNAME a.z1\n"

	"z17 CNAME z1\n"

	/* Many ways, to be refused one after the other. */
	"z18 NAPTR 10 10 \"s\" DOTS:signal.udp \"\" _dots._udp.z18\n"
	"z18 NAPTR 20 10 \"s\" DOTS:signal.udp \"\" gone.z18\n"
	"z18 NAPTR 30 10 \"\" DOTS:signal.udp \"\" n.z18\n"
	"z18 NAPTR 40 10 \"a\" DOTS:signal.udp \"\" c.z18\n"
	"n.z18 NAPTR 20 10 \"a\" DOTS:signal.udp \"\" b.z1\n"
	"n.z18 NAPTR 10 10 \"s\" DOTS:signal.udp \"\" _dots._tcp.z18\n"
	"_dots._udp.z18 SRV 5 0 1002 b.z1\n"
	"_dots._udp.z18 SRV 0 0 1001 two.z18\n"
	"_dots._tcp.z18 SRV 0 0 1003 a.z1\n"
	"two.z18 AAAA 2001:db8::11\n"
	"two.z18 AAAA 2001:db8::12\n"
	"c.z18 AAAA 2001:db8::13\n"
	"c.z18 AAAA ::1\n" /* nobody's */
	"c.z18 AAAA ff02::1\n"

	"z19 NAPTR 10 10 \"\" DOTS:signal.tcp \"\" n.z19\n"
	"n.z19 NAPTR 10 10 \"a\" DOTS:signal.udp \"\" a.z1\n"
	"n.z19 NAPTR 20 10 \"a\" DOTS:signal.tcp \"\" b.z1\n"

	"z20 NAPTR 10 10 \"a\" DOTS:signal.udp \"\" ns\n"

	"z21 3600 NAPTR 10 10 \"\" DOTS:signal.udp \"\" n.z21\n"
	"n.z21 300 NAPTR 10 10 \"s\" DOTS:signal.udp \"\" s.z21\n"
	"s.z21 700 SRV 0 0 1 a.z1\n"

	/* More questions than a walk may ask: see fill(). */
};

/* --- A name server ----------------------------------------------------------------------------------------------- */

static struct {
	char folder[64];
	pid_t server;
	struct event_base *base;
	struct resolver *resolver;
} lab;

static FILE *create(const char *name)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", lab.folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	return file;
}

static void write_files(void)
{
	AUTO_FILE FILE *conf = create("knot.conf"), *data = create("test.zone");

	fprintf(conf,
		"server:\n    rundir: \"%s\"\n    listen: 127.0.0.1@%d\n    udp-workers: 1\n    tcp-workers: 1\n"
		"    background-workers: 1\n"
		"log:\n  - target: stderr\n    any: error\n"
		"database:\n    storage: \"%s\"\n"
		"zone:\n  - domain: test\n    storage: \"%s\"\n    file: test.zone\n    zonefile-sync: -1\n"
		"    journal-content: none\n",
		lab.folder, SERVER_PORT, lab.folder, lab.folder);
	fputs(zone, data);
	for (int i = 0; i < 40; i++)
		fprintf(data, "z24 NAPTR %d 10 \"s\" DOTS:signal.udp \"\" none%d.z24\n", i, i);
}

/* Namespace of its own, with loopback up in it. */
static void leave_network(void)
{
	AUTO_FD int fd = -1;
	struct ifreq request = {.ifr_name = "lo"};

	assert_true(unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	request.ifr_flags |= IFF_UP;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
}

static bool server_listens(void)
{
	AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(SERVER_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static void start_server(void)
{
	char conf[128];

	snprintf(conf, sizeof conf, "%s/knot.conf", lab.folder);
	lab.server = fork();
	assert_true(lab.server >= 0);
	if (lab.server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(STDERR_FILENO, STDOUT_FILENO); /* standard output is the test's */
		execlp("knotd", "knotd", "-c", conf, NULL);
		execl("/usr/sbin/knotd", "knotd", "-c", conf, NULL);
		_exit(127);
	}
	for (int waited = 0; !server_listens(); waited += 20) {
		assert_true(waited < PATIENCE_MS);
		assert_int_equal(waitpid(lab.server, NULL, WNOHANG), 0);
		usleep(20000);
	}
}

static int set_up_lab(void **state)
{
	(void)state;
	snprintf(lab.folder, sizeof lab.folder, "/tmp/walk.XXXXXX");
	assert_non_null(mkdtemp(lab.folder));
	write_files();
	leave_network();
	start_server();
	return 0;
}

static int tear_down_lab(void **state)
{
	char command[128];

	(void)state;
	kill(lab.server, SIGTERM);
	waitpid(lab.server, NULL, 0);
	snprintf(command, sizeof command, "rm -rf '%s'", lab.folder);
	return system(command);
}

static int set_up(void **state)
{
	const struct resolver_options options = {.dnssec = DNSSEC_PREFER};

	(void)state;
	lab.base = event_base_new();
	assert_non_null(lab.base);
	return resolver_new(lab.base, &options, &lab.resolver);
}

static int tear_down(void **state)
{
	(void)state;
	resolver_free(lab.resolver);
	event_base_free(lab.base);
	return 0;
}

static uint64_t questions_asked(void)
{
	const struct resolver_stats *stats = resolver_stats(lab.resolver);
	uint64_t sum = 0;

	for (size_t i = 0; i < RESOLUTION_RESULT_COUNT; i++)
		sum += stats->results[i];
	return sum;
}

static struct resolver_place place(void)
{
	struct resolver_place place = {.count = 1};

	assert_true(address_parse("127.0.0.1", &place.resolvers[0].address));
	place.resolvers[0].port = SERVER_PORT;
	return place;
}

static void run(void)
{
	const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};

	event_base_loopexit(lab.base, &patience);
	event_base_dispatch(lab.base);
}

static void append(char *text, size_t size, const struct candidate *candidate)
{
	char address[ADDRESS_TEXT_SIZE];
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s%s %s %u", length ? ", " : "", protocol_word(candidate->protocol),
		 address_text(&candidate->address, address), candidate->port);
}

/* --- Searches ---------------------------------------------------------------------------------------------------- */

struct found {
	bool done;
	char text[4096];
	struct search_outcome outcome;
};

static void on_found(void *context, const struct search_outcome *outcome)
{
	struct found *found = context;

	assert_false(found->done);
	found->done = true;
	found->outcome = *outcome;
	for (size_t i = 0; i < outcome->count; i++)
		append(found->text, sizeof found->text, &outcome->candidates[i]);
	event_base_loopbreak(lab.base);
}

static struct search_options search_options(enum walk_kind kind, enum service service, const char *domain)
{
	struct search_options options = {.kind = kind, .service = service, .family = 6, .place = place(), .seed = 1};

	assert_int_equal(dns_name_parse(domain, &options.domain), 0);
	return options;
}

static struct found search(enum walk_kind kind, enum service service, const char *domain)
{
	const struct search_options options = search_options(kind, service, domain);
	struct found found = {0};

	assert_non_null(search_start(lab.base, lab.resolver, &options, on_found, &found));
	assert_false(found.done);
	run();
	assert_true(found.done);
	return found;
}

static void assert_finds(enum walk_kind kind, enum service service, const char *domain, const char *expected)
{
	struct found found = search(kind, service, domain);

	assert_string_equal(found.text, expected);
	assert_int_equal(found.outcome.result, RESOLUTION_FOUND);
}

static struct found assert_fails(const char *domain, enum resolution_result expected)
{
	struct found found = search(WALK_S_NAPTR, SERVICE_DOTS, domain);

	assert_string_equal(found.text, "");
	assert_string_equal(resolution_result_word(found.outcome.result), resolution_result_word(expected));
	return found;
}

/* Table 1 of the RFC, and no question twice. */
static void test_figure_8(void **state)
{
	(void)state;
	assert_finds(WALK_S_NAPTR, SERVICE_DOTS, "z1.test",
		     "signal.udp 2001:db8::1 5000, signal.tcp 2001:db8::1 5001, data.tcp 2001:db8::1 5002, "
		     "data.tcp 2001:db8::2 443");
	assert_int_equal(questions_asked(), 8);
}

static void test_figure_9(void **state)
{
	(void)state;
	assert_finds(WALK_S_NAPTR, SERVICE_CALL_HOME, "z2.test",
		     "signal.udp 2001:db8::2 6000, signal.tcp 2001:db8::2 6001");
	assert_fails("z2.test", RESOLUTION_UNUSABLE);
}

static void test_other_services(void **state)
{
	struct found found;

	(void)state;
	found = assert_fails("z3.test", RESOLUTION_UNUSABLE);
	assert_int_equal(found.outcome.ttl, 1000);
	assert_int_equal(questions_asked(), 1);
}

/* By priority over all instances; those that are none, or have no SRV record, are left out. */
static void test_figure_10(void **state)
{
	struct found found;

	(void)state;
	found = search(WALK_DNS_SD, SERVICE_DOTS, "z4.test");
	assert_string_equal(found.text, "signal.udp 2001:db8::2 4646, signal.udp 2001:db8::1 4646");
	assert_int_equal(found.outcome.stats.foreign_instances, 3);
	assert_int_equal(found.outcome.candidates[0].rank, 0);
	assert_int_equal(found.outcome.candidates[1].rank, 10);
	assert_int_equal(questions_asked(), 3 + 3 + 2);
}

static void test_loops(void **state)
{
	struct found found;

	(void)state;
	found = assert_fails("z5.test", RESOLUTION_LOOP);
	assert_int_equal(found.outcome.stats.loops, 1);
	assert_int_equal(found.outcome.ttl, 600);
	assert_int_equal(questions_asked(), 2);
	assert_fails("z6.test", RESOLUTION_LOOP);
	assert_int_equal(questions_asked(), 3);
}

static void test_depth(void **state)
{
	struct found found;

	(void)state;
	found = assert_fails("z7.test", RESOLUTION_LIMIT);
	assert_int_equal(found.outcome.stats.depth, 1);
	assert_int_equal(questions_asked(), 1 + WALK_DEPTH_MAX);
}

static void test_order(void **state)
{
	(void)state;
	assert_finds(WALK_S_NAPTR, SERVICE_DOTS, "z8.test",
		     "signal.udp 2001:db8::1 3, signal.udp 2001:db8::1 2, signal.udp 2001:db8::1 1, "
		     "signal.udp 2001:db8::1 4, signal.udp 2001:db8::1 5");
	assert_int_equal(questions_asked(), 1 + 5 + 1);
}

static void test_unusable(void **state)
{
	struct found found;

	(void)state;
	found = assert_fails("z10.test", RESOLUTION_UNUSABLE);
	assert_int_equal(found.outcome.stats.skipped_flags, 2);
	assert_int_equal(found.outcome.stats.skipped_regexp, 2);
	assert_int_equal(found.outcome.stats.skipped_replacement, 1);
}

static void test_two_protocols(void **state)
{
	(void)state;
	assert_finds(WALK_S_NAPTR, SERVICE_DOTS, "z11.test",
		     "signal.udp 2001:db8::1 7000, signal.tcp 2001:db8::1 7000");
}

static void test_odd_targets(void **state)
{
	struct found found;

	(void)state;
	found = search(WALK_S_NAPTR, SERVICE_DOTS, "z14.test");
	assert_string_equal(found.text, "signal.udp 2001:db8::1 1");
	assert_int_equal(found.outcome.stats.not_offered, 1);
	assert_int_equal(found.outcome.stats.port_zero, 1);
	assert_int_equal(found.outcome.stats.aliased_targets, 1);
}

static void test_aliased_domain(void **state)
{
	struct found found;

	(void)state;
	found = search(WALK_S_NAPTR, SERVICE_DOTS, "z17.test");
	assert_int_equal(found.outcome.count, 4);
	assert_int_equal(found.outcome.stats.aliased_targets, 0);
}

static void test_first_set(void **state)
{
	(void)state;
	assert_finds(WALK_S_NAPTR, SERVICE_DOTS, "z19.test", "signal.tcp 2001:db8::2 4646");
}

static void test_other_family(void **state)
{
	struct found found;

	(void)state;
	found = assert_fails("z20.test", RESOLUTION_NODATA);
	assert_int_equal(found.outcome.ttl, 90);
}

static void test_ttl(void **state)
{
	struct found found;

	(void)state;
	found = search(WALK_S_NAPTR, SERVICE_DOTS, "z21.test");
	assert_string_equal(found.text, "signal.udp 2001:db8::1 1");
	assert_int_equal(found.outcome.candidates[0].ttl, 300);
	assert_int_equal(found.outcome.ttl, 300);
	assert_false(found.outcome.candidates[0].authenticated);
	found = search(WALK_S_NAPTR, SERVICE_DOTS, "z14.test"); /* an alias of 10 seconds */
	assert_int_equal(found.outcome.candidates[0].ttl, RESOLUTION_TTL_LEAST);
}

static void test_questions_limit(void **state)
{
	struct found found;

	(void)state;
	found = assert_fails("z24.test", RESOLUTION_NXDOMAIN);
	assert_int_equal(questions_asked(), WALK_QUERIES_MAX);
	assert_int_equal(found.outcome.ttl, 90);
}

static void test_no_domain(void **state)
{
	const char *domains[] = {".", "lan"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (enum walk_kind kind = WALK_S_NAPTR; kind <= WALK_ADDRESSES; kind++)
			assert_int_equal(search(kind, SERVICE_DOTS, domains[i]).outcome.result, RESOLUTION_NO_DOMAIN);
	}
	assert_int_equal(questions_asked(), 0);
}

static void test_missing_domain(void **state)
{
	(void)state;
	assert_fails("missing.test", RESOLUTION_NXDOMAIN);
	assert_fails("signal.test", RESOLUTION_NXDOMAIN);
	assert_fails("a.z1.test", RESOLUTION_NODATA);
	assert_int_equal(questions_asked(), 3);
}

static void test_addresses(void **state)
{
	(void)state;
	assert_finds(WALK_ADDRESSES, SERVICE_DOTS, "a.z1.test",
		     "signal.udp 2001:db8::1 4646, signal.tcp 2001:db8::1 4646, data.tcp 2001:db8::1 443");
	assert_finds(WALK_ADDRESSES, SERVICE_CALL_HOME, "a.z1.test",
		     "signal.udp 2001:db8::1 4647, signal.tcp 2001:db8::1 4647");
	assert_int_equal(questions_asked(), 1);
}

static void test_search_dropped(void **state)
{
	const struct search_options options = search_options(WALK_S_NAPTR, SERVICE_DOTS, "z1.test");
	struct found found = {0};
	struct search *dropped;

	(void)state;
	dropped = search_start(lab.base, lab.resolver, &options, on_found, &found);
	event_base_loop(lab.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_false(found.done);
	search_drop(dropped);
	assert_finds(WALK_S_NAPTR, SERVICE_DOTS, "z11.test",
		     "signal.udp 2001:db8::1 7000, signal.tcp 2001:db8::1 7000");
	assert_false(found.done);
}

/* --- One walk ---------------------------------------------------------------------------------------------------- */

struct step {
	bool done, end;
	char text[128];
	struct candidate candidate;
	enum resolution_result result;
	uint32_t ttl;
};

static void on_next(void *context, const struct candidate *candidate, enum resolution_result result, uint32_t ttl)
{
	struct step *step = context;

	assert_false(step->done);
	step->done = true;
	step->end = !candidate;
	step->result = result;
	step->ttl = ttl;
	if (candidate) {
		step->candidate = *candidate;
		append(step->text, sizeof step->text, candidate);
	}
	event_base_loopbreak(lab.base);
}

static struct walk *walk_to(const char *domain)
{
	struct walk_options options = {
		.kind = WALK_S_NAPTR,
		.service = SERVICE_DOTS,
		.protocol = PROTOCOL_SIGNAL_UDP,
		.family = 6,
		.place = place(),
		.seed = 1,
	};
	struct walk *walk;

	assert_int_equal(dns_name_parse(domain, &options.domain), 0);
	walk = walk_new(lab.base, lab.resolver, &options);
	assert_non_null(walk);
	return walk;
}

static struct step next(struct walk *walk)
{
	struct step step = {0};

	walk_next(walk, on_next, &step);
	assert_false(step.done);
	run();
	assert_true(step.done);
	return step;
}

/* Next address, next SRV record, next NAPTR record, up the stack, down to the last. */
static void test_backtracking(void **state)
{
	static const struct {
		const char *text;
		uint32_t rank;
	} expected[] = {
		{"signal.udp 2001:db8::11 1001", 10 << 16 | 10}, {"signal.udp 2001:db8::12 1001", 10 << 16 | 10},
		{"signal.udp 2001:db8::2 1002", 10 << 16 | 10},  {"signal.udp 2001:db8::1 1003", 30 << 16 | 10},
		{"signal.udp 2001:db8::2 4646", 30 << 16 | 10},  {"signal.udp 2001:db8::13 4646", 40 << 16 | 10},
	};
	struct walk *walk = walk_to("z18.test");
	struct step step;

	(void)state;
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		step = next(walk);
		assert_string_equal(step.text, expected[i].text);
		assert_int_equal(step.candidate.rank, expected[i].rank);
		assert_int_equal(step.result, RESOLUTION_FOUND);
		walk_refuse(walk);
	}
	for (int again = 0; again < 2; again++) {
		step = next(walk);
		assert_true(step.end);
		assert_int_equal(step.result, RESOLUTION_FOUND);
	}
	assert_int_equal(walk_stats(walk)->backtracked, 6);
	assert_int_equal(walk_stats(walk)->transport_mismatch, 1);
	assert_int_equal(walk_stats(walk)->queries, questions_asked());
	walk_free(walk);
}

/* Who is content with the first candidate has asked no more than a little ahead. */
static void test_thrift(void **state)
{
	struct walk *walk = walk_to("z8.test");

	(void)state;
	assert_string_equal(next(walk).text, "signal.udp 2001:db8::1 3");
	assert_int_equal(walk_stats(walk)->queries, 1 + 3 + 1);
	walk_free(walk);
}

static void test_nothing_before_next(void **state)
{
	struct walk *walk = walk_to("z1.test");

	(void)state;
	event_base_loop(lab.base, EVLOOP_NONBLOCK);
	assert_int_equal(walk_stats(walk)->queries, 0);
	walk_free(walk);
	walk_free(NULL);
}

static void test_freed_under_way(void **state)
{
	struct walk *walk = walk_to("z1.test");
	struct step step = {0};

	(void)state;
	walk_next(walk, on_next, &step);
	event_base_loop(lab.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(walk_stats(walk)->queries, 1);
	walk_free(walk);
	walk = walk_to("z11.test");
	assert_string_equal(next(walk).text, "signal.udp 2001:db8::1 7000");
	assert_false(step.done);
	walk_free(walk);
}

static void test_words(void **state)
{
	(void)state;
	assert_int_equal(protocol_channel(SERVICE_DOTS, PROTOCOL_DATA_TCP), CHANNEL_DATA);
	assert_int_equal(protocol_channel(SERVICE_CALL_HOME, PROTOCOL_SIGNAL_UDP), CHANNEL_CALL_HOME);
	assert_int_equal(protocol_transport(PROTOCOL_SIGNAL_UDP), TRANSPORT_UDP);
	assert_int_equal(protocol_transport(PROTOCOL_SIGNAL_TCP), TRANSPORT_TCP);
}

#define LAB_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAB_TEST(test_figure_8),        LAB_TEST(test_figure_9),
		LAB_TEST(test_other_services),  LAB_TEST(test_figure_10),
		LAB_TEST(test_loops),           LAB_TEST(test_depth),
		LAB_TEST(test_order),           LAB_TEST(test_unusable),
		LAB_TEST(test_two_protocols),   LAB_TEST(test_odd_targets),
		LAB_TEST(test_aliased_domain),  LAB_TEST(test_first_set),
		LAB_TEST(test_other_family),    LAB_TEST(test_ttl),
		LAB_TEST(test_questions_limit), LAB_TEST(test_no_domain),
		LAB_TEST(test_missing_domain),  LAB_TEST(test_addresses),
		LAB_TEST(test_search_dropped),  LAB_TEST(test_backtracking),
		LAB_TEST(test_thrift),          LAB_TEST(test_nothing_before_next),
		LAB_TEST(test_freed_under_way), cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, set_up_lab, tear_down_lab);
}
