/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/schema.h"

#include "agent/config.h"
#include "dotsnoop/record.h"

#define OPTIONAL CYAML_FLAG_OPTIONAL
#define OPTIONAL_POINTER (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER)
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define NAME_MAX_LENGTH 255
#define LIST_MAX CONFIG_SERVERS_MAX

static const cyaml_strval_t roles[] = {{"uplink", DS_ROLE_UPLINK}, {"access", DS_ROLE_ACCESS}};
static const cyaml_strval_t modes[] = {{"observe", DS_MODE_OBSERVE}, {"enforce", DS_MODE_ENFORCE}};
static const cyaml_strval_t methods[] = {
#define X(id, word) {word, METHOD_##id},
	PEER_METHODS(X)
#undef X
};
static const cyaml_strval_t dnssec[] = {{"prefer", DNSSEC_PREFER}, {"require", DNSSEC_REQUIRE}, {"off", DNSSEC_OFF}};
static const cyaml_strval_t on_exit_words[] = {{"detach", 0}, {"keep", 1}};

/* libcyaml's own booleans take any word for true. */
static const cyaml_strval_t booleans[] = {{"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}, {"on", 1}, {"off", 0}};

static const cyaml_schema_value_t text = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, NAME_MAX_LENGTH)};
static const cyaml_schema_value_t method = {
	CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, int, methods, COUNT(methods)),
};

static const cyaml_schema_field_t port_fields[] = {
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct schema_port, name, 1, DS_PORT_NAME_SIZE - 1),
	CYAML_FIELD_ENUM("role", OPTIONAL | CYAML_FLAG_STRICT, struct schema_port, role, roles, COUNT(roles)),
	CYAML_FIELD_UINT("rate", OPTIONAL, struct schema_port, rate),
	CYAML_FIELD_UINT("burst", OPTIONAL, struct schema_port, burst),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t port = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct schema_port, port_fields)};

/* Addresses without a name are refused: the name is the reference identifier (RFC 8973 4). */
static const cyaml_schema_field_t explicit_fields[] = {
	CYAML_FIELD_STRING_PTR("port", CYAML_FLAG_POINTER, struct schema_explicit, port, 1, DS_PORT_NAME_SIZE - 1),
	CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct schema_explicit, name, 1, NAME_MAX_LENGTH),
	CYAML_FIELD_SEQUENCE("addresses", OPTIONAL_POINTER, struct schema_explicit, addresses, &text, 0, LIST_MAX),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t explicit = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct schema_explicit, explicit_fields),
};

static const cyaml_schema_field_t discovery_fields[] = {
	CYAML_FIELD_SEQUENCE("methods", OPTIONAL_POINTER, struct schema_discovery, methods, &method, 1, COUNT(methods)),
	CYAML_FIELD_SEQUENCE("explicit", OPTIONAL_POINTER, struct schema_discovery, explicit, &explicit, 0, LIST_MAX),
	CYAML_FIELD_STRING_PTR("default-domain", OPTIONAL_POINTER, struct schema_discovery, default_domain, 1,
			       NAME_MAX_LENGTH),
	CYAML_FIELD_SEQUENCE("resolvers", OPTIONAL_POINTER, struct schema_discovery, resolvers, &text, 0,
			     MESSAGE_RESOLVERS_MAX),
	CYAML_FIELD_ENUM("dnssec", OPTIONAL | CYAML_FLAG_STRICT, struct schema_discovery, dnssec, dnssec,
			 COUNT(dnssec)),
	CYAML_FIELD_SEQUENCE("trusted-names", OPTIONAL_POINTER, struct schema_discovery, trusted_names, &text, 0,
			     LIST_MAX),
	CYAML_FIELD_ENUM("freeze", OPTIONAL | CYAML_FLAG_STRICT, struct schema_discovery, freeze, booleans,
			 COUNT(booleans)),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t proof_fields[] = {
	CYAML_FIELD_ENUM("enabled", OPTIONAL | CYAML_FLAG_STRICT, struct schema_proof, enabled, booleans,
			 COUNT(booleans)),
	CYAML_FIELD_STRING_PTR("ca", OPTIONAL_POINTER, struct schema_proof, ca, 1, CONFIG_PATH_SIZE - 1),
	CYAML_FIELD_STRING_PTR("certificate", OPTIONAL_POINTER, struct schema_proof, certificate, 1,
			       CONFIG_PATH_SIZE - 1),
	CYAML_FIELD_STRING_PTR("key", OPTIONAL_POINTER, struct schema_proof, key, 1, CONFIG_PATH_SIZE - 1),
	CYAML_FIELD_STRING_PTR("crl", OPTIONAL_POINTER, struct schema_proof, crl, 1, CONFIG_PATH_SIZE - 1),
	CYAML_FIELD_UINT("new-peers-per-hour", OPTIONAL, struct schema_proof, strangers),
	CYAML_FIELD_UINT("handshakes-per-second", OPTIONAL, struct schema_proof, per_second),
	CYAML_FIELD_UINT("in-flight", OPTIONAL, struct schema_proof, in_flight),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t metrics_fields[] = {
	CYAML_FIELD_STRING_PTR("listen", OPTIONAL_POINTER, struct schema_metrics, listen, 0, NAME_MAX_LENGTH),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t limits_fields[] = {
	CYAML_FIELD_UINT("bindings", OPTIONAL, struct schema_limits, bindings),
	CYAML_FIELD_UINT("bindings-per-port", OPTIONAL, struct schema_limits, bindings_per_port),
	CYAML_FIELD_UINT("offers", OPTIONAL, struct schema_limits, offers),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t file_fields[] = {
	CYAML_FIELD_SEQUENCE("ports", OPTIONAL_POINTER, struct schema_file, ports, &port, 0, DS_PORTS_MAX),
	CYAML_FIELD_ENUM("mode", OPTIONAL | CYAML_FLAG_STRICT, struct schema_file, mode, modes, COUNT(modes)),
	CYAML_FIELD_SEQUENCE("servers", OPTIONAL_POINTER, struct schema_file, servers, &text, 0, LIST_MAX),
	CYAML_FIELD_MAPPING("discovery", OPTIONAL, struct schema_file, discovery, discovery_fields),
	CYAML_FIELD_MAPPING("proof", OPTIONAL, struct schema_file, proof, proof_fields),
	CYAML_FIELD_STRING_PTR("store", OPTIONAL_POINTER, struct schema_file, store, 1, CONFIG_PATH_SIZE - 1),
	CYAML_FIELD_ENUM("on-exit", OPTIONAL | CYAML_FLAG_STRICT, struct schema_file, on_exit, on_exit_words,
			 COUNT(on_exit_words)),
	CYAML_FIELD_MAPPING("metrics", OPTIONAL, struct schema_file, metrics, metrics_fields),
	CYAML_FIELD_MAPPING("limits", OPTIONAL, struct schema_file, limits, limits_fields),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t schema_file = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct schema_file, file_fields)};
