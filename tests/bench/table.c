/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does it cost the agent to hold a million subscribers? Called by scripts/bench with the names of rows, each of
 * which becomes one JSON object. Without a name nothing is timed: it tells, as TAP, whether each row can be measured
 * with a few subscribers. DOTSNOOP_BENCH_BINDINGS says how many they are instead, and DOTSNOOP_BENCH_RUNS how many runs
 * a row's median is of.
 *
 * What is measured is build/dotsnoopd itself, with one core for all of its threads, and from without: by its sockets,
 * its metrics, its files, and what the kernel says of its process. The subscribers' replies are made on the other core,
 * if there is one, and come over a veth pair (storm.h). Each subscriber is another client with another address on
 * another circuit, and all are told the same of DOTS. A row fails when the agent does not hold, or did not count,
 * exactly what was sent.
 *
 * Network, mounts and files are the program's own, and go with it.
 */
#include <inttypes.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "base/clock.h"
#include "base/log.h"
#include "certificates.h"
#include "drop.h"
#include "latency.h"
#include "peers.h"
#include "place.h"
#include "process.h"
#include "reader.h"
#include "row.h"
#include "storm.h"
#include "veth.h"

/* Two veth pairs. Frames are sent out of the first device of a pair, and met by a program at the second. */
#define SENDER "dsbench0"
#define PORT "dsbench1"
#define FLOOR_SENDER "dsbench2"
#define FLOOR_PORT "dsbench3"
#define PEERS_PORT "dsbench4" /* whose other end is the peers' */

#define NOTE_SIZE 256
#define BINDINGS_LEAST 1000 /* fewer take no time that could be told */
#define PASSES_MAX 5
#define PROVEN_NS (60 * NS_PER_SECOND) /* all peers are, by then */
#define HELD_NS (10 * NS_PER_SECOND)   /* the agent has all that it took from the ring by then */
#define LOADING_NS (5 * NS_PER_SECOND) /* an agent that starts finds another binding by then, or has found all */
#define CALM_US 2000000                /* after a storm: what the agent still does because of it is over */
#define OFFERED 3e6                    /* renewals a second */
#define EVENLY 10000                   /* replies a second whose way to a watcher is timed */
#define ASLEEP_MOST 20                 /* times that it wakes a second for reasons of its own */

/* How large all is. */
struct scale {
	uint32_t bindings;
	uint32_t timed;     /* replies whose way to a watcher is timed in a run */
	uint32_t peers;     /* that are proven meanwhile, */
	uint32_t in_flight; /* so many at a time */
	uint32_t runs;
	unsigned idle_s;
};

static const struct scale full = {
	.bindings = 1000000, .timed = 20000, .peers = 1500, .in_flight = 1000, .runs = 5, .idle_s = 10};
static const struct scale small = {
	.bindings = 2000, .timed = 500, .peers = 60, .in_flight = 40, .runs = 1, .idle_s = 1};

struct stand {
	struct scale scale;
	struct agent agent;
	struct storm storm;
	struct storm second; /* from the agent's core; opened by the first who needs it */
	struct peers peers;  /* opened by the first who needs them */
};

/* As fast as it goes without loss, and so gently that no record waits for long. */
static const struct storm_pace as_it_takes = {.share = 2};
static const struct storm_pace gently = {.share = 16};

/* Renewals, by the clock. */
static const struct storm_pace offered = {.rate = OFFERED};

/* --- An agent that holds so many --- */

static bool start_empty(struct stand *stand, uint64_t limit)
{
	storm_let_go(&stand->storm);
	agent_wipe(&stand->agent);
	return agent_configure(&stand->agent, PORT, limit) && agent_start(&stand->agent) && storm_watch(&stand->storm);
}

/* As many handshakes at a time as there are to be; neither their rate nor the budget of strangers is in the way. */
static bool configure_proofs(struct stand *stand, uint64_t limit)
{
	static const char *const ports[] = {PORT, PEERS_PORT, NULL};
	char line[PLACE_FOLDER_SIZE + 128];

	snprintf(line, sizeof line,
		 "proof: {ca: %s/ca.pem, new-peers-per-hour: %u, handshakes-per-second: 1000, in-flight: %u}",
		 stand->agent.folder, 2 * stand->scale.peers, stand->scale.in_flight);
	return agent_configure_ports(&stand->agent, ports, limit) && agent_configure_line(&stand->agent, line);
}

static bool has_so_many_in_flight(const struct agent_status *status, uint64_t count)
{
	return status->in_flight >= count;
}

static bool has_proven_so_many(const struct agent_status *status, uint64_t count)
{
	return status->proven >= count;
}

static bool await_status(const struct stand *stand, bool (*is)(const struct agent_status *status, uint64_t count),
			 uint64_t count, uint64_t most)
{
	uint64_t deadline = clock_boot() + most;
	struct agent_status status = {0};

	while (clock_boot() < deadline) {
		if (agent_status(&stand->agent, &status) && is(&status, count))
			return true;
		usleep(1000);
	}
	fprintf(stderr, "%" PRIu64 " handshakes are under way and %" PRIu64 " peers are proven, not %" PRIu64 "\n",
		status.in_flight, status.proven, count);
	return false;
}

/* The same, but it proves peers, as many at a time as it may. */
static bool start_proving(struct stand *stand, uint64_t limit)
{
	const struct scale *scale = &stand->scale;

	storm_let_go(&stand->storm);
	agent_wipe(&stand->agent);
	if (!stand->peers.pid && (!certificates_make(stand->agent.folder) ||
				  !peers_open(&stand->peers, stand->agent.folder, PEERS_PORT, &stand->agent.cores)))
		return false;
	return configure_proofs(stand, limit + scale->peers) && agent_start(&stand->agent) &&
	       peers_tell(&stand->peers, scale->peers) &&
	       await_status(stand, has_so_many_in_flight, scale->in_flight, HELD_NS) && storm_watch(&stand->storm);
}

/* It answers only after it has worked on what it took before. */
static bool holds(const struct stand *stand, uint64_t bindings)
{
	uint64_t deadline = clock_boot() + HELD_NS;
	struct agent_status status = {0};

	while (agent_status(&stand->agent, &status) && status.bindings != bindings && clock_boot() < deadline)
		usleep(1000);
	if (status.bindings != bindings)
		fprintf(stderr, "the agent holds %" PRIu64 " bindings, not %" PRIu64 "\n", status.bindings, bindings);
	return status.bindings == bindings;
}

static double rate_of(uint32_t count, uint64_t took)
{
	return count * 1e9 / (double)took;
}

/* What became of replies. */
struct outcome {
	uint64_t took;
	uint64_t records, lost, settled;
	uint64_t wakeups; /* of the agent, while they came */
};

/* Sends to the clients from 1 on. */
typedef bool send_fn(const struct stand *stand, uint32_t count, struct storm_pace pace, uint64_t *took);

static bool send_from_one(const struct stand *stand, uint32_t count, struct storm_pace pace, uint64_t *took)
{
	return storm_send(&stand->storm, 1, count, pace, took);
}

/* Has them sent, and asks the agent before and after: both answers come from a loop that is awake. */
static bool deliver_by(const struct stand *stand, send_fn *send, uint32_t count, struct storm_pace pace,
		       struct outcome *ret)
{
	struct process_work work_was, work_is;
	struct agent_counts was, is;

	if (!agent_counts(&was) || !process_work(stand->agent.pid, &work_was) ||
	    !send(stand, count, pace, &ret->took) || !process_work(stand->agent.pid, &work_is) || !agent_counts(&is))
		return false;
	ret->records = is.records - was.records;
	ret->lost = is.lost - was.lost;
	ret->settled = is.settled - was.settled;
	ret->wakeups = work_is.wakeups - work_was.wakeups;
	if (ret->records + ret->lost + ret->settled == count)
		return true;
	fprintf(stderr, "of %u replies %" PRIu64 " became records, %" PRIu64 " were lost and %" PRIu64 " settled\n",
		count, ret->records, ret->lost, ret->settled);
	return false;
}

static bool deliver(const struct stand *stand, uint32_t count, struct storm_pace pace, struct outcome *ret)
{
	return deliver_by(stand, send_from_one, count, pace, ret);
}

/* Renewals until all are settled, or no more than before are. */
static bool settle(const struct stand *stand, uint32_t count, uint64_t *left)
{
	struct outcome outcome;
	uint64_t before = UINT64_MAX;

	for (unsigned pass = 0; pass < PASSES_MAX; pass++) {
		if (!deliver(stand, count, gently, &outcome))
			return false;
		*left = outcome.records;
		if (*left == 0 || *left >= before)
			break;
		before = *left;
	}
	return true;
}

static bool fill(struct stand *stand, uint32_t count)
{
	struct outcome outcome;
	uint64_t left;

	fprintf(stderr, "%u subscribers come, and renew until they are settled\n", count);
	if (!deliver(stand, count, gently, &outcome) || !holds(stand, count) || !settle(stand, count, &left))
		return false;
	usleep(CALM_US);
	return true;
}

/* --- table.storm --- */

static void count_record(void *context, struct bytes record)
{
	const struct ds_record *head = (const struct ds_record *)record.data;
	uint64_t *sum = context;

	*sum += head->digest;
}

/* The same storm, into a reader that holds nothing. */
static bool storm_floor(struct stand *stand, double *ret)
{
	struct ring_reader reader;
	uint64_t took, sum = 0;

	agent_wipe(&stand->agent);
	if (!reader_start(&reader, PORT, &stand->agent.cores, count_record, &sum))
		return false;
	bool ok = storm_watch(&stand->storm) && storm_send(&stand->storm, 1, stand->scale.bindings, as_it_takes, &took);
	storm_let_go(&stand->storm);
	reader_stop(&reader);
	if (ok)
		*ret = rate_of(stand->scale.bindings, took);
	return ok;
}

/* A storm into an agent that holds nothing yet. */
static bool storm_trial(struct stand *stand, struct storm_pace pace, double *rate, uint64_t *lost)
{
	struct outcome outcome;

	if (!start_empty(stand, stand->scale.bindings) || !deliver(stand, stand->scale.bindings, pace, &outcome) ||
	    !holds(stand, stand->scale.bindings - outcome.lost))
		return false;
	*rate = rate_of(stand->scale.bindings, outcome.took);
	*lost = outcome.lost;
	return true;
}

/* The same into one that proves peers; in the end each of them is proven. */
static bool proving_trial(struct stand *stand, struct storm_pace pace, double *rate, uint64_t *lost)
{
	const struct scale *scale = &stand->scale;
	struct agent_status after;
	struct outcome outcome;

	if (!start_proving(stand, scale->bindings) || !deliver(stand, scale->bindings, pace, &outcome) ||
	    !agent_status(&stand->agent, &after) || !holds(stand, scale->bindings + scale->peers - outcome.lost) ||
	    !await_status(stand, has_proven_so_many, scale->peers, PROVEN_NS))
		return false;
	*rate = rate_of(scale->bindings, outcome.took);
	*lost = outcome.lost;
	if (after.in_flight >= scale->in_flight / 10 * 9)
		return true;
	fprintf(stderr, "at the storm's end %" PRIu64 " handshakes are under way\n", after.in_flight);
	return false;
}

typedef bool trial_fn(struct stand *stand, struct storm_pace pace, double *rate, uint64_t *lost);

/* All runs at that rate; false in *lossless: one lost a record, which ends them. */
static bool storm_at(struct stand *stand, trial_fn *trial, double rate, struct row_runs *runs, bool *lossless)
{
	uint64_t lost = 0;

	for (runs->count = 0; runs->count < stand->scale.runs && !lost; runs->count++)
		if (!trial(stand, (struct storm_pace){.rate = rate}, &runs->value[runs->count], &lost))
			return false;
	fprintf(stderr, "%.0f a second: %" PRIu64 " lost\n", rate, lost);
	*lossless = !lost;
	return true;
}

/*
 * First as the ring has room, which tells about how many the agent takes; then by the clock, the highest rate first,
 * until all runs are without loss. The ring holds a storm's beginning, so that the last binding may be made after the
 * last reply: a run's value is to the last binding.
 */
static bool find_rate(struct stand *stand, trial_fn *trial, struct row_runs *runs, double *rate, double *taken)
{
	static const double shares[] = {1.05, 1, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.1};
	bool lossless = false;
	uint64_t lost;

	if (!trial(stand, as_it_takes, taken, &lost))
		return false;
	fprintf(stderr, "%.0f bindings a second as the ring has room\n", *taken);
	for (unsigned i = 0; i < sizeof shares / sizeof *shares && !lossless; i++) {
		*rate = *taken * shares[i];
		if (!storm_at(stand, trial, *rate, runs, &lossless))
			return false;
	}
	return lossless;
}

static bool measure_storm(struct stand *stand, struct row_runs *runs, char *note)
{
	double rate, taken;

	for (unsigned run = 0; run < stand->scale.runs; run++)
		if (!storm_floor(stand, &runs->floor[run]))
			return false;
	if (!find_rate(stand, storm_trial, runs, &rate, &taken))
		return false;
	snprintf(note, NOTE_SIZE, "%u distinct clients and circuits, none lost at %.0f/s; as the ring has room %.0f/s",
		 stand->scale.bindings, rate, taken);
	return true;
}

/* --- table.storm-proving --- */

static bool measure_proving(struct stand *stand, struct row_runs *runs, char *note)
{
	double rate, taken;
	uint64_t lost;

	for (unsigned run = 0; run < stand->scale.runs; run++)
		if (!storm_trial(stand, as_it_takes, &runs->floor[run], &lost))
			return false;
	if (!find_rate(stand, proving_trial, runs, &rate, &taken))
		return false;
	snprintf(note, NOTE_SIZE, "with %u handshakes under way, none lost at %.0f/s, and then each of %u peers proven",
		 stand->scale.in_flight, rate, stand->scale.peers);
	return true;
}

/* --- table.settled --- */

/* The same frames, paced the same, to a program that drops them. */
static bool settled_floor(const struct stand *stand, double *ret)
{
	const struct storm storm = {.generator = stand->storm.generator, .device = if_nametoindex(FLOOR_SENDER)};
	uint64_t took;

	if (!storm_send(&storm, 1, stand->scale.bindings, offered, &took))
		return false;
	*ret = rate_of(stand->scale.bindings, took);
	return true;
}

/* The clients that the kernel never settles are known by then: those whose settle_key is another's, too. */
static bool settled_run(const struct stand *stand, send_fn *send, struct storm_pace pace, uint64_t left,
			struct outcome *ret)
{
	uint32_t count = stand->scale.bindings;

	if (!deliver_by(stand, send, count, pace, ret))
		return false;
	if (ret->records <= left && !ret->lost && ret->wakeups <= ASLEEP_MOST * (1 + ret->took / NS_PER_SECOND) + left)
		return true;
	fprintf(stderr,
		"of %u renewals %" PRIu64 " became records and %" PRIu64 " were lost; the agent woke %" PRIu64
		" times\n",
		count, ret->records, ret->lost, ret->wakeups);
	return false;
}

static bool renew(struct stand *stand, send_fn *send, struct row_runs *runs, char *note)
{
	struct outcome outcome = {0}, flat;
	uint64_t left, wakeups = 0;

	if (!start_empty(stand, stand->scale.bindings) || !fill(stand, stand->scale.bindings) ||
	    !settle(stand, stand->scale.bindings, &left) || !drop_passed(PORT))
		return false;
	for (runs->count = 0; runs->count < stand->scale.runs; runs->count++) {
		if (!settled_floor(stand, &runs->floor[runs->count]) ||
		    !settled_run(stand, send, offered, left, &outcome))
			return false;
		runs->value[runs->count] = rate_of(stand->scale.bindings, outcome.took);
		wakeups += outcome.wakeups;
	}
	if (!settled_run(stand, send, as_it_takes, left, &flat))
		return false;
	snprintf(note, NOTE_SIZE,
		 "of %u renewals at %.0f/s offered %" PRIu64 " became records; the agent woke %" PRIu64
		 " times in %u runs; unpaced %.0f/s",
		 stand->scale.bindings, OFFERED, outcome.records, wakeups, runs->count,
		 rate_of(stand->scale.bindings, flat.took));
	return true;
}

static bool measure_renewals(struct stand *stand, send_fn *send, struct row_runs *runs, char *note)
{
	bool ok = renew(stand, send, runs, note);

	agent_wipe(&stand->agent);
	drop_nothing(PORT); /* the agent left it there: it is not its own */
	return ok;
}

static bool measure_settled(struct stand *stand, struct row_runs *runs, char *note)
{
	return measure_renewals(stand, send_from_one, runs, note);
}

/* --- table.settled-two --- */

/* What the agent's core sends: it sleeps. */
struct share {
	const struct stand *stand;
	uint32_t first, count;
	struct storm_pace pace;
	uint64_t took;
	bool ok;
};

static void *send_share(void *context)
{
	struct share *share = context;

	place_pin(&share->stand->agent.cores, false);
	share->ok = storm_send(&share->stand->second, share->first, share->count, share->pace, &share->took);
	return NULL;
}

/* Half of the clients from each of two cores, each at half of the pace. */
static bool send_from_two(const struct stand *stand, uint32_t count, struct storm_pace pace, uint64_t *took)
{
	const struct storm_pace half = {.rate = pace.rate / 2, .share = pace.share};
	struct share share = {.stand = stand, .first = count / 2 + 1, .count = count - count / 2, .pace = half};
	pthread_t thread;

	if (pthread_create(&thread, NULL, send_share, &share))
		return false;
	bool ok = storm_send(&stand->storm, 1, count / 2, half, took);
	pthread_join(thread, NULL);
	*took = share.took > *took ? share.took : *took;
	return ok && share.ok;
}

static bool measure_settled_two(struct stand *stand, struct row_runs *runs, char *note)
{
	/* Its program runs at another device, where nothing comes: see generator_bind. */
	if (!stand->second.generator && !storm_open_beside(&stand->second, SENDER, FLOOR_SENDER))
		return false;
	return measure_renewals(stand, send_from_two, runs, note);
}

/* --- table.memory, table.memory-all --- */

/* All that is there because of the agent, in whosever name. */
struct memory {
	struct process_memory process;
	uint64_t store; /* the larger of what it occupies on the disk and in memory */
};

static bool read_memory(const struct stand *stand, struct memory *ret)
{
	char store[PLACE_FOLDER_SIZE + 16];

	agent_store(&stand->agent, store);
	if (!process_memory(stand->agent.pid, &ret->process))
		return false;
	ret->store = process_disk(store);
	if (ret->store && ret->process.files > ret->store)
		ret->store = ret->process.files;
	return true;
}

/* Before the first binding, and with all. */
struct growth {
	struct memory before, after;
};

/* Both rows are of the same agent, if both are asked for; NULL: said on standard error. */
static const struct growth *grow(struct stand *stand)
{
	static struct growth growth;
	static bool measured;

	measured = measured || (start_empty(stand, stand->scale.bindings) && read_memory(stand, &growth.before) &&
				fill(stand, stand->scale.bindings) && read_memory(stand, &growth.after));
	return measured ? &growth : NULL;
}

static bool measure_memory(struct stand *stand, struct row_runs *runs, char *note)
{
	const struct growth *growth = grow(stand);

	if (!growth)
		return false;
	runs->count = 1;
	runs->floor[0] = (double)growth->before.process.anonymous / stand->scale.bindings;
	runs->value[0] = (double)growth->after.process.anonymous / stand->scale.bindings;
	snprintf(note, NOTE_SIZE, "a binding, of %.1f MB of anonymous memory with %u; floor: without any",
		 (double)growth->after.process.anonymous / 1e6, stand->scale.bindings);
	return true;
}

static double memory_sum(const struct memory *memory)
{
	return (double)(memory->process.anonymous + memory->process.maps + memory->store);
}

static bool measure_memory_all(struct stand *stand, struct row_runs *runs, char *note)
{
	const struct growth *growth = grow(stand);

	if (!growth)
		return false;
	runs->count = 1;
	runs->floor[0] = memory_sum(&growth->before) / stand->scale.bindings;
	runs->value[0] = memory_sum(&growth->after) / stand->scale.bindings;
	snprintf(note, NOTE_SIZE,
		 "a binding, of %.1f MB anonymous, %.1f MB of BPF maps, %.1f MB of store, with %u; floor: without any",
		 (double)growth->after.process.anonymous / 1e6, (double)growth->after.process.maps / 1e6,
		 (double)growth->after.store / 1e6, stand->scale.bindings);
	return true;
}

/* --- table.restart --- */

/* ms from the start of the process. */
struct restart {
	double healthy, complete;
	double status, scrape; /* how long the first of each took */
};

static double ms_since(uint64_t time)
{
	return (double)(clock_boot() - time) / 1e6;
}

/* Until status tells of all bindings, for as long as it tells of more and more. */
static bool await_bindings(const struct stand *stand, uint64_t count)
{
	uint64_t deadline = clock_boot() + LOADING_NS, before = 0;
	struct agent_status status = {0};

	while (clock_boot() < deadline) {
		if (!agent_status(&stand->agent, &status))
			continue;
		if (status.bindings == count && status.attached)
			return true;
		if (status.bindings != before)
			deadline = clock_boot() + LOADING_NS;
		before = status.bindings;
		usleep(1000);
	}
	fprintf(stderr, "the successor has %" PRIu64 " of %" PRIu64 " bindings%s\n", status.bindings, count,
		status.attached ? "" : ", and its port is not attached");
	return false;
}

static bool await_health(uint64_t began)
{
	while (clock_boot() - began < HELD_NS) {
		if (agent_is_healthy())
			return true;
		usleep(500);
	}
	fprintf(stderr, "the successor does not answer\n");
	return false;
}

static bool launch_timed(struct stand *stand, uint64_t count, struct restart *ret)
{
	uint64_t began = clock_boot(), asked;
	struct agent_status status;
	struct agent_counts counts;

	if (!agent_launch(&stand->agent) || !await_health(began))
		return false;
	ret->healthy = ms_since(began);
	asked = clock_boot();
	agent_status(&stand->agent, &status);
	ret->status = ms_since(asked);
	if (!await_bindings(stand, count))
		return false;
	ret->complete = ms_since(began);
	asked = clock_boot();
	bool ok = agent_counts(&counts);
	ret->scrape = ms_since(asked);
	return ok;
}

/* Killed, and started again. */
static bool restart(struct stand *stand, uint64_t count, struct restart *ret)
{
	agent_kill(&stand->agent);
	return launch_timed(stand, count, ret);
}

static bool measure_restart(struct stand *stand, struct row_runs *runs, char *note)
{
	struct restart times = {0};
	unsigned run;

	if (!start_empty(stand, stand->scale.bindings))
		return false;
	for (run = 0; run < stand->scale.runs; run++) {
		if (!restart(stand, 0, &times))
			return false;
		runs->floor[run] = times.complete;
	}
	if (!start_empty(stand, stand->scale.bindings) || !fill(stand, stand->scale.bindings))
		return false;
	for (runs->count = 0; runs->count < stand->scale.runs; runs->count++) {
		if (!restart(stand, stand->scale.bindings, &times))
			return false;
		runs->value[runs->count] = times.complete;
	}
	snprintf(
		note, NOTE_SIZE,
		"from kill -9 with %u bindings until the next one tells of all; last run: healthy after %.1f ms, first "
		"status %.1f ms, first scrape %.1f ms; floor: without any",
		stand->scale.bindings, times.healthy, times.status, times.scrape);
	return true;
}

/* --- table.idle-wakeups --- */

/* Times that it wakes a second, and its share of a core. */
struct idle {
	double wakeups, cpu;
};

static bool watch_idle(const struct stand *stand, struct idle *ret)
{
	struct process_work was, is;
	uint64_t began = clock_boot();

	if (!process_work(stand->agent.pid, &was))
		return false;
	sleep(stand->scale.idle_s);
	if (!process_work(stand->agent.pid, &is))
		return false;
	double took = (double)(clock_boot() - began);
	ret->wakeups = (double)(is.wakeups - was.wakeups) * 1e9 / took;
	ret->cpu = (double)(is.cpu - was.cpu) / took;
	return true;
}

static bool measure_idle(struct stand *stand, struct row_runs *runs, char *note)
{
	struct idle empty, full_one;

	if (!start_empty(stand, stand->scale.bindings) || !watch_idle(stand, &empty) ||
	    !fill(stand, stand->scale.bindings) || !watch_idle(stand, &full_one))
		return false;
	runs->count = 1;
	runs->floor[0] = empty.wakeups;
	runs->value[0] = full_one.wakeups;
	snprintf(note, NOTE_SIZE, "%u bindings and no traffic for %u s: %.3f %% of a core; floor: without any, %.3f %%",
		 stand->scale.bindings, stand->scale.idle_s, 100 * full_one.cpu, 100 * empty.cpu);
	return true;
}

/* --- table.latency-* --- */

/* Newcomers, beside as many as make up the whole; the floor first: a reader has the ring for itself. */
static bool time_changes(struct stand *stand, struct latency floor[], struct latency value[])
{
	uint32_t timed = stand->scale.timed, all = stand->scale.bindings, first = all;

	storm_let_go(&stand->storm);
	agent_wipe(&stand->agent);
	for (unsigned run = 0; run < stand->scale.runs; run++)
		if (!latency_of_reader(&stand->agent.cores, PORT, &stand->storm, 1, timed, EVENLY, &floor[run]))
			return false;
	if (!start_empty(stand, all + timed * stand->scale.runs) || !fill(stand, all))
		return false;
	for (unsigned run = 0; run < stand->scale.runs; run++, first += timed)
		if (!latency_of_agent(&stand->agent, &stand->storm, first + 1, timed, EVENLY, &value[run]))
			return false;
	return holds(stand, all + timed * stand->scale.runs);
}

/* Both rows are of the same runs, if both are asked for. */
static bool measure_latency(struct stand *stand, struct row_runs *runs, char *note, bool p99)
{
	static struct latency floor[ROW_RUNS_MAX], value[ROW_RUNS_MAX];
	static bool measured;

	if (!measured && !time_changes(stand, floor, value))
		return false;
	measured = true;
	for (runs->count = 0; runs->count < stand->scale.runs; runs->count++) {
		runs->floor[runs->count] = p99 ? floor[runs->count].p99 : floor[runs->count].p50;
		runs->value[runs->count] = p99 ? value[runs->count].p99 : value[runs->count].p50;
	}
	snprintf(note, NOTE_SIZE,
		 "from sent to read from the change stream, %d new clients a second beside %u; floor: read from the "
		 "ring",
		 EVENLY, stand->scale.bindings);
	return true;
}

static bool measure_p50(struct stand *stand, struct row_runs *runs, char *note)
{
	return measure_latency(stand, runs, note, false);
}

static bool measure_p99(struct stand *stand, struct row_runs *runs, char *note)
{
	return measure_latency(stand, runs, note, true);
}

/* --- The rows that are asked for --- */

struct row {
	const char *name, *unit;
	bool (*measure)(struct stand *stand, struct row_runs *runs, char *note);
	const char *check; /* what is known when it could be measured */
};

static const struct row rows[] = {
	{"table.storm", "1/s", measure_storm, "each reply of a storm becomes a binding"},
	{"table.storm-proving", "1/s", measure_proving, "also while peers are proven"},
	{"table.settled", "1/s", measure_settled, "each renewal is settled, and wakes nobody"},
	{"table.settled-two", "1/s", measure_settled_two, "from two cores as well"},
	{"table.memory", "bytes", measure_memory, "the agent's own memory is known"},
	{"table.memory-all", "bytes", measure_memory_all, "and so is what it has elsewhere"},
	{"table.restart", "ms", measure_restart, "a successor has each binding of an agent that was killed"},
	{"table.idle-wakeups", "1/s", measure_idle, "how often it wakes is counted"},
	{"table.latency-p50", "ns", measure_p50, "a watcher hears of each reply"},
	{"table.latency-p99", "ns", measure_p99, "the same"},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const struct row *find_row(const char *name)
{
	for (const struct row *row = rows; row < rows + ROW_COUNT; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static int bench_rows(struct stand *stand, char *const names[])
{
	int status = EXIT_SUCCESS;

	for (; *names; names++) {
		const struct row *row = find_row(*names);
		struct row_runs runs = {0};
		char note[NOTE_SIZE];
		if (!row) {
			fprintf(stderr, "no such row: %s\n", *names);
			return 2;
		}
		fprintf(stderr, "%s: with %u subscribers\n", row->name, stand->scale.bindings);
		if (row->measure(stand, &runs, note)) {
			row_print(row->name, row->unit, &runs, note);
		} else {
			fprintf(stderr, "%s: failed\n", row->name);
			status = EXIT_FAILURE;
		}
	}
	return status;
}

static int check_rows(struct stand *stand)
{
	int status = EXIT_SUCCESS;

	printf("1..%zu\n", ROW_COUNT);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		struct row_runs runs = {0};
		char note[NOTE_SIZE];
		bool ok = rows[i].measure(stand, &runs, note);
		printf("%sok %zu - %s: %s\n", ok ? "" : "not ", i + 1, rows[i].name, rows[i].check);
		fflush(stdout);
		status = ok ? status : EXIT_FAILURE;
	}
	return status;
}

/* What the environment asks for instead of a number. False: that is none. */
static bool ask_environment(const char *name, uint32_t least, uint32_t most, uint32_t *number)
{
	const char *text = getenv(name);
	unsigned long asked = text ? strtoul(text, NULL, 10) : *number;

	*number = (uint32_t)asked;
	if (asked >= least && asked <= most)
		return true;
	fprintf(stderr, "%s: %u to %u are due\n", name, least, most);
	return false;
}

static bool scale_of(const struct scale *scale, struct scale *ret)
{
	*ret = *scale;
	return ask_environment("DOTSNOOP_BENCH_RUNS", 1, ROW_RUNS_MAX, &ret->runs) &&
	       ask_environment("DOTSNOOP_BENCH_BINDINGS", BINDINGS_LEAST,
			       GENERATOR_CLIENTS_MAX - ret->runs * ret->timed, &ret->bindings);
}

static bool stand_open(struct stand *stand)
{
	sched_getaffinity(0, sizeof stand->agent.cores, &stand->agent.cores);
	if (!place_folder(stand->agent.folder) || !veth_namespace() || !place_pins() || !place_loopback() ||
	    !veth_pair_queues(SENDER, PORT, 2) || !veth_pair(FLOOR_SENDER, FLOOR_PORT) || !drop_all(FLOOR_PORT))
		return false;
	place_pin(&stand->agent.cores, true);
	return storm_open(&stand->storm, SENDER);
}

static void stand_close(struct stand *stand)
{
	agent_stop(&stand->agent);
	peers_close(&stand->peers);
	storm_close(&stand->storm);
	storm_close(&stand->second);
}

int main(int argc, char *argv[])
{
	static struct stand stand;
	int status = EXIT_FAILURE;

	log_set_level(LOG_LEVEL_WARNING);
	if (!scale_of(argc > 1 ? &full : &small, &stand.scale))
		return 2;
	place_ahead();
	if ((argc == 1 || place_alone()) && stand_open(&stand))
		status = argc > 1 ? bench_rows(&stand, argv + 1) : check_rows(&stand);
	stand_close(&stand);
	return status;
}
