/* SPDX-License-Identifier: BSD-2-Clause */
/* Out of which device is something asked that was learnt on a port? (RFC 8973 8: it is bound to where it was learnt) */
#ifndef DISCOVERY_DEVICE_H
#define DISCOVERY_DEVICE_H

#include <net/if.h>

/* The port itself; or the bridge or bond that it is a part of, since a part has no addresses. Zero-padded. */
void device_of(const char *port, char ret[IF_NAMESIZE]);

#endif
