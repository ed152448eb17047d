/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May a peer that nobody has asked about before be contacted? Only so many an hour for each port on which they are
 * learnt: whoever can send DHCP replies must not make a port scanner of this machine, nor use up what the subscribers
 * of other ports need.
 */
#ifndef PROOF_BUDGET_H
#define PROOF_BUDGET_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget_port;

struct budget {
	unsigned per_hour;
	size_t count;
	struct budget_port *ports; /* owned; as many as are configured */
};

/* Takes one from the port's budget (empty: that of peers without one) at a time in ns. False: there is none left. */
bool budget_take(struct budget *budget, const char port[IF_NAMESIZE], uint64_t now);

void budget_clear(struct budget *budget);

#endif
