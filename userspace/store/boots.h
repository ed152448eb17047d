/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which boot was this written, and what time is that now? CLOCK_BOOTTIME begins anew with each boot. The store knows
 * each boot that it holds something of by a number, and notes how far the wall clock was ahead of it.
 */
#ifndef STORE_BOOTS_H
#define STORE_BOOTS_H

#include "table/table.h"

#define BOOT_ID_SIZE 36

/* A packed boot is as long as this. */
#define BOOT_PACKED_SIZE (BOOT_ID_SIZE + 8)

struct boot {
	uint32_t number;
	char id[BOOT_ID_SIZE]; /* the kernel's name for it */
	int64_t offset;        /* ns: wall-clock time, less CLOCK_BOOTTIME */
	bool used;             /* something that was restored is of it */
};

/* Where clocks and the boot's name come from. */
struct boots_source {
	const char *id_path;
	uint64_t (*boot)(void);
	uint64_t (*wall)(void);
};

extern const struct boots_source boots_of_system;

struct boots {
	const struct boots_source *source;
	struct boot *known; /* owned */
	size_t count;
	struct boot now;
};

/* Names the boot that it is. Whoever has no name for it gets one that is new: then the wall clock alone tells. */
void boots_init(struct boots *boots, const struct boots_source *source);
void boots_free(struct boots *boots);

/* Adds one that the store knows. Returns 0, -ENOMEM, or -EBADMSG when these bytes are none. */
int boots_add(struct boots *boots, uint32_t number, struct bytes packed);

/* Gives this boot its number, when all that are known have been added. */
void boots_number(struct boots *boots);

/* This boot, as it has to be noted now. */
void boots_pack(struct boots *boots, uint8_t to[BOOT_PACKED_SIZE]);
int boots_unpack(uint32_t number, struct bytes packed, struct boot *ret);

/*
 * Turns the times of what was written in the boot of that number into those of this one. What would lie before it began
 * lies at its beginning: lifetimes are shortened instead, so that the end stays where it is. `over` tells that this end
 * is past. Returns false when that boot is not known.
 */
bool boots_translate(struct boots *boots, uint32_t number, struct binding_view *view, bool *over);

#endif
