/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define LOOK_US 1000
#define START_NS (60 * NS_PER_SECOND)
#define STOP_NS (60 * NS_PER_SECOND)

#define PATH_SIZE (PLACE_FOLDER_SIZE + 16)

static void path_of(const struct agent *agent, const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", agent->folder, name);
}

void agent_store(const struct agent *agent, char folder[PATH_SIZE])
{
	path_of(agent, "store", folder);
}

bool agent_configure_ports(struct agent *agent, const char *const ports[], uint64_t bindings)
{
	char path[PATH_SIZE], store[PATH_SIZE];

	path_of(agent, "dotsnoop.yaml", path);
	agent_store(agent, store);
	AUTO_FILE FILE *file = fopen(path, "we");
	bool ok = file && fprintf(file, "ports:\n") > 0;
	for (; ok && *ports; ports++)
		ok = fprintf(file, "  - {name: %s, role: uplink}\n", *ports) > 0;
	if (ok && fprintf(file, "store: %s\nmetrics: {listen: '127.0.0.1:%d'}\nlimits: {bindings: %lu}\n", store,
			  AGENT_METRICS_PORT, bindings) > 0)
		return true;
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return false;
}

bool agent_configure(struct agent *agent, const char *port, uint64_t bindings)
{
	return agent_configure_ports(agent, (const char *const[]){port, NULL}, bindings);
}

bool agent_configure_line(struct agent *agent, const char *line)
{
	char path[PATH_SIZE];

	path_of(agent, "dotsnoop.yaml", path);
	AUTO_FILE FILE *file = fopen(path, "ae");
	if (file && fprintf(file, "%s\n", line) > 0)
		return true;
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return false;
}

/* --- Its life --- */

/* build/tests/bench/NAME runs build/dotsnoopd, from wherever it is called. */
static void program_path(char path[PATH_SIZE])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_SIZE - 1);

	path[length > 0 ? length : 0] = '\0';
	for (unsigned up = 0; up < 3; up++) {
		char *slash = strrchr(path, '/');
		if (slash)
			*slash = '\0';
	}
	strncat(path, "/dotsnoopd", PATH_SIZE - strlen(path) - 1);
}

static bool speak_to(const char *log)
{
	AUTO_FD int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	return fd >= 0 && dup2(fd, STDERR_FILENO) >= 0;
}

static void become(const struct agent *agent)
{
	char program[PATH_SIZE], config[PATH_SIZE], control[PATH_SIZE];

	program_path(program);
	path_of(agent, "dotsnoop.yaml", config);
	path_of(agent, "control.sock", control);
	place_pin(&agent->cores, false);
	if ((agent->own_pins && !place_pins()) || (agent->log && !speak_to(agent->log)))
		_exit(127);
	execl(program, program, "--config", config, "--control", control, "--log-level", agent->log ? "info" : "error",
	      NULL);
	fprintf(stderr, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

bool agent_launch(struct agent *agent)
{
	char store[PATH_SIZE], command[PATH_SIZE + 16];

	agent_store(agent, store);
	snprintf(command, sizeof command, "mkdir -p '%s'", store);
	agent->pid = system(command) == 0 ? place_fork() : -1;
	if (agent->pid == 0)
		become(agent);
	if (agent->pid > 0)
		return true;
	agent->pid = 0;
	fprintf(stderr, "the agent cannot be started: %s\n", strerror(errno));
	return false;
}

static bool has_ended(struct agent *agent)
{
	if (!agent->pid || waitpid(agent->pid, NULL, WNOHANG) != agent->pid)
		return !agent->pid;
	agent->pid = 0;
	return true;
}

bool agent_start(struct agent *agent)
{
	uint64_t deadline = clock_boot() + START_NS;
	struct agent_status status;

	if (!agent_launch(agent))
		return false;
	while (!has_ended(agent) && clock_boot() < deadline) {
		if (agent_is_healthy() && agent_status(agent, &status) && status.attached)
			return true;
		usleep(LOOK_US);
	}
	fprintf(stderr, "the agent does not answer\n");
	agent_kill(agent);
	return false;
}

void agent_kill(struct agent *agent)
{
	if (!agent->pid)
		return;
	kill(agent->pid, SIGKILL);
	waitpid(agent->pid, NULL, 0);
	agent->pid = 0;
}

void agent_stop(struct agent *agent)
{
	uint64_t deadline = clock_boot() + STOP_NS;

	if (agent->pid)
		kill(agent->pid, SIGTERM);
	while (!has_ended(agent) && clock_boot() < deadline)
		usleep(LOOK_US);
	if (agent->pid)
		fprintf(stderr, "the agent does not end\n");
	agent_kill(agent);
}

void agent_wipe(struct agent *agent)
{
	char store[PATH_SIZE], command[PATH_SIZE + 16];

	agent_stop(agent);
	agent_store(agent, store);
	snprintf(command, sizeof command, "rm -rf -- '%s'", store);
	if (system(command))
		fprintf(stderr, "%s: failed\n", command);
}

/* --- Questions --- */

bool agent_is_healthy(void)
{
	AUTO_FREE char *body = ask_body(ask_connect_port(AGENT_METRICS_PORT), "/healthz");

	return body != NULL;
}

static int connect_control(const struct agent *agent)
{
	char control[PATH_SIZE];

	path_of(agent, "control.sock", control);
	return ask_connect_socket(control);
}

char *agent_ask(const struct agent *agent, const char *path)
{
	return ask_body(connect_control(agent), path);
}

bool agent_status(const struct agent *agent, struct agent_status *ret)
{
	AUTO_FREE char *body = agent_ask(agent, "/v1/status");
	json_t *status = body ? json_loads(body, 0, NULL) : NULL;
	const char *attached = NULL;
	json_int_t bindings = -1, in_flight = 0, proven = 0;

	json_unpack(status, "{s:[{s:s}], s:{s:I}, s:{s?I, s?I}}", "ports", "attached", &attached, "tables", "bindings",
		    &bindings, "proofs", "in_flight", &in_flight, "proven", &proven);
	*ret = (struct agent_status){
		.bindings = (uint64_t)bindings,
		.attached = attached && strcmp(attached, "native") == 0,
		.in_flight = (uint64_t)in_flight,
		.proven = (uint64_t)proven,
	};
	json_decref(status);
	return bindings >= 0;
}

/* The sum of a metric over all its labels. */
static uint64_t metric(const char *text, const char *name)
{
	size_t length = strlen(name);
	uint64_t sum = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) != 0 || !strchr("{ ", line[length]))
			continue;
		const char *value = line[length] == '{' ? strstr(line, "} ") : line + length;
		sum += value ? strtoull(value + (*value == '}'), NULL, 10) : 0;
	}
	return sum;
}

bool agent_metric(const char *name, uint64_t *ret)
{
	AUTO_FREE char *body = ask_body(ask_connect_port(AGENT_METRICS_PORT), "/metrics");

	*ret = body ? metric(body, name) : 0;
	return body != NULL;
}

bool agent_counts(struct agent_counts *ret)
{
	AUTO_FREE char *body = ask_body(ask_connect_port(AGENT_METRICS_PORT), "/metrics");

	if (!body)
		return false;
	*ret = (struct agent_counts){
		.records = metric(body, "dotsnoop_ring_records_total"),
		.lost = metric(body, "dotsnoop_ring_lost_total"),
		.settled = metric(body, "dotsnoop_settled_total"),
	};
	return true;
}

int agent_watch(const struct agent *agent)
{
	int fd = connect_control(agent);
	int result = fd < 0 ? fd : ask_get(fd, "/v1/watch");

	if (result < 0 && fd >= 0)
		close(fd);
	return result < 0 ? result : fd;
}
