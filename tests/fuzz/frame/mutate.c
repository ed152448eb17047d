/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random octets nearly always end at a type or a length. So most mutations take the frame apart, and change one thing
 * that a protocol knows: a tag more, a relay around the message, an option twice, a length off by one. Each is a row of
 * the table; libFuzzer's own, of octets, is one of them.
 */
#include "mutate.h"

#include "mutations.h"
#include "program.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* xorshift32 (Marsaglia 2003). */
static uint32_t dice;

void dice_seed(uint32_t seed)
{
	dice = seed * 2654435761U | 1;
}

uint32_t dice_throw(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 17;
	dice ^= dice << 5;
	return dice;
}

/* The number is how often, among all. */
static const struct {
	mutation *apply;
	size_t weight;
} mutations[] = {
	{insert_tag, 1},
	{remove_tag, 1},
	{insert_session, 1},
	{remove_session, 1},
	{insert_words, 1},
	{insert_extension, 2},
	{remove_extension, 1},
	{change_next_header, 1},
	{change_fragment, 1},
	{change_source, 1},
	{change_port, 1},
	{change_op, 1},
	{change_type, 2},
	{change_fixed_part, 1},
	{insert_relay, 2},
	{remove_relay, 1},
	{insert_option, 3},
	{insert_request, 1},
	{copy_option, 2},
	{remove_option, 1},
	{change_code, 1},
	{insert_pad, 1},
	{overload, 2},
	{stuff, 1},
	{change_length, 2},
	{cut, 1},
	{trail, 1},
	{change_octets, 2},
};

static mutation *any_mutation(void)
{
	size_t sum = 0, row = 0;

	for (size_t i = 0; i < sizeof mutations / sizeof *mutations; i++)
		sum += mutations[i].weight;
	for (sum = below(sum); sum >= mutations[row].weight; row++)
		sum -= mutations[row].weight;
	return mutations[row].apply;
}

static void change_setting(uint8_t *head, size_t size)
{
	if (below(4)) {
		head[0] ^= (uint8_t)(1 << below(8));
		return;
	}
	head[1] = (uint8_t)dice_throw();
	write16(head + 2, below(2) ? below(size) : 0);
}

size_t mutate(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	struct draft draft = {.frame = data + SETTING_SIZE};

	dice_seed(seed);
	if (max > SETTING_SIZE + PROGRAM_FRAME_MAX)
		max = SETTING_SIZE + PROGRAM_FRAME_MAX;
	if (size < SETTING_SIZE + FRAME_MIN || size > max)
		return LLVMFuzzerMutate(data, size, max);
	draft.size = size - SETTING_SIZE;
	draft.max = max - SETTING_SIZE;
	draft_look(&draft);
	if (below(3) == 0)
		change_setting(data, draft.size);
	for (size_t left = 1 + below(4), tries = 16; left && tries; tries--)
		left -= any_mutation()(&draft);
	return SETTING_SIZE + draft.size;
}
