/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many frames a second does one core take, and is every DHCP reply among them accounted for? Called by
 * scripts/bench with the names of rows, each of which becomes one JSON object. Without a name nothing is timed: it
 * tells, as TAP, whether a few frames of each row are accounted for.
 *
 * The generator (generator.h) and the real program, attached natively to a veth device, share one core; the reader of
 * the ring has another, if there is one. What the program would pass it drops here, so that it and no network stack is
 * what takes the time. The floor is the same generator and the same device with a program that does nothing but drop.
 *
 * After each run the books have to agree, frame by frame:
 * 1. every frame sent was counted by the program, under the reasons that are meant;
 * 2. every ACK sent was captured, or counted as lost;
 * 3. every record captured was handed out, in order, each with the number of an ACK of its own.
 *
 * It works in a network namespace without a name, which goes with the process, however that ends.
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../fastpath/support.h"
#include "base/clock.h"
#include "base/log.h"
#include "drop.h"
#include "generator.h"
#include "place.h"
#include "row.h"
#include "veth.h"

#define CLIENTS_MAX 1000000        /* as the agent has them, unless it is told otherwise */
#define LIVE_RING_SIZE (16U << 20) /* as the agent's */

/* Two veth pairs. Frames are sent out of the first device of a pair, and met by a program at the second. */
#define SENDER "dsbench0"
#define PORT "dsbench1"
#define FLOOR_SENDER "dsbench2"
#define FLOOR_PORT "dsbench3"

#define RUNS 9
#define RUN_NS 250e6
#define TRIAL_FRAMES 200000 /* sent first, to see how many make a run */
#define CHECK_FRAMES 100000

struct row {
	const char *name;
	const char *note;
	uint32_t ack_every;
	bool lossless; /* no record may be lost */
};

static const struct row rows[] = {
	{"live.mixed", "1 DHCP ACK in 10000, the others 60 bytes", 10000, true},
	{"live.flood", "distinct DHCP ACKs of 342 bytes alone", 1, false},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

struct stand {
	struct fastpath *fastpath;
	unsigned slot; /* of PORT */
	unsigned sender, floor_sender;
	cpu_set_t cores; /* that this process may run on */
	/* What the reader took from the ring; it alone writes these while it runs. */
	uint64_t records, repeated;
	uint32_t last; /* number of the last ACK */
	atomic_bool sent;
	bool late; /* the reader begins when all is sent: the ring overflows */
};

/* --- Setting up --- */

/* A record came: its transaction id is its ACK's number, and those only ever rise. */
static void note_record(void *context, struct bytes record)
{
	struct stand *stand = context;
	const struct ds_record *head = (const struct ds_record *)record.data;
	uint32_t number = be32toh(head->v4.xid);

	stand->records++;
	stand->repeated += number <= stand->last;
	stand->last = number;
}

static int attach(struct stand *stand, struct fastpath_error *error)
{
	struct fastpath_options options = {
		.ring_size = LIVE_RING_SIZE,
		.clients_max = CLIENTS_MAX,
		.record = note_record,
		.context = stand,
	};
	int result = fastpath_new(&options, &stand->fastpath, error);

	if (result)
		return result;
	fastpath_bench_drop(stand->fastpath);
	result = fastpath_attach(stand->fastpath, PORT, DS_ROLE_UPLINK, DS_MODE_OBSERVE, error);
	if (!result && fastpath_port(stand->fastpath, 0)->attached != ATTACH_NATIVE) {
		snprintf(error->text, sizeof error->text, "%s refuses native XDP", PORT);
		result = -EOPNOTSUPP;
	}
	return result;
}

static bool stand_open(struct stand *stand)
{
	struct fastpath_error error = {""};

	if (!veth_namespace() || !veth_pair(SENDER, PORT) || !veth_pair(FLOOR_SENDER, FLOOR_PORT))
		return false;
	if (attach(stand, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return false;
	}
	if (!drop_all(FLOOR_PORT))
		return false;
	sched_getaffinity(0, sizeof stand->cores, &stand->cores);
	place_pin(&stand->cores, true);
	stand->sender = if_nametoindex(SENDER);
	stand->floor_sender = if_nametoindex(FLOOR_SENDER);
	return true;
}

static void stand_close(const struct stand *stand)
{
	fastpath_free(stand->fastpath);
}

/* --- One run --- */

/* As the agent's loop does: sleeps until the ring is due, and drains. */
static void *read_ring(void *context)
{
	struct stand *stand = context;
	struct pollfd due = {.fd = fastpath_ring_fd(stand->fastpath), .events = POLLIN};
	bool sent;

	place_pin(&stand->cores, false);
	while (stand->late && !atomic_load(&stand->sent))
		usleep(1000);
	do {
		sent = atomic_load(&stand->sent);
		poll(&due, 1, 10);
	} while (fastpath_drain(stand->fastpath) > 0 || !sent);
	return NULL;
}

/* What came of a run. */
struct outcome {
	uint64_t took; /* ns */
	uint64_t acks, lost;
};

/* What the books say at one time. */
struct books {
	struct ds_counters counters;
	uint64_t frames, acks, records, repeated;
};

static int open_books(const struct stand *stand, const struct generator *generator, struct books *ret)
{
	ret->frames = generator_frames(generator);
	ret->acks = generator_acks(generator);
	ret->records = stand->records;
	ret->repeated = stand->repeated;
	return fastpath_counters(stand->fastpath, stand->slot, &ret->counters);
}

static uint64_t all_frames(const struct ds_counters *counters)
{
	const __u64 *counts = (const __u64 *)counters;
	uint64_t sum = 0;

	for (unsigned reason = 0; reason < DS_REASON_COUNT; reason++)
		sum += counts[reason];
	return sum;
}

/* Compares, and says what disagrees. */
static bool books_agree(const struct row *row, const struct books *was, const struct books *is, struct outcome *ret)
{
	uint64_t sent = is->frames - was->frames, acks = is->acks - was->acks;
	uint64_t counted = all_frames(&is->counters) - all_frames(&was->counters);
	uint64_t plain = is->counters.not_udp - was->counters.not_udp + is->counters.not_dhcp - was->counters.not_dhcp;
	uint64_t captured = is->counters.captured - was->counters.captured;
	uint64_t lost = is->counters.lost - was->counters.lost;
	uint64_t records = is->records - was->records, repeated = is->repeated - was->repeated;

	ret->acks = acks;
	ret->lost = lost;
	if (counted == sent && plain == sent - acks && captured + lost == acks && records == captured && !repeated &&
	    !(row->lossless && lost))
		return true;
	fprintf(stderr,
		"%s: the books do not agree: of %lu frames sent %lu were counted, %lu of them as plain; of %lu ACKs "
		"%lu were captured and %lu lost; %lu records were handed out, %lu out of order\n",
		row->name, sent, counted, plain, acks, captured, lost, records, repeated);
	return false;
}

/* What was sent last may still be on its way when the kernel has other work to do first. */
static void settle(const struct stand *stand, const struct generator *generator, const struct books *was)
{
	uint64_t deadline = clock_boot() + NS_PER_SECOND;
	struct books is;

	while (open_books(stand, generator, &is) == 0 && clock_boot() < deadline &&
	       all_frames(&is.counters) - all_frames(&was->counters) < is.frames - was->frames)
		usleep(1000);
}

/* Sends, with the reader beside it. */
static int send_and_read(struct stand *stand, struct generator *generator, uint32_t frames, const struct books *was,
			 uint64_t *took)
{
	pthread_t reader;

	atomic_store(&stand->sent, false);
	if (pthread_create(&reader, NULL, read_ring, stand))
		return -EAGAIN;
	int result = generator_send(generator, stand->sender, frames, took);
	settle(stand, generator, was);
	atomic_store(&stand->sent, true);
	pthread_join(reader, NULL);
	return result;
}

static bool account(struct stand *stand, const struct row *row, struct generator *generator, uint32_t frames,
		    struct outcome *ret)
{
	struct books was, is;
	int result = open_books(stand, generator, &was);

	if (!result)
		result = send_and_read(stand, generator, frames, &was, &ret->took);
	if (!result)
		result = open_books(stand, generator, &is);
	if (result) {
		fprintf(stderr, "%s: %s\n", row->name, strerror(-result));
		return false;
	}
	return books_agree(row, &was, &is, ret);
}

/* --- Measuring --- */

/* Frames a second, and what became of the ACKs of all runs. */
struct rates {
	struct row_runs runs;
	uint64_t acks, lost;
};

static double rate(uint32_t frames, uint64_t took)
{
	return (double)frames * (double)NS_PER_SECOND / (double)took;
}

/* The generator and the device alone. */
static bool measure_floor(const struct stand *stand, struct generator *generator, uint32_t frames, double *ret)
{
	uint64_t took;
	int result = generator_send(generator, stand->floor_sender, frames, &took);

	*ret = rate(frames, took);
	if (result)
		fprintf(stderr, "the generator failed: %s\n", strerror(-result));
	return !result;
}

static bool measure(struct stand *stand, const struct row *row, struct generator *generator, struct rates *rates)
{
	struct outcome outcome;

	if (!account(stand, row, generator, TRIAL_FRAMES, &outcome))
		return false;
	uint32_t frames = (uint32_t)(TRIAL_FRAMES * RUN_NS / (double)outcome.took);
	fprintf(stderr, "%s: %d runs of %u frames, each beside a program that drops\n", row->name, RUNS, frames);
	for (unsigned run = 0; run < RUNS; run++) {
		if (!measure_floor(stand, generator, frames, &rates->runs.floor[run]) ||
		    !account(stand, row, generator, frames, &outcome))
			return false;
		rates->runs.value[run] = rate(frames, outcome.took);
		rates->acks += outcome.acks;
		rates->lost += outcome.lost;
	}
	return true;
}

/* --- The rows that are asked for --- */

/* Calls `each` with a generator of the row's own. */
static bool with_generator(struct stand *stand, const struct row *row,
			   bool each(struct stand *stand, const struct row *row, struct generator *generator))
{
	struct generator *generator;
	int result = generator_new(row->ack_every, &generator);

	if (result) {
		fprintf(stderr, "the kernel does not take the generator: %s\n", strerror(-result));
		return false;
	}
	stand->last = 0;
	bool ok = each(stand, row, generator);
	generator_free(generator);
	return ok;
}

static bool bench_row(struct stand *stand, const struct row *row, struct generator *generator)
{
	struct rates rates = {.runs.count = RUNS};
	char note[128];

	if (!measure(stand, row, generator, &rates))
		return false;
	snprintf(note, sizeof note, "%s; of %lu records %lu delivered, %lu counted as lost", row->note, rates.acks,
		 rates.acks - rates.lost, rates.lost);
	row_print(row->name, "1/s", &rates.runs, note);
	return true;
}

static int bench_rows(struct stand *stand, char *const names[])
{
	for (; *names; names++) {
		const struct row *row = rows;
		while (row < rows + ROW_COUNT && strcmp(row->name, *names) != 0)
			row++;
		if (row == rows + ROW_COUNT) {
			fprintf(stderr, "no such row: %s\n", *names);
			return 2;
		}
		if (!with_generator(stand, row, bench_row))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static bool check_row(struct stand *stand, const struct row *row, struct generator *generator)
{
	struct outcome outcome;

	return account(stand, row, generator, CHECK_FRAMES, &outcome) && (outcome.lost > 0 || !stand->late);
}

static void report(bool ok, unsigned number, const char *row, const char *what)
{
	printf("%sok %u - %s: %s\n", ok ? "" : "not ", number, row, what);
}

static int check_rows(struct stand *stand)
{
	unsigned number = 0, failed = 0;
	bool ok;

	printf("1..%zu\n", ROW_COUNT + 1);
	for (const struct row *row = rows; row < rows + ROW_COUNT; row++) {
		ok = with_generator(stand, row, check_row);
		report(ok, ++number, row->name, "every frame and record is accounted for");
		failed += !ok;
	}
	stand->late = true;
	ok = with_generator(stand, &rows[ROW_COUNT - 1], check_row);
	report(ok, ++number, rows[ROW_COUNT - 1].name, "and what the ring has no room for is counted as lost");
	return failed || !ok ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	struct stand stand = {0};
	int status = EXIT_FAILURE;

	log_set_level(LOG_LEVEL_WARNING);
	if (stand_open(&stand))
		status = argc > 1 ? bench_rows(&stand, argv + 1) : check_rows(&stand);
	stand_close(&stand);
	return status;
}
