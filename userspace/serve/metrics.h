/* SPDX-License-Identifier: BSD-2-Clause */
/* What does Prometheus read? The text of /metrics (exposition format 0.0.4), from one table of metrics. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <event2/buffer.h>

#include "serve/snapshot.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

void metrics_write(struct evbuffer *out, const struct snapshot *snapshot);

#endif
