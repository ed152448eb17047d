/* SPDX-License-Identifier: BSD-2-Clause */
/* Do programs come to real devices, and go without leaving anything? In a network namespace of its own. */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "support.h"

#define PORT "dsv0"
#define DOTTED "dsv1.7" /* bpffs takes no dots in names */

static void run(const char *command)
{
	if (system(command))
		fail_msg("%s failed", command);
}

static void ignore_record(void *context, struct bytes record)
{
	(void)context;
	(void)record;
}

static struct fastpath *open_pinned(void)
{
	struct fastpath_options options = {.ring_size = RING_SIZE, .pin = true, .record = ignore_record};
	struct fastpath_error error;
	struct fastpath *fastpath = NULL;

	if (fastpath_new(&options, &fastpath, &error))
		print_error("# %s\n", error.text);
	assert_non_null(fastpath);
	return fastpath;
}

static bool exists(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0;
}

/* How a program is attached to the device, as the kernel says: XDP_ATTACHED_*. */
static int attached(const char *port)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	assert_int_equal(bpf_xdp_query((int)if_nametoindex(port), 0, &query), 0);
	return query.attach_mode;
}

static void assert_nothing_left(void)
{
	assert_false(exists(FASTPATH_PINS));
	assert_int_equal(attached(PORT), XDP_ATTACHED_NONE);
	assert_int_equal(attached(DOTTED), XDP_ATTACHED_NONE);
}

static void test_native_pinned_and_gone(void **state)
{
	static const char *const pins[] = {
		FASTPATH_PINS "/maps/counters",
		FASTPATH_PINS "/maps/messages",
		FASTPATH_PINS "/maps/ports",
		FASTPATH_PINS "/maps/clients",
		FASTPATH_PINS "/maps/records",
		FASTPATH_PINS "/maps/scratch",
		FASTPATH_PINS "/maps/servers",
		FASTPATH_PINS "/maps/buckets",
		FASTPATH_PINS "/programs/" PORT "/dotsnoop_xdp",
		FASTPATH_PINS "/programs/dsv1_7/dotsnoop_xdp",
	};
	struct fastpath *fastpath = open_pinned();
	struct fastpath_error error;

	(void)state;
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(fastpath_attach(fastpath, DOTTED, DS_ROLE_ACCESS, DS_MODE_ENFORCE, &error), 0);
	assert_int_equal(attached(PORT), XDP_ATTACHED_DRV);
	for (size_t i = 0; i < sizeof pins / sizeof pins[0]; i++)
		if (!exists(pins[i]))
			fail_msg("%s is missing", pins[i]);

	const struct port *port = fastpath_port(fastpath, 1);
	assert_int_equal(port->attached, ATTACH_NATIVE);
	assert_string_equal(port->key.name, DOTTED);
	assert_int_equal(port->key.ifindex, if_nametoindex(DOTTED));
	assert_string_equal(fastpath_port_name(fastpath, if_nametoindex(PORT)), PORT);

	fastpath_detach(fastpath, PORT);
	assert_int_equal(attached(PORT), XDP_ATTACHED_NONE);
	assert_int_equal(attached(DOTTED), XDP_ATTACHED_DRV);
	fastpath_free(fastpath);
	assert_nothing_left();
}

/* Does the device strip VLAN tags, as the kernel says? */
static bool strips(const char *port)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GFLAGS};
	struct ifreq request = {.ifr_data = (void *)&value};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(request.ifr_name, port);
	assert_int_equal(ioctl(fd, SIOCETHTOOL, &request), 0);
	close(fd);
	return value.data & ETH_FLAG_RXVLAN;
}

static void test_vlan_stripping_is_switched_off_and_put_back(void **state)
{
	struct fastpath *fastpath = open_pinned();
	struct fastpath_error error;

	(void)state;
	assert_true(strips(PORT));
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_false(strips(PORT));
	assert_false(fastpath_port(fastpath, 0)->stripping);
	assert_true(strips(DOTTED)); /* not ours */
	fastpath_free(fastpath);
	assert_true(strips(PORT));
}

static void test_native_at_jumbo_mtu(void **state)
{
	struct fastpath *fastpath = open_pinned();
	struct fastpath_error error;

	(void)state;
	run("ip link set " PORT " mtu 9000 && ip link set " DOTTED " mtu 9000");
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(fastpath_port(fastpath, 0)->attached, ATTACH_NATIVE);
	fastpath_free(fastpath);
	run("ip link set " PORT " mtu 1500 && ip link set " DOTTED " mtu 1500");
}

/* The loopback device has no native XDP. */
static void test_generic_where_native_is_refused(void **state)
{
	struct fastpath *fastpath = open_pinned();
	struct fastpath_error error;

	(void)state;
	assert_int_equal(fastpath_attach(fastpath, "lo", DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(fastpath_port(fastpath, 0)->attached, ATTACH_GENERIC);
	assert_int_equal(attached("lo"), XDP_ATTACHED_SKB);
	fastpath_free(fastpath);
	assert_int_equal(attached("lo"), XDP_ATTACHED_NONE);
}

static void test_no_such_port(void **state)
{
	struct fastpath *fastpath = open_pinned();
	struct fastpath_error error;

	(void)state;
	assert_int_equal(fastpath_attach(fastpath, "dsnone", DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), -ENODEV);
	assert_non_null(strstr(error.text, "dsnone"));
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void test_port_named_twice(void **state)
{
	struct fastpath *fastpath = open_pinned();
	struct fastpath_error error;

	(void)state;
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_ACCESS, DS_MODE_OBSERVE, &error), -EEXIST);
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void test_second_agent_is_refused(void **state)
{
	struct fastpath_options options = {.ring_size = RING_SIZE, .pin = true, .record = ignore_record};
	struct fastpath *fastpath = open_pinned(), *second = NULL;
	struct fastpath_error error;

	(void)state;
	assert_int_equal(fastpath_new(&options, &second, &error), -EBUSY);
	assert_int_equal(fastpath_clear(&error), -EBUSY);
	assert_true(exists(FASTPATH_PINS "/maps/counters"));
	fastpath_free(fastpath);
	assert_nothing_left();
}

/* An agent that dies without a word leaves program and pins... */
static void leave_remains(void)
{
	struct fastpath_error error;
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(fastpath_attach(open_pinned(), PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error) ? 1 : 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(exists(FASTPATH_PINS "/programs/" PORT "/dotsnoop_xdp"));
	assert_int_equal(attached(PORT), XDP_ATTACHED_DRV);
}

/* ... which --detach removes, and so does the next agent. */
static void test_remains_of_a_killed_agent(void **state)
{
	struct fastpath_error error;

	(void)state;
	leave_remains();
	assert_int_equal(fastpath_clear(&error), 0);
	assert_nothing_left();

	leave_remains();
	struct fastpath *fastpath = open_pinned();
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	fastpath_free(fastpath);
	assert_nothing_left();
}

static int enter_namespace(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_native_pinned_and_gone),
		cmocka_unit_test(test_vlan_stripping_is_switched_off_and_put_back),
		cmocka_unit_test(test_native_at_jumbo_mtu),
		cmocka_unit_test(test_generic_where_native_is_refused),
		cmocka_unit_test(test_no_such_port),
		cmocka_unit_test(test_port_named_twice),
		cmocka_unit_test(test_second_agent_is_refused),
		cmocka_unit_test(test_remains_of_a_killed_agent),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
