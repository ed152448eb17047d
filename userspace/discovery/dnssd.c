/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which instances does a service have, and in which order are they tried? DNS-SD (RFC 8973 7, RFC 6763 4; requirements
 * 8.7):
 *
 *   1  <service>.<domain> PTR names the instances: <one label>.<service>.<domain>, and that label holds any octets;
 *      others are of no service that was asked for
 *   2  the SRV records of each; TXT says nothing in DOTS, and is not asked for
 *   3  when all have answered, or failed: one order over all records, by priority, then by the draw of RFC 2782
 *   4  their addresses
 */
#include <errno.h>
#include <stdlib.h>

#include "discovery/srv.h"
#include "discovery/step.h"

int dnssd_service(const struct walk *walk, struct dns_name *ret)
{
	struct dns_name transport;

	if (dns_name_prepend(walk->terms->transport_label, &walk->options.domain, &transport) < 0)
		return -EINVAL;
	return dns_name_prepend(walk->terms->label, &transport, ret);
}

static bool is_instance_of(const struct dns_name *name, const struct dns_name *service)
{
	struct dns_name parent = {0};
	size_t label = 1U + name->wire[0];

	if (name->length <= label)
		return false;
	parent.length = (uint8_t)(name->length - label);
	memcpy(parent.wire, name->wire + label, parent.length);
	return dns_name_equal(&parent, service);
}

void dnssd_open_service(struct walk *walk, const struct step *step, const struct answer *answer)
{
	size_t instances = 0;

	for (size_t i = 0; i < answer->count && instances < WALK_INSTANCES_MAX; i++) {
		struct step instance = *step;

		if (!is_instance_of(&answer->names[i], &step->name)) {
			walk->stats.foreign_instances++;
			continue;
		}
		instance.kind = STEP_INSTANCE;
		instance.name = answer->names[i];
		walk_lead(walk, &instance);
		instances++;
	}
}

void dnssd_open_instance(struct walk *walk, const struct step *step, const struct answer *answer)
{
	const struct srv *srvs[ANSWER_RECORDS_MAX];
	size_t count = targets_usable(walk, answer, srvs);

	if (!walk->gathered)
		walk->gathered = calloc(WALK_RECORDS_MAX, sizeof *walk->gathered);
	if (!walk->gathered)
		return walk_fail(walk, RESOLUTION_FAILED, 0);
	for (size_t i = 0; i < count && walk->gathered_count < WALK_RECORDS_MAX; i++) {
		struct gathered *gathered = &walk->gathered[walk->gathered_count++];

		gathered->srv = *srvs[i];
		gathered->step = targets_step(step, srvs[i]);
		gathered->step.rank = srvs[i]->priority;
	}
}

void dnssd_leave(struct walk *walk)
{
	const struct srv *srvs[WALK_RECORDS_MAX];

	for (size_t i = 0; i < walk->gathered_count; i++)
		srvs[i] = &walk->gathered[i].srv;
	srv_order(srvs, walk->gathered_count, srv_seed(walk->options.seed, &walk->options.domain));
	for (size_t i = 0; i < walk->gathered_count; i++)
		walk_lead(walk, &((const struct gathered *)srvs[i])->step);
	walk->gathered_count = 0;
}
