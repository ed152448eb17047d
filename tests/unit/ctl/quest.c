/* SPDX-License-Identifier: BSD-2-Clause */
/* Is what `discover` is asked for read as it is meant? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../unit.h"
#include "ctl/quest.h"

#define TEXT_SIZE 256

static char error[QUEST_ERROR_SIZE];

static struct resolver_place place_of(const char *resolver)
{
	struct resolver_place place = {0};

	assert_int_equal(quest_add_resolver(resolver, &place, error), 0);
	return place;
}

static void test_resolvers(void **state)
{
	static const struct {
		const char *text, *shown;
		uint8_t family;
		uint16_t port;
		const char *device;
	} cases[] = {
		{"192.0.2.1", "192.0.2.1", 4, 53, ""},
		{"192.0.2.1:5353", "192.0.2.1:5353", 4, 5353, ""},
		{"192.0.2.1:53", "192.0.2.1", 4, 53, ""},
		{"2001:db8::1", "2001:db8::1", 6, 53, ""},
		{"[2001:db8::1]", "2001:db8::1", 6, 53, ""},
		{"[2001:db8::1]:65535", "[2001:db8::1]:65535", 6, 65535, ""},
		{"fe80::1%eth0", "fe80::1%eth0", 6, 53, "eth0"},
		{"[fe80::1%eth0]:5353", "[fe80::1%eth0]:5353", 6, 5353, "eth0"},
		{"[fe80::1%a-long-name-15]:1", "[fe80::1%a-long-name-15]:1", 6, 1, "a-long-name-15"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct resolver_place place = place_of(cases[i].text);
		char text[TEXT_SIZE];
		assert_int_equal(place.count, 1);
		assert_int_equal(place.resolvers[0].address.family, cases[i].family);
		assert_int_equal(place.resolvers[0].port, cases[i].port);
		assert_string_equal(place.device, cases[i].device);
		assert_false(place.trusted);
		assert_string_equal(quest_place_text(&place, text, sizeof text), cases[i].shown);
	}
}

static void test_what_is_no_resolver(void **state)
{
	static const char *const texts[] = {
		"",
		"dns.example.net",
		"192.0.2.1:",
		"192.0.2.1:0",
		"192.0.2.1:65536",
		"192.0.2.1:+53",
		"192.0.2.1:53x",
		"[2001:db8::1",
		"[2001:db8::1]53",
		"[2001:db8::1]:",
		"[192.0.2.1:53",
		"2001:db8::1::2",
		"fe80::1",
		"fe80::1%",
		"[fe80::1]:53",
		"2001:db8::1%eth0",
		"192.0.2.1%eth0",
		"fe80::1%a-name-of-16-chars",
		"[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:5353 and so on, and so on, and so on",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct resolver_place place = {0};
		*error = '\0';
		assert_int_equal(quest_add_resolver(texts[i], &place, error), -EINVAL);
		assert_true(*error);
		assert_null(strchr(error, '\n'));
		assert_int_equal(place.count, 0);
	}
}

static void test_several_resolvers(void **state)
{
	struct resolver_place place = place_of("192.0.2.1");
	char text[TEXT_SIZE], small[12];

	(void)state;
	assert_int_equal(quest_add_resolver("[2001:db8::1]:54", &place, error), 0);
	assert_string_equal(quest_place_text(&place, text, sizeof text), "192.0.2.1, [2001:db8::1]:54");
	assert_string_equal(quest_place_text(&place, small, sizeof small), "192.0.2.1, ");
	assert_int_equal(quest_add_resolver("fe80::1%eth0", &place, error), -EINVAL);
	assert_int_equal(quest_add_resolver("::1", &place, error), 0);
	assert_int_equal(quest_add_resolver("::2", &place, error), -EINVAL);
	assert_int_equal(place.count, RESOLVERS_MAX);
}

static struct request request_for(const char *name)
{
	return (struct request){.operand = name, .resolvers = {"127.0.0.1"}, .resolver_count = 1};
}

static void test_defaults(void **state)
{
	const struct request request = request_for("Example.net.");
	struct quest quest;
	char name[DNS_TEXT_SIZE];

	(void)state;
	assert_int_equal(quest_read(&request, &quest, error), 0);
	assert_string_equal(dns_name_text(&quest.domain, name), "Example.net");
	assert_int_equal(quest.service, SERVICE_DOTS);
	assert_int_equal(quest.dnssec, DNSSEC_PREFER);
	assert_int_equal(quest.family_count, 2);
	assert_int_equal(quest.families[0], 6);
	assert_int_equal(quest.families[1], 4);
	assert_int_equal(quest.method_count, 2);
	assert_int_equal(quest.methods[0], WALK_S_NAPTR);
	assert_int_equal(quest.methods[1], WALK_DNS_SD);
}

static void test_choices(void **state)
{
	struct request request = request_for("example.net");
	struct quest quest;

	(void)state;
	request.value[OPTION_FAMILY] = "4";
	request.value[OPTION_SERVICE] = "dots-call-home";
	request.value[OPTION_METHOD] = "dns-sd";
	request.value[OPTION_DNSSEC] = "require";
	assert_int_equal(quest_read(&request, &quest, error), 0);
	assert_int_equal(quest.family_count, 1);
	assert_int_equal(quest.families[0], 4);
	assert_int_equal(quest.service, SERVICE_CALL_HOME);
	assert_int_equal(quest.method_count, 1);
	assert_int_equal(quest.methods[0], WALK_DNS_SD);
	assert_int_equal(quest.dnssec, DNSSEC_REQUIRE);

	request.value[OPTION_METHOD] = "addresses";
	assert_int_equal(quest_read(&request, &quest, error), 0);
	assert_int_equal(quest.methods[0], WALK_ADDRESSES);
	assert_string_equal(quest_method_word(quest.methods[0]), "addresses");
}

static void test_wrong_choices(void **state)
{
	static const struct {
		enum option_id id;
		const char *value;
	} wrong[] = {
		{OPTION_FAMILY, "5"},   {OPTION_FAMILY, ""},       {OPTION_SERVICE, "DOTS"},
		{OPTION_METHOD, "srv"}, {OPTION_METHOD, "s-napt"}, {OPTION_DNSSEC, "yes"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct request request = request_for("example.net");
		struct quest quest;
		request.value[wrong[i].id] = wrong[i].value;
		assert_int_equal(quest_read(&request, &quest, error), -EINVAL);
		assert_non_null(strstr(error, wrong[i].value));
	}
}

static void test_what_is_no_name(void **state)
{
	static const char *const names[] = {"",
					    ".",
					    "a..example.net",
					    ".example.net",
					    "b\303\274cher.example",
					    "0123456789012345678901234567890123456789012345678901234567890123.example"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct request request = request_for(names[i]);
		struct quest quest;
		assert_int_equal(quest_read(&request, &quest, error), -EINVAL);
		assert_null(strchr(error, '\n'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolvers),         cmocka_unit_test(test_what_is_no_resolver),
		cmocka_unit_test(test_several_resolvers), cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_choices),           cmocka_unit_test(test_wrong_choices),
		cmocka_unit_test(test_what_is_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
