/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many peers can be proven in a second? Called by scripts/bench with the names of rows, each of which becomes one
 * JSON object. Without a name nothing is measured: it tells, as TAP, whether each of some hundred handshakes proves its
 * peer.
 *
 * Each proof is whole: a TCP connection, a TLS 1.3 handshake with ECDSA P-256, the chain verified up to an authority,
 * the identity found, the server's first ticket awaited, goodbye said. openssl s_server answers on another core, one
 * handshake after the other. s_time, which does the same without an identity, asks it in turn with us, on our core: as
 * many new connections as it makes is the floor.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "certificates.h"
#include "place.h"
#include "proof/handshake.h"
#include "row.h"

#define RUNS 9
#define PROOFS 2000U
#define PROOFS_CHECKED 200U
#define AT_A_TIME 16U /* under what s_server lets wait */
#define PORT 4646
#define FLOOR_SECONDS 2
#define FOLDER "/tmp" /* a file system of our own is mounted there */
#define WAIT_STEP_US 10000
#define WAIT_STEPS 1000

static const char row_name[] = "proof.handshakes";

static bool complain(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return false;
}

/* --- A place of our own --- */

static bool enter(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
		return complain("cannot make a network namespace");
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("dotsnoop-bench", FOLDER, "tmpfs", 0, "mode=0700") < 0 || chdir(FOLDER) < 0)
		return complain("cannot mount a file system for certificates");
	return place_loopback();
}

/* --- The server --- */

struct server {
	pid_t pid;
	int input; /* it ends when this does */
};

static bool listens(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

static void exec_server(int input)
{
	char port[8];
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	snprintf(port, sizeof port, "%d", PORT);
	dup2(input, STDIN_FILENO);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	execlp("openssl", "openssl", "s_server", "-quiet", "-accept", port, "-cert", "peer.pem", "-key", "peer.key",
	       "-alpn", "coap", NULL);
	_exit(127);
}

static bool start(struct server *server, const cpu_set_t *cores)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return complain("cannot start s_server");
	server->pid = place_fork();
	if (server->pid == 0) {
		place_pin(cores, false);
		exec_server(ends[0]);
	}
	close(ends[0]);
	server->input = ends[1];
	for (int i = 0; i < WAIT_STEPS; i++) {
		if (listens())
			return true;
		usleep(WAIT_STEP_US);
	}
	return complain("s_server does not answer");
}

static void stop(const struct server *server)
{
	if (server->pid <= 0)
		return;
	kill(server->pid, SIGTERM);
	waitpid(server->pid, NULL, 0);
	close(server->input);
}

/* --- Proofs --- */

struct run {
	struct event_base *base;
	struct proof_target target;
	struct handshake_options options;
	unsigned proofs, started, ended, proven;
};

static void start_proof(struct run *run);

static void on_proof(void *context, const struct proof *proof)
{
	struct run *run = context;

	if (proof->reason == REASON_PROVEN && !proof->resumed)
		run->proven++;
	else
		fprintf(stderr, "%s\n", proof_reason_word(proof->reason));
	if (++run->ended == run->proofs)
		event_base_loopbreak(run->base);
	else if (run->started < run->proofs)
		start_proof(run);
}

static void start_proof(struct run *run)
{
	run->started++;
	if (!handshake_start(run->base, &run->target, &run->options, on_proof, run))
		abort(); /* out of memory */
}

/* ns of so many proofs. */
struct took {
	uint64_t time, cpu;
};

static bool go(const struct credentials *credentials, unsigned proofs, struct took *ret)
{
	struct run run = {
		.base = event_base_new(),
		.target = {.port = PORT,
			   .transport = TRANSPORT_TCP,
			   .name = {sizeof CERTIFICATES_NAME - 1, CERTIFICATES_NAME}},
		.options = {.credentials = credentials, .need_coap = true},
		.proofs = proofs,
	};
	uint64_t began = clock_boot(), cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	address_parse("127.0.0.1", &run.target.address);
	for (unsigned i = 0; i < AT_A_TIME && i < proofs; i++)
		start_proof(&run);
	event_base_dispatch(run.base);
	*ret = (struct took){clock_boot() - began, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu};
	event_base_free(run.base);
	if (run.proven == proofs)
		return true;
	fprintf(stderr, "%u of %u proven\n", run.proven, proofs);
	return false;
}

/* --- s_time --- */

static void exec_s_time(int output)
{
	char peer[32], seconds[8];

	snprintf(peer, sizeof peer, "127.0.0.1:%d", PORT);
	snprintf(seconds, sizeof seconds, "%d", FLOOR_SECONDS);
	dup2(output, STDOUT_FILENO);
	dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
	execlp("openssl", "openssl", "s_time", "-connect", peer, "-new", "-time", seconds, "-CAfile", "ca.pem",
	       "-verify", "3", NULL);
	_exit(127);
}

/* New connections a second; 0: it did not tell. */
static double s_time(void)
{
	uint64_t began = clock_boot();
	unsigned long connections = 0, count;
	char line[256];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	pid_t child = place_fork();
	if (child == 0)
		exec_s_time(ends[1]);
	close(ends[1]);
	AUTO_FILE FILE *told = fdopen(ends[0], "r");
	while (told && fgets(line, sizeof line, told))
		if (sscanf(line, "%lu connections in", &count) == 1)
			connections = count;
	waitpid(child, NULL, 0);
	return (double)connections * 1e9 / (double)(clock_boot() - began);
}

/* --- Measuring --- */

static int ascending(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

static bool measure(const struct credentials *credentials, struct row_runs *runs, double cpu[RUNS])
{
	struct took took;

	for (runs->count = 0; runs->count < RUNS; runs->count++) {
		runs->floor[runs->count] = s_time();
		if (runs->floor[runs->count] <= 0 || !go(credentials, PROOFS, &took))
			return false;
		runs->value[runs->count] = PROOFS * 1e9 / (double)took.time;
		cpu[runs->count] = (double)took.cpu / 1e3 / PROOFS;
	}
	qsort(cpu, RUNS, sizeof *cpu, ascending);
	return true;
}

static int bench(const struct credentials *credentials, const char *row)
{
	struct row_runs runs;
	double cpu[RUNS];
	char note[160];

	if (strcmp(row, row_name) != 0) {
		fprintf(stderr, "no such row: %s\n", row);
		return 2;
	}
	fprintf(stderr, "%s: %d runs of %u proofs, each beside s_time\n", row, RUNS, PROOFS);
	if (!measure(credentials, &runs, cpu))
		return EXIT_FAILURE;
	snprintf(note, sizeof note, "TLS 1.3, %u at a time, all proven; CPU a proof: %.0f us (%.0f a second)",
		 AT_A_TIME, cpu[RUNS / 2], 1e6 / cpu[RUNS / 2]);
	row_print(row, "1/s", &runs, note);
	return EXIT_SUCCESS;
}

static int check(const struct credentials *credentials)
{
	struct took took;
	bool ok = go(credentials, PROOFS_CHECKED, &took);

	printf("1..1\n%sok 1 - %s: each peer is proven\n", ok ? "" : "not ", row_name);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
	struct credentials *credentials = NULL;
	char error[CREDENTIALS_ERROR_SIZE];
	struct server server = {0};
	int status = EXIT_FAILURE;
	cpu_set_t cores;

	log_set_level(LOG_LEVEL_WARNING);
	signal(SIGPIPE, SIG_IGN);
	sched_getaffinity(0, sizeof cores, &cores);
	if (enter() && certificates_make(".") && start(&server, &cores)) {
		place_pin(&cores, true);
		if (credentials_new(&(struct credentials_options){.ca = "ca.pem"}, &credentials, error) == 0)
			status = argc > 1 ? bench(credentials, argv[1]) : check(credentials);
		else
			fprintf(stderr, "%s\n", error);
	}
	stop(&server);
	credentials_free(credentials);
	return status;
}
