/* SPDX-License-Identifier: BSD-2-Clause */
/* Who answers which request? One table of routes a door. */
#ifndef SERVE_ROUTES_H
#define SERVE_ROUTES_H

#include <event2/http.h>

#include "serve/serve.h"
#include "serve/stream.h"
#include "serve/watch.h"

/* What answers are made from. */
struct routes {
	struct event_base *base;
	struct serve_sources sources;
	struct watch *watch;
	struct streams streams;
};

/* Answer requests; `context` is struct routes. */
void routes_control(struct evhttp_request *request, void *context);
void routes_web(struct evhttp_request *request, void *context);

#endif
