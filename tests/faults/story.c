/* SPDX-License-Identifier: BSD-2-Clause */
#include "story.h"

#include <stdlib.h>

#include "base/clock.h"

/*
 * The same subscriber is not spoken of twice in this time (ns): what the kernel keeps to itself it notes by its coarse
 * clock, which may be a tick behind, and nobody can ask for an address and be given it in less.
 */
#define APART (20 * NS_PER_SECOND / 1000)

#define TRIES 64

void story_open(struct story *story, uint32_t count, uint64_t seed)
{
	*story = (struct story){
		.count = count,
		.subscribers = calloc(count + 1, sizeof *story->subscribers),
		.random = seed,
	};
	assert_non_null(story->subscribers);
}

void story_close(struct story *story)
{
	free(story->subscribers);
	story->subscribers = NULL;
}

/* splitmix64 */
static uint32_t draw(struct story *story, uint32_t limit)
{
	uint64_t z = story->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) >> 32) % limit;
}

/* --- What happens to one of them --- */

void story_bind(struct story *story, uint32_t number, struct told told, struct packet *packet)
{
	struct subscriber *subscriber = &story->subscribers[number];

	subscriber->bound = true;
	subscriber->told = told;
	subscriber->at = subscriber->spoken = clock_boot();
	message_ack(packet, number, ++story->xid, told);
}

void story_renew(struct story *story, uint32_t number, struct packet *packet)
{
	story_bind(story, number, story->subscribers[number].told, packet);
}

static void come(struct story *story, uint32_t number, struct packet *packet)
{
	story_bind(story, number, (struct told){.offer = (uint8_t)(number % 50), .lease = STORY_LEASE}, packet);
}

/* One of two, so that the one before comes back often. */
static void change_offer(struct story *story, uint32_t number, struct packet *packet)
{
	struct told told = story->subscribers[number].told;

	told.offer = (uint8_t)((told.offer + 50) % MESSAGE_OFFERS);
	story_bind(story, number, told, packet);
}

static void change_address(struct story *story, uint32_t number, struct packet *packet)
{
	struct told told = story->subscribers[number].told;

	told.address ^= 1;
	story_bind(story, number, told, packet);
}

static void refuse(struct story *story, uint32_t number, struct packet *packet)
{
	story->subscribers[number].bound = false;
	message_nak(packet, number, ++story->xid);
}

static void leave(struct story *story, uint32_t number, struct packet *packet)
{
	story->subscribers[number].bound = false;
	message_release(packet, number, ++story->xid, story->subscribers[number].told, number);
}

static void forge(struct story *story, uint32_t number, struct packet *packet)
{
	message_release(packet, number, ++story->xid, story->subscribers[number].told, number + 1);
}

/* --- Whose turn it is --- */

/* Of a hundred messages to those who are bound. Whoever is not comes back. */
static const struct {
	unsigned share;
	void (*happen)(struct story *story, uint32_t number, struct packet *packet);
} events[] = {
	{50, story_renew}, {20, change_offer}, {8, change_address}, {9, refuse}, {9, leave}, {4, forge},
};

static void happen(struct story *story, uint32_t number, struct packet *packet)
{
	unsigned drawn = draw(story, 100), i = 0;

	for (; drawn >= events[i].share; i++)
		drawn -= events[i].share;
	if (story->subscribers[number].bound)
		events[i].happen(story, number, packet);
	else
		(drawn % 3 ? story_renew : change_offer)(story, number, packet);
	story->subscribers[number].spoken = clock_boot();
}

/* Somebody of whom nothing was said for a while; 0: there is nobody. */
static uint32_t pick(struct story *story)
{
	uint64_t now = clock_boot();

	for (unsigned i = 0; story->come && i < TRIES; i++) {
		uint32_t number = 1 + draw(story, story->come);
		if (now - story->subscribers[number].spoken >= APART)
			return number;
	}
	return 0;
}

void story_next(struct story *story, struct packet *packet)
{
	bool new = story->come < story->count &&draw(story, 4) == 0;
	uint32_t number = new ? 0 : pick(story);

	if (number)
		happen(story, number, packet);
	else if (story->come < story->count)
		come(story, ++story->come, packet);
	else
		story_renew(story, 1 + draw(story, story->count), packet);
}

uint32_t story_bound(const struct story *story)
{
	uint32_t bound = 0;

	for (uint32_t number = 1; number <= story->count; number++)
		bound += story->subscribers[number].bound;
	return bound;
}
