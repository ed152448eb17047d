/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What does a DHCPv4 message carry? (RFC 2131, RFC 2132) One walk over its options, which copies those of interest: the
 * options field, then `file`, then `sname`, if option 52 says that these hold options too (RFC 3396 5).
 */
#ifndef BPF_DHCP4_H
#define BPF_DHCP4_H

#include "record-out.h"

#define DHCP4_REPLY 2 /* op */
#define DHCP4_COOKIE 0x63825363

/* Offsets of fields (RFC 2131 2). */
#define DHCP4_XID 4
#define DHCP4_SECS 8
#define DHCP4_SNAME 44
#define DHCP4_FILE 108
#define DHCP4_OPTIONS 240 /* behind the cookie */

#define DHCP4_PAD 0
#define DHCP4_END 255
#define DHCP4_OVERLOAD 52
#define DHCP4_TYPE 53
#define DHCP4_REQUESTED 55
#define DHCP4_DOTS_NAME 147
#define DHCP4_DOTS_ADDRESSES 148

#define OVERLOAD_FILE 1
#define OVERLOAD_SNAME 2

/* Message types of which the agent hears: from servers, and from clients. */
#define DHCP4_OFFER 2
#define DHCP4_DECLINE 4
#define DHCP4_ACK 5
#define DHCP4_NAK 6
#define DHCP4_RELEASE 7

/* What is done with an option. */
#define WANTED 1  /* copied into the record */
#define LEARNED 2 /* read here */

static const __u8 dhcp4_wanted[256] = {
	[6] = WANTED,  /* domain name servers */
	[15] = WANTED, /* domain name */
	[50] = WANTED, /* requested address: a DECLINE's */
	[51] = WANTED, /* lease time */
	[DHCP4_OVERLOAD] = LEARNED,
	[DHCP4_TYPE] = WANTED | LEARNED,
	[DHCP4_REQUESTED] = LEARNED,
	[54] = WANTED,  /* server identifier */
	[58] = WANTED,  /* renewal time */
	[59] = WANTED,  /* rebinding time */
	[61] = WANTED,  /* client identifier */
	[80] = WANTED,  /* rapid commit */
	[82] = WANTED,  /* relay agent information */
	[119] = WANTED, /* domain search */
	[147] = WANTED, /* DOTS reference identifier */
	[148] = WANTED, /* DOTS address */
	[213] = WANTED, /* access network domain */
};

/* Which DOTS options does a Parameter Request List name? It has one octet for each. Global: see dhcp4_walk. */
__noinline int dhcp4_requested(__u32 at)
{
	struct scratch *s = scratch_get();

	if (!s)
		return 0;
	at &= MESSAGE_MASK;
	__u32 count = s->message[at + 1];

	for (__u32 i = 0; i < 255 && i < count; i++) {
		__u8 code = s->message[(at + 2 + i) & MESSAGE_MASK];
		if (code == DHCP4_DOTS_NAME)
			s->requested |= DS_REQUESTED_NAME;
		if (code == DHCP4_DOTS_ADDRESSES)
			s->requested |= DS_REQUESTED_ADDRESSES;
	}
	return 0;
}

/* What is read here. Of type and overload the first instance counts, and has one octet. */
static __always_inline void dhcp4_learn(struct scratch *s, __u8 code, __u32 at, __u32 size)
{
	__u8 value = s->message[(at + 2) & MESSAGE_MASK];

	if (code == DHCP4_REQUESTED) /* of several instances each adds to the list (RFC 3396 7) */
		note_request_list(s, at);
	else if (code == DHCP4_TYPE && size == 3 && !s->type)
		s->type = value;
	else if (code == DHCP4_OVERLOAD && size == 3 && !s->overload)
		s->overload = value;
}

/* One option. Returns 1 at the end of the field. */
static __always_inline long dhcp4_option(struct walk *walk)
{
	struct scratch *s = walk->scratch;
	__u32 at = s->at;

	if (at >= s->end)
		return 1;
	at &= MESSAGE_MASK;

	__u8 code = s->message[at];
	if (code == DHCP4_END)
		return 1;
	if (code == DHCP4_PAD) {
		s->at = at + 1;
		return 0;
	}

	__u32 size = 2 + s->message[at + 1];
	if (at + size > s->end) { /* also where the length itself is missing: what was read then is no part of it */
		s->flags |= DS_RECORD_OVERRUN;
		return 1;
	}
	__u8 what = dhcp4_wanted[code];
	if (what & LEARNED)
		dhcp4_learn(s, code, at, size);
	if (what & WANTED)
		record_append(walk, size);
	s->at = at + size;
	return 0;
}

static long dhcp4_step(__u32 index, void *context)
{
	return dhcp4_option(context);
}

/* Walks the options between two offsets of the message. */
static __always_inline void dhcp4_field(struct scratch *s, __u32 from, __u32 to)
{
	struct walk walk = {.scratch = s};

	s->at = from;
	s->end = to;
	for (int i = 0; i < WALK_INLINE; i++)
		if (dhcp4_option(&walk))
			return;
	bpf_loop(DS_MESSAGE_MAX, dhcp4_step, &walk, 0);
}

/* The same for a field that is seldom in use: all of it by bpf_loop. */
static __always_inline void dhcp4_overloaded(struct scratch *s, __u32 from, __u32 to)
{
	struct walk walk = {.scratch = s};

	s->at = from;
	s->end = to;
	bpf_loop(DHCP4_OPTIONS, dhcp4_step, &walk, 0);
}

/*
 * Walks the options of the message in scratch, which is plausible. Collects, and learns the type. A global function: it
 * is verified by itself, once, and not again for each way on which a frame comes here.
 */
__noinline int dhcp4_walk(void)
{
	struct scratch *s = scratch_get();

	if (!s)
		return 0;
	dhcp4_field(s, DHCP4_OPTIONS, s->length);
	__u32 overload = s->overload; /* of the options field: elsewhere it means nothing */
	if (overload & OVERLOAD_FILE)
		dhcp4_overloaded(s, DHCP4_FILE, DHCP4_OPTIONS - 4);
	if (overload & OVERLOAD_SNAME)
		dhcp4_overloaded(s, DHCP4_SNAME, DHCP4_FILE);
	for (__u32 i = 0; i < DS_REQUEST_LISTS_MAX && i < s->list_count; i++)
		dhcp4_requested(s->lists[i]);
	return 0;
}

/* What changes with every exchange, and says nothing: transaction id and secs (RFC 2131 2). */
static __always_inline void dhcp4_forget(struct scratch *s)
{
	__builtin_memset(&s->message[DHCP4_XID], 0, 4);
	__builtin_memset(&s->message[DHCP4_SECS], 0, 2);
}

/* Is it a DHCP message at all, and not BOOTP or noise? */
static __always_inline bool dhcp4_plausible(const struct scratch *s)
{
	const __u32 *cookie = (const void *)&s->message[DHCP4_OPTIONS - 4];

	return s->length >= DHCP4_OPTIONS && *cookie == bpf_htonl(DHCP4_COOKIE);
}

/* Does the agent want to hear of this message? */
static __always_inline bool dhcp4_binds(bool reply, __u32 type)
{
	return reply ? type == DHCP4_OFFER || type == DHCP4_ACK || type == DHCP4_NAK
		     : type == DHCP4_RELEASE || type == DHCP4_DECLINE;
}

#endif
