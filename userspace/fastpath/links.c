/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Has a device come or gone? rtnetlink tells that something has; what it is, whoever asks finds out by looking, which
 * cannot go wrong when messages are lost.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "fastpath/internal.h"

int links_open(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address))
		return -errno;
	return take_fd(fd);
}

int fastpath_links_fd(const struct fastpath *fastpath)
{
	return fastpath->links;
}

void fastpath_links_drain(const struct fastpath *fastpath)
{
	char unread[8192];

	/* ENOBUFS: some were lost, which is as good a reason to look as any that was read. */
	while (recv(fastpath->links, unread, sizeof unread, 0) > 0 || errno == ENOBUFS || errno == EINTR)
		;
}

bool fastpath_is_there(const struct fastpath *fastpath, const char *name)
{
	const struct loaded_port *loaded = slot_find((struct fastpath *)fastpath, name);

	return loaded && loaded->port.key.ifindex == if_nametoindex(name);
}
