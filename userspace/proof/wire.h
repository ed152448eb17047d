/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do bytes pass between OpenSSL and a socket? Through a BIO that remembers the error behind a failure, and that
 * takes no more of a peer than its share: whoever floods holds up neither the event loop nor the handshake's end.
 */
#ifndef PROOF_WIRE_H
#define PROOF_WIRE_H

#include <openssl/bio.h>
#include <stdbool.h>
#include <stddef.h>

/* Reads in one turn of the event loop, and octets in all: five times the largest chain that is taken. */
#define WIRE_READS_A_TURN 32
#define WIRE_SIZE_MAX 327680

/* ICMP errors are a hint that anybody can send: so many in a row are believed. */
#define WIRE_HINTS_MAX 3

struct wire {
	int fd; /* connected and not blocking; its owner closes it */
	bool datagram;
	bool ended;      /* the peer sends nothing more */
	bool flooded;    /* it sent more than WIRE_SIZE_MAX */
	int error;       /* errno of what failed for good, or 0 */
	size_t received; /* octets */
	unsigned hints;  /* ICMP errors since the last datagram */
	unsigned turn;   /* reads since wire_turn */
};

/* A new BIO over the wire, which stays the caller's and outlives it; NULL: out of memory. */
BIO *wire_bio(struct wire *wire);

/* A turn of the event loop begins: there may be more to read than the last one took. */
static inline void wire_turn(struct wire *wire)
{
	wire->turn = 0;
}

#endif
