/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a classic DHCP snooper ask the kernel for? As tcpdump would. */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>

#include <pcap/pcap.h>

#include <linux/filter.h>

#include "base/cleanup.h"
#include "others.h"

#define FILTER "udp and (port 67 or port 68 or port 546 or port 547)"
#define SNAPLEN 262144 /* tcpdump's */

_Static_assert(sizeof(struct sock_filter) == sizeof(struct bpf_insn), "libpcap's instructions are the kernel's");

static int attach_filter(int fd)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	struct bpf_program program;

	if (!pcap)
		return -ENOMEM;
	int result = pcap_compile(pcap, &program, FILTER, 1, PCAP_NETMASK_UNKNOWN) ? -EINVAL : 0;
	pcap_close(pcap);
	if (result)
		return result;
	struct sock_fprog filter = {.len = (unsigned short)program.bf_len, .filter = (void *)program.bf_insns};
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter))
		result = -errno;
	pcap_freecode(&program);
	return result;
}

int af_packet_open(unsigned ifindex)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)ifindex,
	};
	AUTO_FD int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* receives from bind on: with its filter */

	if (fd < 0)
		return -errno;
	int result = attach_filter(fd);
	if (result)
		return result;
	return bind(fd, (struct sockaddr *)&address, sizeof address) ? -errno : take_fd(fd);
}

unsigned af_packet_drain(int fd)
{
	unsigned count = 0;

	while (recv(fd, NULL, 0, MSG_DONTWAIT | MSG_TRUNC) >= 0)
		count++;
	return count;
}
