/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be done to the options of a message, and to those of the relays around it? */
#include <string.h>

#include "../expected/expected.h"
#include "mutations.h"

static const uint8_t codes4[] = {0,  1,  6,  12, 15, 50, 51,  52,  53,  54,  55,  58,
				 59, 61, 80, 81, 82, 83, 119, 147, 148, 149, 213, 255};
static const uint16_t codes6[] = {0,  1,  2,  3,  5,  6,  9,   13,  14,  18,  23,
				  24, 25, 32, 37, 57, 79, 141, 142, 143, 269, 65535};

/* In front of one, or behind the last one. */
static size_t place(const struct draft *draft)
{
	const struct layout *layout = &draft->layout;

	if (!layout->option_count || below(8) == 0)
		return layout->end;
	return layout->options[below(layout->option_count)].at;
}

static size_t head_size(const struct draft *draft)
{
	return draft->layout.ip6 ? 4 : 2;
}

static void write_head(const struct draft *draft, uint8_t *at, size_t length)
{
	if (draft->layout.ip6) {
		write16(at, ANY_OF(codes6));
		write16(at + 2, length);
	} else {
		at[0] = ANY_OF(codes4);
		at[1] = (uint8_t)length;
	}
}

/* What a client may want: codes that are told apart, and their neighbours. */
void fill_list(const struct draft *draft, uint8_t *at, size_t size)
{
	fill(at, size);
	for (size_t i = 0; i < size; i++)
		if (below(3) == 0)
			at[i] = (uint8_t)(draft->layout.ip6 ? (i % 2 ? 140 + below(4) : 0)
					  : below(2)        ? 146 + below(4)
							    : below(4));
}

static size_t random_length(const struct draft *draft)
{
	static const size_t edges[] = {0, 1, 2, 62, 63, 64, 65, 126, 127, 128, 254, 255};

	if (below(2))
		return below(24);
	if (draft->layout.ip6 && below(4) == 0)
		return below(1200);
	return ANY_OF(edges);
}

static bool write_option(struct draft *draft, size_t at, size_t length)
{
	size_t head = head_size(draft);

	if (!draft_insert(draft, at, head + length))
		return false;
	write_head(draft, draft->frame + at, length);
	fill_list(draft, draft->frame + at + head, length);
	draft_look(draft);
	return true;
}

bool insert_option(struct draft *draft)
{
	return draft->layout.message && draft->layout.end && write_option(draft, place(draft), random_length(draft));
}

/* What a client requests: one of ours among others, often the last one, in lists around the lengths where bounds are.
 */
bool insert_request(struct draft *draft)
{
	static const size_t lengths[] = {1, 2, 3, 4, 24, 253, 254, 255, 256, 257, 258, 260};
	size_t at = place(draft), ip6 = draft->layout.ip6, unit = 1 + ip6, head = head_size(draft);
	size_t length = ANY_OF(lengths), count = length / unit, one = below(2) ? count - 1 : below(count);

	if (!draft->layout.message || !draft->layout.end || !count || (!ip6 && length > 255) ||
	    !draft_insert(draft, at, head + length))
		return false;
	uint8_t *option = draft->frame + at;
	option[unit - 1] = ip6 ? 6 : 55;
	option[head - 1] = (uint8_t)length;
	if (ip6)
		option[2] = (uint8_t)(length >> 8);
	option[head + one * unit + ip6] = (uint8_t)((ip6 ? 141 : 147) + below(2));
	draft_look(draft);
	return true;
}

/* One that is there once more, somewhere. */
bool copy_option(struct draft *draft)
{
	const struct layout *layout = &draft->layout;
	uint8_t copy[300];

	if (!layout->option_count)
		return false;
	struct option option = layout->options[below(layout->option_count)];
	size_t at = place(draft);
	if (option.size > sizeof copy)
		return false;
	memcpy(copy, draft->frame + option.at, option.size);
	if (!draft_insert(draft, at, option.size))
		return false;
	memcpy(draft->frame + at, copy, option.size);
	draft_look(draft);
	return true;
}

bool remove_option(struct draft *draft)
{
	const struct layout *layout = &draft->layout;

	if (!layout->option_count)
		return false;
	struct option option = layout->options[below(layout->option_count)];
	return draft_erase(draft, option.at, option.size);
}

bool change_code(struct draft *draft)
{
	const struct layout *layout = &draft->layout;

	if (!layout->option_count)
		return false;
	uint8_t *option = draft->frame + layout->options[below(layout->option_count)].at;
	write_head(draft, option, layout->ip6 ? read16(option + 2) : option[1]);
	return true;
}

bool insert_pad(struct draft *draft)
{
	size_t at = place(draft);

	return draft->layout.message && !draft->layout.ip6 && at && draft_insert(draft, at, 1 + below(20));
}

/* Into `file` or `sname`, up to its very end now and then; option 52 says so, or another number. */
bool overload(struct draft *draft)
{
	size_t message = draft->layout.message, file = below(2), length = below(8) ? below(12) : below(140);

	if (!message || draft->layout.ip6 || draft->size < message + 240)
		return false;
	size_t from = message + (file ? 108 : 44), size = file ? 128 : 64;
	size_t at = from + (below(2) ? 0 : below(2) ? below(size - 2) : size - 2 - length % (size - 2));
	write_head(draft, draft->frame + at, length);
	if (at + 2 + length < from + size)
		fill_list(draft, draft->frame + at + 2, length);
	if (below(2) && draft_insert(draft, message + 240, 3))
		memcpy(draft->frame + message + 240, (uint8_t[]){52, 1, (uint8_t)below(5)}, 3);
	draft_look(draft);
	return true;
}

/* Up to the length from where on messages are too long to be walked. */
bool stuff(struct draft *draft)
{
	size_t want = DS_MESSAGE_MAX - 3 + below(6), head = head_size(draft);

	if (!draft->layout.message || !draft->layout.end)
		return false;
	for (;;) {
		size_t is = read16(draft->frame + draft->layout.udp + 4) - 8U;
		if (is + head > want || is > want)
			return true;
		size_t left = want - is - head, most = draft->layout.ip6 && below(2) ? 1200 : 255;
		if (!write_option(draft, place(draft), left < most ? left : most / 2 + below(most / 2)))
			return true;
	}
}
