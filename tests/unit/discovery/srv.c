/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are SRV records drawn as RFC 2782 says? Counts over many seeds stand within five standard deviations of what the
 * weights ask for: a draw that is right does so with these seeds, which are fixed, and one that favours a record does
 * not.
 */
#include <string.h>

#include "../unit.h"
#include "discovery/srv.h"

#define DRAWS 20000
#define RECORDS_MAX 4

static struct srv record(uint16_t priority, uint16_t weight, const char *target)
{
	struct srv record = {.priority = priority, .weight = weight, .port = 4646};

	assert_int_equal(dns_name_parse(target, &record.target), 0);
	return record;
}

static void order(const struct srv *srvs, size_t count, uint64_t seed, const struct srv *ret[])
{
	for (size_t i = 0; i < count; i++)
		ret[i] = &srvs[i];
	srv_order(ret, count, seed);
}

/* How often is each record the first? */
static void count_first(const struct srv *srvs, size_t count, unsigned first[RECORDS_MAX])
{
	const struct srv *records[RECORDS_MAX];

	memset(first, 0, RECORDS_MAX * sizeof *first);
	for (unsigned seed = 0; seed < DRAWS; seed++) {
		order(srvs, count, seed, records);
		first[records[0] - srvs]++;
	}
}

static void assert_share(unsigned count, double share)
{
	double off = count - DRAWS * share, variance = DRAWS * share * (1 - share);

	if (off * off > 25 * variance)
		fail_msg("%u of %u draws, where the share should be %.4f", count, DRAWS, share);
}

static void test_equal_weights(void **state)
{
	struct srv srvs[] = {record(0, 1, "a.example.net"), record(0, 1, "b.example.net")};
	unsigned first[RECORDS_MAX];

	(void)state;
	count_first(srvs, 2, first);
	assert_share(first[0], 1.0 / 2);
	assert_share(first[1], 1.0 / 2);
}

/* Weight 0 has no chance but for the draw of 0: one of 11. */
static void test_zero_and_ten(void **state)
{
	struct srv srvs[] = {record(0, 10, "a.example.net"), record(0, 0, "b.example.net")};
	unsigned first[RECORDS_MAX];

	(void)state;
	count_first(srvs, 2, first);
	assert_share(first[0], 10.0 / 11);
	assert_share(first[1], 1.0 / 11);
}

static void test_all_zero(void **state)
{
	struct srv srvs[] = {record(0, 0, "a.example.net"), record(0, 0, "b.example.net"),
			     record(0, 0, "c.example.net")};
	unsigned first[RECORDS_MAX];

	(void)state;
	count_first(srvs, 3, first);
	for (size_t i = 0; i < 3; i++)
		assert_share(first[i], 1.0 / 3);
}

/* Of the numbers 0 to 8, each record has as many as it weighs, and 0 goes to whichever was shuffled to the front. */
static void test_weights(void **state)
{
	struct srv srvs[] = {record(0, 1, "a.example.net"), record(0, 2, "b.example.net"),
			     record(0, 5, "c.example.net")};
	unsigned first[RECORDS_MAX];

	(void)state;
	count_first(srvs, 3, first);
	assert_share(first[0], (1 + 1.0 / 3) / 9);
	assert_share(first[1], (2 + 1.0 / 3) / 9);
	assert_share(first[2], (5 + 1.0 / 3) / 9);
}

/* The heaviest set there is: each record comes once. */
static void test_heaviest(void **state)
{
	struct srv srvs[ANSWER_RECORDS_MAX];
	const struct srv *records[ANSWER_RECORDS_MAX];
	unsigned seen[ANSWER_RECORDS_MAX] = {0};

	(void)state;
	for (size_t i = 0; i < ANSWER_RECORDS_MAX; i++) {
		srvs[i] = record(0, UINT16_MAX, "a.example.net");
		srvs[i].port = (uint16_t)(i + 1);
	}
	order(srvs, ANSWER_RECORDS_MAX, 1, records);
	for (size_t i = 0; i < ANSWER_RECORDS_MAX; i++)
		seen[records[i] - srvs]++;
	for (size_t i = 0; i < ANSWER_RECORDS_MAX; i++)
		assert_int_equal(seen[i], 1);
}

static void test_priority_first(void **state)
{
	struct srv srvs[] = {record(65535, 9, "d.example.net"), record(10, 9, "c.example.net"),
			     record(0, 0, "b.example.net"), record(0, 9, "a.example.net")};
	const struct srv *records[RECORDS_MAX];

	(void)state;
	for (unsigned seed = 0; seed < 100; seed++) {
		order(srvs, 4, seed, records);
		assert_int_equal(records[0]->priority, 0);
		assert_int_equal(records[1]->priority, 0);
		assert_ptr_not_equal(records[0], records[1]);
		assert_ptr_equal(records[2], &srvs[1]);
		assert_ptr_equal(records[3], &srvs[0]);
	}
}

/* A resolver turns its records around, and may change the case of a name: the choice stays. */
static void test_same_seed_same_choice(void **state)
{
	struct srv one[] = {record(0, 1, "a.example.net"), record(0, 1, "b.example.net"), record(0, 1, "c.example.net"),
			    record(0, 0, "d.example.net")};
	struct srv other[] = {record(0, 0, "D.example.net"), record(0, 1, "B.EXAMPLE.net"),
			      record(0, 1, "c.Example.net"), record(0, 1, "A.example.net")};
	const struct srv *left[RECORDS_MAX], *right[RECORDS_MAX];

	(void)state;
	for (unsigned seed = 0; seed < 100; seed++) {
		order(one, 4, seed, left);
		order(other, 4, seed, right);
		for (size_t i = 0; i < 4; i++)
			assert_true(dns_name_equal(&left[i]->target, &right[i]->target));
	}
}

static void test_seeds_of_owners(void **state)
{
	struct dns_name a, upper, b;

	(void)state;
	assert_int_equal(dns_name_parse("_dots._udp.a.example", &a), 0);
	assert_int_equal(dns_name_parse("_DOTS._udp.A.example", &upper), 0);
	assert_int_equal(dns_name_parse("_dots._udp.b.example", &b), 0);
	assert_true(srv_seed(7, &a) == srv_seed(7, &upper));
	assert_false(srv_seed(7, &a) == srv_seed(7, &b));
	assert_false(srv_seed(7, &a) == srv_seed(8, &a));
}

static void test_declined(void **state)
{
	struct srv srvs[] = {record(0, 0, "a.example.net"), record(0, 0, ".")};

	(void)state;
	assert_false(srv_declined(srvs, 1));
	assert_true(srv_declined(srvs, 2));
	assert_false(srv_declined(srvs, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_weights),
		cmocka_unit_test(test_zero_and_ten),
		cmocka_unit_test(test_all_zero),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_heaviest),
		cmocka_unit_test(test_priority_first),
		cmocka_unit_test(test_same_seed_same_choice),
		cmocka_unit_test(test_seeds_of_owners),
		cmocka_unit_test(test_declined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
