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

int aside_set(const char *path, const char *what, char name[NAME_MAX])
{
	AUTO_FD int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0)
		return -errno;
	for (int attempt = 0; attempt < TRIES; attempt++) {
		make_name(what, attempt, name);
		if (renameat2(directory, DISK_DATA, directory, name, RENAME_NOREPLACE) == 0)
			return fsync(directory) < 0 ? -errno : 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}
