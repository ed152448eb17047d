/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames are measured? One a row of the table: plain traffic, which has to leave at once, and replies. */
#ifndef TESTS_BENCH_FRAMES_H
#define TESTS_BENCH_FRAMES_H

#include "../fastpath/support.h"

struct frame_kind {
	const char *row;
	const char *note; /* what kind of frame it is, in few words */
	void (*build)(struct packet *packet);
	enum ds_reason reason; /* under which it has to be counted: what is measured is no other path */
};

extern const struct frame_kind frame_kinds[];
extern const size_t frame_kind_count;

/* The requests that the replies among these answer: noted on an access port, they tell where the client asked. */
void request4(struct packet *packet);
void request6(struct packet *packet);

#endif
