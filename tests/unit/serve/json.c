/* SPDX-License-Identifier: BSD-2-Clause */
/* Do our values look in JSON as promised, whatever bytes they hold? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/clock.h"
#include "serve/json.h"

/* Takes the value. */
static void assert_json(json_t *value, const char *expected)
{
	char *text = json_dumps(value, JSON_STYLE | JSON_ENCODE_ANY);

	assert_string_equal(text, expected);
	free(text);
	json_decref(value);
}

static void test_missing_is_null(void **state)
{
	(void)state;
	assert_json(json_name(&(struct name){0}), "null");
	assert_json(json_address(&(struct address){0}), "null");
	assert_json(json_hex((struct bytes){0}), "null");
	assert_json(json_client((struct bytes){0}, (struct bytes){0}), "{\"hw\":null,\"id\":null}");
	assert_json(json_addresses(NULL, 0), "[]");
}

static void test_values(void **state)
{
	static const uint8_t bytes[] = {2, 0, 0xab};
	struct address addresses[] = {{.family = 4, .bytes = {192, 0, 2, 1}},
				      {.family = 6, .bytes = {0x20, 1, [15] = 1}}};

	(void)state;
	assert_json(json_name(&(struct name){.length = 4, .text = "a.bc"}), "\"a.bc\"");
	assert_json(json_hex((struct bytes){bytes, 3}), "\"0200ab\"");
	assert_json(json_client((struct bytes){bytes, 3}, (struct bytes){bytes, 1}),
		    "{\"hw\":\"02:00:ab\",\"id\":\"02\"}");
	assert_json(json_addresses(addresses, 2), "[\"192.0.2.1\",\"2001::1\"]");
}

static void test_plain_text(void **state)
{
	(void)state;
	assert_json(json_plain("access1.100.200"), "\"access1.100.200\"");
	assert_json(json_plain("10.0.0.1#0a0b"), "\"10.0.0.1#0a0b\"");
	assert_json(json_plain(""), "\"\"");
	assert_json(json_plain("a\x1b[31m\n\\\"\x7f\xff"), "\"a\\\\027[31m\\\\010\\\\092\\\"\\\\127\\\\255\"");
}

static void test_leases(void **state)
{
	struct lease lease = {.prefix = {{.family = 4, .bytes = {10, 0, 0, 5}}, 32}, .lifetime = 3600};

	(void)state;
	assert_json(json_lease(&lease, LEASE_ADDRESS), "{\"address\":\"10.0.0.5\",\"lifetime\":3600}");
	lease.lifetime = LIFETIME_INFINITE;
	assert_json(json_lease(&lease, LEASE_ADDRESS),
		    "{\"address\":\"10.0.0.5\",\"lifetime\":null,\"infinite\":true}");
	lease = (struct lease){.prefix = {{.family = 6, .bytes = {0x20, 1}}, 56}, .lifetime = UINT32_MAX - 1};
	assert_json(json_lease(&lease, LEASE_PREFIX), "{\"prefix\":\"2001::/56\",\"lifetime\":4294967294}");
}

static void test_moment(void **state)
{
	json_t *now = json_moment(clock_boot());
	const char *text = json_string_value(now);

	(void)state;
	assert_int_equal(strlen(text), strlen("2026-01-01T00:00:00.000000Z"));
	assert_int_equal(text[10], 'T');
	assert_int_equal(text[26], 'Z');
	json_decref(now);
}

/* Around the size for which room is reserved at first. */
static void test_lines_of_any_length(void **state)
{
	struct evbuffer *out = evbuffer_new();
	char text[3000];

	(void)state;
	memset(text, 'x', sizeof text);
	for (size_t length = 0; length<sizeof text; length += length> 1000 && length < 1040 ? 1 : 17) {
		assert_int_equal(json_line(out, json_pack("[s%]", text, length)), 0);
		assert_int_equal(evbuffer_get_length(out), length + strlen("[\"\"]\n"));
		char *line = evbuffer_readln(out, NULL, EVBUFFER_EOL_LF);
		assert_int_equal(strlen(line), length + strlen("[\"\"]"));
		assert_int_equal(line[length + 3], ']');
		free(line);
	}
	assert_int_equal(json_line(out, NULL), -ENOMEM);
	assert_int_equal(evbuffer_get_length(out), 0);
	evbuffer_free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing_is_null), cmocka_unit_test(test_values),
		cmocka_unit_test(test_plain_text),      cmocka_unit_test(test_leases),
		cmocka_unit_test(test_moment),          cmocka_unit_test(test_lines_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
