/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the kernel side hands to userspace, and the only thing both share: the record, the maps' keys and values,
 * and the reasons under which frames are counted.
 *
 * Byte order: __be fields are as on the wire, all others are in host order. All padding is written out and zero.
 * Whoever changes a layout here raises DS_ABI_VERSION.
 */
#ifndef DOTSNOOP_RECORD_H
#define DOTSNOOP_RECORD_H

#include <linux/types.h>

#define DS_ABI_VERSION 4

/* Most ports one agent can watch; each has a slot below this number. */
#define DS_PORTS_MAX 64

/* VLAN tags kept of one frame. */
#define DS_TAGS_MAX 3

/* A DHCP message (UDP payload) of fewer bytes than this is walked; a power of two. */
#define DS_MESSAGE_MAX 2048

/* Interface names, as IFNAMSIZ. */
#define DS_PORT_NAME_SIZE 16

/*
 * Every frame is counted under exactly one of these reasons, per port.
 *
 *   X(identifier, what it means)
 *
 * The identifier, with '_' shown as '-', is the label of the metric, the field of `bpftool map dump` and the word in
 * `dotsnoopctl replay`.
 */
#define DS_REASONS(X)                                                                                                  \
	X(not_ip, "neither IPv4 nor IPv6")                                                                             \
	X(not_udp, "another protocol than UDP")                                                                        \
	X(not_dhcp, "UDP to another port than DHCP's")                                                                 \
	X(fragment_first, "the first fragment of a UDP packet: not whole")                                             \
	X(fragment_later, "a later fragment: its UDP header is elsewhere")                                             \
	X(chain_cut, "a first fragment without its whole IPv6 header chain (RFC 7610)")                                \
	X(chain_long, "more IPv6 extension headers than are walked")                                                   \
	X(header_unknown, "an IPv6 header of which nobody can tell where it ends (RFC 7610)")                          \
	X(frame_short, "the frame ends inside its Ethernet header")                                                    \
	X(ip_malformed, "an IP header that contradicts itself or the frame")                                           \
	X(udp_malformed, "a UDP length that contradicts itself or the packet")                                         \
	X(dhcp_malformed, "to a DHCP port, but too short, without magic cookie or message type")                       \
	X(dhcp_oversized, "a DHCP message larger than is walked")                                                      \
	X(dhcp_request, "a client's message: where it asked was noted")                                                \
	X(dhcp_unnoted, "a new client's message over the rate at which they are noted: its circuit stays unknown")     \
	X(dhcp_other, "a DHCP message that binds nothing and is not a client's request")                               \
	X(relay_deep, "relayed by more relays than are walked")                                                        \
	X(rogue, "a server's message on an access port, or of a server that is not on the list")                       \
	X(flood, "a DHCP message over the port's rate")                                                                \
	X(settled, "a reply that says what the agent holds already: its time was noted")                               \
	X(captured, "handed to the agent as a record")                                                                 \
	X(lost, "the ring was full: the record is lost, the message passes again at its next repetition")

enum ds_reason {
#define X(id, help) DS_REASON_##id,
	DS_REASONS(X) DS_REASON_COUNT
#undef X
};

/*
 * Map `counters`, per CPU: key is the port's slot, plus DS_PORTS_MAX for what the gateway itself sends there. Frames by
 * reason; of the gateway's own those alone that are DHCP.
 */
struct ds_counters {
#define X(id, help) __u64 id;
	DS_REASONS(X)
#undef X
};

_Static_assert(sizeof(struct ds_counters) == DS_REASON_COUNT * sizeof(__u64), "one counter a reason");

enum ds_family {
	DS_FAMILY_V4 = 4,
	DS_FAMILY_V6 = 6,
};

/* Which leg of a relayed conversation: to or from the client itself, or between server and relay. */
enum ds_side {
	DS_SIDE_CLIENT = 0,
	DS_SIDE_RELAY = 1,
	DS_SIDE_COUNT
};

enum ds_direction {
	DS_INGRESS = 0,
	DS_EGRESS = 1, /* sent by the gateway itself: its own server or relay */
	DS_DIRECTION_COUNT
};

enum ds_role {
	DS_ROLE_UPLINK = 0, /* server messages are believed */
	DS_ROLE_ACCESS = 1, /* server messages are rogue */
};

enum ds_mode {
	DS_MODE_OBSERVE = 0, /* count */
	DS_MODE_ENFORCE = 1, /* count and drop */
};

/* Message types are below 64 (option 53 of DHCPv4, msg-type of DHCPv6); others are not counted apart. */
#define DS_TYPES_MAX 64

/* Map `messages`, per CPU: key is the port's slot. DHCP messages by side and by the message type's number. */
struct ds_messages {
	__u64 v4[DS_SIDE_COUNT][DS_TYPES_MAX];
	__u64 v6[DS_SIDE_COUNT][DS_TYPES_MAX];
};

/* What the agent changed about a port's device, and has to put back. */
#define DS_UNDO_CTAG 0x01   /* it switched off the stripping of 802.1Q tags */
#define DS_UNDO_STAG 0x02   /* ... and of 802.1ad tags */
#define DS_UNDO_CLSACT 0x04 /* it made the clsact qdisc */

/*
 * Map `ports`: key is the slot. What the programs of a port have to know; ifindex 0 is a free slot. From `ifindex` to
 * `name` the layout is the same in all versions: by it an agent of another version puts a port in order.
 */
struct ds_port {
	__u32 ifindex;
	__u8 role;         /* enum ds_role */
	__u8 mode;         /* enum ds_mode */
	__u8 servers_only; /* those of the map `servers` alone are believed */
	__u8 undo;         /* DS_UNDO_*: the agent's own note */
	char name[DS_PORT_NAME_SIZE];
	__u64 interval; /* ns between two DHCP messages at the port's rate; 0: no limit */
	__u64 burst;    /* ns: how far messages may be ahead of their rate */
};

_Static_assert(sizeof(struct ds_port) == 40, "ABI");

/* Map `about`, one entry: whose pins are these? `version` comes first in all versions. */
struct ds_about {
	__u32 version; /* DS_ABI_VERSION */
	__u32 pad;
	__u64 object; /* digest of the BPF object that programs and maps were made from */
};

_Static_assert(sizeof(struct ds_about) == 16, "ABI");

/* Map `buckets`: key is the slot. When the next message would be due at its rate (GCRA: I.371), ns of a coarse clock.
 */
struct ds_buckets {
	__u64 messages;
	__u64 clients; /* new entries of `clients` */
};

/* Key of map `servers`, a longest-prefix trie; IPv4 as ::ffff:a.b.c.d. The value is not used. */
struct ds_server {
	__u32 length; /* bits */
	__u8 address[16];
};

/* A place on the wire: the port, and what encapsulates the frame there. */
struct ds_circuit {
	__u32 ifindex;           /* 0: not known */
	__u16 tags[DS_TAGS_MAX]; /* VLAN ids, outermost first */
	__u16 pppoe;             /* PPPoE session, 0: none (RFC 2516 reserves 0 for discovery) */
	__u8 tag_count;
	__u8 pad[3];
};

_Static_assert(sizeof(struct ds_circuit) == 16, "ABI");

/* Map `clients`, LRU: who asked, and where. */
struct ds_client_key {
	__u8 client[16]; /* v4: chaddr; v6: the client's address, to which the server answers */
	__be32 xid;      /* v4: all of it; v6: the last three octets */
	__u32 family;
};

_Static_assert(sizeof(struct ds_client_key) == 24, "ABI");

struct ds_client {
	__u64 time; /* ns, CLOCK_BOOTTIME */
	struct ds_circuit circuit;
	__u8 requested; /* DS_REQUESTED_* */
	__u8 pad[7];
};

_Static_assert(sizeof(struct ds_client) == 32, "ABI");

/* Map `secret`, one entry: random words, drawn when the maps are made; digests cannot be foretold without them. */
#define DS_SECRET_WORDS (DS_MESSAGE_MAX / 8 + 12)

struct ds_secret {
	__u64 words[DS_SECRET_WORDS];
};

/*
 * Replies to one client of which the agent holds all they say; written by the agent, but for the time. A client has two
 * such replies at a time: towards its relay, and from there.
 */
#define DS_SETTLED_DIGESTS 2

struct ds_settled {
	__u64 key;                         /* a record's settle_key; 0: nobody's place, and the rest says nothing */
	__u64 digests[DS_SETTLED_DIGESTS]; /* 0: none */
	__u64 time; /* of the last repetition of either, ns, CLOCK_MONOTONIC_COARSE; 0: none yet */
};

_Static_assert(sizeof(struct ds_settled) == 32, "ABI");

/*
 * Map `settled`, an array of sets that the agent writes where it is mapped. What is settled for a key stands in one of
 * two sets (ds_settled_sets), and where both are full the agent makes room. So the kernel looks into two sets, each of
 * them one line of the cache, and into no more, however full the table is.
 */
#define DS_SETTLED_PLACES 2

struct ds_settled_set {
	struct ds_settled places[DS_SETTLED_PLACES];
};

/*
 * Map `settled_hints`, one entry: a bit for each settle_key whose hint is its index, set by the agent where `settled`
 * may have an entry. In a flood of strangers it spares each of them two sets of a large table that no cache holds.
 */
#define DS_HINT_BITS 23

struct ds_hints {
	__u8 octets[1 << (DS_HINT_BITS - 3)];
};

/*
 * Map `settled_by`, one entry: which store of the agent's has what is settled, and how far it had got. A successor with
 * another store, or with an older copy of that one, does not know what the kernel keeps to itself.
 */
struct ds_holder {
	__u64 device, file; /* of the store's file; 0: no store */
	__u64 transaction;  /* its last one */
};

struct ds_settled_where {
	__u32 sets[2];
	__u32 hint;
};

/*
 * Where to look for the key among `count` sets. Neighbours' keys have much in common, though nobody can foretell it,
 * and shall not stand together: they are mixed first (the finalizer of MurmurHash3). Their hints may: a cache then
 * holds those of many.
 */
static inline __attribute__((always_inline)) struct ds_settled_where ds_settled_where(__u64 key, __u32 count)
{
	__u32 hint = (__u32)(key >> (64 - DS_HINT_BITS));

	key = (key ^ key >> 33) * 0xff51afd7ed558ccd;
	key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53;
	key ^= key >> 33;
	return (struct ds_settled_where){
		.sets = {(__u32)((key >> 32) * count >> 32), (__u32)((key & 0xffffffff) * count >> 32)},
		.hint = hint,
	};
}

/* Which DOTS options the client asked for (option 55 of DHCPv4, 6 of DHCPv6): one that is absent was withdrawn if it
 * did. */
#define DS_REQUEST_LISTS_MAX 8   /* lists of one message that are read; a power of two */
#define DS_REQUESTED_KNOWN 1     /* the request was seen */
#define DS_REQUESTED_NAME 2      /* 147, 141 */
#define DS_REQUESTED_ADDRESSES 4 /* 148, 142 */

/* The fixed part of a DHCPv4 message, op to chaddr, as on the wire (RFC 2131 2). */
struct ds_bootp {
	__u8 op;
	__u8 htype;
	__u8 hlen; /* not always 6, and not always at most 16: never index with it unchecked */
	__u8 hops;
	__be32 xid;
	__be16 secs;
	__be16 flags;
	__be32 ciaddr;
	__be32 yiaddr;
	__be32 siaddr;
	__be32 giaddr;
	__u8 chaddr[16];
};

_Static_assert(sizeof(struct ds_bootp) == 44, "RFC 2131");

/* The fixed part of a DHCPv6 message, and of the relay nearest to the client (RFC 9915 8 and 9). */
struct ds_dhcp6 {
	__u8 type;
	__u8 xid[3];
	__u8 relays; /* Relay-reply messages around the innermost message */
	__u8 pad[3];
	__u8 link_address[16];
	__u8 peer_address[16];
	__u8 pad2[4];
};

_Static_assert(sizeof(struct ds_dhcp6) == sizeof(struct ds_bootp), "both fit the record's union");

/* Flags of a record. */
#define DS_RECORD_OVERRUN 0x0001 /* an option ran past its field's end: it and what followed it are missing */

/*
 * One DHCP message. `options` holds the options of interest in the wire's own encoding, one after the other, in the
 * order of the message (v4: options, then file, then sname, RFC 3396 5; v6: those of the relay nearest to the client,
 * then the message's): v4 code, length, data; v6 two-byte code, two-byte length, data. No PAD, no END; each option is
 * whole.
 */
struct ds_record {
	__u16 version; /* DS_ABI_VERSION */
	__u16 flags;   /* DS_RECORD_* */
	__u16 options_length;
	__u8 family;    /* enum ds_family */
	__u8 type;      /* v4: option 53; v6: msg-type of the innermost message */
	__u8 side;      /* enum ds_side */
	__u8 direction; /* enum ds_direction: what came in was seen on its way, what went out is our own gateway's */
	__u8 requested; /* DS_REQUESTED_* */
	__u8 pad;
	__u8 source_mac[6];
	__u8 destination_mac[6];
	__u64 time;       /* ns, CLOCK_BOOTTIME */
	__u64 settle_key; /* of a server's message: by these two the agent settles it */
	__u64 digest;
	struct ds_circuit seen;  /* where the frame was seen */
	struct ds_circuit asked; /* where its client had asked; ifindex 0: no request was seen */
	__u8 source[16];         /* IP addresses, as on the wire; v4: the first four, the rest zero */
	__u8 destination[16];
	union {
		struct ds_bootp v4;
		struct ds_dhcp6 v6;
	};
	__u8 pad2[4];
	__u8 options[];
};

_Static_assert(sizeof(struct ds_record) == 160, "ABI: the options begin at 8-byte alignment");

#endif
