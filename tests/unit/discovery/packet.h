/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a DNS message made by hand? Piece by piece; names are written uncompressed, counts follow what is put. */
#ifndef TESTS_UNIT_DISCOVERY_PACKET_H
#define TESTS_UNIT_DISCOVERY_PACKET_H

#include <string.h>

#include "discovery/dns.h"

#define PACKET_MAX 65535

/* Of a header: an answer, recursion desired and available. */
#define FLAGS 0x8180
#define FLAG_AD 0x0020
#define FLAG_TC 0x0200

struct packet {
	uint8_t data[PACKET_MAX];
	size_t size;
};

static inline void put(struct packet *packet, const void *data, size_t size)
{
	memcpy(packet->data + packet->size, data, size);
	packet->size += size;
}

static inline void put16(struct packet *packet, unsigned value)
{
	put(packet, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static inline void put32(struct packet *packet, uint32_t value)
{
	put16(packet, value >> 16);
	put16(packet, value & 0xffff);
}

/* An octet with its length, then the text. */
static inline void put_string(struct packet *packet, const char *text)
{
	uint8_t length = (uint8_t)strlen(text);

	put(packet, &length, 1);
	put(packet, text, length);
}

static inline void put_name(struct packet *packet, const char *name)
{
	while (*name) {
		uint8_t length = (uint8_t)strcspn(name, ".");
		put(packet, &length, 1);
		put(packet, name, length);
		name += length + (name[length] == '.');
	}
	put(packet, "", 1);
}

/* The count of questions is the first of four; those of the sections follow. */
static inline void set_count(struct packet *packet, unsigned index, unsigned count)
{
	packet->data[4 + 2 * index] = (uint8_t)(count >> 8);
	packet->data[5 + 2 * index] = (uint8_t)count;
}

static inline void count_one(struct packet *packet, unsigned index)
{
	const uint8_t *at = packet->data + 4 + 2 * index;

	set_count(packet, index, (unsigned)(at[0] << 8 | at[1]) + 1);
}

static inline void start(struct packet *packet, unsigned flags)
{
	packet->size = 0;
	put16(packet, 0x1234);
	put16(packet, flags);
	put(packet, "\0\0\0\0\0\0\0\0", 8);
}

static inline void put_question(struct packet *packet, const char *name, uint16_t type)
{
	put_name(packet, name);
	put16(packet, type);
	put16(packet, DNS_CLASS_IN);
	count_one(packet, 0);
}

/* All of a record but its data. */
static inline void put_record_head(struct packet *packet, enum dns_section section, const char *owner, uint16_t type,
				   uint32_t ttl, size_t size)
{
	put_name(packet, owner);
	put16(packet, type);
	put16(packet, DNS_CLASS_IN);
	put32(packet, ttl);
	put16(packet, (unsigned)size);
	count_one(packet, 1 + section);
}

static inline void put_record(struct packet *packet, enum dns_section section, const char *owner, uint16_t type,
			      uint32_t ttl, const void *data, size_t size)
{
	put_record_head(packet, section, owner, type, ttl, size);
	put(packet, data, size);
}

#endif
