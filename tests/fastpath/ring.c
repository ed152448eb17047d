/* SPDX-License-Identifier: BSD-2-Clause */
/* Is the reader woken when it has to be, and left alone when not? Records of the real program, through the real ring.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "support.h"

#define LONG_MS 5000
#define MS 1000000ULL /* ns */

static bool is_due(const struct bench *bench, int ms)
{
	struct pollfd fd = {.fd = fastpath_ring_fd(bench->fastpath), .events = POLLIN};

	return poll(&fd, 1, ms) == 1;
}

/* One record into the ring, and nothing taken from it. */
static void send_record(const struct bench *bench)
{
	struct packet packet;
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet.data);

	add_dhcp4(&packet, 2, 5);
	seal(&packet);
	options.data_size_in = (uint32_t)packet.size;
	if (bpf_prog_test_run_opts(fastpath_program_fd(bench->fastpath, (unsigned)bench->uplink), &options))
		fail_msg("the frame could not be sent");
}

static void fall_asleep(const struct bench *bench)
{
	while (fastpath_drain(bench->fastpath) > 0)
		continue;
}

static void test_the_first_record_wakes(void **state)
{
	struct bench *bench = *state;

	fall_asleep(bench);
	assert_false(is_due(bench, 0));
	send_record(bench);
	assert_true(is_due(bench, LONG_MS));
	assert_int_equal(fastpath_drain(bench->fastpath), 1);
}

static void test_those_behind_it_wait_for_the_timer(void **state)
{
	struct bench *bench = *state;
	uint64_t started, passed;

	fall_asleep(bench);
	send_record(bench);
	started = clock_boot();
	assert_int_equal(fastpath_drain(bench->fastpath), 1);
	send_record(bench);
	send_record(bench);
	assert_true(is_due(bench, LONG_MS));
	passed = clock_boot() - started;
	assert_true(passed >= MS);
	assert_int_equal(fastpath_drain(bench->fastpath), 2);
}

/* The ring itself, behind the reader's back: the only map of its kind that the program has. */
static int find_ring(const struct bench *bench)
{
	__u32 ids[64], program_size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info program = {.nr_map_ids = 64, .map_ids = (uintptr_t)ids};

	assert_int_equal(bpf_obj_get_info_by_fd(fastpath_program_fd(bench->fastpath, (unsigned)bench->uplink), &program,
						&program_size),
			 0);
	for (unsigned i = 0; i < program.nr_map_ids; i++) {
		AUTO_FD int map = bpf_map_get_fd_by_id(ids[i]);
		struct bpf_map_info info = {0};
		__u32 size = sizeof info;
		if (bpf_obj_get_info_by_fd(map, &info, &size) == 0 && info.type == BPF_MAP_TYPE_RINGBUF)
			return take_fd(map);
	}
	return -1;
}

/* Has the kernel woken whoever waits for the ring? What is in it already does not count (EPOLLET). */
static bool has_woken(int epoll, int ms)
{
	struct epoll_event event;

	return epoll_wait(epoll, &event, 1, ms) == 1;
}

static void test_the_kernel_wakes_nobody_who_is_awake(void **state)
{
	struct bench *bench = *state;
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	AUTO_FD int ring = find_ring(bench);
	AUTO_FD int epoll = epoll_create1(EPOLL_CLOEXEC);

	fall_asleep(bench);
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, ring, &event), 0);
	send_record(bench);
	assert_true(has_woken(epoll, LONG_MS));
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(fastpath_drain(bench->fastpath), 1);
		send_record(bench);
	}
	assert_false(has_woken(epoll, 50));

	fall_asleep(bench);
	send_record(bench);
	assert_true(has_woken(epoll, LONG_MS));
}

static void test_idle_is_idle(void **state)
{
	struct bench *bench = *state;
	unsigned wakeups = 0;

	send_record(bench);
	for (uint64_t end = clock_boot() + NS_PER_SECOND / 4; clock_boot() < end; wakeups++) {
		if (!is_due(bench, 250))
			break;
		fastpath_drain(bench->fastpath);
	}
	assert_true(wakeups >= 1);
	assert_true(wakeups <= 2); /* for the record, and once more before falling asleep */
}

static void test_what_was_handed_out_is_not_in_the_ring(void **state)
{
	struct bench *bench = *state;
	struct ring_state ring;

	fall_asleep(bench);
	send_record(bench);
	fastpath_ring_state(bench->fastpath, &ring);
	assert_true(ring.used > 0);
	assert_int_equal(fastpath_drain(bench->fastpath), 1);
	fastpath_ring_state(bench->fastpath, &ring);
	assert_int_equal(ring.used, 0);
	assert_int_equal(fastpath_drain(bench->fastpath), 0);
}

/* --- Falling asleep while a record comes --- */

#define ROUNDS 10000

/* Sends so that many records come about when the reader falls asleep: a millisecond after the one before. */
static void *send_all(void *context)
{
	for (unsigned sent = 0; sent < ROUNDS; sent++) {
		uint64_t next = clock_boot() + (sent % 16 ? sent * 7919 % 20000 : MS + sent * 7919 % 300000);
		while (clock_boot() < next)
			sched_yield();
		send_record(context);
	}
	return NULL;
}

/* Where the reader gets no time, the ring runs over: those are counted, and nobody has to wait for them. */
static unsigned count_lost(const struct bench *bench)
{
	struct ds_counters counters;

	assert_int_equal(fastpath_counters(bench->fastpath, (unsigned)bench->uplink, &counters), 0);
	return (unsigned)counters.lost;
}

static void test_no_record_is_left_lying(void **state)
{
	struct bench *bench = *state;
	pthread_t sender;
	unsigned taken = 0, lost = count_lost(bench);

	fall_asleep(bench);
	assert_int_equal(pthread_create(&sender, NULL, send_all, bench), 0);
	while (taken + count_lost(bench) - lost < ROUNDS && is_due(bench, LONG_MS))
		taken += (unsigned)fastpath_drain(bench->fastpath);
	pthread_join(sender, NULL);
	assert_int_equal(taken + count_lost(bench) - lost, ROUNDS);
	assert_true(taken > ROUNDS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_record_wakes),
		cmocka_unit_test(test_those_behind_it_wait_for_the_timer),
		cmocka_unit_test(test_the_kernel_wakes_nobody_who_is_awake),
		cmocka_unit_test(test_idle_is_idle),
		cmocka_unit_test(test_what_was_handed_out_is_not_in_the_ring),
		cmocka_unit_test(test_no_record_is_left_lying),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
