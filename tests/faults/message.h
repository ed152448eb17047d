/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What passes between a server and a subscriber's relay? DHCPv4 messages of subscribers that are known by a number: in
 * their hardware address, and in the circuit-id by which the relay calls their line (RFC 3046). Behind a relay, a
 * RELEASE tells its circuit as an ACK does, and each subscriber has one of their own.
 */
#ifndef TESTS_FAULTS_MESSAGE_H
#define TESTS_FAULTS_MESSAGE_H

#include "../fastpath/support.h"

#define MESSAGE_OFFERS 100
#define MESSAGE_SERVER "192.0.2.1"

/* What a reply says. */
struct told {
	uint8_t offer;   /* below MESSAGE_OFFERS */
	uint8_t address; /* which of the subscriber's addresses */
	uint32_t lease;  /* seconds */
};

/* Whole frames. The transaction id is that of this message alone. */
void message_ack(struct packet *packet, uint32_t subscriber, uint32_t xid, struct told told);
void message_nak(struct packet *packet, uint32_t subscriber, uint32_t xid);

/* As it comes from the line of subscriber `line`, whoever's address is given back. */
void message_release(struct packet *packet, uint32_t subscriber, uint32_t xid, struct told told, uint32_t line);

/* How the agent shows them. */
#define MESSAGE_TEXT_SIZE 64
void message_circuit(uint32_t subscriber, char text[MESSAGE_TEXT_SIZE]);
void message_hw(uint32_t subscriber, char text[MESSAGE_TEXT_SIZE]);
void message_address(uint32_t subscriber, struct told told, char text[MESSAGE_TEXT_SIZE]);
void message_name(struct told told, char text[MESSAGE_TEXT_SIZE]);
void message_agent(struct told told, char text[MESSAGE_TEXT_SIZE]);

#endif
