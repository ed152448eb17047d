/* SPDX-License-Identifier: BSD-2-Clause */
#include "reader.h"

#include <poll.h>
#include <stdio.h>

#include "place.h"

#define RING_AS_AGENT (32U << 20)
#define LOOK_MS 50

/* As the agent's loop does: sleeps until the ring is due, and drains. */
static void *read_ring(void *context)
{
	struct ring_reader *reader = context;
	struct pollfd due = {.fd = fastpath_ring_fd(reader->fastpath), .events = POLLIN};

	place_pin(&reader->cores, false);
	while (!atomic_load(&reader->stop)) {
		poll(&due, 1, LOOK_MS);
		fastpath_drain(reader->fastpath);
	}
	return NULL;
}

bool reader_start(struct ring_reader *reader, const char *port, const cpu_set_t *cores, fastpath_record_fn *record,
		  void *context)
{
	struct fastpath_options options = {
		.ring_size = RING_AS_AGENT, .pin = true, .record = record, .context = context};
	struct fastpath_error error = {""};

	*reader = (struct ring_reader){.cores = *cores};
	int result = fastpath_new(&options, &reader->fastpath, &error);
	if (!result) {
		fastpath_bench_drop(reader->fastpath);
		result = fastpath_attach(reader->fastpath, port, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error);
	}
	if (!result)
		result = pthread_create(&reader->thread, NULL, read_ring, reader);
	if (result) {
		fprintf(stderr, "the ring cannot be read: %s\n", error.text);
		fastpath_free(reader->fastpath);
	}
	return result == 0;
}

void reader_stop(struct ring_reader *reader)
{
	atomic_store(&reader->stop, true);
	pthread_join(reader->thread, NULL);
	fastpath_free(reader->fastpath);
}
