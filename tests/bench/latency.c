/* SPDX-License-Identifier: BSD-2-Clause */
#include "latency.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "reader.h"

#define HEARD_NS (10 * NS_PER_SECOND) /* who has heard nothing by then never will */
#define LINES_SIZE (1U << 20)

/* By client, from `first` on. */
struct times {
	uint32_t first, count;
	uint64_t *sent, *heard; /* ns; 0: not yet */
	atomic_uint missing;
};

static uint64_t now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* --- Who hears --- */

static void note(struct times *times, uint32_t client, uint64_t time)
{
	uint32_t index = client - times->first;

	if (index >= times->count || times->heard[index])
		return;
	times->heard[index] = time;
	atomic_fetch_sub(&times->missing, 1);
}

static void note_record(void *context, struct bytes record)
{
	const struct ds_record *head = (const struct ds_record *)record.data;

	note(context, be32toh(head->v4.xid), now());
}

/* The last four octets of its hardware address are the client's number. */
static void note_line(struct times *times, const char *line, uint64_t time)
{
	const char *address = strstr(line, "\"hw\":");
	unsigned octets[4];

	if (address &&
	    sscanf(address, "\"hw\": \"02:00:%x:%x:%x:%x\"", &octets[0], &octets[1], &octets[2], &octets[3]) == 4)
		note(times, octets[0] << 24 | octets[1] << 16 | octets[2] << 8 | octets[3], time);
}

/* The whole lines of a text; returns where the rest begins. */
static char *note_lines(struct times *times, char *text, uint64_t time)
{
	for (char *end; (end = strchr(text, '\n')); text = end + 1) {
		*end = '\0';
		note_line(times, text, time);
	}
	return text;
}

struct watcher {
	struct times *times;
	int fd;
};

/* Until the stream ends. */
static void *read_stream(void *context)
{
	const struct watcher *watcher = context;
	AUTO_FREE char *text = malloc(LINES_SIZE);
	size_t length = 0;
	ssize_t got;

	while (text && (got = recv(watcher->fd, text + length, LINES_SIZE - 1 - length, 0)) > 0) {
		uint64_t time = now();
		text[length + (size_t)got] = '\0';
		const char *rest = note_lines(watcher->times, text, time);
		length = (size_t)(text + length + got - rest);
		memmove(text, rest, length);
	}
	return NULL;
}

/* --- Who sends --- */

static bool send_evenly(const struct storm *storm, struct times *times, uint32_t rate)
{
	uint64_t began = now() + NS_PER_SECOND / 100, took;
	int result = 0;

	generator_go_to(storm->generator, times->first);
	for (uint32_t i = 0; !result && i < times->count; i++) {
		storm_sleep_until(began + i * NS_PER_SECOND / rate);
		times->sent[i] = now();
		result = generator_send(storm->generator, storm->device, 1, &took);
	}
	for (uint64_t end = now() + HEARD_NS; !result && atomic_load(&times->missing) && now() < end;)
		storm_sleep_until(now() + NS_PER_SECOND / 1000);
	if (result)
		fprintf(stderr, "the generator failed: %s\n", strerror(-result));
	else if (atomic_load(&times->missing))
		fprintf(stderr, "of %u replies, nothing was heard of %u\n", times->count, atomic_load(&times->missing));
	return !result && !atomic_load(&times->missing);
}

/* --- What comes of it --- */

static bool times_open(struct times *times, uint32_t first, uint32_t count)
{
	*times = (struct times){.first = first, .count = count, .missing = count};
	times->sent = calloc(count, sizeof *times->sent);
	times->heard = calloc(count, sizeof *times->heard);
	return times->sent && times->heard;
}

static void times_close(struct times *times)
{
	free(times->sent);
	free(times->heard);
}

static int ascending(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

/* Of what is sorted. */
static double quantile(const struct times *times, uint64_t percent)
{
	uint64_t index = times->count * percent / 100;

	return (double)times->heard[index];
}

static struct latency judge(struct times *times)
{
	for (uint32_t i = 0; i < times->count; i++)
		times->heard[i] -= times->sent[i];
	qsort(times->heard, times->count, sizeof *times->heard, ascending);
	return (struct latency){.p50 = quantile(times, 50), .p99 = quantile(times, 99)};
}

static bool hear_stream(struct watcher *watcher, const struct storm *storm, uint32_t rate)
{
	struct pollfd begun = {.fd = watcher->fd, .events = POLLIN};
	pthread_t thread;

	/* The stream's head comes when it begins. */
	if (poll(&begun, 1, HEARD_NS / 1000000) != 1 || pthread_create(&thread, NULL, read_stream, watcher))
		return false;
	bool ok = send_evenly(storm, watcher->times, rate);
	shutdown(watcher->fd, SHUT_RDWR);
	pthread_join(thread, NULL);
	return ok;
}

bool latency_of_agent(const struct agent *agent, const struct storm *storm, uint32_t first, uint32_t count,
		      uint32_t rate, struct latency *ret)
{
	AUTO_FD int fd = agent_watch(agent);
	struct times times;
	struct watcher watcher = {.times = &times, .fd = fd};
	bool ok = times_open(&times, first, count);

	if (fd < 0)
		fprintf(stderr, "the agent's changes cannot be watched: %s\n", strerror(-fd));
	ok = ok && fd >= 0 && hear_stream(&watcher, storm, rate);
	if (ok)
		*ret = judge(&times);
	times_close(&times);
	return ok;
}

bool latency_of_reader(const cpu_set_t *cores, const char *port, const struct storm *storm, uint32_t first,
		       uint32_t count, uint32_t rate, struct latency *ret)
{
	struct ring_reader reader;
	struct times times;
	bool ok = times_open(&times, first, count) && reader_start(&reader, port, cores, note_record, &times);

	if (ok) {
		ok = send_evenly(storm, &times, rate);
		reader_stop(&reader);
	}
	if (ok)
		*ret = judge(&times);
	times_close(&times);
	return ok;
}
