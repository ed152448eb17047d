/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What did an earlier agent leave that nobody takes over, and how does it go? A program is ours if it uses one of the
 * pinned maps, wherever it is attached and whether or not it came to be pinned itself.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <bpf/bpf.h>
#include <xdp/libxdp.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "fastpath/clsact.h"
#include "fastpath/internal.h"

#define OURS_MAX 256
#define PROGRAM_MAPS_MAX 32

struct remains {
	const struct fastpath *keeper; /* whose adopted ports stay */
	unsigned map_count;
	__u32 maps[OURS_MAX];               /* ids of the maps that are pinned, or used by programs that are */
	struct ds_port ports[DS_PORTS_MAX]; /* the map `ports`, as far as it is the same in all versions */
};

/* --- Which programs are ours? --- */

static bool is_known(const struct remains *remains, __u32 map)
{
	for (unsigned i = 0; i < remains->map_count; i++)
		if (remains->maps[i] == map)
			return true;
	return false;
}

static void add_map(struct remains *remains, __u32 map)
{
	if (remains->map_count < OURS_MAX && !is_known(remains, map))
		remains->maps[remains->map_count++] = map;
}

/* The ids of the maps that a program uses; how many they are. */
static unsigned maps_of(int program, __u32 maps[PROGRAM_MAPS_MAX])
{
	struct bpf_prog_info info = {.nr_map_ids = PROGRAM_MAPS_MAX, .map_ids = (uintptr_t)maps};
	__u32 size = sizeof info;

	if (bpf_obj_get_info_by_fd(program, &info, &size))
		return 0;
	return info.nr_map_ids < PROGRAM_MAPS_MAX ? info.nr_map_ids : PROGRAM_MAPS_MAX;
}

static void note_map(const char *path, void *context)
{
	AUTO_FD int fd = bpf_obj_get(path);
	struct bpf_map_info info = {0};
	__u32 size = sizeof info;

	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
		add_map(context, info.id);
}

static void note_program(const char *path, void *context)
{
	AUTO_FD int fd = bpf_obj_get(path);
	__u32 maps[PROGRAM_MAPS_MAX];
	unsigned count = fd < 0 ? 0 : maps_of(fd, maps);

	for (unsigned i = 0; i < count; i++)
		add_map(context, maps[i]);
}

static void note_port(const char *directory, void *context)
{
	pins_each(directory, note_program, context);
}

static bool is_ours(const struct remains *remains, int program)
{
	__u32 maps[PROGRAM_MAPS_MAX];
	unsigned count = maps_of(program, maps);

	for (unsigned i = 0; i < count; i++)
		if (is_known(remains, maps[i]))
			return true;
	return false;
}

static const struct loaded_port *keeps_device(const struct remains *remains, unsigned ifindex)
{
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		const struct loaded_port *loaded = &remains->keeper->ports[slot];
		if (slot_is_taken(loaded) && loaded->port.key.ifindex == ifindex)
			return loaded;
	}
	return NULL;
}

/* --- Programs --- */

static bool has_to_go(const struct remains *remains, const struct xdp_program *program, unsigned ifindex)
{
	const struct loaded_port *kept = keeps_device(remains, ifindex);

	if (!program || (kept && xdp_program__id(kept->xdp) == xdp_program__id(program)))
		return false;
	return is_ours(remains, xdp_program__fd(program));
}

static struct xdp_program *find_program(const struct remains *remains, struct xdp_multiprog *programs, unsigned ifindex)
{
	struct xdp_program *program = NULL;

	if (xdp_multiprog__is_legacy(programs)) {
		program = xdp_multiprog__main_prog(programs);
		return has_to_go(remains, program, ifindex) ? program : NULL;
	}
	while ((program = xdp_multiprog__next_prog(program, programs)))
		if (has_to_go(remains, program, ifindex))
			return program;
	return NULL;
}

/* Detaches one program of ours from the device. True if there was one and it is gone. */
static bool detach_one(const struct remains *remains, const struct if_nameindex *device)
{
	struct xdp_multiprog *programs = xdp_multiprog__get_from_ifindex((int)device->if_index);

	if (libxdp_get_error(programs))
		return false;
	struct xdp_program *program = find_program(remains, programs, device->if_index);
	int result = program ? xdp_program__detach(program, (int)device->if_index, XDP_MODE_UNSPEC, 0) : -ENOENT;
	if (!result)
		log_info("detached port=%s left-by=\"an earlier agent\"", device->if_name);
	else if (program)
		log_warning("detach-failed port=%s error=\"%s\"", device->if_name, strerror(-result));
	xdp_multiprog__close(programs);
	return result == 0;
}

static void detach_egress(const struct remains *remains, unsigned ifindex)
{
	uint32_t id = keeps_device(remains, ifindex) ? 0 : clsact_program(ifindex);
	AUTO_FD int program = id ? bpf_prog_get_fd_by_id(id) : -1;

	if (program >= 0 && is_ours(remains, program))
		clsact_detach(ifindex);
}

/* --- Devices --- */

static void note_ports(struct remains *remains)
{
	const size_t common = offsetof(struct ds_port, name) + sizeof remains->ports->name;

	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++)
		if (!slot_is_taken(&remains->keeper->ports[slot]))
			pins_read("ports", slot, &remains->ports[slot], common);
}

/* Another device may have come to the same index, but hardly by the same name, and not with our program. */
static void put_back(const struct remains *remains, const struct if_nameindex *device, bool was_ours)
{
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		const struct ds_port *port = &remains->ports[slot];
		if (port->ifindex != device->if_index)
			continue;
		if (!was_ours && strncmp(port->name, device->if_name, sizeof port->name) != 0)
			continue;
		offload_restore(device->if_name, port->undo);
		if (port->undo & DS_UNDO_CLSACT)
			clsact_remove(port->ifindex);
	}
}

static void clear_device(const struct remains *remains, const struct if_nameindex *device)
{
	bool was_ours = false;

	while (detach_one(remains, device))
		was_ours = true;
	detach_egress(remains, device->if_index);
	put_back(remains, device, was_ours);
}

/* Of this network namespace; others are out of reach. */
static void clear_devices(const struct remains *remains)
{
	struct if_nameindex *devices = if_nameindex();
	struct strays strays;

	if (!devices)
		return;
	strays_note(&strays);
	for (const struct if_nameindex *device = devices; device->if_index; device++)
		clear_device(remains, device);
	strays_close(&strays);
	if_freenameindex(devices);
}

/* --- Pins --- */

static bool is_kept(const struct remains *remains, const char *directory)
{
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		const struct loaded_port *loaded = &remains->keeper->ports[slot];
		if (slot_is_taken(loaded) && pins_are_of(directory, loaded->port.key.name))
			return true;
	}
	return false;
}

static void drop_port(const char *directory, void *remains)
{
	if (!is_kept(remains, directory))
		pins_drop(directory);
}

static void cut_link(const char *path, void *unused)
{
	(void)unused;
	egress_cut(path);
}

static void drop_links(const char *directory, void *remains)
{
	if (is_kept(remains, directory))
		return;
	pins_each(directory, cut_link, NULL);
	pins_drop(directory);
}

/* What could be detached is gone from there: the rest has no device any more. */
static bool is_gone(int program, void *context)
{
	const struct remains *remains = context;
	uint32_t id = program_id(program);

	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		const struct loaded_port *loaded = &remains->keeper->ports[slot];
		if (loaded->xdp && xdp_program__id(loaded->xdp) == id)
			return false;
	}
	return is_ours(remains, program);
}

void remains_clear(const struct fastpath *keeper)
{
	struct remains remains = {.keeper = keeper};

	pins_each(PINS_MAPS, note_map, &remains);
	pins_each(PINS_PROGRAMS, note_port, &remains);
	note_ports(&remains);
	clear_devices(&remains);
	dispatcher_forget(is_gone, &remains);
	pins_each(PINS_PROGRAMS, drop_port, &remains);
	pins_each(PINS_LINKS, drop_links, &remains);
	if (!keeper->adopted)
		pins_drop(PINS_MAPS);
}
