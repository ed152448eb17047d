/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/intake.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "dhcp/circuit.h"

/* A port that has gone since is named by nothing but its number. */
static const char *port_name(const struct intake *intake, const struct ds_circuit *circuit)
{
	const char *name = fastpath_port_name(intake->fastpath, circuit->ifindex);

	return name ? name : "gone";
}

void intake_record(void *context, struct bytes record)
{
	static struct dhcp_message message; /* too large for the stack; the agent has one thread */
	struct intake *intake = context;
	char circuit[CIRCUIT_TEXT_SIZE];
	int result = message_decode(record, &message);

	if (result) {
		log_error("record-refused size=%zu error=\"%s\"", record.size, strerror(-result));
		return;
	}
	const struct ds_record *head = message.record;
	const char *seen = port_name(intake, &head->seen);
	const char *asked = head->asked.ifindex ? port_name(intake, &head->asked) : NULL;
	struct table_update update = {
		.message = &message,
		.circuit = circuit,
		.located = circuit_of(&message, asked, seen, circuit),
		.port = seen,
		.access = asked ? asked : seen,
		.frozen = intake->frozen,
		.time = head->time,
	};

	result = table_update(intake->table, &update);
	if (result >= 0 && message.effect == MESSAGE_BINDS)
		fastpath_settle(intake->fastpath, head, result == TABLE_AGAIN); /* if it cannot: it comes up again */
	if (result == -ENOSPC)
		log_warning("binding-refused circuit=%s meaning=\"limits.bindings is reached: new clients are not "
			    "watched\"",
			    circuit);
	else if (result < 0)
		log_error("table-update-failed circuit=%s error=\"%s\"", circuit, strerror(-result));
}

static uint64_t on_due(void *context, const struct binding *binding)
{
	const struct intake *intake = context;

	return binding->settle_key ? fastpath_repeated(intake->fastpath, binding->settle_key, binding->digest) : 0;
}

static void on_change(void *context, enum binding_change change, const struct binding *binding, const char *why)
{
	const struct intake *intake = context;

	(void)why;
	if (change == BINDING_ENDED && binding->settle_key)
		fastpath_unsettle(intake->fastpath, binding->settle_key);
}

void intake_open(struct intake *intake, struct fastpath *fastpath, struct table *table)
{
	*intake = (struct intake){
		.fastpath = fastpath, .table = table, .observer = {.binding = on_change, .context = intake}};
	fastpath_unsettle_all(fastpath); /* what an earlier agent held, this one has to hear again */
	table_observe(table, &intake->observer);
	table_ask_repeated(table, on_due, intake);
}

void intake_close(struct intake *intake)
{
	if (intake->table)
		table_unobserve(intake->table, &intake->observer);
}
