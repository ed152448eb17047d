/* SPDX-License-Identifier: BSD-2-Clause */
/* By which words is a protocol found? The walks' own; what others may ask is in walk.h. */
#ifndef DISCOVERY_PROTOCOL_H
#define DISCOVERY_PROTOCOL_H

#include "discovery/walk.h"

#define SERVICE_COUNT (SERVICE_CALL_HOME + 1)

struct protocol_terms {
	const char *label;           /* of DNS-SD: "_dots-signal" */
	const char *transport_label; /* "_udp" */
	uint16_t port;               /* where there is no SRV record */
	enum peer_channel channel;
};

/* The application service tags of S-NAPTR; its protocol tags are protocol_word's. */
extern const char *const service_tags[SERVICE_COUNT];

/* NULL: the service has no such protocol. */
const struct protocol_terms *protocol_terms(enum service service, enum protocol protocol);

#endif
