/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When does a binding end by itself? Unless its reply was repeated, which the kernel may have kept to itself.
 *
 * That is asked twice: when the client should have renewed (RFC 2131 4.4.5 and RFC 9915 14.2: after half of the time),
 * and at the end. So whoever keeps a copy of the binding hears of the renewal while a good part of the time is left.
 */
#include "base/clock.h"
#include "table/internal.h"

/* Shorter times than this (seconds) are looked at when they end alone. */
#define LOOK_MIN 60

/* A binding that ends within a second is ended a second late, never early. */
static uint32_t due_second(uint64_t expires)
{
	uint64_t second = expires / NS_PER_SECOND + 1;

	return second < UINT32_MAX ? (uint32_t)second : UINT32_MAX - 1; /* in 136 years */
}

static bool is_looked_at(const struct table *table, const struct binding *binding)
{
	return table->repeated && binding->settle_key && binding->lifetime >= LOOK_MIN;
}

/* A little after half of its time. */
static uint64_t look_at(const struct binding *binding)
{
	return binding->refreshed + binding->lifetime * NS_PER_SECOND / 8 * 5;
}

static int arm_at(struct table *table, struct binding *binding, uint64_t time)
{
	if (binding->timer != WHEEL_NONE) {
		wheel_move(table->wheel, binding->timer, due_second(time));
		return 0;
	}
	return wheel_arm(table->wheel, WHEEL_BINDING, binding->id, due_second(time), &binding->timer);
}

int binding_arm(struct table *table, struct binding *binding)
{
	if (binding->lifetime != LIFETIME_INFINITE)
		return arm_at(table, binding,
			      is_looked_at(table, binding) ? look_at(binding) : binding_expires(binding));
	wheel_cancel(table->wheel, binding->timer);
	binding->timer = WHEEL_NONE;
	return 0;
}

void table_ask_repeated(struct table *table, table_repeated_fn *repeated, void *context)
{
	table->repeated = repeated;
	table->repeated_context = context;
}

/* Each repetition grants the whole time anew. Returns whether there was one. */
static bool extend(struct table *table, struct binding *binding)
{
	uint64_t repeated = 0;

	if (table->repeated && binding->settle_key)
		repeated = table->repeated(table->repeated_context, binding->settle_key, binding->digest);
	if (repeated <= binding->refreshed)
		return false;
	binding->refreshed = repeated;
	tell_extended(table, binding);
	return true;
}

static bool is_over(const struct table *table, const struct binding *binding)
{
	return due_second(binding_expires(binding)) <= table->wheel->now;
}

static void on_due(void *context, uint32_t owner)
{
	struct table *table = context;
	struct binding *binding = binding_get(table, owner);

	binding->timer = WHEEL_NONE;
	bool extended = extend(table, binding);
	if (is_over(table, binding))
		binding_end(table, binding, "expired");
	else if (extended ? binding_arm(table, binding) : arm_at(table, binding, binding_expires(binding)))
		binding_end(table, binding, "out of memory");
}

void binding_extend(struct table *table, struct binding *binding)
{
	if (extend(table, binding))
		binding_arm(table, binding); /* it is armed: this only moves it */
}

void due_open(struct table *table)
{
	wheel_on(table->wheel, WHEEL_BINDING, on_due, table);
}

bool table_ask_all(struct table *table, uint32_t *cursor, size_t count)
{
	struct binding *binding;

	for (; count; count--) {
		binding = slots_next(&table->bindings.slots, cursor);
		if (!binding)
			return false;
		binding_extend(table, binding);
	}
	return true;
}
