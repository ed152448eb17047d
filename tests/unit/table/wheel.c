/* SPDX-License-Identifier: BSD-2-Clause */
/* Is each timer due at its second, neither before nor after, however the wheel is turned? */
#include <stdbool.h>
#include <stdlib.h>

#include "../unit.h"
#include "table/wheel.h"

#define TIMERS 500

struct model {
	struct wheel wheel;
	uint32_t due[TIMERS]; /* 0: not armed */
	uint32_t timer[TIMERS];
	uint32_t turned_to;
	unsigned fired;
};

static void on_due(void *context, uint32_t owner)
{
	struct model *model = context;

	assert_int_not_equal(model->due[owner], 0);
	assert_true(model->due[owner] <= model->turned_to);
	assert_int_equal(model->due[owner], model->wheel.now);
	model->due[owner] = 0;
	model->fired++;
}

static void turn(struct model *model, uint32_t now)
{
	model->turned_to = now;
	wheel_turn(&model->wheel, now);
	assert_int_equal(model->wheel.now, now);
	for (unsigned i = 0; i < TIMERS; i++)
		assert_false(model->due[i] && model->due[i] <= now);
}

static uint32_t earliest(const struct model *model)
{
	uint32_t earliest = UINT32_MAX;

	for (unsigned i = 0; i < TIMERS; i++)
		if (model->due[i] && model->due[i] < earliest)
			earliest = model->due[i];
	return earliest;
}

static void test_nothing_armed(void **state)
{
	struct wheel wheel;

	(void)state;
	wheel_init(&wheel, 1000);
	assert_int_equal(wheel_next(&wheel), UINT32_MAX);
	wheel_turn(&wheel, 100000);
	assert_int_equal(wheel.now, 100000);
	wheel_free(&wheel);
}

static void test_past_is_due_next_second(void **state)
{
	struct model model = {0};

	(void)state;
	wheel_init(&model.wheel, 5000);
	wheel_on(&model.wheel, WHEEL_BINDING, on_due, &model);
	model.due[0] = 5001;
	assert_int_equal(wheel_arm(&model.wheel, WHEEL_BINDING, 0, 17, &model.timer[0]), 0);
	assert_int_equal(wheel_next(&model.wheel), 5001);
	turn(&model, 5001);
	assert_int_equal(model.fired, 1);
	wheel_free(&model.wheel);
}

/* Every distance that crosses a wheel's edge. */
static void test_edges(void **state)
{
	static const uint32_t distances[] = {1,     2,     255,   256,   257,      511,      512,      65535,
					     65536, 65537, 65792, 70000, 16777215, 16777216, 16777217, 200000000};

	(void)state;
	for (uint32_t start = 250; start < 70000; start += 9973) {
		for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++) {
			struct model model = {0};
			wheel_init(&model.wheel, start);
			wheel_on(&model.wheel, WHEEL_BINDING, on_due, &model);
			model.due[3] = start + distances[i];
			assert_int_equal(wheel_arm(&model.wheel, WHEEL_BINDING, 3, model.due[3], &model.timer[3]), 0);
			turn(&model, start + distances[i] - 1);
			assert_int_equal(model.fired, 0);
			turn(&model, start + distances[i]);
			assert_int_equal(model.fired, 1);
			wheel_free(&model.wheel);
		}
	}
}

static void test_against_a_model(void **state)
{
	struct model *model = calloc(1, sizeof *model);

	(void)state;
	srandom(7);
	wheel_init(&model->wheel, 123456);
	wheel_on(&model->wheel, WHEEL_BINDING, on_due, model);
	for (unsigned step = 0; step < 20000; step++) {
		uint32_t i = (uint32_t)random() % TIMERS;
		uint32_t due = model->wheel.now + 1 + (uint32_t)random() % (random() % 4 ? 600 : 200000);

		if (!model->due[i]) {
			assert_int_equal(wheel_arm(&model->wheel, WHEEL_BINDING, i, due, &model->timer[i]), 0);
			model->due[i] = due;
		} else if (random() % 3) {
			wheel_move(&model->wheel, model->timer[i], due);
			model->due[i] = due;
		} else {
			wheel_cancel(&model->wheel, model->timer[i]);
			model->due[i] = 0;
		}
		/* It may want to be turned before anything is due, but never sleeps over it. */
		assert_true(wheel_next(&model->wheel) <= earliest(model));
		assert_int_equal(wheel_next(&model->wheel) == UINT32_MAX, earliest(model) == UINT32_MAX);
		if (random() % 8 == 0)
			turn(model, model->wheel.now + (uint32_t)random() % (random() % 16 ? 40 : 5000));
	}
	assert_true(model->fired > 1000);
	wheel_free(&model->wheel);
	free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_armed),
		cmocka_unit_test(test_past_is_due_next_second),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_against_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
