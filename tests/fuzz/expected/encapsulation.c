/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in the frame does the DHCP message stand, if it holds one? Ethernet (802.3), tags (802.1Q 9), PPPoE sessions
 * (RFC 2516 4, RFC 1661 2), IPv4 (RFC 791 3.1), IPv6 and its extension headers (RFC 8200 4, RFC 4302 2), UDP (RFC 768).
 */
#include <string.h>

#include "expected.h"

#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_SESSION 0x8864

/* Headers in a chain, the one of UDP included. */
#define CHAIN_MAX 8

struct walk {
	struct span frame;
	size_t visible;
	size_t at;
	uint16_t type; /* what comes next, as Ethernet says it */
	size_t end;    /* of the IP packet */
	bool more;     /* fragments to follow */
	struct expected *out;
};

/* The next header, and past it; NULL when it is not whole. */
static const uint8_t *take(struct walk *walk, size_t size)
{
	const uint8_t *header = walk->frame.data + walk->at;

	if (walk->at > walk->visible || size > walk->visible - walk->at)
		return NULL;
	walk->at += size;
	return header;
}

static bool ethernet(struct walk *walk)
{
	const uint8_t *header = take(walk, 14);

	if (!header)
		return leave(walk->out, DS_REASON_frame_short);
	memcpy(walk->out->record.destination_mac, header, 6);
	memcpy(walk->out->record.source_mac, header + 6, 6);
	walk->type = read16(header + 12);
	return true;
}

/* Of the tag's 16 bits the lower 12 are the VLAN id. */
static bool tags(struct walk *walk)
{
	struct ds_circuit *seen = &walk->out->record.seen;

	while (seen->tag_count < DS_TAGS_MAX &&
	       (walk->type == 0x8100 || walk->type == 0x88a8 || walk->type == 0x9100)) {
		const uint8_t *tag = take(walk, 4);
		if (!tag)
			return leave(walk->out, DS_REASON_frame_short);
		seen->tags[seen->tag_count++] = read16(tag) % 4096;
		walk->type = read16(tag + 2);
	}
	return true;
}

/* Six octets of PPPoE and two of PPP, whose protocol is one octet alone when that one is odd. */
static bool session(struct walk *walk)
{
	if (walk->type != TYPE_SESSION)
		return true;
	const uint8_t *header = take(walk, 8);
	if (!header)
		return leave(walk->out, DS_REASON_frame_short);
	if (header[0] != 0x11 || header[1] != 0) /* version and type 1; code 0: session data */
		return leave(walk->out, DS_REASON_not_ip);
	walk->out->record.seen.pppoe = read16(header + 2);

	unsigned protocol = read16(header + 6);
	if (header[6] % 2 == 1) {
		protocol = header[6];
		walk->at--;
	}
	walk->type = protocol == 0x21 ? TYPE_IPV4 : protocol == 0x57 ? TYPE_IPV6 : 0;
	return true;
}

static bool ipv4(struct walk *walk)
{
	size_t start = walk->at;
	const uint8_t *ip = take(walk, 20);

	if (!ip)
		return leave(walk->out, DS_REASON_ip_malformed);
	if (ip[9] != 17)
		return leave(walk->out, DS_REASON_not_udp);
	size_t header = ip[0] % 16 * 4, total = read16(ip + 2);
	if (ip[0] / 16 != 4 || header < 20 || total < header || total > walk->frame.size - start)
		return leave(walk->out, DS_REASON_ip_malformed);
	if (read16(ip + 6) % 8192 != 0) /* the offset, below the three flags */
		return leave(walk->out, DS_REASON_fragment_later);

	walk->more = ip[6] & 0x20;
	walk->at = start + header;
	walk->end = start + total;
	walk->out->record.family = DS_FAMILY_V4;
	memcpy(walk->out->record.source, ip + 12, 4);
	memcpy(walk->out->record.destination, ip + 16, 4);
	return true;
}

/* --- IPv6 --- */

/* The registry of protocol numbers ends at 147; what has no assignment, or is for experiments, may be anything. */
static bool is_unknown(uint8_t next)
{
	return next >= 148;
}

/* Octets of the extension header whose first 8 these are; 0: it is none, but an upper layer. */
static size_t extension_size(uint8_t next, const uint8_t *header)
{
	switch (next) {
	case 0:   /* Hop-by-Hop Options */
	case 43:  /* Routing */
	case 60:  /* Destination Options */
	case 135: /* Mobility (RFC 6275 6.1.1) */
	case 139: /* Host Identity Protocol (RFC 7401 5.1) */
	case 140: /* Shim6 (RFC 5533 5.1) */
		return 8 + 8 * (size_t)header[1];
	case 44: /* Fragment */
		return 8;
	case 51: /* Authentication: in words, less two */
		return 4 * ((size_t)header[1] + 2);
	default:
		return 0;
	}
}

static bool is_upper(uint8_t next)
{
	static const uint8_t none[8];

	return next != 17 && !is_unknown(next) && extension_size(next, none) == 0;
}

static bool fragment(struct walk *walk, const uint8_t *header)
{
	if (read16(header + 2) / 8 != 0)
		return leave(walk->out, DS_REASON_fragment_later);
	if (header[3] % 2 == 1)
		walk->more = true; /* and so it stays: what a fragment holds is not whole, however it goes on */
	return true;
}

/* One extension header, and past it. A first fragment has to hold them all (RFC 7112). */
static bool extension(struct walk *walk, uint8_t *next)
{
	enum ds_reason cut = walk->more ? DS_REASON_chain_cut : DS_REASON_ip_malformed;
	size_t start = walk->at;
	const uint8_t *header = take(walk, 8);

	if (!header || extension_size(*next, header) > walk->end - start)
		return leave(walk->out, cut);
	if (*next == 44 && !fragment(walk, header))
		return false;
	walk->at = start + extension_size(*next, header);
	*next = header[0];
	return true;
}

static bool chain(struct walk *walk, uint8_t next)
{
	for (int i = 0; i < CHAIN_MAX; i++) {
		if (next == 17)
			return true;
		if (is_unknown(next))
			return leave(walk->out, DS_REASON_header_unknown);
		if (is_upper(next))
			return leave(walk->out, DS_REASON_not_udp);
		if (!extension(walk, &next))
			return false;
	}
	return leave(walk->out, DS_REASON_chain_long);
}

static bool ipv6(struct walk *walk)
{
	const uint8_t *ip = take(walk, 40);

	if (!ip)
		return leave(walk->out, DS_REASON_ip_malformed);
	if (is_upper(ip[6]))
		return leave(walk->out, DS_REASON_not_udp);
	if (ip[0] / 16 != 6 || read16(ip + 4) > walk->frame.size - walk->at)
		return leave(walk->out, DS_REASON_ip_malformed);

	walk->end = walk->at + read16(ip + 4);
	walk->out->record.family = DS_FAMILY_V6;
	memcpy(walk->out->record.source, ip + 8, 16);
	memcpy(walk->out->record.destination, ip + 24, 16);
	return chain(walk, ip[6]);
}

/* --- UDP --- */

static bool is_dhcp_port(uint16_t port, uint8_t family)
{
	return family == DS_FAMILY_V4 ? port == 67 || port == 68 : port == 546 || port == 547;
}

/* A fragment tells by its port what it is, if it holds it; its length is that of the whole. */
static bool udp(struct walk *walk, struct message *message)
{
	uint8_t family = walk->out->record.family;
	size_t start = walk->at;
	const uint8_t *header = take(walk, 8);

	if (!header || walk->at > walk->end)
		return leave(walk->out, !walk->more              ? DS_REASON_udp_malformed
					: family == DS_FAMILY_V4 ? DS_REASON_fragment_first
								 : DS_REASON_chain_cut);
	message->to = read16(header + 2);
	message->first_fragment = walk->more;
	if (!is_dhcp_port(message->to, family))
		return leave(walk->out, walk->more ? DS_REASON_fragment_first : DS_REASON_not_dhcp);
	if (walk->more)
		return true;

	size_t length = read16(header + 4);
	if (length < 8 || length > walk->end - start)
		return leave(walk->out, DS_REASON_udp_malformed);
	message->bytes = (struct span){header + 8, length - 8};
	return true;
}

bool expect_message(const struct setting *setting, struct span frame, struct message *message, struct expected *ret)
{
	struct walk walk = {.frame = frame, .visible = setting->visible, .out = ret};

	if (!ethernet(&walk) || !tags(&walk) || !session(&walk))
		return false;
	if (walk.type != TYPE_IPV4 && walk.type != TYPE_IPV6)
		return leave(ret, DS_REASON_not_ip);
	return (walk.type == TYPE_IPV4 ? ipv4(&walk) : ipv6(&walk)) && udp(&walk, message);
}
