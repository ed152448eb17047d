/* SPDX-License-Identifier: BSD-2-Clause */
/* Do others come to their turn while many steps are due, and is each of those taken once? */
#include "proof/steps.h"

#include <unistd.h>

#include "../unit.h"
#include "base/clock.h"

#define COUNT 20

struct scene {
	struct event_base *base;
	struct steps *steps;
	struct step all[COUNT];
	unsigned taken, taken_before_other;
	int ends[2];
};

static struct scene scene;

/* Longer than steps may be taken at a time. */
static void take_long(struct step *step, uint64_t waited)
{
	uint64_t end = clock_ns(CLOCK_MONOTONIC) + 2 * STEPS_AT_ONCE;

	assert_false(step->is_due);
	assert_true(waited >= scene.taken * STEPS_AT_ONCE * 2); /* for those before it */
	while (clock_ns(CLOCK_MONOTONIC) < end)
		continue;
	if (scene.taken++ == 0)
		assert_int_equal(write(scene.ends[1], "x", 1), 1); /* now somebody else has something to do */
}

static void on_other(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	(void)context;
	scene.taken_before_other = scene.taken;
}

static void set_up(void (*take)(struct step *step, uint64_t waited))
{
	scene = (struct scene){.base = event_base_new()};
	scene.steps = steps_new(scene.base);
	assert_int_equal(pipe(scene.ends), 0);
	for (size_t i = 0; i < COUNT; i++) {
		scene.all[i].take = take;
		steps_add(scene.steps, &scene.all[i]);
	}
}

static void tear_down(void)
{
	steps_free(scene.steps);
	event_base_free(scene.base);
	close(scene.ends[0]);
	close(scene.ends[1]);
}

static void test_others_come_between(void **state)
{
	(void)state;
	set_up(take_long);
	struct event *other = event_new(scene.base, scene.ends[0], EV_READ, on_other, NULL);
	event_add(other, NULL);
	steps_add(scene.steps, &scene.all[0]); /* is due already */
	event_base_dispatch(scene.base);
	assert_int_equal(scene.taken, COUNT);
	assert_int_equal(scene.taken_before_other, 1);
	event_free(other);
	tear_down();
}

/* Each takes away the one behind it, and the last one that is left asks for another turn, once. */
static void take_away(struct step *step, uint64_t waited)
{
	size_t at = (size_t)(step - scene.all);

	(void)waited;
	scene.taken++;
	if (at + 1 < COUNT)
		steps_remove(scene.steps, &scene.all[at + 1]);
	if (scene.taken == COUNT / 2)
		steps_add(scene.steps, step);
}

static void test_taken_away(void **state)
{
	(void)state;
	set_up(take_away);
	steps_remove(scene.steps, &scene.all[0]);
	steps_add(scene.steps, &scene.all[0]); /* is last now */
	event_base_dispatch(scene.base);
	assert_int_equal(scene.taken, COUNT / 2 + 2);
	tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_come_between),
		cmocka_unit_test(test_taken_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
