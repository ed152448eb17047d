/* SPDX-License-Identifier: BSD-2-Clause */
/* Which NAPTR records match, which may be used, and in which order? (requirements 8.2; zones Z8 to Z13) */
#include <string.h>

#include "../unit.h"
#include "discovery/naptr.h"

static struct naptr record(const char *flags, const char *service, const char *replacement)
{
	struct naptr record = {.flags_length = (uint8_t)strlen(flags), .service_length = (uint8_t)strlen(service)};

	memcpy(record.flags, flags, strlen(flags));
	memcpy(record.service, service, strlen(service));
	assert_int_equal(dns_name_parse(replacement, &record.replacement), 0);
	return record;
}

static void test_matching(void **state)
{
	static const struct {
		const char *field;
		bool matches;
	} fields[] = {
		{"DOTS:signal.udp", true},
		{"dots:SIGNAL.udp", true},
		{"DOTS:signal.udp:signal.tcp", true},
		{"DOTS:signal.tcp:signal.udp", true},
		{"DOTS:x+y-z:signal.udp", true},
		{"DOTS", false}, /* Z12 */
		{"DOTS:", false},
		{"", false},
		{":signal.udp", false},
		{"DOTSX:signal.udp", false}, /* Z13 */
		{"DOT:signal.udp", false},
		{"DOTS:signal.udp2", false},
		{"DOTS:signal", false},
		{"DOTS:signal.ud", false},
		{"DOTS:signal.tcp", false},
		{"DOTS-CALL-HOME:signal.udp", false},
		{"signal.udp:DOTS", false},
		{"SIP:DOTS:signal.udp", false},
		{"DOTS signal.udp", false},
		{"DOTS:signal.udp: ", false},
		{"DOTS:signal.udp:\xc3\xa4", false},
		{"DOTS:s\xc4gnal.udp", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct naptr naptr = record("s", fields[i].field, "a.example.net");
		if (naptr_matches(&naptr, "DOTS", "signal.udp") != fields[i].matches)
			fail_msg("\"%s\": %s", fields[i].field, fields[i].matches ? "no match" : "matches");
	}
}

/* An octet that would end a C string ends nothing. */
static void test_embedded_zero(void **state)
{
	struct naptr naptr = record("s", "DOTS:signal.udp", "a.example.net");

	(void)state;
	assert_true(naptr_matches(&naptr, "DOTS", "signal.udp"));
	naptr.service_length++;
	assert_false(naptr_matches(&naptr, "DOTS", "signal.udp"));
	assert_int_equal(naptr_use(&naptr), NAPTR_SERVICE);
	naptr.flags_length++;
	assert_int_equal(naptr_use(&naptr), NAPTR_BAD_FLAGS);
}

static void test_longest_field(void **state)
{
	struct naptr naptr = record("s", "", "a.example.net");

	(void)state;
	naptr.service_length = 255;
	memset(naptr.service, ':', 255);
	assert_false(naptr_matches(&naptr, "DOTS", "signal.udp"));
	memcpy(naptr.service, "DOTS", 4);
	assert_false(naptr_matches(&naptr, "DOTS", "signal.udp"));
	memcpy(naptr.service + 255 - 10, "signal.udp", 10);
	assert_true(naptr_matches(&naptr, "DOTS", "signal.udp"));
}

static void test_use(void **state)
{
	static const struct {
		const char *flags, *replacement;
		bool regexp;
		enum naptr_use use;
	} rows[] = {
		{"", "a.example.net", false, NAPTR_NEXT},
		{"s", "a.example.net", false, NAPTR_SERVICE},
		{"S", "a.example.net", false, NAPTR_SERVICE},
		{"a", "a.example.net", false, NAPTR_ADDRESSES},
		{"A", "a.example.net", false, NAPTR_ADDRESSES},
		{"u", "a.example.net", false, NAPTR_BAD_FLAGS}, /* Z10 */
		{"p", "a.example.net", false, NAPTR_BAD_FLAGS},
		{"sa", "a.example.net", false, NAPTR_BAD_FLAGS},
		{"ss", "a.example.net", false, NAPTR_BAD_FLAGS},
		{" ", "a.example.net", false, NAPTR_BAD_FLAGS},
		{"s", "a.example.net", true, NAPTR_BAD_REGEXP},
		{"s", ".", true, NAPTR_BAD_REGEXP},
		{"s", ".", false, NAPTR_BAD_REPLACEMENT},
		{"", ".", false, NAPTR_BAD_REPLACEMENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct naptr naptr = record(rows[i].flags, "DOTS:signal.udp", rows[i].replacement);
		naptr.has_regexp = rows[i].regexp;
		assert_int_equal(naptr_use(&naptr), rows[i].use);
	}
}

/* Z8, whatever the order of the packet. */
static void test_order(void **state)
{
	static const struct naptr naptrs[] = {
		{.order = 50, .preference = 99},       {.order = 100, .preference = 10},
		{.order = 100, .preference = 20},      {.order = 32768, .preference = 1},
		{.order = 65535, .preference = 65535},
	};
	enum {
		COUNT = sizeof naptrs / sizeof naptrs[0]
	};

	(void)state;
	for (size_t shift = 0; shift < COUNT; shift++) {
		for (int backwards = 0; backwards < 2; backwards++) {
			const struct naptr *records[COUNT];
			for (size_t i = 0; i < COUNT; i++)
				records[backwards ? COUNT - 1 - i : i] = &naptrs[(i + shift) % COUNT];
			naptr_sort(records, COUNT);
			for (size_t i = 0; i < COUNT; i++)
				assert_ptr_equal(records[i], &naptrs[i]);
		}
	}
}

static void test_stable(void **state)
{
	static const struct naptr naptrs[] = {
		{.order = 2, .preference = 1},
		{.order = 1, .preference = 1},
		{.order = 2, .preference = 1},
		{.order = 1, .preference = 1},
	};
	const struct naptr *records[] = {&naptrs[0], &naptrs[1], &naptrs[2], &naptrs[3]};

	(void)state;
	naptr_sort(records, 4);
	assert_ptr_equal(records[0], &naptrs[1]);
	assert_ptr_equal(records[1], &naptrs[3]);
	assert_ptr_equal(records[2], &naptrs[0]);
	assert_ptr_equal(records[3], &naptrs[2]);
	naptr_sort(records, 0);
}

static void test_transport(void **state)
{
	static const struct {
		const char *name;
		bool contradicts;
	} names[] = {
		{"_dots-signal._udp.example.net", false},
		{"_dots-signal._UDP.example.net", false},
		{"_dots-signal._tcp.example.net", true},
		{"_dots._x.example.net", false},
		{"a.example.net", false},
		{".", false},
	};
	struct dns_name name;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_int_equal(dns_name_parse(names[i].name, &name), 0);
		assert_int_equal(naptr_contradicts(&name, "_udp"), names[i].contradicts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matching),      cmocka_unit_test(test_embedded_zero),
		cmocka_unit_test(test_longest_field), cmocka_unit_test(test_use),
		cmocka_unit_test(test_order),         cmocka_unit_test(test_stable),
		cmocka_unit_test(test_transport),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
