/* SPDX-License-Identifier: BSD-2-Clause */
/* How long until a peer that failed is tried again? Twice as long each time, and never with all others at once. */
#ifndef PROOF_PAUSE_H
#define PROOF_PAUSE_H

#include <stdint.h>

/* Each pause is up to this much shorter or longer. */
#define PAUSE_JITTER_PERCENT 20

/* `failures` in a row, at least 1; first and most in ns. `random` is any number, all bits of it. */
uint64_t pause_after(unsigned failures, uint64_t first, uint64_t most, uint32_t random);

/* The same pause, shorter or longer. */
uint64_t pause_jitter(uint64_t pause, uint32_t random);

#endif
