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

/* The digest of the message in scratch and of its record's head. */
static __always_inline __u64 settled_digest(const struct scratch *s, const struct ds_secret *secret)
{
	__u64 sum = digest_word(digest_rest(s), secret->words[SECRET_REST]) +
		    digest_block(&s->record.seen, &secret->words[SECRET_RECORD]);

	for (__u32 at = 0; at < DS_MESSAGE_MAX && at < s->length; at += DIGEST_BLOCK)
		sum += digest_block(&s->message[at], &secret->words[at / 8]);
	return sum;
}

/* Where something may be settled under this key; both are NULL if nothing is. */
struct settled_sets {
	struct ds_settled_set *first, *second;
};

static __always_inline struct settled_sets settled_find(const struct ds_settled_where *where)
{
	__u32 zero = 0, hint = where->hint;
	const struct ds_hints *hints = bpf_map_lookup_elem(&settled_hints, &zero);

	barrier_var(hint); /* the compiler knows that it is in bounds; the verifier forgot */
	hint &= (1 << DS_HINT_BITS) - 1;
	if (!hints || !(hints->octets[hint >> 3] & 1 << (hint & 7)))
		return (struct settled_sets){NULL, NULL};
	return (struct settled_sets){
		bpf_map_lookup_elem(&settled, &where->sets[0]),
		bpf_map_lookup_elem(&settled, &where->sets[1]),
	};
}

/* Under which key the agent settles replies to this client. Who shares it by chance only takes turns with the other. */
static __always_inline __u64 settled_key(const struct ds_secret *secret, __u64 low, __u64 high, __u32 family)
{
	return digest_word(low, secret->words[SECRET_CLIENT]) + digest_word(high, secret->words[SECRET_CLIENT + 1]) +
	       digest_word(family, secret->words[SECRET_CLIENT + 2]);
}

/* No cache holds both sets of a large table: they are sent for, and on their way while the digest is made. */
static __always_inline void settled_touch(const struct ds_settled_where *where)
{
	struct settled_sets sets = settled_find(where);

	if (!sets.first || !sets.second)
		return;
	*(volatile __u64 *)&sets.first->places[0].key;
	*(volatile __u64 *)&sets.second->places[0].key;
}

/*
 * The agent may be writing there. It takes the key away first and gives it back last, and whatever is read in between
 * is no harm: what does not match comes up, and a digest that matches does so under the secret, whosever place it is
 * in. A time that is noted where an entry just left is at most another client's, who is there now.
 */
static __always_inline bool settled_in(struct ds_settled_set *set, __u64 key, __u64 digest)
{
#pragma unroll
	for (int i = 0; i < DS_SETTLED_PLACES; i++) {
		struct ds_settled *place = &set->places[i];
		if (place->key == key && (place->digests[0] == digest || place->digests[1] == digest)) {
			place->time = bpf_ktime_get_coarse_ns();
			return true;
		}
	}
	return false;
}

/*
 * Is the reply in scratch to this client, whose `client` is in two words, a repetition? Notes its time if it is; else
 * the record learns by what the agent can settle it. A global function: see dhcp4_walk.
 */
__noinline int settled_look(__u64 low, __u64 high, __u32 family)
{
	struct scratch *s = scratch_get();
	const struct ds_secret *secret = secret_get();

	if (!s || !secret)
		return false;
	s->record.settle_key = s->record.digest = 0;
	if (!(low | high)) /* DHCPv4 without hardware addresses (hlen 0): all such clients would have one place */
		return false;
	__u64 key = settled_key(secret, low, high, family);
	const struct ds_settled_where where = ds_settled_where(key, settled_sets);
	settled_touch(&where);
	__u64 digest = settled_digest(s, secret);
	struct settled_sets sets = settled_find(&where); /* kept, they'd be verified with each step of the digest */
	s->record.settle_key = key;
	s->record.digest = digest;
	return (sets.first && settled_in(sets.first, key, digest)) ||
	       (sets.second && settled_in(sets.second, key, digest));
}

static __always_inline bool settled_is(const struct ds_client_key *client)
{
	const __u64 *words = (const void *)client->client;

	return settled_look(words[0], words[1], client->family);
}

#endif
