/* SPDX-License-Identifier: BSD-2-Clause */
/* What the packet tests share: frames built layer by layer, the real program, and what it made of them. */
#ifndef TESTS_FASTPATH_SUPPORT_H
#define TESTS_FASTPATH_SUPPORT_H

#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fastpath/fastpath.h"

#define PACKET_SIZE 4096

/* A frame under construction. Layers are added from the outside in; `seal` fills in the lengths. */
struct packet {
	uint8_t data[PACKET_SIZE];
	size_t size;
	size_t ip, udp, message; /* offsets; 0: no such layer */
};

#define CLIENT_MAC "\x02\x00\x00\x00\x00\x01"
#define SERVER_MAC "\x02\x00\x00\x00\x00\xfe"

uint8_t *add(struct packet *packet, const void *data, size_t size);
void add_ethernet(struct packet *packet, uint16_t type);
void add_ipv4(struct packet *packet, uint8_t protocol);
void add_ipv6(struct packet *packet, uint8_t next_header);
void add_udp(struct packet *packet, uint16_t from, uint16_t to);
void seal(struct packet *packet);
void put16(uint8_t *at, uint16_t value);
void put32(uint8_t *at, uint32_t value);

/* DHCPv4 from the server (op 2, to 68) or from the client (op 1, to 67), up to and with option 53. */
void add_dhcp4(struct packet *packet, uint8_t op, uint8_t type);
void add_option4(struct packet *packet, uint8_t code, const void *data, uint8_t size);

/* DHCPv6 to the client (546) or from it (547). */
void add_dhcp6(struct packet *packet, uint8_t type);
void add_option6(struct packet *packet, uint16_t code, const void *data, uint16_t size);

/* One port with the real program in slot 0, and a second one in slot 1. */
struct bench {
	struct fastpath *fastpath;
	int uplink, access;
	size_t records; /* seen by the last run */
	union {
		struct ds_record record; /* the last one */
		uint8_t bytes[PACKET_SIZE];
	};
};

#define RING_SIZE (64 * 1024)

int bench_open(void **state);
int bench_open_for(size_t clients_max, void **state);
int bench_close(void **state);

/* Runs a frame, asserts that it was counted once, and takes its records from the ring. */
struct verdict bench_run(struct bench *bench, int slot, const struct packet *packet);

/* The same, and asserts verdict and reason. */
void bench_expect(struct bench *bench, int slot, const struct packet *packet, int action, enum ds_reason reason);

/* Seals it, runs it on the uplink, and asserts that it made a record. */
void bench_capture(struct bench *bench, struct packet *packet);

/* The data of an option in the last record's options; NULL when it is not there. *size: its length. */
const uint8_t *record_option4(const struct bench *bench, uint8_t code, size_t *size);

#endif
