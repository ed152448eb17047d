/* SPDX-License-Identifier: BSD-2-Clause */
/* How does the agent stand? The object of /v1/status, and one object a port of /v1/ports. */
#ifndef SERVE_STATUS_H
#define SERVE_STATUS_H

#include <jansson.h>

#include "serve/snapshot.h"

/* NULL when there is no memory. */
json_t *status_json(const struct snapshot *snapshot);
json_t *port_json(const struct snapshot_port *port);

/* The words of roles and modes. */
const char *role_word(enum ds_role role);
const char *mode_word(enum ds_mode mode);

#endif
