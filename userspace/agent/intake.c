/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/intake.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "dhcp/circuit.h"

/* A port that has gone since is named by nothing but its number. */
static const char *port_name(const struct intake *intake, const struct ds_circuit *circuit)
{
	const char *name = fastpath_port_name(intake->fastpath, circuit->ifindex);

	return name ? name : "gone";
}

/*
 * While records wait, a newer one of the same client may be among them: what is settled then could silence the reply
 * that comes after that. So a record that has waited is not settled: its next repetition is.
 */
#define SETTLE_WITHIN (NS_PER_SECOND / 20)

/* What the table holds now may stay in the kernel; what it could not take, or nobody can place, has to come up again.
 */
static void settle(const struct intake *intake, const struct dhcp_message *message, int result)
{
	const struct ds_record *record = message->record;
	bool held = message->effect == MESSAGE_BINDS && (result == 0 || result == TABLE_AGAIN);
	bool placed = fastpath_port_name(intake->fastpath, record->seen.ifindex) &&
		      (!record->asked.ifindex || fastpath_port_name(intake->fastpath, record->asked.ifindex));
	bool calm = clock_boot() - record->time < SETTLE_WITHIN;

	if (held && placed && calm && fastpath_settle(intake->fastpath, record, result == TABLE_AGAIN) == 0)
		return;
	if (record->settle_key && result != TABLE_ASIDE)
		fastpath_unsettle(intake->fastpath, record->settle_key);
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
	if (update.left_key)
		fastpath_unsettle(intake->fastpath, update.left_key);
	settle(intake, &message, result);
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
