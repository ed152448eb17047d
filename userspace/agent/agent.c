/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/agent.h"

#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "agent/alarm.h"
#include "agent/intake.h"
#include "agent/proofs.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "serve/serve.h"

/* Records stay in the ring until they are on disk: it holds what comes in the meantime. */
#define RING_SIZE (32 << 20)
#define LOOK_AFTER_US 50000

/* Buffers of this size and more are given back to the kernel when they are freed, bytes. */
#define LARGE (256 << 10)

/* Bindings restored from the store by one turn of the loop, so that who asks meanwhile is answered. */
#define RESTORE_AT_ONCE 8192

enum {
	ON_RING,
	ON_LINKS,
	ON_LOOK,
	ON_RESTORE,
	ON_TERM,
	ON_INT,
	ON_HUP,
	EVENT_COUNT
};

struct agent {
	const struct agent_options *options;
	struct config config;
	struct event_base *base;
	struct fastpath *fastpath;
	struct wheel wheel;
	struct alarm_clock alarm;
	struct table *table;
	struct store *store; /* NULL: switched off */
	struct discovery *discovery;
	struct proofs proofs;
	struct serve *serve;
	struct intake intake;
	struct event *events[EVENT_COUNT];
	bool restored; /* what the store holds is back in the table */
	bool unsettle; /* all replies have to come up again, once it is */
	int failed;    /* what went wrong in the loop, -errno */
};

int agent_configure(const struct agent_options *options, struct config *ret, struct config_error *error)
{
	int result = 0;

	config_default(ret);
	if (options->file)
		result = config_load(options->file, ret, error);
	if (!result && options->store && !config_set_store(ret, options->store)) {
		snprintf(error->text, sizeof error->text, "--store %s: " CONFIG_STORE_WANTED, options->store);
		result = -EINVAL;
	}
	for (size_t i = 0; !result && i < options->port_count; i++)
		result = config_add_port(ret, options->ports[i], DS_ROLE_UPLINK, DS_MODE_OBSERVE, error);
	if (!result && !ret->port_count) {
		snprintf(error->text, sizeof error->text,
			 "%s: no ports to watch: add some under `ports:`, or name them as arguments",
			 options->file ? options->file : CONFIG_FILE);
		result = -EINVAL;
	}
	return result;
}

/*
 * What an earlier agent left in the ring, while the ports that it was seen on have their names. That much, and no more:
 * under a flood, an empty ring would be long in coming.
 */
static void catch_up(struct agent *agent)
{
	struct ring_state ring;
	int count = 1;

	fastpath_ring_state(agent->fastpath, &ring);
	for (long most = (long)(ring.unread / sizeof(struct ds_record)); most > 0 && count > 0; most -= count)
		count = intake_drain(&agent->intake);
}

static void on_ring(evutil_socket_t fd, short events, void *context)
{
	struct agent *agent = context;

	(void)fd;
	(void)events;
	intake_drain(&agent->intake);
}

/* All replies come up again. What is not restored yet could not be asked about first, and so it waits for that. */
static void unsettle_all(struct agent *agent)
{
	if (agent->restored)
		intake_unsettle_all(&agent->intake);
	else
		agent->unsettle = true;
}

static void on_turned(void *context)
{
	struct agent *agent = context;

	if (!fastpath_was_suspended(agent->fastpath))
		return;
	log_info("resumed meaning=\"the machine was suspended: all replies are read again\"");
	unsettle_all(agent);
}

/* All is as it was left: from now on records are read. */
static int take_up(struct agent *agent)
{
	table_restored(agent->table);
	agent->restored = true;
	if (agent->unsettle || (agent->store && store_stats(agent->store)->refused))
		intake_unsettle_all(&agent->intake); /* nobody knows which replies those stood on that were refused */
	catch_up(agent);
	fastpath_drop_unclaimed(agent->fastpath);
	return event_add(agent->events[ON_RING], NULL) ? -EIO : 0;
}

static void on_restore(evutil_socket_t fd, short events, void *context)
{
	struct agent *agent = context;
	int result = agent->store ? store_restore(agent->store, RESTORE_AT_ONCE) : 0;

	(void)fd;
	(void)events;
	if (result > 0) {
		evtimer_add(agent->events[ON_RESTORE], &(struct timeval){0});
		return;
	}
	if (!result)
		result = take_up(agent);
	if (!result)
		return;
	log_error("restore-failed error=\"%s\"", strerror(-result));
	agent->failed = result;
	event_base_loopbreak(agent->base);
}

static int attach(struct agent *agent, const struct config_port *port, struct fastpath_error *error)
{
	int result = fastpath_attach(agent->fastpath, port->name, port->role, port->mode, error);

	if (!result)
		result = fastpath_limit(agent->fastpath, port->name, port->rate, port->burst);
	if (result)
		fastpath_detach(agent->fastpath, port->name);
	return result;
}

/* Detaches ports whose device has gone, and attaches those whose device is back. */
static void on_look(evutil_socket_t fd, short events, void *context)
{
	struct agent *agent = context;
	struct fastpath_error error;
	bool changed = false;

	(void)fd;
	(void)events;
	for (size_t i = 0; i < agent->config.port_count; i++) {
		const struct config_port *port = &agent->config.ports[i];
		if (fastpath_is_there(agent->fastpath, port->name))
			continue;
		if (fastpath_detach(agent->fastpath, port->name))
			log_warning("port-gone port=%s meaning=\"its device is not there: it is attached again when it "
				    "is back\"",
				    port->name);
		if (!if_nametoindex(port->name))
			continue;
		if (attach(agent, port, &error)) {
			log_error("%s", error.text);
		} else {
			discovery_restart(agent->discovery, port->name);
			changed = true;
		}
	}
	if (changed) /* circuits are told by the names of ports */
		unsettle_all(agent);
}

/* One change of a device is several messages, and devices come in numbers: look once for all of them. */
static void on_links(evutil_socket_t fd, short events, void *context)
{
	struct agent *agent = context;

	(void)fd;
	(void)events;
	fastpath_links_drain(agent->fastpath);
	if (!evtimer_pending(agent->events[ON_LOOK], NULL))
		evtimer_add(agent->events[ON_LOOK], &(struct timeval){.tv_usec = LOOK_AFTER_US});
}

static void on_stop(evutil_socket_t number, short events, void *context)
{
	struct agent *agent = context;

	(void)events;
	log_info("stopping signal=%s", sigabbrev_np((int)number));
	event_base_loopbreak(agent->base);
}

static const struct config_port *find_port(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->port_count; i++)
		if (strcmp(config->ports[i].name, name) == 0)
			return &config->ports[i];
	return NULL;
}

/* Attaches what is new first, so that a failure leaves all as it was; then changes and detaches the rest. */
static int change_ports(struct agent *agent, const struct config *to, struct fastpath_error *error)
{
	for (size_t i = 0; i < to->port_count; i++) {
		const struct config_port *port = &to->ports[i];
		if (find_port(&agent->config, port->name))
			continue;
		int result = attach(agent, port, error);
		if (!result)
			continue;
		while (i-- > 0)
			if (!find_port(&agent->config, to->ports[i].name))
				fastpath_detach(agent->fastpath, to->ports[i].name);
		return result;
	}
	for (size_t i = 0; i < to->port_count; i++) {
		const struct config_port *port = &to->ports[i];
		fastpath_set(agent->fastpath, port->name, port->role, port->mode);
		fastpath_limit(agent->fastpath, port->name, port->rate, port->burst);
	}
	for (size_t i = 0; i < agent->config.port_count; i++)
		if (!find_port(to, agent->config.ports[i].name))
			fastpath_detach(agent->fastpath, agent->config.ports[i].name);
	return 0;
}

/* What needs another process to change: sizes and doors. */
static void warn_unchanged(const struct config *from, const struct config *to)
{
	if (strcmp(from->listen, to->listen) != 0)
		log_warning("reload-needs-restart key=metrics.listen");
	if (from->bindings_max != to->bindings_max || from->bindings_per_port != to->bindings_per_port ||
	    from->peersets_max != to->peersets_max)
		log_warning("reload-needs-restart key=limits");
	if (strcmp(from->store, to->store) != 0)
		log_warning("reload-needs-restart key=store");
}

static int change_proofs(struct agent *agent, const struct config *to, char *text, size_t size)
{
	char error[CREDENTIALS_ERROR_SIZE];
	int result = proofs_configure(&agent->proofs, to, error);

	if (result)
		snprintf(text, size, "%s", error);
	serve_set_proofs(agent->serve, agent->proofs.prober, agent->proofs.contests);
	return result;
}

static int reload(void *context, char *text, size_t size)
{
	struct agent *agent = context;
	AUTO_FREE struct config *config = malloc(sizeof *config);
	struct config_error error;
	struct fastpath_error fastpath_error;

	if (!config)
		return -ENOMEM;
	int result = agent_configure(agent->options, config, &error);
	if (result) {
		snprintf(text, size, "%s", error.text);
		return result;
	}
	result = change_proofs(agent, config, text, size);
	if (result)
		return result;
	result = change_ports(agent, config, &fastpath_error);
	if (result) {
		snprintf(text, size, "%s", fastpath_error.text);
		change_proofs(agent, &agent->config, (char[1]){0}, 0);
		return result;
	}
	if (fastpath_servers(agent->fastpath, config->servers, config->server_count))
		log_error("servers-not-changed count=%zu", config->server_count);
	discovery_configure(agent->discovery, &config->discovery);
	agent->intake.frozen = config->frozen;
	unsettle_all(agent); /* what was held under the old configuration is read by the new one */
	warn_unchanged(&agent->config, config);
	agent->config = *config;
	log_info("reloaded ports=%zu", config->port_count);
	return 0;
}

static void on_reload(evutil_socket_t number, short events, void *context)
{
	char text[FASTPATH_ERROR_SIZE];

	(void)number;
	(void)events;
	if (reload(context, text, sizeof text))
		log_error("reload-refused error=\"%s\" meaning=\"everything stays as it was\"", text);
}

static int listen_events(struct agent *agent)
{
	const struct {
		evutil_socket_t fd;
		short what;
		event_callback_fn call;
	} table[EVENT_COUNT] = {
		[ON_RING] = {fastpath_ring_fd(agent->fastpath), EV_READ | EV_PERSIST, on_ring},
		[ON_RESTORE] = {-1, 0, on_restore},
		[ON_LINKS] = {fastpath_links_fd(agent->fastpath), EV_READ | EV_PERSIST, on_links},
		[ON_LOOK] = {-1, 0, on_look},
		[ON_TERM] = {SIGTERM, EV_SIGNAL | EV_PERSIST, on_stop},
		[ON_INT] = {SIGINT, EV_SIGNAL | EV_PERSIST, on_stop},
		[ON_HUP] = {SIGHUP, EV_SIGNAL | EV_PERSIST, on_reload},
	};

	for (unsigned i = 0; i < EVENT_COUNT; i++) {
		agent->events[i] = event_new(agent->base, table[i].fd, table[i].what, table[i].call, agent);
		if (!agent->events[i])
			return -ENOMEM;
		if (table[i].what && i != ON_RING && event_add(agent->events[i], NULL)) /* that one waits: take_up */
			return -EIO;
	}
	return 0;
}

/* The doors before the ports: an address that is in use is found before anything is attached. */
static int open_doors(struct agent *agent)
{
	struct serve_options options = {
		.control = agent->options->control,
		.listen = *agent->config.listen ? agent->config.listen : NULL,
	};
	struct serve_sources sources = {
		.table = agent->table,
		.fastpath = agent->fastpath,
		.discovery = agent->discovery,
		.prober = agent->proofs.prober,
		.contests = agent->proofs.contests,
		.store = agent->store,
		.started = clock_boot(),
		.reload = reload,
		.context = agent,
	};
	char error[SERVE_ERROR_SIZE];
	int result = serve_new(agent->base, &options, &sources, &agent->serve, error);

	if (result)
		log_error("%s", error);
	return result;
}

static int attach_ports(struct agent *agent)
{
	struct fastpath_error error;

	for (size_t i = 0; i < agent->config.port_count; i++) {
		const struct config_port *port = &agent->config.ports[i];
		int result = attach(agent, port, &error);
		if (result) {
			log_error("%s", error.text);
			return result;
		}
	}
	return 0;
}

static int open_fastpath(struct agent *agent)
{
	struct fastpath_options options = {
		.ring_size = RING_SIZE,
		.clients_max = agent->config.bindings_max,
		.pin = true,
		.hold = true,
		.record = intake_record,
		.context = &agent->intake,
	};
	struct fastpath_error error;
	int result = fastpath_new(&options, &agent->fastpath, &error);

	if (result)
		log_error("%s", error.text);
	return result;
}

static int open_table(struct agent *agent)
{
	const struct config *config = &agent->config;
	const struct table_limits limits = {
		.bindings = config->bindings_max,
		.bindings_per_port = config->bindings_per_port,
		.peersets = config->peersets_max,
	};

	wheel_init(&agent->wheel, (uint32_t)(clock_boot() / NS_PER_SECOND));
	int result = table_new(&limits, &agent->wheel, &agent->table);
	if (!result)
		result = discovery_new(agent->base, agent->table, &agent->wheel, &config->discovery, &agent->discovery);
	if (!result)
		result = alarm_open(&agent->alarm, agent->base, &agent->wheel, on_turned, agent);
	if (result)
		log_error("out-of-memory doing=\"opening the tables\"");
	return result;
}

static int open_store(struct agent *agent)
{
	struct store_options options = {
		.path = agent->config.store,
		.bindings_max = agent->config.bindings_max,
		.committed = intake_committed,
		.repeated = intake_repeated,
		.forgotten = intake_forgotten,
		.context = &agent->intake,
	};
	char error[STORE_ERROR_SIZE];
	int result = *options.path ? store_open(&options, agent->base, agent->table, &agent->store, error) : 0;

	if (result)
		log_error("%s", error);
	return result;
}

static int open_intake(struct agent *agent)
{
	const struct config *config = &agent->config;
	int result = intake_open(&agent->intake, agent->fastpath, agent->table, agent->store);

	if (result)
		return result;
	agent->intake.frozen = config->frozen;
	result = fastpath_servers(agent->fastpath, config->servers, config->server_count);
	if (result)
		log_error("servers-not-set count=%zu error=\"%s\"", config->server_count, strerror(-result));
	return result;
}

static int open_proofs(struct agent *agent)
{
	char error[CREDENTIALS_ERROR_SIZE];

	proofs_open(&agent->proofs, agent->base, agent->table, &agent->wheel, agent->discovery);
	int result = proofs_configure(&agent->proofs, &agent->config, error);
	if (result)
		log_error("%s", error);
	return result;
}

/* In the order of the flow; then, from the loop, what the store holds is restored, and only then are records read. */
static int open_rooms(struct agent *agent)
{
	int (*const steps[])(struct agent * agent) = {
		open_fastpath, open_table, open_store,    open_intake,
		open_proofs,   open_doors, listen_events, attach_ports,
	};
	int result = 0;

	for (size_t i = 0; !result && i < sizeof steps / sizeof *steps; i++)
		result = steps[i](agent);
	if (!result)
		evtimer_add(agent->events[ON_RESTORE], &(struct timeval){0});
	return result;
}

static void close_fastpath(struct agent *agent, bool started)
{
	if (!started)
		fastpath_give_back(agent->fastpath);
	else if (agent->config.keep)
		fastpath_keep(agent->fastpath);
	else
		fastpath_free(agent->fastpath);
}

/* What the kernel alone knows, and what is on its way, goes into the store. */
static void settle_accounts(struct agent *agent)
{
	uint32_t cursor = 0;

	catch_up(agent);
	while (table_ask_all(agent->table, &cursor, RESTORE_AT_ONCE))
		continue;
	store_close(agent->store);
	agent->store = NULL;
	fastpath_consume(agent->fastpath, fastpath_mark(agent->fastpath));
}

/* In the reverse order of the flow: what reads goes before what is read. */
static void close_rooms(struct agent *agent, bool started)
{
	serve_free(agent->serve);
	if (started && event_pending(agent->events[ON_RING], EV_READ, NULL))
		settle_accounts(agent);
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		if (agent->events[i])
			event_free(agent->events[i]);
	intake_close(&agent->intake);
	store_close(agent->store);
	alarm_close(&agent->alarm);
	proofs_close(&agent->proofs);
	table_free(agent->table);
	discovery_free(agent->discovery);
	close_fastpath(agent, started);
	wheel_free(&agent->wheel);
	event_base_free(agent->base);
}

/* Each handshake has a socket, and there may be thousands: as many as the system lets us. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int agent_run(const struct agent_options *options, const struct config *config)
{
	AUTO_FREE struct agent *agent = calloc(1, sizeof *agent);

	if (!agent || !(agent->base = event_base_new())) {
		log_error("out-of-memory doing=\"starting\"");
		return -ENOMEM;
	}
	signal(SIGPIPE, SIG_IGN);
	allow_files();
	mallopt(M_MMAP_THRESHOLD, LARGE); /* a fixed one: what a storm needed goes back when it is over */
	agent->options = options;
	agent->config = *config;
	int result = open_rooms(agent);
	if (!result) {
		log_info("watching ports=%zu control=%s metrics=%s", config->port_count, options->control,
			 *config->listen ? config->listen : "none");
		event_base_dispatch(agent->base);
	}
	close_rooms(agent, !result);
	return result ? result : agent->failed;
}
