/* SPDX-License-Identifier: BSD-2-Clause */
/* What does this DHCP message say? A record of the kernel, decoded: who, what, from whom, until when. */
#ifndef DHCP_MESSAGE_H
#define DHCP_MESSAGE_H

#include "base/address.h"
#include "dhcp/lease.h"
#include "dhcp/offer.h"
#include "dotsnoop/record.h"

#define MESSAGE_ADDRESSES_MAX 16
#define MESSAGE_RESOLVERS_MAX 3 /* requirements 8.4 */
#define MESSAGE_DOMAINS_MAX 6   /* */

/* DHCPv4 (option 53) and DHCPv6 message types that bind or end something. */
enum {
	DHCP4_OFFER = 2,
	DHCP4_DECLINE = 4,
	DHCP4_ACK = 5,
	DHCP4_NAK = 6,
	DHCP4_RELEASE = 7,
	DHCP6_ADVERTISE = 2,
	DHCP6_REPLY = 7,
	DHCP6_RELEASE = 8,
	DHCP6_DECLINE = 9,
};

/* What a message means for the binding of its client. */
enum message_effect {
	MESSAGE_NONE,  /* nothing: an offer, a refusal, the bare answer to a Release, Decline or Confirm */
	MESSAGE_BINDS, /* the client now uses what it was told: an ACK, or a Reply with a lease or without any IA */
	MESSAGE_ENDS,  /* NAK, RELEASE, DECLINE, or a Reply that leaves the client nothing (NoBinding, all withdrawn) */
};

struct dhcp_message {
	/*
	 * All views point into it. Its `requested` tells what the client had asked for, as far as it was seen to: an
	 * option is withdrawn by its absence from a reply only if DS_REQUESTED_NAME or _ADDRESSES says that it was
	 * asked for. Without DS_REQUESTED_KNOWN nobody knows.
	 */
	const struct ds_record *record;
	enum message_effect effect;

	struct bytes hw;        /* client's hardware address; empty: not known. v4: chaddr, at most 16 octets; v6: the
				 * frame's other end, seen on the client's side alone */
	struct bytes client_id; /* v4: option 61, v6: DUID; empty: none */
	uint32_t xid;           /* host order; v6: 24 bits */

	size_t address_count;
	struct lease addresses[MESSAGE_ADDRESSES_MAX];
	size_t prefix_count;
	struct lease prefixes[MESSAGE_ADDRESSES_MAX];

	/* How long what the message configures is valid, seconds. v4: the lease (51), LIFETIME_DEFAULT without one. v6:
	 * the longest valid lifetime, without IA the information refresh time (32: 86400 by default, 600 at least, RFC
	 * 9915 21.23). 0 when it ends something. */
	uint32_t lifetime;
	bool has_lease; /* false: INFORM's ACK, or a message without IA: options, but no binding of an address */

	struct address server;  /* v4: option 54; v6: a reply's source address, seen on the client's side alone */
	struct bytes server_id; /* v6: server DUID */

	size_t resolver_count;
	struct address resolvers[MESSAGE_RESOLVERS_MAX]; /* without loopback, unspecified, multicast ones (8.4) */

	size_t domain_count;
	uint32_t domain_discards[DISCARD_COUNT];

	/* Large, and of these no more is ever written than is counted. */
	struct name domains[MESSAGE_DOMAINS_MAX]; /* where services may be looked up, best first: domain.h */
	struct offer offer;
};

/*
 * Decodes a record, which is aligned as the ring aligns it (8 octets) and outlives *ret. Returns 0; -EPROTO when its
 * version is not ours; -EBADMSG when its lengths contradict each other or its family is none (the kernel side never
 * makes one). What is invalid inside the options is left out, and is no error.
 */
int message_decode(struct bytes record, struct dhcp_message *ret);

/* Was it sent by the client (RELEASE, DECLINE), and not by a server? */
bool message_is_from_client(const struct dhcp_message *message);

/* The RFCs' name of a message type in lower case ("ack", "information-request"); "unknown" for others. */
const char *message_type_word(uint8_t family, uint8_t type);

#endif
