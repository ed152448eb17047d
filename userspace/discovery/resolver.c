/* SPDX-License-Identifier: BSD-2-Clause */
#include "discovery/resolver.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

/* Requirements 8.2, 10: two tries of two seconds each. */
#define TIMEOUT_MS 2000
#define TRIES 2

/* Sockets that c-ares has open on one channel at a time: UDP and TCP for each server. */
#define SOCKETS_MAX ARES_GETSOCK_MAXNUM

struct channel {
	struct channel *next;
	struct resolver *resolver;
	struct resolver_set set;
	ares_channel ares;
	struct event *timer;
	struct event *sockets[SOCKETS_MAX];
};

struct resolver {
	struct event_base *base;
	struct channel *channels;
	bool ending; /* callbacks of cancelled questions stay silent */
};

struct question {
	struct resolver *resolver;
	char name[NAME_TEXT_SIZE];
	uint8_t family;
	uint64_t asked;         /* ns, CLOCK_BOOTTIME */
	question_done_fn *done; /* NULL: dropped */
	void *context;
};

/* When c-ares wants to look for timeouts next. */
static void set_timer(struct channel *channel)
{
	struct timeval wait;

	if (ares_timeout(channel->ares, NULL, &wait))
		evtimer_add(channel->timer, &wait);
	else
		evtimer_del(channel->timer);
}

static void on_socket(evutil_socket_t fd, short events, void *context)
{
	struct channel *channel = context;

	ares_process_fd(channel->ares, events & EV_READ ? fd : ARES_SOCKET_BAD,
			events & EV_WRITE ? fd : ARES_SOCKET_BAD);
	set_timer(channel);
}

static void on_timer(evutil_socket_t fd, short events, void *context)
{
	struct channel *channel = context;

	(void)fd;
	(void)events;
	ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	set_timer(channel);
}

/* The place of a socket's event, or a free one. */
static struct event **socket_place(struct channel *channel, ares_socket_t fd)
{
	struct event **place = NULL;

	for (int i = 0; i < SOCKETS_MAX; i++) {
		if (channel->sockets[i] && event_get_fd(channel->sockets[i]) == fd)
			return &channel->sockets[i];
		if (!channel->sockets[i] && !place)
			place = &channel->sockets[i];
	}
	return place;
}

static void on_socket_state(void *context, ares_socket_t fd, int readable, int writable)
{
	struct channel *channel = context;
	struct event **place = socket_place(channel, fd);
	short wanted = (short)((readable ? EV_READ : 0) | (writable ? EV_WRITE : 0));

	if (!place) {
		log_warning("resolver-sockets-exhausted max=%d", SOCKETS_MAX);
		return;
	}
	if (*place)
		event_free(*place);
	*place = NULL;
	if (!wanted)
		return;
	*place = event_new(channel->resolver->base, fd, (short)(wanted | EV_PERSIST), on_socket, channel);
	if (*place)
		event_add(*place, NULL);
}

static int set_servers(struct channel *channel)
{
	struct ares_addr_port_node nodes[MESSAGE_RESOLVERS_MAX] = {0};

	for (size_t i = 0; i < channel->set.count; i++) {
		const struct address *address = &channel->set.addresses[i];
		nodes[i].family = address->family == 4 ? AF_INET : AF_INET6;
		memcpy(&nodes[i].addr, address->bytes, address->family == 4 ? 4 : 16);
		nodes[i].next = i + 1 < channel->set.count ? &nodes[i + 1] : NULL;
	}
	return ares_set_servers_ports(channel->ares, nodes) == ARES_SUCCESS ? 0 : -EINVAL;
}

static void channel_free(struct channel *channel)
{
	if (channel->ares)
		ares_destroy(channel->ares);
	for (int i = 0; i < SOCKETS_MAX; i++)
		if (channel->sockets[i])
			event_free(channel->sockets[i]);
	if (channel->timer)
		event_free(channel->timer);
	free(channel);
}

static struct channel *channel_new(struct resolver *resolver, const struct resolver_set *set)
{
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = TIMEOUT_MS,
		.tries = TRIES,
		.lookups = (char *)"b", /* DNS alone, not the hosts file */
		.sock_state_cb = on_socket_state,
	};
	struct channel *channel = calloc(1, sizeof *channel);

	if (!channel)
		return NULL;
	options.sock_state_cb_data = channel;
	channel->resolver = resolver;
	channel->set = *set;
	channel->timer = evtimer_new(resolver->base, on_timer, channel);
	if (!channel->timer ||
	    ares_init_options(&channel->ares, &options,
			      ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
				      ARES_OPT_SOCK_STATE_CB) ||
	    set_servers(channel)) {
		channel_free(channel);
		return NULL;
	}
	channel->next = resolver->channels;
	resolver->channels = channel;
	return channel;
}

static struct channel *channel_for(struct resolver *resolver, const struct resolver_set *set)
{
	for (struct channel *channel = resolver->channels; channel; channel = channel->next)
		if (channel->set.count == set->count &&
		    memcmp(channel->set.addresses, set->addresses, set->count * sizeof *set->addresses) == 0)
			return channel;
	return channel_new(resolver, set);
}

/* c-ares' status of a question as ours. What is not listed is RESOLUTION_FAILED. */
static enum resolution_result result_of(int status)
{
	static const struct {
		int status;
		enum resolution_result result;
	} results[] = {
		{ARES_SUCCESS, RESOLUTION_FOUND},        {ARES_ENODATA, RESOLUTION_NODATA},
		{ARES_ENOTFOUND, RESOLUTION_NXDOMAIN},   {ARES_ESERVFAIL, RESOLUTION_SERVFAIL},
		{ARES_EREFUSED, RESOLUTION_REFUSED},     {ARES_ETIMEOUT, RESOLUTION_TIMEOUT},
		{ARES_ECONNREFUSED, RESOLUTION_TIMEOUT}, {ARES_EBADRESP, RESOLUTION_MALFORMED},
		{ARES_EFORMERR, RESOLUTION_MALFORMED},
	};

	for (size_t i = 0; i < sizeof results / sizeof results[0]; i++)
		if (results[i].status == status)
			return results[i].result;
	return RESOLUTION_FAILED;
}

static void on_answer(void *context, int status, int timeouts, unsigned char *bytes, int size)
{
	struct question *question = context;
	enum resolution_result result = result_of(status);
	struct answer answer = {0};

	(void)timeouts;
	if (question->done && !question->resolver->ending) {
		if (result == RESOLUTION_FOUND && answer_read((struct bytes){bytes, (size_t)size}, question->name,
							      question->family == 4 ? ns_t_a : ns_t_aaaa, &answer))
			result = RESOLUTION_MALFORMED;
		else if (result == RESOLUTION_FOUND && !answer.count)
			result = RESOLUTION_NODATA;
		question->done(question->context, result, &answer,
			       (double)(clock_boot() - question->asked) / NS_PER_SECOND);
	}
	free(question);
}

void resolver_ask(struct resolver *resolver, const struct resolver_set *set, const char *name, uint8_t family,
		  question_done_fn *done, void *context, struct question **ret)
{
	struct channel *channel = set->count ? channel_for(resolver, set) : NULL;
	struct question *question = channel ? calloc(1, sizeof *question) : NULL;
	char absolute[NAME_TEXT_SIZE + 1];

	*ret = NULL;
	if (!question) {
		done(context, set->count ? RESOLUTION_FAILED : RESOLUTION_NO_RESOLVER, &(struct answer){0}, 0);
		return;
	}
	*question = (struct question){
		.resolver = resolver, .family = family, .asked = clock_boot(), .done = done, .context = context};
	snprintf(question->name, sizeof question->name, "%s", name);
	snprintf(absolute, sizeof absolute, "%s.", question->name);
	*ret = question; /* before asking: the answer may be here before ares_query returns */
	ares_query(channel->ares, absolute, ns_c_in, family == 4 ? ns_t_a : ns_t_aaaa, on_answer, question);
	set_timer(channel);
}

void question_drop(struct question *question)
{
	question->done = NULL;
}

int resolver_new(struct event_base *base, struct resolver **ret)
{
	struct resolver *resolver = calloc(1, sizeof *resolver);

	if (!resolver)
		return -ENOMEM;
	if (ares_library_init(ARES_LIB_INIT_ALL)) {
		free(resolver);
		return -ENOMEM;
	}
	resolver->base = base;
	*ret = resolver;
	return 0;
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	resolver->ending = true;
	for (struct channel *channel = resolver->channels, *next; channel; channel = next) {
		next = channel->next;
		channel_free(channel);
	}
	ares_library_cleanup();
	free(resolver);
}
