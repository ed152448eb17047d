/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* How does a message leave the kernel? Options are collected behind the record, then both go into the ring at once. */
#ifndef BPF_RECORD_OUT_H
#define BPF_RECORD_OUT_H

#include "frame.h"
#include "maps.h"

#define MESSAGE_MASK (DS_MESSAGE_MAX - 1)

/*
 * A walk takes its first steps in line, since a call costs more than a step does; then bpf_loop takes over, which is
 * verified as one step, and ends with the message alone.
 */
#define WALK_INLINE 16

/* What a step of bpf_loop is given: the stack carries the pointer alone, and that never changes. */
struct walk {
	struct scratch *scratch;
};

/* Copies one block of what is being copied. A whole block: both ends have room behind them. */
static __always_inline long copy_block(struct scratch *s)
{
	__u64 *from = (void *)&s->message[(s->at + s->block) & MESSAGE_MASK];
	__u64 *to = (void *)&s->options[(s->copied + s->block) & MESSAGE_MASK];

#pragma unroll
	for (unsigned i = 0; i < COPY_BLOCK / sizeof *to; i++)
		to[i] = from[i];
	s->block += COPY_BLOCK;
	return s->block >= s->size;
}

static long copy_step(__u32 index, void *context)
{
	return copy_block(((struct walk *)context)->scratch);
}

/*
 * Appends `size` bytes of the message, from the cursor on, to the record's options. The caller proved that they are
 * within the message; options never outgrow the message that they come from.
 */
static __always_inline void record_append(struct walk *walk, __u32 size)
{
	struct scratch *s = walk->scratch;

	s->size = size;
	s->block = 0;
	if (copy_block(s) == 0) /* most options are shorter than a block: spare them the loop */
		bpf_loop(DS_MESSAGE_MAX / COPY_BLOCK, copy_step, walk, 0);
	s->copied += size;
}

/* A client's list of requested options: read when all are known. */
static __always_inline void note_request_list(struct scratch *s, __u32 at)
{
	if (s->list_count < DS_REQUEST_LISTS_MAX)
		s->lists[s->list_count++ & (DS_REQUEST_LISTS_MAX - 1)] = at;
}

/* What the record says of the frame around the message. */
static __always_inline void record_frame(struct ds_record *record, const struct frame *frame)
{
	__builtin_memcpy(record->source_mac, frame->ethernet->source, ETH_ALEN);
	__builtin_memcpy(record->destination_mac, frame->ethernet->destination, ETH_ALEN);
	__builtin_memset(record->source, 0, sizeof record->source);
	__builtin_memset(record->destination, 0, sizeof record->destination);
	if (frame->ip4) {
		__builtin_memcpy(record->source, &frame->ip4->saddr, 4);
		__builtin_memcpy(record->destination, &frame->ip4->daddr, 4);
	} else if (frame->ip6) {
		__builtin_memcpy(record->source, &frame->ip6->saddr, 16);
		__builtin_memcpy(record->destination, &frame->ip6->daddr, 16);
	}
}

/* Sends the record with the options collected so far. */
static __always_inline enum ds_reason record_send(struct scratch *s, enum ds_family family, enum ds_side side)
{
	struct ds_record *record = &s->record;
	__u32 length = s->copied;

	if (length > DS_MESSAGE_MAX) /* cannot be, but the verifier does not know */
		return DS_REASON_dhcp_oversized;

	record->version = DS_ABI_VERSION;
	record->flags = s->flags;
	record->options_length = length;
	record->family = family;
	record->type = s->type;
	record->side = side;
	record->time = bpf_ktime_get_boot_ns();
	if (bpf_ringbuf_output(&records, record, sizeof *record + length, 0))
		return DS_REASON_lost;
	return DS_REASON_captured;
}

#endif
