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
#include "fastpath/internal.h"

#define OURS_MAX 256
#define PROGRAM_MAPS_MAX 32

struct remains {
	const struct fastpath *keeper; /* whose adopted ports stay */
	unsigned map_count;
	__u32 maps[OURS_MAX]; /* ids of the maps that are pinned, or used by programs that are */
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

/* In this network namespace; others are out of reach. */
static void detach_programs(const struct remains *remains)
{
	struct if_nameindex *devices = if_nameindex();

	if (!devices)
		return;
	for (const struct if_nameindex *device = devices; device->if_index; device++)
		while (detach_one(remains, device))
			;
	if_freenameindex(devices);
}

/* --- Devices and pins --- */

/* Of the entry, only what is the same in all versions is looked at. */
static void restore_devices(const struct remains *remains)
{
	const size_t common = offsetof(struct ds_port, name) + sizeof((struct ds_port *)NULL)->name;
	char name[IF_NAMESIZE];

	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		struct ds_port key = {0};
		if (slot_is_taken(&remains->keeper->ports[slot]) || pins_read("ports", slot, &key, common))
			continue;
		if (key.stopped && if_indextoname(key.ifindex, name) && strncmp(name, key.name, sizeof key.name) == 0)
			offload_restore(name, key.stopped);
	}
}

static void drop_port(const char *directory, void *context)
{
	const struct remains *remains = context;
	char path[PINS_PATH_SIZE];

	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		const struct loaded_port *loaded = &remains->keeper->ports[slot];
		if (!slot_is_taken(loaded))
			continue;
		pins_path(PINS_PROGRAMS, loaded->port.key.name, PROGRAM_XDP, path);
		if (strncmp(path, directory, strlen(directory)) == 0 && path[strlen(directory)] == '/')
			return;
	}
	pins_drop(directory);
}

void remains_clear(const struct fastpath *keeper)
{
	struct remains remains = {.keeper = keeper};

	pins_each(PINS_MAPS, note_map, &remains);
	pins_each(PINS_PROGRAMS, note_port, &remains);
	detach_programs(&remains);
	restore_devices(&remains);
	pins_each(PINS_PROGRAMS, drop_port, &remains);
	if (!keeper->adopted)
		pins_drop(PINS_MAPS);
}
