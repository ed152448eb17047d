/* SPDX-License-Identifier: BSD-2-Clause */
/* Where do SRV records lead, and where their targets' addresses? (RFC 2782; requirements 8.3) */
#include "dhcp/discard.h"
#include "discovery/srv.h"
#include "discovery/step.h"

size_t targets_usable(struct walk *walk, const struct answer *answer, const struct srv *ret[])
{
	size_t count = 0;

	if (srv_declined(answer->srvs, answer->count)) {
		walk->stats.not_offered++;
		return 0;
	}
	for (size_t i = 0; i < answer->count; i++) {
		if (answer->srvs[i].port == 0)
			walk->stats.port_zero++;
		else
			ret[count++] = &answer->srvs[i];
	}
	return count;
}

struct step targets_step(const struct step *from, const struct srv *srv)
{
	struct step step = *from;

	step.kind = STEP_TARGET;
	step.name = srv->target;
	step.port = srv->port;
	return step;
}

void targets_open(struct walk *walk, const struct step *step, const struct answer *answer)
{
	const struct srv *srvs[ANSWER_RECORDS_MAX];
	size_t count = targets_usable(walk, answer, srvs);

	srv_order(srvs, count, srv_seed(walk->options.seed, &step->name));
	for (size_t i = 0; i < count; i++) {
		struct step target = targets_step(step, srvs[i]);
		walk_lead(walk, &target);
	}
}

/* In the order of the answer. An alias is none that a SRV record may name (RFC 2782, "Target"), yet it is followed. */
void addresses_open(struct walk *walk, const struct step *step, const struct answer *answer)
{
	enum discard_reason reason;

	if (step->kind == STEP_TARGET && answer->aliases)
		walk->stats.aliased_targets++;
	for (size_t i = 0; i < answer->count; i++) {
		struct step peer = *step;

		peer.kind = STEP_PEER;
		peer.address = answer->addresses[i];
		if (!discard_address(&peer.address, &reason))
			walk_lead(walk, &peer);
	}
}
