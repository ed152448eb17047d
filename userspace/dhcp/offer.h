/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does this reply say about DOTS? The offer: at most one reference identifier (name) and a list of addresses in
 * order of preference, after validation (RFC 8973 5.1.3 and 5.2.3, requirements ).
 */
#ifndef DHCP_OFFER_H
#define DHCP_OFFER_H

#include "base/address.h"
#include "dhcp/discard.h"
#include "dhcp/name.h"
#include "dotsnoop/record.h"

/* More addresses than one message can hold (DS_MESSAGE_MAX / 4). */
#define OFFER_ADDRESSES_MAX 512

/* Discards kept in detail for people; all are counted. */
#define OFFER_DISCARDS_KEPT 32

struct discarded {
	enum discard_reason reason;
	struct address address; /* the address discarded; none: see bytes */
	struct bytes bytes;     /* the option's data otherwise: a view into the record */
};

struct offer {
	bool present;     /* the message carried a DOTS option, valid or not */
	struct name name; /* length 0: none */
	size_t address_count;
	size_t discarded_count; /* of which the first OFFER_DISCARDS_KEPT are told */
	uint32_t discards[DISCARD_COUNT];

	/* Large, and of these no more is ever written than is counted. */
	struct address addresses[OFFER_ADDRESSES_MAX];
	struct discarded discarded[OFFER_DISCARDS_KEPT];
};

/*
 * The offer of a record's options, at most DS_MESSAGE_MAX octets: v4 147 (first instance only) and 148 (all instances
 * joined, RFC 3396); v6 141 and 142 (first instances only). IPv4-mapped addresses stay as they are. An address told
 * twice stays twice. Never fails: what is not valid is discarded with a reason.
 */
void offer_decode(uint8_t family, struct bytes options, struct offer *ret);

#endif
