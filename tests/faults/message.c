/* SPDX-License-Identifier: BSD-2-Clause */
#include "message.h"

#include <arpa/inet.h>
#include <stdio.h>

#define RELAY "10.255.255.254"

/* DHCP's message types (RFC 2132 9.6). */
#define ACK 5
#define NAK 6
#define RELEASE 7

/* Where a DHCPv4 message has its fields (RFC 2131 2). */
#define XID 4
#define CIADDR 12
#define YIADDR 16
#define GIADDR 24
#define CHADDR 28

static uint32_t address_number(uint32_t subscriber, struct told told)
{
	return 10U << 24 | (uint32_t)(told.address & 0xf) << 20 | (subscriber & 0xfffff);
}

/* Between server and relay: both are on port 67 (RFC 2131 4.1). */
static uint8_t *begin(struct packet *packet, uint8_t op, uint8_t type, uint32_t subscriber, uint32_t xid)
{
	add_dhcp4(packet, op, type);
	put16(packet->data + packet->udp, 67);
	put16(packet->data + packet->udp + 2, 67);
	uint8_t *message = packet->data + packet->message;
	put32(message + XID, xid);
	put32(message + YIADDR, 0);
	inet_pton(AF_INET, RELAY, message + GIADDR);
	put32(message + CHADDR + 2, subscriber); /* the first two octets are the maker's */
	inet_pton(AF_INET, op == 2 ? MESSAGE_SERVER : RELAY, packet->data + packet->ip + 12);
	inet_pton(AF_INET, op == 2 ? RELAY : MESSAGE_SERVER, packet->data + packet->ip + 16);
	add_option4(packet, 54, "\xc0\x00\x02\x01", 4);
	return message;
}

static void end(struct packet *packet, uint32_t line)
{
	uint8_t information[6] = {1, 4};

	put32(information + 2, line);
	add_option4(packet, 82, information, sizeof information);
	add(packet, "\xff", 1);
	seal(packet);
}

void message_ack(struct packet *packet, uint32_t subscriber, uint32_t xid, struct told told)
{
	uint8_t *message = begin(packet, 2, ACK, subscriber, xid);
	uint8_t name[] = "\6dots00\7example\3com", agent[] = {198, 51, 100, told.offer}, lease[4];

	name[5] = (uint8_t)('0' + told.offer / 10);
	name[6] = (uint8_t)('0' + told.offer % 10);
	put32(lease, told.lease);
	put32(message + YIADDR, address_number(subscriber, told));
	add_option4(packet, 51, lease, sizeof lease);
	add_option4(packet, 147, name, sizeof name);
	add_option4(packet, 148, agent, sizeof agent);
	end(packet, subscriber);
}

void message_nak(struct packet *packet, uint32_t subscriber, uint32_t xid)
{
	begin(packet, 2, NAK, subscriber, xid);
	end(packet, subscriber);
}

void message_release(struct packet *packet, uint32_t subscriber, uint32_t xid, struct told told, uint32_t line)
{
	uint8_t *message = begin(packet, 1, RELEASE, subscriber, xid);

	put32(message + CIADDR, address_number(subscriber, told));
	end(packet, line);
}

void message_circuit(uint32_t subscriber, char text[MESSAGE_TEXT_SIZE])
{
	snprintf(text, MESSAGE_TEXT_SIZE, RELAY "#%08x", subscriber);
}

void message_hw(uint32_t subscriber, char text[MESSAGE_TEXT_SIZE])
{
	snprintf(text, MESSAGE_TEXT_SIZE, "02:00:%02x:%02x:%02x:%02x", subscriber >> 24, subscriber >> 16 & 0xff,
		 subscriber >> 8 & 0xff, subscriber & 0xff);
}

void message_address(uint32_t subscriber, struct told told, char text[MESSAGE_TEXT_SIZE])
{
	uint32_t address = htonl(address_number(subscriber, told));

	inet_ntop(AF_INET, &address, text, MESSAGE_TEXT_SIZE);
}

void message_name(struct told told, char text[MESSAGE_TEXT_SIZE])
{
	snprintf(text, MESSAGE_TEXT_SIZE, "dots%02u.example.com", told.offer);
}

void message_agent(struct told told, char text[MESSAGE_TEXT_SIZE])
{
	snprintf(text, MESSAGE_TEXT_SIZE, "198.51.100.%u", told.offer);
}
