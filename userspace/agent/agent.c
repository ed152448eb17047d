/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/agent.h"

#include <errno.h>
#include <event2/event.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/intake.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "serve/serve.h"

#define RING_SIZE (16 << 20)
#define LOOK_AFTER_US 50000

enum {
	ON_RING,
	ON_EXPIRY,
	ON_LINKS,
	ON_LOOK,
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
	struct table *table;
	struct discovery *discovery;
	struct serve *serve;
	struct intake intake;
	struct event *events[EVENT_COUNT];
};

int agent_configure(const struct agent_options *options, struct config *ret, struct config_error *error)
{
	int result = 0;

	config_default(ret);
	if (options->file)
		result = config_load(options->file, ret, error);
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

/* Ends what is due, and sleeps until something is. */
static void expire(struct agent *agent)
{
	uint64_t now = clock_boot(), next = table_expire(agent->table, now);
	struct timeval wait = {0};

	if (next == TABLE_NEVER) {
		evtimer_del(agent->events[ON_EXPIRY]);
		return;
	}
	if (next > now) {
		wait.tv_sec = (time_t)((next - now) / NS_PER_SECOND);
		wait.tv_usec = (suseconds_t)((next - now) % NS_PER_SECOND / 1000);
	}
	evtimer_add(agent->events[ON_EXPIRY], &wait);
}

static void on_expiry(evutil_socket_t fd, short events, void *context)
{
	(void)fd;
	(void)events;
	expire(context);
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
	for (long most = (long)(ring.used / sizeof(struct ds_record)); most > 0 && count > 0; most -= count)
		count = fastpath_drain(agent->fastpath);
}

static void on_ring(evutil_socket_t fd, short events, void *context)
{
	struct agent *agent = context;

	(void)fd;
	(void)events;
	fastpath_drain(agent->fastpath);
	expire(agent);
}

static int attach(struct agent *agent, const struct config_port *port, struct fastpath_error *error)
{
	int result = fastpath_attach(agent->fastpath, port->name, port->role, port->mode, error);

	return result ? result : fastpath_limit(agent->fastpath, port->name, port->rate, port->burst);
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
		fastpath_detach(agent->fastpath, port->name);
		if (!if_nametoindex(port->name)) {
			log_warning("port-gone port=%s meaning=\"its device is not there: it is attached again when it "
				    "is back\"",
				    port->name);
		} else if (attach(agent, port, &error)) {
			log_error("%s", error.text);
		} else {
			discovery_restart(agent->discovery, port->name);
			changed = true;
		}
	}
	if (changed) /* circuits are told by the names of ports */
		fastpath_unsettle_all(agent->fastpath);
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
	if (from->bindings_max != to->bindings_max)
		log_warning("reload-needs-restart key=limits.bindings");
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
	result = change_ports(agent, config, &fastpath_error);
	if (result) {
		snprintf(text, size, "%s", fastpath_error.text);
		return result;
	}
	if (fastpath_servers(agent->fastpath, config->servers, config->server_count))
		log_error("servers-not-changed count=%zu", config->server_count);
	discovery_configure(agent->discovery, &config->discovery);
	agent->intake.frozen = config->frozen;
	fastpath_unsettle_all(agent->fastpath); /* what was held under the old configuration is read by the new one */
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
		[ON_EXPIRY] = {-1, 0, on_expiry},
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
		if (table[i].what && event_add(agent->events[i], NULL))
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

static int open_rooms(struct agent *agent)
{
	struct fastpath_options options = {
		.ring_size = RING_SIZE,
		.clients_max = agent->config.bindings_max,
		.pin = true,
		.record = intake_record,
		.context = &agent->intake,
	};
	struct fastpath_error error;
	int result = fastpath_new(&options, &agent->fastpath, &error);

	if (result) {
		log_error("%s", error.text);
		return result;
	}
	result = table_new(agent->config.bindings_max, &agent->table);
	if (!result)
		result = discovery_new(agent->base, agent->table, &agent->config.discovery, &agent->discovery);
	if (result) {
		log_error("out-of-memory doing=\"opening the tables\"");
		return result;
	}
	intake_open(&agent->intake, agent->fastpath, agent->table);
	agent->intake.frozen = agent->config.frozen;
	result = fastpath_servers(agent->fastpath, agent->config.servers, agent->config.server_count);
	if (result)
		log_error("servers-not-set count=%zu error=\"%s\"", agent->config.server_count, strerror(-result));
	if (!result)
		result = open_doors(agent);
	if (!result)
		result = listen_events(agent);
	if (!result)
		result = attach_ports(agent);
	if (result)
		return result;
	catch_up(agent);
	fastpath_drop_unclaimed(agent->fastpath);
	expire(agent);
	return 0;
}

/* Bindings end with us, so what was settled is not held any more: for the next agent it has to come up again. */
static void keep_fastpath(struct fastpath *fastpath)
{
	fastpath_unsettle_all(fastpath);
	fastpath_keep(fastpath);
}

static void close_fastpath(struct agent *agent, bool started)
{
	if (!started)
		fastpath_give_back(agent->fastpath);
	else if (agent->config.keep)
		keep_fastpath(agent->fastpath);
	else
		fastpath_free(agent->fastpath);
}

/* In the reverse order of the flow: what reads goes before what is read. */
static void close_rooms(struct agent *agent, bool started)
{
	serve_free(agent->serve);
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		if (agent->events[i])
			event_free(agent->events[i]);
	intake_close(&agent->intake);
	table_free(agent->table);
	discovery_free(agent->discovery);
	close_fastpath(agent, started);
	event_base_free(agent->base);
}

int agent_run(const struct agent_options *options, const struct config *config)
{
	AUTO_FREE struct agent *agent = calloc(1, sizeof *agent);

	if (!agent || !(agent->base = event_base_new())) {
		log_error("out-of-memory doing=\"starting\"");
		return -ENOMEM;
	}
	signal(SIGPIPE, SIG_IGN);
	agent->options = options;
	agent->config = *config;
	int result = open_rooms(agent);
	if (!result) {
		log_info("watching ports=%zu control=%s metrics=%s", config->port_count, options->control,
			 *config->listen ? config->listen : "none");
		event_base_dispatch(agent->base);
	}
	close_rooms(agent, !result);
	return result;
}
