/* SPDX-License-Identifier: BSD-2-Clause */
/* How are the frames that are measured made up? As on a gateway's uplink, from servers that name DOTS agents. */
#include "frames.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#define PORT_HTTPS 443
#define HOP_BY_HOP 0
#define DESTINATION_OPTIONS 60

#define DUID "\x00\x03\x00\x01" CLIENT_MAC
#define SERVER_DUID "\x00\x03\x00\x01" SERVER_MAC

/* Domain names on the wire, with the root's empty label; the compiler's NUL is that one. */
#define DOTS_NAME "\4dots\7example\3com"
#define DOMAIN "\7example\3com"

/* --- Traffic that is none of ours --- */

static void add_tcp(struct packet *packet)
{
	uint8_t *tcp = add(packet, NULL, 20);

	put16(tcp, PORT_HTTPS);
	put16(tcp + 2, 50000);
	tcp[12] = 0x50; /* five words */
	tcp[13] = 0x10; /* ACK */
	add(packet, NULL, 32);
	seal(packet);
}

static void tcp(struct packet *packet)
{
	add_ethernet(packet, ETH_P_IP);
	add_ipv4(packet, IPPROTO_TCP);
	add_tcp(packet);
}

static void udp(struct packet *packet)
{
	add_ethernet(packet, ETH_P_IP);
	add_ipv4(packet, IPPROTO_UDP);
	add_udp(packet, PORT_HTTPS, 50000);
	add(packet, NULL, 32);
	seal(packet);
}

static void qinq_tcp(struct packet *packet)
{
	add_ethernet(packet, ETH_P_8021AD);
	put32(add(packet, NULL, 4), 100 << 16 | ETH_P_8021Q);
	put32(add(packet, NULL, 4), 200 << 16 | ETH_P_IP);
	add_ipv4(packet, IPPROTO_TCP);
	add_tcp(packet);
}

static void pppoe_tcp(struct packet *packet)
{
	add_ethernet(packet, ETH_P_PPP_SES);
	uint8_t *pppoe = add(packet, NULL, 8);
	add_ipv4(packet, IPPROTO_TCP);
	add_tcp(packet);

	put32(pppoe, 0x11000001); /* version 1, type 1, session data, session 1 (RFC 2516 4) */
	put16(pppoe + 4, (uint16_t)(packet->size - packet->ip + 2));
	put16(pppoe + 6, 0x0021); /* PPP: IPv4 */
}

static void add_extension(struct packet *packet, uint8_t next)
{
	uint8_t *extension = add(packet, NULL, 8);

	extension[0] = next;
	extension[2] = 1; /* PadN over what is left (RFC 8200 4.2) */
	extension[3] = 4;
}

static void ipv6_ext(struct packet *packet)
{
	add_ethernet(packet, ETH_P_IPV6);
	add_ipv6(packet, HOP_BY_HOP);
	add_extension(packet, DESTINATION_OPTIONS);
	add_extension(packet, IPPROTO_TCP);
	add_tcp(packet);
}

/* --- Replies --- */

/* Length and data of a string literal as the two arguments that the builders want, its own NUL left out. */
#define TEXT(literal) (literal), sizeof(literal) - 1
#define WITH_ROOT(literal) (literal), sizeof(literal)

/* A dozen options in the order of their codes, as servers send them, and those of RFC 8973. */
static void dhcp4_ack(struct packet *packet)
{
	static const struct {
		uint8_t code;
		const char *data;
		size_t size;
	} options[] = {
		{1, TEXT("\xff\xff\xff\x00")},
		{3, TEXT("\xc0\x00\x02\x01")},
		{6, TEXT("\xc0\x00\x02\x35\xc0\x00\x02\x36")},
		{15, TEXT("example.com")},
		{28, TEXT("\xc0\x00\x02\xff")},
		{51, TEXT("\x00\x00\x0e\x10")},
		{53, TEXT("\x05")},
		{54, TEXT("\xc0\x00\x02\x01")},
		{58, TEXT("\x00\x00\x07\x08")},
		{59, TEXT("\x00\x00\x0c\x4e")},
		{61, TEXT("\x01" CLIENT_MAC)},
		{82, TEXT("\x01\x08port 1/7\x02\x06" CLIENT_MAC)},
		{147, WITH_ROOT(DOTS_NAME)},
		{148, TEXT("\xc6\x33\x64\x01\xc6\x33\x64\x02")},
	};

	add_dhcp4(packet, 2, 0);
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		add_option4(packet, options[i].code, options[i].data, (uint8_t)options[i].size);
	add(packet, "\xff", 1);
	seal(packet);
}

static void add_reply6(struct packet *packet)
{
	uint8_t addresses[2][16], ia[12 + 4 + 24] = {[3] = 1, [13] = 5, [15] = 24};

	inet_pton(AF_INET6, "2001:db8::50", ia + 16);
	put32(ia + 4, 1800); /* T1, T2, and the two lifetimes of the address */
	put32(ia + 8, 2880);
	put32(ia + 32, 3600);
	put32(ia + 36, 7200);
	inet_pton(AF_INET6, "2001:db8::53", addresses[0]);
	inet_pton(AF_INET6, "2001:db8::54", addresses[1]);

	add_option6(packet, 1, TEXT(DUID));
	add_option6(packet, 2, TEXT(SERVER_DUID));
	add_option6(packet, 3, ia, sizeof ia);
	add_option6(packet, 23, addresses, sizeof addresses);
	add_option6(packet, 24, WITH_ROOT(DOMAIN));
	add_option6(packet, 141, WITH_ROOT(DOTS_NAME));
	add_option6(packet, 142, addresses, sizeof addresses);
}

static void dhcp6_reply(struct packet *packet)
{
	add_dhcp6(packet, 7);
	add_reply6(packet);
	seal(packet);
}

/* Puts the message so far into a Relay-reply that goes on to `peer` (RFC 9915 9.2). */
static void relay(struct packet *packet, uint8_t hops, const char *peer)
{
	uint8_t message[PACKET_SIZE];
	size_t size = packet->size - packet->message;

	memcpy(message, packet->data + packet->message, size);
	packet->size = packet->message;
	uint8_t *head = add(packet, NULL, 34);
	head[0] = 13;
	head[1] = hops;
	inet_pton(AF_INET6, "2001:db8::1", head + 2);
	inet_pton(AF_INET6, peer, head + 18);
	add_option6(packet, 18, TEXT("port 1/7"));
	add_option6(packet, 37, TEXT("\x00\x00\x0d\xe9line 7"));
	add_option6(packet, 9, message, (uint16_t)size);
}

static void dhcp6_relay2(struct packet *packet)
{
	add_dhcp6(packet, 7);
	add_reply6(packet);
	relay(packet, 0, "fe80::50");
	relay(packet, 1, "2001:db8::2");
	put16(packet->data + packet->udp + 2, 547);
	seal(packet);
}

void request4(struct packet *packet)
{
	add_dhcp4(packet, 1, 3);
	seal(packet);
}

void request6(struct packet *packet)
{
	add_dhcp6(packet, 3);
	seal(packet);
}

const struct frame_kind frame_kinds[] = {
	{"fastpath.tcp", "TCP over IPv4", tcp, DS_REASON_not_udp},
	{"fastpath.udp", "UDP over IPv4, not DHCP", udp, DS_REASON_not_dhcp},
	{"fastpath.qinq-tcp", "two VLAN tags, TCP", qinq_tcp, DS_REASON_not_udp},
	{"fastpath.pppoe-tcp", "PPPoE session, TCP", pppoe_tcp, DS_REASON_not_udp},
	{"fastpath.ipv6-ext", "IPv6, two extension headers, TCP", ipv6_ext, DS_REASON_not_udp},
	{"fastpath.dhcp4-ack", "14 options, into the ring", dhcp4_ack, DS_REASON_captured},
	{"fastpath.dhcp4-settled", "the same, settled", dhcp4_ack, DS_REASON_settled},
	{"fastpath.dhcp6-reply", "7 options, into the ring", dhcp6_reply, DS_REASON_captured},
	{"fastpath.dhcp6-relay2", "the same in two Relay-replies", dhcp6_relay2, DS_REASON_captured},
};
const size_t frame_kind_count = sizeof frame_kinds / sizeof frame_kinds[0];
