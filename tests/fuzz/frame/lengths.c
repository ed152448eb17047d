/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be done to lengths, to the frame's end, and to octets whatever they mean? */
#include "../expected/expected.h"
#include "mutate.h"
#include "mutations.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

static size_t off(size_t value)
{
	static const int by[] = {-8, -4, -2, -1, 1, 2, 4, 8};

	return below(4) ? value + (size_t)ANY_OF(by) : below(2) ? 0 : dice_throw();
}

bool change_length(struct draft *draft)
{
	const struct layout *layout = &draft->layout;

	if (layout->length_count && below(2)) {
		uint8_t *at = draft->frame + layout->lengths[below(layout->length_count)].at;
		write16(at, off(read16(at)));
		return true;
	}
	if (!layout->option_count)
		return false;
	uint8_t *option = draft->frame + layout->options[below(layout->option_count)].at;
	if (layout->ip6)
		write16(option + 2, off(read16(option + 2)));
	else
		option[1] = (uint8_t)off(option[1]);
	return true;
}

/* Where lengths follow it is another packet, where they do not one that is not whole. */
bool cut(struct draft *draft)
{
	size_t by = below(2) ? below(12) : below(draft->size);

	if (draft->size < FRAME_MIN + by)
		return false;
	draft->size -= by;
	draft_look(draft);
	if (below(4))
		draft_clamp(draft);
	return true;
}

/* Ethernet's padding, that looks like options. */
bool trail(struct draft *draft)
{
	size_t size = 1 + below(24);

	if (draft->size + size > draft->max)
		return false;
	fill_list(draft, draft->frame + draft->size, size);
	draft->size += size;
	return true;
}

/* libFuzzer's own, over a part of the frame. */
bool change_octets(struct draft *draft)
{
	size_t from = below(4) ? below(draft->size) : 0, size = draft->size - from;

	size = size > 64 && below(2) ? 64 : size;
	LLVMFuzzerMutate(draft->frame + from, size, size);
	draft_look(draft);
	return true;
}
