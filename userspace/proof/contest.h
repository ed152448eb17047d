/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of its peers is a subscriber to use? For each peerset and channel, the first that proves to be who it should
 * be.
 *
 * Candidates stand in the order of preference in which discovery found them (RFC 8973 4; RFC 3958 2.2.4 for S-NAPTR).
 * Each gets CONTEST_STAGGER before the next one is asked, too, or as long as it takes to fail (RFC 8305 5). Of a peer
 * whose transport nobody named, all are asked over UDP before any is over TCP (RFC 8782 4.3).
 *
 * Once one is proven, those of lower preference are left alone; those of higher preference go on being tried, ever less
 * often (prober.h), and take over when they are proven. When the certificate of the one in use expires, discovery is to
 * begin anew (RFC 8973 4).
 */
#ifndef PROOF_CONTEST_H
#define PROOF_CONTEST_H

#include "proof/prober.h"
#include "table/table.h"

#define CONTEST_STAGGER (250 * 1000000ULL)

struct contests_options {
	/* Out of which device peers are asked that were learnt on this port; zero-padded. */
	void (*device)(const char *port, char ret[IF_NAMESIZE]);
	/* The certificate of the peer in use has expired. */
	void (*expired)(void *context, struct peerset *peerset);
	void *context;
};

struct contests_stats {
	uint64_t backtracks[REASON_COUNT]; /* records of S-NAPTR that were left for the next one, by why */
};

struct contests;

/*
 * Observes the table from now on, and sets what is proven of its peers. All that is given outlives it; the prober is
 * asked and left. Returns 0 or -ENOMEM.
 */
int contests_new(struct event_base *base, struct table *table, struct wheel *wheel, struct prober *prober,
		 const struct contests_options *options, struct contests **ret);

/* All peers are proven anew, and none is in use until it is: to be called after prober_configure. */
void contests_begin_anew(struct contests *contests);

/* Another network may be there: what was learnt on this port and has failed is tried again. */
void contests_restart(struct contests *contests, const char *port);

/* NULL: nothing. Nothing is proven of any peer after that. */
void contests_free(struct contests *contests);

const struct contests_stats *contests_stats(const struct contests *contests);

#endif
