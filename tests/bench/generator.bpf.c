/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What does the generator send? Each frame that the kernel hands to this program (BPF_F_TEST_XDP_LIVE_FRAMES) is made
 * the next of a sequence, and leaves through the device that it is said to have come in on. Every ACK is of another
 * client: its number is in transaction id, hardware address and leased address, and, if circuits are asked for, in two
 * VLAN tags. The kernel uses a page again without wiping it, so whatever differs from frame to frame, or is changed by
 * a network stack that takes tags off, is written into each.
 *
 * One CPU at a time: the numbers are not shared.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "generator.h"

/* Each so-manieth frame is an ACK, the others are plain; 1: all are. */
const volatile __u32 ack_every = 1;

/* Each client on a circuit of its own: behind two VLAN tags. */
const volatile __u8 circuits = 0;

/* The frames as they are before they are numbered. */
const volatile __u64 ack[GENERATOR_WORDS(GENERATOR_FRAME_MAX)];
const volatile __u64 plain[GENERATOR_PLAIN_KINDS][GENERATOR_WORDS(GENERATOR_PLAIN_SIZE)];

/* Sent so far. */
__u32 acks = 0;
__u64 frames = 0;

/* The client whose ACK was the last; whoever reads frames out may set it. */
__u32 client = 0;

/* When the first and the last of those that are asked for was made, ns: setting up, too, takes the kernel its time. */
__u64 first = 0, last = 0;
__u64 began = 0, ended = 0;

/* Frames since the last ACK. */
__u32 since = 0;

/* Where in its message an ACK has its number (RFC 2131 2). */
#define XID 4
#define YIADDR 16
#define CHADDR 28

/* Where the tags of a frame are: behind both addresses and their own type (802.1ad), one behind the other. */
#define OUTER_TAG 14
#define INNER_TAG 18
#define HEAD_WORDS 3 /* of Ethernet with two tags */

static __always_inline void number_tags(void *frame)
{
	__u64 *words = frame;

#pragma unroll
	for (__u32 i = 0; i < HEAD_WORDS; i++)
		words[i] = ack[i];
	*(__be16 *)(frame + OUTER_TAG) = bpf_htons(1 + client / GENERATOR_TAGS);
	*(__be16 *)(frame + INNER_TAG) = bpf_htons(1 + client % GENERATOR_TAGS);
}

static __always_inline void number(void *frame)
{
	__be32 number = bpf_htonl(++client);
	void *message = frame + GENERATOR_MESSAGE;

	acks++;
	if (circuits) {
		number_tags(frame);
		message += GENERATOR_TAGS_SIZE;
	}
	*(__be32 *)(message + XID) = number;
	*(__be32 *)(message + YIADDR) = bpf_htonl(10 << 24 | (client & 0xffffff));
	*(__be32 *)(message + CHADDR + 2) = number; /* the first two octets are the maker's */
}

static __always_inline void copy(void *to, const volatile __u64 *from, __u32 size)
{
	__u64 *words = to;
	__u32 i = 0;

#pragma unroll
	for (; i < size / 8; i++)
		words[i] = from[i];
	if (size & 4)
		*(__u32 *)&words[i] = (__u32)from[i];
	if (size & 2)
		*(__u16 *)(to + (size & ~3U)) = (__u16)(from[i] >> (size & 4) * 8);
}

/* A plain frame's page grows, for this once, to hold an ACK. */
static __always_inline int make_ack(struct xdp_md *xdp)
{
	if (bpf_xdp_adjust_tail(xdp, GENERATOR_ACK_SIZE - GENERATOR_PLAIN_SIZE))
		return XDP_ABORTED;
	void *data = (void *)(long)xdp->data;
	if (data + GENERATOR_ACK_SIZE > (void *)(long)xdp->data_end)
		return XDP_ABORTED;
	copy(data, ack, GENERATOR_ACK_SIZE);
	number(data);
	return XDP_TX;
}

static __always_inline int make_plain(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data;

	if (data + GENERATOR_PLAIN_SIZE > (void *)(long)xdp->data_end)
		return XDP_ABORTED;
	copy(data, plain[frames % GENERATOR_PLAIN_KINDS], GENERATOR_PLAIN_SIZE);
	return XDP_TX;
}

/* Frames that are ACKs already. */
static __always_inline int make_next(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data;

	if (data + (circuits ? GENERATOR_FRAME_MAX : GENERATOR_ACK_SIZE) > (void *)(long)xdp->data_end)
		return XDP_ABORTED;
	number(data);
	return XDP_TX;
}

SEC("xdp")
int generate(struct xdp_md *xdp)
{
	frames++;
	if (frames == first)
		began = bpf_ktime_get_ns();
	if (frames == last)
		ended = bpf_ktime_get_ns();
	if (ack_every == 1)
		return make_next(xdp);
	if (++since < ack_every)
		return make_plain(xdp);
	since = 0;
	return make_ack(xdp);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
