/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From where is a peer contacted? From an address of the device on which it was learnt, and out of that device: another
 * way would be slow, and would tell the peer's operator of another network (RFC 8973 8).
 */
#ifndef PROOF_SOURCE_H
#define PROOF_SOURCE_H

#include "proof/proof.h"

/*
 * Opens a socket to the target, not blocking, which is the caller's: connected for UDP, connecting for TCP. Returns it;
 * or -EADDRNOTAVAIL when the device has no address of that family, and the other errors of bind and connect.
 */
int source_connect(const struct proof_target *target);

#endif
