/* SPDX-License-Identifier: BSD-2-Clause */
/* Is the command line read as it is meant? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../unit.h"
#include "ctl/arguments.h"

static char error[ARGUMENTS_ERROR_SIZE];

/* Arguments in one line, separated by blanks. */
static int parse(const char *line, struct request *request)
{
	static char copy[256];
	static char *argv[16];
	int argc = 0;

	snprintf(copy, sizeof copy, "%s", line);
	argv[argc++] = "dotsnoopctl";
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	*error = '\0';
	return arguments_parse(argc, argv, request, error);
}

static void test_options_stand_anywhere(void **state)
{
	static const char *const lines[] = {
		"--control /s --json peers --family 6 --circuit a.1",
		"peers --control /s --json --family=6 --circuit=a.1",
		"--family 6 peers --circuit a.1 --json --control=/s",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct request request;
		assert_int_equal(parse(lines[i], &request), 0);
		assert_string_equal(request.command->name, "peers");
		assert_string_equal(request_control(&request), "/s");
		assert_non_null(request.value[OPTION_JSON]);
		assert_string_equal(request.value[OPTION_FAMILY], "6");
		assert_string_equal(request.value[OPTION_CIRCUIT], "a.1");
		assert_null(request.value[OPTION_STATE]);
	}
}

static void test_addresses_and_prefixes(void **state)
{
	struct request request;

	(void)state;
	assert_int_equal(parse("bindings --address 2001:db8::5", &request), 0);
	assert_string_equal(request.value[OPTION_ADDRESS], "2001:db8::5");
	assert_int_equal(parse("bindings --prefix 2001:db8::/48 --circuit a", &request), 0);
	assert_string_equal(request.value[OPTION_PREFIX], "2001:db8::/48");
	assert_int_equal(parse("explain 10.0.0.5", &request), 0);
	assert_string_equal(request.operand, "10.0.0.5");
}

static void test_defaults(void **state)
{
	struct request request;

	(void)state;
	assert_int_equal(parse("status", &request), 0);
	assert_string_equal(request_control(&request), "/run/dotsnoop/control.sock");
	assert_null(request.value[OPTION_JSON]);
	assert_null(request.operand);
}

static void test_operand(void **state)
{
	struct request request;

	(void)state;
	assert_int_equal(parse("replay --enforce a.pcap --role access", &request), 0);
	assert_string_equal(request.operand, "a.pcap");
	assert_string_equal(request.value[OPTION_ROLE], "access");
	assert_int_equal(parse("replay -- --odd.pcap", &request), 0);
	assert_string_equal(request.operand, "--odd.pcap");
}

static void test_resolvers_are_all_kept(void **state)
{
	struct request request;

	(void)state;
	assert_int_equal(parse("discover --resolver ::1 example.net --resolver=192.0.2.1:54 --family 6", &request), 0);
	assert_string_equal(request.operand, "example.net");
	assert_int_equal(request.resolver_count, 2);
	assert_string_equal(request.resolvers[0], "::1");
	assert_string_equal(request.resolvers[1], "192.0.2.1:54");
	assert_string_equal(request.value[OPTION_FAMILY], "6");
}

static void test_help_and_version_need_no_more(void **state)
{
	struct request request;

	(void)state;
	assert_int_equal(parse("--help", &request), 0);
	assert_null(request.command);
	assert_int_equal(parse("replay --help", &request), 0);
	assert_string_equal(request.command->name, "replay");
	assert_int_equal(parse("--version", &request), 0);
}

static void test_wrong_usage(void **state)
{
	static const char *const lines[] = {
		"",
		"nope",
		"status extra",
		"status --family 4",
		"peers --client 00",
		"--nope status",
		"status --json=1",
		"peers --family",
		"replay",
		"replay a b",
		"watch --role access",
		"peers --address 10.0.0.5",
		"explain 10.0.0.5 --address 10.0.0.5",
		"bindings 10.0.0.5",
		"-x status",
		"discover",
		"discover a b",
		"discover a --role access",
		"status --resolver ::1",
		"discover a --resolver ::1 --resolver ::2 --resolver ::3 --resolver ::4",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct request request = {.operand = "untouched"};
		assert_int_equal(parse(lines[i], &request), -EINVAL);
		assert_true(*error);
		assert_null(strchr(error, '\n'));
		assert_string_equal(request.operand, "untouched");
	}
}

/* What the manual page and --help promise. */
static void test_every_command_is_there(void **state)
{
	static const char *const names[] = {"status", "ports", "peers", "bindings", "watch", "reload", "flush"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct request request;
		assert_int_equal(parse(names[i], &request), 0);
		assert_non_null(request.command->run);
		assert_true(*request.command->help);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_stand_anywhere),
		cmocka_unit_test(test_addresses_and_prefixes),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_operand),
		cmocka_unit_test(test_resolvers_are_all_kept),
		cmocka_unit_test(test_help_and_version_need_no_more),
		cmocka_unit_test(test_wrong_usage),
		cmocka_unit_test(test_every_command_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
