/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file is read in three steps, and the first complaint ends it: is it YAML; does it fit the schema (libcyaml); do
 * its values make sense. Each complaint names file, line and key.
 */
#include "agent/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/schema.h"
#include "agent/where.h"
#include "base/cleanup.h"

#define LISTEN_DEFAULT "127.0.0.1:9646"
#define BINDINGS_DEFAULT 1000000
#define BINDINGS_MOST 16000000
#define OFFERS_DEFAULT 65536
#define OFFERS_MOST 1000000
_Static_assert((uint64_t)OFFERS_MOST *METHOD_COUNT <= WHEEL_OWNER_MAX, "each attempt of a peerset may own a timer");
#define STRANGERS_DEFAULT 600
#define STRANGERS_MOST 1000000
#define PER_SECOND_DEFAULT 200
#define PER_SECOND_MOST 10000
#define IN_FLIGHT_DEFAULT 1000
#define IN_FLIGHT_MOST 10000
#define PATH_SIZE 256

/* A file while it is being read. */
struct reading {
	const char *file;
	yaml_document_t document;
	struct config_error *error;
	/* What libcyaml complained of: its first line, then where, from the inside out. */
	char complaint[160];
	char path[PATH_SIZE];
};

void config_default(struct config *ret)
{
	*ret = (struct config){
		.bindings_max = BINDINGS_DEFAULT,
		.bindings_per_port = BINDINGS_DEFAULT,
		.peersets_max = OFFERS_DEFAULT,
		.proof = {.strangers = STRANGERS_DEFAULT,
			  .per_second = PER_SECOND_DEFAULT,
			  .in_flight = IN_FLIGHT_DEFAULT},
	};
	strcpy(ret->listen, LISTEN_DEFAULT);
	strcpy(ret->store, CONFIG_STORE);
	discovery_default(&ret->discovery);
}

__attribute__((format(printf, 4, 5))) static int complain(struct reading *reading, int result, const char *path,
							  const char *format, ...)
{
	char what[CONFIG_ERROR_SIZE / 2];
	size_t parent = 1, line = where_is(&reading->document, path, &parent);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	snprintf(reading->error->text, sizeof reading->error->text, "%s:%zu: %s: %s", reading->file,
		 line ? line : parent, *path ? path : "(top)", what);
	return result;
}

/* Puts a step before the path that is known so far. */
static void prepend(char path[PATH_SIZE], const char *step)
{
	char longer[PATH_SIZE];
	bool joined = path[0] == '\0' || path[0] == '[';

	snprintf(longer, sizeof longer, "%s%s%s", step, joined ? "" : ".", path);
	memcpy(path, longer, sizeof longer);
}

/*
 * libcyaml tells where by a backtrace, one line a level, from the inside out: "in mapping field 'role' (line: ...", "in
 * sequence entry '1' (line: ...", entries counted from one.
 */
static void hear_cyaml(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
	struct reading *reading = context;
	char line[256], step[PATH_SIZE / 2];
	unsigned entry;

	(void)level;
	vsnprintf(line, sizeof line, format, arguments);
	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "  in mapping field '%127[^']'", step) == 1) {
		prepend(reading->path, step);
	} else if (sscanf(line, "  in sequence entry '%u'", &entry) == 1) {
		snprintf(step, sizeof step, "[%u]", entry ? entry - 1 : 0);
		prepend(reading->path, step);
	} else if (!reading->complaint[0] && !strstr(line, "Backtrace")) {
		snprintf(reading->complaint, sizeof reading->complaint, "%.*s", (int)sizeof reading->complaint - 1,
			 strncmp(line, "Load: ", 6) == 0 ? line + 6 : line);
	}
}

/* The schema's field at a path, to say which words it takes; NULL where there is none. */
static const cyaml_schema_value_t *schema_at(const char *path)
{
	const cyaml_schema_value_t *value = &schema_file;

	while (value && *path) {
		if (*path == '[') {
			path += strcspn(path, "]") + 1;
			value = value->type == CYAML_SEQUENCE ? value->sequence.entry : NULL;
			continue;
		}
		path += *path == '.';
		size_t length = strcspn(path, ".[");
		const cyaml_schema_field_t *field = value->type == CYAML_MAPPING ? value->mapping.fields : NULL;
		while (field && field->key && (strncmp(field->key, path, length) != 0 || field->key[length]))
			field++;
		value = field && field->key ? &field->value : NULL;
		path += length;
	}
	return value;
}

/* " (one of: uplink, access)" where the key takes words. */
static void list_words(const char *path, char *text, size_t size)
{
	const cyaml_schema_value_t *value = schema_at(path);
	size_t at;

	text[0] = '\0';
	if (!value || value->type != CYAML_ENUM)
		return;
	at = (size_t)snprintf(text, size, " (one of:");
	for (uint32_t i = 0; i < value->enumeration.count && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s %s", i ? "," : "", value->enumeration.strings[i].str);
	if (at < size)
		snprintf(text + at, size - at, ")");
}

/* libcyaml's complaint, in our words. */
static int complain_schema(struct reading *reading, cyaml_err_t code)
{
	static const char unexpected[] = "Unexpected key: ", missing[] = "Missing required mapping field: ";
	char words[160];

	if (strncmp(reading->complaint, unexpected, sizeof unexpected - 1) == 0) {
		size_t length = strlen(reading->path);
		snprintf(reading->path + length, sizeof reading->path - length, "%s%s", length ? "." : "",
			 reading->complaint + sizeof unexpected - 1);
		return complain(reading, -EINVAL, reading->path, "unknown key");
	}
	if (strncmp(reading->complaint, missing, sizeof missing - 1) == 0) {
		char *last = strrchr(reading->path, '.');
		if (last)
			*last = '\0'; /* the field read last, not the one that is missing */
		return complain(reading, -EINVAL, reading->path, "the key %s is missing",
				reading->complaint + sizeof missing - 1);
	}
	list_words(reading->path, words, sizeof words);
	return complain(reading, -EINVAL, reading->path, "%s%s",
			reading->complaint[0] ? reading->complaint : cyaml_strerror(code), words);
}

static int read_schema(struct reading *reading, struct schema_file **ret)
{
	cyaml_config_t cyaml = {
		.log_fn = hear_cyaml,
		.log_ctx = reading,
		.log_level = CYAML_LOG_WARNING,
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	cyaml_err_t code = cyaml_load_file(reading->file, &cyaml, &schema_file, (cyaml_data_t **)ret, NULL);

	return code == CYAML_OK ? 0 : complain_schema(reading, code);
}

/* May a device bear this name? (dev_valid_name of the kernel) */
static bool is_port_name(const char *name)
{
	if (!*name || strlen(name) >= DS_PORT_NAME_SIZE || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' || isspace((unsigned char)*name) || !isprint((unsigned char)*name))
			return false;
	return true;
}

static const char *add_port(struct config *config, const char *name, enum ds_role role, enum ds_mode mode)
{
	if (!is_port_name(name))
		return "not a name that a port can have";
	for (size_t i = 0; i < config->port_count; i++)
		if (strcmp(config->ports[i].name, name) == 0)
			return "this port is named twice";
	if (config->port_count == DS_PORTS_MAX)
		return "too many ports";

	struct config_port *port = &config->ports[config->port_count++];
	*port = (struct config_port){.role = role, .mode = mode};
	strcpy(port->name, name);
	return NULL;
}

int config_add_port(struct config *config, const char *name, enum ds_role role, enum ds_mode mode,
		    struct config_error *error)
{
	const char *problem = add_port(config, name, role, mode);

	if (problem)
		snprintf(error->text, sizeof error->text, "port %s: %s", name, problem);
	return problem ? -EINVAL : 0;
}

/* A burst without a rate says nothing; a rate without a burst lets a second's messages come at once. */
static int check_rate(struct reading *reading, const struct schema_port *from, unsigned number, struct config_port *to)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "ports[%u].burst", number);
	if (from->burst && !from->rate)
		return complain(reading, -EINVAL, path, "a burst needs a rate beside it");
	to->rate = from->rate;
	to->burst = from->burst ? from->burst : from->rate;
	return 0;
}

static int check_ports(struct reading *reading, const struct schema_file *from, struct config *to)
{
	char path[PATH_SIZE];

	for (unsigned i = 0; i < from->ports_count; i++) {
		const struct schema_port *port = &from->ports[i];
		const char *problem = add_port(to, port->name, (enum ds_role)port->role, (enum ds_mode)from->mode);
		if (problem) {
			snprintf(path, sizeof path, "ports[%u].name", i);
			return complain(reading, -EINVAL, path, "%s: %s", port->name, problem);
		}
		int result = check_rate(reading, port, i, &to->ports[to->port_count - 1]);
		if (result)
			return result;
	}
	return 0;
}

/* Each entry of a list of addresses, or of prefixes too. */
static int check_addresses(struct reading *reading, const char *key, char *const *texts, unsigned count, bool prefixes)
{
	struct prefix prefix;
	char path[PATH_SIZE];

	for (unsigned i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s[%u]", key, i);
		if (!prefixes && strchr(texts[i], '/'))
			return complain(reading, -EINVAL, path, "%s: an address is due, not a prefix", texts[i]);
		if (!prefix_parse(texts[i], &prefix))
			return complain(reading, -EINVAL, path, "%s: not an IP address%s", texts[i],
					prefixes ? ", or a prefix without bits beyond its length" : "");
	}
	return 0;
}

/* A name that is asked for, or that a certificate has to carry. */
static int check_name(struct reading *reading, const char *path, const char *text, struct name *ret)
{
	enum discard_reason reason;

	if (name_parse((struct bytes){(const uint8_t *)text, strlen(text)}, ret, &reason))
		return complain(reading, -EINVAL, path, "%s: not a domain name: %s", text, discard_help(reason));
	return 0;
}

static int check_explicit(struct reading *reading, const struct schema_explicit *from, unsigned i, struct explicit *to)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "discovery.explicit[%u].name", i);
	int result = check_name(reading, path, from->name, &to->name);
	snprintf(path, sizeof path, "discovery.explicit[%u].addresses", i);
	if (!result)
		result = check_addresses(reading, path, from->addresses, from->addresses_count, false);
	if (!result && from->addresses_count > EXPLICIT_ADDRESSES_MAX)
		return complain(reading, -EINVAL, path, "no more than %d addresses", EXPLICIT_ADDRESSES_MAX);
	if (result)
		return result;
	snprintf(to->port, sizeof to->port, "%s", from->port);
	to->address_count = from->addresses_count;
	for (unsigned j = 0; j < from->addresses_count; j++) {
		enum discard_reason reason;
		address_parse(from->addresses[j], &to->addresses[j]);
		if (discard_address(&to->addresses[j], &reason))
			return complain(reading, -EINVAL, path, "%s: %s", from->addresses[j], discard_help(reason));
	}
	return 0;
}

static int check_explicits(struct reading *reading, const struct schema_discovery *from, struct discovery_options *to)
{
	int result = 0;

	if (from->explicit_count > EXPLICIT_MAX)
		return complain(reading, -EINVAL, "discovery.explicit", "no more than %d entries", EXPLICIT_MAX);
	to->explicit_count = from->explicit_count;
	for (unsigned i = 0; !result && i < from->explicit_count; i++)
		result = check_explicit(reading, &from->explicit[i], i, &to -> explicits[i]);
	return result;
}

/* Each method once, in the order in which they are named. */
static int check_methods(struct reading *reading, const struct schema_discovery *from, struct discovery_options *to)
{
	unsigned seen = 0;
	char path[PATH_SIZE];

	if (!from->methods_count)
		return 0;
	to->method_count = 0;
	for (unsigned i = 0; i < from->methods_count; i++) {
		enum peer_method method = (enum peer_method)from->methods[i];
		snprintf(path, sizeof path, "discovery.methods[%u]", i);
		if (seen & 1U << method)
			return complain(reading, -EINVAL, path, "%s is named twice", peer_method_word(method));
		seen |= 1U << method;
		to->methods[to->method_count++] = method;
	}
	return 0;
}

static int check_resolvers(struct reading *reading, const struct schema_discovery *from, struct discovery_options *to)
{
	int result = check_addresses(reading, "discovery.resolvers", from->resolvers, from->resolvers_count, false);

	for (unsigned i = 0; !result && i < from->resolvers_count; i++)
		address_parse(from->resolvers[i], &to->resolvers[i]);
	to->resolver_count = from->resolvers_count;
	return result;
}

static int check_trusted(struct reading *reading, const struct schema_discovery *from, struct discovery_options *to)
{
	char path[PATH_SIZE];
	const char *why;

	if (from->trusted_names_count > TRUSTED_MAX)
		return complain(reading, -EINVAL, "discovery.trusted-names", "no more than %d names", TRUSTED_MAX);
	to->trusted_count = from->trusted_names_count;
	for (unsigned i = 0; i < from->trusted_names_count; i++) {
		snprintf(path, sizeof path, "discovery.trusted-names[%u]", i);
		if (trusted_parse(from->trusted_names[i], &to->trusted[i], &why))
			return complain(reading, -EINVAL, path, "%s: %s", from->trusted_names[i], why);
	}
	return 0;
}

static int check_discovery(struct reading *reading, const struct schema_discovery *from, struct config *to)
{
	int result = check_methods(reading, from, &to->discovery);

	if (!result)
		result = check_resolvers(reading, from, &to->discovery);
	if (!result)
		result = check_explicits(reading, from, &to->discovery);
	if (!result)
		result = check_trusted(reading, from, &to->discovery);
	if (!result && from->default_domain)
		result = check_name(reading, "discovery.default-domain", from->default_domain,
				    &to->discovery.default_domain);
	to->discovery.dnssec = (enum dnssec)from->dnssec;
	to->frozen = from->freeze;
	return result;
}

/* "address:port" or "[address]:port"; the server that binds it splits it in the same way. */
static bool is_listen(const char *text)
{
	char host[ADDRESS_TEXT_SIZE];
	struct address address;
	unsigned port;
	int end = 0;

	if (sscanf(text, "[%45[^]]]:%5u%n", host, &port, &end) != 2 &&
	    sscanf(text, "%45[^:]:%5u%n", host, &port, &end) != 2)
		return false;
	return end && !text[end] && port >= 1 && port <= 65535 && address_parse(host, &address);
}

/* A number that is there has to be between 1 and the most; one that is not leaves what is. */
static int check_number(struct reading *reading, const char *path, uint32_t from, uint32_t most, uint32_t *to)
{
	if (!where_is(&reading->document, path, NULL))
		return 0;
	if (from < 1 || from > most)
		return complain(reading, -EINVAL, path, "%u: not between 1 and %u", from, most);
	*to = from;
	return 0;
}

static int check_limit(struct reading *reading, const char *path, uint32_t from, uint32_t most, size_t *to)
{
	uint32_t number = (uint32_t)*to;
	int result = check_number(reading, path, from, most, &number);

	*to = number;
	return result;
}

static int check_limits(struct reading *reading, const struct schema_limits *from, struct config *to)
{
	int result = check_limit(reading, "limits.bindings", from->bindings, BINDINGS_MOST, &to->bindings_max);

	to->bindings_per_port = to->bindings_max; /* unless it says otherwise, one port may have them all */
	if (!result)
		result = check_limit(reading, "limits.bindings-per-port", from->bindings_per_port, BINDINGS_MOST,
				     &to->bindings_per_port);
	if (!result && to->bindings_per_port > to->bindings_max)
		return complain(reading, -EINVAL, "limits.bindings-per-port",
				"%zu: more than limits.bindings, which is %zu", to->bindings_per_port,
				to->bindings_max);
	if (!result)
		result = check_limit(reading, "limits.offers", from->offers, OFFERS_MOST, &to->peersets_max);
	return result;
}

/* A path that depends on where the agent was started would hide what an earlier one stored. */
bool config_set_store(struct config *config, const char *path)
{
	if (strcmp(path, "none") != 0 && *path != '/')
		return false;
	snprintf(config->store, sizeof config->store, "%s", *path == '/' ? path : "");
	return true;
}

static int check_store(struct reading *reading, const char *from, struct config *to)
{
	if (!from || config_set_store(to, from))
		return 0;
	return complain(reading, -EINVAL, "store", "%s: " CONFIG_STORE_WANTED, from);
}

/* --- Proofs --- */

/* Absolute, as the store, for the same reason. */
static int check_file(struct reading *reading, const char *path, const char *from, char to[CONFIG_PATH_SIZE])
{
	if (!from)
		return 0;
	if (*from != '/')
		return complain(reading, -EINVAL, path, "%s: not an absolute path", from);
	snprintf(to, CONFIG_PATH_SIZE, "%s", from);
	return 0;
}

static const char *named(const char *path)
{
	return *path ? path : NULL;
}

struct credentials_options config_credentials(const struct config_proof *proof)
{
	return (struct credentials_options){
		.ca = named(proof->ca),
		.crl = named(proof->crl),
		.certificate = named(proof->certificate),
		.key = named(proof->key),
	};
}

/* Of which key is the file that an error of credentials_new begins with? */
static const char *key_of(const struct config_proof *proof, const char *error)
{
	const struct {
		const char *key, *file;
	} files[] = {
		{"proof.key", proof->key},
		{"proof.certificate", proof->certificate},
		{"proof.crl", proof->crl},
		{"proof.ca", proof->ca},
	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		size_t length = strlen(files[i].file);
		if (length && strncmp(error, files[i].file, length) == 0 && error[length] == ':')
			return files[i].key;
	}
	return "proof";
}

/* What holds for the files now is said now: at the start, by --check, and before anything is reloaded. */
static int check_credentials(struct reading *reading, const struct config_proof *proof)
{
	struct credentials_options options = config_credentials(proof);
	struct credentials *credentials = NULL;
	char error[CREDENTIALS_ERROR_SIZE];
	int result = proof->enabled ? credentials_new(&options, &credentials, error) : 0;

	credentials_free(credentials);
	return result ? complain(reading, result, key_of(proof, error), "%s", error) : 0;
}

/* A section that is there is meant, unless it says otherwise. */
static int check_proof(struct reading *reading, const struct schema_proof *from, struct config_proof *to)
{
	const struct {
		const char *path, *from;
		char *to;
	} files[] = {
		{"proof.ca", from->ca, to->ca},
		{"proof.certificate", from->certificate, to->certificate},
		{"proof.key", from->key, to->key},
		{"proof.crl", from->crl, to->crl},
	};
	const struct {
		const char *path;
		uint32_t from, most, *to;
	} numbers[] = {
		{"proof.new-peers-per-hour", from->strangers, STRANGERS_MOST, &to->strangers},
		{"proof.handshakes-per-second", from->per_second, PER_SECOND_MOST, &to->per_second},
		{"proof.in-flight", from->in_flight, IN_FLIGHT_MOST, &to->in_flight},
	};
	int result = 0;

	to->enabled = where_is(&reading->document, "proof", NULL) &&
		      (from->enabled || !where_is(&reading->document, "proof.enabled", NULL));
	for (size_t i = 0; !result && i < sizeof files / sizeof *files; i++)
		result = check_file(reading, files[i].path, files[i].from, files[i].to);
	for (size_t i = 0; !result && i < sizeof numbers / sizeof *numbers; i++)
		result = check_number(reading, numbers[i].path, numbers[i].from, numbers[i].most, numbers[i].to);
	return result ? result : check_credentials(reading, to);
}

static int check_rest(struct reading *reading, const struct schema_file *from, struct config *to)
{
	if (from->metrics.listen && *from->metrics.listen && !is_listen(from->metrics.listen))
		return complain(reading, -EINVAL, "metrics.listen",
				"%s: not an address and port, such as " LISTEN_DEFAULT, from->metrics.listen);
	if (from->metrics.listen)
		snprintf(to->listen, sizeof to->listen, "%s", from->metrics.listen);

	to->keep = from->on_exit;
	int result = check_limits(reading, &from->limits, to);
	if (!result)
		result = check_proof(reading, &from->proof, &to->proof);
	if (!result)
		result = check_store(reading, from->store, to);
	if (!result)
		result = check_addresses(reading, "servers", from->servers, from->servers_count, true);
	for (unsigned i = 0; !result && i < from->servers_count; i++)
		prefix_parse(from->servers[i], &to->servers[i]);
	to->server_count = from->servers_count;
	return result;
}

static int check(struct reading *reading, const struct schema_file *from, struct config *to)
{
	int result = check_ports(reading, from, to);

	if (!result)
		result = check_discovery(reading, &from->discovery, to);
	return result ? result : check_rest(reading, from, to);
}

static int load(struct reading *reading, struct config *ret)
{
	struct schema_file *file = NULL;
	struct config config;
	int result = read_schema(reading, &file);

	if (result)
		return result;
	config_default(&config);
	if (file) /* an empty file is an empty configuration */
		result = check(reading, file, &config);
	if (!result)
		*ret = config;
	cyaml_free(&(cyaml_config_t){.mem_fn = cyaml_mem}, &schema_file, file, 0);
	return result;
}

int config_load(const char *file, struct config *ret, struct config_error *error)
{
	AUTO_FREE struct reading *reading = calloc(1, sizeof *reading);
	char problem[128];
	size_t line;

	if (!reading)
		return -ENOMEM;
	reading->file = file;
	reading->error = error;
	int result = where_open(file, &reading->document, &line, problem, sizeof problem);
	if (result && line)
		snprintf(error->text, sizeof error->text, "%s:%zu: not YAML: %s", file, line, problem);
	else if (result)
		snprintf(error->text, sizeof error->text, "%s: %s", file, strerror(-result));
	if (result)
		return result;

	result = load(reading, ret);
	yaml_document_delete(&reading->document);
	return result;
}
