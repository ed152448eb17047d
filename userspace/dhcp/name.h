/* SPDX-License-Identifier: BSD-2-Clause */
/* Which name do these wire-format bytes hold, and may it be used? (RFC 9915 10, RFC 8973 5.1.3 and 5.2.3) */
#ifndef DHCP_NAME_H
#define DHCP_NAME_H

#include "base/bytes.h"
#include "dhcp/discard.h"

/* Longest name in wire format, with its root label, and longest label (RFC 1035 2.3.4). */
#define NAME_WIRE_MAX 255
#define NAME_LABEL_MAX 63

/* A label's length with the two high bits set is none, but a compression pointer (RFC 1035 4.1.4). */
#define NAME_POINTER 0xc0

/* Longest name as text, with its NUL: 255 octets of wire format are at most 253 characters. */
#define NAME_TEXT_SIZE 254

struct name {
	uint8_t length;            /* of text; 0: no name */
	char text[NAME_TEXT_SIZE]; /* lower case, no trailing dot, letters, digits, '-', '_' and '.' alone */
};

/*
 * What is no name to either function: one whose last label is digits alone. The highest label of a host's name is never
 * (RFC 1123 2.1, RFC 3696 2), so that what looks like an IPv4 address is one: nobody who is handed a name from here
 * may take "192.0.2.1" for an address. One label alone is a name, and may identify a server.
 *
 * Decodes the first name of an uncompressed wire-format field. Returns 0 and fills *ret; or -EINVAL, says why in
 * *reason, and leaves *ret alone. Octets behind the first name are no error (RFC 8973: the first alone counts): their
 * number goes to *extra.
 */
int name_decode(struct bytes wire, struct name *ret, size_t *extra, enum discard_reason *reason);

/*
 * The same from text, as DHCPv4 option 15 has it: NULs at its end and one trailing dot are no part of it. Returns 0 and
 * fills *ret; or -EINVAL, says why in *reason, and leaves *ret alone.
 */
int name_parse(struct bytes text, struct name *ret, enum discard_reason *reason);

#endif
