/* SPDX-License-Identifier: BSD-2-Clause */
/* Which keys may a configuration file have, and of which type? The schema, and what libcyaml reads by it. */
#ifndef AGENT_SCHEMA_H
#define AGENT_SCHEMA_H

#include <cyaml/cyaml.h>
#include <stdint.h>

struct schema_port {
	char *name;
	int role;
	uint32_t rate;
	uint32_t burst;
};

struct schema_explicit {
	char *port;
	char *name;
	char **addresses;
	unsigned addresses_count;
};

struct schema_discovery {
	int *methods;
	unsigned methods_count;
	struct schema_explicit *explicit;
	unsigned explicit_count;
	char *default_domain;
	char **resolvers;
	unsigned resolvers_count;
	int dnssec;
	char **trusted_names;
	unsigned trusted_names_count;
	int freeze;
};

struct schema_proof {
	int enabled;
	char *ca;
	char *certificate;
	char *key;
	char *crl;
	uint32_t strangers;
	uint32_t per_second;
	uint32_t in_flight;
};

struct schema_metrics {
	char *listen;
};

struct schema_limits {
	uint32_t bindings;
	uint32_t bindings_per_port;
	uint32_t offers;
};

/* The file as it is; NULL and 0 for what it does not say. */
struct schema_file {
	struct schema_port *ports;
	unsigned ports_count;
	int mode;
	char **servers;
	unsigned servers_count;
	struct schema_discovery discovery;
	struct schema_proof proof;
	char *store;
	int on_exit;
	struct schema_metrics metrics;
	struct schema_limits limits;
};

extern const cyaml_schema_value_t schema_file;

#endif
