/* SPDX-License-Identifier: BSD-2-Clause */
/* Where is the store that could not be used? */
#include "store/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "base/cleanup.h"
#include "store/disk.h"

/* So many may be set aside in one second. */
#define TRIES 100

static void make_name(const char *what, int attempt, char name[NAME_MAX])
{
	time_t now = time(NULL);
	char when[32], number[16] = "";
	struct tm utc;

	strftime(when, sizeof when, "%Y%m%d-%H%M%S", gmtime_r(&now, &utc));
	if (attempt)
		snprintf(number, sizeof number, "-%d", attempt + 1);
	snprintf(name, NAME_MAX, DISK_DATA ".%s-%s%s", what, when, number);
}

/* Not every file system knows of a renaming that spares what is there; a second link does that anywhere. */
static int move(int directory, const char *name)
{
	if (renameat2(directory, DISK_DATA, directory, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	if (linkat(directory, DISK_DATA, directory, name, 0) < 0)
		return -errno;
	return unlinkat(directory, DISK_DATA, 0) < 0 ? -errno : 0;
}

int aside_set(const char *path, const char *what, char name[NAME_MAX])
{
	AUTO_FD int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		return -errno;
	for (int attempt = 0; attempt < TRIES; attempt++) {
		make_name(what, attempt, name);
		int result = move(directory, name);
		if (result != -EEXIST)
			return result;
	}
	return -EEXIST;
}
