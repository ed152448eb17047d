/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does this certificate belong to the peer that was told? It has to carry the reference identifier (RFC 8973 5.1.3,
 * 8.1, 8.2) as a subjectAltName, by the rules of RFC 9525: a name as DNS-ID, an address as IP-ID alone. Common names do
 * not count; a wildcard stands for the whole first label and for exactly one.
 */
#ifndef PROOF_IDENTITY_H
#define PROOF_IDENTITY_H

#include <openssl/x509.h>

#include "base/address.h"
#include "dhcp/name.h"
#include "proof/reason.h"

/* Room for the text of any identity that matches: a name, "*." before one, or an address. */
#define IDENTITY_TEXT_SIZE (NAME_TEXT_SIZE + 2)

/* A reference identifier: a name or, where that has length 0, an address. */
struct identity {
	struct name name;
	struct address address;
};

/*
 * Which names may be believed? Asked with the text of a certificate's DNS-ID, which may begin with "*.". NULL: all
 * (RFC 8973 8.1).
 */
struct identity_trust {
	bool (*accepts)(void *context, const char *name);
	void *context;
};

/*
 * From a name as text. Returns 0 and fills *ret; or -EINVAL for what no certificate may be asked about: it is empty,
 * begins with a dot (which for OpenSSL means any subdomain), holds a NUL or another octet that is no letter, digit,
 * hyphen, underscore or dot, or ends like an address. A trailing dot is no part of it.
 */
int identity_of_name(struct bytes text, struct identity *ret);

/* From an address; an IPv4-mapped one is the IPv4 address that it holds. Returns 0, or -EINVAL for none. */
int identity_of_address(const struct address *address, struct identity *ret);

/* What identifies a peer: its name, or where it has none, its address. Returns 0, or -EINVAL as those above. */
int identity_of_peer(const struct name *name, const struct address *address, struct identity *ret);

/*
 * Returns REASON_PROVEN, and in `matched` the text of the certificate's identity that matched; or REASON_WRONG_NAME; or
 * REASON_UNTRUSTED_NAME if it is matched by names alone that `trust` (NULL: none) does not accept. `matched` is left
 * empty then.
 */
enum proof_reason identity_check(X509 *certificate, const struct identity *reference,
				 const struct identity_trust *trust, char matched[IDENTITY_TEXT_SIZE]);

/* Of an IPv4-mapped address the IPv4 address that it holds (RFC 8973 5.1.2), of any other itself. */
struct address identity_unmapped(const struct address *address);

#endif
