/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does it cost to discover a DOTS server by S-NAPTR? Called by scripts/bench with the names of rows, each of which
 * becomes one JSON object. Without a name nothing is measured: it tells, as TAP, whether each chain is gone to its end,
 * and nothing asked twice.
 *
 * A chain is what RFC 8973 6 has a client do: NAPTR of the domain, NAPTR of where that leads, SRV, AAAA. Knot answers
 * on another core. Each chain is of a domain of its own and each run begins with a resolver that knows nothing, so
 * there is no answer to share or to keep. dnsperf asks the same queries in turn with us, on our core: as many chains as
 * it could have gone is the floor.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/log.h"
#include "discovery/walk.h"
#include "knot.h"
#include "row.h"

#define RUNS 9
#define CHAINS 25000U
#define CHAINS_CHECKED 500U
#define AT_A_TIME 100U /* as dnsperf does without being told */

static const char row_name[] = "discovery.chains";

struct run {
	struct event_base *base;
	struct resolver *resolver;
	struct walk_options options;
	struct address prefix; /* of what the chains lead to */
	unsigned chains, started, ended, failed;
};

/* One after the other. */
struct chain {
	struct run *run;
	struct walk *walk;
	unsigned number;
};

/* --- One run --- */

static void start_chain(struct chain *chain);

static bool leads_there(const struct chain *chain, const struct candidate *candidate)
{
	struct address expected = chain->run->prefix;
	uint32_t number = htonl(chain->number);

	memcpy(expected.bytes + sizeof expected.bytes - sizeof number, &number, sizeof number);
	return candidate && candidate->port == KNOT_TARGET_PORT && address_equal(&candidate->address, &expected);
}

static void on_end(void *context, const struct candidate *candidate, enum resolution_result result, uint32_t ttl)
{
	struct chain *chain = context;
	struct run *run = chain->run;

	(void)ttl;
	if (!leads_there(chain, candidate) && run->failed++ == 0)
		fprintf(stderr, "d%u.example: %s\n", chain->number, resolution_result_word(result));
	walk_free(chain->walk);
	chain->walk = NULL;
	if (++run->ended == run->chains)
		event_base_loopbreak(run->base);
	else if (run->started < run->chains)
		start_chain(chain);
}

static void start_chain(struct chain *chain)
{
	struct run *run = chain->run;
	char domain[32];

	chain->number = run->started++;
	snprintf(domain, sizeof domain, "d%u.example", chain->number);
	if (dns_name_parse(domain, &run->options.domain) == 0)
		chain->walk = walk_new(run->base, run->resolver, &run->options);
	if (!chain->walk)
		abort(); /* out of memory */
	walk_next(chain->walk, on_end, chain);
}

static void go_chains(struct run *run)
{
	static struct chain chains[AT_A_TIME];

	for (size_t i = 0; i < AT_A_TIME && run->started < run->chains; i++) {
		chains[i] = (struct chain){.run = run};
		start_chain(&chains[i]);
	}
	event_base_dispatch(run->base);
}

/* --- Its books --- */

/* Datagrams that the kernel sent in our network: the server's are there too. */
static unsigned long datagrams(void)
{
	FILE *file = fopen("/proc/self/net/snmp", "r");
	unsigned long sent = 0;
	char line[256];

	while (file && fgets(line, sizeof line, file))
		sscanf(line, "Udp: %*u %*u %*u %lu", &sent);
	if (file)
		fclose(file);
	return sent;
}

static uint64_t questions(const struct resolver_stats *stats)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < RESOLUTION_RESULT_COUNT; i++)
		sum += stats->results[i];
	return sum;
}

/* Each chain went to its end with as many queries as it has links: each was sent once, and answered once. */
static bool books_agree(const struct run *run, unsigned long sent)
{
	const struct resolver_stats *stats = resolver_stats(run->resolver);
	uint64_t links = (uint64_t)run->chains * KNOT_CHAIN;

	if (run->ended == run->chains && run->failed == 0 && stats->results[RESOLUTION_FOUND] == links &&
	    questions(stats) == links && stats->kept == 0 && stats->shared == 0 && sent == 2 * links)
		return true;
	fprintf(stderr,
		"of %u chains %u ended and %u failed; %lu questions, %lu shared, %lu kept; %lu datagrams, not %lu\n",
		run->chains, run->ended, run->failed, (unsigned long)questions(stats), (unsigned long)stats->shared,
		(unsigned long)stats->kept, sent, (unsigned long)(2 * links));
	return false;
}

static bool open_run(struct run *run, unsigned chains)
{
	*run = (struct run){.base = event_base_new(), .chains = chains};
	run->options = (struct walk_options){
		.kind = WALK_S_NAPTR,
		.service = SERVICE_DOTS,
		.protocol = PROTOCOL_SIGNAL_UDP,
		.family = 6,
		.place = {.count = 1, .resolvers[0].port = KNOT_PORT},
	};
	return run->base && address_parse("127.0.0.1", &run->options.place.resolvers[0].address) &&
	       address_parse(KNOT_TARGET_PREFIX, &run->prefix) &&
	       resolver_new(run->base, &(struct resolver_options){0}, &run->resolver) == 0;
}

static void close_run(const struct run *run)
{
	resolver_free(run->resolver);
	if (run->base)
		event_base_free(run->base);
}

/* ns of so many chains. */
struct took {
	uint64_t time, cpu;
};

static bool go(unsigned chains, struct took *ret)
{
	struct run run;
	bool ok = open_run(&run, chains);

	if (ok) {
		unsigned long sent = datagrams();
		uint64_t began = clock_boot(), cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		go_chains(&run);
		*ret = (struct took){clock_boot() - began, clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu};
		ok = books_agree(&run, datagrams() - sent);
	}
	close_run(&run);
	return ok;
}

/* --- Measuring --- */

static int ascending(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

static double median(double values[RUNS])
{
	qsort(values, RUNS, sizeof *values, ascending);
	return values[RUNS / 2];
}

/* µs of CPU a chain, run by run. */
struct cpu {
	double ours[RUNS], dnsperf[RUNS];
};

static bool measure(struct row_runs *runs, struct cpu *cpu)
{
	struct dnsperf dnsperf;
	struct took took;

	for (runs->count = 0; runs->count < RUNS; runs->count++) {
		if (!knot_dnsperf(AT_A_TIME, &dnsperf) || !go(CHAINS, &took))
			return false;
		runs->floor[runs->count] = dnsperf.queries / KNOT_CHAIN;
		runs->value[runs->count] = CHAINS * 1e9 / (double)took.time;
		cpu->dnsperf[runs->count] = dnsperf.cpu * KNOT_CHAIN * 1e6;
		cpu->ours[runs->count] = (double)took.cpu / 1e3 / CHAINS;
	}
	return true;
}

static int bench(const char *row)
{
	struct row_runs runs;
	struct cpu cpu;
	char note[160];

	if (strcmp(row, row_name) != 0) {
		fprintf(stderr, "no such row: %s\n", row);
		return 2;
	}
	fprintf(stderr, "%s: %d runs of %u chains, each beside dnsperf\n", row, RUNS, CHAINS);
	if (!measure(&runs, &cpu))
		return EXIT_FAILURE;
	double ours = median(cpu.ours);
	snprintf(note, sizeof note,
		 "%d queries a chain, no failure; CPU a chain: %.1f us (%.0f a second), dnsperf %.1f us", KNOT_CHAIN,
		 ours, 1e6 / ours, median(cpu.dnsperf));
	row_print(row, "1/s", &runs, note);
	return EXIT_SUCCESS;
}

static int check(void)
{
	struct took took;
	bool ok = go(CHAINS_CHECKED, &took);

	printf("1..1\n%sok 1 - %s: each chain to its end, with %d queries\n", ok ? "" : "not ", row_name, KNOT_CHAIN);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
	struct knot knot;
	int status = EXIT_FAILURE;

	log_set_level(LOG_LEVEL_WARNING);
	if (knot_start(&knot, argc > 1 ? CHAINS : CHAINS_CHECKED))
		status = argc > 1 ? bench(argv[1]) : check();
	knot_stop(&knot);
	return status;
}
