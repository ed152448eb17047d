/* SPDX-License-Identifier: BSD-2-Clause */
/* Who hears of a change? Every observer, in the order in which they came. */
#include "table/internal.h"

void table_observe(struct table *table, struct table_observer *observer)
{
	struct table_observer **link = &table->observers;

	while (*link)
		link = &(*link)->next;
	observer->next = NULL;
	*link = observer;
}

void table_unobserve(struct table *table, struct table_observer *observer)
{
	struct table_observer **link = &table->observers;

	while (*link && *link != observer)
		link = &(*link)->next;
	if (*link)
		*link = observer->next;
}

void tell_binding(struct table *table, enum binding_change change, const struct binding *binding, const char *why)
{
	table->stats.changes[change]++;
	for (const struct table_observer *o = table->observers; o; o = o->next)
		if (o->binding)
			o->binding(o->context, change, binding, why);
}

void tell_extended(const struct table *table, const struct binding *binding)
{
	for (const struct table_observer *o = table->observers; o; o = o->next)
		if (o->extended)
			o->extended(o->context, binding);
}

void tell_peerset_created(const struct table *table, struct peerset *peerset)
{
	for (const struct table_observer *o = table->observers; o; o = o->next)
		if (o->peerset_created)
			o->peerset_created(o->context, peerset);
}

void tell_peerset_changed(const struct table *table, struct peerset *peerset)
{
	for (const struct table_observer *o = table->observers; o; o = o->next)
		if (o->peerset_changed)
			o->peerset_changed(o->context, peerset);
}

void tell_peerset_ended(const struct table *table, struct peerset *peerset)
{
	for (const struct table_observer *o = table->observers; o; o = o->next)
		if (o->peerset_ended)
			o->peerset_ended(o->context, peerset);
}

void tell_peer_changed(const struct table *table, const struct peerset *peerset, const struct peer *peer)
{
	for (const struct table_observer *o = table->observers; o; o = o->next)
		if (o->peer_changed)
			o->peer_changed(o->context, peerset, peer);
}
