/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written to the log, and how much of it? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"
#include "base/log.h"

/* What a function writes to standard error. */
static void capture(void (*write)(void), char *text, size_t size)
{
	FILE *file = tmpfile();
	int standard_error = dup(STDERR_FILENO);

	assert_non_null(file);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	write();
	fflush(stderr);
	dup2(standard_error, STDERR_FILENO);
	close(standard_error);

	rewind(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

static void write_each_level(void)
{
	log_error("failed port=%s", "eth0");
	log_warning("odd");
	log_info("told count=%d", 3);
	log_debug("fine");
}

static void write_many(void)
{
	for (unsigned i = 0; i < LOG_BURST + 7; i++)
		log_error("flood");
}

static void levels(void **state)
{
	char text[256];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_set_level(LOG_LEVEL_INFO);
	capture(write_each_level, text, sizeof text);
	assert_string_equal(text, "error: failed port=eth0\nwarning: odd\ninfo: told count=3\n");

	log_set_level(LOG_LEVEL_ERROR);
	capture(write_each_level, text, sizeof text);
	assert_string_equal(text, "error: failed port=eth0\n");

	log_set_level(LOG_LEVEL_DEBUG);
	capture(write_each_level, text, sizeof text);
	assert_string_equal(text, "error: failed port=eth0\nwarning: odd\ninfo: told count=3\ndebug: fine\n");
}

static void journald_gets_its_prefix(void **state)
{
	char text[256];

	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_set_level(LOG_LEVEL_WARNING);
	capture(write_each_level, text, sizeof text);
	unsetenv("JOURNAL_STREAM");
	assert_string_equal(text, "<3>error: failed port=eth0\n<4>warning: odd\n");
}

/* Time goes on while the test runs, but not the three seconds that one more line takes. */
static void a_flood_is_cut(void **state)
{
	char text[4096];
	size_t lines = 0;

	(void)state;
	capture(write_many, text, sizeof text);
	for (const char *at = text; (at = strstr(at, "error: flood\n")); at++)
		lines++;
	assert_int_equal(lines, LOG_BURST);
}

static struct log_budget spent = {.left = 2, .at = 1, .suppressed = 7};

static void write_after_a_flood(void)
{
	log_write(LOG_LEVEL_ERROR, &spent, "again");
}

static void what_was_cut_is_told_with_the_next_line(void **state)
{
	char text[128];

	(void)state;
	capture(write_after_a_flood, text, sizeof text);
	assert_string_equal(text, "error: again suppressed=7\n");
	assert_int_equal(spent.suppressed, 0);
}

static void level_words(void **state)
{
	enum log_level level = LOG_LEVEL_INFO;

	(void)state;
	assert_true(log_level_parse("debug", &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	assert_true(log_level_parse("error", &level));
	assert_int_equal(level, LOG_LEVEL_ERROR);
	assert_false(log_level_parse("Error", &level));
	assert_false(log_level_parse("", &level));
	assert_int_equal(level, LOG_LEVEL_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels),         cmocka_unit_test(journald_gets_its_prefix),
		cmocka_unit_test(a_flood_is_cut), cmocka_unit_test(what_was_cut_is_told_with_the_next_line),
		cmocka_unit_test(level_words),
	};

	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
