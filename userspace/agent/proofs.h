/* SPDX-License-Identifier: BSD-2-Clause */
/* Are peers proven, and by whose word? The prober and its contests, as the configuration wants them. */
#ifndef AGENT_PROOFS_H
#define AGENT_PROOFS_H

#include "agent/config.h"
#include "proof/contest.h"

struct proofs {
	struct event_base *base;
	struct table *table;
	struct wheel *wheel;
	struct discovery *discovery;
	struct prober *prober; /* NULL: peers are not contacted */
	struct contests *contests;
	size_t trusted_count; /* names that a certificate may carry; 0: any */
	struct trusted_name trusted[TRUSTED_MAX];
};

/* All that is given outlives it, and it stays where it is. */
void proofs_open(struct proofs *proofs, struct event_base *base, struct table *table, struct wheel *wheel,
		 struct discovery *discovery);
void proofs_close(struct proofs *proofs);

/*
 * Begins, ends or changes what is done. Returns 0; or -errno, one
 * clear line in `error`, and all is as before.
 */
int proofs_configure(struct proofs *proofs, const struct config *config, char error[CREDENTIALS_ERROR_SIZE]);

/* Another network may be there behind this port. */
void proofs_restart(struct proofs *proofs, const char *port);

#endif
