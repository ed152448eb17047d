/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a DHCP message shown? The objects "record" and "offer" of replay. */
#ifndef SERVE_RECORD_H
#define SERVE_RECORD_H

#include <jansson.h>

#include "dhcp/message.h"

/* What the message says beside its offer. NULL when there is no memory. */
json_t *record_json(const struct dhcp_message *message);

/* Null when the message carries no DOTS option. NULL when there is no memory. */
json_t *offer_json(const struct offer *offer);

#endif
