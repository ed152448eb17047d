/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Does the agent hold already what this reply says? What it holds, it told us as a digest; a reply with the same digest
 * is only counted, and its time noted. Most renewals are such repetitions, and leave before their options are walked.
 *
 * The digest is NH, the universal hash of RFC 4418 (5.2), under a secret that the agent draws when it makes the maps.
 * Whoever does not know the secret makes a different reply that passes for a settled one with a chance of 2^-32 a try,
 * and each try that fails is a record. It covers all of the message but what changes with every exchange (transaction
 * id, secs), and what else decides its effect: the circuits on which it is seen and was asked for, both addresses, and
 * what the client had asked for.
 */
#ifndef BPF_SETTLED_H
#define BPF_SETTLED_H

#include "record-out.h"

/* Bytes that are taken in at once. A message is padded to whole ones with zeros (settled_pad). */
#define DIGEST_BLOCK 64

_Static_assert(DIGEST_BLOCK <= COPY_BLOCK, "there is room for the padding behind the message");
_Static_assert(__builtin_offsetof(struct ds_record, v4) - __builtin_offsetof(struct ds_record, seen) == DIGEST_BLOCK,
	       "both circuits and both addresses are one block");

/* Words of the secret, in this order: for the message, for the record's block, for the rest, for the client. */
#define SECRET_RECORD (DS_MESSAGE_MAX / 8)
#define SECRET_REST (SECRET_RECORD + DIGEST_BLOCK / 8)
#define SECRET_CLIENT (SECRET_REST + 1)

_Static_assert(SECRET_CLIENT + 3 == DS_SECRET_WORDS, "all of the secret is used");

/* Zeros behind the message, of which `length` bytes were loaded. */
static __always_inline void settled_pad(struct scratch *s)
{
	__u64 *behind = (void *)&s->message[s->length & MESSAGE_MASK];

#pragma unroll
	for (int i = 0; i < DIGEST_BLOCK / 8; i++)
		behind[i] = 0;
}

static __always_inline __u64 digest_word(__u64 word, __u64 secret)
{
	return (__u64)((__u32)word + (__u32)secret) * (__u32)((word >> 32) + (secret >> 32));
}

static __always_inline __u64 digest_block(const void *block, const __u64 *secret)
{
	const __u64 *words = block;
	__u64 sum = 0;

#pragma unroll
	for (int i = 0; i < DIGEST_BLOCK / 8; i++)
		sum += digest_word(words[i], secret[i]);
	return sum;
}

/* What of the record is neither message nor addresses nor circuits, but decides. */
static __always_inline __u64 digest_rest(const struct scratch *s)
{
	return (__u64)s->length << 32 | s->record.direction << 8 | s->record.requested;
}

/* The digest of the message in scratch and of its record's head. A global function: see dhcp4_walk. */
__noinline __u64 settled_digest(void)
{
	const struct scratch *s = scratch_get();
	const struct ds_secret *secret = secret_get();

	if (!s || !secret)
		return 0;
	__u64 sum = digest_word(digest_rest(s), secret->words[SECRET_REST]) +
		    digest_block(&s->record.seen, &secret->words[SECRET_RECORD]);
	for (__u32 at = 0; at < DS_MESSAGE_MAX && at < s->length; at += DIGEST_BLOCK)
		sum += digest_block(&s->message[at], &secret->words[at / 8]);
	return sum;
}

/* Under which key the agent settles replies to this client. Who shares it by chance only takes turns with the other. */
static __always_inline __u64 settled_key(const struct ds_client_key *client)
{
	const struct ds_secret *secret = secret_get();
	const __u64 *words = (const void *)client->client;

	if (!secret)
		return 0;
	return digest_word(words[0], secret->words[SECRET_CLIENT]) +
	       digest_word(words[1], secret->words[SECRET_CLIENT + 1]) +
	       digest_word(client->family, secret->words[SECRET_CLIENT + 2]);
}

/* What is settled for this client, if anything is. */
static __always_inline struct ds_settled *settled_find(__u64 key)
{
	__u32 zero = 0, index = DS_HINT_INDEX(key);
	const struct ds_hints *hints = bpf_map_lookup_elem(&settled_hints, &zero);

	if (!hints || !(hints->octets[index >> 3] & 1 << (index & 7)))
		return NULL;
	return bpf_map_lookup_elem(&settled, &key);
}

/* Is this a repetition? Notes its time if it is; else the record learns by what the agent can settle it. */
static __always_inline bool settled_is(struct scratch *s, const struct ds_client_key *client)
{
	__u64 key = settled_key(client), digest = settled_digest();
	struct ds_settled *held = settled_find(key);

	s->record.settle_key = key;
	s->record.digest = digest;
	if (!held)
		return false;
#pragma unroll
	for (int i = 0; i < DS_SETTLED_WAYS; i++) {
		if (held->ways[i].digest == digest) {
			held->ways[i].time = bpf_ktime_get_coarse_ns();
			return true;
		}
	}
	return false;
}

#endif
