/* SPDX-License-Identifier: BSD-2-Clause */
/* In which order are SRV records tried? By priority, then by a draw in which weights are chances (RFC 2782). */
#ifndef DISCOVERY_SRV_H
#define DISCOVERY_SRV_H

#include "discovery/answer.h"

/*
 * The seed of the draw among the records of one owner: who always uses the same seed always makes the same choice, and
 * not the same one for all owners.
 */
uint64_t srv_seed(uint64_t seed, const struct dns_name *owner);

/* Best first. Equal records and an equal seed give an equal order, in whatever order they came. */
void srv_order(const struct srv *records[], size_t count, uint64_t seed);

/* Do the records say that the service is decidedly not offered? (RFC 2782, "Target": ".") */
bool srv_declined(const struct srv *records, size_t count);

#endif
