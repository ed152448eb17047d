/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is it SipHash-1-3? The expected values are another implementation's: CPython's hash() of bytes objects, under the
 * keys that PYTHONHASHSEED=0 and PYTHONHASHSEED=42 give.
 */
#include "../unit.h"
#include "base/hash.h"

static const struct hash_key zero = {0, 0};
static const struct hash_key seed42 = {0xdc504fd368cd90af, 0xb920bb9ffe99e9c1};

static void as_others_compute_it(void **state)
{
	uint8_t counted[31];

	(void)state;
	for (size_t i = 0; i < sizeof counted; i++)
		counted[i] = (uint8_t)i;
	assert_true(hash_bytes(&zero, "a", 1) == 0x407448d2b89b1813);
	assert_true(hash_bytes(&zero, "1234567", 7) == 0xa33d651594fdae81);
	assert_true(hash_bytes(&zero, "12345678", 8) == 0x3489982430560a87);
	assert_true(hash_bytes(&zero, "123456789abcdef0", 16) == 0x791b03e99da0764d);
	assert_true(hash_bytes(&zero, counted, sizeof counted) == 0x169739443111d49b);
	assert_true(hash_bytes(&seed42, "a", 1) == 0xfe4a47335692551e);
	assert_true(hash_bytes(&seed42, "12345678", 8) == 0x84eb586ab30cc7f5);
	assert_true(hash_bytes(&seed42, counted, sizeof counted) == 0x6f3af51bda71c61);
}

static void keys_differ(void **state)
{
	struct hash_key a = hash_key_random(), b = hash_key_random();

	(void)state;
	assert_false(a.k0 == b.k0 && a.k1 == b.k1);
	assert_true(hash_bytes(&a, "", 0) != hash_bytes(&b, "", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_others_compute_it),
		cmocka_unit_test(keys_differ),
	};

	return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
