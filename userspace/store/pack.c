/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a binding or a peerset become bytes, and bytes become it again? */
#include "store/pack.h"

#include <endian.h>
#include <errno.h>

#include "base/clock.h"
#include "store/checksum.h"

enum {
	FLAG_V6 = 1 << 0,
	FLAG_WITHDRAWN = 1 << 1,
	FLAG_HW_IS_CLIENT = 1 << 2,
	FLAGS_ALL = (1 << 3) - 1
};

_Static_assert(PACK_BINDING_MAX > 128 + PACK_WHERE_MAX + 2 * 256 + BINDING_LEASES_MAX * 21, "no binding is larger");
_Static_assert(PACK_PEERSET_MAX > 64 + (MESSAGE_DOMAINS_MAX + 1) * NAME_TEXT_SIZE + MESSAGE_RESOLVERS_MAX * 17 +
					  OFFER_ADDRESSES_MAX * 17,
	       "no peerset is larger");

/* Each of these writes and returns where the next one goes. */
static inline uint8_t *put_u8(uint8_t *to, uint8_t value)
{
	*to = value;
	return to + 1;
}

static inline uint8_t *put_u16(uint8_t *to, uint16_t value)
{
	value = htobe16(value);
	memcpy(to, &value, sizeof value);
	return to + sizeof value;
}

static inline uint8_t *put_u32(uint8_t *to, uint32_t value)
{
	value = htobe32(value);
	memcpy(to, &value, sizeof value);
	return to + sizeof value;
}

static inline uint8_t *put_u64(uint8_t *to, uint64_t value)
{
	value = htobe64(value);
	memcpy(to, &value, sizeof value);
	return to + sizeof value;
}

static inline uint8_t *put_bytes(uint8_t *to, const void *data, size_t size)
{
	if (size)
		memcpy(to, data, size);
	return to + size;
}

/* At most 255 of them, behind their number. */
static inline uint8_t *put_counted(uint8_t *to, struct bytes bytes)
{
	return put_bytes(put_u8(to, (uint8_t)bytes.size), bytes.data, bytes.size);
}

static inline size_t address_size(uint8_t family)
{
	return family == 4 ? 4 : family == 6 ? 16 : 0;
}

static inline uint8_t *put_address(uint8_t *to, const struct address *address)
{
	return put_bytes(put_u8(to, address->family), address->bytes, address_size(address->family));
}

static inline uint64_t get_u64(struct reader *reader)
{
	uint64_t high = reader_u32(reader);

	return high << 32 | reader_u32(reader);
}

static inline struct bytes get_counted(struct reader *reader)
{
	return reader_take(reader, reader_u8(reader));
}

/* An address of a family that is known already. */
static inline struct address get_bare_address(struct reader *reader, uint8_t family)
{
	struct address address = {.family = family};
	struct bytes bytes = reader_take(reader, address_size(family));

	if (bytes.size)
		memcpy(address.bytes, bytes.data, bytes.size);
	return address;
}

static struct address get_address(struct reader *reader)
{
	uint8_t family = reader_u8(reader);

	if (family && !address_size(family))
		reader->failed = true;
	return get_bare_address(reader, family);
}

/* Leases are of the binding's family, so it is not said again. */
static uint8_t *put_leases(uint8_t *to, const struct binding_view *view)
{
	to = put_u8(to, (uint8_t)view->lease_count);
	for (size_t i = 0; i < view->lease_count; i++) {
		const struct lease *lease = &view->leases[i];

		to = put_u8(to, lease->prefix.length);
		to = put_u32(to, lease->lifetime);
		to = put_bytes(to, lease->prefix.address.bytes, address_size(view->family));
	}
	return to;
}

static void get_leases(struct reader *reader, struct binding_view *view)
{
	view->lease_count = reader_u8(reader);
	if (view->lease_count > BINDING_LEASES_MAX)
		reader->failed = true;
	for (size_t i = 0; i < view->lease_count && !reader->failed; i++) {
		struct lease *lease = &view->leases[i];

		lease->prefix.length = reader_u8(reader);
		lease->lifetime = reader_u32(reader);
		lease->prefix.address = get_bare_address(reader, view->family);
		if (lease->prefix.length > 8 * address_size(view->family))
			reader->failed = true;
	}
}

static uint8_t flags_of(const struct binding_view *view)
{
	return (uint8_t)((view->family == 6 ? FLAG_V6 : 0) | (view->withdrawn ? FLAG_WITHDRAWN : 0) |
			 (bytes_equal(view->hw, view->client) ? FLAG_HW_IS_CLIENT : 0));
}

size_t pack_binding(const struct binding_view *view, struct pack_stamp stamp, uint8_t *to)
{
	const uint8_t *start = to;
	size_t where = strlen(view->where) + 1;
	uint8_t flags = flags_of(view);

	/* What unpack_binding would not take. */
	if (where > PACK_WHERE_MAX || view->client.size > UINT8_MAX || view->hw.size > UINT8_MAX ||
	    view->refreshed > INT64_MAX)
		return 0;

	to = put_u8(to, flags);
	to = put_u32(to, stamp.boot);
	to = put_u32(to, stamp.tag);
	to = put_u32(to, view->peerset);
	to = put_u32(to, (uint32_t)(view->since / NS_PER_SECOND));
	to = put_u64(to, view->refreshed);
	to = put_u32(to, view->lifetime);
	to = put_u32(to, view->sighting);
	to = put_u32(to, view->xid);
	to = put_u64(to, view->settle_key);
	to = put_u64(to, view->digest);
	to = put_address(to, &view->server);
	to = put_u16(to, (uint16_t)where);
	to = put_bytes(to, view->where, where);
	to = put_counted(to, view->client);
	if (!(flags & FLAG_HW_IS_CLIENT))
		to = put_counted(to, view->hw);
	to = put_leases(to, view);
	return (size_t)(to - start);
}

/* The text with its NUL, which alone ends it. */
static const char *get_where(struct reader *reader)
{
	uint16_t size = reader_u16(reader);
	struct bytes text = reader_take(reader, size);

	if (!text.size || text.size > PACK_WHERE_MAX || strnlen((const char *)text.data, text.size) != text.size - 1) {
		reader->failed = true;
		return "";
	}
	return (const char *)text.data;
}

static uint64_t end_of(uint64_t refreshed, uint32_t lifetime)
{
	return lifetime == LIFETIME_INFINITE ? TABLE_NEVER : refreshed + lifetime * NS_PER_SECOND;
}

static void get_times(struct reader *reader, struct binding_view *view)
{
	view->since = reader_u32(reader) * NS_PER_SECOND;
	view->refreshed = get_u64(reader);
	view->lifetime = reader_u32(reader);
	/* More than 292 years after its boot: nothing was, and sums of it would go round. */
	if (view->refreshed > INT64_MAX)
		reader->failed = true;
	view->expires = end_of(view->refreshed, view->lifetime);
}

int unpack_binding(uint32_t id, struct bytes bytes, struct binding_view *ret, struct pack_stamp *stamp)
{
	struct reader reader = reader_of(bytes);
	uint8_t flags = reader_u8(&reader);

	ret->id = id;
	ret->circuit = TABLE_NONE;
	ret->family = flags & FLAG_V6 ? 6 : 4;
	ret->withdrawn = flags & FLAG_WITHDRAWN;
	stamp->boot = reader_u32(&reader);
	stamp->tag = reader_u32(&reader);
	ret->peerset = reader_u32(&reader);
	get_times(&reader, ret);
	ret->sighting = reader_u32(&reader);
	ret->xid = reader_u32(&reader);
	ret->settle_key = get_u64(&reader);
	ret->digest = get_u64(&reader);
	ret->server = get_address(&reader);
	ret->where = get_where(&reader);
	ret->client = get_counted(&reader);
	ret->hw = flags & FLAG_HW_IS_CLIENT ? ret->client : get_counted(&reader);
	get_leases(&reader, ret);

	bool whole = !reader.failed && !reader.rest.size && !(flags & ~FLAGS_ALL) && id != TABLE_NONE;
	return whole ? 0 : -EBADMSG;
}

static uint8_t *put_addresses(uint8_t *to, const struct address *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to = put_address(to, &addresses[i]);
	return to;
}

static void get_addresses(struct reader *reader, struct address *addresses, size_t count, size_t max)
{
	if (count > max)
		reader->failed = true;
	for (size_t i = 0; i < count && !reader->failed; i++)
		addresses[i] = get_address(reader);
}

static uint8_t *put_name(uint8_t *to, const struct name *name)
{
	return put_counted(to, (struct bytes){(const uint8_t *)name->text, name->length});
}

static bool is_name(struct bytes text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", text.data[i]) || !text.data[i])
			return false;
	return text.size < NAME_TEXT_SIZE;
}

static void get_name(struct reader *reader, struct name *ret)
{
	struct bytes text = get_counted(reader);

	memset(ret, 0, sizeof *ret);
	if (!is_name(text)) {
		reader->failed = true;
		return;
	}
	ret->length = (uint8_t)text.size;
	if (text.size)
		memcpy(ret->text, text.data, text.size);
}

static uint8_t *put_port(uint8_t *to, const char name[DS_PORT_NAME_SIZE])
{
	return put_counted(to, (struct bytes){(const uint8_t *)name, strnlen(name, DS_PORT_NAME_SIZE - 1)});
}

static void get_port(struct reader *reader, char name[DS_PORT_NAME_SIZE])
{
	struct bytes text = get_counted(reader);

	if (text.size >= DS_PORT_NAME_SIZE || (text.size && memchr(text.data, 0, text.size)))
		reader->failed = true;
	else if (text.size)
		memcpy(name, text.data, text.size);
}

static uint8_t *put_key(uint8_t *to, const struct peerset_key *key)
{
	to = put_u8(to, key->family);
	to = put_port(to, key->port);
	to = put_port(to, key->access);
	to = put_u8(to, key->resolver_count);
	to = put_addresses(to, key->resolvers, key->resolver_count);
	to = put_u8(to, key->domain_count);
	for (size_t i = 0; i < key->domain_count; i++)
		to = put_name(to, &key->domains[i]);
	return to;
}

static void get_key(struct reader *reader, struct peerset_key *key)
{
	memset(key, 0, sizeof *key);
	key->family = reader_u8(reader);
	if (!address_size(key->family))
		reader->failed = true;
	get_port(reader, key->port);
	get_port(reader, key->access);
	key->resolver_count = reader_u8(reader);
	get_addresses(reader, key->resolvers, key->resolver_count, MESSAGE_RESOLVERS_MAX);
	key->domain_count = reader_u8(reader);
	if (key->domain_count > MESSAGE_DOMAINS_MAX)
		reader->failed = true;
	for (size_t i = 0; i < key->domain_count && !reader->failed; i++)
		get_name(reader, &key->domains[i]);
}

size_t pack_peerset(const struct peerset *peerset, uint8_t *to)
{
	static const struct stored_offer none;
	const struct stored_offer *offer = peerset->offer ? peerset->offer : &none;
	const uint8_t *start = to;

	to = put_key(to, &peerset->key);
	to = put_name(to, &offer->name);
	to = put_u16(to, (uint16_t)offer->address_count);
	to = put_addresses(to, offer->addresses, offer->address_count);
	return (size_t)(to - start);
}

int unpack_peerset(struct bytes bytes, struct peerset_key *key, struct offer *offer)
{
	struct reader reader = reader_of(bytes);

	get_key(&reader, key);
	get_name(&reader, &offer->name);
	offer->address_count = reader_u16(&reader);
	get_addresses(&reader, offer->addresses, offer->address_count, OFFER_ADDRESSES_MAX);
	offer->present = offer->name.length || offer->address_count;
	return !reader.failed && !reader.rest.size ? 0 : -EBADMSG;
}

uint32_t pack_tag(struct bytes peerset)
{
	uint32_t sum = checksum(0, peerset);

	return sum ? sum : 1;
}
