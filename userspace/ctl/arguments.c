/* SPDX-License-Identifier: BSD-2-Clause */
/* What was asked on the command line? */
#include "ctl/arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ANYWHERE (OPTION_BIT(CONTROL) | OPTION_BIT(JSON) | OPTION_BIT(HELP) | OPTION_BIT(VERSION))

static const struct {
	const char *name, *value, *help;
} options[OPTION_COUNT] = {
#define X(id, name, value, help) {name, value, help},
	OPTIONS(X)
#undef X
};

static int refuse(char error[ARGUMENTS_ERROR_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));

static int refuse(char error[ARGUMENTS_ERROR_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, ARGUMENTS_ERROR_SIZE, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static const struct command *find(const char *name)
{
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

static int note_option(struct request *request, enum option_id id, const char *value, char error[ARGUMENTS_ERROR_SIZE])
{
	request->value[id] = value;
	if (id != OPTION_RESOLVER)
		return 0;
	if (request->resolver_count == RESOLVERS_GIVEN_MAX)
		return refuse(error, "--resolver may be given %d times, not more", RESOLVERS_GIVEN_MAX);
	request->resolvers[request->resolver_count++] = value;
	return 0;
}

static int read_options(int argc, char *argv[], struct request *request, char error[ARGUMENTS_ERROR_SIZE])
{
	struct option table[OPTION_COUNT + 1] = {0};
	int option;

	for (int i = 0; i < OPTION_COUNT; i++)
		table[i] = (struct option){options[i].name, options[i].value ? required_argument : no_argument, NULL,
					   i + 1};
	opterr = 0;
	optind = 0; /* glibc: begin anew */
	while ((option = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		if (option == ':')
			return refuse(error, "%.64s needs a value", argv[optind - 1]);
		if (option == '?' && optopt > OPTION_COUNT)
			return refuse(error, "no such option: -%c", optopt);
		if (option == '?' && optopt)
			return refuse(error, "--%s takes no value", options[optopt - 1].name);
		if (option == '?')
			return refuse(error, "no such option: %.64s", argv[optind - 1]);
		if (note_option(request, option - 1, optarg ? optarg : "", error))
			return -EINVAL;
	}
	return 0;
}

/* Does the command take all that was given? */
static int check_options(const struct request *request, char error[ARGUMENTS_ERROR_SIZE])
{
	for (unsigned i = 0; i < OPTION_COUNT; i++)
		if (request->value[i] && !((ANYWHERE | request->command->options) & 1U << i))
			return refuse(error, "%s takes no --%s", request->command->name, options[i].name);
	return 0;
}

static int read_operands(int argc, char *argv[], struct request *request, char error[ARGUMENTS_ERROR_SIZE])
{
	bool informs = request->value[OPTION_HELP] || request->value[OPTION_VERSION];
	int at = optind;

	if (at == argc)
		return informs ? 0 : refuse(error, "which command?");
	request->command = find(argv[at]);
	if (!request->command)
		return refuse(error, "no such command: %.64s", argv[at]);
	at++;
	if (request->command->operand && at < argc)
		request->operand = argv[at++];
	if (at < argc)
		return refuse(error, "%s: one argument too many: %.64s", request->command->name, argv[at]);
	if (request->command->operand && !request->operand && !informs)
		return refuse(error, "%s needs %s", request->command->name, request->command->operand);
	return check_options(request, error);
}

int arguments_parse(int argc, char *argv[], struct request *ret, char error[ARGUMENTS_ERROR_SIZE])
{
	struct request request = {0};
	int result = read_options(argc, argv, &request, error);

	if (!result)
		result = read_operands(argc, argv, &request, error);
	if (!result)
		*ret = request;
	return result;
}

static void print_options(unsigned which)
{
	puts("\nOptions:");
	for (unsigned i = 0; i < OPTION_COUNT; i++) {
		char text[64];
		if (!(which & 1U << i))
			continue;
		snprintf(text, sizeof text, "--%s%s%s", options[i].name, options[i].value ? " " : "",
			 options[i].value ? options[i].value : "");
		printf("  %-33s %s\n", text, options[i].help);
	}
}

void arguments_help(const struct command *command)
{
	if (command) {
		printf("usage: dotsnoopctl [OPTIONS] %s%s%s\n\n%s\n", command->name, command->operand ? " " : "",
		       command->operand ? command->operand : "", command->help);
		print_options(ANYWHERE | command->options);
		return;
	}
	puts("usage: dotsnoopctl [OPTIONS] COMMAND [ARGUMENT]\n\nCommands:");
	for (command = commands; command->name; command++)
		printf("  %-10s %s\n", command->name, command->help);
	print_options(ANYWHERE);
	puts("\n`dotsnoopctl COMMAND --help` tells what else a command takes.\n"
	     "Exit status: 0 done, 1 refused or failed, 2 wrong usage.");
}
