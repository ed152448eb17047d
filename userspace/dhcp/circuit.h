/* SPDX-License-Identifier: BSD-2-Clause */
/* Where does the subscriber of this message sit? */
#ifndef DHCP_CIRCUIT_H
#define DHCP_CIRCUIT_H

#include "dhcp/message.h"

/* Room for a port with three tags and a PPPoE session, or a relay's address with a circuit-id of 255 octets. */
#define CIRCUIT_ID_MAX 255 /* of an Interface-ID, which may be longer, so many octets tell enough */
#define CIRCUIT_TEXT_SIZE (ADDRESS_TEXT_SIZE + 1 + 2 * CIRCUIT_ID_MAX + 1)

/*
 * Writes the circuit's text, from the best source that there is:
 *
 *   PORT.TAG.TAG/pppoe-SESSION   where the client's request was seen
 *   RELAY#CIRCUIT-ID             where the relay nearest to the client says (option 82, Interface-ID)
 *   PORT.TAG.TAG                 where the message itself was seen
 *
 * Returns whether it is known to be the client's own: false for the last, as that is only where the server is.
 * `asked` and `seen` are the names of the ports of the record's circuits; asked may be NULL.
 */
bool circuit_of(const struct dhcp_message *message, const char *asked, const char *seen, char text[CIRCUIT_TEXT_SIZE]);

#endif
