/* SPDX-License-Identifier: BSD-2-Clause */
/* Are captures read frame by frame, and everything else refused in one line? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"
#include "ctl/capture.h"

#define MAGIC_MICRO 0xa1b2c3d4
#define MAGIC_NANO 0xa1b23c4d
#define ETHERNET 1
#define COOKED 113

static char file[64], error[CAPTURE_ERROR_SIZE];

static int make_file(void **state)
{
	(void)state;
	strcpy(file, "/tmp/dotsnoop-test-XXXXXX");
	int fd = mkstemp(file);
	assert_true(fd >= 0);
	close(fd);
	*error = '\0';
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

struct file_head {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snap, link;
};

struct frame_head {
	uint32_t seconds, fraction, captured, length;
};

static void write_capture(uint32_t magic, uint32_t link, const struct frame_head *frames, size_t count, size_t missing)
{
	const struct file_head head = {magic, 2, 4, 0, 0, 65535, link};
	static const char bytes[4096];
	FILE *stream = fopen(file, "w");

	assert_non_null(stream);
	fwrite(&head, sizeof head, 1, stream);
	for (size_t i = 0; i < count; i++) {
		fwrite(&frames[i], sizeof frames[i], 1, stream);
		fwrite(bytes, 1, frames[i].captured, stream);
	}
	long size = ftell(stream);
	fclose(stream);
	assert_int_equal(truncate(file, size - (long)missing), 0);
}

static void write_text(const char *text, size_t length)
{
	FILE *stream = fopen(file, "w");

	assert_non_null(stream);
	fwrite(text, 1, length, stream);
	fclose(stream);
}

static void test_frames(void **state)
{
	static const struct frame_head frames[] = {{10, 999999, 60, 60}, {11, 1, 14, 1500}, {12, 0, 0, 0}};
	struct captured_frame frame;
	struct capture *capture;

	(void)state;
	write_capture(MAGIC_MICRO, ETHERNET, frames, 3, 0);
	assert_int_equal(capture_open(file, &capture, error), 0);
	assert_int_equal(capture_next(capture, &frame, error), 1);
	assert_int_equal(frame.time, 10999999000);
	assert_int_equal(frame.bytes.size, 60);
	assert_false(frame.truncated);
	assert_int_equal(capture_next(capture, &frame, error), 1);
	assert_int_equal(frame.bytes.size, 14);
	assert_true(frame.truncated);
	assert_int_equal(capture_next(capture, &frame, error), 1);
	assert_int_equal(frame.bytes.size, 0);
	assert_int_equal(capture_next(capture, &frame, error), 0);
	assert_string_equal(error, "");
	capture_close(capture);
}

static void test_nanoseconds(void **state)
{
	static const struct frame_head frames[] = {{1767225600, 123456789, 60, 60}};
	struct captured_frame frame;
	struct capture *capture;

	(void)state;
	write_capture(MAGIC_NANO, ETHERNET, frames, 1, 0);
	assert_int_equal(capture_open(file, &capture, error), 0);
	assert_int_equal(capture_next(capture, &frame, error), 1);
	assert_true(frame.time == 1767225600123456789);
	capture_close(capture);
}

/* What came before the break is given. */
static void test_breaks_off(void **state)
{
	static const struct frame_head frames[] = {{1, 0, 60, 60}, {2, 0, 60, 60}};

	(void)state;
	for (size_t missing = 1; missing < 60 + sizeof *frames; missing++) {
		struct captured_frame frame;
		struct capture *capture;
		write_capture(MAGIC_MICRO, ETHERNET, frames, 2, missing);
		assert_int_equal(capture_open(file, &capture, error), 0);
		assert_int_equal(capture_next(capture, &frame, error), 1);
		assert_int_equal(capture_next(capture, &frame, error), -EINVAL);
		assert_non_null(strstr(error, "truncated"));
		assert_null(strchr(error, '\n'));
		capture_close(capture);
	}
}

static void test_no_frames(void **state)
{
	struct captured_frame frame;
	struct capture *capture;

	(void)state;
	write_capture(MAGIC_MICRO, ETHERNET, NULL, 0, 0);
	assert_int_equal(capture_open(file, &capture, error), 0);
	assert_int_equal(capture_next(capture, &frame, error), 0);
	capture_close(capture);
}

static void test_other_links(void **state)
{
	struct capture *capture;

	(void)state;
	write_capture(MAGIC_MICRO, COOKED, NULL, 0, 0);
	assert_int_equal(capture_open(file, &capture, error), -EINVAL);
	assert_non_null(strstr(error, "LINUX_SLL"));
	write_capture(MAGIC_MICRO, 9999, NULL, 0, 0);
	assert_int_equal(capture_open(file, &capture, error), -EINVAL);
	assert_non_null(strstr(error, "9999"));
}

static void test_what_is_no_capture(void **state)
{
	static const char text[] = "#!/bin/sh\necho this is no capture at all, but a script\n";
	struct capture *capture;

	(void)state;
	for (size_t length = 0; length < sizeof text; length += 7) {
		write_text(text, length);
		assert_int_equal(capture_open(file, &capture, error), -EINVAL);
		assert_true(*error);
		assert_null(strchr(error, '\n'));
	}
	write_capture(MAGIC_MICRO, ETHERNET, NULL, 0, 4);
	assert_int_equal(capture_open(file, &capture, error), -EINVAL);
	assert_int_equal(capture_open("/no/such/file.pcap", &capture, error), -EINVAL);
	assert_string_equal(error, "/no/such/file.pcap: No such file or directory");
	assert_int_equal(capture_open("/tmp", &capture, error), -EINVAL);
}

#define file_test(f) cmocka_unit_test_setup_teardown(f, make_file, remove_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		file_test(test_frames),    file_test(test_nanoseconds), file_test(test_breaks_off),
		file_test(test_no_frames), file_test(test_other_links), file_test(test_what_is_no_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
