/* SPDX-License-Identifier: BSD-2-Clause */
/* What did the operator ask for? The configuration file, checked whole before anything starts or changes. */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include "base/address.h"
#include "discovery/discovery.h"
#include "dotsnoop/record.h"
#include "proof/credentials.h"

#define CONFIG_FILE "/etc/dotsnoop/dotsnoop.yaml"
#define CONFIG_CONTROL "/run/dotsnoop/control.sock"
#define CONFIG_STORE "/var/lib/dotsnoop"
#define CONFIG_STORE_WANTED "not an absolute path, such as " CONFIG_STORE ", or none"
#define CONFIG_PATH_SIZE 1024

#define CONFIG_SERVERS_MAX 4096

struct config_port {
	char name[DS_PORT_NAME_SIZE];
	enum ds_role role;
	enum ds_mode mode;
	uint32_t rate;  /* DHCP messages a second; 0: no limit */
	uint32_t burst; /* of them at once */
};

/* Whether peers are contacted and have to prove who they are, by what, and how often. */
struct config_proof {
	bool enabled;
	char ca[CONFIG_PATH_SIZE]; /* absolute paths; empty: not named */
	char certificate[CONFIG_PATH_SIZE], key[CONFIG_PATH_SIZE];
	char crl[CONFIG_PATH_SIZE];
	uint32_t strangers;  /* peers never contacted before, in an hour and on a device */
	uint32_t per_second; /* handshakes begun */
	uint32_t in_flight;  /* handshakes at a time */
};

struct config {
	size_t port_count;
	struct config_port ports[DS_PORTS_MAX];
	size_t server_count; /* 0: every server on an uplink is believed */
	struct prefix servers[CONFIG_SERVERS_MAX];
	struct discovery_options discovery;
	bool frozen; /* offers of DHCP are not withdrawn while their binding stands (RFC 8973 8) */
	struct config_proof proof;
	char listen[ADDRESS_TEXT_SIZE + 8]; /* of /metrics; empty: none */
	char store[CONFIG_PATH_SIZE];       /* its directory, an absolute path; empty: none */
	size_t bindings_max;
	size_t bindings_per_port;
	size_t peersets_max;
	bool keep; /* on exit programs and ring stay for the next agent */
};

#define CONFIG_ERROR_SIZE 1024

struct config_error {
	char text[CONFIG_ERROR_SIZE]; /* one line: FILE:LINE: KEY: what is wrong */
};

/* The configuration without a file. */
void config_default(struct config *ret);

/*
 * Reads a file, and sees whether those of `proof` are fit for use where it is enabled. Returns 0, or -errno with *error
 * filled and *ret left alone.
 */
int config_load(const char *file, struct config *ret, struct config_error *error);

/* The files of `proof`, whose paths stay the configuration's. */
struct credentials_options config_credentials(const struct config_proof *proof);

/* The directory of the store, an absolute path, or "none". Returns false for anything else. */
bool config_set_store(struct config *config, const char *path);

/* Adds a port, as those named on the command line. Returns 0 or -EINVAL with *error filled. */
int config_add_port(struct config *config, const char *name, enum ds_role role, enum ds_mode mode,
		    struct config_error *error);

#endif
