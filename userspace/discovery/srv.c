/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 2782, "Weight", for the records of one priority:
 *
 *   1  shuffle them: it leaves open how equal ones are arranged, and with any fixed way the first is drawn too often
 *   2  those of weight 0 go to the front
 *   3  draw a number from 0 to the sum of the weights, both included
 *   4  the first record at which the running sum reaches it is next; and the same again with the others
 *
 * A resolver may turn its records around with each answer, so they are put in an order of their own before.
 */
#include "discovery/srv.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/text.h"

/* Length octets are 63 at most, no letters: the whole of a name can be folded. */
static int compare_names(const struct dns_name *a, const struct dns_name *b)
{
	for (size_t i = 0; i < a->length && i < b->length; i++) {
		if (text_lower(a->wire[i]) != text_lower(b->wire[i]))
			return text_lower(a->wire[i]) - text_lower(b->wire[i]);
	}
	return a->length - b->length;
}

static int compare(const void *left, const void *right)
{
	const struct srv *a = *(const struct srv *const *)left, *b = *(const struct srv *const *)right;

	if (a->priority != b->priority)
		return a->priority - b->priority;
	if (a->weight != b->weight)
		return a->weight - b->weight;
	if (a->port != b->port)
		return a->port - b->port;
	return compare_names(&a->target, &b->target);
}

uint64_t srv_seed(uint64_t seed, const struct dns_name *owner)
{
	const struct hash_key key = {seed, 0};
	uint8_t folded[DNS_NAME_MAX];

	for (size_t i = 0; i < owner->length; i++)
		folded[i] = text_lower(owner->wire[i]);
	return hash_bytes(&key, folded, owner->length);
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* From 0 to `most`, which is far below 2^32: the bias of the remainder is nothing. */
static size_t random_upto(uint64_t *state, uint64_t most)
{
	return (size_t)(random_next(state) % (most + 1));
}

static void swap(const struct srv **a, const struct srv **b)
{
	const struct srv *kept = *a;

	*a = *b;
	*b = kept;
}

/* Brings the next one, of records of one priority, to the front. */
static void draw(const struct srv *records[], size_t count, uint64_t *state)
{
	size_t zeros = 0, chosen = 0;
	uint64_t sum = 0, point, running;

	for (size_t i = count - 1; i > 0; i--)
		swap(&records[i], &records[random_upto(state, i)]);
	for (size_t i = 0; i < count; i++) {
		sum += records[i]->weight;
		if (records[i]->weight == 0)
			swap(&records[i], &records[zeros++]);
	}
	point = random_upto(state, sum);
	for (running = records[0]->weight; running < point; running += records[chosen]->weight)
		chosen++;
	swap(&records[0], &records[chosen]);
}

static size_t of_one_priority(const struct srv *records[], size_t count)
{
	size_t same = 1;

	while (same < count && records[same]->priority == records[0]->priority)
		same++;
	return same;
}

void srv_order(const struct srv *records[], size_t count, uint64_t seed)
{
	qsort(records, count, sizeof(const struct srv *), compare);
	for (size_t i = 0; i < count; i++)
		draw(records + i, of_one_priority(records + i, count - i), &seed);
}

bool srv_declined(const struct srv *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (dns_name_is_root(&records[i].target))
			return true;
	}
	return false;
}
