/* SPDX-License-Identifier: BSD-2-Clause */
/* What is `discover` to find, and whom does it ask? */
#ifndef CTL_QUEST_H
#define CTL_QUEST_H

#include "ctl/command.h"
#include "discovery/walk.h"

#define QUEST_ERROR_SIZE 256
#define QUEST_FAMILIES_MAX 2
#define QUEST_METHODS_MAX 2

struct quest {
	struct dns_name domain;
	enum service service;
	enum dnssec dnssec;
	size_t family_count, method_count;
	uint8_t families[QUEST_FAMILIES_MAX]; /* in the order in which they are tried */
	enum walk_kind methods[QUEST_METHODS_MAX];
	struct resolver_place place;
};

/*
 * From the command line, and where that names no resolver, from /etc/resolv.conf. Returns 0; or -EINVAL, and one line
 * in error, for what no name, family, service, method, resolver or DNSSEC mode is.
 */
int quest_read(const struct request *request, struct quest *ret, char error[QUEST_ERROR_SIZE]);

/* Adds a resolver from "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53", "fe80::1%eth0", and the like. */
int quest_add_resolver(const char *text, struct resolver_place *place, char error[QUEST_ERROR_SIZE]);

const char *quest_method_word(enum walk_kind method);

/* The resolvers, for people: "192.0.2.1, [2001:db8::1]:5353". The text is cut to the buffer, which is returned. */
const char *quest_place_text(const struct resolver_place *place, char *text, size_t size);

#endif
