/* SPDX-License-Identifier: BSD-2-Clause */
/* Where does the subscriber of this message sit? */
#ifndef DHCP_CIRCUIT_H
#define DHCP_CIRCUIT_H

#include "dhcp/message.h"

/* Room for a port with three tags and a PPPoE session, or a relay's address with a circuit-id of 255 octets. */
#define CIRCUIT_TEXT_SIZE (ADDRESS_TEXT_SIZE + 1 + 2 * 255 + 1)

/*
 * Writes the circuit's text: "PORT.TAG.TAG" where the client asked, else where the message was seen; or, between server
 * and relay, "RELAY#CIRCUIT-ID" as the relay says (RFC 3046). Returns whether it is known to be the client's own: false
 * when no request was seen, and the port is only the one that the server is behind.
 *
 * `asked` and `seen` are the names of the ports of the record's circuits; asked may be NULL.
 */
bool circuit_of(const struct dhcp_message *message, const char *asked, const char *seen, char text[CIRCUIT_TEXT_SIZE]);

#endif
