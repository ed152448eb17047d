/* SPDX-License-Identifier: BSD-2-Clause */
#include "proof/wire.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <sys/socket.h>

/* Nothing was read or written, and nothing is wrong: OpenSSL is to try again when the socket is ready. */
static int later(BIO *bio, int flag)
{
	BIO_set_flags(bio, flag | BIO_FLAGS_SHOULD_RETRY);
	return -1;
}

static bool is_hint(int error)
{
	return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EPROTO ||
	       error == EACCES || error == ENOPROTOOPT || error == EMSGSIZE;
}

/* What to make of errno. */
static int failed(BIO *bio, struct wire *wire, int flag)
{
	if (errno == EAGAIN || errno == EINTR)
		return later(bio, flag);
	if (wire->datagram && is_hint(errno) && ++wire->hints < WIRE_HINTS_MAX)
		return later(bio, BIO_FLAGS_READ); /* as if it were lost: it will be sent again */
	wire->error = errno;
	return -1;
}

static int wire_read(BIO *bio, char *data, int size)
{
	struct wire *wire = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (wire->turn++ >= WIRE_READS_A_TURN)
		return later(bio, BIO_FLAGS_READ);
	ssize_t r = recv(wire->fd, data, (size_t)size, 0);
	if (r < 0)
		return failed(bio, wire, BIO_FLAGS_READ);
	wire->hints = 0;
	wire->received += (size_t)r;
	wire->flooded = wire->received > WIRE_SIZE_MAX;
	wire->ended = r == 0 && !wire->datagram;
	if (wire->flooded)
		return -1;
	return r == 0 && wire->datagram ? later(bio, BIO_FLAGS_READ) : (int)r; /* an empty datagram is no end */
}

static int wire_write(BIO *bio, const char *data, int size)
{
	struct wire *wire = BIO_get_data(bio);
	ssize_t r = send(wire->fd, data, (size_t)size, MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (r >= 0)
		return (int)r;
	if (wire->datagram && is_hint(errno) && wire->hints + 1 < WIRE_HINTS_MAX) {
		wire->hints++;
		return size; /* as if it were lost on its way */
	}
	return failed(bio, wire, BIO_FLAGS_WRITE);
}

/* Of all that a BIO may be told, a datagram's MTU among it, only this has a meaning here. */
static long wire_control(BIO *bio, int command, long number, void *pointer)
{
	const struct wire *wire = BIO_get_data(bio);

	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_EOF)
		return wire && wire->ended;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method_new(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");

	if (!method)
		return NULL;
	BIO_meth_set_read(method, wire_read);
	BIO_meth_set_write(method, wire_write);
	BIO_meth_set_ctrl(method, wire_control);
	return method;
}

BIO *wire_bio(struct wire *wire)
{
	static BIO_METHOD *method; /* one for all, and for ever */
	BIO *bio;

	if (!method)
		method = method_new();
	bio = method ? BIO_new(method) : NULL;
	if (!bio)
		return NULL;
	BIO_set_data(bio, wire);
	BIO_set_init(bio, 1);
	return bio;
}
