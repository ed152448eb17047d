/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose peers are being discovered? A plan for each peerset of the table, from its first binding to its last. */
#include "discovery/discovery.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "discovery/plan.h"

void discovery_default(struct discovery_options *ret)
{
	*ret = (struct discovery_options){
		.method_count = METHOD_COUNT,
		.methods = {METHOD_EXPLICIT, METHOD_DHCP, METHOD_S_NAPTR, METHOD_DNS_SD},
		.dnssec = DNSSEC_PREFER,
	};
}

const char *attempt_state_word(enum attempt_state state)
{
	static const char *const words[] = {
#define X(id, word) [ATTEMPT_##id] = word,
		ATTEMPT_STATES(X)
#undef X
	};

	return words[state];
}

/* However many circuits learn new names at once: a gateway is no flood to its resolvers. */
#define QUERIES_PER_SECOND 5000

static struct resolver_options resolver_options_of(const struct discovery_options *options)
{
	return (struct resolver_options){.dnssec = options->dnssec, .per_second_max = QUERIES_PER_SECOND};
}

static void on_created(void *context, struct peerset *peerset)
{
	struct plan *plan = plan_new(context, peerset);

	if (!plan) {
		log_error("out-of-memory doing=\"starting a discovery\"");
		return;
	}
	peerset->discovery = plan;
	plan_turn(plan);
}

static void on_ended(void *context, struct peerset *peerset)
{
	(void)context;
	plan_free(peerset->discovery);
	peerset->discovery = NULL;
}

/* Timers are cancelled with what owns them: it is there. */
static void on_due(void *context, uint32_t owner)
{
	const struct discovery *discovery = context;
	const struct peerset *peerset = table_peerset(discovery->table, owner / METHOD_COUNT);
	struct plan *plan = peerset->discovery;

	attempt_due(&plan->attempts[owner % METHOD_COUNT]);
}

/* The same on this machine each time, another on the next: the draw among equal peers spreads over the machines. */
static uint64_t machine_seed(void)
{
	static const struct hash_key key = {0};
	char name[256] = "";

	gethostname(name, sizeof name - 1);
	return hash_bytes(&key, name, strlen(name));
}

int discovery_new(struct event_base *base, struct table *table, struct wheel *wheel,
		  const struct discovery_options *options, struct discovery **ret)
{
	struct discovery *discovery = calloc(1, sizeof *discovery);
	struct resolver_options resolver = resolver_options_of(options);

	if (!discovery)
		return -ENOMEM;
	discovery->base = base;
	discovery->table = table;
	discovery->wheel = wheel;
	discovery->options = *options;
	discovery->seed = machine_seed();
	int result = queue_open(discovery);
	if (!result)
		result = resolver_new(base, &resolver, &discovery->resolver);
	if (result) {
		discovery_free(discovery);
		return result;
	}
	discovery->observer = (struct table_observer){
		.peerset_created = on_created,
		.peerset_ended = on_ended,
		.context = discovery,
	};
	table_observe(table, &discovery->observer);
	wheel_on(wheel, WHEEL_ATTEMPT, on_due, discovery);
	*ret = discovery;
	return 0;
}

void discovery_free(struct discovery *discovery)
{
	if (!discovery)
		return;
	resolver_free(discovery->resolver);
	queue_close(discovery);
	free(discovery);
}

/* Each plan of which `port` is part; NULL: all. */
static void restart(struct discovery *discovery, const char *port)
{
	const struct peerset *peerset;

	for (uint32_t cursor = 0; (peerset = table_next_peerset(discovery->table, &cursor));)
		if (peerset->discovery && (!port || strcmp(peerset->key.port, port) == 0))
			plan_restart(peerset->discovery);
}

void discovery_configure(struct discovery *discovery, const struct discovery_options *options)
{
	struct resolver_options resolver = resolver_options_of(options);

	discovery->options = *options;
	resolver_configure(discovery->resolver, &resolver);
	restart(discovery, NULL);
}

void discovery_restart(struct discovery *discovery, const char *port)
{
	log_info("rediscovery port=%s why=\"another network is there\"", port);
	restart(discovery, port);
}

void discovery_repeat(struct discovery *discovery, struct peerset *peerset, const char *why)
{
	(void)discovery;
	log_info("rediscovery port=%s family=%u why=\"%s\"", peerset->key.port, peerset->key.family, why);
	if (peerset->discovery)
		plan_restart(peerset->discovery);
}

void discovery_report(const struct discovery *discovery, const struct peerset *peerset,
		      struct attempt_report ret[METHOD_COUNT])
{
	(void)discovery;
	memset(ret, 0, METHOD_COUNT * sizeof *ret);
	if (peerset->discovery)
		plan_report(peerset->discovery, ret);
}

const struct discovery_stats *discovery_stats(const struct discovery *discovery)
{
	return &discovery->stats;
}
