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
	const struct intake *intake = context;
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
		.time = head->time,
	};

	result = table_update(intake->table, &update);
	if (result == -ENOSPC)
		log_warning("binding-refused circuit=%s meaning=\"limits.bindings is reached: new clients are not "
			    "watched\"",
			    circuit);
	else if (result)
		log_error("table-update-failed circuit=%s error=\"%s\"", circuit, strerror(-result));
}
