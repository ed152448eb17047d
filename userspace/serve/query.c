/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a query ask for? */
#include "serve/query.h"

#include <errno.h>
#include <stdio.h>
#include <sys/queue.h>

static bool read_circuit(const char *value, struct listing_filter *filter)
{
	filter->circuit = value;
	return *value;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hex, with or without ':' or '-' between the octets. */
static bool read_client(const char *value, struct listing_filter *filter)
{
	size_t length = 0;

	while (*value) {
		int high = hex_digit(value[0]), low = high < 0 ? -1 : hex_digit(value[1]);
		if (low < 0 || length == sizeof filter->client)
			return false;
		filter->client[length++] = (uint8_t)(high << 4 | low);
		value += 2;
		if ((*value == ':' || *value == '-') && value[1])
			value++;
	}
	filter->by_client = true;
	filter->client_length = length;
	return length;
}

/* An address is the prefix that covers nothing else. A list is asked for one of them. */
static bool read_prefix(const char *value, struct listing_filter *filter)
{
	if (filter->by_prefix)
		return false;
	filter->by_prefix = prefix_parse(value, &filter->prefix);
	return filter->by_prefix;
}

static bool read_address(const char *value, struct listing_filter *filter)
{
	return !strchr(value, '/') && read_prefix(value, filter);
}

/* A circuit; or a client, or an address, if it can be one. */
static bool read_who(const char *value, struct listing_filter *filter)
{
	filter->either = true;
	if (!read_client(value, filter))
		filter->by_client = false;
	read_address(value, filter);
	return read_circuit(value, filter);
}

static bool read_family(const char *value, struct listing_filter *filter)
{
	filter->family = (uint8_t)(*value - '0');
	return strcmp(value, "4") == 0 || strcmp(value, "6") == 0;
}

static bool read_state(const char *value, struct listing_filter *filter)
{
	filter->by_state = true;
	for (filter->state = 0; filter->state < PEER_STATE_COUNT; filter->state++)
		if (strcmp(value, peer_state_word(filter->state)) == 0)
			return true;
	return false;
}

#define X(id, word) " " word
static const struct parameter {
	enum query_parameter parameter;
	const char *name;
	bool (*read)(const char *value, struct listing_filter *filter);
	const char *expected;
} parameters[] = {
	{QUERY_CIRCUIT, "circuit", read_circuit, "the name of a circuit"},
	{QUERY_CLIENT, "client", read_client, "a hardware address, client identifier or DUID in hex"},
	{QUERY_ADDRESS, "address", read_address, "an IP address, and no prefix beside it"},
	{QUERY_PREFIX, "prefix", read_prefix, "a prefix such as 2001:db8::/48, and no address beside it"},
	{QUERY_WHO, "who", read_who, "a circuit, a client or an address"},
	{QUERY_FAMILY, "family", read_family, "4 or 6"},
	{QUERY_STATE, "state", read_state, "one of:" PEER_STATES(X)},
};
#undef X

static const struct parameter *find(const char *name, unsigned known)
{
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
		if (known & parameters[i].parameter && strcmp(name, parameters[i].name) == 0)
			return &parameters[i];
	return NULL;
}

int query_read(const struct evkeyvalq *query, unsigned known, struct listing_filter *ret, char error[QUERY_ERROR_SIZE])
{
	struct listing_filter filter = {0};
	const struct evkeyval *pair;

	TAILQ_FOREACH(pair, query, next)
	{
		const struct parameter *parameter = find(pair->key, known);
		if (!parameter) {
			snprintf(error, QUERY_ERROR_SIZE, "no such parameter here, or given twice: %.32s", pair->key);
			return -EINVAL;
		}
		known &= ~(unsigned)parameter->parameter;
		if (!parameter->read(pair->value, &filter)) {
			snprintf(error, QUERY_ERROR_SIZE, "%s: expected %s", parameter->name, parameter->expected);
			return -EINVAL;
		}
	}
	*ret = filter;
	return 0;
}
