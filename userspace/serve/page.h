/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a person with a browser see? The status page. */
#ifndef SERVE_PAGE_H
#define SERVE_PAGE_H

#include <event2/buffer.h>

#include "serve/snapshot.h"

#define PAGE_TYPE "text/html; charset=utf-8"

void page_write(struct evbuffer *out, const struct snapshot *snapshot);

#endif
