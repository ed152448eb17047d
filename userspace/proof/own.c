/* SPDX-License-Identifier: BSD-2-Clause */
#include "proof/own.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "base/address.h"
#include "base/cleanup.h"

/* What the kernel hands out at a time is less. */
#define ANSWER_SIZE 32768

struct request {
	struct nlmsghdr head;
	struct ifaddrmsg address;
};

/* Strict: the kernel leaves out other devices, and does not hand out all addresses of the machine. */
static int ask(unsigned ifindex, int family)
{
	const struct request request = {
		.head = {.nlmsg_len = sizeof request,
			 .nlmsg_type = RTM_GETADDR,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.address = {.ifa_family = (uint8_t)family, .ifa_index = ifindex},
	};
	AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &(int){1}, sizeof(int)) < 0 ||
	    send(fd, &request, sizeof request, 0) < 0)
		return -errno;
	return take_fd(fd);
}

/* IFA_LOCAL is ours and IFA_ADDRESS the other end's, where a link has two ends; else there may be the latter alone. */
static struct address address_in(const struct nlmsghdr *head)
{
	const struct ifaddrmsg *message = NLMSG_DATA(head);
	struct address address = {0};
	long rest = (long)IFA_PAYLOAD(head);

	for (const struct rtattr *at = IFA_RTA(message); RTA_OK(at, rest); at = RTA_NEXT(at, rest))
		if (at->rta_type == IFA_LOCAL || (at->rta_type == IFA_ADDRESS && !address.family))
			address = address_of((struct bytes){RTA_DATA(at), RTA_PAYLOAD(at)});
	return address;
}

static bool tell_one(const struct nlmsghdr *head, unsigned ifindex, own_fn *tell, void *context)
{
	const struct ifaddrmsg *message = NLMSG_DATA(head);
	struct address address = address_in(head);
	struct sockaddr_storage storage;

	if (head->nlmsg_type != RTM_NEWADDR || message->ifa_index != ifindex || !address.family)
		return true;
	address_to_sockaddr(&address, 0, ifindex, &storage);
	return tell(context, &storage);
}

int own_addresses(unsigned ifindex, int family, own_fn *tell, void *context)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	AUTO_FD int fd = ask(ifindex, family);

	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t size = recv(fd, answer, sizeof answer, 0);
		if (size < 0)
			return -errno;
		size_t rest = (size_t)size;
		for (const struct nlmsghdr *head = (const void *)answer; NLMSG_OK(head, rest);
		     head = NLMSG_NEXT(head, rest)) {
			if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR)
				return 0; /* an error: it is gone, and has none */
			if (!tell_one(head, ifindex, tell, context))
				return 0;
		}
	}
}
