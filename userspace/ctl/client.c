/* SPDX-License-Identifier: BSD-2-Clause */
/* How is the agent asked? */
#include "ctl/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define CONNECT_SECONDS 5L
#define SILENCE_SECONDS 30L   /* without a byte of an answer that should not pause */
#define LINE_MAX_SIZE 1048576 /* far more than a row with all addresses that a message can hold */
#define HTTP_OK 200
#define HTTP_BAD_REQUEST 400

struct transfer {
	const struct request *request;
	const struct client_call *call;
	CURL *curl;
	char *line; /* what came of a line that is not complete; owned */
	size_t length, room;
	const char *problem; /* why the answer is not read on; NULL: it is */
	bool stopped;        /* by the callback */
};

static int complain(const struct transfer *transfer, const char *text)
{
	fprintf(stderr, "dotsnoopctl: %s: %s\n", request_control(transfer->request), text);
	return EXIT_FAILED;
}

/* --- What comes --- */

static bool take_line(struct transfer *transfer, const char *line, size_t length)
{
	if (transfer->request->value[OPTION_JSON]) {
		fwrite(line, 1, length, stdout);
		putchar('\n');
		if (transfer->call->endless)
			fflush(stdout);
		return !ferror(stdout);
	}

	json_t *row = json_loadb(line, length, 0, NULL);
	if (!json_is_object(row)) {
		json_decref(row);
		transfer->problem = "its answer is not understood: is it of another version, or no dotsnoopd?";
		return false;
	}
	transfer->stopped = transfer->call->row(transfer->call->context, row);
	json_decref(row);
	return !transfer->stopped;
}

static bool append(struct transfer *transfer, const char *data, size_t size)
{
	if (transfer->length + size > LINE_MAX_SIZE) {
		transfer->problem = "its answer has a line without end: is it no dotsnoopd?";
		return false;
	}
	if (transfer->length + size > transfer->room) {
		size_t room = 2 * (transfer->length + size);
		char *line = realloc(transfer->line, room);
		if (!line) {
			transfer->problem = "out of memory";
			return false;
		}
		transfer->line = line;
		transfer->room = room;
	}
	memcpy(transfer->line + transfer->length, data, size);
	transfer->length += size;
	return true;
}

/* Lines of an answer go on at once; the text of a refusal is kept. Returns less than it was given to end the transfer.
 */
static size_t on_data(char *data, size_t one, size_t size, void *context)
{
	struct transfer *transfer = context;
	long status = 0;
	char *end;

	curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	for (size_t left = size * one; left; left -= (size_t)(end - data), data = end) {
		char *newline = status == HTTP_OK ? memchr(data, '\n', left) : NULL;
		end = newline ? newline + 1 : data + left;
		if (!append(transfer, data, (size_t)(end - data)))
			return 0;
		if (!newline)
			continue;
		size_t length = transfer->length - 1;
		transfer->length = 0;
		if (!take_line(transfer, transfer->line, length))
			return 0;
	}
	return size * one;
}

/* Called at least once a second: whoever read our output may have gone while nothing happened. */
static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	(void)context, (void)a, (void)b, (void)c, (void)d;
	if (poll(&out, 1, 0) > 0 && out.revents & POLLERR)
		raise(SIGPIPE);
	return 0;
}

/* --- What went wrong --- */

static int complain_connect(const struct transfer *transfer)
{
	long error = 0;

	curl_easy_getinfo(transfer->curl, CURLINFO_OS_ERRNO, &error);
	if (error == ENOENT || error == ECONNREFUSED)
		return complain(transfer, "no agent runs here: start dotsnoopd, or name its socket with --control");
	if (error == EACCES || error == EPERM)
		return complain(transfer, "no permission: ask as root, or as a member of the socket's group");
	return complain(transfer, error ? strerror((int)error) : "cannot connect");
}

/* The agent says why, as {"error":...}. */
static int complain_refusal(const struct transfer *transfer, long status)
{
	json_t *object = json_loadb(transfer->line ? transfer->line : "", transfer->length, 0, NULL);
	const char *text = json_string_value(json_object_get(object, "error"));
	char number[64];

	snprintf(number, sizeof number, "refused with HTTP status %ld: is it no dotsnoopd?", status);
	fprintf(stderr, "dotsnoopctl: %s: ", transfer->request->command->name);
	for (const char *at = text ? text : number; *at; at++)
		fputc(*at >= ' ' && *at <= '~' ? *at : '?', stderr);
	fputc('\n', stderr);
	json_decref(object);
	return status == HTTP_BAD_REQUEST ? EXIT_USAGE : EXIT_FAILED;
}

static int judge(const struct transfer *transfer, CURLcode code)
{
	long status = 0;

	if (transfer->problem)
		return complain(transfer, transfer->problem);
	if (transfer->stopped || ferror(stdout))
		return EXIT_FAILED; /* told by who stopped it */
	curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	switch (code) {
	case CURLE_OK:
		return status == HTTP_OK ? EXIT_DONE : complain_refusal(transfer, status);
	case CURLE_COULDNT_CONNECT:
		return complain_connect(transfer);
	case CURLE_COULDNT_RESOLVE_HOST:
		return complain(transfer, "the path is too long for a socket");
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		return complain(transfer, "what answers here is no dotsnoopd");
	case CURLE_OPERATION_TIMEDOUT:
		return complain(transfer, "the agent does not answer");
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return complain(transfer, "the agent went away in the middle of its answer");
	default:
		return complain(transfer, curl_easy_strerror(code));
	}
}

/* --- The call --- */

static void add_parameter(CURL *curl, FILE *out, char *separator, const char *name, const char *value)
{
	char *escaped = curl_easy_escape(curl, value, 0);

	fprintf(out, "%c%s=%s", *separator, name, escaped ? escaped : "");
	curl_free(escaped);
	*separator = '&';
}

static char *make_url(const struct transfer *transfer)
{
	static const char *const names[] = {
#define X(id, name, value, help) name,
		OPTIONS(X)
#undef X
	};
	const struct request *request = transfer->request;
	char *url = NULL, separator = '?';
	size_t size;
	FILE *out = open_memstream(&url, &size);

	if (!out)
		return NULL;
	fprintf(out, "http://dotsnoop%s", transfer->call->path);
	if (transfer->call->operand)
		add_parameter(transfer->curl, out, &separator, transfer->call->operand, request->operand);
	for (unsigned i = 0; i < OPTION_COUNT; i++)
		if (request->command->options & 1U << i && request->value[i])
			add_parameter(transfer->curl, out, &separator, names[i], request->value[i]);
	fclose(out);
	return url;
}

static void prepare(CURL *curl, struct transfer *transfer, const char *url)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request_control(transfer->request));
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	if (!transfer->call->endless) {
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
	}
	if (transfer->call->post)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

int client_run(const struct request *request, const struct client_call *call)
{
	struct transfer transfer = {.request = request, .call = call, .curl = curl_easy_init()};
	AUTO_FREE char *url = transfer.curl ? make_url(&transfer) : NULL;
	int result;

	if (url) {
		prepare(transfer.curl, &transfer, url);
		CURLcode code = curl_easy_perform(transfer.curl);
		result = judge(&transfer, code);
	} else {
		result = complain(&transfer, "out of memory");
	}
	curl_easy_cleanup(transfer.curl);
	free(transfer.line);
	return result;
}
