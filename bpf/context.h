/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What does the hook give us? A packet: of XDP on its way in, or of tc on its way out. Exactly one of both is set. */
#ifndef BPF_CONTEXT_H
#define BPF_CONTEXT_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct context {
	void *data;
	void *end; /* of what can be seen directly: a jumbo frame, or a packet in pieces, goes on behind it */
	struct xdp_md *xdp;
	struct __sk_buff *skb;
};

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

#endif
