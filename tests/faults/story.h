/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What are subscribers told, one message after the other, and how do they stand at the end? They come, renew what they
 * have, are told another offer or address, and the one before it again; they leave, are refused, and come back to what
 * they had; and somebody else gives back what is theirs, which is of no effect. The same seed tells the same story.
 */
#ifndef TESTS_FAULTS_STORY_H
#define TESTS_FAULTS_STORY_H

#include "message.h"

#define STORY_LEASE 86400 /* seconds; none ends while it is told */

struct subscriber {
	bool bound;       /* so the story ends */
	struct told told; /* what they have, or had last */
	uint64_t at;      /* when they were told that last, ns of CLOCK_BOOTTIME */
	uint64_t spoken;  /* when anything was last said of them */
};

struct story {
	uint32_t count; /* subscribers, known by the numbers from 1 on */
	struct subscriber *subscribers;
	uint32_t come; /* of them so far */
	uint32_t xid;  /* messages so far */
	uint64_t random;
};

void story_open(struct story *story, uint32_t count, uint64_t seed);
void story_close(struct story *story);

/* The next message; the subscriber stands as it says from now on. */
void story_next(struct story *story, struct packet *packet);

/* The ACK that tells this subscriber what they have anyway. */
void story_renew(struct story *story, uint32_t subscriber, struct packet *packet);

/* A subscriber that is not bound, or not yet, is told something. */
void story_bind(struct story *story, uint32_t subscriber, struct told told, struct packet *packet);

uint32_t story_bound(const struct story *story);

#endif
