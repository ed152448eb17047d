/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Is this frame DHCP, and where in it does the message stand? Ethernet, up to three VLAN tags, a PPPoE session, IPv4 or
 * IPv6 with its extension headers, UDP. Every frame of every subscriber passes here, so what is not DHCP leaves at the
 * first field that says so.
 *
 * Each step takes a cursor, proves that its header fits the frame, moves the cursor behind it and returns the next
 * protocol; or it returns a negative number, which is the reason under which the frame is counted.
 *
 * A frame is looked at once to decide, with `found` NULL: the compiler then leaves out whatever only records what was
 * found. The few frames that are DHCP are looked at a second time, with a place to record it.
 */
#ifndef BPF_FRAME_H
#define BPF_FRAME_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>

#include "context.h"
#include "maps.h"

#define PORT_DHCP4_SERVER 67
#define PORT_DHCP4_CLIENT 68
#define PORT_DHCP6_CLIENT 546
#define PORT_DHCP6_SERVER 547

#define ETH_P_9100 0x9100 /* the double tag of before 802.1ad */

#define VLAN_ID_MASK 0x0fff

#define PPPOE_SESSION_DATA 0x1100 /* version 1, type 1, code 0 (RFC 2516 4) */
#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057

#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_OFFSET 0x1fff /* in units of 8 octets (RFC 791 3.1) */
#define IPV6_OFFSET 0xfff8 /* in octets (RFC 8200 4.5) */
#define IPV6_MORE_FRAGMENTS 0x0001

/* Extension headers that are walked; a longer chain is as good as one that cannot be read. */
#define EXTENSIONS_MAX 8

/* How the header behind a Next Header number is walked (RFC 8200 4, RFC 7045 4). */
enum next_header {
	NEXT_UNKNOWN,  /* an extension or not: nobody can tell where the next one begins */
	NEXT_UPPER,    /* an upper layer, or nothing: the chain ends here */
	NEXT_UDP,      /* the upper layer that is looked for */
	NEXT_OPTIONS,  /* its length is in units of 8 octets, the first not counted */
	NEXT_AH,       /* in units of 4, the first two not counted (RFC 4302 2.2) */
	NEXT_FRAGMENT, /* 8 octets */
};

static const __u8 next_headers[256] = {
	[0] = NEXT_OPTIONS,       [43] = NEXT_OPTIONS,       [60] = NEXT_OPTIONS,        [135] = NEXT_OPTIONS,
	[139] = NEXT_OPTIONS,     [140] = NEXT_OPTIONS,      [44] = NEXT_FRAGMENT,       [51] = NEXT_AH,
	[17] = NEXT_UDP,          [1 ... 16] = NEXT_UPPER,   [18 ... 42] = NEXT_UPPER,   [45 ... 50] = NEXT_UPPER,
	[52 ... 59] = NEXT_UPPER, [61 ... 134] = NEXT_UPPER, [136 ... 138] = NEXT_UPPER, [141 ... 147] = NEXT_UPPER,
};

/* What frame_parse found. */
struct frame {
	const struct ethernet *ethernet;
	struct iphdr *ip4; /* one of both is NULL */
	struct ipv6hdr *ip6;
	bool fragment;        /* the first one: the message is not whole */
	__u32 message;        /* offset of the UDP payload in the frame */
	__u32 message_length; /* min(UDP length, IP length, frame): Ethernet padding is not DHCP */
	__u16 to;             /* UDP destination port, host order: it decides, not the source port */
	__u16 tags[DS_TAGS_MAX];
	__u16 pppoe;
	__u8 tag_count;
};

/* Reasons as negative numbers, so that a step can return them in place of a protocol. */
#define LEAVE(reason) (-1 - (int)DS_REASON_##reason)
#define FRAME_IS_DHCP 1
#define REASON_OF(left) ((enum ds_reason)(-1 - (left)))

/* A place in the frame, and the end of what can be seen of it. */
struct cursor {
	void *at;
	void *end;
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

/* Past a header of that size, if it is whole. */
static __always_inline bool advance(struct cursor *cursor, __u32 size)
{
	cursor->at += size;
	return cursor->at <= cursor->end;
}

/* As linux/if_ether.h, but not packed: the packet's start is aligned, and its type is read at once. */
struct ethernet {
	__u8 destination[ETH_ALEN];
	__u8 source[ETH_ALEN];
	__be16 type;
};

static __always_inline int frame_ethernet(struct cursor *cursor, struct frame *found)
{
	struct ethernet *ethernet = cursor->at;

	if (!advance(cursor, sizeof *ethernet))
		return LEAVE(frame_short);
	if (found)
		found->ethernet = ethernet;
	return ethernet->type;
}

static __always_inline bool is_tag(__u16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD) || type == bpf_htons(ETH_P_9100);
}

struct tag {
	__be16 tci;
	__be16 type;
};

/* Any of the three types in any order; what is tagged deeper is none of ours. */
static __always_inline int frame_tags(struct cursor *cursor, int type, struct frame *found)
{
	for (int i = 0; i < DS_TAGS_MAX && is_tag(type); i++) {
		struct tag *tag = cursor->at;
		if (!advance(cursor, sizeof *tag))
			return LEAVE(frame_short);
		if (found) {
			found->tags[i] = bpf_ntohs(tag->tci) & VLAN_ID_MASK;
			found->tag_count = i + 1;
		}
		type = tag->type;
	}
	return type;
}

struct pppoe {
	__be16 head;
	__be16 session;
	__be16 length;
	__be16 protocol; /* of PPP: its first octet alone when that is odd (RFC 1661 2) */
};

static __always_inline int frame_pppoe(struct cursor *cursor, struct frame *found)
{
	struct pppoe *pppoe = cursor->at;

	if (!advance(cursor, sizeof *pppoe))
		return LEAVE(frame_short);
	if (pppoe->head != bpf_htons(PPPOE_SESSION_DATA))
		return LEAVE(not_ip);
	if (found)
		found->pppoe = bpf_ntohs(pppoe->session);

	__u16 protocol = bpf_ntohs(pppoe->protocol);
	if (protocol & 0x0100) { /* compressed to one octet: the packet begins one earlier */
		protocol >>= 8;
		cursor->at--;
	}
	return protocol == PPP_IPV4   ? bpf_htons(ETH_P_IP)
	       : protocol == PPP_IPV6 ? bpf_htons(ETH_P_IPV6)
				      : LEAVE(not_ip);
}

/* What stands behind an IPv4 or IPv6 packet's own header. */
struct payload {
	__u32 length; /* of what is left of the packet */
	bool first;   /* fragment, with more to follow */
};

/*
 * Is the packet, `length` long from `start`, all there? Of a jumbo frame the end may lie beyond what can be seen
 * directly; that is looked up only for packets that would otherwise be too long.
 */
static __always_inline bool is_whole(const struct context *context, const void *start, __u32 length)
{
	return start + length <= context->end || start - context->data + length <= context_length(context);
}

static __always_inline int frame_ipv4(const struct context *context, struct cursor *cursor, struct payload *payload,
				      struct frame *found)
{
	struct iphdr *ip = cursor->at;

	if (!advance(cursor, sizeof *ip))
		return LEAVE(ip_malformed);
	if (ip->protocol != IPPROTO_UDP)
		return LEAVE(not_udp);

	__u32 header = ip->ihl * 4, total = host16(ip->tot_len);
	if (ip->version != 4 || header < sizeof *ip || total < header || !is_whole(context, ip, total))
		return LEAVE(ip_malformed);
	if (ip->frag_off & bpf_htons(IPV4_OFFSET))
		return LEAVE(fragment_later);

	payload->first = ip->frag_off & bpf_htons(IPV4_MORE_FRAGMENTS);
	payload->length = total - header;
	cursor->at = (void *)ip + header;
	if (found)
		found->ip4 = ip;
	return IPPROTO_UDP;
}

struct extension {
	__u8 next;
	__u8 length;
	__be16 offset; /* of a fragment header */
	__be32 rest;
};

/* Bytes of an extension header; all have 8 at least. */
static __always_inline __u32 extension_size(enum next_header kind, const struct extension *extension)
{
	if (kind == NEXT_OPTIONS)
		return (extension->length + 1) * 8;
	return kind == NEXT_AH ? (extension->length + 2) * 4 : 8;
}

/*
 * Along the chain of extension headers up to UDP. What RFC 7610 5 wants told apart has its own reason: a first fragment
 * without the whole chain, and a header that is neither known as an extension nor as an upper layer.
 */
static __always_inline int chain_walk(struct cursor *cursor, __u8 next, struct payload *payload)
{
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		enum next_header kind = next_headers[next];
		if (kind == NEXT_UDP)
			return IPPROTO_UDP;
		if (kind == NEXT_UPPER)
			return LEAVE(not_udp);
		if (kind == NEXT_UNKNOWN)
			return LEAVE(header_unknown);

		struct extension *extension = cursor->at;
		if (!advance(cursor, sizeof *extension))
			return payload->first ? LEAVE(chain_cut) : LEAVE(ip_malformed);
		__u32 size = extension_size(kind, extension);
		if (size > payload->length)
			return payload->first ? LEAVE(chain_cut) : LEAVE(ip_malformed);
		if (kind == NEXT_FRAGMENT) {
			if (extension->offset & bpf_htons(IPV6_OFFSET))
				return LEAVE(fragment_later);
			payload->first |= !!(extension->offset & bpf_htons(IPV6_MORE_FRAGMENTS));
		}
		payload->length -= size;
		cursor->at = (void *)extension + size;
		next = extension->next;
	}
	return LEAVE(chain_long);
}

/* A place in a chain as one number: what goes into chain_xdp and comes out of it. Negative: LEAVE. */
#define CHAIN(offset, length, next, first) ((__s64)(offset) << 32 | (length) << 16 | (first) << 8 | (next))
#define CHAIN_OFFSET(chain) ((__u32)((chain) >> 32) & 0x3fff)
#define CHAIN_LENGTH(chain) ((__u32)((chain) >> 16) & 0xffff)
#define CHAIN_FIRST(chain) (!!((chain)&0x100))
#define CHAIN_NEXT(chain) ((__u8)(chain))

static __always_inline __s64 chain_from(const struct context *context, __s64 chain)
{
	struct cursor cursor = {context->data + CHAIN_OFFSET(chain), context->end};
	struct payload payload = {.length = CHAIN_LENGTH(chain)};
	int protocol = chain_walk(&cursor, CHAIN_NEXT(chain), &payload);

	if (protocol < 0)
		return protocol;
	return CHAIN((__u32)(cursor.at - context->data) & 0x3fff, payload.length, protocol, payload.first);
}

/* Global functions: verified by themselves, once, and not again for each way on which a packet comes to its chain. */
__noinline __s64 chain_xdp(struct xdp_md *xdp, __s64 chain)
{
	struct context context = context_of(xdp);

	return chain_from(&context, chain);
}

__noinline __s64 chain_tc(struct __sk_buff *skb, __s64 chain)
{
	struct context context = context_of_skb(skb);

	return chain_from(&context, chain);
}

static __always_inline int frame_extensions(const struct context *context, struct cursor *cursor, __u8 next,
					    struct payload *payload)
{
	__u32 offset = cursor->at - context->data;
	__s64 chain = CHAIN(offset, payload->length, next, 0);

	chain = context->xdp ? chain_xdp(context->xdp, chain) : chain_tc(context->skb, chain);
	if (chain < 0)
		return chain;
	cursor->at = context->data + CHAIN_OFFSET(chain);
	payload->length = CHAIN_LENGTH(chain);
	payload->first = CHAIN_FIRST(chain);
	return IPPROTO_UDP;
}

static __always_inline int frame_ipv6(const struct context *context, struct cursor *cursor, struct payload *payload,
				      struct frame *found)
{
	struct ipv6hdr *ip = cursor->at;

	if (!advance(cursor, sizeof *ip))
		return LEAVE(ip_malformed);
	if (next_headers[ip->nexthdr] == NEXT_UPPER)
		return LEAVE(not_udp);

	payload->length = host16(ip->payload_len);
	payload->first = false;
	if (ip->version != 6 || !is_whole(context, ip + 1, payload->length))
		return LEAVE(ip_malformed);
	if (found)
		found->ip6 = ip;
	if (ip->nexthdr == IPPROTO_UDP)
		return IPPROTO_UDP;
	return frame_extensions(context, cursor, ip->nexthdr, payload);
}

static __always_inline bool is_dhcp_port(__u16 to, bool ip4)
{
	return ip4 ? to == PORT_DHCP4_SERVER || to == PORT_DHCP4_CLIENT
		   : to == PORT_DHCP6_CLIENT || to == PORT_DHCP6_SERVER;
}

static __always_inline int frame_udp(const struct context *context, struct cursor *cursor,
				     const struct payload *payload, bool ip4, struct frame *found)
{
	struct udphdr *udp = cursor->at;

	if (!advance(cursor, sizeof *udp) || payload->length < sizeof *udp)
		return !payload->first ? LEAVE(udp_malformed) : ip4 ? LEAVE(fragment_first) : LEAVE(chain_cut);

	__u16 to = bpf_ntohs(udp->dest);
	if (!is_dhcp_port(to, ip4))
		return payload->first ? LEAVE(fragment_first) : LEAVE(not_dhcp);

	__u32 length = bpf_ntohs(udp->len);
	if (!payload->first && (length < sizeof *udp || length > payload->length))
		return LEAVE(udp_malformed);
	if (found) {
		found->to = to;
		found->fragment = payload->first;
		found->message = cursor->at - context->data;
		found->message_length = length - sizeof *udp;
	}
	return FRAME_IS_DHCP;
}

/* Returns FRAME_IS_DHCP, with *found filled if it is given, or the reason (LEAVE) why it is none of our business. */
static __always_inline int frame_parse(const struct context *context, struct frame *found)
{
	struct cursor cursor = {context->data, context->end};
	struct payload payload;
	int type = frame_ethernet(&cursor, found), protocol;
	if (type != bpf_htons(ETH_P_IP) && type != bpf_htons(ETH_P_IPV6)) {
		type = frame_tags(&cursor, type, found);
		if (type == bpf_htons(ETH_P_PPP_SES))
			type = frame_pppoe(&cursor, found);
	}
	if (type == bpf_htons(ETH_P_IP))
		protocol = frame_ipv4(context, &cursor, &payload, found);
	else if (type == bpf_htons(ETH_P_IPV6))
		protocol = frame_ipv6(context, &cursor, &payload, found);
	else
		return type < 0 ? type : LEAVE(not_ip);
	if (protocol < 0)
		return protocol;
	return frame_udp(context, &cursor, &payload, type == bpf_htons(ETH_P_IP), found);
}

#endif
