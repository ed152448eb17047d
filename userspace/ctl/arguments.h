/* SPDX-License-Identifier: BSD-2-Clause */
/* What was asked on the command line? */
#ifndef CTL_ARGUMENTS_H
#define CTL_ARGUMENTS_H

#include "ctl/command.h"

#define ARGUMENTS_ERROR_SIZE 256

/*
 * Reads the arguments, and moves options before operands in argv as getopt_long does. Returns 0; or -EINVAL and one
 * line in error. With --help or --version the rest may be missing: `command` may be NULL then, and then only.
 */
int arguments_parse(int argc, char *argv[], struct request *ret, char error[ARGUMENTS_ERROR_SIZE]);

/* Prints how dotsnoopctl, or one of its commands, is used. */
void arguments_help(const struct command *command);

#endif
