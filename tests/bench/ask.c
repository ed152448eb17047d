/* SPDX-License-Identifier: BSD-2-Clause */
#include "ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"

static int connected(int fd, const void *address, socklen_t size)
{
	if (fd < 0 || connect(fd, address, size) == 0)
		return fd < 0 ? -errno : fd;
	int result = -errno;
	close(fd);
	return result;
}

int ask_connect_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	return connected(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), &address, sizeof address);
}

int ask_connect_port(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return connected(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), &address, sizeof address);
}

int ask_get(int fd, const char *path)
{
	char request[128];
	int size = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", path);

	return send(fd, request, (size_t)size, MSG_NOSIGNAL) == size ? 0 : -EIO;
}

/* All until the connection ends, with a NUL behind it. */
static char *read_all(int fd)
{
	char *answer = NULL;
	size_t size = 0;
	AUTO_FILE FILE *out = open_memstream(&answer, &size);
	char piece[16384];
	ssize_t got;

	while (out && (got = read(fd, piece, sizeof piece)) > 0)
		fwrite(piece, 1, (size_t)got, out);
	return out && fflush(out) == 0 ? answer : NULL;
}

char *ask_body(int fd, const char *path)
{
	AUTO_FD int connection = fd;
	AUTO_FREE char *answer = fd >= 0 && ask_get(fd, path) == 0 ? read_all(fd) : NULL;
	const char *body = answer ? strstr(answer, "\r\n\r\n") : NULL;
	int status = 0;

	if (!body || sscanf(answer, "HTTP/%*s %d", &status) != 1 || status != 200)
		return NULL;
	return strdup(body + 4);
}
