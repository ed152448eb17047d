/* SPDX-License-Identifier: BSD-2-Clause */
/* What is `discover` to find, and whom does it ask? */
#ifndef CTL_INQUIRY_H
#define CTL_INQUIRY_H

#include "ctl/command.h"
#include "discovery/walk.h"

#define INQUIRY_ERROR_SIZE 256
#define INQUIRY_FAMILIES_MAX 2
#define INQUIRY_METHODS_MAX 2

struct inquiry {
	struct dns_name domain;
	enum service service;
	enum dnssec dnssec;
	size_t family_count, method_count;
	uint8_t families[INQUIRY_FAMILIES_MAX]; /* in the order in which they are tried */
	enum walk_kind methods[INQUIRY_METHODS_MAX];
	struct resolver_place place;
};

/*
 * From the command line, and where that names no resolver, from /etc/resolv.conf. Returns 0; or -EINVAL, and one line
 * in error, for what no name, family, service, method, resolver or DNSSEC mode is.
 */
int inquiry_read(const struct request *request, struct inquiry *ret, char error[INQUIRY_ERROR_SIZE]);

/* Adds a resolver from "192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53", "fe80::1%eth0", and the like. */
int inquiry_add_resolver(const char *text, struct resolver_place *place, char error[INQUIRY_ERROR_SIZE]);

const char *inquiry_method_word(enum walk_kind method);

/* The resolvers, for people: "192.0.2.1, [2001:db8::1]:5353". The text is cut to the buffer, which is returned. */
const char *inquiry_place_text(const struct resolver_place *place, char *text, size_t size);

#endif
