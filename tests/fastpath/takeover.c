/* SPDX-License-Identifier: BSD-2-Clause */
/* Does an agent go on where an earlier one stopped, killed or on purpose? In a network namespace of its own. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "fastpath/internal.h" /* before cmocka, which has a macro named fail */

#include "devices.h"

#define PROGRAM_PIN FASTPATH_PINS "/programs/" PORT "/dotsnoop_xdp"
#define EGRESS_PIN FASTPATH_PINS "/programs/" DOTTED_PIN "/dotsnoop_tc"
#define DOTTED_PROGRAM_PIN FASTPATH_PINS "/programs/" DOTTED_PIN "/dotsnoop_xdp"

/* --- An agent that goes, and what it leaves --- */

/* The uplink in slot 0, the access port in slot 1. */
static bool attach_both(struct fastpath *fastpath)
{
	struct fastpath_error error;

	return fastpath && !fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error) &&
	       !fastpath_attach(fastpath, DOTTED, DS_ROLE_ACCESS, DS_MODE_ENFORCE, &error);
}

static void ignore(void *context, struct bytes record)
{
	(void)context;
	(void)record;
}

/* An agent in a process of its own, that ends without a word (or, with `keep`, on purpose). */
static void leave(bool keep)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct fastpath *fastpath = try_pinned(ignore, NULL);
		bool attached = attach_both(fastpath);
		if (attached && keep)
			fastpath_keep(fastpath);
		_exit(attached ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(attached(PORT), XDP_ATTACHED_DRV);
	assert_int_equal(attached(DOTTED), XDP_ATTACHED_DRV);
}

static void leave_remains(void)
{
	leave(false);
}

static __u32 id_of_pin(const char *pin)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof info;
	int fd = bpf_obj_get(pin);

	assert_true(fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	close(fd);
	return info.id;
}

static struct ds_about read_about(void)
{
	struct ds_about about;
	__u32 key = 0;
	int fd = bpf_obj_get(FASTPATH_PINS "/maps/about");

	assert_int_equal(bpf_map_lookup_elem(fd, &key, &about), 0);
	close(fd);
	return about;
}

/* Digests of replies that were settled stay as they were. */
static __u64 read_secret(void)
{
	struct ds_secret secret;
	__u32 key = 0;
	int fd = bpf_obj_get(FASTPATH_PINS "/maps/secret");

	assert_int_equal(bpf_map_lookup_elem(fd, &key, &secret), 0);
	close(fd);
	return secret.words[0];
}

static void write_about(struct ds_about about)
{
	__u32 key = 0;
	int fd = bpf_obj_get(FASTPATH_PINS "/maps/about");

	assert_int_equal(bpf_map_update_elem(fd, &key, &about, BPF_ANY), 0);
	close(fd);
}

/* --- Taken over --- */

struct seen {
	unsigned count;
	struct ds_record last;
};

static void keep_record(void *context, struct bytes record)
{
	struct seen *seen = context;

	seen->count++;
	memcpy(&seen->last, record.data, sizeof seen->last);
}

static void assert_taken_over(bool keep)
{
	struct seen seen = {0};

	leave(keep);
	__u32 uplink = id_of_pin(PROGRAM_PIN), access = id_of_pin(DOTTED_PROGRAM_PIN);
	__u32 egress = id_of_pin(EGRESS_PIN);
	__u64 secret = read_secret();
	send_own(DOTTED, DHCP_ACK);
	await_counted(1 + DS_PORTS_MAX, DS_REASON_captured, 1);
	send_from_wire(DOTTED, DHCP_ACK);
	await_counted(0, DS_REASON_captured, 2);

	struct fastpath *fastpath = try_pinned(keep_record, &seen);
	assert_true(attach_both(fastpath));
	assert_int_equal(id_of_pin(PROGRAM_PIN), uplink);
	assert_int_equal(id_of_pin(DOTTED_PROGRAM_PIN), access);
	assert_true(read_secret() == secret);
	assert_int_equal(fastpath_port(fastpath, 0)->attached, ATTACH_NATIVE);
	fastpath_drop_unclaimed(fastpath); /* none */

	assert_int_equal(id_of_pin(EGRESS_PIN), egress);
	assert_int_equal(fastpath_port(fastpath, 1)->egress, expected_egress());
	assert_int_equal(fastpath_drain(fastpath), 3);
	assert_int_equal(seen.count, 3);
	assert_string_equal(fastpath_port_name(fastpath, seen.last.seen.ifindex), PORT);
	send_from_wire(DOTTED, DHCP_ACK);
	await_counted(0, DS_REASON_captured, 3); /* it counts on */
	assert_int_equal(fastpath_drain(fastpath), 1);
	send_own(DOTTED, DHCP_ACK);
	await_counted(1 + DS_PORTS_MAX, DS_REASON_captured, 2);
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void test_after_a_kill(void **state)
{
	(void)state;
	assert_taken_over(false);
}

static void test_after_keep(void **state)
{
	(void)state;
	assert_taken_over(true);
}

static void test_twice_in_a_row(void **state)
{
	(void)state;
	leave_remains();
	__u32 uplink = id_of_pin(PROGRAM_PIN);
	leave_remains();
	leave(true);
	assert_int_equal(id_of_pin(PROGRAM_PIN), uplink);
	struct fastpath *fastpath = open_pinned();
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void test_role_and_mode_are_the_new_ones(void **state)
{
	struct fastpath_error error;

	(void)state;
	leave_remains();
	struct fastpath *fastpath = open_pinned();
	send_from_wire(DOTTED, DHCP_OFFER);
	await_counted(0, DS_REASON_captured, 1);
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_ACCESS, DS_MODE_ENFORCE, &error), 0);
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_ACCESS, DS_MODE_ENFORCE, &error), -EEXIST);
	send_from_wire(DOTTED, DHCP_OFFER);
	await_counted(0, DS_REASON_rogue, 1);
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void test_enforced_without_an_agent(void **state)
{
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP));
	struct sockaddr_ll from = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = (int)if_nametoindex(DOTTED)};
	struct timeval patience = {.tv_sec = 1};
	uint8_t frame[PACKET_SIZE];

	(void)state;
	leave(true);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	send_from_wire(PORT, DHCP_ACK);
	await_counted(1, DS_REASON_rogue, 1);
	assert_int_equal(recv(fd, frame, sizeof frame, MSG_DONTWAIT), -1);
	close(fd);
}

static void test_generic(void **state)
{
	struct fastpath_error error;
	struct fastpath *fastpath = open_pinned();

	(void)state;
	assert_int_equal(fastpath_attach(fastpath, "lo", DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	fastpath_keep(fastpath);
	assert_int_equal(attached("lo"), XDP_ATTACHED_SKB);
	fastpath = open_pinned();
	assert_int_equal(fastpath_attach(fastpath, "lo", DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(fastpath_port(fastpath, 0)->attached, ATTACH_GENERIC);
	fastpath_free(fastpath);
	assert_int_equal(attached("lo"), XDP_ATTACHED_NONE);
	assert_nothing_left();
}

static void test_port_that_nobody_wants_any_more(void **state)
{
	struct fastpath_error error;

	(void)state;
	leave_remains();
	struct fastpath *fastpath = open_pinned();
	assert_int_equal(fastpath_attach(fastpath, DOTTED, DS_ROLE_ACCESS, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(attached(PORT), XDP_ATTACHED_DRV);
	fastpath_drop_unclaimed(fastpath);
	assert_int_equal(attached(PORT), XDP_ATTACHED_NONE);
	assert_int_equal(attached(DOTTED), XDP_ATTACHED_DRV);
	assert_false(exists(FASTPATH_PINS "/programs/" PORT));
	assert_true(strips(PORT));
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void cut_link(const char *pin)
{
	int fd = bpf_obj_get(pin);

	assert_int_equal(bpf_link_detach(fd), 0);
	close(fd);
}

/* By somebody who cut the link, or deleted the filter. */
static void test_egress_that_was_detached(void **state)
{
	struct fastpath_error error;

	(void)state;
	leave_remains();
	if (expected_egress() == EGRESS_TCX)
		cut_link(FASTPATH_PINS "/links/" DOTTED_PIN "/dotsnoop_tc");
	else
		run("tc filter del dev " DOTTED " egress");
	__u32 access = id_of_pin(DOTTED_PROGRAM_PIN), egress = id_of_pin(EGRESS_PIN);
	struct fastpath *fastpath = open_pinned();
	assert_int_equal(fastpath_attach(fastpath, DOTTED, DS_ROLE_ACCESS, DS_MODE_OBSERVE, &error), 0);
	assert_int_equal(fastpath_port(fastpath, 1)->egress, expected_egress());
	assert_int_equal(id_of_pin(DOTTED_PROGRAM_PIN), access);
	assert_int_equal(id_of_pin(EGRESS_PIN), egress);
	send_own(DOTTED, DHCP_ACK);
	await_counted(1 + DS_PORTS_MAX, DS_REASON_captured, 1);
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void test_ring_of_another_size(void **state)
{
	struct fastpath_options options = {.ring_size = 2 * RING_SIZE, .pin = true, .record = ignore};
	struct fastpath_error error;
	struct ring_state ring;
	struct fastpath *fastpath;

	(void)state;
	leave_remains();
	assert_int_equal(fastpath_new(&options, &fastpath, &error), 0);
	fastpath_ring_state(fastpath, &ring);
	assert_int_equal(ring.size, RING_SIZE);
	fastpath_free(fastpath);
	assert_nothing_left();
}

/* Settles what came last, and sees that the program in slot 0 and the agent look in the same places for it. */
static void expect_settled(struct fastpath *fastpath, const struct seen *seen, uint64_t count)
{
	const struct settling reply = {seen->last.settle_key, seen->last.digest, false};

	assert_int_equal(fastpath_settle(fastpath, &reply, 1), 1);
	send_from_wire(DOTTED, DHCP_ACK);
	await_counted(0, DS_REASON_settled, count);
}

/* More clients are configured than there is room for: it is less, and goes on for programs old and new. */
static void test_limit_of_another_size(void **state)
{
	struct seen seen = {0};
	struct fastpath_options options = {
		.ring_size = RING_SIZE, .clients_max = 1000000, .pin = true, .record = keep_record, .context = &seen};
	struct fastpath_error error;
	struct fastpath *fastpath;

	(void)state;
	leave_remains();
	assert_int_equal(fastpath_new(&options, &fastpath, &error), 0);
	assert_in_range(fastpath->settled.count, 1, 10000);
	assert_true(attach_both(fastpath));
	send_from_wire(DOTTED, DHCP_ACK);
	await_counted(0, DS_REASON_captured, 1);
	assert_int_equal(fastpath_drain(fastpath), 1);
	expect_settled(fastpath, &seen, 1);

	assert_true(fastpath_detach(fastpath, PORT));
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	expect_settled(fastpath, &seen, 1); /* it counts from 0 */
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void test_vlan_stripping_is_put_back_by_the_successor(void **state)
{
	struct fastpath_error error;

	(void)state;
	leave_remains();
	assert_false(strips(PORT));
	struct fastpath *fastpath = open_pinned();
	assert_true(attach_both(fastpath));
	assert_false(strips(PORT));
	fastpath_free(fastpath);
	assert_true(strips(PORT));

	leave_remains();
	assert_int_equal(fastpath_clear(&error), 0);
	assert_true(strips(PORT));
	assert_nothing_left();
}

/* A start that fails leaves things as they were; what it added is gone again. */
static void test_given_back(void **state)
{
	struct fastpath_error error;

	(void)state;
	struct fastpath *fastpath = open_pinned();
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	fastpath_keep(fastpath);
	__u32 uplink = id_of_pin(PROGRAM_PIN);
	fastpath = open_pinned();
	assert_true(attach_both(fastpath));
	fastpath_give_back(fastpath);
	assert_int_equal(id_of_pin(PROGRAM_PIN), uplink);
	assert_int_equal(attached(PORT), XDP_ATTACHED_DRV);
	assert_int_equal(attached(DOTTED), XDP_ATTACHED_NONE);
	assert_int_equal(fastpath_clear(&error), 0);
	assert_nothing_left();

	fastpath = open_pinned(); /* with nothing to give back */
	assert_true(attach_both(fastpath));
	fastpath_give_back(fastpath);
	assert_nothing_left();
}

/* --- Replaced --- */

/* The whole set, after it was spoilt. */
static void assert_replaced(void)
{
	struct fastpath_error error;
	struct ring_state ring;
	__u32 uplink = id_of_pin(PROGRAM_PIN);

	struct fastpath *fastpath = open_pinned();
	assert_int_equal(attached(PORT), XDP_ATTACHED_NONE);
	assert_true(strips(PORT));
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	assert_int_not_equal(id_of_pin(PROGRAM_PIN), uplink);
	assert_int_equal(read_about().version, DS_ABI_VERSION);
	assert_int_equal(counted(0, DS_REASON_captured), 0);
	fastpath_ring_state(fastpath, &ring);
	assert_int_equal(ring.used, 0);
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void leave_with_a_record(void)
{
	leave_remains();
	send_from_wire(DOTTED, DHCP_ACK);
	await_counted(0, DS_REASON_captured, 1);
}

static void test_pins_of_another_version(void **state)
{
	(void)state;
	leave_with_a_record();
	struct ds_about about = read_about();
	about.version++;
	write_about(about);
	assert_replaced();
}

static void test_pins_of_another_object(void **state)
{
	(void)state;
	leave_with_a_record();
	struct ds_about about = read_about();
	about.object++;
	write_about(about);
	assert_replaced();
}

static void test_pins_that_say_nothing(void **state)
{
	(void)state;
	leave_with_a_record();
	assert_int_equal(unlink(FASTPATH_PINS "/maps/about"), 0);
	assert_replaced();
}

static void test_pins_without_a_map(void **state)
{
	(void)state;
	leave_with_a_record();
	assert_int_equal(unlink(FASTPATH_PINS "/maps/servers"), 0);
	assert_replaced();
}

static void test_pins_of_another_version_are_cleared(void **state)
{
	struct fastpath_error error;

	(void)state;
	leave_remains();
	struct ds_about about = read_about();
	about.version++;
	write_about(about);
	assert_int_equal(fastpath_clear(&error), 0);
	assert_true(strips(PORT));
	assert_nothing_left();
}

/* One port, after it was spoilt; the other one stays as it is. */
static void assert_port_replaced(void)
{
	__u32 access = id_of_pin(DOTTED_PROGRAM_PIN);
	struct fastpath *fastpath = open_pinned();

	assert_int_equal(attached(PORT), XDP_ATTACHED_NONE);
	assert_false(exists(PROGRAM_PIN));
	assert_true(attach_both(fastpath));
	assert_int_equal(attached(PORT), XDP_ATTACHED_DRV);
	assert_int_equal(id_of_pin(DOTTED_PROGRAM_PIN), access);
	assert_int_equal(fastpath_port(fastpath, 0)->key.ifindex, if_nametoindex(PORT));
	assert_string_equal(fastpath_port(fastpath, 1)->key.name, DOTTED);
	send_from_wire(DOTTED, DHCP_ACK);
	await_counted(0, DS_REASON_captured, 1);
	fastpath_free(fastpath);
	assert_true(strips(PORT));
	assert_nothing_left();
}

static void test_port_whose_program_was_detached(void **state)
{
	(void)state;
	leave_remains();
	run("ip link set dev " PORT " xdp off");
	assert_port_replaced();
}

/* As when an agent is killed between attaching and pinning. */
static void test_port_whose_program_is_not_pinned(void **state)
{
	struct fastpath_error error;

	(void)state;
	leave_remains();
	assert_int_equal(unlink(PROGRAM_PIN), 0);
	assert_port_replaced();

	leave_remains();
	assert_int_equal(unlink(PROGRAM_PIN), 0);
	assert_int_equal(fastpath_clear(&error), 0);
	assert_true(strips(PORT));
	assert_nothing_left();
}

static void test_port_whose_device_has_another_name(void **state)
{
	struct fastpath_error error;

	(void)state;
	leave_remains();
	run("ip link set " PORT " down && ip link set " PORT " name other && ip link set other up");
	struct fastpath *fastpath = open_pinned();
	assert_int_equal(attached("other"), XDP_ATTACHED_NONE);
	assert_true(strips("other"));
	assert_null(fastpath_port(fastpath, 0));
	assert_non_null(fastpath_port(fastpath, 1));
	assert_int_equal(fastpath_attach(fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), -ENODEV);
	fastpath_free(fastpath);
	run("ip link set other down && ip link set other name " PORT " && ip link set " PORT " up");
	assert_nothing_left();
}

/* Both ends go, and come back under other numbers. */
static void test_ports_whose_devices_are_others(void **state)
{
	(void)state;
	leave_remains();
	run("ip link del " PORT);
	run("ip link add " PORT " type veth peer name " DOTTED);
	run("ip link set " PORT " up && ip link set " DOTTED " up");
	struct fastpath *fastpath = open_pinned();
	assert_null(fastpath_port(fastpath, 0));
	assert_null(fastpath_port(fastpath, 1));
	assert_true(attach_both(fastpath));
	send_from_wire(DOTTED, DHCP_ACK);
	await_counted(0, DS_REASON_captured, 1);
	fastpath_free(fastpath);
	assert_nothing_left();
}

static void test_remains_are_cleared(void **state)
{
	struct fastpath_error error;

	(void)state;
	leave_remains();
	assert_int_equal(fastpath_clear(&error), 0);
	assert_nothing_left();
	leave(true);
	assert_int_equal(fastpath_clear(&error), 0);
	assert_nothing_left();
}

/* Whatever a test leaves. */
static int clear(void **state)
{
	struct fastpath_error error;

	(void)state;
	return fastpath_clear(&error);
}

#define TEST(name) cmocka_unit_test_teardown(name, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_after_a_kill),
		TEST(test_after_keep),
		TEST(test_twice_in_a_row),
		TEST(test_role_and_mode_are_the_new_ones),
		TEST(test_enforced_without_an_agent),
		TEST(test_generic),
		TEST(test_port_that_nobody_wants_any_more),
		TEST(test_egress_that_was_detached),
		TEST(test_ring_of_another_size),
		TEST(test_limit_of_another_size),
		TEST(test_vlan_stripping_is_put_back_by_the_successor),
		TEST(test_given_back),
		TEST(test_pins_of_another_version),
		TEST(test_pins_of_another_object),
		TEST(test_pins_that_say_nothing),
		TEST(test_pins_without_a_map),
		TEST(test_pins_of_another_version_are_cleared),
		TEST(test_port_whose_program_was_detached),
		TEST(test_port_whose_program_is_not_pinned),
		TEST(test_port_whose_device_has_another_name),
		TEST(test_ports_whose_devices_are_others),
		TEST(test_remains_are_cleared),
	};

	/* Those that look at the ways of attachment. */
	const struct CMUnitTest few[] = {
		TEST(test_after_a_kill),
		TEST(test_port_that_nobody_wants_any_more),
		TEST(test_egress_that_was_detached),
		TEST(test_pins_of_another_version),
		TEST(test_port_whose_program_is_not_pinned),
		TEST(test_remains_are_cleared),
	};
	if (getenv("EMULATED")) /* each program takes seconds to load there */
		return cmocka_run_group_tests(few, enter_namespace, NULL);
	int failed = cmocka_run_group_tests(tests, enter_namespace, NULL);

	if (!has_tcx()) /* they were by clsact already */
		return failed;
	without_tcx = true;
	return failed + cmocka_run_group_tests(few, enter_namespace, NULL);
}
