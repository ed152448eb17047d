/* SPDX-License-Identifier: BSD-2-Clause */
/* When does a binding end by itself? Unless its reply was repeated, which the kernel may have kept to itself. */
#include "base/clock.h"
#include "table/internal.h"

/* A binding that ends within a second is ended a second late, never early. */
static uint32_t due_second(uint64_t expires)
{
	uint64_t second = expires / NS_PER_SECOND + 1;

	return second < UINT32_MAX ? (uint32_t)second : UINT32_MAX - 1; /* in 136 years */
}

int binding_set_end(struct table *table, struct binding *binding, uint64_t expires)
{
	binding->expires = expires;
	if (expires == TABLE_NEVER) {
		wheel_cancel(&table->wheel, binding->timer);
		binding->timer = WHEEL_NONE;
		return 0;
	}
	if (binding->timer == WHEEL_NONE)
		return wheel_arm(&table->wheel, due_second(expires), binding->id, &binding->timer);
	wheel_move(&table->wheel, binding->timer, due_second(expires));
	return 0;
}

void table_ask_repeated(struct table *table, table_repeated_fn *repeated, void *context)
{
	table->repeated = repeated;
	table->repeated_context = context;
}

/* Each repetition grants the whole time anew. Returns whether the binding goes on. */
static bool go_on(struct table *table, struct binding *binding)
{
	uint64_t lifetime = binding->expires - binding->refreshed;
	uint64_t repeated = table->repeated ? table->repeated(table->repeated_context, binding) : 0;

	if (repeated <= binding->refreshed || due_second(repeated + lifetime) <= table->wheel.now)
		return false;
	binding->refreshed = repeated;
	return binding_set_end(table, binding, repeated + lifetime) == 0;
}

static void on_due(void *context, uint32_t owner)
{
	struct table *table = context;
	struct binding *binding = slots_get(&table->bindings.slots, owner);

	binding->timer = WHEEL_NONE;
	if (!go_on(table, binding))
		binding_end(table, binding, "expired");
}

uint64_t table_expire(struct table *table, uint64_t now)
{
	wheel_turn(&table->wheel, (uint32_t)(now / NS_PER_SECOND), on_due, table);

	uint32_t next = wheel_next(&table->wheel);
	return next == UINT32_MAX ? TABLE_NEVER : next * NS_PER_SECOND;
}
