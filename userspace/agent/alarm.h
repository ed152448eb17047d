/* SPDX-License-Identifier: BSD-2-Clause */
/* When is the wheel turned? At the second at which something is due, and not before: a timer of CLOCK_BOOTTIME, which
 * goes on while the machine is suspended. */
#ifndef AGENT_ALARM_H
#define AGENT_ALARM_H

#include <event2/event.h>

#include "table/wheel.h"

/* Called after each turn. */
typedef void alarm_fn(void *context);

struct alarm_clock {
	struct wheel *wheel;
	struct event *event; /* NULL: not open */
	int timer;
	alarm_fn *turned;
	void *context;
};

/* The wheel outlives it. Returns 0 or -errno. One that was not opened, all zero, may be closed. */
int alarm_open(struct alarm_clock *alarm, struct event_base *base, struct wheel *wheel, alarm_fn *turned,
	       void *context);
void alarm_close(struct alarm_clock *alarm);

#endif
