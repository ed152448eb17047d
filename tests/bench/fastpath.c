/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a frame cost in the real program? Called by scripts/bench with the names of rows, each of which becomes one
 * JSON object. Without a name nothing is measured: it tells, as TAP, whether each frame takes the path that is meant.
 *
 * For each row:
 * 1. The frame runs once, and verdict, reason and record are what they have to be.
 * 2. It runs many times, through an empty program and through the real one in turn (BPF_PROG_TEST_RUN). What both
 * share, the kernel's own loop and the machine's mood, is the floor under the row.
 * 3. Records are taken from the ring between the runs, out of the time, and counted: a ring that is full would be
 *    another and a cheaper path, so no run is longer than the ring.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>

#include <xdp/libxdp.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "frames.h"
#include "others.h"
#include "row.h"

#define BENCH_RING_SIZE (64U << 20)

#define RUNS 25
#define REPEATS_MIN 2U /* of one alone the kernel makes less fuss */
#define REPEATS_MAX 1000000U

/* A record's header in the ring, and the alignment of its end. */
#define RING_HEADER 8U

struct stand {
	struct fastpath *fastpath;
	unsigned uplink, access;   /* slots */
	int empty;                 /* the empty program */
	size_t records, last_size; /* of what was taken from the ring, */
	struct ds_record last;     /* without its options */
};

/* --- Setting up --- */

static void count_record(void *context, struct bytes record)
{
	struct stand *stand = context;

	stand->records++;
	stand->last_size = record.size;
	memcpy(&stand->last, record.data, sizeof stand->last);
}

/* return XDP_PASS; */
static int load_empty(void)
{
	static const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "empty", "GPL", program, sizeof program / sizeof program[0], NULL);
}

static int open_ports(struct stand *stand, struct fastpath_error *error)
{
	int uplink = fastpath_bench_port(stand->fastpath, "up", DS_ROLE_UPLINK, DS_MODE_OBSERVE, error);
	int access = fastpath_bench_port(stand->fastpath, "down", DS_ROLE_ACCESS, DS_MODE_OBSERVE, error);

	if (uplink < 0 || access < 0)
		return uplink < 0 ? uplink : access;
	stand->uplink = (unsigned)uplink;
	stand->access = (unsigned)access;
	return 0;
}

/* Runs a frame once. Returns whether it passed under that reason, and made a record only if it was captured. */
static bool takes_path(struct stand *stand, unsigned slot, const struct packet *packet, enum ds_reason reason)
{
	struct verdict verdict;

	stand->records = 0;
	if (fastpath_run(stand->fastpath, slot, (struct bytes){packet->data, packet->size}, &verdict) ||
	    fastpath_drain(stand->fastpath) < 0)
		return false;
	return verdict.action == XDP_PASS && verdict.counted == 1 && verdict.reason == reason &&
	       stand->records == (reason == DS_REASON_captured);
}

static bool settle(const struct stand *stand)
{
	const struct settling reply = {stand->last.settle_key, stand->last.digest, false};

	return fastpath_settle(stand->fastpath, &reply, 1) == 1;
}

/* The frame takes the path of its kind; if that is a repetition's, after it was settled. */
static bool takes_its_path(struct stand *stand, const struct frame_kind *kind, const struct packet *packet)
{
	fastpath_unsettle_all(stand->fastpath);
	if (kind->reason == DS_REASON_settled &&
	    (!takes_path(stand, stand->uplink, packet, DS_REASON_captured) || !settle(stand)))
		return false;
	return takes_path(stand, stand->uplink, packet, kind->reason);
}

/* The clients of the replies have asked, so that each reply finds where. */
static bool note_requests(struct stand *stand)
{
	struct packet packet;

	request4(&packet);
	if (!takes_path(stand, stand->access, &packet, DS_REASON_dhcp_request))
		return false;
	request6(&packet);
	return takes_path(stand, stand->access, &packet, DS_REASON_dhcp_request);
}

static int stand_open(struct stand *stand)
{
	struct fastpath_options options = {.ring_size = BENCH_RING_SIZE, .record = count_record, .context = stand};
	struct fastpath_error error = {""};
	int result = fastpath_new(&options, &stand->fastpath, &error);

	if (!result)
		result = open_ports(stand, &error);
	if (result) {
		fprintf(stderr, "%s\n", error.text);
		return result;
	}
	stand->empty = load_empty();
	if (stand->empty < 0) {
		fprintf(stderr, "the kernel does not take the empty program: %s\n", strerror(-stand->empty));
		return stand->empty;
	}
	if (!note_requests(stand)) {
		fprintf(stderr, "a client's request was not noted\n");
		return -EPROTO;
	}
	return 0;
}

static void stand_close(const struct stand *stand)
{
	cleanup_fd(&stand->empty);
	fastpath_free(stand->fastpath);
}

/* --- Measuring --- */

/* CPU time, so that other programs on this machine do not count: ns of so many repetitions. Returns 0 or -errno. */
static int time_frames(int program, const struct packet *packet, unsigned repeats, double *ret)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet->data, .data_size_in = (__u32)packet->size,
		    .repeat = (int)repeats);
	uint64_t started = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	int result = bpf_prog_test_run_opts(program, &options);

	*ret = (double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - started);
	return result;
}

/* Takes all from the ring and returns how many records that were. */
static size_t empty_ring(struct stand *stand)
{
	stand->records = 0;
	while (fastpath_drain(stand->fastpath) > 0)
		continue;
	return stand->records;
}

/* How many repetitions of the frame that was run last does the ring hold, beside one that its reader keeps back? */
static unsigned repeats_of(const struct stand *stand, enum ds_reason reason)
{
	size_t slot = (RING_HEADER + stand->last_size + 7) & ~(size_t)7;
	size_t held = (BENCH_RING_SIZE - 1) / slot - 1;

	return reason == DS_REASON_captured && held < REPEATS_MAX ? (unsigned)held : REPEATS_MAX;
}

/*
 * One pair. Before its first frame the kernel makes ready for them, which takes as long as thousands of frames do: that
 * is measured by itself, as a run of the fewest frames that are made ready for, and taken off both. Returns 0 or
 * -errno.
 */
static int measure_pair(const struct stand *stand, int program, const struct packet *packet, unsigned repeats,
			double *floor, double *row)
{
	double ready;
	int result = time_frames(stand->empty, packet, REPEATS_MIN, &ready);

	if (!result)
		result = time_frames(stand->empty, packet, repeats, floor);
	if (!result)
		result = time_frames(program, packet, repeats, row);
	if (result)
		return result;
	*floor = (*floor - ready) / (repeats - REPEATS_MIN);
	*row = (*row - ready) / (repeats - REPEATS_MIN);
	return 0;
}

/* Pair by pair. Returns 0 or -errno; -ENOBUFS when records were lost. */
static int measure(struct stand *stand, const struct frame_kind *kind, const struct packet *packet, unsigned repeats,
		   struct row_runs *runs)
{
	int program = fastpath_program_fd(stand->fastpath, stand->uplink);

	for (unsigned run = 0; run < RUNS; run++) {
		int result = measure_pair(stand, program, packet, repeats, &runs->floor[run], &runs->value[run]);
		if (result)
			return result;
		if (empty_ring(stand) != (kind->reason == DS_REASON_captured ? repeats : 0))
			return -ENOBUFS;
	}
	return 0;
}

/* --- Our rows --- */

static const struct frame_kind *find_kind(const char *row)
{
	for (size_t i = 0; i < frame_kind_count; i++)
		if (strcmp(frame_kinds[i].row, row) == 0)
			return &frame_kinds[i];
	return NULL;
}

static int bench_row(struct stand *stand, const struct frame_kind *kind)
{
	struct packet packet;
	struct row_runs runs = {.count = RUNS};
	char note[128];

	kind->build(&packet);
	if (!takes_its_path(stand, kind, &packet)) {
		fprintf(stderr, "%s: the frame does not pass as %s\n", kind->row, reason_word(kind->reason));
		return EXIT_FAILURE;
	}
	unsigned repeats = repeats_of(stand, kind->reason);
	fprintf(stderr, "%s: %d runs of %u frames, each beside an empty program\n", kind->row, RUNS, repeats);
	int result = measure(stand, kind, &packet, repeats, &runs);
	if (result) {
		fprintf(stderr, "%s: %s\n", kind->row, strerror(-result));
		return EXIT_FAILURE;
	}
	snprintf(note, sizeof note, "%s; %zu bytes", kind->note, packet.size);
	row_print(kind->row, "ns", &runs, note);
	return EXIT_SUCCESS;
}

/* --- Others, for comparison --- */

/* The TCP frame of fastpath.tcp, through xdp-filter. */
static int measure_xdp_filter(const struct stand *stand, const char *name, struct row_runs *runs)
{
	struct xdp_program *filter;
	struct packet packet;
	int program = xdp_filter_load(name, &filter), result = 0;

	if (program < 0)
		return program;
	find_kind("fastpath.tcp")->build(&packet);
	for (unsigned run = 0; !result && run < runs->count; run++)
		result = measure_pair(stand, program, &packet, REPEATS_MAX, &runs->floor[run], &runs->value[run]);
	xdp_program__close(filter);
	return result;
}

static int measure_filter_all(const struct stand *stand, struct row_runs *runs)
{
	return measure_xdp_filter(stand, "xdpfilt_alw_all", runs);
}

static int measure_filter_udp(const struct stand *stand, struct row_runs *runs)
{
	return measure_xdp_filter(stand, "xdpfilt_alw_udp", runs);
}

static int measure_af_packet(const struct stand *stand, struct row_runs *runs)
{
	return af_packet_measure(stand->empty, runs);
}

static const struct other {
	const char *row, *note;
	unsigned runs;
	int (*measure)(const struct stand *stand, struct row_runs *runs);
} others[] = {
	{"fastpath.xdp-filter", "xdp-filter with all its features, TCP over IPv4", RUNS, measure_filter_all},
	{"fastpath.xdp-filter-udp", "xdp-filter --features udp, TCP over IPv4", RUNS, measure_filter_udp},
	{"fastpath.af-packet", "veth to stack, TCP and UDP, with and without tcpdump's socket for DHCP", 15,
	 measure_af_packet},
};

static const struct other *find_other(const char *row)
{
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(others[i].row, row) == 0)
			return &others[i];
	return NULL;
}

static int bench_other(const struct stand *stand, const struct other *other)
{
	struct row_runs runs = {.count = other->runs};

	fprintf(stderr, "%s: %u runs\n", other->row, runs.count);
	int result = other->measure(stand, &runs);
	if (result) {
		fprintf(stderr, "%s: %s\n", other->row, strerror(-result));
		return EXIT_FAILURE;
	}
	row_print(other->row, "ns", &runs, other->note);
	return EXIT_SUCCESS;
}

/* --- What is asked for --- */

static int bench_rows(struct stand *stand, char *const rows[])
{
	int status = EXIT_SUCCESS;

	for (; *rows && status == EXIT_SUCCESS; rows++) {
		const struct frame_kind *kind = find_kind(*rows);
		const struct other *other = find_other(*rows);
		if (!kind && !other) {
			fprintf(stderr, "no such row: %s\n", *rows);
			return 2;
		}
		status = kind ? bench_row(stand, kind) : bench_other(stand, other);
	}
	return status;
}

static int check_rows(struct stand *stand)
{
	int status = EXIT_SUCCESS;
	struct packet packet;

	printf("1..%zu\n", frame_kind_count);
	for (size_t i = 0; i < frame_kind_count; i++) {
		const struct frame_kind *kind = &frame_kinds[i];
		kind->build(&packet);
		bool ok = takes_its_path(stand, kind, &packet);
		printf("%sok %zu - %s: passed as %s\n", ok ? "" : "not ", i + 1, kind->row, reason_word(kind->reason));
		if (!ok)
			status = EXIT_FAILURE;
	}
	return status;
}

int main(int argc, char *argv[])
{
	struct stand stand = {.empty = -1};
	int status = EXIT_FAILURE;

	if (stand_open(&stand) == 0)
		status = argc > 1 ? bench_rows(&stand, argv + 1) : check_rows(&stand);
	stand_close(&stand);
	return status;
}
