/* SPDX-License-Identifier: BSD-2-Clause */
/* What is an IP address to us? Sixteen bytes and a family, without padding, so that equal addresses are equal bytes. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* Longest text of an address, or of address/length, with its NUL. */
#define ADDRESS_TEXT_SIZE (INET6_ADDRSTRLEN + 4)

struct address {
	uint8_t family;    /* 4, 6, or 0: none */
	uint8_t bytes[16]; /* as on the wire; IPv4 in the first four, the rest zero */
};

struct prefix {
	struct address address;
	uint8_t length; /* bits */
};

/* An address of 4 or 16 bytes; none for any other size. */
struct address address_of(struct bytes bytes);

/* From text; false when it is none. */
bool address_parse(const char *text, struct address *ret);

/* From "address" or "address/length"; false when it is none, or has bits beyond its length. */
bool prefix_parse(const char *text, struct prefix *ret);

/* Text of an address ("-" for none) in the caller's buffer, which is returned. */
const char *address_text(const struct address *address, char text[ADDRESS_TEXT_SIZE]);
const char *prefix_text(const struct prefix *prefix, char text[ADDRESS_TEXT_SIZE]);

static inline bool address_equal(const struct address *a, const struct address *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* Is all of `inner` in `outer`? */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);

/* 0.0.0.0, ::, or none at all. */
static inline bool address_is_zero(const struct address *address)
{
	static const uint8_t zero[sizeof address->bytes];

	return memcmp(address->bytes, zero, sizeof zero) == 0;
}

/* The same address as a socket address of that port; the length is returned. scope: ifindex, for link-local ones. */
socklen_t address_to_sockaddr(const struct address *address, uint16_t port, uint32_t scope,
			      struct sockaddr_storage *ret);

#endif
