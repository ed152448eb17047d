/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the status page show the numbers, and can no name break it? */
#include <string.h>

#include "serve/page.h"
#include "snapshot.h"

static void test_page(void **state)
{
	static const char *const parts[] = {
		"<!doctype html>",
		"version 1.2.3, up 1 d 2 h 3 min",
		"<td>bindings<td class=\"number\">12\n",
		"<td>that wait for their turn<td class=\"number\">14\n",
		"<td>peers proven<td class=\"number\">3\n",
		"<tr><td>state<td>behind\n",
		"<td>bytes that wait to be written<td class=\"number\">65536\n",
		"<td>records lost<td class=\"number\">2\n",
		"<td>eth0<td>uplink<td>observe<td>native\n",
		"<td>a&#34;\\&#60;b&#62;&#255;&#10;<td>access<td>enforce<td>generic\n",
		"\">not-udp<td class=\"number\">100<td class=\"number\">0\n",
		"</html>\n",
	};
	struct evbuffer *out = evbuffer_new();

	(void)state;
	page_write(out, snapshot_example());
	evbuffer_add(out, "", 1);
	const char *text = (const char *)evbuffer_pullup(out, -1);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		assert_non_null(strstr(text, parts[i]));
	assert_null(strstr(text, "<b>"));
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, "http:"));
	for (; *text; text++)
		assert_true(*text == '\n' || (*text >= ' ' && *text <= '~'));
	evbuffer_free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_page)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
