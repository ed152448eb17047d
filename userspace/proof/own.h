/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses has a device? The kernel is asked about that device alone: a gateway may have thousands of them. */
#ifndef PROOF_OWN_H
#define PROOF_OWN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* One of them, without a port; link-local ones with their scope. Returns whether to go on. */
typedef bool own_fn(void *context, const struct sockaddr_storage *address);

/* Tells those of one family (AF_INET, AF_INET6), in the device's order. Returns 0 or -errno. */
int own_addresses(unsigned ifindex, int family, own_fn *tell, void *context);

#endif
