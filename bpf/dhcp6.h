/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What does a DHCPv6 message carry? (RFC 9915) One walk over its top-level options, which copies those of interest. */
#ifndef BPF_DHCP6_H
#define BPF_DHCP6_H

#include "record-out.h"

#define DHCP6_OPTIONS 4 /* offset of the options: type and transaction id */

#define DHCP6_ADVERTISE 2
#define DHCP6_REPLY 7
#define DHCP6_RELAY_FORWARD 12
#define DHCP6_RELAY_REPLY 13

/* Options that are copied into the record; all codes of interest are below 256. IAs are copied with all they nest. */
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

/* One option. Returns 1 at the end of the walk. */
static long dhcp6_step(__u32 index, void *context)
{
	struct scratch *s = ((struct walk *)context)->scratch;
	__u32 at = s->at;

	if (at >= s->end)
		return 1;
	at &= MESSAGE_MASK;

	const __u8 *option = &s->message[at];
	__u32 code = option[0] << 8 | option[1], size = 4 + (option[2] << 8 | option[3]);
	if (at + 4 > s->end || at + size > s->end) {
		s->flags |= DS_RECORD_OVERRUN;
		return 1;
	}
	if (code < 256) {
		/* Linux 6.1 does not narrow what was put together with | by comparing alone. */
		asm volatile("%0 &= 0xff" : "+r"(code));
		if (dhcp6_wanted[code])
			record_append(context, size);
	}
	s->at = at + size;
	return 0;
}

/* Walks the options of the message in scratch, which is at least DHCP6_OPTIONS long, and collects. */
static __always_inline void dhcp6_walk(struct scratch *s)
{
	struct walk walk = {.scratch = s};

	s->at = DHCP6_OPTIONS;
	bpf_loop(DS_MESSAGE_MAX / 4, dhcp6_step, &walk, 0);
}

/* Does the agent want to hear of this server message? */
static __always_inline bool dhcp6_binds(__u32 type)
{
	return type == DHCP6_ADVERTISE || type == DHCP6_REPLY;
}

/* Is it one that servers and relays send, towards clients? */
static __always_inline bool dhcp6_from_server(__u32 type)
{
	return dhcp6_binds(type) || type == 10 /* Reconfigure */ || type == DHCP6_RELAY_REPLY;
}

#endif
