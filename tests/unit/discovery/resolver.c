/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a question, whatever its resolver does? In a network of the test's own, against responders that
 * misbehave on demand and count what arrives. Time passes when the test says so.
 */
#include "discovery/resolver.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "../unit.h"
#include "base/clock.h"
#include "network.h"

/* --- Time ----------------------------------------------------------------------------------------------------------
 */

static time_t passed; /* seconds that the test has let pass */

/* In place of libc's: c-ares and libevent look at CLOCK_MONOTONIC, the resolver at CLOCK_BOOTTIME. */
int clock_gettime(clockid_t clock, struct timespec *ret)
{
	long r = syscall(SYS_clock_gettime, clock, ret);

	if (r == 0 && clock == CLOCK_BOOTTIME)
		ret->tv_sec += passed;
	return (int)r;
}

/* --- Responders ----------------------------------------------------------------------------------------------------
 */

enum manner {
	ANSWERS,
	SILENT,
	WRONG_ID,
	WRONG_NAME,
	CUT_RECORD,
	GARBAGE,
	TRUNCATES,     /* and has no TCP */
	KNOWS_NO_EDNS, /* FORMERR, and the question alone */
};

struct responder {
	int fd;
	struct event *event;
	enum manner manner;
	uint8_t rcode;
	bool authenticated;
	int32_t ttl;      /* of its record; below 0: none */
	int32_t soa_ttl;  /* below 0: none */
	uint32_t minimum; /* of the SOA */
	unsigned asked;   /* counted */
	uint8_t flags[2]; /* of the last query */
	bool edns;        /* in the last query */
};

struct scene {
	struct event_base *base;
	struct resolver *resolver;
	struct resolver_place place;
	struct responder responders[RESOLVERS_MAX];
};

struct packet {
	uint8_t data[1500];
	size_t size;
};

static void put(struct packet *packet, const void *data, size_t size)
{
	memcpy(packet->data + packet->size, data, size);
	packet->size += size;
}

static void put16(struct packet *packet, unsigned value)
{
	put(packet, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void put32(struct packet *packet, uint32_t value)
{
	put16(packet, value >> 16);
	put16(packet, value & 0xffff);
}

/* Owner: the name of the question. */
static void put_record(struct packet *packet, unsigned type, uint32_t ttl, unsigned size)
{
	put16(packet, 0xc00c);
	put16(packet, type);
	put16(packet, DNS_CLASS_IN);
	put32(packet, ttl);
	put16(packet, size);
}

static void put_soa(struct packet *packet, uint32_t ttl, uint32_t minimum)
{
	put_record(packet, DNS_SOA, ttl, 22);
	put(packet, "\0\0", 2); /* two names: the root */
	for (int i = 0; i < 4; i++)
		put32(packet, 1);
	put32(packet, minimum);
}

static size_t question_end(const uint8_t *query)
{
	size_t at = 12;

	while (query[at])
		at += 1U + query[at];
	return at + 5;
}

static void make_response(const struct responder *responder, const uint8_t *query, struct packet *packet)
{
	bool unknown = responder->manner == KNOWS_NO_EDNS && responder->edns;
	bool cut = responder->manner == TRUNCATES;
	bool found = responder->rcode == DNS_NOERROR && responder->ttl >= 0 && !unknown && !cut;
	size_t end = question_end(query);

	put(packet, query, end);
	packet->data[0] ^= responder->manner == WRONG_ID;
	packet->data[2] = (uint8_t)(0x81 | cut << 1);
	packet->data[3] = (uint8_t)(responder->authenticated << 5 | (unknown ? DNS_FORMERR : responder->rcode));
	packet->data[7] = found;
	packet->data[9] = responder->soa_ttl >= 0;
	packet->data[11] = 0;
	packet->data[13] ^= (responder->manner == WRONG_NAME) << 1;
	if (found) {
		put_record(packet, DNS_A, (uint32_t)responder->ttl, responder->manner == CUT_RECORD ? 3 : 4);
		put(packet, "\300\0\2\1", 4);
	}
	if (responder->soa_ttl >= 0)
		put_soa(packet, (uint32_t)responder->soa_ttl, responder->minimum);
	if (responder->manner == GARBAGE)
		memset(packet->data + end, 0xff, packet->size - end);
}

static void on_query(int fd, short events, void *context)
{
	struct responder *responder = context;
	struct sockaddr_storage from;
	socklen_t length = sizeof from;
	uint8_t query[512];
	struct packet response = {.size = 0};

	(void)events;
	if (recvfrom(fd, query, sizeof query, 0, (struct sockaddr *)&from, &length) < 12)
		return;
	responder->asked++;
	memcpy(responder->flags, query + 2, 2);
	responder->edns = query[11];
	if (responder->manner == SILENT)
		return;
	make_response(responder, query, &response);
	sendto(fd, response.data, response.size, 0, (struct sockaddr *)&from, length);
}

/* The first one is at 127.0.0.1, and so on. */
static void responder_start(struct scene *scene, unsigned i)
{
	struct responder *responder = &scene->responders[i];
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + i)};
	socklen_t length = sizeof address;

	responder->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_return_code(bind(responder->fd, (struct sockaddr *)&address, sizeof address), errno);
	assert_return_code(getsockname(responder->fd, (struct sockaddr *)&address, &length), errno);
	responder->soa_ttl = -1;
	responder->event = event_new(scene->base, responder->fd, EV_READ | EV_PERSIST, on_query, responder);
	event_add(responder->event, NULL);
	scene->place.resolvers[i].address = (struct address){4, {127, 0, 0, (uint8_t)(1 + i)}};
	scene->place.resolvers[i].port = ntohs(address.sin_port);
}

static void responder_stop(struct responder *responder)
{
	event_free(responder->event);
	close(responder->fd);
}

static int set_up(void **state)
{
	static const struct resolver_options options = {.dnssec = DNSSEC_PREFER};
	struct scene *scene = calloc(1, sizeof *scene);

	passed = 0;
	scene->base = event_base_new();
	for (unsigned i = 0; i < RESOLVERS_MAX; i++)
		responder_start(scene, i);
	scene->place.count = 1;
	assert_return_code(resolver_new(scene->base, &options, &scene->resolver), errno);
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	resolver_free(scene->resolver);
	for (unsigned i = 0; i < RESOLVERS_MAX; i++)
		responder_stop(&scene->responders[i]);
	event_base_free(scene->base);
	free(scene);
	return 0;
}

/* --- Askers --------------------------------------------------------------------------------------------------------
 */

struct asker {
	unsigned told;
	enum resolution_result result;
	uint32_t ttl;
	size_t count;
	bool authenticated;
};

static void on_told(void *context, const struct answer *answer)
{
	struct asker *asker = context;

	asker->told++;
	asker->result = answer->result;
	asker->ttl = answer->ttl;
	asker->count = answer->count;
	asker->authenticated = answer->authenticated;
}

static struct question *ask(struct scene *scene, const char *text, struct asker *asker)
{
	struct dns_name name;
	unsigned told = asker->told;

	assert_int_equal(dns_name_parse(text, &name), 0);
	struct question *question = resolver_ask(scene->resolver, &scene->place, &name, DNS_A, on_told, asker);
	assert_non_null(question);
	assert_int_equal(asker->told, told); /* never before it returns */
	return question;
}

/* "what0.test", "what1.test", ... Returns the last but one. */
static struct question *ask_many(struct scene *scene, const char *what, int count, struct asker *asker)
{
	struct question *question = NULL, *before = NULL;
	char name[64];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof name, "%s%d.test", what, i);
		before = question;
		question = ask(scene, name, asker);
	}
	return before;
}

/* Lets the event loop turn until so many have been told, for ten seconds at most. */
static void wait_for(struct scene *scene, const struct asker *asker, unsigned told)
{
	uint64_t end = clock_ns(CLOCK_MONOTONIC) + 10 * NS_PER_SECOND;

	while (asker->told < told && clock_ns(CLOCK_MONOTONIC) < end)
		event_base_loop(scene->base, EVLOOP_ONCE);
	assert_int_equal(asker->told, told);
}

static void turn_for(struct scene *scene, unsigned ms)
{
	uint64_t end = clock_ns(CLOCK_MONOTONIC) + ms * (NS_PER_SECOND / 1000);

	while (clock_ns(CLOCK_MONOTONIC) < end) {
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
}

static struct asker ask_and_wait(struct scene *scene, const char *text)
{
	struct asker asker = {0};

	ask(scene, text, &asker);
	wait_for(scene, &asker, 1);
	return asker;
}

static void configure(struct scene *scene, struct resolver_options options)
{
	resolver_configure(scene->resolver, &options);
}

/* --- What comes of a question --------------------------------------------------------------------------------------
 */

static void test_found(void **state)
{
	struct scene *scene = *state;

	scene->responders[0].ttl = 900;
	struct asker asker = ask_and_wait(scene, "found.test");
	assert_int_equal(asker.result, RESOLUTION_FOUND);
	assert_int_equal(asker.count, 1);
	assert_int_equal(asker.ttl, 900);
	assert_int_equal(scene->responders[0].asked, 1);
	assert_int_equal(scene->responders[0].flags[0], 1);    /* RD, and nothing else */
	assert_int_equal(scene->responders[0].flags[1], 0x20); /* AD */
	assert_true(scene->responders[0].edns);
}

static void test_ttl_is_what_remains(void **state)
{
	struct scene *scene = *state;

	scene->responders[0].ttl = 900;
	ask_and_wait(scene, "found.test");
	passed += 300;
	assert_in_range(ask_and_wait(scene, "FOUND.test").ttl, 599, 600);
	assert_int_equal(scene->responders[0].asked, 1);
	passed += 601;
	assert_int_equal(ask_and_wait(scene, "found.test").ttl, 900);
	assert_int_equal(scene->responders[0].asked, 2);
	assert_int_equal(resolver_stats(scene->resolver)->kept, 1);
	assert_int_equal(resolver_stats(scene->resolver)->results[RESOLUTION_FOUND], 2);
}

/* Requirements 8.6, as far as a response decides it: the first time, and the one after that time has passed. */
static const struct hold_row {
	const char *name;
	uint8_t rcode;
	int32_t ttl, soa_ttl;
	uint32_t minimum;
	enum resolution_result result;
	uint32_t first, second; /* seconds */
} hold_rows[] = {
	{"zero.test", DNS_NOERROR, 0, -1, 0, RESOLUTION_FOUND, 60, 60},
	{"long.test", DNS_NOERROR, 100000, -1, 0, RESOLUTION_FOUND, 86400, 86400},
	{"nx-minimum.test", DNS_NXDOMAIN, -1, 900, 120, RESOLUTION_NXDOMAIN, 120, 120},
	{"nx-ttl.test", DNS_NXDOMAIN, -1, 90, 120, RESOLUTION_NXDOMAIN, 90, 90},
	{"nx-short.test", DNS_NXDOMAIN, -1, 900, 30, RESOLUTION_NXDOMAIN, 60, 60},
	{"nx-long.test", DNS_NXDOMAIN, -1, 86400, 86400, RESOLUTION_NXDOMAIN, 3600, 3600},
	{"nx-bare.test", DNS_NXDOMAIN, -1, -1, 0, RESOLUTION_NXDOMAIN, 300, 300},
	{"no-data.test", DNS_NOERROR, -1, 900, 120, RESOLUTION_NODATA, 120, 120},
	{"no-data-bare.test", DNS_NOERROR, -1, -1, 0, RESOLUTION_NODATA, 300, 300},
	{"servfail.test", DNS_SERVFAIL, -1, -1, 0, RESOLUTION_SERVFAIL, 5, 10},
	{"refused.test", DNS_REFUSED, -1, -1, 0, RESOLUTION_REFUSED, 300, 300},
	{"notimp.test", DNS_NOTIMP, -1, -1, 0, RESOLUTION_REFUSED, 300, 300},
	{"formerr.test", DNS_FORMERR, -1, -1, 0, RESOLUTION_REFUSED, 300, 300},
};

static void check_hold(struct scene *scene, const struct hold_row *row)
{
	struct responder *responder = &scene->responders[0];

	responder->rcode = row->rcode;
	responder->ttl = row->ttl;
	responder->soa_ttl = row->soa_ttl;
	responder->minimum = row->minimum;
	struct asker asker = ask_and_wait(scene, row->name);
	assert_int_equal(asker.result, row->result);
	assert_int_equal(asker.ttl, row->first);

	unsigned asked = responder->asked;
	passed += row->first - 1;
	assert_int_equal(ask_and_wait(scene, row->name).ttl, 1);
	assert_int_equal(responder->asked, asked); /* held back to the end */
	passed += 2;
	asker = ask_and_wait(scene, row->name);
	assert_int_equal(asker.result, row->result);
	assert_int_equal(asker.ttl, row->second);
	assert_true(responder->asked > asked);
}

static void test_holds(void **state)
{
	for (size_t i = 0; i < sizeof hold_rows / sizeof *hold_rows; i++)
		check_hold(*state, &hold_rows[i]);
}

static void test_servfail_doubles_and_is_forgiven(void **state)
{
	static const uint32_t seconds[] = {5, 10, 20, 40, 80, 160, 300, 300};
	struct scene *scene = *state;

	scene->responders[0].rcode = DNS_SERVFAIL;
	for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
		assert_int_equal(ask_and_wait(scene, "servfail.test").ttl, seconds[i]);
		passed += seconds[i] + 1;
	}
	scene->responders[0].rcode = DNS_NOERROR;
	passed += ask_and_wait(scene, "servfail.test").ttl + 1;
	scene->responders[0].rcode = DNS_SERVFAIL;
	assert_int_equal(ask_and_wait(scene, "servfail.test").ttl, 5); /* an answer came in between */
	passed += 6;
	assert_int_equal(ask_and_wait(scene, "servfail.test").ttl, 10);
	passed += 1000;
	assert_int_equal(ask_and_wait(scene, "servfail.test").ttl, 5); /* that was long ago */
}

/* Each asked twice for two seconds, all at the same time; then held back. */
static void test_timeout(void **state)
{
	static const enum manner manners[RESOLVERS_MAX] = {SILENT, WRONG_ID, WRONG_NAME};
	struct scene *scene = *state, scenes[RESOLVERS_MAX];
	struct asker askers[RESOLVERS_MAX] = {0};

	for (size_t i = 0; i < RESOLVERS_MAX; i++) {
		scenes[i] = *scene;
		scenes[i].place.resolvers[0] = scene->place.resolvers[i];
		scene->responders[i].manner = manners[i];
		ask(&scenes[i], "timeout.test", &askers[i]);
	}
	for (size_t i = 0; i < RESOLVERS_MAX; i++) {
		wait_for(scene, &askers[i], 1);
		assert_int_equal(askers[i].result, RESOLUTION_TIMEOUT);
		assert_in_range(askers[i].ttl, 4, 6);
		assert_int_equal(scene->responders[i].asked, 2);
		assert_in_range(ask_and_wait(&scenes[i], "timeout.test").ttl, 3, 6);
		assert_int_equal(scene->responders[i].asked, 2);
	}
}

static void test_truncated_without_tcp(void **state)
{
	struct scene *scene = *state;

	scene->responders[0].manner = TRUNCATES;
	assert_int_equal(ask_and_wait(scene, "cut.test").result, RESOLUTION_TIMEOUT);
	assert_int_equal(scene->responders[0].asked, 2);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *name;
		enum manner manner;
	} rows[] = {{"cut-record.test", CUT_RECORD}, {"garbage.test", GARBAGE}};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		scene->responders[0].manner = rows[i].manner;
		struct asker asker = ask_and_wait(scene, rows[i].name);
		assert_int_equal(asker.result, RESOLUTION_MALFORMED);
		assert_int_equal(asker.ttl, 300);
	}
}

static void test_resolver_without_edns(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {0};

	scene->responders[0].manner = KNOWS_NO_EDNS;
	for (unsigned i = 1; i <= 4; i++) {
		ask_many(scene, (const char *[]){"", "a", "b", "c", "d"}[i], 1, &asker);
		wait_for(scene, &asker, i);
		assert_int_equal(asker.result, RESOLUTION_FOUND);
	}
	assert_int_equal(scene->responders[0].asked, 2 + 2 + 1 + 1); /* in the end it is known */
}

static void test_unsendable(void **state)
{
	struct scene *scene = *state;
	struct dns_name none = {.length = 0};

	strcpy(scene->place.device, "nosuch0");
	struct asker asker = ask_and_wait(scene, "unsent.test");
	assert_int_equal(asker.result, RESOLUTION_FAILED);
	assert_int_equal(asker.ttl, 5);
	assert_int_equal(scene->responders[0].asked, 0);

	resolver_ask(scene->resolver, &scene->place, &none, DNS_A, on_told, &asker);
	wait_for(scene, &asker, 2);
	assert_int_equal(asker.result, RESOLUTION_NO_DOMAIN);

	scene->place.count = 0;
	assert_int_equal(ask_and_wait(scene, "unsent.test").result, RESOLUTION_NO_RESOLVER);
}

static void test_bound_to_device(void **state)
{
	struct scene *scene = *state;

	strcpy(scene->place.device, "lo");
	assert_int_equal(ask_and_wait(scene, "lo.test").result, RESOLUTION_FOUND);
}

/* --- Which resolver ------------------------------------------------------------------------------------------------
 */

static void test_next_resolver_after_an_error(void **state)
{
	static const struct {
		const char *name;
		uint8_t rcode;
	} rows[] = {{"a.test", DNS_SERVFAIL}, {"b.test", DNS_REFUSED}, {"c.test", DNS_NOTIMP}, {"d.test", DNS_FORMERR}};
	struct scene *scene = *state;

	scene->place.count = 3;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		scene->responders[0].asked = 0;
		scene->responders[0].rcode = rows[i].rcode;
		assert_int_equal(ask_and_wait(scene, rows[i].name).result, RESOLUTION_FOUND);
		/* FORMERR: perhaps it knows no EDNS; c-ares wants to know, and does not tell. */
		assert_in_range(scene->responders[0].asked, 1, rows[i].rcode == DNS_FORMERR ? 3 : 1);
		assert_int_equal(scene->responders[1].asked, i + 1);
	}
	assert_int_equal(scene->responders[2].asked, 0);
}

static void test_each_resolver_errs_once(void **state)
{
	struct scene *scene = *state;

	scene->place.count = 3;
	for (unsigned i = 0; i < 3; i++)
		scene->responders[i].rcode = i == 2 ? DNS_REFUSED : DNS_SERVFAIL;
	assert_int_equal(ask_and_wait(scene, "error.test").result, RESOLUTION_REFUSED);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(scene->responders[i].asked, 1);
}

static void test_silent_resolver_comes_last(void **state)
{
	struct scene *scene = *state;

	scene->place.count = 2;
	scene->responders[0].manner = SILENT;
	assert_int_equal(ask_and_wait(scene, "one.test").result, RESOLUTION_FOUND);
	assert_int_equal(ask_and_wait(scene, "two.test").result, RESOLUTION_FOUND);
	assert_int_equal(scene->responders[0].asked, 1);
	assert_int_equal(scene->responders[1].asked, 2);
	passed += 11;
	scene->responders[0].manner = ANSWERS;
	assert_int_equal(ask_and_wait(scene, "three.test").result, RESOLUTION_FOUND);
	assert_int_equal(scene->responders[0].asked, 2); /* it has another chance */
}

/* More than there is room for wait for a resolver that answers nobody: none of them waits for long. */
static void test_crowd_at_a_dead_resolver(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {0};

	scene->responders[0].manner = SILENT;
	ask_many(scene, "crowd", 900, &asker);
	wait_for(scene, &asker, 900);
	assert_int_equal(asker.result, RESOLUTION_TIMEOUT);
	assert_in_range(scene->responders[0].asked, 128, 512);
}

/* --- DNSSEC --------------------------------------------------------------------------------------------------------
 */

static void test_authenticated_if_possible(void **state)
{
	struct scene *scene = *state;
	struct responder *responder = &scene->responders[0];

	responder->authenticated = true;
	assert_true(ask_and_wait(scene, "signed.test").authenticated); /* the resolver is on loopback */
	responder->authenticated = false;
	assert_false(ask_and_wait(scene, "unsigned.test").authenticated);
}

static void test_authenticated_or_bogus(void **state)
{
	struct scene *scene = *state;
	struct responder *responder = &scene->responders[0];

	assert_int_equal(ask_and_wait(scene, "unsigned.test").result, RESOLUTION_FOUND);
	configure(scene, (struct resolver_options){.dnssec = DNSSEC_REQUIRE});
	struct asker asker = ask_and_wait(scene, "unsigned.test");
	assert_int_equal(asker.result, RESOLUTION_BOGUS);
	assert_int_equal(asker.ttl, 300);
	assert_int_equal(asker.count, 0);
	responder->rcode = DNS_NXDOMAIN;
	assert_int_equal(ask_and_wait(scene, "nx-unsigned.test").result, RESOLUTION_BOGUS);
	responder->authenticated = true;
	assert_int_equal(ask_and_wait(scene, "nx-signed.test").result, RESOLUTION_NXDOMAIN);
	responder->rcode = DNS_SERVFAIL;
	assert_int_equal(ask_and_wait(scene, "failed.test").result, RESOLUTION_SERVFAIL);
}

static void test_never_authenticated(void **state)
{
	struct scene *scene = *state;

	configure(scene, (struct resolver_options){.dnssec = DNSSEC_OFF});
	scene->responders[0].authenticated = true;
	struct asker asker = ask_and_wait(scene, "signed.test");
	assert_int_equal(asker.result, RESOLUTION_FOUND);
	assert_false(asker.authenticated);
	assert_int_equal(scene->responders[0].flags[1], 0);
}

/* --- Sharing and limits --------------------------------------------------------------------------------------------
 */

static void test_shared(void **state)
{
	enum {
		ASKERS = 100000
	};
	struct scene *scene = *state;
	struct asker asker = {0};

	for (int i = 0; i < ASKERS; i++)
		ask(scene, i % 2 ? "shared.test" : "Shared.TEST", &asker);
	wait_for(scene, &asker, ASKERS);
	assert_int_equal(scene->responders[0].asked, 1);
	assert_int_equal(resolver_stats(scene->resolver)->shared, ASKERS - 1);
	assert_int_equal(resolver_stats(scene->resolver)->results[RESOLUTION_FOUND], 1);

	scene->place.trusted = true; /* another place */
	ask_and_wait(scene, "shared.test");
	assert_int_equal(scene->responders[0].asked, 2);
}

static void test_prefetch(void **state)
{
	struct scene *scene = *state;
	struct dns_name name;

	dns_name_parse("early.test", &name);
	resolver_prefetch(scene->resolver, &scene->place, &name, DNS_A);
	turn_for(scene, 20);
	assert_int_equal(scene->responders[0].asked, 1);
	assert_int_equal(ask_and_wait(scene, "early.test").result, RESOLUTION_FOUND);
	assert_int_equal(scene->responders[0].asked, 1);
}

/* What was kept under another rule of DNSSEC says nothing under this one. */
static void test_forget(void **state)
{
	struct scene *scene = *state;

	ask_and_wait(scene, "forget.test");
	resolver_configure(scene->resolver, &(struct resolver_options){.dnssec = DNSSEC_OFF});
	ask_and_wait(scene, "forget.test");
	assert_int_equal(scene->responders[0].asked, 2);
}

static void test_in_flight(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {0};

	configure(scene, (struct resolver_options){.in_flight_max = 7});
	scene->responders[0].manner = SILENT;
	struct question *waiting = ask_many(scene, "flight", 20, &asker);
	turn_for(scene, 50);
	assert_int_equal(scene->responders[0].asked, 7);
	question_drop(waiting); /* it is not asked at all */
	scene->responders[0].manner = ANSWERS;
	wait_for(scene, &asker, 19);
	assert_int_equal(scene->responders[0].asked, 7 + 19);
}

static void test_per_second(void **state)
{
	struct scene *scene = *state;
	struct asker asker = {0};

	configure(scene, (struct resolver_options){.per_second_max = 50});
	ask_many(scene, "pace", 40, &asker);
	turn_for(scene, 200);
	assert_in_range(scene->responders[0].asked, 5, 16); /* a burst of 5, and 10 in 200 ms */
	wait_for(scene, &asker, 40);
}

/* --- Whoever is told may do what he likes --------------------------------------------------------------------------
 */

struct meddler {
	struct scene *scene;
	struct question *other;
	struct asker asker;
};

static void meddle(struct meddler *meddler, const char *text, question_done_fn *done)
{
	struct dns_name name;

	dns_name_parse(text, &name);
	resolver_ask(meddler->scene->resolver, &meddler->scene->place, &name, DNS_A, done, meddler);
}

static void on_told_drop(void *context, const struct answer *answer)
{
	struct meddler *meddler = context;

	on_told(&meddler->asker, answer);
	question_drop(meddler->other);
	resolver_configure(meddler->scene->resolver, &(struct resolver_options){.dnssec = DNSSEC_OFF});
	ask(meddler->scene, "drop.test", &meddler->asker);
}

static void test_drop_forget_and_ask_when_told(void **state)
{
	struct scene *scene = *state;
	struct meddler meddler = {.scene = scene};
	struct asker never = {0};

	meddle(&meddler, "drop.test", on_told_drop);
	meddler.other = ask(scene, "drop.test", &never);
	wait_for(scene, &meddler.asker, 2);
	turn_for(scene, 20);
	assert_int_equal(never.told, 0);
	assert_int_equal(scene->responders[0].asked, 2);
}

static void on_told_free(void *context, const struct answer *answer)
{
	struct meddler *meddler = context;

	on_told(&meddler->asker, answer);
	resolver_free(meddler->scene->resolver);
	meddler->scene->resolver = NULL;
}

static void test_free_when_told(void **state)
{
	struct scene *scene = *state;
	struct meddler meddler = {.scene = scene};
	struct asker never = {0};

	meddle(&meddler, "free.test", on_told_free);
	ask(scene, "free.test", &never);
	ask(scene, "another.test", &never);
	wait_for(scene, &meddler.asker, 1);
	turn_for(scene, 20);
	assert_int_equal(never.told, 0);
}

/* On their way, in front of the resolver, and waiting for their turn. */
static void test_free_with_questions_open(void **state)
{
	struct scene *scene = *state;
	struct asker never = {0};

	scene->responders[0].manner = SILENT;
	ask_many(scene, "open", 2000, &never);
	turn_for(scene, 10);
	resolver_free(scene->resolver);
	scene->resolver = NULL;
	turn_for(scene, 10);
	assert_int_equal(never.told, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_found),
		TEST(test_ttl_is_what_remains),
		TEST(test_holds),
		TEST(test_servfail_doubles_and_is_forgiven),
		TEST(test_timeout),
		TEST(test_truncated_without_tcp),
		TEST(test_malformed),
		TEST(test_resolver_without_edns),
		TEST(test_unsendable),
		TEST(test_bound_to_device),
		TEST(test_next_resolver_after_an_error),
		TEST(test_each_resolver_errs_once),
		TEST(test_silent_resolver_comes_last),
		TEST(test_crowd_at_a_dead_resolver),
		TEST(test_authenticated_if_possible),
		TEST(test_authenticated_or_bogus),
		TEST(test_never_authenticated),
		TEST(test_shared),
		TEST(test_prefetch),
		TEST(test_forget),
		TEST(test_in_flight),
		TEST(test_per_second),
		TEST(test_drop_forget_and_ask_when_told),
		TEST(test_free_when_told),
		TEST(test_free_with_questions_open),
	};

	if (enter_network() < 0) {
		printf("1..0 # SKIP no network may be made here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
