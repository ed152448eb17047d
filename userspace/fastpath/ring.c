/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How are records read from the kernel's ring? By our own reader, since ours decides when a record is consumed: a
 * batch is handed out first, and given back to the kernel as a whole. The layout is the kernel's promise
 * (Documentation/bpf/ringbuf.rst): a page with the consumer's position, a page with the producer's, then the data,
 * mapped twice in a row so that a record never wraps.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "fastpath/internal.h"

/* Most records handed out by one drain, so that a flood cannot keep the agent from everything else. */
#define BATCH 4096

/* A record's header: its length with the kernel's flags on top, and an offset that is the kernel's own. */
#define HEADER_SIZE 8

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int ring_open(struct ring *ring, int map)
{
	struct bpf_map_info info = {0};
	__u32 length = sizeof info;

	if (bpf_obj_get_info_by_fd(map, &info, &length))
		return -errno;

	void *consumer = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (consumer == MAP_FAILED)
		return -errno;
	void *producer =
		mmap(NULL, page_size() + 2 * (size_t)info.max_entries, PROT_READ, MAP_SHARED, map, (off_t)page_size());
	if (producer == MAP_FAILED) {
		int result = -errno;
		munmap(consumer, page_size());
		return result;
	}
	*ring = (struct ring){
		.fd = map,
		.size = info.max_entries,
		.consumer = consumer,
		.producer = producer,
		.data = (const uint8_t *)producer + page_size(),
	};
	return 0;
}

void ring_close(struct ring *ring)
{
	if (!ring->consumer)
		return;
	munmap(ring->consumer, page_size());
	munmap((void *)ring->producer, page_size() + 2 * ring->size);
	ring->consumer = NULL;
}

int ring_drain(struct ring *ring, fastpath_record_fn *record, void *context)
{
	uint64_t at = *ring->consumer;
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
		at += (size + HEADER_SIZE + 7) & ~7U;
	}
	__atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
	return count;
}

void ring_measure(const struct ring *ring, struct ring_state *ret)
{
	uint64_t consumer = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
	uint64_t producer = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);

	*ret = (struct ring_state){.size = ring->size, .used = producer - consumer};
}
