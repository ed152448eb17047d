/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dotsnoopctl prove: is a DOTS agent who it should be? Asked of the agent itself, without dotsnoopd.
 *
 * 1. A name's addresses are looked up as this machine looks up any; an address is its own.
 * 2. Each address by each transport is a candidate; the first that proves to be the peer wins (proof/race.h).
 * 3. Each candidate becomes a JSON object, which is printed, or told in words.
 */
#include <errno.h>
#include <jansson.h>
#include <netdb.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "ctl/chain.h"
#include "ctl/command.h"
#include "ctl/show.h"
#include "proof/race.h"
#include "serve/json.h"

#define PORT_DEFAULT 4646
#define LINE_SIZE 1024

struct prove {
	const struct request *request;
	struct event_base *base;
	struct proof_target pattern; /* what all candidates have in common */
	size_t count;
	struct proof_target targets[RACE_MAX];
	json_t *rows; /* the winner, or those that failed, in the order in which they did */
	bool proven;
};

static int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int complain(int status, const char *format, ...)
{
	va_list arguments;

	fputs("dotsnoopctl: prove: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return status;
}

/* --- What is to be proven --- */

static bool read_port(const char *text, uint16_t *ret)
{
	unsigned long port;
	char *end;

	*ret = PORT_DEFAULT;
	if (!text)
		return true;
	port = strtoul(text, &end, 10);
	*ret = (uint16_t)port;
	return *text >= '0' && *text <= '9' && !*end && port && port <= UINT16_MAX;
}

static bool is_transport(const char *text)
{
	for (enum peer_transport transport = 0; transport < TRANSPORT_COUNT; transport++)
		if (strcmp(text, peer_transport_word(transport)) == 0)
			return true;
	return false;
}

/* What the certificate has to carry: the name given, or the operand, unless that is an address. */
static int read_identity(struct prove *prove)
{
	const char *given = prove->request->value[OPTION_NAME], *text = given ? given : prove->request->operand;
	struct identity identity;
	struct address address;

	if (!given && address_parse(text, &address))
		return EXIT_DONE;
	if (identity_of_name((struct bytes){(const uint8_t *)text, strlen(text)}, &identity) < 0)
		return complain(EXIT_USAGE, "no name that a certificate could carry: %.64s", text);
	prove->pattern.name = identity.name;
	return EXIT_DONE;
}

/* fe80::1%eth0 is the device's. */
static int read_device(struct prove *prove, char operand[LINE_SIZE])
{
	char *device = strchr(operand, '%');

	if (!device)
		return EXIT_DONE;
	*device++ = '\0';
	if (!*device || strlen(device) >= IF_NAMESIZE)
		return complain(EXIT_USAGE, "no device: %.64s", device);
	strcpy(prove->pattern.device, device);
	return EXIT_DONE;
}

static int read_request(struct prove *prove)
{
	const struct request *request = prove->request;
	const char *family = request->value[OPTION_FAMILY], *transport = request->value[OPTION_TRANSPORT];

	if (!read_port(request->value[OPTION_PORT], &prove->pattern.port))
		return complain(EXIT_USAGE, "no port: %.64s", request->value[OPTION_PORT]);
	if (transport && !is_transport(transport))
		return complain(EXIT_USAGE, "no transport: %.64s (udp or tcp)", transport);
	if (family && strcmp(family, "4") != 0 && strcmp(family, "6") != 0)
		return complain(EXIT_USAGE, "no address family: %.64s (4 or 6)", family);
	if (request->value[OPTION_KEY] && !request->value[OPTION_CERT])
		return complain(EXIT_USAGE, "--key goes with --cert");
	return EXIT_DONE;
}

/* --- Candidates --- */

static bool is_wanted(const struct prove *prove, enum peer_transport transport)
{
	const char *word = prove->request->value[OPTION_TRANSPORT];

	return !word || strcmp(word, peer_transport_word(transport)) == 0;
}

static void add(struct prove *prove, const struct address *address)
{
	for (enum peer_transport transport = 0; transport < TRANSPORT_COUNT; transport++) {
		if (!is_wanted(prove, transport) || prove->count == RACE_MAX)
			continue;
		struct proof_target *target = &prove->targets[prove->count++];
		*target = prove->pattern;
		target->address = *address;
		target->transport = transport;
	}
}

static struct address address_of_info(const struct addrinfo *info)
{
	const void *at = info->ai_addr;

	if (info->ai_family == AF_INET)
		return address_of((struct bytes){(const uint8_t *)&((const struct sockaddr_in *)at)->sin_addr, 4});
	return address_of((struct bytes){((const struct sockaddr_in6 *)at)->sin6_addr.s6_addr, 16});
}

static int find_addresses(struct prove *prove, const char *host)
{
	const char *family = prove->request->value[OPTION_FAMILY];
	const struct addrinfo hints = {
		.ai_family = !family          ? AF_UNSPEC
			     : *family == '4' ? AF_INET
					      : AF_INET6,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;
	struct address address;

	if (address_parse(host, &address)) {
		add(prove, &address);
		return EXIT_DONE;
	}
	int result = getaddrinfo(host, NULL, &hints, &found);
	if (result)
		return complain(EXIT_FAILED,
				"%.64s has no address: %s: check the spelling, or give its address and --name", host,
				gai_strerror(result));
	for (const struct addrinfo *at = found; at; at = at->ai_next) {
		address = address_of_info(at);
		add(prove, &address);
	}
	freeaddrinfo(found);
	return EXIT_DONE;
}

static int read_all(struct prove *prove)
{
	char operand[LINE_SIZE];
	int status = read_request(prove);

	snprintf(operand, sizeof operand, "%s", prove->request->operand);
	if (!status)
		status = read_device(prove, operand);
	if (!status && (prove->request->value[OPTION_NAME] || !*prove->pattern.device))
		status = read_identity(prove);
	return status ? status : find_addresses(prove, operand);
}

/* --- The race --- */

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_plain(text) : json_null();
}

static json_t *expiry(const struct proof *proof)
{
	char text[TEXT_TIME_SIZE];

	return proof->not_after ? json_string(text_time((uint64_t)proof->not_after * NS_PER_SECOND, text))
				: json_null();
}

static json_t *row_of(const struct race_entry *entry)
{
	const struct proof *proof = &entry->proof;

	return json_pack("{s:s, s:o, s:i, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:o}", "transport",
			 peer_transport_word(entry->target.transport), "address", json_address(&entry->target.address),
			 "port", entry->target.port, "name", json_name(&entry->target.name), "result",
			 proof_reason_word(proof->reason), "advice", proof_reason_advice(proof->reason), "detail",
			 text_or_null(proof->detail), "identity", text_or_null(proof->identity), "expires",
			 expiry(proof), "version", text_or_null(proof->version), "cipher", text_or_null(proof->cipher),
			 "alpn", text_or_null(proof->alpn), "seconds", (double)proof->duration / NS_PER_SECOND, "chain",
			 chain_json(proof->chain));
}

static void on_end(void *context, const struct race_entry *winner, const struct race_entry *entries, size_t count)
{
	struct prove *prove = context;

	prove->proven = winner;
	if (winner)
		json_array_append_new(prove->rows, row_of(winner));
	for (size_t i = 0; i < count; i++)
		if (entries[i].ended && &entries[i] != winner)
			json_array_append_new(prove->rows, row_of(&entries[i]));
	event_base_loopbreak(prove->base);
}

static int run(struct prove *prove, const struct credentials *credentials)
{
	const struct handshake_options options = {.credentials = credentials};

	prove->base = event_base_new();
	prove->rows = json_array();
	if (!prove->base || !prove->rows ||
	    !race_start(prove->base, prove->targets, prove->count, &options, on_end, prove))
		return complain(EXIT_FAILED, "no memory");
	event_base_dispatch(prove->base);
	return prove->proven ? EXIT_DONE : EXIT_FAILED;
}

/* --- What became of it --- */

static void show_chain(const json_t *row, FILE *out)
{
	json_t *certificate;
	size_t i;

	json_array_foreach(json_object_get(row, "chain"), i, certificate)
	{
		char names[SHOW_SIZE];
		const json_t *list = json_object_get(certificate, "names");
		snprintf(names, sizeof names, "%s%.300s", json_array_size(list) ? ", for " : "",
			 json_array_size(list) ? json_string_value(json_array_get(list, 0)) : "");
		fprintf(out, "  %-12s %s%s%s\n  %-12s issued by %s, %.10s to %.10s\n", i ? "" : "certificates",
			show_text(certificate, "subject"), names, json_array_size(list) > 1 ? ", ..." : "", "",
			show_text(certificate, "issuer"), show_text(certificate, "not_before"),
			show_text(certificate, "not_after"));
	}
}

static void show_proven(const json_t *row)
{
	char peer[SHOW_SIZE], moment[SHOW_SIZE];
	const char *alpn = show_text(row, "alpn");

	printf("%s is proven\n\n", show_peer(row, peer));
	printf("  %-12s %s\n", "identity", show_text(row, "identity"));
	printf("  %-12s %s\n", "expires", show_moment(row, "expires", time(NULL), moment));
	printf("  %-12s %s, %s%s%s\n", "connection", show_text(row, "version"), show_text(row, "cipher"),
	       *alpn ? ", ALPN " : "", alpn);
	printf("  %-12s %.1f ms\n", "took", json_real_value(json_object_get(row, "seconds")) * 1000);
	show_chain(row, stdout);
}

static void show_failed(const json_t *row)
{
	const char *detail = show_text(row, "detail");
	char peer[SHOW_SIZE];

	complain(EXIT_FAILED, "%s: %s%s%s%s: %s", show_peer(row, peer), show_text(row, "result"), *detail ? " (" : "",
		 detail, *detail ? ")" : "", show_text(row, "advice"));
	show_chain(row, stderr);
}

static void tell(const struct prove *prove)
{
	json_t *row;
	size_t i;

	json_array_foreach(prove->rows, i, row)
	{
		if (prove->request->value[OPTION_JSON]) {
			json_dumpf(row, stdout, JSON_STYLE);
			putchar('\n');
		} else if (strcmp(show_text(row, "result"), proof_reason_word(REASON_PROVEN)) == 0) {
			show_proven(row);
		} else {
			show_failed(row);
		}
	}
}

int prove_run(const struct request *request)
{
	const struct credentials_options options = {
		.ca = request->value[OPTION_CA],
		.crl = request->value[OPTION_CRL],
		.certificate = request->value[OPTION_CERT],
		.key = request->value[OPTION_KEY],
	};
	struct prove prove = {.request = request};
	struct credentials *credentials = NULL;
	char error[CREDENTIALS_ERROR_SIZE];
	int status = read_all(&prove);

	if (!status && credentials_new(&options, &credentials, error) < 0)
		status = complain(EXIT_FAILED, "%s", error);
	if (!status) {
		status = run(&prove, credentials);
		tell(&prove);
	}
	credentials_free(credentials);
	if (prove.base)
		event_base_free(prove.base);
	json_decref(prove.rows);
	return status;
}
