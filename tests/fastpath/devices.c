/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
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

/* --- Egress --- */

#define TCX_EGRESS ((enum bpf_attach_type)47) /* BPF_TCX_EGRESS of Linux 6.6 */

bool without_tcx;

static int query_tcx(const char *port, __u32 *count)
{
	__u32 flags;

	*count = 0;
	return bpf_prog_query((int)if_nametoindex(port), TCX_EGRESS, 0, &flags, NULL, count) ? -errno : 0;
}

bool has_tcx(void)
{
	__u32 count;
	int result = query_tcx("lo", &count);

	return result == 0 || result == -ENOENT;
}

unsigned tcx_count(const char *port)
{
	__u32 count;

	query_tcx(port, &count);
	return count;
}

bool has_clsact(const char *port)
{
	char command[128];

	snprintf(command, sizeof command, "tc qdisc show dev %s | grep -q clsact", port);
	return system(command) == 0;
}

enum egress_mode expected_egress(void)
{
	return has_tcx() && !without_tcx ? EGRESS_TCX : EGRESS_CLSACT;
}

/* --- Agents --- */

static void ignore_record(void *context, struct bytes record)
{
	(void)context;
	(void)record;
}

struct fastpath *try_pinned(fastpath_record_fn *record, void *context)
{
	struct fastpath_options options = {
		.ring_size = RING_SIZE, .pin = true, .no_tcx = without_tcx, .record = record, .context = context};
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
	assert_int_equal(tcx_count(PORT) + tcx_count(DOTTED), 0);
	assert_false(has_clsact(PORT) || has_clsact(DOTTED));
	run("! ls -d /sys/fs/bpf/xdp/dispatch-* 2>/dev/null"); /* libxdp's */
	run("! ls -l /proc/$PPID/fd | grep bpf-prog");         /* what libxdp forgets */
}

/* --- Frames --- */

static void send_reply(const char *port, uint8_t type, int bypass)
{
	struct packet packet;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(port), .sll_halen = ETH_ALEN};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass);
	add_dhcp4(&packet, 2, type);
	seal(&packet);
	assert_int_equal(sendto(fd, packet.data, packet.size, 0, (struct sockaddr *)&to, sizeof to), packet.size);
	close(fd);
}

void send_from_wire(const char *port, uint8_t type)
{
	send_reply(port, type, 1);
}

void send_own(const char *port, uint8_t type)
{
	send_reply(port, type, 0);
}

uint64_t counted(__u32 slot, enum ds_reason reason)
{
	static struct ds_counters values[1024];
	int fd = bpf_obj_get(FASTPATH_PINS "/maps/counters"), cpus = libbpf_num_possible_cpus();
	uint64_t sum = 0;

	assert_in_range(cpus, 1, sizeof values / sizeof values[0]);
	assert_int_equal(bpf_map_lookup_elem(fd, &slot, values), 0);
	close(fd);
	for (int i = 0; i < cpus; i++)
		sum += ((__u64 *)&values[i])[reason];
	return sum;
}

#define PATIENCE_US 10000 /* 500 times */

void await_counted(__u32 slot, enum ds_reason reason, uint64_t count)
{
	for (int i = 0; i < 500 && counted(slot, reason) != count; i++)
		usleep(PATIENCE_US);
	assert_int_equal(counted(slot, reason), count);
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
