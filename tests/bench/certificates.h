/* SPDX-License-Identifier: BSD-2-Clause */
/* By what are peers proven? By certificates that openssl makes for each run. */
#ifndef TESTS_BENCH_CERTIFICATES_H
#define TESTS_BENCH_CERTIFICATES_H

#include <stdbool.h>

#define CERTIFICATES_NAME "dots.example.net" /* the DNS-ID */

/* An authority and a server of its, with ECDSA P-256: ca.pem, peer.pem, peer.key in that folder. Says what is wrong on
 * standard error if it returns false. */
bool certificates_make(const char *folder);

#endif
