/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can we go on where an earlier agent stopped? With its maps, if they were made from the very BPF object that we have;
 * and then with each of its ports whose program still runs where it was put. Neither is touched in passing: no frame is
 * missed, and records that wait in the ring wait on.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/log.h"
#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

/* --- Maps --- */

static uint64_t object_digest(void)
{
	size_t size;
	const void *object = dotsnoop_bpf__elf_bytes(&size);

	return hash_bytes(&(struct hash_key){0}, object, size);
}

/* Why the pinned maps are none for us; NULL when they are. */
static const char *maps_unfit(const struct dotsnoop_bpf *maps)
{
	struct ds_about about;
	uint32_t version;
	const struct bpf_map *map;

	if (pins_read("about", 0, &version, sizeof version))
		return "nothing says whose they are";
	if (version != DS_ABI_VERSION)
		return "another version";
	if (pins_read("about", 0, &about, sizeof about) || about.object != object_digest())
		return "another BPF object";
	bpf_object__for_each_map(map, maps->obj)
	{
		AUTO_FD int fd = map_is_shared(map) ? pins_get_map(bpf_map__name(map)) : -1;
		if (map_is_shared(map) && fd < 0)
			return "maps are missing";
	}
	return NULL;
}

static int reuse_maps(const struct dotsnoop_bpf *maps)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, maps->obj)
	{
		if (!map_is_shared(map))
			continue;
		AUTO_FD int fd = pins_get_map(bpf_map__name(map));
		int result = fd < 0 ? fd : bpf_map__reuse_fd(map, fd);
		if (result)
			return result;
	}
	return 0;
}

/* Programs that run know how large it is: it stays so until no port has one. */
static void compare_room(const struct dotsnoop_bpf *maps, __u32 wanted)
{
	__u32 sets = bpf_map__max_entries(maps->maps.settled);

	if (sets < wanted)
		log_warning("settled-small has_sets=%u wanted_sets=%u meaning=\"the maps of an earlier agent are for a "
			    "smaller limits.bindings: replies to clients that find no room there come up each time; to "
			    "make larger ones, stop the agent and call dotsnoopd --detach\"",
			    sets, wanted);
}

int adopt_maps(struct fastpath *fastpath, struct fastpath_error *error)
{
	if (!pins_exist())
		return 0;
	const char *reason = maps_unfit(fastpath->maps);
	if (reason) {
		log_warning("pins-replaced reason=\"%s\" meaning=\"what an earlier agent left is no use to this one: "
			    "ports are attached anew, and records that waited are lost\"",
			    reason);
		return 0;
	}
	__u32 wanted = bpf_map__max_entries(fastpath->maps->maps.settled);
	int result = reuse_maps(fastpath->maps);
	if (result)
		return fail(error, result,
			    "cannot take over the maps under " FASTPATH_PINS ": %s; remove them with: "
			    "dotsnoopd --detach",
			    strerror(-result));
	compare_room(fastpath->maps, wanted);
	fastpath->adopted = true;
	return 0;
}

int adopt_describe(struct fastpath *fastpath)
{
	struct ds_about about = {.version = DS_ABI_VERSION, .object = object_digest()};
	uint32_t key = 0;

	return bpf_map__update_elem(fastpath->maps->maps.about, &key, sizeof key, &about, sizeof about, BPF_ANY);
}

/* --- Ports --- */

static bool is_same_device(const struct ds_port *key)
{
	char name[IF_NAMESIZE];

	return if_indextoname(key->ifindex, name) && strncmp(name, key->name, sizeof key->name) == 0;
}

static enum attach_mode mode_of(const struct xdp_program *program, unsigned ifindex)
{
	struct strays strays;

	strays_note(&strays);
	enum xdp_attach_mode mode = xdp_program__is_attached(program, (int)ifindex);
	strays_close(&strays);
	switch (mode) {
	case XDP_MODE_NATIVE:
		return ATTACH_NATIVE;
	case XDP_MODE_SKB:
		return ATTACH_GENERIC;
	default:
		return ATTACH_NONE;
	}
}

static int pinned(const char *port, const char *program)
{
	char path[PINS_PATH_SIZE];

	pins_path(PINS_PROGRAMS, port, program, path);
	return bpf_obj_get(path);
}

/* It takes a descriptor of its own. */
static struct xdp_program *pinned_xdp(const char *port)
{
	AUTO_FD int fd = pinned(port, PROGRAM_XDP);

	return fd < 0 ? NULL : xdp_program__from_fd(fd);
}

/* Why the port has to be attached anew, if at all; NULL when *loaded is filled. */
static const char *take_port(const struct ds_port *key, struct loaded_port *loaded)
{
	if (!is_same_device(key))
		return "its device is gone";
	struct xdp_program *program = pinned_xdp(key->name);
	if (!program || libxdp_get_error(program))
		return "its programs are not pinned";
	enum attach_mode mode = mode_of(program, key->ifindex);
	if (mode == ATTACH_NONE) {
		xdp_program__close(program);
		return "its program is not attached any more";
	}
	*loaded = (struct loaded_port){
		.port = {.key = *key, .attached = mode, .dispatcher = port_is_dispatched(key->ifindex)},
		.xdp = program,
		.adopted = true,
	};
	return NULL;
}

void adopt_ports(struct fastpath *fastpath)
{
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		struct loaded_port *loaded = &fastpath->ports[slot];
		struct ds_port key;
		if (bpf_map__lookup_elem(fastpath->maps->maps.ports, &slot, sizeof slot, &key, sizeof key, 0) ||
		    !key.ifindex)
			continue;
		AUTO_FD int egress = pinned(key.name, PROGRAM_TC);
		const char *reason = egress < 0 ? "its programs are not pinned" : take_port(&key, loaded);
		if (reason) {
			log_warning("port-replaced port=%s reason=\"%s\"", key.name, reason);
			continue;
		}
		loaded->port.slot = slot;
		offload_stop(fastpath, loaded);
		egress_adopt(fastpath, loaded, egress);
	}
}
