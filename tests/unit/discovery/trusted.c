/* SPDX-License-Identifier: BSD-2-Clause */
/* Which names match which trusted ones, and which are none that could be trusted? */
#include "discovery/trusted.h"

#include <errno.h>

#include "../unit.h"

static bool accepts(const char *pattern, const char *name)
{
	struct trusted_name trusted;
	const char *why = NULL;

	print_message("# %s by %s\n", name, pattern);
	assert_int_equal(trusted_parse(pattern, &trusted, &why), 0);
	assert_null(why);
	return trusted_accepts(&trusted, 1, name);
}

static void a_name_matches_itself_alone(void **state)
{
	static const char *const others[] = {
		"example.net",
		"net",
		"dots1.example.net",
		"notdots.example.net",
		"a.dots.example.net",
		"dots.example.com",
		"dots.example.net.evil.net",
		"dots.example.ne",
		"dots.example.nett",
		"dots_example.net",
		"*.example.net",
		"",
	};

	(void)state;
	assert_true(accepts("dots.example.net", "dots.example.net"));
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_false(accepts("dots.example.net", others[i]));
	assert_false(accepts("example.com", "notexample.com"));
	assert_false(accepts("example.com", "dots.example.com"));
	assert_true(accepts("dots", "dots"));
}

static void a_wildcard_is_one_label(void **state)
{
	static const char *const others[] = {
		"example.com",
		"a.b.example.com",
		"dots-1.example.com.evil.net",
		"notexample.com",
		"a.notexample.com",
		".example.com",
		"..example.com",
		"a..example.com",
		"example.com.",
		"a.example.org",
		"com",
		"",
	};

	(void)state;
	assert_true(accepts("*.example.com", "dots-1.example.com"));
	assert_true(accepts("*.example.com", "dots-2.example.com"));
	assert_true(accepts("*.example.com", "_a.example.com"));
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_false(accepts("*.example.com", others[i]));
}

/* A certificate may carry the same wildcard, which is not the name. */
static void a_certificates_wildcard(void **state)
{
	(void)state;
	assert_true(accepts("*.example.com", "*.example.com"));
	assert_false(accepts("dots.example.com", "*.example.com"));
	assert_false(accepts("*.example.com", "*.dots.example.com"));
	assert_false(accepts("*.example.com", "*.com"));
}

static void in_either_case(void **state)
{
	(void)state;
	assert_true(accepts("DOTS.example.NET", "dots.EXAMPLE.net"));
	assert_true(accepts("*.Example.COM", "Dots-1.exAMPle.com"));
	assert_true(accepts("dots.example.net.", "dots.example.net"));
	assert_true(accepts("xn--zckzah.example", "XN--ZCKZAH.example"));
	/* '_' and DEL differ as letters do in their cases. */
	assert_false(accepts("a_.example", "a\x7f.example"));
}

static void any_of_several(void **state)
{
	static const char *const patterns[] = {"dots.example.net", "*.example.com", "dots.example.org"};
	struct trusted_name list[3];
	const char *why;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(trusted_parse(patterns[i], &list[i], &why), 0);
	assert_true(trusted_accepts(list, 3, "dots.example.net"));
	assert_true(trusted_accepts(list, 3, "a.example.com"));
	assert_true(trusted_accepts(list, 3, "dots.example.org"));
	assert_false(trusted_accepts(list, 3, "a.example.org"));
	assert_false(trusted_accepts(list, 2, "dots.example.org"));
}

static void an_empty_list_accepts_any(void **state)
{
	(void)state;
	assert_true(trusted_accepts(NULL, 0, "dots.example.net"));
	assert_true(trusted_accepts(NULL, 0, "lan"));
}

static void assert_nonsense(const char *pattern, const char *reason)
{
	struct trusted_name trusted = {.name = {3, "old"}};
	const char *why = NULL;

	print_message("# \"%s\"\n", pattern);
	assert_int_equal(trusted_parse(pattern, &trusted, &why), -EINVAL);
	assert_string_equal(trusted.name.text, "old");
	assert_false(trusted.wildcard);
	assert_non_null(strstr(why, reason));
}

static void nonsense_is_refused_in_words(void **state)
{
	static const char *const stars[] = {
		"*",     "*.",        "**",   "a.*.b",         "*a.example.com", "a*.example.com",
		"*.*.b", "example.*", "*.a*", "dots.example*", "**.example.com"};
	static const char *const octets[] = {"dots example.com", "dots.example.com\n", "dots@example.com",
					     "d\xc3\xb6ts.net",  "dots/example.com",   "*.exa mple.com",
					     " dots.example.com"};

	(void)state;
	assert_nonsense("", "missing");
	for (size_t i = 0; i < sizeof stars / sizeof stars[0]; i++)
		assert_nonsense(stars[i], "'*' stands for the whole first label");
	for (size_t i = 0; i < sizeof octets / sizeof octets[0]; i++)
		assert_nonsense(octets[i], "an octet other than");
	assert_nonsense(".", "the root");
	assert_nonsense(".example.com", "an empty label");
	assert_nonsense("a..b", "an empty label");
	assert_nonsense("*..b", "an empty label");
	assert_nonsense("*..", "the root");
	assert_nonsense("-dots.example.com", "a hyphen");
	assert_nonsense("*.dots-.example.com", "a hyphen");
	assert_nonsense("192.0.2.1", "an IPv4 address");
	assert_nonsense("*.0.2.1", "an IPv4 address");
	assert_nonsense("2001:db8::1", "an octet other than");
}

static void long_ones_are_refused(void **state)
{
	char text[300], *name = text + 2;
	struct trusted_name trusted;
	const char *why;

	(void)state;
	memcpy(text, "*.", 2);
	for (size_t i = 0; i < 253; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = '\0';
	assert_int_equal(trusted_parse(name, &trusted, &why), 0);
	assert_true(trusted_accepts(&trusted, 1, name));
	assert_nonsense(text, "255 octets"); /* no name has a label more than that */
	name[251] = '\0';
	assert_int_equal(trusted_parse(text, &trusted, &why), 0);
	text[0] = 'b';
	assert_true(trusted_accepts(&trusted, 1, text));

	memset(text, 'a', 64);
	strcpy(text + 64, ".example.com");
	assert_nonsense(text, "63 octets");
	memset(text, 'a', sizeof text - 1);
	for (size_t i = 50; i < sizeof text - 1; i += 50)
		text[i] = '.';
	text[sizeof text - 1] = '\0';
	assert_nonsense(text, "255 octets");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_matches_itself_alone),
		cmocka_unit_test(a_wildcard_is_one_label),
		cmocka_unit_test(a_certificates_wildcard),
		cmocka_unit_test(in_either_case),
		cmocka_unit_test(any_of_several),
		cmocka_unit_test(an_empty_list_accepts_any),
		cmocka_unit_test(nonsense_is_refused_in_words),
		cmocka_unit_test(long_ones_are_refused),
	};

	return cmocka_run_group_tests_name("discovery/trusted", tests, NULL, NULL);
}
