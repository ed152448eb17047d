/* SPDX-License-Identifier: BSD-2-Clause */
/* Along the headers as far as they make sense: what does not is left where it is, for octets to be changed in. */
#include "draft.h"

#include <string.h>

#include "../expected/expected.h"

static bool holds(const struct draft *draft, size_t at, size_t size)
{
	return at <= draft->size && size <= draft->size - at;
}

static void add_length(struct layout *layout, size_t at, size_t from)
{
	if (layout->length_count < LENGTHS_MAX)
		layout->lengths[layout->length_count++] = (struct length){at, from};
}

static void add_option(struct layout *layout, size_t at, size_t size)
{
	if (layout->option_count < OPTIONS_MAX)
		layout->options[layout->option_count++] = (struct option){at, size};
}

static void look_at_options4(struct draft *draft)
{
	size_t at = draft->layout.message + 240;

	while (holds(draft, at, 1)) {
		const uint8_t *option = draft->frame + at;
		if (*option == 0) {
			at++;
			continue;
		}
		if (*option == 255 || !holds(draft, at, 2) || !holds(draft, at + 2, option[1]))
			break;
		add_option(&draft->layout, at, 2 + (size_t)option[1]);
		at += 2 + (size_t)option[1];
	}
	draft->layout.end = at < draft->size ? at : draft->size;
}

/* Along the options up to `end`. The message that is relayed, if one is; 0 else. */
static size_t look_at_options6(struct draft *draft, size_t at, size_t end, size_t *relayed_end)
{
	size_t relayed = 0;

	while (at + 4 <= end && holds(draft, at, 4)) {
		const uint8_t *option = draft->frame + at;
		size_t size = 4 + (size_t)read16(option + 2);
		if (!holds(draft, at, size))
			break;
		add_option(&draft->layout, at, size);
		if (read16(option) == 9 && !relayed) {
			relayed = at + 4;
			*relayed_end = at + size;
			add_length(&draft->layout, at + 2, at + 4);
		}
		at += size;
	}
	draft->layout.end = at;
	return relayed;
}

static void look_at_message6(struct draft *draft)
{
	struct layout *layout = &draft->layout;
	size_t end = draft->size, inner = layout->message;

	while (holds(draft, inner, 34) && draft->frame[inner] == 13) {
		size_t relayed = look_at_options6(draft, inner + 34, end, &end);
		if (!relayed)
			return;
		layout->inner = inner = relayed;
	}
	look_at_options6(draft, inner + 4, end, &end);
}

static void look_at_udp(struct draft *draft)
{
	struct layout *layout = &draft->layout;

	if (!holds(draft, layout->upper, 8))
		return;
	layout->udp = layout->upper;
	add_length(layout, layout->udp + 4, layout->udp);
	if (!holds(draft, layout->udp + 8, 1))
		return;
	layout->message = layout->inner = layout->udp + 8;
	if (layout->ip6)
		look_at_message6(draft);
	else
		look_at_options4(draft);
}

static bool is_extension(uint8_t next)
{
	return memchr("\0\x2b\x2c\x33\x3c\x87\x8b\x8c", next, 8);
}

static void look_at_ip(struct draft *draft)
{
	struct layout *layout = &draft->layout;
	uint8_t *ip = draft->frame + layout->ip, next = ip[6];

	layout->ip6 = ip[0] >> 4 == 6;
	if (!layout->ip6) {
		add_length(layout, layout->ip + 2, layout->ip);
		layout->upper = layout->ip + ip[0] % 16 * 4U;
		return;
	}
	add_length(layout, layout->ip + 4, layout->ip + 40);
	layout->upper = layout->ip + 40;
	for (int i = 0; i < 12 && is_extension(next) && holds(draft, layout->upper, 8); i++) {
		const uint8_t *header = draft->frame + layout->upper;
		layout->upper += next == 44 ? 8 : next == 51 ? header[1] * 4U + 8 : header[1] * 8U + 8;
		next = header[0];
	}
}

static bool is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

void draft_look(struct draft *draft)
{
	struct layout *layout = &draft->layout;

	memset(layout, 0, sizeof *layout);
	layout->type = 12;
	while (holds(draft, layout->type, 6) && is_tag(read16(draft->frame + layout->type)))
		layout->type += 4;
	uint16_t type = read16(draft->frame + layout->type);
	layout->ip = layout->type + 2;
	if (type == 0x8864 && holds(draft, layout->ip, 8)) {
		layout->session = layout->ip;
		layout->ip += 8U - draft->frame[layout->session + 6] % 2;
		add_length(layout, layout->session + 4, layout->session + 6);
	} else if (type != 0x0800 && type != 0x86dd) {
		layout->ip = 0;
	}
	if (!layout->ip || !holds(draft, layout->ip, 40)) {
		layout->ip = 0;
		return;
	}
	look_at_ip(draft);
	look_at_udp(draft);
}

/* A place belongs to what a length counts up to its end, and with it. */
static void adjust(struct draft *draft, size_t at, size_t removed, size_t added)
{
	for (size_t i = 0; i < draft->layout.length_count; i++) {
		const struct length *length = &draft->layout.lengths[i];
		size_t value = read16(draft->frame + length->at);
		if (length->at + 2 <= at && at >= length->from && at + removed <= length->from + value &&
		    value - removed + added <= UINT16_MAX)
			write16(draft->frame + length->at, value - removed + added);
	}
}

bool draft_insert(struct draft *draft, size_t at, size_t size)
{
	if (!holds(draft, at, 0) || size > draft->max - draft->size)
		return false;
	adjust(draft, at, 0, size);
	memmove(draft->frame + at + size, draft->frame + at, draft->size - at);
	memset(draft->frame + at, 0, size);
	draft->size += size;
	draft_look(draft);
	return true;
}

bool draft_erase(struct draft *draft, size_t at, size_t size)
{
	if (!holds(draft, at, size) || draft->size - size < 14)
		return false;
	adjust(draft, at, size, 0);
	memmove(draft->frame + at, draft->frame + at + size, draft->size - at - size);
	draft->size -= size;
	draft_look(draft);
	return true;
}

void draft_clamp(struct draft *draft)
{
	for (size_t i = 0; i < draft->layout.length_count; i++) {
		const struct length *length = &draft->layout.lengths[i];
		if (holds(draft, length->at, 2) && length->from <= draft->size &&
		    read16(draft->frame + length->at) > draft->size - length->from)
			write16(draft->frame + length->at, draft->size - length->from);
	}
	draft_look(draft);
}
