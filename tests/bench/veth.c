/* SPDX-License-Identifier: BSD-2-Clause */
#include "veth.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* No router solicitations and the like: every frame shall be the generator's. */
static void silence(void)
{
	AUTO_FD int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1", 1) != 1)
		fprintf(stderr, "IPv6 could not be switched off: %s\n", strerror(errno));
}

bool veth_namespace(void)
{
	if (unshare(CLONE_NEWNET)) {
		fprintf(stderr, "cannot make a network namespace: %s\n", strerror(errno));
		return false;
	}
	silence();
	return true;
}

bool veth_pair(const char *one, const char *other)
{
	return veth_pair_queues(one, other, 1);
}

bool veth_pair_queues(const char *one, const char *other, unsigned queues)
{
	char command[512];

	snprintf(command, sizeof command,
		 "ip link add %s numtxqueues %u numrxqueues %u type veth peer name %s numtxqueues %u numrxqueues %u && "
		 "ip link set %s up && ip link set %s up",
		 one, queues, queues, other, queues, queues, one, other);
	if (system(command) == 0)
		return true;
	fprintf(stderr, "%s: failed\n", command);
	return false;
}
