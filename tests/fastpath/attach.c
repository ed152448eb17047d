/* SPDX-License-Identifier: BSD-2-Clause */
/* Do programs come to real devices, and go without leaving anything? In a network namespace of its own. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include "devices.h"

static void ignore_record(void *context, struct bytes record)
{
	(void)context;
	(void)record;
}

static void test_native_pinned_and_gone(void **state)
{
	static const char *const pins[] = {
		FASTPATH_PINS "/maps/about",
		FASTPATH_PINS "/maps/counters",
		FASTPATH_PINS "/maps/messages",
		FASTPATH_PINS "/maps/ports",
		FASTPATH_PINS "/maps/clients",
		FASTPATH_PINS "/maps/records",
		FASTPATH_PINS "/maps/scratch",
		FASTPATH_PINS "/maps/servers",
		FASTPATH_PINS "/maps/buckets",
		FASTPATH_PINS "/programs/" PORT "/dotsnoop_xdp",
		FASTPATH_PINS "/programs/" DOTTED_PIN "/dotsnoop_xdp",
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

/* --- What the gateway itself sends --- */

static void test_egress(void **state)
{
	struct fastpath *fastpath = open_pinned();
	struct fastpath_error error;
	enum egress_mode expected = expected_egress();

	(void)state;
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(fastpath_port(fastpath, 0)->egress, expected);
	assert_int_equal(tcx_count(PORT), expected == EGRESS_TCX);
	assert_int_equal(has_clsact(PORT), expected == EGRESS_CLSACT);
	assert_int_equal(exists(FASTPATH_PINS "/links/" PORT "/dotsnoop_tc"), expected == EGRESS_TCX);
	assert_true(exists(FASTPATH_PINS "/programs/" PORT "/dotsnoop_tc"));
	send_own(PORT, DHCP_ACK);
	await_counted(DS_PORTS_MAX, DS_REASON_captured, 1);
	send_from_wire(PORT, DHCP_ACK);
	send_own(PORT, DHCP_ACK);
	await_counted(DS_PORTS_MAX, DS_REASON_captured, 2);

	fastpath_detach(fastpath, PORT);
	assert_int_equal(tcx_count(PORT), 0);
	assert_false(has_clsact(PORT));
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void test_egress_without_tcx(void **state)
{
	without_tcx = true;
	test_egress(state);
	without_tcx = false;
}

static struct fastpath *attach_without_tcx(enum egress_mode expected)
{
	struct fastpath_error error;

	without_tcx = true;
	struct fastpath *fastpath = open_pinned();
	without_tcx = false;
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(fastpath_port(fastpath, 0)->egress, expected);
	return fastpath;
}

static void test_clsact_of_somebody_else_stays(void **state)
{
	(void)state;
	run("tc qdisc add dev " PORT " clsact");
	fastpath_free(attach_without_tcx(EGRESS_CLSACT));
	assert_true(has_clsact(PORT));
	run("! tc filter show dev " PORT " egress | grep -q .");
	run("tc qdisc del dev " PORT " clsact");
	assert_nothing_left();
}

/* Any program will do for somebody else's. */
static void test_clsact_that_somebody_came_to_use_stays(void **state)
{
	static const char *const ends[] = {"ingress", "egress"};
	char command[256];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fastpath *fastpath = attach_without_tcx(EGRESS_CLSACT);
		snprintf(command, sizeof command, "tc filter add dev %s %s prio 77 bpf da pinned %s", PORT, ends[i],
			 FASTPATH_PINS "/programs/" PORT "/dotsnoop_tc");
		run(command);
		fastpath_free(fastpath);
		assert_true(has_clsact(PORT));
		snprintf(command, sizeof command, "tc filter show dev %s %s | grep -q 'pref 77'", PORT, ends[i]);
		run(command);
		run("tc qdisc del dev " PORT " clsact");
		assert_nothing_left();
	}
}

/* The older qdisc `ingress` has its place, and no egress. */
static void test_port_without_egress(void **state)
{
	(void)state;
	run("tc qdisc add dev " PORT " ingress");
	struct fastpath *fastpath = attach_without_tcx(EGRESS_NONE);
	send_from_wire(DOTTED, DHCP_ACK);
	await_counted(0, DS_REASON_captured, 1);
	fastpath_free(fastpath);
	run("tc qdisc show dev " PORT " | grep -q ingress");
	run("tc qdisc del dev " PORT " ingress");
	assert_nothing_left();
}

/* --- What is refused --- */

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

/* As a benchmark does it, beside an agent: it leaves the agent's pins alone. */
static void test_without_pins(void **state)
{
	struct fastpath_options options = {.ring_size = RING_SIZE, .record = ignore_record};
	struct fastpath *agent = open_pinned(), *fastpath = NULL;
	struct fastpath_error error;

	(void)state;
	assert_int_equal(fastpath_attach(agent, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(fastpath_new(&options, &fastpath, &error), 0);
	assert_int_equal(fastpath_attach(fastpath, DOTTED, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(attached(DOTTED), XDP_ATTACHED_DRV);
	assert_int_equal(fastpath_port(fastpath, 0)->egress, EGRESS_NONE);
	assert_false(exists(FASTPATH_PINS "/programs/" DOTTED_PIN));
	fastpath_free(fastpath);
	assert_int_equal(attached(DOTTED), XDP_ATTACHED_NONE);
	assert_true(exists(FASTPATH_PINS "/programs/" PORT "/dotsnoop_xdp"));
	fastpath_free(agent);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_native_pinned_and_gone),
		cmocka_unit_test(test_vlan_stripping_is_switched_off_and_put_back),
		cmocka_unit_test(test_native_at_jumbo_mtu),
		cmocka_unit_test(test_generic_where_native_is_refused),
		cmocka_unit_test(test_egress),
		cmocka_unit_test(test_egress_without_tcx),
		cmocka_unit_test(test_clsact_of_somebody_else_stays),
		cmocka_unit_test(test_clsact_that_somebody_came_to_use_stays),
		cmocka_unit_test(test_port_without_egress),
		cmocka_unit_test(test_no_such_port),
		cmocka_unit_test(test_port_named_twice),
		cmocka_unit_test(test_without_pins),
		cmocka_unit_test(test_second_agent_is_refused),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
