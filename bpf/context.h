/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What does the hook give us? A packet, of which not all may be seen directly. */
#ifndef BPF_CONTEXT_H
#define BPF_CONTEXT_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct context {
	void *data;
	void *end; /* of what can be seen directly: a jumbo frame, or a packet in pieces, goes on behind it */
	struct xdp_md *xdp;
};

static __always_inline struct context context_of(struct xdp_md *xdp)
{
	return (struct context){(void *)(long)xdp->data, (void *)(long)xdp->data_end, xdp};
}

/* All of the packet, in bytes. */
static __always_inline __u32 context_length(const struct context *context)
{
	return bpf_xdp_get_buff_len(context->xdp);
}

/* Copies out of the packet, wherever its bytes lie. Returns 0 or a negative error. */
static __always_inline long context_load(const struct context *context, __u32 offset, void *to, __u32 size)
{
	return bpf_xdp_load_bytes(context->xdp, offset, to, size);
}

#endif
