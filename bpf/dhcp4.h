/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What does a DHCPv4 message carry? (RFC 2131, RFC 2132) One walk over its options, which copies those of interest. */
#ifndef BPF_DHCP4_H
#define BPF_DHCP4_H

#include "record-out.h"

#define DHCP4_REQUEST 1 /* op */
#define DHCP4_REPLY 2
#define DHCP4_COOKIE 0x63825363
#define DHCP4_OPTIONS 240 /* offset of the options field: fixed part, sname, file and cookie */

#define DHCP4_PAD 0
#define DHCP4_END 255
#define DHCP4_TYPE 53

#define DHCP4_OFFER 2
#define DHCP4_ACK 5
#define DHCP4_NAK 6

/* Options that are copied into the record. */
static const __u8 dhcp4_wanted[256] = {
	[6] = 1,   /* domain name servers */
	[15] = 1,  /* domain name */
	[51] = 1,  /* lease time */
	[53] = 1,  /* message type */
	[54] = 1,  /* server identifier */
	[58] = 1,  /* renewal time */
	[59] = 1,  /* rebinding time */
	[61] = 1,  /* client identifier */
	[80] = 1,  /* rapid commit */
	[82] = 1,  /* relay agent information */
	[119] = 1, /* domain search */
	[147] = 1, /* DOTS reference identifier */
	[148] = 1, /* DOTS address */
	[213] = 1, /* access network domain */
};

/* One option. Returns 1 at the end of the walk. */
static long dhcp4_step(__u32 index, void *context)
{
	struct scratch *s = ((struct walk *)context)->scratch;
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
	if (at + 2 > s->end || at + size > s->end) {
		s->flags |= DS_RECORD_OVERRUN;
		return 1;
	}
	if (code == DHCP4_TYPE && size == 3 && !s->type)
		s->type = s->message[at + 2];
	if (s->wanted && dhcp4_wanted[code])
		record_append(context, size);
	s->at = at + size;
	return 0;
}

/* Walks the options of the message in scratch, which is at least DHCP4_OPTIONS long. Collects, and learns the type. */
static __always_inline void dhcp4_walk(struct scratch *s, bool wanted)
{
	struct walk walk = {.scratch = s};

	s->at = DHCP4_OPTIONS;
	s->wanted = wanted;
	bpf_loop(DS_MESSAGE_MAX, dhcp4_step, &walk, 0);
}

/* Is it a DHCP message at all, and not BOOTP or noise? */
static __always_inline bool dhcp4_plausible(const struct scratch *s)
{
	const __u32 *cookie = (const void *)&s->message[DHCP4_OPTIONS - 4];

	return s->end >= DHCP4_OPTIONS && *cookie == bpf_htonl(DHCP4_COOKIE);
}

/* Does the agent want to hear of this server message? */
static __always_inline bool dhcp4_binds(__u32 type)
{
	return type == DHCP4_OFFER || type == DHCP4_ACK || type == DHCP4_NAK;
}

#endif
