/* SPDX-License-Identifier: BSD-2-Clause */
#include "process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

#define MAPS_MAX 256

static void cleanup_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* The next entry that is none of . and .. */
static const char *next_name(DIR *dir)
{
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			return entry->d_name;
	return NULL;
}

/* The number behind `label` in the first line that begins with it; false: there is none. */
static bool scan(const char *path, const char *label, uint64_t *ret)
{
	AUTO_FILE FILE *file = fopen(path, "re");
	char line[512];

	while (file && fgets(line, sizeof line, file)) {
		if (strncmp(line, label, strlen(label)) == 0) {
			*ret = strtoull(line + strlen(label), NULL, 10);
			return true;
		}
	}
	return false;
}

bool process_work(pid_t pid, struct process_work *ret)
{
	char path[128];
	const char *task;
	uint64_t value;

	*ret = (struct process_work){0};
	snprintf(path, sizeof path, "/proc/%d/task", pid);
	CLEANUP(cleanup_dir) DIR *tasks = opendir(path);
	while ((task = next_name(tasks))) {
		snprintf(path, sizeof path, "/proc/%d/task/%.16s/status", pid, task);
		if (scan(path, "voluntary_ctxt_switches:", &value))
			ret->wakeups += value;
		snprintf(path, sizeof path, "/proc/%d/task/%.16s/schedstat", pid, task);
		if (scan(path, "", &value))
			ret->cpu += value;
	}
	return tasks != NULL;
}

static bool is_new(uint64_t id, uint64_t seen[MAPS_MAX], size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		if (seen[i] == id)
			return false;
	if (*count < MAPS_MAX)
		seen[(*count)++] = id;
	return true;
}

/* Each map once, however many descriptors it has. */
static uint64_t kernel_maps(pid_t pid)
{
	uint64_t seen[MAPS_MAX], sum = 0, id, size;
	size_t count = 0;
	char path[128];
	const char *fd;

	snprintf(path, sizeof path, "/proc/%d/fdinfo", pid);
	CLEANUP(cleanup_dir) DIR *fds = opendir(path);
	while ((fd = next_name(fds))) {
		snprintf(path, sizeof path, "/proc/%d/fdinfo/%.16s", pid, fd);
		if (scan(path, "map_id:", &id) && scan(path, "memlock:", &size) && is_new(id, seen, &count))
			sum += size;
	}
	return sum;
}

/* Of BPF maps, what the process has mapped: counted with the maps, and no file. */
static uint64_t mapped_maps(pid_t pid)
{
	char path[64], line[512];
	bool is_map = false;
	uint64_t sum = 0;

	snprintf(path, sizeof path, "/proc/%d/smaps", pid);
	AUTO_FILE FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file)) {
		if (strchr("0123456789abcdef", *line)) /* a mapping's first line; the others begin with a capital */
			is_map = strstr(line, "bpf-map") || strstr(line, "bpf_map");
		else if (is_map && strncmp(line, "Rss:", 4) == 0)
			sum += strtoull(line + 4, NULL, 10);
	}
	return sum;
}

bool process_memory(pid_t pid, struct process_memory *ret)
{
	char path[64];
	uint64_t all, anonymous;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
	if (!scan(path, "Rss:", &all) || !scan(path, "Anonymous:", &anonymous))
		return false;
	*ret = (struct process_memory){
		.anonymous = anonymous << 10,
		.files = (all - anonymous - mapped_maps(pid)) << 10,
		.maps = kernel_maps(pid),
	};
	return true;
}

uint64_t process_disk(const char *folder)
{
	CLEANUP(cleanup_dir) DIR *dir = opendir(folder);
	const char *name;
	struct stat status;
	uint64_t sum = 0;

	while ((name = next_name(dir)))
		if (fstatat(dirfd(dir), name, &status, 0) == 0)
			sum += (uint64_t)status.st_blocks * 512;
	return sum;
}
