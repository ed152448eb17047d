/* SPDX-License-Identifier: BSD-2-Clause */
/* Do the doors open where they should, and nowhere else? */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "free_port.h"
#include "../unit.h"
#include "serve/socket.h"

static char folder[64], path[96], error[SERVE_ERROR_SIZE];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/dotsnoop-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/control.sock", folder);
	*error = '\0';
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void test_opens_and_goes(void **state)
{
	struct control_socket made;
	struct stat status;
	int fd = socket_listen_control(path, &made, error);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISSOCK(status.st_mode));
	assert_int_equal(status.st_mode & 07777, 0660);
	close(fd);
	socket_remove(&made);
	assert_int_equal(lstat(path, &status), -1);
}

static void test_any_umask(void **state)
{
	static const mode_t masks[] = {0, 022, 077, 0777};

	(void)state;
	for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
		struct control_socket made;
		struct stat status;
		mode_t before = umask(masks[i]);
		int fd = socket_listen_control(path, &made, error);
		umask(before);
		assert_true(fd >= 0);
		assert_int_equal(lstat(path, &status), 0);
		assert_int_equal(status.st_mode & 07777, 0660);
		close(fd);
		socket_remove(&made);
	}
}

static void test_folder_is_made_and_removed(void **state)
{
	struct control_socket made;
	char deep[128];

	(void)state;
	snprintf(deep, sizeof deep, "%s/run/control.sock", folder);
	int fd = socket_listen_control(deep, &made, error);
	assert_true(fd >= 0);
	close(fd);
	socket_remove(&made);
	*strrchr(deep, '/') = '\0';
	assert_int_equal(access(deep, F_OK), -1);
}

static void test_dead_agent_is_replaced(void **state)
{
	struct control_socket dead, made;
	int fd = socket_listen_control(path, &dead, error);

	(void)state;
	close(fd); /* the file stays, as after kill -9 */
	assert_int_equal(access(path, F_OK), 0);
	fd = socket_listen_control(path, &made, error);
	assert_true(fd >= 0);
	socket_remove(&dead); /* is not his any more */
	close(fd);
	socket_remove(&made);
}

static void test_live_agent_is_refused(void **state)
{
	struct control_socket made, other;
	int fd = socket_listen_control(path, &made, error);

	(void)state;
	assert_int_equal(socket_listen_control(path, &other, error), -EADDRINUSE);
	assert_non_null(strstr(error, path));
	assert_non_null(strstr(error, "another agent"));
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	socket_remove(&made);
}

static void test_no_other_file_is_touched(void **state)
{
	struct control_socket made;
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	(void)state;
	close(fd);
	assert_int_equal(socket_listen_control(path, &made, error), -EEXIST);
	assert_int_equal(access(path, F_OK), 0);
}

static void test_somebody_elses_socket_stays(void **state)
{
	struct control_socket made;
	struct stat status;
	int fd = socket_listen_control(path, &made, error);

	(void)state;
	made.inode++;
	socket_remove(&made);
	assert_int_equal(lstat(path, &status), 0);
	close(fd);
}

static void test_impossible_paths(void **state)
{
	struct control_socket made;
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof longer);
	longer[0] = '/';
	longer[sizeof longer - 1] = '\0';
	assert_int_equal(socket_listen_control(longer, &made, error), -ENAMETOOLONG);
	assert_int_equal(socket_listen_control("", &made, error), -ENAMETOOLONG);
	assert_int_equal(socket_listen_control("/no/such/folder/control.sock", &made, error), -ENOENT);
	assert_non_null(strstr(error, "/no/such/folder"));
}

static void test_tcp(void **state)
{
	static const char *const addresses[] = {"127.0.0.1", "[::1]", "0.0.0.0", "[::]"};

	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		char text[32];
		snprintf(text, sizeof text, "%s:%u", addresses[i], free_port());
		int fd = socket_listen_tcp(text, error);
		assert_true(fd >= 0);
		close(fd);
	}
}

static void test_busy_address(void **state)
{
	char text[32];

	(void)state;
	snprintf(text, sizeof text, "127.0.0.1:%u", free_port());
	int fd = socket_listen_tcp(text, error);
	assert_true(fd >= 0);
	assert_int_equal(socket_listen_tcp(text, error), -EADDRINUSE);
	assert_non_null(strstr(error, text));
	assert_non_null(strstr(error, "metrics.listen"));
	close(fd);
}

static void test_what_is_no_address(void **state)
{
	static const char *const texts[] = {
		"",      "9646",           "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
		":9646", "localhost:9646", "::1:9646x", "[::1]",      "[::1:9646"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		*error = '\0';
		assert_int_equal(socket_listen_tcp(texts[i], error), -EINVAL);
		assert_true(*error);
	}
	assert_int_equal(socket_listen_tcp("192.0.2.77:9646", error), -EADDRNOTAVAIL);
}

#define folder_test(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		folder_test(test_opens_and_goes),
		folder_test(test_any_umask),
		folder_test(test_folder_is_made_and_removed),
		folder_test(test_dead_agent_is_replaced),
		folder_test(test_live_agent_is_refused),
		folder_test(test_no_other_file_is_touched),
		folder_test(test_somebody_elses_socket_stays),
		folder_test(test_impossible_paths),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_busy_address),
		cmocka_unit_test(test_what_is_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
