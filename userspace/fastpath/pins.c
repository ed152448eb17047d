/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of ours can bpftool see, and what did a killed agent leave? The directory /sys/fs/bpf/dotsnoop:
 *
 *   maps/NAME            one for all ports
 *   programs/PORT/NAME   one copy a port ('.' in its name shown as '_': bpffs takes no dots)
 *
 * The agent that holds the directory's lock owns all of it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <xdp/libxdp.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "fastpath/internal.h"

#define BPFFS "/sys/fs/bpf"
#define PIN_PATH_SIZE 128

static int mount_bpffs(struct fastpath_error *error)
{
	struct statfs fs;

	if (statfs(BPFFS, &fs) == 0 && fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("bpf", BPFFS, "bpf", 0, "mode=0700") == 0)
		return 0;
	int result = -errno;
	return fail(error, result,
		    "cannot mount the BPF file system at " BPFFS ": %s; mount it with: mount -t bpf bpf " BPFFS,
		    strerror(-result));
}

int pins_lock(struct fastpath_error *error)
{
	int result = mount_bpffs(error);
	struct stat held, named;

	if (result)
		return result;
	for (;;) {
		if (mkdir(FASTPATH_PINS, 0700) && errno != EEXIST)
			return fail(error, -errno, "cannot create " FASTPATH_PINS ": %s", strerror(errno));
		AUTO_FD int fd = open(FASTPATH_PINS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return fail(error, -errno, "cannot open " FASTPATH_PINS ": %s", strerror(errno));
		if (flock(fd, LOCK_EX | LOCK_NB))
			return fail(error, -EBUSY,
				    "another dotsnoopd runs here already (it holds " FASTPATH_PINS "): stop it first");
		/* The holder before us may have removed the directory between our open and our lock. */
		if (fstat(fd, &held) == 0 && stat(FASTPATH_PINS, &named) == 0 && held.st_ino == named.st_ino)
			return take_fd(fd);
	}
}

static void port_directory(const char *port, char path[PIN_PATH_SIZE])
{
	size_t at = (size_t)snprintf(path, PIN_PATH_SIZE, FASTPATH_PINS "/programs/");

	snprintf(path + at, PIN_PATH_SIZE - at, "%s", port);
	for (; path[at]; at++)
		if (path[at] == '.')
			path[at] = '_';
}

static int pin(int fd, const char *directory, const char *name)
{
	char path[PIN_PATH_SIZE * 2];

	if (mkdir(directory, 0700) && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof path, "%s/%s", directory, name);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

int pins_add_map(const char *name, int fd)
{
	return pin(fd, FASTPATH_PINS "/maps", name);
}

int pins_add_program(const char *port, const char *name, int fd)
{
	char directory[PIN_PATH_SIZE];

	if (mkdir(FASTPATH_PINS "/programs", 0700) && errno != EEXIST)
		return -errno;
	port_directory(port, directory);
	return pin(fd, directory, name);
}

/* Calls `visit` for each entry of a directory. */
static void for_each_entry(const char *directory, void (*visit)(const char *path))
{
	DIR *entries = opendir(directory);
	char path[PATH_MAX];

	if (!entries)
		return;
	for (struct dirent *entry; (entry = readdir(entries));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		visit(path);
	}
	closedir(entries);
}

static void remove_tree(const char *path)
{
	if (unlink(path) == 0)
		return;
	for_each_entry(path, remove_tree);
	if (rmdir(path) && errno != ENOENT)
		log_warning("pin-not-removed path=%s error=\"%s\"", path, strerror(errno));
}

/* Detaches a pinned program from whatever interface of this network namespace it is still attached to. */
static void detach_pinned(const char *path)
{
	struct xdp_program *program = xdp_program__from_pin(path);
	struct if_nameindex *interfaces = if_nameindex();

	if (!libxdp_get_error(program) && interfaces) {
		for (struct if_nameindex *i = interfaces; i->if_index; i++) {
			enum xdp_attach_mode mode = xdp_program__is_attached(program, (int)i->if_index);
			if (mode != XDP_MODE_UNSPEC && xdp_program__detach(program, (int)i->if_index, mode, 0) == 0)
				log_info("detached port=%s left-by=\"an agent that was killed\"", i->if_name);
		}
	}
	if (interfaces)
		if_freenameindex(interfaces);
	if (!libxdp_get_error(program))
		xdp_program__close(program);
}

static void detach_port(const char *directory)
{
	for_each_entry(directory, detach_pinned);
}

void pins_clear(void)
{
	for_each_entry(FASTPATH_PINS "/programs", detach_port);
	for_each_entry(FASTPATH_PINS, remove_tree);
}

void pins_drop_port(const char *port)
{
	char directory[PIN_PATH_SIZE];

	port_directory(port, directory);
	remove_tree(directory);
}

void pins_remove(int locked)
{
	remove_tree(FASTPATH_PINS);
	close(locked);
}
