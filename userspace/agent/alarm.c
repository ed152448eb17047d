/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/alarm.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"

/* UINT32_MAX: never. Setting a timer of our own cannot fail. */
static void set(const struct alarm_clock *alarm, uint32_t second)
{
	const struct itimerspec at = {.it_value.tv_sec = second == UINT32_MAX ? 0 : second};

	timerfd_settime(alarm->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void on_sooner(void *context, uint32_t due)
{
	set(context, due);
}

static void on_time(evutil_socket_t fd, short events, void *context)
{
	struct alarm_clock *alarm = context;
	uint64_t times;

	(void)events;
	if (read(fd, &times, sizeof times) <= 0)
		return;
	set(alarm, wheel_turn(alarm->wheel, (uint32_t)(clock_boot() / NS_PER_SECOND)));
	alarm->turned(alarm->context);
}

int alarm_open(struct alarm_clock *alarm, struct event_base *base, struct wheel *wheel, alarm_fn *turned, void *context)
{
	alarm->wheel = wheel;
	alarm->turned = turned;
	alarm->context = context;
	alarm->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (alarm->timer < 0)
		return -errno;
	alarm->event = event_new(base, alarm->timer, EV_READ | EV_PERSIST, on_time, alarm);
	if (!alarm->event || event_add(alarm->event, NULL)) {
		if (alarm->event)
			event_free(alarm->event);
		alarm->event = NULL;
		close(alarm->timer);
		return -ENOMEM;
	}
	wheel_on_sooner(wheel, on_sooner, alarm);
	set(alarm, wheel_next(wheel));
	return 0;
}

void alarm_close(struct alarm_clock *alarm)
{
	if (!alarm->event)
		return;
	wheel_on_sooner(alarm->wheel, NULL, NULL);
	event_free(alarm->event);
	close(alarm->timer);
	alarm->event = NULL;
}
