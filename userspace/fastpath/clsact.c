/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program hang on a device's way out where the kernel has no TCX (before Linux 6.6)? As a filter of the
 * clsact qdisc, which others may use too: ours is told by its handle and priority.
 */
#include "fastpath/clsact.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "base/cleanup.h"

#define HANDLE 0x646f7473 /* "dots" */
#define PRIORITY 10       /* early: filters that redirect come later */

static struct bpf_tc_hook hook_of(unsigned ifindex, enum bpf_tc_attach_point point)
{
	return (struct bpf_tc_hook){.sz = sizeof(struct bpf_tc_hook), .ifindex = (int)ifindex, .attach_point = point};
}

/* What the kernel says about a device's qdisc or filters below `parent`; where it says more, the beginning. */
struct answer {
	struct nlmsghdr head;
	struct tcmsg body;
	uint8_t attributes[32768];
};

/* Returns the answer's message type, or -errno. */
static int ask(uint16_t type, uint16_t flags, unsigned ifindex, uint32_t parent, struct answer *ret)
{
	AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct {
		struct nlmsghdr head;
		struct tcmsg body;
	} request = {
		.head = {.nlmsg_len = sizeof request, .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags},
		.body = {.tcm_ifindex = (int)ifindex, .tcm_parent = parent},
	};

	if (fd < 0 || send(fd, &request, sizeof request, 0) < 0)
		return -errno;
	ssize_t size = recv(fd, ret, sizeof *ret, 0);
	if (size < 0)
		return -errno;
	return size < (ssize_t)sizeof ret->head || ret->head.nlmsg_len > size ? -EBADMSG : ret->head.nlmsg_type;
}

/* The older qdisc `ingress` stands in the same place; it takes filters for egress, and never asks them. */
static bool is_clsact(unsigned ifindex)
{
	struct answer answer = {0};

	if (ask(RTM_GETQDISC, NLM_F_ECHO | NLM_F_ACK, ifindex, TC_H_CLSACT, &answer) != RTM_NEWQDISC)
		return false;
	int left = (int)TCA_PAYLOAD(&answer.head);
	for (struct rtattr *at = TCA_RTA(&answer.body); RTA_OK(at, left); at = RTA_NEXT(at, left))
		if (at->rta_type == TCA_KIND)
			return strncmp(RTA_DATA(at), "clsact", RTA_PAYLOAD(at)) == 0;
	return false;
}

int clsact_create(unsigned ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex, BPF_TC_EGRESS);
	int result = bpf_tc_hook_create(&hook);

	return result == -EEXIST && !is_clsact(ifindex) ? -EBUSY : result;
}

int clsact_attach(unsigned ifindex, int program)
{
	struct bpf_tc_hook hook = hook_of(ifindex, BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = program, .handle = HANDLE, .priority = PRIORITY);

	return bpf_tc_attach(&hook, &filter);
}

uint32_t clsact_program(unsigned ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex, BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, filter, .handle = HANDLE, .priority = PRIORITY);

	return bpf_tc_query(&hook, &filter) ? 0 : filter.prog_id;
}

int clsact_detach(unsigned ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex, BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, filter, .handle = HANDLE, .priority = PRIORITY);

	return bpf_tc_detach(&hook, &filter);
}

/* Does any filter hang there? When in doubt, yes. */
static bool is_used(unsigned ifindex, uint32_t parent)
{
	struct answer answer;

	return ask(RTM_GETTFILTER, NLM_F_DUMP, ifindex, parent, &answer) != NLMSG_DONE;
}

void clsact_remove(unsigned ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (!is_used(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) &&
	    !is_used(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)))
		bpf_tc_hook_destroy(&hook);
}
