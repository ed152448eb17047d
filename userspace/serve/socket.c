/* SPDX-License-Identifier: BSD-2-Clause */
/* At which addresses are the doors? (unix(7), ip(7), ipv6(7)) */
#include "serve/socket.h"

#include <errno.h>
#include <libgen.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"

#define BACKLOG 64
#define CONTROL_MODE 0660
#define FOLDER_MODE 0755

static int fail(char error[SERVE_ERROR_SIZE], int result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(char error[SERVE_ERROR_SIZE], int result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, SERVE_ERROR_SIZE, format, arguments);
	va_end(arguments);
	return result;
}

/* --- The control socket --- */

static int address_of_path(const char *path, struct sockaddr_un *ret, char error[SERVE_ERROR_SIZE])
{
	size_t length = strlen(path);

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (length == 0 || length >= sizeof ret->sun_path)
		return fail(error, -ENAMETOOLONG, "control socket '%s': its path must have 1 to %zu characters", path,
			    sizeof ret->sun_path - 1);
	memcpy(ret->sun_path, path, length + 1);
	return 0;
}

static int make_folder(const char *path, struct control_socket *made, char error[SERVE_ERROR_SIZE])
{
	AUTO_FREE char *copy = strdup(path);

	if (!copy)
		return fail(error, -ENOMEM, "out of memory");

	const char *folder = dirname(copy);
	made->made_folder = mkdir(folder, FOLDER_MODE) == 0;
	if (made->made_folder || errno == EEXIST)
		return 0;
	return fail(error, -errno, "control socket %s: cannot make the folder %s: %s", path, folder, strerror(errno));
}

/* Is it the socket of an agent that is gone? 0: removed, or there was none. */
static int remove_stale(const struct sockaddr_un *address, char error[SERVE_ERROR_SIZE])
{
	const char *path = address->sun_path;
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat status;

	if (lstat(path, &status))
		return errno == ENOENT ? 0 : fail(error, -errno, "control socket %s: %s", path, strerror(errno));
	if (!S_ISSOCK(status.st_mode))
		return fail(error, -EEXIST, "control socket %s: a file of that name exists, and is no socket", path);

	int result = connect(fd, (const struct sockaddr *)address, sizeof *address) ? -errno : 0;
	if (result == 0 || result == -EAGAIN)
		return fail(error, -EADDRINUSE, "control socket %s: another agent answers there: stop it first", path);
	if (result != -ECONNREFUSED)
		return fail(error, result, "control socket %s: %s", path, strerror(-result));
	return unlink(path) ? fail(error, -errno, "control socket %s: %s", path, strerror(errno)) : 0;
}

/* On Linux the mode of a socket, less the umask, becomes that of its file: there is no moment with another mode. */
static int bind_path(int fd, const struct sockaddr_un *address, struct control_socket *made)
{
	struct stat status;

	if (fchmod(fd, CONTROL_MODE) || bind(fd, (const struct sockaddr *)address, sizeof *address))
		return -errno;
	if (chmod(address->sun_path, CONTROL_MODE) || lstat(address->sun_path, &status) || listen(fd, BACKLOG)) {
		int result = -errno;
		unlink(address->sun_path);
		return result;
	}
	made->device = status.st_dev;
	made->inode = status.st_ino;
	return 0;
}

int socket_listen_control(const char *path, struct control_socket *ret, char error[SERVE_ERROR_SIZE])
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct control_socket made = {.path = path};
	struct sockaddr_un address;

	if (fd < 0)
		return fail(error, -errno, "control socket %s: %s", path, strerror(errno));
	int result = address_of_path(path, &address, error);
	if (!result)
		result = make_folder(path, &made, error);
	if (!result)
		result = remove_stale(&address, error);
	if (result)
		return result;

	result = bind_path(fd, &address, &made);
	if (result)
		return fail(error, result, "control socket %s: %s", path, strerror(-result));
	*ret = made;
	return take_fd(fd);
}

void socket_remove(const struct control_socket *control)
{
	struct stat status;

	if (lstat(control->path, &status) || status.st_dev != control->device || status.st_ino != control->inode)
		return;
	unlink(control->path);

	AUTO_FREE char *copy = control->made_folder ? strdup(control->path) : NULL;
	if (copy)
		rmdir(dirname(copy));
}

/* --- TCP --- */

/* libevent takes an address without a port, too, and leaves it 0. */
static bool parse(const char *text, struct sockaddr_storage *ret, socklen_t *size)
{
	int length = sizeof *ret;

	if (evutil_parse_sockaddr_port(text, (struct sockaddr *)ret, &length))
		return false;
	*size = (socklen_t)length;
	if (ret->ss_family == AF_INET6)
		return ((const struct sockaddr_in6 *)ret)->sin6_port;
	return ((const struct sockaddr_in *)ret)->sin_port;
}

/* What to do about it, where that is not obvious. */
static const char *advice(int error)
{
	switch (error) {
	case EADDRINUSE:
		return ": stop what listens there, or set metrics.listen to another port";
	case EADDRNOTAVAIL:
		return ": no device here has this address";
	case EACCES:
		return ": ports below 1024 need more privilege";
	default:
		return "";
	}
}

int socket_listen_tcp(const char *text, char error[SERVE_ERROR_SIZE])
{
	struct sockaddr_storage address = {0};
	socklen_t size;

	if (!parse(text, &address, &size))
		return fail(error, -EINVAL, "metrics.listen '%s': not of the form 127.0.0.1:9646 or [::1]:9646", text);

	AUTO_FD int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) ||
	    bind(fd, (const struct sockaddr *)&address, size) || listen(fd, BACKLOG))
		return fail(error, -errno, "metrics.listen %s: %s%s", text, strerror(errno), advice(errno));
	return take_fd(fd);
}
