/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which options does a record hold, and how is one found? Of DHCPv4 (code and length of one octet) or of DHCPv6 (of
 * two).
 *
 * A DHCPv6 option's own options, and the sub-options of DHCPv4's option 82, are walked in the same way.
 */
#ifndef DHCP_OPTION_H
#define DHCP_OPTION_H

#include "base/bytes.h"

/* Options that are read here (RFC 2132, 3397, 5986, 8973). */
enum {
	OPTION4_RESOLVERS = 6,
	OPTION4_DOMAIN = 15,
	OPTION4_REQUESTED_ADDRESS = 50,
	OPTION4_LEASE_TIME = 51,
	OPTION4_SERVER = 54,
	OPTION4_CLIENT_ID = 61,
	OPTION4_RELAY = 82, /* holds sub-options, laid out as options are (RFC 3046) */
	OPTION4_SEARCH_LIST = 119,
	OPTION4_DOTS_NAME = 147,
	OPTION4_DOTS_ADDRESSES = 148,
	OPTION4_ACCESS_DOMAIN = 213,
};

/* Sub-options of OPTION4_RELAY. */
enum {
	RELAY4_CIRCUIT_ID = 1,
	RELAY4_REMOTE_ID = 2,
};

/* (RFC 9915, 3646, 4649, 5986, 8973) */
enum {
	OPTION6_CLIENT_ID = 1,
	OPTION6_SERVER_ID = 2,
	OPTION6_IA_NA = 3,
	OPTION6_IA_TA = 4,
	OPTION6_IA_ADDRESS = 5,
	OPTION6_STATUS = 13,
	OPTION6_INTERFACE_ID = 18,
	OPTION6_RESOLVERS = 23,
	OPTION6_SEARCH_LIST = 24,
	OPTION6_IA_PD = 25,
	OPTION6_IA_PREFIX = 26,
	OPTION6_REFRESH_TIME = 32,
	OPTION6_REMOTE_ID = 37,
	OPTION6_ACCESS_DOMAIN = 57,
	OPTION6_DOTS_NAME = 141,
	OPTION6_DOTS_ADDRESSES = 142,
};

struct option {
	uint16_t code;
	struct bytes data;
};

/* A walk over options. */
struct options {
	uint8_t family;
	struct reader reader;
};

static inline struct options options_of(uint8_t family, struct bytes bytes)
{
	return (struct options){.family = family, .reader = reader_of(bytes)};
}

/* The next option; false at the end, and at an option that runs past it: what came before stays valid. */
bool option_next(struct options *options, struct option *ret);

/* The data of the first instance; false, and *ret alone, when there is none. */
bool option_find(uint8_t family, struct bytes options, uint16_t code, struct bytes *ret);

/* The number in the first instance; false, and *ret alone, when there is none, or it is not four octets long. */
bool option_u32(uint8_t family, struct bytes options, uint16_t code, uint32_t *ret);

/*
 * The data of all instances of a DHCPv4 option, joined in the caller's buffer in the order of the message (RFC 3396 7).
 * DS_MESSAGE_MAX octets hold those of every record; an instance for which there is no room ends the list.
 */
struct bytes option_join(struct bytes options, uint16_t code, uint8_t *buffer, size_t size);

#endif
