/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dotsnoopctl discover: which DOTS agents does a domain name lead to? Asked of the DNS, without an agent.
 *
 * For each address family:
 * 1. The methods are tried in RFC 8973 4's order, until one yields peers.
 * 2. Where nobody answers one method, nobody will answer the next: the family is given up.
 * 3. What was found becomes one JSON object a peer, which is printed, or shown as a row.
 * Last, what was tried in vain is told with its reason.
 */
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/columns.h"
#include "ctl/quest.h"
#include "ctl/show.h"
#include "discovery/search.h"
#include "serve/json.h"

/* Seconds after which people want to know what they are waiting for. */
#define PATIENCE 1.5

#define LINE_SIZE 1024
#define ATTEMPTS_MAX (QUEST_FAMILIES_MAX * QUEST_METHODS_MAX)

/* One family by one method, and how it ended. */
struct attempt {
	uint8_t family;
	enum walk_kind method;
	enum resolution_result result;
	uint32_t ttl; /* seconds */
};

struct discover {
	const struct quest *quest;
	struct event_base *base;
	struct resolver *resolver;
	struct event *patience;
	size_t attempt_count;
	struct attempt attempts[ATTEMPTS_MAX];
	json_t *peers; /* as they are printed, in order */
};

/* What each failure asks of whoever reads of it. */
static const char *const advice[RESOLUTION_RESULT_COUNT] = {
	[RESOLUTION_NXDOMAIN] = "a name on the way does not exist: check the spelling, or tell the domain's operator",
	[RESOLUTION_NODATA] =
		"the domain names no DOTS agent there; --method addresses tries the addresses of the name itself",
	[RESOLUTION_SERVFAIL] =
		"the resolver could not find out: try another with --resolver, or tell the domain's operator",
	[RESOLUTION_REFUSED] = "the resolver serves others: try another with --resolver",
	[RESOLUTION_TIMEOUT] = "the resolver did not answer: can it be reached? --resolver asks another",
	[RESOLUTION_MALFORMED] = "what came is no answer: try another resolver with --resolver",
	[RESOLUTION_LOOP] = "its records lead in a circle: tell the domain's operator",
	[RESOLUTION_BOGUS] =
		"the answer is not authenticated: it takes a signed domain and a validating resolver on this machine",
	[RESOLUTION_UNUSABLE] = "its records lead to no DOTS agent: tell the domain's operator",
	[RESOLUTION_LIMIT] = "its records lead too far: tell the domain's operator",
	[RESOLUTION_NO_RESOLVER] = "there is no resolver to ask: name one with --resolver",
	[RESOLUTION_NO_DOMAIN] = "this is no domain to ask for: a name of two labels or more is",
	[RESOLUTION_FAILED] = "it could not be asked: does a way lead to the resolver? --resolver asks another",
};

static int complain(const char *text)
{
	fprintf(stderr, "dotsnoopctl: discover: %s\n", text);
	return EXIT_FAILED;
}

/* --- One search --- */

static json_t *peer_json(const struct discover *discover, const struct candidate *candidate, enum walk_kind method)
{
	char name[DNS_TEXT_SIZE];

	return json_pack("{s:I, s:s, s:s, s:o, s:i, s:s, s:s, s:I, s:b}", "order",
			 (json_int_t)json_array_size(discover->peers) + 1, "channel",
			 peer_channel_word(protocol_channel(discover->quest->service, candidate->protocol)),
			 "transport", peer_transport_word(protocol_transport(candidate->protocol)), "address",
			 json_address(&candidate->address), "port", candidate->port, "name",
			 dns_name_text(&discover->quest->domain, name), "method", quest_method_word(method), "ttl",
			 (json_int_t)candidate->ttl, "authenticated", candidate->authenticated);
}

static void on_outcome(void *context, const struct search_outcome *outcome)
{
	struct discover *discover = context;
	struct attempt *attempt = &discover->attempts[discover->attempt_count - 1];

	attempt->result = outcome->result;
	attempt->ttl = outcome->ttl;
	for (size_t i = 0; i < outcome->count; i++)
		json_array_append_new(discover->peers, peer_json(discover, &outcome->candidates[i], attempt->method));
	event_base_loopbreak(discover->base);
}

static void on_impatience(evutil_socket_t fd, short events, void *context)
{
	const struct discover *discover = context;
	const struct attempt *attempt = &discover->attempts[discover->attempt_count - 1];
	char place[LINE_SIZE];

	(void)fd;
	(void)events;
	fprintf(stderr, "dotsnoopctl: discover: waiting for %s (%s over IPv%u, %d s at most)\n",
		quest_place_text(&discover->quest->place, place, sizeof place), quest_method_word(attempt->method),
		attempt->family, WALK_SECONDS_MAX);
}

static enum resolution_result try(struct discover *discover, uint8_t family, enum walk_kind method)
{
	const struct quest *quest = discover->quest;
	const struct timeval patience = {(time_t)PATIENCE, (suseconds_t)((PATIENCE - (time_t)PATIENCE) * 1e6)};
	const struct search_options options = {
		.kind = method,
		.service = quest->service,
		.family = family,
		.place = quest->place,
		.domain = quest->domain,
		.seed = (uint64_t)gethostid(), /* this machine chooses alike each time */
	};
	struct attempt *attempt = &discover->attempts[discover->attempt_count++];

	*attempt = (struct attempt){.family = family, .method = method, .result = RESOLUTION_FAILED};
	if (!search_start(discover->base, discover->resolver, &options, on_outcome, discover))
		return RESOLUTION_FAILED;
	event_add(discover->patience, &patience);
	event_base_dispatch(discover->base);
	event_del(discover->patience);
	return attempt->result;
}

/* Would the same resolvers say more to another question? */
static bool is_final(enum resolution_result result)
{
	return result == RESOLUTION_FOUND || result == RESOLUTION_TIMEOUT || result == RESOLUTION_REFUSED ||
	       result == RESOLUTION_NO_RESOLVER || result == RESOLUTION_NO_DOMAIN;
}

static void try_all(struct discover *discover)
{
	const struct quest *quest = discover->quest;

	for (size_t family = 0; family < quest->family_count; family++)
		for (size_t method = 0; method < quest->method_count; method++)
			if (is_final(try(discover, quest->families[family], quest->methods[method])))
				break;
}

/* --- What was found --- */

static const char *const heads[] = {
	" ORDER", "PEER              ", "NAME        ", "CHANNEL", "METHOD", " TTL", "AUTHENTICATED", NULL,
};

static void show_peers(const struct discover *discover)
{
	struct columns *columns = columns_new(stdout, heads, SHOW_LOOK_AHEAD);
	json_t *row;
	size_t i;

	json_array_foreach(discover->peers, i, row)
	{
		char order[SHOW_SIZE], peer[SHOW_SIZE], ttl[SHOW_SIZE];
		const char *const cells[] = {
			show_number(row, "order", order),
			show_peer(row, peer),
			show_text(row, "name"),
			show_text(row, "channel"),
			show_text(row, "method"),
			show_number(row, "ttl", ttl),
			json_is_true(json_object_get(row, "authenticated")) ? "yes" : "no",
		};
		columns_row(columns, cells);
	}
	columns_end(columns);
}

static void print_peers(const struct discover *discover)
{
	json_t *row;
	size_t i;

	json_array_foreach(discover->peers, i, row)
	{
		json_dumpf(row, stdout, JSON_STYLE);
		putchar('\n');
	}
}

/* --- What was not --- */

/* "IPv6: s-naptr nodata, dns-sd nxdomain; IPv4: s-naptr timeout" of the attempts that failed. */
static const char *failures(const struct discover *discover, char text[LINE_SIZE])
{
	uint8_t family = 0;
	size_t at = 0;

	*text = '\0';
	for (size_t i = 0; i < discover->attempt_count; i++) {
		const struct attempt *attempt = &discover->attempts[i];
		if (attempt->result == RESOLUTION_FOUND)
			continue;
		if (attempt->family != family)
			at += (size_t)snprintf(text + at, LINE_SIZE - at, "%sIPv%u: ", family ? "; " : "",
					       attempt->family);
		else
			at += (size_t)snprintf(text + at, LINE_SIZE - at, ", ");
		at += (size_t)snprintf(text + at, LINE_SIZE - at, "%s %s", quest_method_word(attempt->method),
				       resolution_result_word(attempt->result));
		family = attempt->family;
	}
	return text;
}

/* RESOLUTION_RESULTS goes from what says little to what says much. */
static enum resolution_result most_telling(const struct discover *discover)
{
	enum resolution_result telling = RESOLUTION_FOUND;

	for (size_t i = 0; i < discover->attempt_count; i++)
		if (discover->attempts[i].result > telling)
			telling = discover->attempts[i].result;
	return telling;
}

/* Seconds, or 0 where nobody knows. */
static uint32_t again_in(const struct discover *discover)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < discover->attempt_count; i++)
		if (discover->attempts[i].ttl < least)
			least = discover->attempts[i].ttl;
	return least;
}

static int complain_of_failure(const struct discover *discover)
{
	char name[DNS_TEXT_SIZE], tried[LINE_SIZE], again[64] = "", line[DNS_TEXT_SIZE + 2 * LINE_SIZE];
	enum resolution_result telling = most_telling(discover);
	uint32_t seconds = again_in(discover);

	if (seconds && telling != RESOLUTION_NO_DOMAIN)
		snprintf(again, sizeof again, "; asking again makes sense in %u s", seconds);
	snprintf(line, sizeof line, "%s: nothing found (%s): %s%s", dns_name_text(&discover->quest->domain, name),
		 failures(discover, tried), advice[telling], again);
	return complain(line);
}

static int tell(const struct discover *discover, bool json)
{
	char text[LINE_SIZE];

	if (!json_array_size(discover->peers))
		return complain_of_failure(discover);
	if (json) {
		print_peers(discover);
		return EXIT_DONE;
	}
	show_peers(discover);
	if (*failures(discover, text))
		printf("\nnothing by %s\n", text);
	return EXIT_DONE;
}

int discover_run(const struct request *request)
{
	struct discover discover = {0};
	char error[QUEST_ERROR_SIZE];
	struct quest quest;
	int status = EXIT_FAILED;

	if (quest_read(request, &quest, error)) {
		complain(error);
		return EXIT_USAGE;
	}
	const struct resolver_options options = {.dnssec = quest.dnssec};
	discover.quest = &quest;
	discover.peers = json_array();
	discover.base = event_base_new();
	discover.patience = discover.base ? evtimer_new(discover.base, on_impatience, &discover) : NULL;
	if (!discover.peers || !discover.patience || resolver_new(discover.base, &options, &discover.resolver)) {
		complain("no memory");
	} else {
		try_all(&discover);
		status = tell(&discover, request->value[OPTION_JSON]);
	}
	resolver_free(discover.resolver);
	if (discover.patience)
		event_free(discover.patience);
	if (discover.base)
		event_base_free(discover.base);
	json_decref(discover.peers);
	return status;
}
