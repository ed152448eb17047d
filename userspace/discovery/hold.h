/* SPDX-License-Identifier: BSD-2-Clause */
/* How long does the outcome of a question hold, so that it is not asked again before? (requirements 8.6, R-30) */
#ifndef DISCOVERY_HOLD_H
#define DISCOVERY_HOLD_H

#include "discovery/answer.h"

/* Does it hold for twice as long each time it comes again? */
bool hold_doubles(enum resolution_result result);

/*
 * Seconds. ttl: what the answer itself says (struct answer). again: how often a result that doubles has come before,
 * without another in between. chance: any number; it spreads what would else come back in step.
 */
uint32_t hold_seconds(enum resolution_result result, uint32_t ttl, unsigned again, uint64_t chance);

#endif
