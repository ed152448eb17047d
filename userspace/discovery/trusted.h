/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May a name that DHCP told, or that a certificate carries, be believed? Where trusted names are configured, only if it
 * matches one of them (RFC 8973 8.1).
 */
#ifndef DISCOVERY_TRUSTED_H
#define DISCOVERY_TRUSTED_H

#include "dhcp/name.h"

/* A name; or, as "*.example.com", whatever has one label more than that name, exactly one. */
struct trusted_name {
	bool wildcard;
	struct name name; /* behind "*." */
};

/*
 * From text, as the configuration has it: A-labels, in either case, a trailing dot allowed. Returns 0 and fills *ret;
 * or -EINVAL, says in words why in *why, a string constant, and leaves *ret alone.
 */
int trusted_parse(const char *text, struct trusted_name *ret, const char **why);

/*
 * Does a name match any of these? An empty list accepts every name. `name` is the text of A-labels, in either case,
 * without a trailing dot: that of struct name, or a certificate's DNS-ID. Of the latter "*.example.com" matches the
 * same wildcard, and no other.
 */
bool trusted_accepts(const struct trusted_name *list, size_t count, const char *name);

#endif
