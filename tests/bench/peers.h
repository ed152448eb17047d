/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who are the peers of many subscribers, each of another one, and take their time? Real TLS servers in a network of
 * their own behind a port of the agent's, which begin to answer PEERS_HOLD_S after they were greeted. So the agent's
 * handshakes are under way for that long, and then have all their work to do; over UDP nobody answers.
 */
#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#define PEERS_HOLD_S 5

struct peers {
	pid_t pid;   /* 0: there are none */
	int orders;  /* it ends when this does */
	int answers; /* how far it is */
};

/*
 * Makes `port`, whose other end is theirs, with an address and a way to them. Certificates are those of that folder
 * (certificates.h).
 */
bool peers_open(struct peers *peers, const char *folder, const char *port, const cpu_set_t *cores);

/* So many subscribers are acknowledged on the port, each told of another peer by name and address; returns when all
 * frames are out. Their hardware addresses are none of the storm's. */
bool peers_tell(const struct peers *peers, unsigned count);

void peers_close(struct peers *peers);

/* Those that return bool say what is wrong, on standard error, if they return false. */

#endif
