/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is believed, and how much is let through? The rates of ports, and the list of servers. */
#include <errno.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "base/clock.h"
#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

/* The kernel side reads a coarse clock, which stands still for as long as this (ns, at HZ=100). */
#define CLOCK_TICK_MAX 10000000

int fastpath_limit(struct fastpath *fastpath, const char *name, uint32_t rate, uint32_t burst)
{
	struct loaded_port *loaded = slot_find(fastpath, name);

	if (!loaded)
		return -ENODEV;
	loaded->port.key.interval = rate ? NS_PER_SECOND / rate : 0;
	/* One message more than the burst would be ahead of its time by more than this. */
	loaded->port.key.burst = burst ? (burst - 1) * loaded->port.key.interval : 0;
	if (loaded->port.key.burst < CLOCK_TICK_MAX)
		loaded->port.key.burst = CLOCK_TICK_MAX;
	return slot_publish(fastpath, loaded->port.slot);
}

/* Both families are one tree: IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
static struct ds_server key_of(const struct prefix *prefix)
{
	struct ds_server key = {.length = prefix->length};

	if (prefix->address.family == 6) {
		memcpy(key.address, prefix->address.bytes, sizeof key.address);
		return key;
	}
	key.length += 96;
	key.address[10] = key.address[11] = 0xff;
	memcpy(&key.address[12], prefix->address.bytes, 4);
	return key;
}

static bool is_listed(const struct ds_server *key, const struct prefix *servers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ds_server listed = key_of(&servers[i]);
		if (memcmp(&listed, key, sizeof listed) == 0)
			return true;
	}
	return false;
}

static int add_servers(const struct bpf_map *map, const struct prefix *servers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ds_server key = key_of(&servers[i]);
		__u8 unused = 1;
		int result = bpf_map__update_elem(map, &key, sizeof key, &unused, sizeof unused, BPF_ANY);
		if (result)
			return result;
	}
	return 0;
}

static void drop_unlisted(const struct bpf_map *map, const struct prefix *servers, size_t count)
{
	struct ds_server key, next;
	bool more = bpf_map__get_next_key(map, NULL, &next, sizeof next) == 0;

	while (more) {
		key = next;
		more = bpf_map__get_next_key(map, &key, &next, sizeof next) == 0;
		if (!is_listed(&key, servers, count))
			bpf_map__delete_elem(map, &key, sizeof key, 0);
	}
}

/* New ones come before old ones go, so that nobody who is on both lists is doubted in between. */
int fastpath_servers(struct fastpath *fastpath, const struct prefix *servers, size_t count)
{
	const struct bpf_map *map = fastpath->maps->maps.servers;
	int result = count > FASTPATH_SERVERS_MAX ? -E2BIG : add_servers(map, servers, count);

	if (result)
		return result;
	fastpath->servers_only = count > 0;
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		if (!slot_is_taken(&fastpath->ports[slot]))
			continue;
		fastpath->ports[slot].port.key.servers_only = fastpath->servers_only;
		result = slot_publish(fastpath, slot);
		if (result)
			return result;
	}
	drop_unlisted(map, servers, count);
	return 0;
}
