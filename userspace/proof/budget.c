/* SPDX-License-Identifier: BSD-2-Clause */
/* A bucket for each port: full at first, and filled again evenly in an hour. */
#include "proof/budget.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define HOUR (3600 * NS_PER_SECOND)

/* More ports than that have peers only where names of ports come and go; they share the last one's budget. */
#define PORTS_MAX 4096

struct budget_port {
	char name[IF_NAMESIZE];
	double left;
	uint64_t at;
};

static struct budget_port *add(struct budget *budget, const char *name, uint64_t now)
{
	struct budget_port *ports;

	if (budget->count == PORTS_MAX)
		return &budget->ports[budget->count - 1];
	ports = realloc(budget->ports, (budget->count + 1) * sizeof *ports);
	if (!ports)
		return NULL;
	budget->ports = ports;
	ports[budget->count] = (struct budget_port){.left = budget->per_hour, .at = now};
	memcpy(ports[budget->count].name, name, IF_NAMESIZE);
	return &ports[budget->count++];
}

static struct budget_port *find(struct budget *budget, const char *name, uint64_t now)
{
	for (size_t i = 0; i < budget->count; i++)
		if (strncmp(budget->ports[i].name, name, IF_NAMESIZE) == 0)
			return &budget->ports[i];
	return add(budget, name, now);
}

bool budget_take(struct budget *budget, const char port[IF_NAMESIZE], uint64_t now)
{
	struct budget_port *found = find(budget, port, now);

	if (!found)
		return false;
	found->left += (double)(now - found->at) / HOUR * budget->per_hour;
	found->at = now;
	if (found->left > budget->per_hour)
		found->left = budget->per_hour;
	if (found->left < 1)
		return false;
	found->left--;
	return true;
}

void budget_clear(struct budget *budget)
{
	free(budget->ports);
	budget->ports = NULL;
	budget->count = 0;
}
