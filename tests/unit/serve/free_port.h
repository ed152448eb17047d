/* SPDX-License-Identifier: BSD-2-Clause */
/* Where can a test listen? */
#ifndef TESTS_UNIT_SERVE_FREE_PORT_H
#define TESTS_UNIT_SERVE_FREE_PORT_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"

/* A port that nobody uses at this moment. */
static inline unsigned free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	close(fd);
	return ntohs(address.sin_port);
}

#endif
