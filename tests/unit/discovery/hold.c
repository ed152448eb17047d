/* SPDX-License-Identifier: BSD-2-Clause */
/* How long does each outcome hold? Row by row of requirements 8.6. */
#include "discovery/hold.h"

#include "../unit.h"

#define HOUR 3600U
#define DAY 86400U

static void test_ttl_is_clamped(void **state)
{
	static const struct {
		enum resolution_result result;
		uint32_t ttl, seconds;
	} rows[] = {
		{RESOLUTION_FOUND, 0, 60},
		{RESOLUTION_FOUND, 59, 60},
		{RESOLUTION_FOUND, 61, 61},
		{RESOLUTION_FOUND, DAY + 1, DAY},
		{RESOLUTION_FOUND, UINT32_MAX - 1, DAY},
		{RESOLUTION_NXDOMAIN, 0, 60},
		{RESOLUTION_NXDOMAIN, 30, 60},
		{RESOLUTION_NXDOMAIN, 900, 900},
		{RESOLUTION_NXDOMAIN, HOUR + 1, HOUR},
		{RESOLUTION_NXDOMAIN, ANSWER_NO_SOA, 300},
		{RESOLUTION_NODATA, 30, 60},
		{RESOLUTION_NODATA, DAY, HOUR},
		{RESOLUTION_NODATA, ANSWER_NO_SOA, 300},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(hold_seconds(rows[i].result, rows[i].ttl, 0, i), rows[i].seconds);
}

static void test_fixed(void **state)
{
	static const enum resolution_result results[] = {RESOLUTION_REFUSED, RESOLUTION_BOGUS, RESOLUTION_MALFORMED,
							 RESOLUTION_LOOP, RESOLUTION_NO_RESOLVER};

	(void)state;
	for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
		assert_int_equal(hold_seconds(results[i], ANSWER_NO_SOA, 7, i), 300);
		assert_false(hold_doubles(results[i]));
	}
}

static void test_doubles(void **state)
{
	static const uint32_t seconds[] = {5, 10, 20, 40, 80, 160, 300, 300, 300};

	(void)state;
	for (unsigned again = 0; again < sizeof seconds / sizeof *seconds; again++) {
		assert_int_equal(hold_seconds(RESOLUTION_SERVFAIL, 0, again, again), seconds[again]);
		assert_int_equal(hold_seconds(RESOLUTION_FAILED, 0, again, again), seconds[again]);
	}
	assert_int_equal(hold_seconds(RESOLUTION_SERVFAIL, 0, UINT32_MAX, 0), 300);
}

/* Every second of 80 % to 120 % comes about, and no other. */
static void test_jitter(void **state)
{
	bool seen[361] = {false};

	(void)state;
	for (uint64_t chance = 0; chance < 1000; chance++) {
		uint32_t seconds = hold_seconds(RESOLUTION_TIMEOUT, 0, 6, chance);
		assert_in_range(seconds, 240, 360);
		seen[seconds] = true;
		assert_in_range(hold_seconds(RESOLUTION_TIMEOUT, 0, 0, chance), 4, 6);
	}
	for (unsigned i = 240; i <= 360; i++)
		assert_true(seen[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ttl_is_clamped),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_jitter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
