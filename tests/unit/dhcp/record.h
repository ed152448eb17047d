/* SPDX-License-Identifier: BSD-2-Clause */
/* What record would the kernel side make? For the unit tests, and for the fuzzers' seeds. */
#ifndef TEST_RECORD_H
#define TEST_RECORD_H

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#include "dotsnoop/record.h"
#include "hex.h"

/* A record and room for its options, aligned as the ring aligns it. */
union record_buffer {
	struct ds_record record;
	uint8_t bytes[sizeof(struct ds_record) + HEX_MAX];
};

static inline struct bytes record_bytes(const union record_buffer *buffer)
{
	return (struct bytes){buffer->bytes, sizeof buffer->record + buffer->record.options_length};
}

/*
 * A message on the client's side, from the server fe80::53 or 192.0.2.53 to the client 02:00:00:00:00:01, transaction
 * 0x123456 or 0x12345678; DHCPv4: with yiaddr 10.0.0.5. Options in hex.
 */
static inline void record_make(union record_buffer *ret, uint8_t family, uint8_t type, const char *options)
{
	static const uint8_t client[6] = {2, 0, 0, 0, 0, 1}, server[6] = {2, 0, 0, 0, 0, 0x53};
	struct ds_record *record = &ret->record;

	memset(ret, 0, sizeof *ret);
	record->version = DS_ABI_VERSION;
	record->family = family;
	record->type = type;
	memcpy(record->source_mac, server, sizeof server);
	memcpy(record->destination_mac, client, sizeof client);
	if (family == DS_FAMILY_V4) {
		record->v4 = (struct ds_bootp){.op = 2, .htype = 1, .hlen = 6, .xid = htobe32(0x12345678)};
		record->v4.yiaddr = htobe32(0x0a000005);
		memcpy(record->v4.chaddr, client, sizeof client);
		inet_pton(AF_INET, "192.0.2.53", record->source);
	} else {
		record->v6 = (struct ds_dhcp6){.type = type, .xid = {0x12, 0x34, 0x56}};
		inet_pton(AF_INET6, "fe80::53", record->source);
	}
	record->options_length = (uint16_t)hex(options, ret->bytes + sizeof *record).size;
}

#endif
