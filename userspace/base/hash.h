/* SPDX-License-Identifier: BSD-2-Clause */
/* Where does a key go that an attacker chooses? Where SipHash-1-3 under a random key says (Aumasson, Bernstein 2012).
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t k0, k1;
};

/* A key from the kernel's random source. */
struct hash_key hash_key_random(void);

uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t size);

#endif
