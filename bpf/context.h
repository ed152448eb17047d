/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What does the hook give us? A packet, of which not all may be seen directly. XDP gives the frame as it came in; tc
 * gives the one that goes out, whose outer tag may stand beside it.
 */
#ifndef BPF_CONTEXT_H
#define BPF_CONTEXT_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct context {
	void *data;
	void *end; /* of what can be seen directly: a jumbo frame, or a packet in pieces, goes on behind it */
	struct xdp_md *xdp;
	struct __sk_buff *skb; /* one of both is NULL; the compiler knows which, and leaves out what is for the other */
};

static __always_inline struct context context_of(struct xdp_md *xdp)
{
	return (struct context){(void *)(long)xdp->data, (void *)(long)xdp->data_end, xdp, NULL};
}

static __always_inline struct context context_of_skb(struct __sk_buff *skb)
{
	return (struct context){(void *)(long)skb->data, (void *)(long)skb->data_end, NULL, skb};
}

/* All of the packet, in bytes. */
static __always_inline __u32 context_length(const struct context *context)
{
	return context->xdp ? bpf_xdp_get_buff_len(context->xdp) : context->skb->len;
}

/* Copies out of the packet, wherever its bytes lie. Returns 0 or a negative error. */
static __always_inline long context_load(const struct context *context, __u32 offset, void *to, __u32 size)
{
	return context->xdp ? bpf_xdp_load_bytes(context->xdp, offset, to, size)
			    : bpf_skb_load_bytes(context->skb, offset, to, size);
}

/* Is there a tag that the device will put into the frame, and what is in it? */
static __always_inline bool context_tag(const struct context *context, __u16 *tci)
{
	if (context->xdp || !context->skb->vlan_present)
		return false;
	*tci = context->skb->vlan_tci;
	return true;
}

#endif
