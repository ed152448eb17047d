/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be done to a frame? Each returns false, and changes nothing, where the frame has no place for it. */
#ifndef TESTS_FUZZ_FRAME_MUTATIONS_H
#define TESTS_FUZZ_FRAME_MUTATIONS_H

#include "draft.h"

typedef bool mutation(struct draft *draft);

/* headers.c */
mutation insert_tag, remove_tag, insert_session, remove_session, insert_words, insert_extension, remove_extension;
mutation change_next_header, change_fragment, change_source, change_port;

/* messages.c */
mutation change_op, change_type, change_fixed_part, insert_relay, remove_relay;

/* options.c */
mutation insert_option, insert_request, copy_option, remove_option, change_code, insert_pad, overload, stuff;

/* lengths.c */
mutation change_length, cut, trail, change_octets;

/* What they choose by: the same seed, the same choices. */
void dice_seed(uint32_t seed);
uint32_t dice_throw(void);

static inline size_t below(size_t limit)
{
	return limit ? dice_throw() % limit : 0;
}

#define ANY_OF(table) ((table)[below(sizeof(table) / sizeof *(table))])

static inline void fill(uint8_t *at, size_t size)
{
	while (size-- > 0)
		*at++ = (uint8_t)dice_throw();
}

/* Octets that look like a list of requested options. */
void fill_list(const struct draft *draft, uint8_t *at, size_t size);

#endif
