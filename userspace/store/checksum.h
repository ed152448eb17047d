/* SPDX-License-Identifier: BSD-2-Clause */
/* Are these still the bytes that were written? CRC-32C (Castagnoli 1993; RFC 9260 A), which misses no single flipped
 * bit. */
#ifndef STORE_CHECKSUM_H
#define STORE_CHECKSUM_H

#include "base/bytes.h"

/* `key` is summed before the bytes: a value that has got under another key is noticed, too. */
uint32_t checksum(uint32_t key, struct bytes bytes);

/* The same, as it is done where the processor has no instruction for it. */
uint32_t checksum_by_tables(uint32_t key, struct bytes bytes);

#endif
