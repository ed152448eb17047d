/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a frame changed without ruining it? What stands where in it, and the lengths that grow and shrink with it. */
#ifndef TESTS_FUZZ_FRAME_DRAFT_H
#define TESTS_FUZZ_FRAME_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A length of two octets: it counts what follows `from`. */
struct length {
	size_t at, from;
};

/* An option, head included. */
struct option {
	size_t at, size;
};

#define LENGTHS_MAX 16
#define OPTIONS_MAX 128

/* Offsets in the frame; 0: there is no such thing. */
struct layout {
	size_t type; /* of what stands behind the tags */
	size_t session;
	size_t ip;
	bool ip6;
	size_t upper; /* behind all IP headers */
	size_t udp;
	size_t message;
	size_t inner; /* the message within all relays' */
	size_t end;   /* of the options in it */
	struct length lengths[LENGTHS_MAX];
	size_t length_count;
	struct option options[OPTIONS_MAX]; /* relays' too */
	size_t option_count;
};

struct draft {
	uint8_t *frame;
	size_t size, max;
	struct layout layout;
};

/* Looks where everything is. insert and erase do. */
void draft_look(struct draft *draft);

/* Makes room of `size` zeros, or takes octets away; the lengths of what they stand in follow. False: it does not fit.
 */
bool draft_insert(struct draft *draft, size_t at, size_t size);
bool draft_erase(struct draft *draft, size_t at, size_t size);

/* Lengths that run past the frame end with it. */
void draft_clamp(struct draft *draft);

static inline void write16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

#endif
