/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which descriptors does libxdp forget? Version 1.3.1 leaves one open with each look at a device's programs
 * (xdp_multiprog__get_from_ifindex, and all that uses it), and each holds a program with all its maps. So who calls it
 * notes which descriptors of programs are open, and closes those that came and are nobody's.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fastpath/internal.h"

static bool is_program(int directory, const char *entry)
{
	char target[32] = "";

	return readlinkat(directory, entry, target, sizeof target - 1) > 0 && strstr(target, "bpf-prog");
}

/* Calls `visit` for each open descriptor of a program. */
static void for_each_program(void (*visit)(int fd, struct strays *strays), struct strays *strays)
{
	DIR *entries = opendir("/proc/self/fd");

	if (!entries)
		return;
	for (struct dirent *entry; (entry = readdir(entries));)
		if (is_program(dirfd(entries), entry->d_name))
			visit(atoi(entry->d_name), strays);
	closedir(entries);
}

static void note(int fd, struct strays *strays)
{
	strays_keep(strays, fd);
}

static void close_stray(int fd, struct strays *strays)
{
	for (unsigned i = 0; i < strays->count; i++)
		if (strays->kept[i] == fd)
			return;
	if (strays->count < STRAYS_MAX) /* else nobody knows whose it is */
		close(fd);
}

void strays_note(struct strays *ret)
{
	ret->count = 0;
	for_each_program(note, ret);
}

void strays_keep(struct strays *strays, int fd)
{
	if (strays->count < STRAYS_MAX)
		strays->kept[strays->count++] = fd;
}

void strays_close(struct strays *strays)
{
	for_each_program(close_stray, strays);
}
