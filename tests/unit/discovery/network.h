/* SPDX-License-Identifier: BSD-2-Clause */
/* Where does a test ask what it likes, and disturb nobody? In a network of its own. */
#ifndef TESTS_UNIT_DISCOVERY_NETWORK_H
#define TESTS_UNIT_DISCOVERY_NETWORK_H

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Only a loopback device is in it, and up. Returns 0 or -errno. */
static inline int enter_network(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return -errno;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
	close(fd);
	return r;
}

#endif
