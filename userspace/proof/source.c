/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel chooses among a device's addresses better than we could; but where the device has none that will do, it
 * takes another device's. So:
 *
 * 1. It is asked what it would take, by a datagram socket that sends nothing.
 * 2. If that is none of the device's, the first of the device's own that will do is taken; if there is none, nothing is
 * sent.
 * 3. The socket is bound to device and address, and connects.
 */
#include "proof/source.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "proof/own.h"

struct socket_address {
	struct sockaddr_storage storage;
	socklen_t size;
};

static struct socket_address destination(const struct proof_target *target)
{
	struct address address = identity_unmapped(&target->address);
	struct socket_address to = {0};

	to.size = address_to_sockaddr(&address, target->port, if_nametoindex(target->device), &to.storage);
	return to;
}

static bool is_link_local(const struct sockaddr_storage *storage)
{
	return storage->ss_family == AF_INET6 &&
	       IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)storage)->sin6_addr);
}

static bool same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)a)->sin6_addr,
				  &((const struct sockaddr_in6 *)b)->sin6_addr);
}

/* 127.0.0.0/8 is lo's as a whole, whatever address it has of it. */
static bool is_loopback(const struct sockaddr_storage *storage)
{
	return storage->ss_family == AF_INET &&
	       ntohl(((const struct sockaddr_in *)storage)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* --- The device's own --- */

/* The device's addresses, as they are told. */
struct search {
	const struct sockaddr_storage *to, *from;
	bool is_own;                   /* `from` is one of them */
	struct sockaddr_storage first; /* that will do; no family: none */
};

static bool look_at(void *context, const struct sockaddr_storage *own)
{
	struct search *search = context;

	search->is_own = same_host(search->from, own) || is_loopback(search->from);
	if (!search->first.ss_family && is_link_local(search->to) == is_link_local(own))
		search->first = *own;
	return !search->is_own;
}

/* Puts the first of the device's own in the place of an address that is none of them. */
static int keep_own(const char *device, const struct sockaddr_storage *to, struct socket_address *from)
{
	struct search search = {.to = to, .from = &from->storage};
	int result = own_addresses(if_nametoindex(device), to->ss_family, look_at, &search);

	if (result < 0 || search.is_own)
		return result;
	if (!search.first.ss_family)
		return -EADDRNOTAVAIL;
	from->storage = search.first;
	from->size = to->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	return 0;
}

static int open_on(const char *device, int family, int type)
{
	AUTO_FD int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (*device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) < 0)
		return -errno;
	return take_fd(fd);
}

/* Which address would the kernel take? None of it is told to *ret where it knows no way. */
static int ask_kernel(const char *device, const struct socket_address *to, struct socket_address *ret)
{
	AUTO_FD int fd = open_on(device, to->storage.ss_family, SOCK_DGRAM);

	*ret = (struct socket_address){.size = sizeof ret->storage};
	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&to->storage, to->size) < 0 ||
	    getsockname(fd, (struct sockaddr *)&ret->storage, &ret->size) < 0)
		return -errno;
	return 0;
}

static void set_port(struct sockaddr_storage *storage, in_port_t port)
{
	if (storage->ss_family == AF_INET)
		((struct sockaddr_in *)storage)->sin_port = port;
	else
		((struct sockaddr_in6 *)storage)->sin6_port = port;
}

/* Whether a way leads there is told after whether there is an address: without one it would be no way of the device's.
 */
static int choose(const char *device, const struct socket_address *to, struct socket_address *ret)
{
	int way = ask_kernel(device, to, ret);

	if (way == -ENODEV)
		return -EADDRNOTAVAIL;
	int own = keep_own(device, &to->storage, ret);
	if (own < 0)
		return own;
	set_port(&ret->storage, 0);
	return way;
}

/* --- The socket --- */

int source_connect(const struct proof_target *target)
{
	struct socket_address to = destination(target), from;
	AUTO_FD int fd = open_on(target->device, to.storage.ss_family,
				 target->transport == TRANSPORT_UDP ? SOCK_DGRAM : SOCK_STREAM);

	if (fd < 0)
		return fd == -ENODEV ? -EADDRNOTAVAIL : fd;
	if (*target->device) {
		int result = choose(target->device, &to, &from);
		if (result < 0)
			return result;
		if (bind(fd, (const struct sockaddr *)&from.storage, from.size) < 0)
			return -errno;
	}
	if (connect(fd, (const struct sockaddr *)&to.storage, to.size) < 0 && errno != EINPROGRESS)
		return -errno;
	return take_fd(fd);
}
