/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What does a DHCPv6 message carry? (RFC 9915) Down through Relay-reply messages to the innermost message, and along
 * its top-level options, copying those of interest. Of a relay's options those of the one nearest to the client are
 * copied, in front of the message's own: their codes occur nowhere else.
 */
#ifndef BPF_DHCP6_H
#define BPF_DHCP6_H

#include "record-out.h"

/* Offsets of the options: behind type and transaction id, or behind a relay's two addresses (RFC 9915 8, 9). */
#define DHCP6_OPTIONS 4
#define DHCP6_RELAY_OPTIONS 34
#define DHCP6_LINK_ADDRESS 2
#define DHCP6_PEER_ADDRESS 18

/* RFC 9915 19.1.2 (HOP_COUNT_LIMIT): depth is counted here, whatever hop-count says. */
#define DHCP6_RELAYS_MAX 8

#define DHCP6_ADVERTISE 2
#define DHCP6_REPLY 7
#define DHCP6_RELEASE 8
#define DHCP6_DECLINE 9
#define DHCP6_RECONFIGURE 10
#define DHCP6_RELAY_FORWARD 12
#define DHCP6_RELAY_REPLY 13

/* Options that are read here. */
#define DHCP6_REQUESTED 6
#define DHCP6_RELAY_MESSAGE 9
#define DHCP6_DOTS_NAME 141
#define DHCP6_DOTS_ADDRESSES 142

/* Options of a message that are copied; all codes of interest are below 256. IAs are copied with all they nest. */
static const __u8 dhcp6_wanted[256] = {
	[1] = 1,   /* client identifier */
	[2] = 1,   /* server identifier */
	[3] = 1,   /* IA_NA */
	[13] = 1,  /* status code */
	[14] = 1,  /* rapid commit */
	[23] = 1,  /* DNS recursive name servers */
	[24] = 1,  /* domain search list */
	[25] = 1,  /* IA_PD */
	[32] = 1,  /* information refresh time */
	[57] = 1,  /* access network domain */
	[141] = 1, /* DOTS reference identifier */
	[142] = 1, /* DOTS address */
};

/* Options of a relay that are copied. */
static const __u8 dhcp6_relay_wanted[256] = {
	[18] = 1, /* Interface-ID */
	[37] = 1, /* Remote-ID (RFC 4649) */
	[79] = 1, /* client link-layer address (RFC 6939) */
};

#define DHCP6_REQUESTED_MAX 128 /* codes of an Option Request that are looked at; clients send a dozen */

/* Which DOTS options does an Option Request name? It has two octets for each. Global: see dhcp4_walk. */
__noinline int dhcp6_requested(__u32 at)
{
	struct scratch *s = scratch_get();

	if (!s)
		return 0;
	const __u8 *option = &s->message[at & MESSAGE_MASK];
	__u32 count = (option[2] << 8 | option[3]) / 2;

	for (__u32 i = 0; i < DHCP6_REQUESTED_MAX && i < count; i++) {
		const __u8 *code = &s->message[(at + 4 + 2 * i) & MESSAGE_MASK];
		if (code[0] == 0 && code[1] == DHCP6_DOTS_NAME)
			s->requested |= DS_REQUESTED_NAME;
		if (code[0] == 0 && code[1] == DHCP6_DOTS_ADDRESSES)
			s->requested |= DS_REQUESTED_ADDRESSES;
	}
	return 0;
}

/* One option. Returns 1 at the end of the message. */
static __always_inline long dhcp6_option(struct walk *walk, bool relay)
{
	struct scratch *s = walk->scratch;
	__u32 at = s->at;

	if (at >= s->end)
		return 1;
	at &= MESSAGE_MASK;

	const __u8 *option = &s->message[at];
	__u32 code = option[0] << 8 | option[1], size = 4 + (option[2] << 8 | option[3]);
	if (at + size > s->end) { /* also where half a head is left: what was read then is no part of it */
		s->flags |= DS_RECORD_OVERRUN;
		return 1;
	}
	if (relay && code == DHCP6_RELAY_MESSAGE && !s->inner) {
		s->inner = at + 4;
		s->inner_end = at + size;
	}
	if (!relay && code == DHCP6_REQUESTED)
		note_request_list(s, at);
	if (code < 256) {
		/* Linux 6.1 does not narrow what was put together with | by comparing alone. */
		asm volatile("%0 &= 0xff" : "+r"(code));
		if (relay ? dhcp6_relay_wanted[code] : dhcp6_wanted[code])
			record_append(walk, size);
	}
	s->at = at + size;
	return 0;
}

static long dhcp6_step(__u32 index, void *context)
{
	return dhcp6_option(context, false);
}

static long dhcp6_relay_step(__u32 index, void *context)
{
	return dhcp6_option(context, true);
}

/* One relay's message: leaves the cursor at the message that it relays. Returns 1 when there is none to go down to. */
static long dhcp6_relay(__u32 index, void *context)
{
	struct scratch *s = ((struct walk *)context)->scratch;
	__u32 at = s->at & MESSAGE_MASK;

	if (s->message[at] != DHCP6_RELAY_REPLY)
		return 1;
	if (at + DHCP6_RELAY_OPTIONS > s->end) {
		s->flags |= DS_RECORD_OVERRUN;
		s->inner_end = 0;
		return 1;
	}
	__builtin_memcpy(s->record.v6.link_address, &s->message[at + DHCP6_LINK_ADDRESS], 16);
	__builtin_memcpy(s->record.v6.peer_address, &s->message[at + DHCP6_PEER_ADDRESS], 16);
	s->copied = s->inner = s->inner_end = 0; /* a nearer relay's options take the place of a farther one's */
	s->relays++;

	s->at = at + DHCP6_RELAY_OPTIONS;
	bpf_loop(DS_MESSAGE_MAX / 4, dhcp6_relay_step, context, 0);
	s->at = s->inner;
	s->end = s->inner_end;
	return !s->inner;
}

/*
 * Down to the innermost message, at which it leaves the cursor. Returns 0 when there is none within reach. Like
 * dhcp6_walk, it is verified by itself (see dhcp4_walk).
 */
__noinline int dhcp6_descend(void)
{
	struct scratch *s = scratch_get();
	struct walk walk = {.scratch = s};

	if (!s)
		return 0;
	s->at = 0;
	s->end = s->inner_end = s->length;
	s->inner = s->relays = 0;
	if (s->message[0] == DHCP6_RELAY_REPLY)
		bpf_loop(DHCP6_RELAYS_MAX, dhcp6_relay, &walk, 0);
	s->type = s->at < s->end ? s->message[s->at & MESSAGE_MASK] : 0;
	return s->at + DHCP6_OPTIONS <= s->end && s->type != DHCP6_RELAY_REPLY;
}

/* All options from the cursor on. */
static __always_inline void dhcp6_options(struct walk *walk)
{
	for (int i = 0; i < WALK_INLINE; i++)
		if (dhcp6_option(walk, false))
			return;
	bpf_loop(DS_MESSAGE_MAX / 4, dhcp6_step, walk, 0);
}

/* Walks the options of the innermost message, at which the cursor stands, and collects. */
__noinline int dhcp6_walk(void)
{
	struct scratch *s = scratch_get();
	struct walk walk = {.scratch = s};

	if (!s)
		return 0;
	s->at += DHCP6_OPTIONS;
	dhcp6_options(&walk);
	for (__u32 i = 0; i < DS_REQUEST_LISTS_MAX && i < s->list_count; i++)
		dhcp6_requested(s->lists[i]);
	return 0;
}

/* What changes with every exchange, and says nothing: the transaction id of the message at the cursor. */
static __always_inline void dhcp6_forget(struct scratch *s)
{
	__builtin_memset(&s->message[(s->at & MESSAGE_MASK) + 1], 0, 3);
}

/* Is it one that servers and relays send, towards clients? */
static __always_inline bool dhcp6_from_server(__u32 type)
{
	return type == DHCP6_ADVERTISE || type == DHCP6_REPLY || type == DHCP6_RECONFIGURE || type == DHCP6_RELAY_REPLY;
}

/* Does the agent want to hear of this message? */
static __always_inline bool dhcp6_binds(__u32 type)
{
	return type == DHCP6_ADVERTISE || type == DHCP6_REPLY || type == DHCP6_RELEASE || type == DHCP6_DECLINE;
}

#endif
