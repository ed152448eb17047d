/* SPDX-License-Identifier: BSD-2-Clause */
/* dotsnoopctl: asks a running agent; or the DNS, or a capture, without one. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "ctl/arguments.h"

/* What could not be written was not done. */
static int finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "dotsnoopctl: cannot write the output: %s\n", strerror(errno));
	return EXIT_FAILED;
}

int main(int argc, char *argv[])
{
	char error[ARGUMENTS_ERROR_SIZE];
	struct request request;

	signal(SIGPIPE, SIG_DFL); /* whoever reads our output may stop at any time: end as quietly */
	if (arguments_parse(argc, argv, &request, error)) {
		fprintf(stderr, "dotsnoopctl: %s\nTry 'dotsnoopctl --help'.\n", error);
		return EXIT_USAGE;
	}
	if (request.value[OPTION_HELP]) {
		arguments_help(request.command);
		return EXIT_DONE;
	}
	if (request.value[OPTION_VERSION]) {
		puts("dotsnoopctl " DOTSNOOP_VERSION);
		return EXIT_DONE;
	}
	return finish(request.command->run(&request));
}
