/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do our values look in JSON? Byte strings as lower-case hex, times in RFC 3339 UTC, durations in seconds, the
 * infinite as null with "infinite": true beside it. What is missing is null.
 *
 * Each function here returns a new value, or NULL when there is no memory for it.
 */
#ifndef SERVE_JSON_H
#define SERVE_JSON_H

#include <event2/buffer.h>
#include <jansson.h>

#include "base/address.h"
#include "base/bytes.h"
#include "dhcp/lease.h"
#include "dhcp/name.h"

/* All of our JSON is written so: one line, and nothing in it but printable ASCII. */
#define JSON_STYLE (JSON_COMPACT | JSON_ENSURE_ASCII)

json_t *json_name(const struct name *name);
json_t *json_address(const struct address *address);
json_t *json_addresses(const struct address *addresses, size_t count);
json_t *json_hex(struct bytes bytes);

/* Text of which nothing is known: printable ASCII as it is, every other octet and the backslash as \DDD. */
json_t *json_plain(const char *text);

/* {"hw","id"} of a client. */
json_t *json_client(struct bytes hw, struct bytes id);

/* A moment given in CLOCK_BOOTTIME. */
json_t *json_moment(uint64_t boot);

/* {"address" or "prefix","lifetime"} */
enum lease_kind {
	LEASE_ADDRESS,
	LEASE_PREFIX
};
json_t *json_lease(const struct lease *lease, enum lease_kind kind);

/* Adds "infinite": true, which follows a number that is null because it has no end. */
int json_set_infinite(json_t *object);

/* Writes one line, and takes the value, which may be NULL. Returns 0 or -ENOMEM. */
int json_line(struct evbuffer *out, json_t *value);

#endif
