/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why was this thrown away? Each reason under which dhcp/ discards a name, an address or an option.
 *
 *   X(identifier, what it means, rule)
 *
 * The identifier, with '_' shown as '-', is the label of discards_total and the word in JSON.
 */
#ifndef DHCP_DISCARD_H
#define DHCP_DISCARD_H

#include "base/address.h"

#define DISCARD_REASONS(X)                                                                                             \
	/* addresses */                                                                                                \
	X(loopback, "a host loopback address", "RFC 8973 5.1.3, 5.2.3")                                                \
	X(multicast, "a multicast address", "RFC 8973 5.1.3, 5.2.3")                                                   \
	X(unspecified, "0.0.0.0/8 or ::", "local policy")                                                              \
	X(broadcast, "255.255.255.255", "local policy")                                                                \
	X(reserved, "240.0.0.0/4", "local policy")                                                                     \
	/* options as a whole */                                                                                       \
	X(option_length, "an address option whose length is no multiple of an address", "RFC 8973 5.1.2, 5.2.2")       \
	X(duplicate_option, "another instance of an option of which the first alone counts", "RFC 8973 5.1.3, 5.2.3")  \
	X(addresses_excess, "more addresses than are kept", "local policy")                                            \
	/* names */                                                                                                    \
	X(name_empty, "an option without a name", "RFC 9915 10")                                                       \
	X(name_root, "the root alone", "RFC 9915 10")                                                                  \
	X(name_ascii, "text where DNS wire format is due: a server configured with a string", "RFC 8973 5.1.1, 5.2.1") \
	X(name_unterminated, "no root label before the option's end", "RFC 9915 10")                                   \
	X(name_compressed, "a compression pointer", "RFC 9915 10")                                                     \
	X(name_pointer, "a compression pointer that leads back to no name", "RFC 1035 4.1.4")                          \
	X(name_label_type, "a label type other than plain", "RFC 1035 3.1")                                            \
	X(name_label_empty, "an empty label in a name as text", "RFC 1035 2.3.1")                                      \
	X(name_label_long, "a label of more than 63 octets", "RFC 1035 3.1")                                           \
	X(name_long, "more than 255 octets", "RFC 1035 3.1")                                                           \
	X(name_octet, "an octet other than letter, digit, hyphen, underscore", "local policy: RFC 1123 2.1")           \
	X(name_hyphen, "a label that begins or ends with a hyphen", "RFC 1123 2.1")                                    \
	X(name_numeric, "a last label of digits alone: an IPv4 address as text, or nobody's",                          \
	  "RFC 1123 2.1, RFC 3696 2")                                                                                  \
	X(name_extra, "octets or further names behind the first name", "RFC 8973 5.1.3, 5.2.3")                        \
	/* domains, beside what makes a name none */                                                                   \
	X(domain_single_label, "a domain of one label, such as lan: questions for it leak to the root",                \
	  "local policy")                                                                                              \
	X(domains_excess, "more domains than are kept", "local policy")

enum discard_reason {
#define X(id, help, rule) DISCARD_##id,
	DISCARD_REASONS(X) DISCARD_COUNT
#undef X
};

/* The word for a reason, for metrics and JSON: '-' between words. */
const char *discard_word(enum discard_reason reason);
const char *discard_help(enum discard_reason reason);

/*
 * Is this address none at which a peer or a resolver can be? Then true, and why in *reason. An IPv4-mapped one is
 * judged by the IPv4 address in it.
 */
bool discard_address(const struct address *address, enum discard_reason *reason);

#endif
