/* SPDX-License-Identifier: BSD-2-Clause */
/* What was a client told? A few words that become a message for the table. */
#ifndef TESTS_UNIT_SERVE_TOLD_H
#define TESTS_UNIT_SERVE_TOLD_H

#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/clock.h"
#include "table/table.h"

struct told {
	uint8_t family;             /* 0: 4 */
	unsigned client;            /* 02:00 and this number */
	const char *circuit;        /* NULL: "access1" */
	const char *name;           /* NULL: none */
	const char *address;        /* NULL: none */
	const char *second;         /* address, NULL: none */
	const char *domain;         /* NULL: none */
	const char *leases[3];      /* prefixes in place of one address by the client's number */
	uint32_t lifetime;          /* 0: 3600 */
	enum message_effect effect; /* MESSAGE_NONE: it binds */
};

/* A table with room for so many bindings and peersets, and its wheel. */
static struct wheel told_wheel;

static inline int told_open(size_t max, struct table **ret)
{
	struct table_limits limits = {.bindings = max, .bindings_per_port = max, .peersets = max};

	wheel_init(&told_wheel, (uint32_t)(clock_boot() / NS_PER_SECOND));
	return table_new(&limits, &told_wheel, ret);
}

static inline void told_close(struct table *table)
{
	table_free(table);
	wheel_free(&told_wheel);
}

static inline struct address told_address(const char *text)
{
	struct address address;

	assert_true(address_parse(text, &address));
	return address;
}

static inline void told_offer(const struct told *told, struct offer *offer)
{
	if (told->name) {
		offer->name.length = (uint8_t)strlen(told->name);
		memcpy(offer->name.text, told->name, offer->name.length);
	}
	if (told->address)
		offer->addresses[offer->address_count++] = told_address(told->address);
	if (told->second)
		offer->addresses[offer->address_count++] = told_address(told->second);
	offer->present = told->name || told->address;
}

/* 10.x.x.x or 2001:db8::x, by the client's number. */
static inline struct prefix told_prefix(const struct told *told, uint8_t family)
{
	struct prefix prefix = {told_address(family == 4 ? "10.0.0.0" : "2001:db8::"), family == 4 ? 32 : 128};
	uint8_t *last = prefix.address.bytes + (family == 4 ? 3 : 15);

	last[0] = (uint8_t)told->client;
	last[-1] = (uint8_t)(told->client >> 8);
	last[-2] = (uint8_t)(told->client >> 16);
	return prefix;
}

static inline void told_leases(const struct told *told, uint8_t family, struct dhcp_message *message)
{
	uint32_t lifetime = told->lifetime ? told->lifetime : 3600;
	struct prefix prefix = told_prefix(told, family);

	for (size_t i = 0; i == 0 || (i < 3 && told->leases[i]); i++) {
		assert_true(!told->leases[i] || prefix_parse(told->leases[i], &prefix));
		if (prefix.length == (family == 4 ? 32 : 128))
			message->addresses[message->address_count++] = (struct lease){prefix, lifetime};
		else
			message->prefixes[message->prefix_count++] = (struct lease){prefix, lifetime};
	}
	message->lifetime = lifetime;
	message->has_lease = true;
}

/* At the time `now`, ns. */
static inline void tell_at(struct table *table, const struct told *told, uint64_t now)
{
	struct dhcp_message *message = calloc(1, sizeof *message);
	uint8_t family = told->family ? told->family : 4;
	struct ds_record record = {.family = family, .type = family == 4 ? DHCP4_ACK : DHCP6_REPLY};
	uint8_t hw[6] = {2,
			 0,
			 (uint8_t)(told->client >> 24),
			 (uint8_t)(told->client >> 16),
			 (uint8_t)(told->client >> 8),
			 (uint8_t)told->client};
	uint8_t duid[10] = {0, 3, 0, 1};

	assert_non_null(message);
	memcpy(duid + 4, hw, sizeof hw);
	message->record = &record;
	message->effect = told->effect == MESSAGE_NONE ? MESSAGE_BINDS : told->effect;
	message->hw = (struct bytes){hw, sizeof hw};
	if (family == 6)
		message->client_id = (struct bytes){duid, sizeof duid};
	told_leases(told, family, message);
	if (told->domain) {
		message->domain_count = 1;
		message->domains[0].length = (uint8_t)strlen(told->domain);
		memcpy(message->domains[0].text, told->domain, message->domains[0].length);
	}
	message->server = told_address(family == 4 ? "192.0.2.53" : "fe80::53");
	told_offer(told, &message->offer);

	struct table_update update = {
		.message = message,
		.circuit = told->circuit ? told->circuit : "access1",
		.located = true,
		.port = "uplink",
		.access = "access1",
		.time = now,
	};
	assert_true(table_update(table, &update) >= 0);
	free(message);
}

static inline void tell(struct table *table, const struct told *told)
{
	tell_at(table, told, clock_boot());
}

/* Peers of every peerset, as discovery would set them: the offer's addresses, or one that is not resolved. */
static inline void discover(struct table *table)
{
	const struct peerset *peerset;

	for (uint32_t cursor = 0; (peerset = table_next_peerset(table, &cursor));) {
		struct peer peers[4] = {0};
		size_t count = 0;
		if (!peerset->offer)
			continue;
		for (; count < peerset->offer->address_count; count++)
			peers[count] = (struct peer){.address = peerset->offer->addresses[count],
						     .port = 4646,
						     .method = METHOD_DHCP,
						     .state = PEER_DISCOVERED,
						     .name = peerset->offer->name,
						     .expires = TABLE_NEVER};
		if (!count)
			peers[count++] = (struct peer){.port = 4646,
						       .method = METHOD_DHCP,
						       .state = PEER_UNRESOLVED,
						       .name = peerset->offer->name,
						       .expires = TABLE_NEVER,
						       .detail = "nxdomain"};
		assert_int_equal(table_set_peers(table, (struct peerset *)peerset, peers, count), 0);
	}
}

#endif
