/* SPDX-License-Identifier: BSD-2-Clause */
/* Do programs come to real devices, and go without leaving anything? In a network namespace of its own. */
#include <errno.h>
#include <net/if.h>

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
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
