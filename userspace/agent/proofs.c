/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/proofs.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "discovery/device.h"

static bool accepts(void *context, const char *name)
{
	const struct proofs *proofs = context;

	return trusted_accepts(proofs->trusted, proofs->trusted_count, name);
}

/* RFC 8973 4: discovery is done again when the certificate of a peer in use expires. */
static void on_expired(void *context, struct peerset *peerset)
{
	struct proofs *proofs = context;

	discovery_repeat(proofs->discovery, peerset, "certificate-expired");
}

/* The same names that DHCP may tell (RFC 8973 8.1). Returns whether they are others than before. */
static bool trust(struct proofs *proofs, const struct discovery_options *options)
{
	size_t size = options->trusted_count * sizeof *options->trusted;
	bool same =
		proofs->trusted_count == options->trusted_count && memcmp(proofs->trusted, options->trusted, size) == 0;

	proofs->trusted_count = options->trusted_count;
	memcpy(proofs->trusted, options->trusted, size);
	return !same;
}

static struct prober_options options_of(struct proofs *proofs, const struct config *config)
{
	return (struct prober_options){
		.in_flight = config->proof.in_flight,
		.per_second = config->proof.per_second,
		.strangers = config->proof.strangers,
		.trust = {accepts, proofs},
	};
}

static void stop(struct proofs *proofs)
{
	contests_free(proofs->contests);
	prober_free(proofs->prober);
	proofs->contests = NULL;
	proofs->prober = NULL;
}

static int start(struct proofs *proofs, const struct prober_options *options, struct credentials *credentials)
{
	const struct contests_options contest = {.device = device_of, .expired = on_expired, .context = proofs};
	int result = prober_new(proofs->base, options, credentials, &proofs->prober);

	if (result) {
		credentials_free(credentials);
		return result;
	}
	result = contests_new(proofs->base, proofs->table, proofs->wheel, proofs->prober, &contest, &proofs->contests);
	if (result)
		stop(proofs);
	return result;
}

void proofs_open(struct proofs *proofs, struct event_base *base, struct table *table, struct wheel *wheel,
		 struct discovery *discovery)
{
	*proofs = (struct proofs){.base = base, .table = table, .wheel = wheel, .discovery = discovery};
}

void proofs_close(struct proofs *proofs)
{
	stop(proofs);
}

/* What was proven stays so, unless somebody else is to be believed, or we are somebody else. */
static void alter(struct proofs *proofs, const struct prober_options *options, struct credentials *credentials,
		  bool trust_others)
{
	if (!trust_others && prober_has(proofs->prober, credentials)) {
		prober_limit(proofs->prober, options);
		credentials_free(credentials);
		return;
	}
	log_info("proofs-begin-anew why=\"other credentials, or other trusted names\"");
	prober_configure(proofs->prober, options, credentials);
	contests_begin_anew(proofs->contests);
}

static int change(struct proofs *proofs, const struct config *config, char error[CREDENTIALS_ERROR_SIZE])
{
	const struct prober_options options = options_of(proofs, config);
	const struct credentials_options files = config_credentials(&config->proof);
	struct credentials *credentials;
	int result = credentials_new(&files, &credentials, error);

	if (result)
		return result;
	bool trust_others = trust(proofs, &config->discovery);
	if (proofs->prober)
		alter(proofs, &options, credentials, trust_others);
	else
		result = start(proofs, &options, credentials);
	if (result)
		snprintf(error, CREDENTIALS_ERROR_SIZE, "out of memory");
	return result;
}

int proofs_configure(struct proofs *proofs, const struct config *config, char error[CREDENTIALS_ERROR_SIZE])
{
	if (config->proof.enabled)
		return change(proofs, config, error);
	stop(proofs);
	return 0;
}

void proofs_restart(struct proofs *proofs, const char *port)
{
	if (proofs->contests)
		contests_restart(proofs->contests, port);
}
