/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is a walk inside? A stack of steps, the best on top. A step is a question to ask, and its answer is opened into
 * the steps that it leads to, which go onto the stack in its place; or it is a peer, which is yielded. So the search is
 * depth first, whatever is left when a peer is yielded is the way back, and nothing recurses.
 *
 * walk.c asks and keeps the limits; snaptr.c, dnssd.c and target.c open answers.
 */
#ifndef DISCOVERY_STEP_H
#define DISCOVERY_STEP_H

#include "discovery/protocol.h"

enum step_kind {
	STEP_NAPTR,     /* to NAPTR records */
	STEP_SERVICE,   /* to a DNS-SD service's PTR records */
	STEP_INSTANCE,  /* to the SRV records of one of its instances */
	STEP_TARGETS,   /* to the SRV records that a NAPTR record names */
	STEP_TARGET,    /* to the addresses of what a SRV record names */
	STEP_ADDRESSES, /* to those of a name that no SRV record named */
	STEP_PEER,      /* there */
	STEP_KIND_COUNT
};

struct step {
	enum step_kind kind;
	struct dns_name name;
	/* The way to here. */
	int from;           /* the question whose answer led here; -1: none */
	uint8_t depth;      /* NAPTR records that led to NAPTR records */
	uint32_t rank;      /* as a candidate's */
	uint64_t expires;   /* ns, CLOCK_BOOTTIME: the least along it */
	bool authenticated; /* all along it */
	/* As far as it is known. */
	uint16_t port;
	struct address address;
};

/* A question that this walk asked, or had asked ahead. */
struct asked {
	struct dns_name name;
	uint16_t type;
	bool opened; /* asked, not just ahead */
	int from;    /* the question whose answer led to it */
};

/* A SRV record of an instance, until those of all instances are known. */
struct gathered {
	struct srv srv;
	struct step step;
};

struct walk {
	struct walk_options options;
	struct resolver *resolver;
	const struct protocol_terms *terms; /* NULL: the service has no such protocol */

	/* Who waits for the next candidate. */
	walk_fn *next;
	void *context;

	size_t height; /* of the stack */
	size_t records;
	struct gathered *gathered; /* DNS-SD; owned */
	size_t gathered_count;

	struct step step;          /* that is being asked about */
	struct question *question; /* NULL: none */

	/* How it ends. */
	enum resolution_result failure; /* the first one; FOUND: none */
	uint32_t retry;                 /* seconds: the least of the failures' */
	uint32_t passing;               /* the same of those that pass by themselves: silence, a server's own trouble */
	uint32_t set_ttl;               /* seconds: of the first answer; 0: none */
	uint64_t expires;               /* the least of the candidates'; TABLE_NEVER: there were none */

	struct event *turn;     /* goes on from the event loop */
	struct event *deadline; /* runs while somebody waits */
	uint64_t left, since;   /* ns: of its time; CLOCK_BOOTTIME when the wait began */
	struct walk_stats stats;

	/* 30 kB of which a walk uses the front alone, as it goes: not cleared for each. */
	struct asked asked[WALK_QUERIES_MAX];    /* stats.queries of them */
	struct step stack[WALK_RECORDS_MAX + 1]; /* each record leads to one step, and one is where it starts */
};

/* Puts down where a record leads; call it for the best one first. What is beyond the walk's records is left out. */
void walk_lead(struct walk *walk, const struct step *step);

/* A branch ends without a peer. retry: seconds after which it makes sense to walk again; 0: as for unusable records. */
void walk_fail(struct walk *walk, enum resolution_result result, uint32_t retry);

/* Open an answer: `step` is the one that asked, with the way up to and including the answer. */
typedef void step_open_fn(struct walk *walk, const struct step *step, const struct answer *answer);

step_open_fn snaptr_open, dnssd_open_service, dnssd_open_instance, targets_open, addresses_open;

/* The SRV records that can be used, in no order; `ret` has room for ANSWER_RECORDS_MAX. The others are counted. */
size_t targets_usable(struct walk *walk, const struct answer *answer, const struct srv *ret[]);

/* From a step to the target of a SRV record. */
struct step targets_step(const struct step *from, const struct srv *srv);

/* Name of the service in the domain: where DNS-SD starts. Returns 0 or -EINVAL. */
int dnssd_service(const struct walk *walk, struct dns_name *ret);

/* When all instances have been asked: leads on to the targets of all. */
void dnssd_leave(struct walk *walk);

#endif
