/* SPDX-License-Identifier: BSD-2-Clause */
/* What do a peer's certificates say, for people? Whatever they hold, only printable ASCII comes out. */
#ifndef CTL_CHAIN_H
#define CTL_CHAIN_H

#include <jansson.h>
#include <openssl/x509.h>

/* [{"subject","issuer","names","not_before","not_after"}], the peer's own first; empty for NULL. */
json_t *chain_json(const STACK_OF(X509) * chain);

#endif
