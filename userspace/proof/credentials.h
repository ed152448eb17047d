/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom do we trust, who are we, and which (D)TLS do we speak? The profile is that of RFC 9132 7 and RFC 9325:
 * (D)TLS 1.2 and TLS 1.3, ECDHE with AEAD, 112 bits of security, no 0-RTT.
 */
#ifndef PROOF_CREDENTIALS_H
#define PROOF_CREDENTIALS_H

#include <openssl/ssl.h>

#include "table/table.h"

#define CREDENTIALS_CA_DEFAULT "/etc/ssl/certs/ca-certificates.crt"
#define CREDENTIALS_ERROR_SIZE 512

/* Paths of PEM files; NULL: none. */
struct credentials_options {
	const char *ca;          /* NULL: CREDENTIALS_CA_DEFAULT */
	const char *crl;         /* then a peer's certificate has to be covered by a revocation list in force */
	const char *certificate; /* ours, followed by its chain; shown to peers that ask */
	const char *key;         /* its private key; NULL: in the certificate's file */
};

struct credentials;

/*
 * Reads all files. Returns 0; or -errno, and in `error` one line that names the file and says what is wrong with it: a
 * private key that its group or others may read is refused (-EPERM). What a key file holds is never told.
 */
int credentials_new(const struct credentials_options *options, struct credentials **ret,
		    char error[CREDENTIALS_ERROR_SIZE]);

/* Those handed out by credentials_open stay valid. NULL: nothing. */
void credentials_free(struct credentials *credentials);

/* Do both hold the same authorities, revocation lists, and certificate of ours with its chain? In doubt: no. */
bool credentials_equal(const struct credentials *a, const struct credentials *b);

/* The client's end of a new connection, which is the caller's; NULL: out of memory. */
SSL *credentials_open(const struct credentials *credentials, enum peer_transport transport, enum peer_channel channel);

#endif
