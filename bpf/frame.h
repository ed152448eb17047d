/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Is this frame DHCP, and where in it does the message stand? Ethernet, IPv4 or IPv6, UDP. Every frame of every
 * subscriber passes here, so what is not DHCP leaves at the first field that says so.
 *
 * Each step takes a cursor, proves that its header fits the frame, moves on and returns the next protocol, or leaves
 * with the reason under which the frame is counted.
 */
#ifndef BPF_FRAME_H
#define BPF_FRAME_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>

#include "maps.h"

#define PORT_DHCP4_SERVER 67
#define PORT_DHCP4_CLIENT 68
#define PORT_DHCP6_CLIENT 546
#define PORT_DHCP6_SERVER 547

#define IPV4_FRAGMENT 0x3fff /* more fragments, or an offset (RFC 791 3.1) */

/* What frame_parse found. Pointers are into the packet and valid until the first write to it, which never comes. */
struct frame {
	struct ethhdr *ethernet;
	struct iphdr *ip4; /* one of both is NULL */
	struct ipv6hdr *ip6;
	__u32 message;        /* offset of the UDP payload in the frame */
	__u32 message_length; /* min(UDP length, IP length, frame): Ethernet padding is not DHCP */
	__u16 to;             /* UDP destination port, host order: it decides, not the source port */
};

/*
 * To host order. At a byte swap the verifiers of Linux 6.1 and 6.12 forget that 16 bits are left, and refuse to add the
 * result to a packet pointer; the compiler knows it, and would leave out a mask written in C.
 */
static __always_inline __u32 host16(__be16 value)
{
	__u32 result = bpf_ntohs(value);

	asm volatile("%0 &= 0xffff" : "+r"(result));
	return result;
}

/* Not a reason: the frame goes on. */
#define FRAME_IS_DHCP DS_REASON_COUNT

/* The UDP header at `udp`, in an IP packet that ends at `ip_end`, which the caller proved to be within the frame. */
static __always_inline int frame_udp(void *data, void *data_end, struct udphdr *udp, __u32 ip_payload,
				     struct frame *frame)
{
	if ((void *)(udp + 1) > data_end || ip_payload < sizeof *udp)
		return DS_REASON_udp_malformed;

	__u16 to = bpf_ntohs(udp->dest);
	if (to != PORT_DHCP4_SERVER && to != PORT_DHCP4_CLIENT && to != PORT_DHCP6_CLIENT && to != PORT_DHCP6_SERVER)
		return DS_REASON_not_dhcp;
	if ((to == PORT_DHCP4_SERVER || to == PORT_DHCP4_CLIENT) != !!frame->ip4)
		return DS_REASON_not_dhcp;

	__u32 length = bpf_ntohs(udp->len);
	if (length < sizeof *udp || length > ip_payload)
		return DS_REASON_udp_malformed;

	frame->to = to;
	frame->message = (void *)(udp + 1) - data;
	frame->message_length = length - sizeof *udp;
	return FRAME_IS_DHCP;
}

static __always_inline int frame_ipv4(void *data, void *data_end, struct iphdr *ip, struct frame *frame)
{
	if ((void *)(ip + 1) > data_end)
		return DS_REASON_ip_malformed;
	if (ip->protocol != IPPROTO_UDP)
		return DS_REASON_not_udp;

	__u32 header = ip->ihl * 4, total = host16(ip->tot_len);
	if (ip->version != 4 || header < sizeof *ip || total < header || (void *)ip + total > data_end)
		return DS_REASON_ip_malformed;
	if (ip->frag_off & bpf_htons(IPV4_FRAGMENT))
		return DS_REASON_fragment;

	frame->ip4 = ip;
	return frame_udp(data, data_end, (void *)ip + header, total - header, frame);
}

static __always_inline int frame_ipv6(void *data, void *data_end, struct ipv6hdr *ip, struct frame *frame)
{
	if ((void *)(ip + 1) > data_end)
		return DS_REASON_ip_malformed;
	if (ip->nexthdr == IPPROTO_FRAGMENT)
		return DS_REASON_fragment;
	if (ip->nexthdr != IPPROTO_UDP)
		return DS_REASON_not_udp;

	__u32 payload = host16(ip->payload_len);
	if (ip->version != 6 || (void *)(ip + 1) + payload > data_end)
		return DS_REASON_ip_malformed;

	frame->ip6 = ip;
	return frame_udp(data, data_end, (void *)(ip + 1), payload, frame);
}

/* Returns FRAME_IS_DHCP with *frame filled, or the reason why this frame is none of our business. */
static __always_inline int frame_parse(void *data, void *data_end, struct frame *frame)
{
	struct ethhdr *ethernet = data;

	if ((void *)(ethernet + 1) > data_end)
		return DS_REASON_frame_short;

	frame->ethernet = ethernet;
	switch (ethernet->h_proto) {
	case bpf_htons(ETH_P_IP):
		return frame_ipv4(data, data_end, (void *)(ethernet + 1), frame);
	case bpf_htons(ETH_P_IPV6):
		return frame_ipv6(data, data_end, (void *)(ethernet + 1), frame);
	default:
		return DS_REASON_not_ip;
	}
}

#endif
