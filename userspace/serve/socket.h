/* SPDX-License-Identifier: BSD-2-Clause */
/* At which addresses are the doors? Sockets that listen, with one clear line where that is impossible. */
#ifndef SERVE_SOCKET_H
#define SERVE_SOCKET_H

#include <stdbool.h>
#include <sys/stat.h>

#include "serve/serve.h"

/* The control socket's file. */
struct control_socket {
	const char *path; /* of the caller */
	bool made_folder; /* its folder was missing */
	dev_t device;     /* what was made, so that nothing else is removed */
	ino_t inode;
};

/*
 * Listens at a path, mode 0660; the last folder of the path is made if it is missing. The file of a dead agent is
 * replaced, that of a live one refused (-EADDRINUSE). Returns a file descriptor, or -errno and one line in error.
 */
int socket_listen_control(const char *path, struct control_socket *ret, char error[SERVE_ERROR_SIZE]);

/* Removes the file, if it still is the one that was made, and the folder, if it was made and is empty. */
void socket_remove(const struct control_socket *socket);

/* Listens at "address:port" or "[v6]:port". Returns a file descriptor, or -errno and one line in error. */
int socket_listen_tcp(const char *listen, char error[SERVE_ERROR_SIZE]);

#endif
