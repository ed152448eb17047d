/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a binding or a peerset become bytes, and bytes become it again? Big-endian, without padding; what is read is
 * checked throughout, so that a damaged value is an error and never a crash.
 */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include "table/table.h"

/* Longest text of a circuit that is packed, with its NUL. */
#define PACK_WHERE_MAX 1024

/* No binding, no peerset takes more than this. */
#define PACK_BINDING_MAX 4096
#define PACK_PEERSET_MAX 16384

/* What is stored of a binding beside what it says. */
struct pack_stamp {
	uint32_t boot; /* number of the boot whose CLOCK_BOOTTIME its times are of */
	uint32_t tag;  /* of its peerset, see pack_tag */
};

/* Returns the size; 0 when it can not be packed: a text that is too long, a time that cannot be. `to` has room for
 * PACK_BINDING_MAX. */
size_t pack_binding(const struct binding_view *view, struct pack_stamp stamp, uint8_t *to);

/*
 * Returns 0, or -EBADMSG when these bytes are no binding. Its views point into the bytes, its times are those of the
 * boot they were written in. Its circuit's id is TABLE_NONE.
 */
int unpack_binding(uint32_t id, struct bytes bytes, struct binding_view *ret, struct pack_stamp *stamp);

/* Returns the size. `to` has room for PACK_PEERSET_MAX. */
size_t pack_peerset(const struct peerset *peerset, uint8_t *to);

/* Returns 0, or -EBADMSG when these bytes are no peerset. Of the offer, name and addresses alone are filled in. */
int unpack_peerset(struct bytes bytes, struct peerset_key *key, struct offer *offer);

/*
 * What tells a packed peerset from another that had the same id before. While a store is brought up to date, bindings
 * that are out of date stand beside peersets that are not: the tag says which of them belong together. Never 0.
 */
uint32_t pack_tag(struct bytes peerset);

#endif
