/* SPDX-License-Identifier: BSD-2-Clause */
/* What does `dotsnoopctl prove` say of a real server, and with which exit status does it end? */
#include <jansson.h>

#include "../proof/scene.h"
#include "ctl/arguments.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ARGUMENTS_MAX 12
#define TEXT_SIZE 8192

/* Both streams go to a file while the command runs. */
static int run_into(const char *path, const struct request *request)
{
	int out = dup(STDOUT_FILENO), error = dup(STDERR_FILENO), status;

	fflush(stdout);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(file, STDOUT_FILENO);
	dup2(file, STDERR_FILENO);
	close(file);
	status = prove_run(request);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	dup2(error, STDERR_FILENO);
	close(out);
	close(error);
	return status;
}

/* Runs a line of arguments, which are parted by blanks. */
static int run(const char *line, char said[TEXT_SIZE])
{
	char copy[256], *arguments[ARGUMENTS_MAX] = {"dotsnoopctl", "prove"}, *rest = copy;
	char error[ARGUMENTS_ERROR_SIZE];
	struct request request;
	int count = 2;

	snprintf(copy, sizeof copy, "%s", line);
	while (count < ARGUMENTS_MAX && (arguments[count] = strsep(&rest, " ")))
		count++;
	assert_int_equal(arguments_parse(count, arguments, &request, error), 0);
	int status = run_into("said", &request);
	FILE *file = fopen("said", "r");
	said[fread(said, 1, TEXT_SIZE - 1, file)] = '\0';
	fclose(file);
	return status;
}

static const struct {
	const char *line;
	int status;
	const char *says;
} cases[] = {
	{"127.0.0.1 --ca ca.pem", EXIT_DONE, "127.0.0.1:4646/tcp is proven"},
	{"::1 --ca ca.pem", EXIT_DONE, "[::1]:4646/tcp is proven"},
	{"127.0.0.1 --ca ca.pem --name dots.example.net", EXIT_DONE, "identity     dots.example.net"},
	{"127.0.0.1 --ca ca.pem --name dots.example.net --transport tcp", EXIT_DONE, "issued by CN=authority"},
	{"127.0.0.1 --ca ca.pem --name other.example.net --transport tcp", EXIT_FAILED, "wrong-name"},
	{"127.0.0.1 --ca ca.pem --transport udp", EXIT_FAILED, "nothing listens on that port"},
	{"127.0.0.1 --ca ca.pem --port 9 --transport tcp", EXIT_FAILED, "port-closed"},
	{"127.0.0.1 --ca other.pem --transport tcp", EXIT_FAILED, "unknown-ca"},
	{"127.0.0.1 --ca gone.pem", EXIT_FAILED, "gone.pem"},
	{"127.0.0.1 --cert good.pem --key open.pem --ca ca.pem", EXIT_FAILED, "others than its owner"},
	{"127.0.0.1 --key good.pem", EXIT_USAGE, "--key goes with --cert"},
	{"127.0.0.1 --port 65536", EXIT_USAGE, "no port"},
	{"127.0.0.1 --port x", EXIT_USAGE, "no port"},
	{"127.0.0.1 --transport sctp", EXIT_USAGE, "no transport"},
	{"127.0.0.1 --family 5", EXIT_USAGE, "no address family"},
	{".example.net", EXIT_USAGE, "no name"},
};

static void test_words(void **state)
{
	struct server server = start_openssl(TRANSPORT_TCP, "good.pem", "-alpn coap");
	char said[TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int status = run(cases[i].line, said);
		if (status != cases[i].status || !strstr(said, cases[i].says))
			fail_msg("%s: %d: %s", cases[i].line, status, said);
	}
	stop_server(&server);
}

static void test_json(void **state)
{
	struct server server = start_openssl(TRANSPORT_TCP, "good.pem", "-alpn coap");
	char said[TEXT_SIZE];
	json_t *row;

	(void)state;
	assert_int_equal(run("127.0.0.1 --ca ca.pem --name dots.example.net --json", said), EXIT_DONE);
	*strchr(said, '\n') = '\0'; /* the winner comes first */
	row = json_loads(said, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(row, "result")), "proven");
	assert_string_equal(json_string_value(json_object_get(row, "identity")), "dots.example.net");
	assert_string_equal(json_string_value(json_object_get(row, "version")), "TLSv1.3");
	assert_string_equal(json_string_value(json_object_get(row, "alpn")), "coap");
	assert_int_equal(json_array_size(json_object_get(row, "chain")), 1);
	json_decref(row);
	stop_server(&server);
}

static int set_up(void **state)
{
	struct certificate other = make_certificate(NULL, &(struct certificate_wish){.cn = "other", .authority = true});

	open_folder(state);
	write_certificate(&other, "other.pem");
	write_certificate(&other, "open.pem");
	chmod("open.pem", 0644);
	free_certificate(&other);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_json),
	};

	if (enter_network() < 0) {
		printf("1..0 # SKIP no network may be made here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, set_up, close_folder);
}
