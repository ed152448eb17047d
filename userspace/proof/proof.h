/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be proven, and what was? A peer that is contacted by (D)TLS, and the outcome of that. */
#ifndef PROOF_PROOF_H
#define PROOF_PROOF_H

#include <net/if.h>
#include <openssl/ssl.h>

#include "proof/identity.h"
#include "table/table.h"

/* A peer as it is contacted. */
struct proof_target {
	struct address address;
	uint16_t port;
	enum peer_transport transport;
	enum peer_channel channel;
	/* Out of which device, and from an address of it; empty: wherever the routes lead. Results belong to the device
	 * they were learnt on (RFC 8973 8). */
	char device[IF_NAMESIZE];
	/* The port on which it was learnt, whose budget pays for a first contact (budget.h); it makes no other peer of
	 * it. */
	char learnt_on[IF_NAMESIZE];
	struct name name; /* reference identifier; length 0: the address */
};

#define PROOF_ALPN_SIZE 16

struct proof {
	enum proof_reason reason;
	char identity[IDENTITY_TEXT_SIZE]; /* of the certificate, which matched; empty: none did */
	char alpn[PROOF_ALPN_SIZE];        /* what the peer chose, printable; empty: nothing */
	/* String constants; NULL: there is none, or it did not come to that. */
	const char *detail; /* OpenSSL's or the system's own words, for people */
	const char *version, *cipher;
	bool resumed;      /* an earlier session was: its certificate was judged anew, not shown anew */
	bool asked_us;     /* the peer wanted a certificate of ours */
	uint64_t duration; /* ns */
	/* When the certificate of a peer that is proven expires: ns of CLOCK_BOOTTIME, as the clocks stood at the
	 * handshake; TABLE_NEVER in a century, and for all others. */
	uint64_t expires;
	time_t not_after; /* of the certificate, in seconds of wall time, for people; 0: none was seen */
	/* For the time of the callback alone, NULL where there is none: the certificates that the peer showed, its own
	 * first, believed or not; and a session to resume. */
	STACK_OF(X509) * chain;
	SSL_SESSION *session;
};

#endif
