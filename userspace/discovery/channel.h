/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does one query get to one resolver, and its response back? Through a c-ares channel for each (device, resolver,
 * UDP or TCP), opened when the first query needs it and closed when none has come for a while. c-ares matches
 * responses to queries by id and question, frames TCP, and tells when nothing came; whom to ask next is inquiry.h's.
 */
#ifndef DISCOVERY_CHANNEL_H
#define DISCOVERY_CHANNEL_H

#include <event2/event.h>
#include <sys/queue.h>

#include "discovery/resolver.h"

#define QUERY_TIMEOUT_MS 2000 /* requirements 8.2, 10 */
#define QUERY_UDP_SIZE 1232   /* octets of a response by UDP that cross any path in one piece (8.9) */

/* How a query ended. */
enum query_end {
	QUERY_ANSWERED,  /* whatever the response says */
	QUERY_TRUNCATED, /* TC: there is more by TCP */
	QUERY_PLAIN,     /* the resolver knows no EDNS: it will be asked without, if it is asked again */
	QUERY_SILENT,    /* no response, or refused by its host */
	QUERY_UNSENT,    /* no socket, or none on that device */
};

struct query;

/* `response` is valid during the call. Called inside of c-ares: channels_free must not be called from it. */
typedef void query_done_fn(struct query *query, enum query_end end, struct bytes response);

/* What is asked: a part of who asks, who lets it be until it ends. */
struct query {
	struct bytes name; /* wire format */
	uint16_t type;
	bool authenticated; /* set AD in the query */
	query_done_fn *done;

	TAILQ_ENTRY(query) others; /* of the channel */
	struct channel *channel;
	bool edns;
};

/* Who is asked, and how. Channels of equal places are one. Zero-padded, for its hash. */
struct channel_place {
	char device[IF_NAMESIZE];
	struct resolver_address resolver;
	uint8_t stream; /* TCP */
	uint8_t unused;
};

static inline bool resolver_address_equal(const struct resolver_address *a, const struct resolver_address *b)
{
	return address_equal(&a->address, &b->address) && a->port == b->port;
}

struct channels;

int channels_new(struct event_base *base, struct channels **ret);

/* Queries on their way end without a word. */
void channels_free(struct channels *channels);

/* Asks. `done` is called exactly once, perhaps before this returns. */
void channels_ask(struct channels *channels, const struct channel_place *place, struct query *query);

/* Has that resolver left the last query unanswered, a short time ago? */
bool channels_silent(struct channels *channels, const struct channel_place *place);

#endif
