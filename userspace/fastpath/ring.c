/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How are records read from the kernel's ring, and when? By our own reader, since ours decides when a record is
 * consumed: a batch is handed out first, and given back to the kernel as a whole. The layout is the kernel's promise
 * (Documentation/bpf/ringbuf.rst): a page with the consumer's position, a page with the producer's, then the data,
 * mapped twice in a row so that a record never wraps.
 *
 * To be woken for every record would cost its producer, the packet's path, more than the record does. The kernel wakes
 * whoever waits when a record is committed exactly where the consumer's position stands, and so the position is what
 * says whether we sleep:
 *
 *   asleep   Everything is given back, and the position stands where the next record will. That one wakes us.
 *   awake    Of what was handed out the last record is kept back, so that the position never stands where the next one
 *            will: none wakes us. A timer does, until it finds nothing new.
 *
 * Falling asleep, first all is given back and then epoll looks into the ring again. The producer first commits its
 * record and then looks at the position. One of both sees the other: no record is left lying.
 *
 * Nothing is given back before it is safe, which whoever took it says (ring_consume). Until then we stay awake, too.
 *
 * An agent that is killed leaves to its successor what was not given back, which so meets records twice. That does no
 * harm: what a record says may be said again.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "fastpath/internal.h"

/* Most records handed out by one drain, so that a flood cannot keep the agent from everything else. */
#define BATCH 8192

/* ns from one look into the ring to the next while we are awake: the most that a record waits. */
#define LOOK_AFTER 1000000
#define LOOK_NOW 1
#define LOOK_NEVER 0

/* A record's header: its length with the kernel's flags on top, and an offset that is the kernel's own. */
#define HEADER_SIZE 8

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static int map_pages(struct ring *ring, int map, size_t size)
{
	void *consumer = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (consumer == MAP_FAILED)
		return -errno;
	void *producer = mmap(NULL, page_size() + 2 * size, PROT_READ, MAP_SHARED, map, (off_t)page_size());
	if (producer == MAP_FAILED) {
		int result = -errno;
		munmap(consumer, page_size());
		return result;
	}
	ring->size = size;
	ring->consumer = consumer;
	ring->producer = producer;
	ring->data = (const uint8_t *)producer + page_size();
	ring->taken = ring->last = ring->safe = *ring->consumer;
	return 0;
}

/* The fd to be polled stands for both: the ring while we are asleep, the timer while we are awake. */
static int watch(struct ring *ring)
{
	struct epoll_event ring_event = {.events = EPOLLIN}, timer_event = {.events = EPOLLIN};

	ring->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	ring->poll = epoll_create1(EPOLL_CLOEXEC);
	if (ring->timer < 0 || ring->poll < 0 || epoll_ctl(ring->poll, EPOLL_CTL_ADD, ring->map, &ring_event) ||
	    epoll_ctl(ring->poll, EPOLL_CTL_ADD, ring->timer, &timer_event))
		return -errno;
	return 0;
}

int ring_open(struct ring *ring, int map, bool hold)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof info;

	*ring = (struct ring){.map = map, .poll = -1, .timer = -1, .hold = hold};
	if (bpf_obj_get_info_by_fd(map, &info, &length))
		return -errno;
	int result = map_pages(ring, map, info.max_entries);
	return result ? result : watch(ring);
}

/* Gives everything before `at` back to the kernel. A full barrier: what is read afterwards is read after it. */
static void give_back(const struct ring *ring, uint64_t at)
{
	__atomic_exchange_n(ring->consumer, at, __ATOMIC_SEQ_CST);
}

void ring_close(struct ring *ring)
{
	if (!ring->consumer)
		return;
	give_back(ring, ring->safe);
	munmap(ring->consumer, page_size());
	munmap((void *)ring->producer, page_size() + 2 * ring->size);
	cleanup_fd(&ring->timer);
	cleanup_fd(&ring->poll);
	ring->consumer = NULL;
}

/* Also takes back an alarm that has gone off. Neither this nor wait_for can fail on descriptors of our own. */
static void look_again(const struct ring *ring, long ns)
{
	timerfd_settime(ring->timer, 0, &(struct itimerspec){.it_value.tv_nsec = ns}, NULL);
}

static void wait_for(const struct ring *ring, uint32_t events)
{
	epoll_ctl(ring->poll, EPOLL_CTL_MOD, ring->map, &(struct epoll_event){.events = events});
}

/* What is safe, but never the last record that was handed out. */
static void give_back_some(const struct ring *ring)
{
	give_back(ring, ring->safe < ring->last ? ring->safe : ring->last);
}

/* Until the next look after so many ns. */
static void stay_awake(struct ring *ring, long ns)
{
	give_back_some(ring);
	if (!ring->awake)
		wait_for(ring, 0);
	ring->awake = true;
	look_again(ring, ns);
}

/* After a look that found nothing, when all is safe. */
static void fall_asleep(struct ring *ring)
{
	if (!ring->awake)
		return;
	look_again(ring, LOOK_NEVER);
	give_back(ring, ring->taken);
	wait_for(ring, EPOLLIN); /* looks into the ring once more */
	ring->awake = false;
}

void ring_consume(struct ring *ring, uint64_t mark)
{
	ring->safe = mark;
	give_back_some(ring);
}

void ring_wait(struct ring *ring)
{
	stay_awake(ring, LOOK_AFTER);
}

int ring_drain(struct ring *ring, fastpath_record_fn *record, void *context)
{
	uint64_t at = ring->taken;
	int count = 0;

	for (; count < BATCH; count++) {
		if (at >= __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE))
			break;
		const uint8_t *header = ring->data + (at & (ring->size - 1));
		uint32_t length = __atomic_load_n((const uint32_t *)header, __ATOMIC_ACQUIRE);
		if (length & BPF_RINGBUF_BUSY_BIT)
			break; /* still being written; its producer will wake us */

		uint32_t size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		if (!(length & BPF_RINGBUF_DISCARD_BIT))
			record(context, (struct bytes){header + HEADER_SIZE, size});
		ring->last = at;
		at += (size + HEADER_SIZE + 7) & ~7U;
	}
	ring->taken = at;
	if (!ring->hold)
		ring->safe = at;
	if (count || ring->safe < ring->taken)
		stay_awake(ring, count == BATCH ? LOOK_NOW : LOOK_AFTER);
	else
		fall_asleep(ring);
	return count;
}

void ring_measure(const struct ring *ring, struct ring_state *ret)
{
	uint64_t producer = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);

	*ret = (struct ring_state){.size = ring->size, .used = producer - ring->safe, .unread = producer - ring->taken};
}
