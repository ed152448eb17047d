/* SPDX-License-Identifier: BSD-2-Clause */
/* Which name do these wire-format bytes hold, and may it be used? (RFC 9915 10, RFC 8973 5.1.3 and 5.2.3) */
#ifndef DHCP_NAME_H
#define DHCP_NAME_H

#include "base/bytes.h"
#include "dhcp/discard.h"

/* Longest name as text, with its NUL: 255 octets of wire format are at most 253 characters. */
#define NAME_TEXT_SIZE 254

struct name {
	uint8_t length;            /* of text; 0: no name */
	char text[NAME_TEXT_SIZE]; /* lower case, no trailing dot, letters, digits, '-', '_' and '.' alone */
};

/*
 * Decodes the first name of an uncompressed wire-format field. Returns 0 and fills *ret; or -EINVAL, says why in
 * *reason, and leaves *ret alone. Octets behind the first name are no error (RFC 8973: the first alone counts): their
 * number goes to *extra.
 */
int name_decode(struct bytes wire, struct name *ret, size_t *extra, enum discard_reason *reason);

/*
 * The same from text, as DHCPv4 option 15 has it: NULs at its end and one trailing dot are no part of it. Returns 0 and
 * fills *ret, or -EINVAL and leaves *ret alone.
 */
int name_parse(struct bytes text, struct name *ret);

#endif
