/* SPDX-License-Identifier: BSD-2-Clause */
#include "discovery/device.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void device_of(const char *port, char ret[IF_NAMESIZE])
{
	char path[64], master[PATH_MAX];

	memset(ret, 0, IF_NAMESIZE);
	memccpy(ret, port, '\0', IF_NAMESIZE - 1);
	snprintf(path, sizeof path, "/sys/class/net/%s/master", ret);
	ssize_t length = readlink(path, master, sizeof master - 1);
	if (length < 0)
		return;
	master[length] = '\0';
	const char *name = strrchr(master, '/');
	memset(ret, 0, IF_NAMESIZE);
	memccpy(ret, name ? name + 1 : master, '\0', IF_NAMESIZE - 1);
}
