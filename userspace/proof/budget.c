/* SPDX-License-Identifier: BSD-2-Clause */
/* A bucket for each device: full at first, and filled again evenly in an hour. */
#include "proof/budget.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define HOUR (3600 * NS_PER_SECOND)

/* More devices than that have peers only where names of devices come and go; they share the last one's budget. */
#define DEVICES_MAX 4096

struct budget_device {
	char name[IF_NAMESIZE];
	double left;
	uint64_t at;
};

static struct budget_device *add(struct budget *budget, const char *name, uint64_t now)
{
	struct budget_device *devices;

	if (budget->count == DEVICES_MAX)
		return &budget->devices[budget->count - 1];
	devices = realloc(budget->devices, (budget->count + 1) * sizeof *devices);
	if (!devices)
		return NULL;
	budget->devices = devices;
	devices[budget->count] = (struct budget_device){.left = budget->per_hour, .at = now};
	memcpy(devices[budget->count].name, name, IF_NAMESIZE);
	return &devices[budget->count++];
}

static struct budget_device *find(struct budget *budget, const char *name, uint64_t now)
{
	for (size_t i = 0; i < budget->count; i++)
		if (strncmp(budget->devices[i].name, name, IF_NAMESIZE) == 0)
			return &budget->devices[i];
	return add(budget, name, now);
}

bool budget_take(struct budget *budget, const char device[IF_NAMESIZE], uint64_t now)
{
	struct budget_device *found = find(budget, device, now);

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
	free(budget->devices);
	budget->devices = NULL;
	budget->count = 0;
}
