/* SPDX-License-Identifier: BSD-2-Clause */
/* Does replay tell of every frame what the real program and decoder made of it? Needs leave to use BPF. */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"
#include "ctl/command.h"
#include "fastpath/fastpath.h"

static char folder[64], capture[96], output[96], complaints[96];
static bool may_bpf;

static int make_folder(void **state)
{
	const struct fastpath_options options = {.ring_size = 65536};
	struct fastpath_error error;
	struct fastpath *fastpath;

	(void)state;
	strcpy(folder, "/tmp/dotsnoop-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(capture, sizeof capture, "%s/capture.pcap", folder);
	snprintf(output, sizeof output, "%s/output", folder);
	snprintf(complaints, sizeof complaints, "%s/complaints", folder);
	may_bpf = fastpath_new(&options, &fastpath, &error) == 0;
	if (may_bpf)
		fastpath_free(fastpath);
	else
		print_message("%s\n", error.text);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(capture);
	unlink(output);
	unlink(complaints);
	return rmdir(folder);
}

/* --- Captures
 * --------------------------------------------------------------------------------------------------------- */

/* An ACK to 02:00:00:00:00:01: 10.0.0.5 for an hour, dots.example.com at 127.0.0.1 and 192.0.2.1. */
static size_t make_ack(uint8_t *frame)
{
	static const uint8_t ethernet[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
	static const uint8_t ip[] = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 5};
	static const uint8_t udp[] = {0, 67, 0, 68, 0, 0, 0, 0};
	static const uint8_t bootp[] = {2, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 5};
	static const char options[] = "\x63\x82\x53\x63\x35\x01\x05\x36\x04\x0a\0\0\x01\x33\x04\0\0\x0e\x10"
				      "\x93\x12\x04"
				      "dots\x07"
				      "example\x03"
				      "com\0"
				      "\x94\x08\x7f\0\0\x01\xc0\0\x02\x01\xff";
	uint8_t *at = frame;
	size_t message = 236 + sizeof options - 1;

	memset(frame, 0, 1500);
	memcpy(at, ethernet, sizeof ethernet);
	memcpy(at += sizeof ethernet, ip, sizeof ip);
	at[2] = (uint8_t)((message + 28) >> 8);
	at[3] = (uint8_t)(message + 28);
	memcpy(at += sizeof ip, udp, sizeof udp);
	at[4] = (uint8_t)((message + 8) >> 8);
	at[5] = (uint8_t)(message + 8);
	memcpy(at += sizeof udp, bootp, sizeof bootp);
	memcpy(at + 28, ethernet, 6);
	memcpy(at += 236, options, sizeof options - 1);
	return (size_t)(at - frame) + sizeof options - 1;
}

static FILE *begin_capture(void)
{
	static const uint32_t head[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};
	FILE *stream = fopen(capture, "w");

	assert_non_null(stream);
	fwrite(head, sizeof head, 1, stream);
	return stream;
}

/* What is run needs leave to use BPF; skips the test without it. */
static FILE *begin_runnable(void)
{
	if (!may_bpf)
		skip();
	return begin_capture();
}

static void add_frame(FILE *stream, const uint8_t *frame, size_t captured, size_t length)
{
	const uint32_t head[] = {1767225600, 123456, (uint32_t)captured, (uint32_t)length};

	fwrite(head, sizeof head, 1, stream);
	fwrite(frame, 1, captured, stream);
}

/* --- Runs
 * ------------------------------------------------------------------------------------------------------------- */

static char text[65536], complaint[1024];

static void read_file(const char *path, char *ret, size_t size)
{
	FILE *stream = fopen(path, "r");

	assert_non_null(stream);
	ret[fread(ret, 1, size - 1, stream)] = '\0';
	fclose(stream);
}

/* Runs with standard output and error in files, read into text and complaint. Returns the exit status. */
static int replay(const char *role, bool enforce, bool json)
{
	struct request request = {.operand = capture};
	int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);

	request.value[OPTION_ROLE] = role;
	request.value[OPTION_ENFORCE] = enforce ? "" : NULL;
	request.value[OPTION_JSON] = json ? "" : NULL;
	fflush(NULL);
	assert_non_null(freopen(output, "w", stdout));
	assert_non_null(freopen(complaints, "w", stderr));
	int status = replay_run(&request);
	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	read_file(output, text, sizeof text);
	read_file(complaints, complaint, sizeof complaint);
	return status;
}

static void test_as_promised(void **state)
{
	static const uint8_t arp[60] = {[12] = 8, [13] = 6};
	uint8_t ack[1500];
	size_t size = make_ack(ack);
	FILE *stream = begin_runnable();

	(void)state;
	add_frame(stream, ack, size, size);
	add_frame(stream, arp, sizeof arp, sizeof arp);
	fclose(stream);
	assert_int_equal(replay(NULL, false, true), 0);
	assert_string_equal(
		text,
		"{\"frame\":1,\"time\":\"2026-01-01T00:00:00.123456Z\",\"action\":\"pass\",\"reason\":\"captured\","
		"\"record\":{\"family\":4,\"type\":\"ack\",\"side\":\"client\",\"tags\":[],\"pppoe\":null,"
		"\"client\":{\"hw\":\"02:00:00:00:00:01\",\"id\":null},\"xid\":\"0x12345678\","
		"\"addresses\":[{\"address\":\"10.0.0.5\",\"lifetime\":3600}],\"prefixes\":[],"
		"\"server\":\"10.0.0.1\",\"server_id\":null,\"relay\":null,\"resolvers\":[],\"domain\":null,"
		"\"domains\":[]},"
		"\"offer\":{\"name\":\"dots.example.com\",\"addresses\":[\"192.0.2.1\"],"
		"\"discarded\":[{\"value\":\"127.0.0.1\",\"reason\":\"loopback\"}]}}\n"
		"{\"frame\":2,\"time\":\"2026-01-01T00:00:00.123456Z\",\"action\":\"pass\",\"reason\":\"not-ip\","
		"\"record\":null,\"offer\":null}\n");
	assert_string_equal(complaint, "");
}

static void test_roles(void **state)
{
	static const struct {
		const char *role;
		bool enforce;
		const char *verdict;
	} cases[] = {
		{"uplink", false, "\"action\":\"pass\",\"reason\":\"captured\""},
		{"uplink", true, "\"action\":\"pass\",\"reason\":\"captured\""},
		{"access", false, "\"action\":\"pass\",\"reason\":\"rogue\",\"record\":null"},
		{"access", true, "\"action\":\"drop\",\"reason\":\"rogue\",\"record\":null"},
	};
	uint8_t ack[1500];
	size_t size = make_ack(ack);
	FILE *stream = begin_runnable();

	(void)state;
	add_frame(stream, ack, size, size);
	fclose(stream);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(replay(cases[i].role, cases[i].enforce, true), 0);
		assert_non_null(strstr(text, cases[i].verdict));
	}
	assert_int_equal(replay("sideways", false, true), 2);
	assert_string_equal(text, "");
}

/* Every length to which a capture may have cut a frame. */
static void test_cut_frames(void **state)
{
	uint8_t ack[1500];
	size_t size = make_ack(ack), frames = 0;
	FILE *stream = begin_runnable();
	char *line, *rest = text;

	(void)state;
	for (size_t captured = 0; captured < 100; captured++, frames++)
		add_frame(stream, ack, captured, size);
	fclose(stream);
	assert_int_equal(replay(NULL, false, true), 0);
	while ((line = strsep(&rest, "\n")) && *line) {
		json_t *object = json_loads(line, 0, NULL);
		assert_true(json_is_true(json_object_get(object, "truncated")));
		assert_string_equal(json_string_value(json_object_get(object, "action")), "pass");
		assert_true(json_is_null(json_object_get(object, "record")));
		json_decref(object);
		frames--;
	}
	assert_int_equal(frames, 0);
}

static void test_for_people(void **state)
{
	uint8_t ack[1500];
	size_t size = make_ack(ack);
	FILE *stream = begin_runnable();

	(void)state;
	add_frame(stream, ack, size, size);
	fclose(stream);
	assert_int_equal(replay(NULL, false, false), 0);
	assert_non_null(strstr(text, "     1  pass    captured      v4 ack   02:00:00:00:00:01  10.0.0.5   "
				     "dots.example.com 192.0.2.1; discarded 1 loopback\n"));
	assert_non_null(strstr(text, "\ncaptured         1  handed to the agent as a record\n"));
}

/* What came before the break is shown, and the status tells. */
static void test_breaks_off(void **state)
{
	uint8_t ack[1500];
	size_t size = make_ack(ack);
	FILE *stream = begin_runnable();

	(void)state;
	add_frame(stream, ack, size, size);
	add_frame(stream, ack, size, size);
	long end = ftell(stream);
	fclose(stream);
	assert_int_equal(truncate(capture, end - 1), 0);
	assert_int_equal(replay(NULL, false, true), 1);
	assert_memory_equal(text, "{\"frame\":1,", 11);
	assert_null(strstr(text, "\"frame\":2"));
	assert_non_null(strstr(complaint, "truncated"));
	assert_int_equal(strcspn(complaint, "\n") + 1, strlen(complaint));
}

static void test_nothing_to_show(void **state)
{
	(void)state;
	fclose(begin_capture());
	assert_int_equal(replay(NULL, false, true), 1);
	assert_string_equal(text, "");
	assert_int_equal(strcspn(complaint, "\n") + 1, strlen(complaint));
	assert_int_equal(truncate(capture, 0), 0);
	assert_int_equal(replay(NULL, false, true), 1);
	assert_int_equal(strcspn(complaint, "\n") + 1, strlen(complaint));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_promised), cmocka_unit_test(test_roles),
		cmocka_unit_test(test_cut_frames),  cmocka_unit_test(test_for_people),
		cmocka_unit_test(test_breaks_off),  cmocka_unit_test(test_nothing_to_show),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
