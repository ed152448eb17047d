/* SPDX-License-Identifier: BSD-2-Clause */
#include "support.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdlib.h>

void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)(value >> 16));
	put16(at + 2, (uint16_t)value);
}

uint8_t *add(struct packet *packet, const void *data, size_t size)
{
	uint8_t *at = packet->data + packet->size;

	assert_true(packet->size + size <= sizeof packet->data);
	if (data)
		memcpy(at, data, size);
	else
		memset(at, 0, size);
	packet->size += size;
	return at;
}

void add_ethernet(struct packet *packet, uint16_t type)
{
	packet->size = packet->ip = packet->udp = packet->message = 0;
	add(packet, CLIENT_MAC, 6);
	add(packet, SERVER_MAC, 6);
	put16(add(packet, NULL, 2), type);
}

void add_ipv4(struct packet *packet, uint8_t protocol)
{
	packet->ip = packet->size;
	uint8_t *ip = add(packet, NULL, 20);
	ip[0] = 0x45;
	ip[8] = 64;
	ip[9] = protocol;
	inet_pton(AF_INET, "192.0.2.1", ip + 12);
	inet_pton(AF_INET, "192.0.2.50", ip + 16);
}

void add_ipv6(struct packet *packet, uint8_t next_header)
{
	packet->ip = packet->size;
	uint8_t *ip = add(packet, NULL, 40);
	ip[0] = 0x60;
	ip[6] = next_header;
	ip[7] = 1;
	inet_pton(AF_INET6, "fe80::1", ip + 8);
	inet_pton(AF_INET6, "fe80::50", ip + 24);
}

void add_udp(struct packet *packet, uint16_t from, uint16_t to)
{
	packet->udp = packet->size;
	uint8_t *udp = add(packet, NULL, 8);
	put16(udp, from);
	put16(udp + 2, to);
	packet->message = packet->size;
}

void seal(struct packet *packet)
{
	uint8_t *ip = packet->data + packet->ip;

	if (packet->udp)
		put16(packet->data + packet->udp + 4, (uint16_t)(packet->size - packet->udp));
	if (!packet->ip)
		return;
	if (ip[0] >> 4 == 4)
		put16(ip + 2, (uint16_t)(packet->size - packet->ip));
	else
		put16(ip + 4, (uint16_t)(packet->size - packet->ip - 40));
}

void add_dhcp4(struct packet *packet, uint8_t op, uint8_t type)
{
	static const uint8_t cookie[] = {0x63, 0x82, 0x53, 0x63};

	add_ethernet(packet, ETH_P_IP);
	add_ipv4(packet, IPPROTO_UDP);
	add_udp(packet, op == 2 ? 67 : 68, op == 2 ? 68 : 67);
	uint8_t *bootp = add(packet, NULL, 236);
	bootp[0] = op;
	bootp[1] = 1;
	bootp[2] = 6;
	put32(bootp + 4, 0x12345678);
	if (op == 2)
		inet_pton(AF_INET, "192.0.2.50", bootp + 16);
	memcpy(bootp + 28, CLIENT_MAC, 6);
	add(packet, cookie, sizeof cookie);
	if (type)
		add_option4(packet, 53, &type, 1);
}

void add_option4(struct packet *packet, uint8_t code, const void *data, uint8_t size)
{
	add(packet, &code, 1);
	add(packet, &size, 1);
	add(packet, data, size);
}

void add_dhcp6(struct packet *packet, uint8_t type)
{
	bool reply = type == 2 || type == 7 || type == 10 || type == 13;

	add_ethernet(packet, ETH_P_IPV6);
	add_ipv6(packet, IPPROTO_UDP);
	if (!reply) { /* the client's address is the other end */
		inet_pton(AF_INET6, "fe80::50", packet->data + packet->ip + 8);
		inet_pton(AF_INET6, "ff02::1:2", packet->data + packet->ip + 24);
	}
	add_udp(packet, reply ? 547 : 546, reply ? 546 : 547);
	put32(add(packet, NULL, 4), (uint32_t)type << 24 | 0xabcdef);
}

void add_option6(struct packet *packet, uint16_t code, const void *data, uint16_t size)
{
	uint8_t *head = add(packet, NULL, 4);

	put16(head, code);
	put16(head + 2, size);
	add(packet, data, size);
}

static void keep_record(void *context, struct bytes record)
{
	struct bench *bench = context;

	assert_true(record.size >= sizeof bench->record && record.size <= sizeof bench->bytes);
	memcpy(bench->bytes, record.data, record.size);
	assert_int_equal(record.size, sizeof bench->record + bench->record.options_length);
	bench->records++;
}

int bench_open_for(size_t clients_max, void **state)
{
	struct bench *bench = calloc(1, sizeof *bench);
	struct fastpath_options options = {
		.ring_size = RING_SIZE,
		.clients_max = clients_max,
		.record = keep_record,
		.context = bench,
	};
	struct fastpath_error error;

	if (fastpath_new(&options, &bench->fastpath, &error)) {
		print_error("# %s\n", error.text);
		return -1;
	}
	bench->uplink = fastpath_bench_port(bench->fastpath, "up", DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error);
	bench->access = fastpath_bench_port(bench->fastpath, "down", DS_ROLE_ACCESS, DS_MODE_OBSERVE, &error);
	if (bench->uplink < 0 || bench->access < 0) {
		print_error("# %s\n", error.text);
		return -1;
	}
	*state = bench;
	return 0;
}

int bench_open(void **state)
{
	return bench_open_for(0, state);
}

int bench_close(void **state)
{
	struct bench *bench = *state;

	if (!bench) /* it was not opened */
		return 0;
	fastpath_free(bench->fastpath);
	free(bench);
	return 0;
}

struct verdict bench_run(struct bench *bench, int slot, const struct packet *packet)
{
	struct verdict verdict;
	struct bytes frame = {packet->data, packet->size};

	assert_int_equal(fastpath_run(bench->fastpath, (unsigned)slot, frame, &verdict), 0);
	assert_int_equal(verdict.counted, 1);
	bench->records = 0;
	fastpath_drain(bench->fastpath);
	return verdict;
}

void bench_expect(struct bench *bench, int slot, const struct packet *packet, int action, enum ds_reason reason)
{
	struct verdict verdict = bench_run(bench, slot, packet);

	assert_string_equal(reason_word(verdict.reason), reason_word(reason));
	assert_int_equal(verdict.action, action);
	assert_int_equal(bench->records, reason == DS_REASON_captured);
}

void bench_capture(struct bench *bench, struct packet *packet)
{
	seal(packet);
	bench_expect(bench, bench->uplink, packet, XDP_PASS, DS_REASON_captured);
}

const uint8_t *record_option4(const struct bench *bench, uint8_t code, size_t *size)
{
	const uint8_t *at = bench->record.options, *end = at + bench->record.options_length;

	for (; at < end; at += 2 + at[1]) {
		if (at[0] == code) {
			*size = at[1];
			return at + 2;
		}
	}
	return NULL;
}
