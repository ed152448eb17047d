/* SPDX-License-Identifier: BSD-2-Clause */
/* In which domains may the services of a message's client be looked up? (RFC 8973 6, requirements) */
#ifndef DHCP_DOMAIN_H
#define DHCP_DOMAIN_H

#include "base/bytes.h"

struct dhcp_message;

/*
 * Fills in domains, best first, each once: DHCPv4's 213, 15 and all of 119; DHCPv6's 57 and all of 24. Discarded, and
 * counted in domain_discards, is what is no name, what has one label alone (requirements 8.5), what exceeds
 * MESSAGE_DOMAINS_MAX, and, once, whatever stands behind the first 32 names of a list. The message's record is set, the
 * domains are zero.
 */
void domain_decode(struct dhcp_message *message, struct bytes options);

#endif
