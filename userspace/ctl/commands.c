/* SPDX-License-Identifier: BSD-2-Clause */
/* Which subcommands are there? */
#include "ctl/command.h"

#include <stddef.h>

const struct command commands[] = {
	{"status", NULL, 0, "version, uptime, ports, ring, store and table sizes", status_run},
	{"ports", NULL, 0, "each port with its role, how it is attached, and every counter", ports_run},
	{"peers", NULL, OPTION_BIT(CIRCUIT) | OPTION_BIT(FAMILY) | OPTION_BIT(STATE),
	 "the DOTS agents that are known, circuit by circuit", peers_run},
	{"bindings", NULL, OPTION_BIT(CLIENT) | OPTION_BIT(CIRCUIT) | OPTION_BIT(ADDRESS) | OPTION_BIT(PREFIX),
	 "who was told what, and until when", bindings_run},
	{"explain", "CLIENT|CIRCUIT|ADDRESS", 0, "why this peer, and not another: each method of discovery in order",
	 explain_run},
	{"watch", NULL, 0, "changes as they happen, until interrupted", watch_run},
	{"discover", "NAME",
	 OPTION_BIT(FAMILY) | OPTION_BIT(SERVICE) | OPTION_BIT(METHOD) | OPTION_BIT(RESOLVER) | OPTION_BIT(DNSSEC),
	 "the DOTS agents that a domain name leads to by DNS, without an agent", discover_run},
	{"prove", "NAME|ADDRESS",
	 OPTION_BIT(FAMILY) | OPTION_BIT(PORT) | OPTION_BIT(TRANSPORT) | OPTION_BIT(NAME) | OPTION_BIT(CA) |
		 OPTION_BIT(CRL) | OPTION_BIT(CERT) | OPTION_BIT(KEY),
	 "one handshake with a DOTS agent, and what it proved, without an agent", prove_run},
	{"replay", "FILE.pcap", OPTION_BIT(ROLE) | OPTION_BIT(ENFORCE),
	 "each frame of a capture through the real XDP program and decoder, without an agent", replay_run},
	{"reload", NULL, 0, "have the agent read its configuration again", reload_run},
	{"flush", NULL, 0, "have the agent forget all bindings", flush_run},
	{0},
};
