/* SPDX-License-Identifier: BSD-2-Clause */
/* What does an answer say to the question that was asked, whatever its bytes? */
#include "discovery/answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../dhcp/hex.h"
#include "../unit.h"
#include "captures.h"
#include "packet.h"

#define ASKED "dots.example.com"
#define ADDRESS "\xc0\x00\x02\x01"
#define ADDRESS6 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"

/* From memory that ends where the message ends, and is gone afterwards: AddressSanitizer watches. */
static int read_bytes(struct bytes message, const char *name, uint16_t type, struct answer *ret)
{
	uint8_t *copy = malloc(message.size ? message.size : 1);
	struct dns_name asked;

	assert_non_null(copy);
	assert_int_equal(dns_name_parse(name, &asked), 0);
	if (message.size)
		memcpy(copy, message.data, message.size);
	int r = answer_read((struct bytes){copy, message.size}, &asked, type, ret);
	free(copy);
	return r;
}

static struct answer answer_to(const struct packet *packet, uint16_t type)
{
	struct answer answer;

	assert_int_equal(read_bytes((struct bytes){packet->data, packet->size}, ASKED, type, &answer), 0);
	assert_int_equal(answer.type, type);
	return answer;
}

/* Of an answer without records. */
static void assert_result(const struct packet *packet, uint16_t type, enum resolution_result result, uint32_t ttl)
{
	struct answer answer = answer_to(packet, type);

	assert_string_equal(resolution_result_word(answer.result), resolution_result_word(result));
	assert_int_equal(answer.ttl, ttl);
	assert_int_equal(answer.count, 0);
	assert_int_equal(answer.excess, 0);
	assert_null(answer.addresses);
}

static void assert_found(const struct packet *packet, uint16_t type, size_t count, uint32_t ttl)
{
	struct answer answer = answer_to(packet, type);

	assert_string_equal(resolution_result_word(answer.result), "found");
	assert_int_equal(answer.count, count);
	assert_int_equal(answer.ttl, ttl);
	answer_clear(&answer);
	assert_null(answer.addresses);
	answer_clear(&answer);
}

static void assert_malformed(const struct packet *packet, uint16_t type)
{
	assert_result(packet, type, RESOLUTION_MALFORMED, ANSWER_NO_SOA);
}

static void ask(struct packet *packet, unsigned flags, uint16_t type)
{
	start(packet, flags);
	put_question(packet, ASKED, type);
}

static void put_alias(struct packet *packet, const char *owner, uint32_t ttl, const char *target)
{
	put_record_head(packet, DNS_ANSWER, owner, DNS_CNAME, ttl, strlen(target) + 2);
	put_name(packet, target);
}

static void put_soa(struct packet *packet, uint32_t ttl, uint32_t minimum)
{
	put_record_head(packet, DNS_AUTHORITY, "example.com", DNS_SOA, ttl, 4 + 2 + 5 * 4);
	put_name(packet, "ns");
	put16(packet, 0xc000 | 12);
	for (uint32_t i = 1; i <= 4; i++)
		put32(packet, i);
	put32(packet, minimum);
}

static size_t naptr_size(const char *flags, const char *service, const char *regexp, const char *replacement)
{
	return 4 + 3 + strlen(flags) + strlen(service) + strlen(regexp) + (*replacement ? strlen(replacement) + 2 : 1);
}

static void put_naptr(struct packet *packet, unsigned order, const char *flags, const char *service, const char *regexp,
		      const char *replacement)
{
	size_t size = naptr_size(flags, service, regexp, replacement);

	put_record_head(packet, DNS_ANSWER, ASKED, DNS_NAPTR, 300, size);
	put16(packet, order);
	put16(packet, 7);
	put_string(packet, flags);
	put_string(packet, service);
	put_string(packet, regexp);
	put_name(packet, replacement);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(resolution_result_word(RESOLUTION_FOUND), "found");
	assert_string_equal(resolution_result_word(RESOLUTION_NO_RESOLVER), "no-resolver");
	for (unsigned i = 0; i < RESOLUTION_RESULT_COUNT; i++)
		assert_true(*resolution_result_word(i));
}

static void say_record(const struct answer *answer, size_t i, FILE *out)
{
	char text[DNS_TEXT_SIZE];

	if (answer->type == DNS_NAPTR) {
		const struct naptr *naptr = &answer->naptrs[i];
		fprintf(out, " %u %u \"%.*s\" \"%.*s\" %s %s;", naptr->order, naptr->preference, naptr->flags_length,
			(const char *)naptr->flags, naptr->service_length, (const char *)naptr->service,
			naptr->has_regexp ? "regexp" : "-", dns_name_text(&naptr->replacement, text));
	} else if (answer->type == DNS_SRV) {
		const struct srv *srv = &answer->srvs[i];
		fprintf(out, " %u %u %u %s;", srv->priority, srv->weight, srv->port, dns_name_text(&srv->target, text));
	} else if (answer->type == DNS_PTR) {
		fprintf(out, " %s;", dns_name_text(&answer->names[i], text));
	} else {
		fprintf(out, " %s;", address_text(&answer->addresses[i], text));
	}
}

static void say(const struct answer *answer, char *text, size_t size)
{
	FILE *out = fmemopen(text, size, "w");

	assert_non_null(out);
	fprintf(out, "%s ", resolution_result_word(answer->result));
	if (answer->ttl == ANSWER_NO_SOA)
		fputs("none", out);
	else
		fprintf(out, "%u", answer->ttl);
	fprintf(out, " %u:", answer->aliases);
	for (size_t i = 0; i < answer->count; i++)
		say_record(answer, i, out);
	fclose(out);
}

/* What servers sent, and what another decoder made of it. */
static void test_captures(void **state)
{
	uint8_t buffer[HEX_MAX];
	struct answer answer;
	char text[4096];

	(void)state;
	for (size_t i = 0; i < CAPTURE_COUNT; i++) {
		struct bytes message = hex(captures[i].message, buffer);
		assert_int_equal(read_bytes(message, captures[i].name, captures[i].type, &answer), 0);
		say(&answer, text, sizeof text);
		assert_string_equal(text, captures[i].says);
		assert_false(answer.authenticated);
		answer_clear(&answer);
	}
}

static void test_addresses(void **state)
{
	static struct packet packet;

	(void)state;
	ask(&packet, FLAGS, DNS_A);
	put_record(&packet, DNS_ANSWER, "DOTS.Example.COM", DNS_A, 600, ADDRESS, 4);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_TXT, 1, "\0", 1); /* no part of it: neither is its TTL */
	put_record(&packet, DNS_ANSWER, ASKED, DNS_AAAA, 2, ADDRESS6, 16);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 300, "\xc0\x00\x02\x02", 4);
	put_record(&packet, DNS_ADDITIONAL, ASKED, DNS_A, 3, "\xc0\x00\x02\x03", 4);
	struct answer answer = answer_to(&packet, DNS_A);
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.addresses[0].family, 4);
	assert_memory_equal(answer.addresses[1].bytes, "\xc0\x00\x02\x02", 4);
	assert_int_equal(answer.ttl, 300);
	assert_int_equal(answer.aliases, 0);
	answer_clear(&answer);
}

static void test_others_are_left_alone(void **state)
{
	static struct packet packet;

	(void)state;
	ask(&packet, FLAGS, DNS_A);
	put_record(&packet, DNS_ANSWER, "evil.example.com", DNS_A, 600, ADDRESS, 4);
	put_record(&packet, DNS_ANSWER, "dots.example.com.evil", DNS_A, 600, ADDRESS, 4);
	put_record(&packet, DNS_ANSWER, "com", DNS_A, 600, "\xc0", 1); /* nor do their contradictions count */
	put_alias(&packet, "evil.example.com", 1, ASKED);
	assert_result(&packet, DNS_A, RESOLUTION_NODATA, ANSWER_NO_SOA);
}

static void test_other_class(void **state)
{
	static struct packet packet;

	(void)state;
	ask(&packet, FLAGS, DNS_A);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 600, ADDRESS, 4);
	packet.data[packet.size - 4 - 2 - 4 - 1] = 3; /* CH */
	assert_result(&packet, DNS_A, RESOLUTION_NODATA, ANSWER_NO_SOA);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 500, ADDRESS, 4);
	assert_found(&packet, DNS_A, 1, 500);
}

/* RFC 2181 8 */
static void test_ttl_with_top_bit(void **state)
{
	static struct packet packet;

	(void)state;
	ask(&packet, FLAGS, DNS_A);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 0x7fffffff, ADDRESS, 4);
	assert_found(&packet, DNS_A, 1, 0x7fffffff);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 0x80000001, ADDRESS, 4);
	assert_found(&packet, DNS_A, 2, 0);
}

static void test_wrong_sizes(void **state)
{
	static const struct {
		uint16_t type, size;
		const char *data;
	} records[] = {
		{DNS_A, 5, "\xc0\x00\x02\x01\x05"},
		{DNS_A, 3, "\xc0\x00\x02"},
		{DNS_A, 0, ""},
		{DNS_A, 16, ADDRESS6},
		{DNS_AAAA, 4, ADDRESS},
		{DNS_AAAA, 15, ADDRESS6},
		{DNS_PTR, 0, ""},
		{DNS_PTR, 2, "\1a"},
		{DNS_PTR, 4, "\1a\0"},
		{DNS_PTR, 1, "\xc0\x0c"},
		{DNS_SRV, 0, ""},
		{DNS_SRV, 6, "\0\0\0\0\0\1"},
		{DNS_SRV, 5, "\0\0\0\0\0"},
		{DNS_SRV, 8, "\0\0\0\0\0\1\0"},
		{DNS_SRV, 8, "\0\0\0\0\0\1\1a"},
		{DNS_NAPTR, 0, ""},
		{DNS_NAPTR, 7, "\0\1\0\1\0\0\0"},
		{DNS_NAPTR, 9, "\0\1\0\1\0\0\0\0"},
		{DNS_NAPTR, 8, "\0\1\0\1\2\0\0"},
		{DNS_NAPTR, 8, "\0\1\0\1\0\0\1"},
		{DNS_NAPTR, 8, "\0\1\0\1\0\377\0"},
		{DNS_NAPTR, 3, "\0\1\0"},
		{DNS_CNAME, 0, ""},
		{DNS_CNAME, 3, "\1a\5"},
		{DNS_CNAME, 4, "\1a\0"},
	};
	static struct packet packet;

	(void)state;
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		uint16_t type = records[i].type == DNS_CNAME ? DNS_A : records[i].type;
		ask(&packet, FLAGS, type);
		put_record(&packet, DNS_ANSWER, ASKED, records[i].type, 600, records[i].data, records[i].size);
		put_record(&packet, DNS_ADDITIONAL, "", DNS_A, 600, ADDRESS, 4);
		assert_malformed(&packet, type);
	}
}

static void test_naptr(void **state)
{
	static struct packet packet;
	char longest[256];

	(void)state;
	memset(longest, 'x', 255);
	longest[255] = '\0';
	ask(&packet, FLAGS, DNS_NAPTR);
	put_naptr(&packet, 65535, "", "DOTS:signal.udp", "", "Signal.example.com");
	put_naptr(&packet, 1, "\xffS", longest, "!!!", "");
	put_naptr(&packet, 2, longest, "", longest, "a");
	struct answer answer = answer_to(&packet, DNS_NAPTR);
	assert_int_equal(answer.count, 3);
	assert_int_equal(answer.ttl, 300);

	const struct naptr *naptr = answer.naptrs;
	assert_int_equal(naptr[0].order, 65535);
	assert_int_equal(naptr[0].preference, 7);
	assert_int_equal(naptr[0].flags_length, 0);
	assert_int_equal(naptr[0].service_length, 15);
	assert_memory_equal(naptr[0].service, "DOTS:signal.udp", 15);
	assert_false(naptr[0].has_regexp);
	assert_int_equal(naptr[0].replacement.length, 20);

	assert_int_equal(naptr[1].flags_length, 2);
	assert_memory_equal(naptr[1].flags, "\xffS", 2);
	assert_int_equal(naptr[1].service_length, 255);
	assert_true(naptr[1].has_regexp);
	assert_true(dns_name_is_root(&naptr[1].replacement));
	assert_int_equal(naptr[2].flags_length, 255);
	assert_memory_equal(naptr[2].flags, longest, 255);
	answer_clear(&answer);
}

/* RFC 3597 4: whoever reads them takes compressed names where none should be. */
static void test_compressed(void **state)
{
	static struct packet packet;
	struct answer answer;

	(void)state;
	ask(&packet, FLAGS, DNS_SRV);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_SRV, 600, "\0\1\0\2\0\3\1a\xc0\x11", 10);
	answer = answer_to(&packet, DNS_SRV);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.srvs[0].priority, 1);
	assert_int_equal(answer.srvs[0].weight, 2);
	assert_int_equal(answer.srvs[0].port, 3);
	assert_memory_equal(answer.srvs[0].target.wire, "\1a\7example\3com", 15);
	answer_clear(&answer);

	ask(&packet, FLAGS, DNS_NAPTR);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_NAPTR, 600, "\0\1\0\2\1s\0\0\xc0\x0c", 10);
	answer = answer_to(&packet, DNS_NAPTR);
	assert_int_equal(answer.count, 1);
	assert_memory_equal(answer.naptrs[0].replacement.wire, "\4dots\7example\3com", 18);
	answer_clear(&answer);
}

static void test_pointers_in_data(void **state)
{
	static struct packet packet;

	(void)state;
	ask(&packet, FLAGS, DNS_PTR);
	put_record_head(&packet, DNS_ANSWER, ASKED, DNS_PTR, 600, 2);
	size_t at = packet.size;
	put16(&packet, 0xc000 | (unsigned)at); /* to itself */
	assert_malformed(&packet, DNS_PTR);
	packet.size = at;
	put16(&packet, 0xc000 | (unsigned)(at + 2)); /* to what follows */
	put_record(&packet, DNS_ADDITIONAL, "", DNS_A, 600, ADDRESS, 4);
	assert_malformed(&packet, DNS_PTR);
}

static void put_naptrs(struct packet *packet, unsigned count)
{
	ask(packet, FLAGS, DNS_NAPTR);
	for (unsigned i = 0; i < count; i++)
		put_naptr(packet, i, "s", "DOTS:signal.udp", "", "_dots-signal._udp.example.com");
}

static void test_many(void **state)
{
	static struct packet packet;

	(void)state;
	put_naptrs(&packet, 60);
	assert_found(&packet, DNS_NAPTR, 60, 300);

	put_naptrs(&packet, 200);
	struct answer answer = answer_to(&packet, DNS_NAPTR);
	assert_int_equal(answer.count, ANSWER_RECORDS_MAX);
	assert_int_equal(answer.excess, 200 - ANSWER_RECORDS_MAX);
	for (unsigned i = 0; i < answer.count; i++)
		assert_int_equal(answer.naptrs[i].order, i);
	answer_clear(&answer);
}

static void test_aliases(void **state)
{
	static struct packet packet;

	(void)state;
	ask(&packet, FLAGS, DNS_AAAA);
	put_record(&packet, DNS_ANSWER, "b.example.net", DNS_AAAA, 500, ADDRESS6, 16);
	put_alias(&packet, "a.example.net", 10, "B.example.net");
	put_record(&packet, DNS_ANSWER, "a.example.net", DNS_TXT, 1, "\0", 1);
	put_alias(&packet, ASKED, 400, "A.example.net");
	struct answer answer = answer_to(&packet, DNS_AAAA);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.addresses[0].family, 6);
	assert_int_equal(answer.ttl, 10); /* the alias is part of the way */
	assert_int_equal(answer.aliases, 2);
	answer_clear(&answer);
}

/* Only the answer section makes aliases. */
static void test_alias_elsewhere(void **state)
{
	static struct packet packet;

	(void)state;
	ask(&packet, FLAGS, DNS_A);
	put_record(&packet, DNS_ANSWER, "a", DNS_A, 500, ADDRESS, 4);
	put_record(&packet, DNS_ADDITIONAL, ASKED, DNS_CNAME, 500, "\1a", 3);
	assert_result(&packet, DNS_A, RESOLUTION_NODATA, ANSWER_NO_SOA);
}

static void test_alias_loop(void **state)
{
	static struct packet packet;

	(void)state;
	ask(&packet, FLAGS, DNS_A);
	put_alias(&packet, ASKED, 400, "a.example.net");
	put_alias(&packet, "a.example.net", 400, "DOTS.example.com");
	assert_result(&packet, DNS_A, RESOLUTION_LOOP, ANSWER_NO_SOA);
	ask(&packet, FLAGS | DNS_NXDOMAIN, DNS_A);
	put_alias(&packet, ASKED, 400, ASKED);
	assert_result(&packet, DNS_A, RESOLUTION_LOOP, ANSWER_NO_SOA);
}

static void put_chain(struct packet *packet, int length)
{
	char from[32] = ASKED, to[32];

	ask(packet, FLAGS, DNS_A);
	for (int i = 0; i < length; i++) {
		snprintf(to, sizeof to, "n%d.example.com", i);
		put_alias(packet, from, 400, to);
		strcpy(from, to);
	}
	put_record(packet, DNS_ANSWER, from, DNS_A, 600, ADDRESS, 4);
}

static void test_chain_length(void **state)
{
	static struct packet packet;

	(void)state;
	put_chain(&packet, ANSWER_CNAMES_MAX);
	assert_found(&packet, DNS_A, 1, 400);
	put_chain(&packet, ANSWER_CNAMES_MAX + 1);
	assert_result(&packet, DNS_A, RESOLUTION_LOOP, ANSWER_NO_SOA);
}

static void test_rcodes(void **state)
{
	static const enum resolution_result results[] = {
		RESOLUTION_NODATA,   RESOLUTION_REFUSED, RESOLUTION_SERVFAIL,
		RESOLUTION_NXDOMAIN, RESOLUTION_REFUSED, RESOLUTION_REFUSED,
	};
	static struct packet packet;

	(void)state;
	for (unsigned rcode = 0; rcode < 16; rcode++) {
		enum resolution_result result = rcode <= DNS_REFUSED ? results[rcode] : RESOLUTION_REFUSED;
		ask(&packet, FLAGS | rcode, DNS_A);
		assert_result(&packet, DNS_A, result, ANSWER_NO_SOA);
		start(&packet, FLAGS | rcode); /* a header alone */
		assert_result(&packet, DNS_A, result, ANSWER_NO_SOA);
	}
	/* What a server that failed says besides is not read. */
	ask(&packet, FLAGS | DNS_SERVFAIL | FLAG_TC, DNS_A);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 600, ADDRESS, 4);
	set_count(&packet, 2, 3);
	assert_result(&packet, DNS_A, RESOLUTION_SERVFAIL, ANSWER_NO_SOA);
}

/* RFC 2308 5 */
static void test_negative(void **state)
{
	static struct packet packet;

	(void)state;
	for (unsigned rcode = DNS_NOERROR; rcode <= DNS_NXDOMAIN; rcode += DNS_NXDOMAIN) {
		enum resolution_result result = rcode ? RESOLUTION_NXDOMAIN : RESOLUTION_NODATA;
		ask(&packet, FLAGS | rcode, DNS_A);
		put_soa(&packet, 3600, 300);
		assert_result(&packet, DNS_A, result, 300);
		ask(&packet, FLAGS | rcode, DNS_A);
		put_record(&packet, DNS_AUTHORITY, "example.com", 2, 5, "\2ns", 4); /* NS */
		put_soa(&packet, 60, UINT32_MAX);
		assert_result(&packet, DNS_A, result, 60);
		ask(&packet, FLAGS | rcode, DNS_A);
		put_soa(&packet, 0x80000000, 300);
		assert_result(&packet, DNS_A, result, 0);
	}
}

/* The name is an alias for as long as that says, whatever is not at its end. */
static void test_negative_behind_alias(void **state)
{
	static struct packet packet;

	(void)state;
	ask(&packet, FLAGS | DNS_NXDOMAIN, DNS_A);
	put_alias(&packet, ASKED, 10, "a.example.net");
	assert_result(&packet, DNS_A, RESOLUTION_NXDOMAIN, ANSWER_NO_SOA);
	put_soa(&packet, 3600, 300);
	assert_result(&packet, DNS_A, RESOLUTION_NXDOMAIN, 10);
	put_record(&packet, DNS_ADDITIONAL, "a.example.net", DNS_A, 600, ADDRESS, 4);
	struct answer answer = answer_to(&packet, DNS_A);
	assert_int_equal(answer.aliases, 1);
}

/* A SOA where the answer is no part of negative caching; nor one that is broken. */
static void test_soa(void **state)
{
	static struct packet packet;

	(void)state;
	ask(&packet, FLAGS, DNS_A);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 600, ADDRESS, 4);
	put_soa(&packet, 1, 1);
	assert_found(&packet, DNS_A, 1, 600);
	ask(&packet, FLAGS, DNS_A);
	put_record(&packet, DNS_AUTHORITY, "com", DNS_SOA, 1, "\0\0" ADDRESS6 ADDRESS "x", 23);
	assert_malformed(&packet, DNS_A);
	ask(&packet, FLAGS, DNS_A);
	put_record(&packet, DNS_AUTHORITY, "com", DNS_SOA, 1, "\0\0" ADDRESS6 "abc", 21);
	assert_malformed(&packet, DNS_A);
	ask(&packet, FLAGS, DNS_A);
	put_record(&packet, DNS_AUTHORITY, "com", DNS_SOA, 1, "\0", 1);
	assert_malformed(&packet, DNS_A);
}

static void test_flags(void **state)
{
	static struct packet packet;
	struct answer answer;

	(void)state;
	ask(&packet, FLAGS | FLAG_AD, DNS_A);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 600, ADDRESS, 4);
	answer = answer_to(&packet, DNS_A);
	assert_true(answer.authenticated);
	answer_clear(&answer);
	ask(&packet, FLAGS | FLAG_AD | DNS_NXDOMAIN, DNS_A);
	answer = answer_to(&packet, DNS_A);
	assert_true(answer.authenticated);

	ask(&packet, FLAGS | FLAG_TC, DNS_A);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 600, ADDRESS, 4);
	assert_malformed(&packet, DNS_A);
	ask(&packet, 0x0100, DNS_A); /* a query */
	assert_malformed(&packet, DNS_A);
}

static void test_question(void **state)
{
	static struct packet packet;

	(void)state;
	start(&packet, FLAGS); /* none */
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 600, ADDRESS, 4);
	assert_found(&packet, DNS_A, 1, 600);

	start(&packet, FLAGS);
	put_question(&packet, "dOtS.eXaMpLe.CoM", DNS_A);
	put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 600, ADDRESS, 4);
	assert_found(&packet, DNS_A, 1, 600);
	assert_malformed(&packet, DNS_AAAA);

	packet.data[12 + 18 + 3] = 3; /* CH */
	assert_malformed(&packet, DNS_A);
	start(&packet, FLAGS | DNS_SERVFAIL);
	put_question(&packet, "dots.example.net", DNS_A);
	assert_malformed(&packet, DNS_A);
	start(&packet, FLAGS);
	put_question(&packet, "", DNS_A);
	assert_malformed(&packet, DNS_A);
}

static void test_counts_that_lie(void **state)
{
	static struct packet packet;

	(void)state;
	for (unsigned index = 0; index < 4; index++) {
		ask(&packet, FLAGS, DNS_A);
		put_record(&packet, DNS_ANSWER, ASKED, DNS_A, 600, ADDRESS, 4);
		set_count(&packet, index, index < 2 ? 2 : 1);
		assert_malformed(&packet, DNS_A);
		set_count(&packet, index, 0xffff);
		assert_malformed(&packet, DNS_A);
	}
}

static void test_other_types(void **state)
{
	static struct packet packet;
	struct answer answer = {.count = 0xee};

	(void)state;
	ask(&packet, FLAGS, DNS_TXT);
	assert_int_equal(read_bytes((struct bytes){packet.data, packet.size}, ASKED, DNS_TXT, &answer), -EINVAL);
	assert_int_equal(answer.count, 0xee);
}

/* Cut anywhere, or with any octet changed: refused or read, never past its end. */
static void test_broken(void **state)
{
	static struct packet packet, broken;
	struct answer answer;

	(void)state;
	ask(&packet, FLAGS, DNS_NAPTR);
	put_alias(&packet, ASKED, 400, "a.example.net");
	put_record(&packet, DNS_ANSWER, "a.example.net", DNS_NAPTR, 600, "\0\1\0\2\1s\1x\0\xc0\x0c", 11);
	assert_found(&packet, DNS_NAPTR, 1, 400);
	for (size_t size = packet.size - 1; size > 0; size--) {
		broken = packet;
		broken.size = size;
		assert_malformed(&broken, DNS_NAPTR);
	}
	for (size_t at = 0; at < packet.size; at++) {
		for (unsigned value = 0; value < 256; value++) {
			broken.size = packet.size;
			memcpy(broken.data, packet.data, packet.size);
			broken.data[at] = (uint8_t)value;
			answer = answer_to(&broken, DNS_NAPTR);
			assert_true(answer.count <= 1);
			answer_clear(&answer);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_others_are_left_alone),
		cmocka_unit_test(test_other_class),
		cmocka_unit_test(test_ttl_with_top_bit),
		cmocka_unit_test(test_wrong_sizes),
		cmocka_unit_test(test_naptr),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_pointers_in_data),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_alias_elsewhere),
		cmocka_unit_test(test_alias_loop),
		cmocka_unit_test(test_chain_length),
		cmocka_unit_test(test_rcodes),
		cmocka_unit_test(test_negative),
		cmocka_unit_test(test_negative_behind_alias),
		cmocka_unit_test(test_soa),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_counts_that_lie),
		cmocka_unit_test(test_other_types),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
