/* SPDX-License-Identifier: BSD-2-Clause */
/* What can dotsnoopctl be asked? Options and subcommands, one line each; a subcommand is a file of its name. */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>

#define CONTROL_DEFAULT "/run/dotsnoop/control.sock"

/* Exit status. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

/*
 * Options: X(identifier, name, what its value is or NULL for a flag, help)
 *
 * They may stand before and after the subcommand.
 */
#define OPTIONS(X)                                                                                                     \
	X(CONTROL, "control", "SOCKET", "the agent's control socket (" CONTROL_DEFAULT ")")                            \
	X(JSON, "json", NULL, "JSON Lines instead of a table for people")                                              \
	X(HELP, "help", NULL, "this help, or that of the command")                                                     \
	X(VERSION, "version", NULL, "the version")                                                                     \
	X(CIRCUIT, "circuit", "C", "only this circuit")                                                                \
	X(CLIENT, "client", "X", "only this hardware address, client identifier or DUID, in hex")                      \
	X(ADDRESS, "address", "A", "only who has this address, by itself or in the smallest prefix around it")         \
	X(PREFIX, "prefix", "P", "only who has this prefix, by itself or in the smallest one around it")               \
	X(FAMILY, "family", "4|6", "only this address family")                                                         \
	X(STATE, "state", "S", "only peers in this state")                                                             \
	X(ROLE, "role", "uplink|access", "of the port on which the capture is played (uplink)")                        \
	X(ENFORCE, "enforce", NULL, "as a port that drops what it does not believe")                                   \
	X(SERVICE, "service", "dots|dots-call-home",                                                                   \
	  "DOTS servers (dots), or the clients that a Call Home server calls")                                         \
	X(METHOD, "method", "s-naptr|dns-sd|addresses", "this alone, instead of s-naptr and, failing that, dns-sd")    \
	X(RESOLVER, "resolver", "ADDR[:PORT]",                                                                         \
	  "ask this one, instead of those of /etc/resolv.conf; up to three times")                                     \
	X(DNSSEC, "dnssec", "require|prefer|off", "what a validating resolver on this machine has to say (prefer)")    \
	X(PORT, "port", "N", "where the peer listens (4646)")                                                          \
	X(TRANSPORT, "transport", "udp|tcp", "DTLS or TLS alone, instead of whichever succeeds first")                 \
	X(NAME, "name", "N", "what the peer's certificate has to carry, instead of NAME or ADDRESS")                   \
	X(CA, "ca", "FILE", "authorities that are trusted, instead of those of the system")                            \
	X(CRL, "crl", "FILE", "revocation lists, one of which has to cover the peer's certificate")                    \
	X(CERT, "cert", "FILE", "our certificate, for a peer that wants one")                                          \
	X(KEY, "key", "FILE", "its private key, where that is not in the same file")

enum option_id {
#define X(id, name, value, help) OPTION_##id,
	OPTIONS(X)
#undef X
	OPTION_COUNT
};

#define OPTION_BIT(id) (1U << OPTION_##id)

/* --resolver is the one option that may be repeated. */
#define RESOLVERS_GIVEN_MAX 3

/* What was asked for. */
struct request {
	const struct command *command;
	const char *value[OPTION_COUNT];            /* NULL: not given; a flag that was given: "" */
	const char *operand;                        /* of a command that takes one */
	const char *resolvers[RESOLVERS_GIVEN_MAX]; /* each --resolver */
	unsigned resolver_count;
};

struct command {
	const char *name;
	const char *operand; /* what it takes, or NULL */
	unsigned options;    /* bits of those it takes beside control, json, help, version */
	const char *help;
	int (*run)(const struct request *request); /* returns the exit status */
};

int status_run(const struct request *request);
int ports_run(const struct request *request);
int peers_run(const struct request *request);
int bindings_run(const struct request *request);
int explain_run(const struct request *request);
int watch_run(const struct request *request);
int replay_run(const struct request *request);
int discover_run(const struct request *request);
int prove_run(const struct request *request);
int reload_run(const struct request *request);
int flush_run(const struct request *request);

/* The table of them; its last entry has no name. */
extern const struct command commands[];

/* The path of the control socket. */
static inline const char *request_control(const struct request *request)
{
	return request->value[OPTION_CONTROL] ? request->value[OPTION_CONTROL] : CONTROL_DEFAULT;
}

#endif
