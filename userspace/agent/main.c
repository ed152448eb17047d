/* SPDX-License-Identifier: BSD-2-Clause */
/* What was dotsnoopd asked to do? The command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/log.h"
#include "fastpath/fastpath.h"

static const char usage[] =
	"Usage: dotsnoopd [OPTION...] [PORT...]\n"
	"Learns from passing DHCP replies which DOTS agents each subscriber was told to use (RFC 8973).\n"
	"PORTs named here are uplinks in observe mode, beside those of the configuration.\n"
	"\n"
	"  --config FILE      configuration (" CONFIG_FILE ", if it exists)\n"
	"  --check            check the configuration, say what is wrong with it, and exit\n"
	"  --detach           remove programs and pins that an earlier agent left, and exit\n"
	"  --foreground       stay in the foreground; always so, for a service manager to supervise\n"
	"  --log-level LEVEL  error, warning, info or debug (info)\n"
	"  --store DIR        where bindings outlive the agent (" CONFIG_STORE "); none: nowhere\n"
	"  --control SOCKET   where dotsnoopctl reaches the agent (" CONFIG_CONTROL ")\n"
	"  --version, --help\n";

enum action {
	RUN,
	CHECK,
	DETACH
};

struct command {
	enum action action;
	struct agent_options agent;
};

static void set_log_level(const char *word)
{
	enum log_level level;

	if (!log_level_parse(word, &level)) {
		fprintf(stderr, "dotsnoopd: --log-level %s: one of error, warning, info, debug is due\n", word);
		exit(2);
	}
	log_set_level(level);
}

/* Exits on --help, --version and wrong usage. */
static struct command parse(int argc, char *argv[])
{
	enum {
		CONFIG = 256,
		CONTROL,
		STORE,
		LEVEL,
		FOREGROUND,
		VERSION,
		HELP
	};
	struct command command = {.agent = {.control = CONFIG_CONTROL}};
	const struct option options[] = {
		{"config", required_argument, NULL, CONFIG},
		{"check", no_argument, (int *)&command.action, CHECK},
		{"detach", no_argument, (int *)&command.action, DETACH},
		{"foreground", no_argument, NULL, FOREGROUND},
		{"log-level", required_argument, NULL, LEVEL},
		{"control", required_argument, NULL, CONTROL},
		{"store", required_argument, NULL, STORE},
		{"version", no_argument, NULL, VERSION},
		{"help", no_argument, NULL, HELP},
		{0},
	};

	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		switch (option) {
		case 0:
		case FOREGROUND:
			break;
		case CONFIG:
			command.agent.file = optarg;
			break;
		case CONTROL:
			command.agent.control = optarg;
			break;
		case STORE:
			command.agent.store = optarg;
			break;
		case LEVEL:
			set_log_level(optarg);
			break;
		case VERSION:
			puts("dotsnoopd " DOTSNOOP_VERSION);
			exit(0);
		case HELP:
			fputs(usage, stdout);
			exit(0);
		default:
			fputs("dotsnoopd --help tells how it is used\n", stderr);
			exit(2);
		}
	}
	command.agent.port_count = (size_t)(argc - optind);
	command.agent.ports = argv + optind;
	if (!command.agent.file && access(CONFIG_FILE, F_OK) == 0)
		command.agent.file = CONFIG_FILE;
	return command;
}

static int detach(void)
{
	struct fastpath_error error;

	if (fastpath_clear(&error)) {
		log_error("%s", error.text);
		return 1;
	}
	return 0;
}

int main(int argc, char *argv[])
{
	static struct config config; /* large, and needed as long as the agent */
	struct command command = parse(argc, argv);
	struct config_error error;

	if (command.action == DETACH)
		return detach();
	if (agent_configure(&command.agent, &config, &error)) {
		log_error("%s", error.text);
		return 1;
	}
	if (command.action == CHECK) {
		printf("%s: fine: %zu port%s to watch\n", command.agent.file ? command.agent.file : "command line",
		       config.port_count, config.port_count == 1 ? "" : "s");
		return 0;
	}
	return agent_run(&command.agent, &config) ? 1 : 0;
}
