/* SPDX-License-Identifier: BSD-2-Clause */
/* How do our values look in JSON? */
#include "serve/json.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

/* Room for most lines: longer ones are written a second time. */
#define LINE_ROOM 1024

json_t *json_name(const struct name *name)
{
	return name->length ? json_stringn(name->text, name->length) : json_null();
}

json_t *json_address(const struct address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	return address->family ? json_string(address_text(address, text)) : json_null();
}

json_t *json_addresses(const struct address *addresses, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_address(&addresses[i]));
	return array;
}

json_t *json_hex(struct bytes bytes)
{
	if (!bytes.size)
		return json_null();

	size_t size = 2 * bytes.size + 1;
	AUTO_FREE char *text = malloc(size);
	return text ? json_string(text_hex(bytes, text, size)) : NULL;
}

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

json_t *json_plain(const char *text)
{
	size_t size = 4 * strlen(text) + 1, at = 0;
	AUTO_FREE char *plain = malloc(size);

	if (!plain)
		return NULL;
	for (; *text; text++) {
		if (is_printable(*text))
			plain[at++] = *text;
		else
			at += (size_t)snprintf(plain + at, size - at, "\\%03u", (unsigned char)*text);
	}
	return json_stringn(plain, at);
}

json_t *json_client(struct bytes hw, struct bytes id)
{
	char text[3 * 16 + 1];

	return json_pack("{s:s?, s:o}", "hw", hw.size ? text_hw(hw, text, sizeof text) : NULL, "id", json_hex(id));
}

json_t *json_moment(uint64_t boot)
{
	char text[TEXT_TIME_SIZE];

	return json_string(text_time(clock_wall_of(boot), text));
}

int json_set_infinite(json_t *object)
{
	return json_object_set_new(object, "infinite", json_true()) ? -ENOMEM : 0;
}

json_t *json_lease(const struct lease *lease, enum lease_kind kind)
{
	char text[ADDRESS_TEXT_SIZE];
	bool infinite = lease->lifetime == LIFETIME_INFINITE;
	json_t *lifetime = infinite ? json_null() : json_integer(lease->lifetime);
	json_t *object;

	if (kind == LEASE_ADDRESS)
		object = json_pack("{s:s, s:o}", "address", address_text(&lease->prefix.address, text), "lifetime",
				   lifetime);
	else
		object = json_pack("{s:s, s:o}", "prefix", prefix_text(&lease->prefix, text), "lifetime", lifetime);
	if (infinite)
		json_set_infinite(object);
	return object;
}

/* Writes into room that is reserved in the buffer; returns what was needed, or 0 on failure. */
static size_t dump(struct evbuffer *out, const json_t *value, size_t room)
{
	struct evbuffer_iovec space;

	if (evbuffer_reserve_space(out, (ev_ssize_t)room, &space, 1) != 1)
		return 0;

	size_t size = json_dumpb(value, space.iov_base, room - 1, JSON_STYLE);
	if (size == 0 || size >= room)
		return size;
	((char *)space.iov_base)[size] = '\n';
	space.iov_len = size + 1;
	return evbuffer_commit_space(out, &space, 1) ? 0 : size;
}

int json_line(struct evbuffer *out, json_t *value)
{
	if (!value)
		return -ENOMEM;

	size_t size = dump(out, value, LINE_ROOM);
	if (size >= LINE_ROOM)
		size = dump(out, value, size + 1);
	json_decref(value);
	return size ? 0 : -ENOMEM;
}
