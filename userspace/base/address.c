/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct address address_of(struct bytes bytes)
{
	struct address address = {0};

	if (bytes.size == 4 || bytes.size == 16) {
		address.family = bytes.size == 4 ? 4 : 6;
		memcpy(address.bytes, bytes.data, bytes.size);
	}
	return address;
}

bool address_parse(const char *text, struct address *ret)
{
	struct address address = {0};

	if (inet_pton(AF_INET, text, address.bytes) == 1)
		address.family = 4;
	else if (inet_pton(AF_INET6, text, address.bytes) == 1)
		address.family = 6;
	else
		return false;
	*ret = address;
	return true;
}

/* Are all bits of an address from bit `length` on zero? */
static bool zero_from(const struct address *address, unsigned length)
{
	for (unsigned bit = length; bit < 128; bit++)
		if (address->bytes[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

bool prefix_parse(const char *text, struct prefix *ret)
{
	char copy[ADDRESS_TEXT_SIZE];
	struct prefix prefix;

	if (strlen(text) >= sizeof copy)
		return false;
	strcpy(copy, text);

	char *slash = strchr(copy, '/');
	if (slash)
		*slash = '\0';
	if (!address_parse(copy, &prefix.address))
		return false;

	unsigned long bits = prefix.address.family == 4 ? 32 : 128, length = bits;
	if (slash) {
		char *end;
		length = strtoul(slash + 1, &end, 10);
		if (!isdigit((unsigned char)slash[1]) || *end || length > bits)
			return false;
	}
	if (!zero_from(&prefix.address, (unsigned)length))
		return false;
	prefix.length = (uint8_t)length;
	*ret = prefix;
	return true;
}

bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	const uint8_t *a = outer->address.bytes, *b = inner->address.bytes;
	unsigned whole = outer->length / 8;
	uint8_t mask = (uint8_t) ~(0xff >> outer->length % 8);

	if (outer->address.family != inner->address.family || outer->length > inner->length)
		return false;
	return memcmp(a, b, whole) == 0 && (!mask || (a[whole] & mask) == (b[whole] & mask));
}

const char *address_text(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
	int family = address->family == 4 ? AF_INET : AF_INET6;

	if (address->family == 0 || !inet_ntop(family, address->bytes, text, ADDRESS_TEXT_SIZE))
		strcpy(text, "-");
	return text;
}

const char *prefix_text(const struct prefix *prefix, char text[ADDRESS_TEXT_SIZE])
{
	char address[ADDRESS_TEXT_SIZE];

	snprintf(text, ADDRESS_TEXT_SIZE, "%.*s/%u", INET6_ADDRSTRLEN - 1, address_text(&prefix->address, address),
		 prefix->length);
	return text;
}

socklen_t address_to_sockaddr(const struct address *address, uint16_t port, uint32_t scope,
			      struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof *ret);
	if (address->family == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)ret;
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, address->bytes, sizeof in->sin_addr);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_scope_id = scope;
	memcpy(&in6->sin6_addr, address->bytes, sizeof in6->sin6_addr);
	return sizeof *in6;
}
