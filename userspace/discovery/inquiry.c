/* SPDX-License-Identifier: BSD-2-Clause */
#include "discovery/inquiry.h"

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static void ask(struct inquiry *inquiry);

static unsigned resolver_of(const struct inquiry *inquiry)
{
	return (inquiry->first + inquiry->turn) % inquiry->place->count;
}

static void make_place(const struct inquiry *inquiry, unsigned resolver, struct channel_place *ret)
{
	const struct resolver_place *place = inquiry->place;

	memset(ret, 0, sizeof *ret); /* the padding too: places are compared as bytes */
	memcpy(ret->device, place->device, sizeof ret->device);
	ret->resolver.address = place->resolvers[resolver].address;
	ret->resolver.port = place->resolvers[resolver].port;
	ret->stream = inquiry->stream;
}

/* On to the next resolver, or the end. */
static void go_on(struct inquiry *inquiry)
{
	const unsigned turns = INQUIRY_ROUNDS * inquiry->place->count;

	inquiry->stream = false;
	do
		inquiry->turn++;
	while (inquiry->turn < turns && inquiry->erred & 1U << resolver_of(inquiry));
	if (inquiry->turn < turns)
		ask(inquiry);
	else
		inquiry->done(inquiry, &(struct answer){
					       .result = inquiry->fallback,
					       .type = inquiry->query.type,
					       .ttl = ANSWER_NO_SOA,
				       });
}

static bool is_final(enum resolution_result result)
{
	return result == RESOLUTION_FOUND || result == RESOLUTION_NXDOMAIN || result == RESOLUTION_NODATA ||
	       result == RESOLUTION_LOOP;
}

static void read_response(struct inquiry *inquiry, struct bytes response)
{
	struct dns_name name = {.length = (uint8_t)inquiry->query.name.size};
	struct answer answer;

	memcpy(name.wire, inquiry->query.name.data, inquiry->query.name.size);
	if (answer_read(response, &name, inquiry->query.type, &answer))
		answer = (struct answer){.result = RESOLUTION_FAILED};
	if (is_final(answer.result)) {
		inquiry->done(inquiry, &answer);
		return;
	}
	inquiry->erred |= (uint8_t)(1U << resolver_of(inquiry));
	inquiry->fallback = answer.result;
	go_on(inquiry);
}

static void on_end(struct query *query, enum query_end end, struct bytes response)
{
	struct inquiry *inquiry = container_of(query, struct inquiry, query);

	switch (end) {
	case QUERY_ANSWERED:
		read_response(inquiry, response);
		break;
	case QUERY_TRUNCATED:
		inquiry->stream = true;
		ask(inquiry);
		break;
	case QUERY_PLAIN:
		ask(inquiry);
		break;
	case QUERY_SILENT:
		if (inquiry->fallback == RESOLUTION_FAILED)
			inquiry->fallback = RESOLUTION_TIMEOUT;
		go_on(inquiry);
		break;
	case QUERY_UNSENT:
		go_on(inquiry);
		break;
	}
}

static void ask(struct inquiry *inquiry)
{
	struct channel_place place;

	make_place(inquiry, resolver_of(inquiry), &place);
	channels_ask(inquiry->channels, &place, &inquiry->query);
}

/* The first resolver that is not known to be silent; the first of all, if all are. */
static uint8_t first_of(const struct inquiry *inquiry)
{
	struct channel_place place;

	for (uint8_t i = 0; i < inquiry->place->count; i++) {
		make_place(inquiry, i, &place);
		if (!channels_silent(inquiry->channels, &place))
			return i;
	}
	return 0;
}

void inquiry_start(struct inquiry *inquiry, struct channels *channels, const struct resolver_place *place,
		   struct bytes name, uint16_t type, bool authenticated, inquiry_done_fn *done)
{
	*inquiry = (struct inquiry){
		.query = {.name = name, .type = type, .authenticated = authenticated, .done = on_end},
		.channels = channels,
		.place = place,
		.fallback = RESOLUTION_FAILED,
		.done = done,
	};
	if (place->count > 1)
		inquiry->first = first_of(inquiry);
	ask(inquiry);
}
