/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the client take what an agent says, and say clearly what is wrong when it says something else? */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "ctl/client.h"

static char folder[64], path[96];
static pid_t agent;
static int listener;

static int open_agent(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)state;
	strcpy(folder, "/tmp/dotsnoop-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/control.sock", folder);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, 1), 0);
	return 0;
}

static int close_agent(void **state)
{
	(void)state;
	close(listener);
	unlink(path);
	return rmdir(folder);
}

/* An agent in a process of its own that gives one answer, whatever it is asked; the question goes to a file. */
static void answer_once(const char *text)
{
	fflush(NULL);
	agent = fork();
	if (agent)
		return;

	char question[1024], file[128];
	int fd = accept(listener, NULL, NULL);
	ssize_t size = recv(fd, question, sizeof question, 0);
	snprintf(file, sizeof file, "%s/question", folder);
	int out = open(file, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	if (size > 0 && write(out, question, (size_t)size) > 0)
		for (size_t at = 0; at < strlen(text); at += 7) /* in small pieces */
			send(fd, text + at, strnlen(text + at, 7), MSG_NOSIGNAL);
	_exit(0);
}

static void read_question(char *question, size_t size)
{
	char file[128];

	snprintf(file, sizeof file, "%s/question", folder);
	FILE *stream = fopen(file, "r");
	assert_non_null(stream);
	question[fread(question, 1, size - 1, stream)] = '\0';
	fclose(stream);
	unlink(file);
}

struct heard {
	unsigned rows, stop_at;
	json_int_t last;
};

static int on_row(void *context, const json_t *row)
{
	struct heard *heard = context;

	heard->rows++;
	heard->last = json_integer_value(json_object_get(row, "n"));
	return heard->rows == heard->stop_at;
}

/* What the client says goes to this file. */
static char *complaint(void)
{
	static char text[512];
	char file[128];

	snprintf(file, sizeof file, "%s/stderr", folder);
	FILE *stream = fopen(file, "r");
	text[stream ? fread(text, 1, sizeof text - 1, stream) : 0] = '\0';
	if (stream)
		fclose(stream);
	unlink(file);
	return text;
}

/* Asks, with standard error in a file. */
static int ask(const char *control, const char *answer, struct heard *heard, bool endless)
{
	static const struct command command = {.name = "peers", .options = OPTION_BIT(CIRCUIT) | OPTION_BIT(FAMILY)};
	const struct request request = {.command = &command,
					.value = {[OPTION_CONTROL] = control, [OPTION_CIRCUIT] = "10.0.0.1#0a/b&c"}};
	const struct client_call call = {.path = "/v1/peers", .row = on_row, .context = heard, .endless = endless};
	char file[128], question[1024];
	int before = dup(STDERR_FILENO);

	snprintf(file, sizeof file, "%s/stderr", folder);
	if (answer)
		answer_once(answer);
	assert_non_null(freopen(file, "w", stderr));
	int status = client_run(&request, &call);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	if (answer) {
		assert_int_equal(waitpid(agent, NULL, 0), agent);
		read_question(question, sizeof question);
		assert_memory_equal(question, "GET /v1/peers?circuit=10.0.0.1%230a%2Fb%26c HTTP/1.1\r\n", 54);
	}
	return status;
}

#define OK_HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\n"

static void test_rows(void **state)
{
	struct heard heard = {0};

	(void)state;
	assert_int_equal(ask(path, OK_HEAD "\r\n{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n", &heard, false), 0);
	assert_int_equal(heard.rows, 3);
	assert_int_equal(heard.last, 3);
	assert_string_equal(complaint(), "");
}

static void test_chunks_cut_rows_anywhere(void **state)
{
	struct heard heard = {0};

	(void)state;
	assert_int_equal(ask(path,
			     OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
				     "3\r\n{\"n\r\nc\r\n\":1}\n{\"n\":2}\r\n1\r\n\n\r\n0\r\n\r\n",
			     &heard, true),
			 0);
	assert_int_equal(heard.rows, 2);
	assert_int_equal(heard.last, 2);
	complaint();
}

static void test_stopped_by_the_reader(void **state)
{
	struct heard heard = {.stop_at = 2};

	(void)state;
	assert_int_equal(ask(path, OK_HEAD "\r\n{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n", &heard, false), 1);
	assert_int_equal(heard.rows, 2);
	assert_string_equal(complaint(), "");
}

static void test_refusals(void **state)
{
	struct heard heard = {0};

	(void)state;
	assert_int_equal(
		ask(path, "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n{\"error\":\"state: expected \\u001b[31m\"}\n",
		    &heard, false),
		2);
	assert_string_equal(complaint(), "dotsnoopctl: peers: state: expected ?[31m\n");
	assert_int_equal(
		ask(path, "HTTP/1.1 409 No\r\nConnection: close\r\n\r\n{\"error\":\"f.yaml:3: no\"}\n", &heard, false),
		1);
	assert_string_equal(complaint(), "dotsnoopctl: peers: f.yaml:3: no\n");
	assert_int_equal(ask(path, "HTTP/1.1 500 No\r\nConnection: close\r\n\r\n<html>", &heard, false), 1);
	assert_string_equal(complaint(), "dotsnoopctl: peers: refused with HTTP status 500: is it no dotsnoopd?\n");
	assert_int_equal(heard.rows, 0);
}

static void test_what_is_no_agent(void **state)
{
	struct heard heard = {0};
	static const char *const answers[] = {
		"",
		"SSH-2.0-OpenSSH\r\n",
		OK_HEAD "\r\nhello\n",
		OK_HEAD "\r\n[1]\n",
		OK_HEAD "\r\n\"text\"\n",
		OK_HEAD "Content-Length: 500\r\n\r\n{\"n\":1}\n",
		OK_HEAD "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"n\":1}\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		assert_int_equal(ask(path, answers[i], &heard, false), 1);
		char *text = complaint();
		assert_memory_equal(text, "dotsnoopctl: /tmp/dotsnoop-test-", 32);
		assert_int_equal(strcspn(text, "\n") + 1, strlen(text));
	}
}

static void test_nobody_is_there(void **state)
{
	char longer[300], missing[128];
	struct heard heard = {0};

	(void)state;
	snprintf(missing, sizeof missing, "%s/nobody.sock", folder);
	assert_int_equal(ask(missing, NULL, &heard, false), 1);
	assert_non_null(strstr(complaint(), "no agent runs here: start dotsnoopd"));
	close(listener); /* the file stays, as after kill -9 */
	assert_int_equal(ask(path, NULL, &heard, false), 1);
	assert_non_null(strstr(complaint(), "no agent runs here: start dotsnoopd"));
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	assert_int_equal(ask(longer, NULL, &heard, false), 1);
	assert_non_null(strstr(complaint(), "too long"));
	listener = -1;
}

#define agent_test(f) cmocka_unit_test_setup_teardown(f, open_agent, close_agent)

int main(void)
{
	const struct CMUnitTest tests[] = {
		agent_test(test_rows),
		agent_test(test_chunks_cut_rows_anywhere),
		agent_test(test_stopped_by_the_reader),
		agent_test(test_refusals),
		agent_test(test_what_is_no_agent),
		agent_test(test_nobody_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
