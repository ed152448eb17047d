/* SPDX-License-Identifier: BSD-2-Clause */
/* Do rows become a table that stands straight, and leaves the terminal alone? */
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "ctl/columns.h"

static char *text;
static size_t size;
static FILE *out;

static int open_out(void **state)
{
	(void)state;
	out = open_memstream(&text, &size);
	return !out;
}

static int close_out(void **state)
{
	(void)state;
	fclose(out);
	free(text);
	return 0;
}

static void assert_text(const char *expected)
{
	fflush(out);
	assert_string_equal(text, expected);
}

#define row(columns, ...) columns_row(columns, (const char *const[]){__VA_ARGS__})

static void test_widths_follow_the_first_rows(void **state)
{
	static const char *const heads[] = {"NAME", " COUNT", "LAST", NULL};
	struct columns *columns = columns_new(out, heads, 2);

	(void)state;
	row(columns, "a", "1", "x");
	assert_text("");
	row(columns, "longer", "1234567", "y");
	assert_text("NAME      COUNT  LAST\n"
		    "a             1  x\n"
		    "longer  1234567  y\n");
	row(columns, "b", "2", "z");
	assert_int_equal(columns_end(columns), 3);
	assert_text("NAME      COUNT  LAST\n"
		    "a             1  x\n"
		    "longer  1234567  y\n"
		    "b             2  z\n");
}

static void test_too_wide_later(void **state)
{
	static const char *const heads[] = {"A   ", "B   ", "C", NULL};
	struct columns *columns = columns_new(out, heads, 0);

	(void)state;
	row(columns, "1234567", "b", "c");
	row(columns, "12345678901234", "b", "c");
	row(columns, "a", "b", "c");
	columns_end(columns);
	assert_text("A     B     C\n"
		    "1234567 b   c\n"
		    "12345678901234 b c\n"
		    "a     b     c\n");
}

static void test_no_rows_no_head(void **state)
{
	static const char *const heads[] = {"A", NULL};

	(void)state;
	assert_int_equal(columns_end(columns_new(out, heads, 10)), 0);
	assert_int_equal(columns_end(NULL), 0);
	assert_text("");
}

static void test_empty_cells(void **state)
{
	static const char *const heads[] = {"A", "B", NULL};
	struct columns *columns = columns_new(out, heads, 0);

	(void)state;
	row(columns, NULL, "");
	columns_end(columns);
	assert_text("A  B\n-  -\n");
}

static void test_nothing_reaches_the_terminal_unescaped(void **state)
{
	static const char *const heads[] = {"A", "B", NULL};
	struct columns *columns = columns_new(out, heads, 0);

	(void)state;
	row(columns, "\x1b[31m\r\n", "\xc2\x9b\x7f");
	columns_end(columns);
	assert_text("A  B\n\\027[31m\\013\\010 \\194\\155\\127\n");
}

/* One row with a very long name does not widen all others. */
static void test_widening_has_an_end(void **state)
{
	static const char *const heads[] = {"A", "B", NULL};
	struct columns *columns = columns_new(out, heads, 2);
	char wide[201];

	(void)state;
	memset(wide, 'w', sizeof wide - 1);
	wide[sizeof wide - 1] = '\0';
	row(columns, wide, "b");
	row(columns, "a", "b");
	columns_end(columns);
	fflush(out);
	assert_int_equal(strcspn(text, "\n"), 53);
	assert_true(strlen(text) < 54 + 204 + 55);
}

#define out_test(f) cmocka_unit_test_setup_teardown(f, open_out, close_out)

int main(void)
{
	const struct CMUnitTest tests[] = {
		out_test(test_widths_follow_the_first_rows),
		out_test(test_too_wide_later),
		out_test(test_no_rows_no_head),
		out_test(test_empty_cells),
		out_test(test_nothing_reaches_the_terminal_unescaped),
		out_test(test_widening_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
