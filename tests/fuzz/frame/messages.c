/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be done to a message, but for its options? */
#include <string.h>

#include "../expected/expected.h"
#include "mutations.h"

bool change_op(struct draft *draft)
{
	if (!draft->layout.message || draft->layout.ip6)
		return false;
	draft->frame[draft->layout.message] = (uint8_t)below(4);
	return true;
}

/* DHCPv6 has it in front, DHCPv4 in an option. */
bool change_type(struct draft *draft)
{
	const struct layout *layout = &draft->layout;
	uint8_t type = (uint8_t)(below(8) ? below(16) : dice_throw());

	if (!layout->message)
		return false;
	if (layout->ip6) {
		draft->frame[below(4) ? layout->inner : layout->message] = type;
		return true;
	}
	for (size_t i = 0; i < layout->option_count; i++) {
		if (draft->frame[layout->options[i].at] == 53 && layout->options[i].size == 3) {
			draft->frame[layout->options[i].at + 2] = type;
			return true;
		}
	}
	return false;
}

/* The relay, and the client's address and its length. */
bool change_fixed_part(struct draft *draft)
{
	size_t message = draft->layout.message;

	if (!message || draft->layout.ip6 || draft->size < message + 44)
		return false;
	if (below(2))
		fill(draft->frame + message + 24, below(2) ? 4 : 1);
	else
		memset(draft->frame + message + 24, 0, 4);
	if (below(4) == 0)
		fill(draft->frame + message + 28, 16);
	return true;
}

/* A Relay-reply around all of it, with an Interface-ID in front of the message or without. */
bool insert_relay(struct draft *draft)
{
	const struct layout *layout = &draft->layout;
	size_t message = layout->message, before = below(2) ? 4 + below(9) : 0;

	if (!message || !layout->ip6)
		return false;
	size_t end = message - 8 + read16(draft->frame + message - 4);
	if (end < message || end > draft->size)
		end = draft->size;
	if (!draft_insert(draft, message, 34 + before + 4))
		return false;
	uint8_t *relay = draft->frame + message;
	relay[0] = 13;
	fill(relay + 1, 33);
	if (before) {
		write16(relay + 34, 18);
		write16(relay + 36, before - 4);
	}
	write16(relay + 34 + before, 9);
	write16(relay + 34 + before + 2, end - message);
	draft_look(draft);
	return true;
}

bool remove_relay(struct draft *draft)
{
	const struct layout *layout = &draft->layout;

	if (!layout->ip6 || !layout->message || draft->frame[layout->message] != 13)
		return false;
	for (size_t i = 0; i < layout->option_count; i++) {
		size_t at = layout->options[i].at;
		if (read16(draft->frame + at) == 9)
			return draft_erase(draft, layout->message, at + 4 - layout->message);
	}
	return false;
}
