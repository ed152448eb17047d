/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/quest.h"

#include <errno.h>
#include <resolv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define DNS_PORT 53

/* What may stand behind an option. */
struct word {
	const char *word;
	int value;
};

static const struct word services[] = {{"dots", SERVICE_DOTS}, {"dots-call-home", SERVICE_CALL_HOME}, {0}};
static const struct word dnssec_modes[] = {
	{"prefer", DNSSEC_PREFER}, {"require", DNSSEC_REQUIRE}, {"off", DNSSEC_OFF}, {0}};
static const struct word families[] = {{"4", 4}, {"6", 6}, {0}};
static const struct word methods[] = {
	{"s-naptr", WALK_S_NAPTR}, {"dns-sd", WALK_DNS_SD}, {"addresses", WALK_ADDRESSES}, {0}};

static int refuse(char error[QUEST_ERROR_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(char error[QUEST_ERROR_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, QUEST_ERROR_SIZE, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

/* The value of an option; the first of the words where it was not given. */
static int read_word(const struct request *request, enum option_id id, const struct word *words, int *ret,
		     char error[QUEST_ERROR_SIZE])
{
	const char *value = request->value[id];

	for (const struct word *word = words; word->word; word++) {
		if (value && strcmp(value, word->word) != 0)
			continue;
		*ret = word->value;
		return 0;
	}
	return refuse(error, "no such choice: %.64s (discover --help names them)", value);
}

const char *quest_method_word(enum walk_kind method)
{
	for (const struct word *word = methods; word->word; word++)
		if (word->value == (int)method)
			return word->word;
	return "?";
}

/* --- The name --- */

static int read_domain(const char *text, struct dns_name *ret, char error[QUEST_ERROR_SIZE])
{
	for (const char *at = text; *at; at++)
		if (*at & 0x80)
			return refuse(error, "an internationalised name is asked for as xn--...");
	if (dns_name_parse(text, ret) || dns_name_is_root(ret))
		return refuse(error, "no domain name: %.64s", text);
	return 0;
}

/* --- Resolvers --- */

/* All resolvers of a place are reached through one device, or each through any. */
static bool place_add(struct resolver_place *place, const struct resolver_address *resolver, const char *device)
{
	if (place->count == RESOLVERS_MAX || (place->count && strcmp(place->device, device) != 0))
		return false;
	snprintf(place->device, sizeof place->device, "%s", device);
	place->resolvers[place->count++] = *resolver;
	return true;
}

/* Parts the text where the port begins: behind "]", or behind the one colon of an IPv4 address. Returns the port or
 * NULL. */
static char *part_port(char **host)
{
	char *colon = strchr(*host, ':');

	if (**host == '[') {
		char *end = strchr(*host, ']');
		if (!end)
			return NULL;
		*end = '\0';
		++*host;
		if (!end[1])
			return NULL;
		return end[1] == ':' ? end + 2 : end; /* else "", which is no port */
	}
	if (!colon || strchr(colon + 1, ':'))
		return NULL;
	*colon = '\0';
	return colon + 1;
}

static bool parse_port(const char *text, uint16_t *ret)
{
	unsigned long port;
	char *end;

	if (!text) {
		*ret = DNS_PORT;
		return true;
	}
	port = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !port || port > UINT16_MAX)
		return false;
	*ret = (uint16_t)port;
	return true;
}

static bool is_link_local(const struct address *address)
{
	return address->family == 6 && address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

int quest_add_resolver(const char *text, struct resolver_place *place, char error[QUEST_ERROR_SIZE])
{
	char copy[ADDRESS_TEXT_SIZE + IF_NAMESIZE + sizeof "[%]:65535"];
	struct resolver_address resolver = {0};
	char *host = copy, *port, *device;

	if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy)
		return refuse(error, "no resolver: %.64s", text);
	port = part_port(&host);
	device = strchr(host, '%');
	if (device)
		*device++ = '\0';
	if (!address_parse(host, &resolver.address) || !parse_port(port, &resolver.port))
		return refuse(error, "no resolver: %.64s (an address, with :PORT behind it where it is not 53)", text);
	if (is_link_local(&resolver.address) != (device && *device) || (device && strlen(device) >= IF_NAMESIZE))
		return refuse(error, "%.64s: link-local resolvers, and no others, have their %%DEVICE behind them",
			      text);
	if (!place_add(place, &resolver, device ? device : ""))
		return refuse(error, "%.64s: resolvers are reached through one device", text);
	return 0;
}

/* The system's own; those that do not fit beside the first are left out. */
static void add_system_resolvers(struct resolver_place *place)
{
	struct __res_state state = {0};

	if (res_ninit(&state))
		return;
	for (int i = 0; i < state.nscount; i++) {
		const struct sockaddr_in *in = &state.nsaddr_list[i];
		const struct sockaddr_in6 *in6 = in->sin_family ? NULL : state._u._ext.nsaddrs[i];
		struct resolver_address resolver = {.port = ntohs(in6 ? in6->sin6_port : in->sin_port)};
		char device[IF_NAMESIZE] = "";

		resolver.address = in6 ? address_of((struct bytes){in6->sin6_addr.s6_addr, 16})
				       : address_of((struct bytes){(const uint8_t *)&in->sin_addr, 4});
		if (in6 && in6->sin6_scope_id)
			if_indextoname(in6->sin6_scope_id, device);
		place_add(place, &resolver, device);
	}
	place->trusted = state.options & RES_TRUSTAD; /* resolv.conf(5): the administrator's word */
	res_nclose(&state);
}

static int read_place(const struct request *request, struct resolver_place *place, char error[QUEST_ERROR_SIZE])
{
	int result = 0;

	for (unsigned i = 0; i < request->resolver_count && !result; i++)
		result = quest_add_resolver(request->resolvers[i], place, error);
	if (!request->resolver_count)
		add_system_resolvers(place);
	return result;
}

static size_t resolver_text(const struct resolver_address *resolver, const char *device, char *text, size_t size)
{
	char address[ADDRESS_TEXT_SIZE], scope[IF_NAMESIZE + 1] = "";
	bool plain = resolver->port == DNS_PORT, v6 = resolver->address.family == 6;

	address_text(&resolver->address, address);
	if (*device)
		snprintf(scope, sizeof scope, "%%%.*s", IF_NAMESIZE - 1, device);
	if (plain)
		return (size_t)snprintf(text, size, "%s%s", address, scope);
	return (size_t)snprintf(text, size, "%s%s%s%s:%u", v6 ? "[" : "", address, scope, v6 ? "]" : "",
				resolver->port);
}

const char *quest_place_text(const struct resolver_place *place, char *text, size_t size)
{
	size_t at = 0;

	*text = '\0';
	for (uint8_t i = 0; i < place->count && at < size; i++) {
		at += (size_t)snprintf(text + at, size - at, "%s", i ? ", " : "");
		if (at < size)
			at += resolver_text(&place->resolvers[i], place->device, text + at, size - at);
	}
	return text;
}

/* --- All of it --- */

/* IPv6 first; S-NAPTR before DNS-SD (RFC 8973 4). Plain addresses are looked for where they are asked for: a domain
 * without records for DOTS has no DOTS agents (6). */
static int read_choices(const struct request *request, struct quest *quest, char error[QUEST_ERROR_SIZE])
{
	int service = 0, dnssec = 0, family = 0, method = 0;

	if (read_word(request, OPTION_SERVICE, services, &service, error) ||
	    read_word(request, OPTION_DNSSEC, dnssec_modes, &dnssec, error) ||
	    read_word(request, OPTION_FAMILY, families, &family, error) ||
	    read_word(request, OPTION_METHOD, methods, &method, error))
		return -EINVAL;
	quest->service = (enum service)service;
	quest->dnssec = (enum dnssec)dnssec;
	if (!request->value[OPTION_FAMILY])
		quest->families[quest->family_count++] = 6;
	quest->families[quest->family_count++] = (uint8_t)family;
	quest->methods[quest->method_count++] = (enum walk_kind)method;
	if (!request->value[OPTION_METHOD])
		quest->methods[quest->method_count++] = WALK_DNS_SD;
	return 0;
}

int quest_read(const struct request *request, struct quest *ret, char error[QUEST_ERROR_SIZE])
{
	struct quest quest = {0};

	if (read_domain(request->operand, &quest.domain, error) || read_choices(request, &quest, error) ||
	    read_place(request, &quest.place, error))
		return -EINVAL;
	*ret = quest;
	return 0;
}
