/* SPDX-License-Identifier: BSD-2-Clause */
#include "knot.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "place.h"

#define FOLDER "/tmp" /* a file system of our own is mounted there */
#define WAIT_STEP_US 10000
#define WAIT_STEPS 3000

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
		return complain("cannot mount a file system for Knot");
	return place_loopback();
}

/* --- Files --- */

static bool write_configuration(void)
{
	AUTO_FILE FILE *file = fopen("knot.conf", "w");

	if (!file)
		return false;
	return fprintf(file,
		       "server:\n  rundir: " FOLDER "\n  listen: 127.0.0.1@%d\n  udp-workers: 1\n"
		       "log:\n  - target: stderr\n    any: warning\n"
		       "database:\n  storage: " FOLDER "\n"
		       "zone:\n  - domain: example\n    storage: " FOLDER "\n    file: zone\n    zonefile-sync: -1\n"
		       "    journal-content: none\n    zonefile-load: whole\n",
		       KNOT_PORT) > 0;
}

static void write_chain(FILE *zone, unsigned n)
{
	fprintf(zone, "d%u NAPTR 100 10 \"\" DOTS:signal.udp \"\" n%u\n", n, n);
	fprintf(zone, "n%u NAPTR 100 10 \"s\" DOTS:signal.udp \"\" _dots-signal._udp.d%u\n", n, n);
	fprintf(zone, "_dots-signal._udp.d%u SRV 0 0 %d h%u\n", n, KNOT_TARGET_PORT, n);
	fprintf(zone, "h%u AAAA " KNOT_TARGET_PREFIX "%x:%x\n", n, n >> 16, n & 0xffff);
}

static void write_queries(FILE *queries, unsigned n)
{
	fprintf(queries, "d%u.example NAPTR\nn%u.example NAPTR\n_dots-signal._udp.d%u.example SRV\nh%u.example AAAA\n",
		n, n, n, n);
}

static bool write_files(unsigned domains)
{
	AUTO_FILE FILE *zone = fopen("zone", "w");
	AUTO_FILE FILE *queries = fopen("queries", "w");

	if (!zone || !queries || !write_configuration())
		return complain("cannot write Knot's files");
	fprintf(zone, "$TTL 900\n@ SOA ns hostmaster 1 3600 900 604800 120\n@ NS ns\nns A 127.0.0.1\n");
	for (unsigned n = 0; n < domains; n++) {
		write_chain(zone, n);
		write_queries(queries, n);
	}
	if (fflush(zone) || fflush(queries))
		return complain("cannot write Knot's files");
	return true;
}

/* --- Processes --- */

/* Cores are measured, not what other programs leave of them; nor how long these hold on to a core when we wake. */
static void go_first(void)
{
	const struct sched_param least = {.sched_priority = sched_get_priority_min(SCHED_RR)};

	if (sched_setscheduler(0, SCHED_RR, &least) < 0)
		complain("other programs have a say in this");
}

static bool listens(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(KNOT_PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

/* Knot listens once its zones are loaded. */
static bool wait_for(struct knot *knot)
{
	for (int i = 0; i < WAIT_STEPS; i++) {
		if (listens())
			return true;
		if (waitpid(knot->pid, NULL, WNOHANG) == knot->pid) {
			knot->pid = 0;
			break;
		}
		usleep(WAIT_STEP_US);
	}
	fprintf(stderr, "knotd does not answer\n");
	return false;
}

bool knot_start(struct knot *knot, unsigned domains)
{
	*knot = (struct knot){0};
	sched_getaffinity(0, sizeof knot->cores, &knot->cores);
	go_first();
	if (!enter() || !write_files(domains))
		return false;
	knot->pid = place_fork();
	if (knot->pid == 0) {
		place_pin(&knot->cores, false); /* where it puts its first worker in any case */
		execlp("knotd", "knotd", "-c", "knot.conf", NULL);
		complain("knotd");
		_exit(127);
	}
	place_pin(&knot->cores, true);
	return wait_for(knot);
}

void knot_stop(struct knot *knot)
{
	if (knot->pid <= 0)
		return;
	kill(knot->pid, SIGTERM);
	waitpid(knot->pid, NULL, 0);
	knot->pid = 0;
}

/* --- dnsperf --- */

static void exec_dnsperf(int output, unsigned at_a_time)
{
	char port[8], outstanding[16];

	snprintf(port, sizeof port, "%d", KNOT_PORT);
	snprintf(outstanding, sizeof outstanding, "%u", at_a_time);
	dup2(output, STDOUT_FILENO);
	execlp("dnsperf", "dnsperf", "-s", "127.0.0.1", "-p", port, "-d", "queries", "-n", "1", "-e", "-q", outstanding,
	       NULL);
	complain("dnsperf");
	_exit(127);
}

/* What it tells: queries a second, and how many there were. */
static bool read_dnsperf(int input, struct dnsperf *ret, unsigned long *completed)
{
	AUTO_FILE FILE *told = fdopen(input, "r");
	unsigned long sent = 0;
	char line[256];

	while (told && fgets(line, sizeof line, told)) {
		sscanf(line, " Queries sent: %lu", &sent);
		sscanf(line, " Queries completed: %lu", completed);
		sscanf(line, " Queries per second: %lf", &ret->queries);
	}
	return sent && sent == *completed && ret->queries > 0;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

bool knot_dnsperf(unsigned at_a_time, struct dnsperf *ret)
{
	unsigned long completed = 0;
	struct rusage used;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return complain("cannot start dnsperf");
	pid_t child = place_fork();
	if (child == 0)
		exec_dnsperf(ends[1], at_a_time);
	close(ends[1]);
	bool told = read_dnsperf(ends[0], ret, &completed);
	if (child < 0 || wait4(child, &status, 0, &used) != child || status || !told) {
		fprintf(stderr, "dnsperf did not get all its answers\n");
		return false;
	}
	ret->cpu = (seconds(used.ru_utime) + seconds(used.ru_stime)) / (double)completed;
	return true;
}
