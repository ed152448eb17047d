/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom does a bench ask for names, and how fast can anybody ask? Knot, and dnsperf beside us, in a network and with
 * files of the program's own: the kernel takes all of it away when the program ends, however it ends.
 */
#ifndef TESTS_BENCH_KNOT_H
#define TESTS_BENCH_KNOT_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#define KNOT_PORT 5300 /* on 127.0.0.1 */

/* Queries along the chain of one domain: NAPTR, NAPTR, SRV, AAAA. No name is of two chains. */
#define KNOT_CHAIN 4

/* The target that the chain of dN.example leads to: port and address; the address' last four octets are N. */
#define KNOT_TARGET_PORT 5000
#define KNOT_TARGET_PREFIX "2001:db8:77::"

struct knot {
	cpu_set_t cores; /* that we may use */
	pid_t pid;       /* 0: none */
};

/*
 * Enters a network and mounts of our own, starts Knot on the first core with the chains of d0.example to
 * d<domains-1>.example, and pins the caller to the last core; both go before other programs. False: said on standard
 * error; call knot_stop in any case.
 */
bool knot_start(struct knot *knot, unsigned domains);
void knot_stop(struct knot *knot);

/* What dnsperf did. */
struct dnsperf {
	double queries; /* a second */
	double cpu;     /* s a query */
};

/* dnsperf on the caller's core asks the same queries, once each, so many at a time. False: said on standard error. */
bool knot_dnsperf(unsigned at_a_time, struct dnsperf *ret);

#endif
