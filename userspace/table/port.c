/* SPDX-License-Identifier: BSD-2-Clause */
/* How many bindings has each port? Ports are as few as their names; one that was counted once stays. */
#include <errno.h>
#include <stdlib.h>

#include "table/internal.h"

int port_get(struct table *table, const char *name, uint32_t *ret)
{
	for (size_t i = 0; i < table->port_count; i++) {
		if (strncmp(table->ports[i].name, name, DS_PORT_NAME_SIZE) == 0) {
			*ret = (uint32_t)i;
			return 0;
		}
	}
	struct table_port *ports = reallocarray(table->ports, table->port_count + 1, sizeof *ports);
	if (!ports)
		return -ENOMEM;
	table->ports = ports;
	*ret = (uint32_t)table->port_count++;
	ports[*ret] = (struct table_port){0};
	strncpy(ports[*ret].name, name, DS_PORT_NAME_SIZE - 1);
	return 0;
}

const struct table_port *table_next_port(const struct table *table, uint32_t *cursor)
{
	return *cursor < table->port_count ? &table->ports[(*cursor)++] : NULL;
}
