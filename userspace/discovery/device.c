/* SPDX-License-Identifier: BSD-2-Clause */
/* By rtnetlink and not by /sys, which may show another network namespace than ours. */
#include "discovery/device.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

/* More than one device's attributes take. */
#define ANSWER_SIZE 32768

struct request {
	struct nlmsghdr head;
	struct ifinfomsg link;
};

/* Asks the kernel about one device. Returns the length of its answer, or -1. */
static ssize_t ask(unsigned ifindex, void *answer)
{
	const struct request request = {
		.head = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST},
		.link = {.ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex},
	};
	AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || send(fd, &request, sizeof request, 0) < 0)
		return -1;
	return recv(fd, answer, ANSWER_SIZE, 0);
}

/* The device that this one is a part of, or 0. */
static unsigned master_of(unsigned ifindex)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	ssize_t length = ask(ifindex, answer);
	const struct nlmsghdr *head = (const void *)answer;

	if (length < 0 || !NLMSG_OK(head, (size_t)length) || head->nlmsg_type != RTM_NEWLINK)
		return 0;
	const struct ifinfomsg *link = NLMSG_DATA(head);
	long rest = (long)IFLA_PAYLOAD(head);
	for (const struct rtattr *at = IFLA_RTA(link); RTA_OK(at, rest); at = RTA_NEXT(at, rest))
		if (at->rta_type == IFLA_MASTER && RTA_PAYLOAD(at) == sizeof(unsigned))
			return *(const unsigned *)RTA_DATA(at);
	return 0;
}

void device_of(const char *port, char ret[IF_NAMESIZE])
{
	unsigned master = master_of(if_nametoindex(port));
	char name[IF_NAMESIZE];

	memset(ret, 0, IF_NAMESIZE);
	memccpy(ret, master && if_indextoname(master, name) ? name : port, '\0', IF_NAMESIZE - 1);
}
