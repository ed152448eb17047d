/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of ours can bpftool see, and what finds a successor? The directory /sys/fs/bpf/dotsnoop:
 *
 *   maps/NAME            one for all ports
 *   programs/PORT/NAME   one copy a port ('.' in its name shown as '_': bpffs takes no dots)
 *   links/PORT/NAME      attachments that are links
 *
 * The agent that holds the directory's lock owns all of it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "fastpath/internal.h"

#define BPFFS "/sys/fs/bpf"

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

/* --- Paths --- */

static void map_path(const char *name, char path[PINS_PATH_SIZE])
{
	snprintf(path, PINS_PATH_SIZE, PINS_MAPS "/%s", name);
}

static void port_directory(const char *kind, const char *port, char path[PINS_PATH_SIZE])
{
	size_t at = (size_t)snprintf(path, PINS_PATH_SIZE, "%s/", kind);

	snprintf(path + at, PINS_PATH_SIZE - at, "%s", port);
	for (; path[at]; at++)
		if (path[at] == '.')
			path[at] = '_';
}

void pins_path(const char *kind, const char *port, const char *name, char path[PINS_PATH_SIZE])
{
	port_directory(kind, port, path);
	size_t at = strlen(path);
	snprintf(path + at, PINS_PATH_SIZE - at, "/%s", name);
}

bool pins_are_of(const char *directory, const char *port)
{
	char path[PINS_PATH_SIZE];

	port_directory("", port, path);
	return strcmp(strrchr(directory, '/'), path) == 0;
}

/* --- Adding and finding --- */

static int make_directory(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

int pins_add_map(const char *name, int fd)
{
	char path[PINS_PATH_SIZE];
	int result = make_directory(PINS_MAPS);

	map_path(name, path);
	if (!result && bpf_obj_pin(fd, path))
		result = -errno;
	return result;
}

int pins_add(const char *kind, const char *port, const char *name, int fd)
{
	char path[PINS_PATH_SIZE];
	int result = make_directory(kind);

	port_directory(kind, port, path);
	if (!result)
		result = make_directory(path);
	pins_path(kind, port, name, path);
	if (!result && bpf_obj_pin(fd, path))
		result = -errno;
	return result;
}

int pins_get_map(const char *name)
{
	char path[PINS_PATH_SIZE];

	map_path(name, path);
	int fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

bool pins_exist(void)
{
	return access(PINS_MAPS, F_OK) == 0;
}

int pins_read(const char *name, uint32_t key, void *ret, size_t size)
{
	AUTO_FD int fd = pins_get_map(name);
	struct bpf_map_info info = {0};
	__u32 length = sizeof info;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return -errno;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.value_size < size)
		return -EMEDIUMTYPE;
	AUTO_FREE void *value = malloc(info.value_size);
	if (!value || bpf_map_lookup_elem(fd, &key, value))
		return -errno;
	memcpy(ret, value, size);
	return 0;
}

/* --- Walking and removing --- */

void pins_each(const char *directory, pins_visit_fn *visit, void *context)
{
	DIR *entries = opendir(directory);
	char path[PATH_MAX];

	if (!entries)
		return;
	for (struct dirent *entry; (entry = readdir(entries));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		visit(path, context);
	}
	closedir(entries);
}

static void remove_tree(const char *path, void *context)
{
	if (unlink(path) == 0)
		return;
	pins_each(path, remove_tree, context);
	if (rmdir(path) && errno != ENOENT)
		log_warning("pin-not-removed path=%s error=\"%s\"", path, strerror(errno));
}

void pins_drop(const char *path)
{
	remove_tree(path, NULL);
}

void pins_drop_port(const char *port)
{
	static const char *const kinds[] = {PINS_PROGRAMS, PINS_LINKS};
	char path[PINS_PATH_SIZE];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		port_directory(kinds[i], port, path);
		remove_tree(path, NULL);
	}
}

void pins_remove(int locked)
{
	remove_tree(FASTPATH_PINS, NULL);
	close(locked);
}
