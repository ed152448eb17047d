/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does an agent answer? HTTP/1.0: an answer ends with its connection, and a stream is lines without chunks. No
 * library, which would have a start of its own to be measured.
 */
#ifndef TESTS_BENCH_ASK_H
#define TESTS_BENCH_ASK_H

#include <stdbool.h>
#include <stdint.h>

/* A connection to a UNIX socket, or to a port of 127.0.0.1. Returns its fd, or -errno. */
int ask_connect_socket(const char *path);
int ask_connect_port(uint16_t port);

/* Sends the request for `path`. Returns 0 or -errno. */
int ask_get(int fd, const char *path);

/*
 * The same, and reads the whole answer; closes the fd, which may be an error of ask_connect. Returns the body, to be
 * freed, or NULL: no answer, or another status than 200.
 */
char *ask_body(int fd, const char *path);

#endif
