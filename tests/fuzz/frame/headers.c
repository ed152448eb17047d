/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be done to tags, sessions, and the headers of IP and UDP? */
#include <string.h>

#include "../expected/expected.h"
#include "mutations.h"

bool insert_tag(struct draft *draft)
{
	static const uint16_t types[] = {0x8100, 0x88a8, 0x9100};

	if (!draft_insert(draft, 12, 4))
		return false;
	write16(draft->frame + 12, ANY_OF(types));
	fill(draft->frame + 14, 2);
	return true;
}

bool remove_tag(struct draft *draft)
{
	return draft->layout.type > 12 && draft_erase(draft, 12, 4);
}

bool insert_session(struct draft *draft)
{
	size_t type = draft->layout.type, ip = draft->layout.ip, compressed = below(2);
	uint8_t protocol = draft->layout.ip6 ? 0x57 : 0x21;

	if (!ip || draft->layout.session || !draft_insert(draft, ip, 8 - compressed))
		return false;
	uint8_t *head = draft->frame + ip;
	write16(draft->frame + type, 0x8864);
	head[0] = 0x11;
	fill(head + 2, 2);
	write16(head + 4, draft->size - ip - 6);
	head[compressed ? 6 : 7] = protocol;
	return true;
}

bool remove_session(struct draft *draft)
{
	struct layout *layout = &draft->layout;

	if (!layout->session || !layout->ip)
		return false;
	write16(draft->frame + layout->type, layout->ip6 ? 0x86dd : 0x0800);
	return draft_erase(draft, layout->session, layout->ip - layout->session);
}

/* --- IP --- */

bool insert_words(struct draft *draft)
{
	size_t words = 1 + below(10), ip = draft->layout.ip;

	if (!ip || draft->layout.ip6 || draft->frame[ip] % 16 + words > 15 || !draft_insert(draft, ip + 20, words * 4))
		return false;
	draft->frame[ip] += (uint8_t)words;
	memset(draft->frame + ip + 20, 1, words * 4); /* NOP */
	return true;
}

static const uint8_t extensions[] = {0, 43, 44, 51, 60, 135, 139, 140};

bool insert_extension(struct draft *draft)
{
	uint8_t type = ANY_OF(extensions);
	size_t ip = draft->layout.ip, units = below(8) ? below(4) : below(256);
	size_t size = type == 44 ? 8 : type == 51 ? units * 4 + 8 : units * 8 + 8;

	if (!ip || !draft->layout.ip6 || !draft_insert(draft, ip + 40, size))
		return false;
	uint8_t *header = draft->frame + ip + 40;
	header[0] = draft->frame[ip + 6];
	header[1] = (uint8_t)units;
	if (type == 44 && below(2))
		write16(header + 2, below(4) ? below(2) : below(UINT16_MAX));
	draft->frame[ip + 6] = type;
	return true;
}

bool remove_extension(struct draft *draft)
{
	size_t ip = draft->layout.ip;

	if (!ip || !draft->layout.ip6 || draft->layout.upper < ip + 48 || draft->layout.upper > draft->size)
		return false;
	uint8_t *header = draft->frame + ip + 40, type = draft->frame[ip + 6];
	size_t size = type == 44 ? 8 : type == 51 ? header[1] * 4U + 8 : header[1] * 8U + 8;
	draft->frame[ip + 6] = header[0];
	return draft_erase(draft, ip + 40, size);
}

/* In the header or in one behind it. */
bool change_next_header(struct draft *draft)
{
	static const uint8_t others[] = {6, 17, 41, 50, 58, 59, 134, 136, 138, 141, 147, 148, 253, 254, 255};
	size_t ip = draft->layout.ip;

	if (!ip)
		return false;
	size_t at = !draft->layout.ip6 ? ip + 9 : below(2) ? ip + 6 : ip + 40 + 8 * below(4);
	if (at >= draft->size)
		return false;
	draft->frame[at] = below(2) ? ANY_OF(extensions) : ANY_OF(others);
	return true;
}

bool change_fragment(struct draft *draft)
{
	static const uint16_t values[] = {0, 0x2000, 0x4000, 0x8000, 0x0001, 0x1fff, 0x2001, 0x1000};
	size_t ip = draft->layout.ip;

	if (!ip || draft->layout.ip6)
		return false;
	write16(draft->frame + ip + 6, ANY_OF(values));
	return true;
}

/* That of a listed server, or of its neighbour. */
bool change_source(struct draft *draft)
{
	const struct listed *listed = &expected_servers[below(LISTED_COUNT)];
	size_t ip = draft->layout.ip, bit = below(listed->family == DS_FAMILY_V4 ? 32 : 128);

	if (!ip || draft->layout.ip6 != (listed->family == DS_FAMILY_V6))
		return false;
	uint8_t *source = draft->frame + ip + (draft->layout.ip6 ? 8 : 12);
	memcpy(source, listed->address, draft->layout.ip6 ? 16 : 4);
	if (below(2))
		source[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	return true;
}

bool change_port(struct draft *draft)
{
	static const uint16_t ports[] = {67, 68, 546, 547, 66, 69, 545, 548, 53};

	if (!draft->layout.udp)
		return false;
	write16(draft->frame + draft->layout.udp + (below(8) ? 2 : 0), ANY_OF(ports));
	return true;
}
