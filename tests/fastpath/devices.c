/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/libbpf.h>

void run(const char *command)
{
	if (system(command))
		fail_msg("%s failed", command);
}

bool exists(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0;
}

static void ignore_record(void *context, struct bytes record)
{
	(void)context;
	(void)record;
}

struct fastpath *try_pinned(fastpath_record_fn *record, void *context)
{
	struct fastpath_options options = {.ring_size = RING_SIZE, .pin = true, .record = record, .context = context};
	struct fastpath_error error;
	struct fastpath *fastpath = NULL;

	if (fastpath_new(&options, &fastpath, &error))
		print_error("# %s\n", error.text);
	return fastpath;
}

struct fastpath *open_pinned(void)
{
	struct fastpath *fastpath = try_pinned(ignore_record, NULL);

	assert_non_null(fastpath);
	return fastpath;
}

int attached(const char *port)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	assert_int_equal(bpf_xdp_query((int)if_nametoindex(port), 0, &query), 0);
	return query.attach_mode;
}

bool strips(const char *port)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GFLAGS};
	struct ifreq request = {.ifr_data = (void *)&value};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(request.ifr_name, port);
	assert_int_equal(ioctl(fd, SIOCETHTOOL, &request), 0);
	close(fd);
	return value.data & ETH_FLAG_RXVLAN;
}

void assert_nothing_left(void)
{
	assert_false(exists(FASTPATH_PINS));
	assert_int_equal(attached(PORT), XDP_ATTACHED_NONE);
	assert_int_equal(attached(DOTTED), XDP_ATTACHED_NONE);
}

int enter_namespace(void **state)
{
	struct fastpath_error error;

	(void)state;
	if (unshare(CLONE_NEWNET)) {
		print_error("# cannot make a network namespace: %s\n", strerror(errno));
		return -1;
	}
	run("ip link add " PORT " type veth peer name " DOTTED);
	run("ip link set lo up && ip link set " PORT " up && ip link set " DOTTED " up");
	if (fastpath_clear(&error)) {
		print_error("# %s\n", error.text);
		return -1;
	}
	return 0;
}
