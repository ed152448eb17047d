/* SPDX-License-Identifier: BSD-2-Clause */
/* In which boot was this written, and what time is that now? */
#include "store/boots.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

static uint64_t wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

const struct boots_source boots_of_system = {
	.id_path = "/proc/sys/kernel/random/boot_id",
	.boot = clock_boot,
	.wall = wall_ns,
};

static void make_id(char id[BOOT_ID_SIZE])
{
	uint8_t random[BOOT_ID_SIZE / 2 - 1];
	char text[BOOT_ID_SIZE] = "";

	if (getrandom(random, sizeof random, 0) == (ssize_t)sizeof random)
		text_hex((struct bytes){random, sizeof random}, text, sizeof text);
	memcpy(id, text, BOOT_ID_SIZE);
}

void boots_init(struct boots *boots, const struct boots_source *source)
{
	AUTO_FD int fd = open(source->id_path, O_RDONLY | O_CLOEXEC);

	*boots = (struct boots){.source = source};
	if (fd < 0 || read(fd, boots->now.id, BOOT_ID_SIZE) != BOOT_ID_SIZE)
		make_id(boots->now.id);
}

void boots_free(struct boots *boots)
{
	free(boots->known);
	boots->known = NULL;
	boots->count = 0;
}

int boots_unpack(uint32_t number, struct bytes packed, struct boot *ret)
{
	uint64_t offset;

	if (packed.size != BOOT_PACKED_SIZE)
		return -EBADMSG;
	*ret = (struct boot){.number = number};
	memcpy(ret->id, packed.data, BOOT_ID_SIZE);
	memcpy(&offset, packed.data + BOOT_ID_SIZE, sizeof offset);
	ret->offset = (int64_t)be64toh(offset);
	return 0;
}

int boots_add(struct boots *boots, uint32_t number, struct bytes packed)
{
	struct boot boot;
	int error = boots_unpack(number, packed, &boot);

	if (error)
		return error;
	struct boot *known = realloc(boots->known, (boots->count + 1) * sizeof *known);
	if (!known)
		return -ENOMEM;
	boots->known = known;
	known[boots->count++] = boot;
	return 0;
}

void boots_number(struct boots *boots)
{
	uint32_t highest = 0;

	for (size_t i = 0; i < boots->count; i++) {
		if (memcmp(boots->known[i].id, boots->now.id, BOOT_ID_SIZE) == 0) {
			boots->now.number = boots->known[i].number;
			return;
		}
		if (boots->known[i].number > highest)
			highest = boots->known[i].number;
	}
	boots->now.number = highest + 1;
}

static int64_t offset_now(const struct boots *boots)
{
	return (int64_t)(boots->source->wall() - boots->source->boot());
}

void boots_pack(struct boots *boots, uint8_t to[BOOT_PACKED_SIZE])
{
	boots->now.offset = offset_now(boots);
	uint64_t offset = htobe64((uint64_t)boots->now.offset);

	memcpy(to, boots->now.id, BOOT_ID_SIZE);
	memcpy(to + BOOT_ID_SIZE, &offset, sizeof offset);
}

/* How much later the same moment is in this boot's time. */
static bool shift_of(struct boots *boots, uint32_t number, int64_t *ret)
{
	if (number == boots->now.number) {
		*ret = 0;
		return true;
	}
	for (size_t i = 0; i < boots->count; i++)
		if (boots->known[i].number == number) {
			boots->known[i].used = true;
			return !__builtin_sub_overflow(boots->known[i].offset, offset_now(boots), ret);
		}
	return false;
}

/* Since when: neither before this boot nor after now. */
static uint64_t within(int64_t time, uint64_t now)
{
	if (time < 0)
		return 0;
	return (uint64_t)time < now ? (uint64_t)time : now;
}

/* What is left of its time when the first of it is cut off. */
static uint32_t shortened(uint32_t lifetime, uint64_t seconds)
{
	if (lifetime == LIFETIME_INFINITE)
		return lifetime;
	return lifetime > seconds ? (uint32_t)(lifetime - seconds) : 0;
}

static void shorten(struct binding_view *view, uint64_t seconds)
{
	view->lifetime = shortened(view->lifetime, seconds);
	for (size_t i = 0; i < view->lease_count; i++)
		view->leases[i].lifetime = shortened(view->leases[i].lifetime, seconds);
}

/* Whole seconds are cut off until it is not negative, so that each end stays where it is to the nanosecond. */
static uint64_t clamp_refreshed(struct binding_view *view, int64_t refreshed, uint64_t now)
{
	if (refreshed >= 0)
		return within(refreshed, now);
	uint64_t before = -(uint64_t)refreshed;
	uint64_t seconds = (before + NS_PER_SECOND - 1) / NS_PER_SECOND;

	shorten(view, seconds);
	return seconds * NS_PER_SECOND - before;
}

static bool set_times(struct binding_view *view, int64_t shift, uint64_t now)
{
	int64_t refreshed, since;

	if (__builtin_add_overflow((int64_t)view->refreshed, shift, &refreshed) ||
	    __builtin_add_overflow((int64_t)view->since, shift, &since))
		return false;
	view->since = within(since, now);
	view->refreshed = clamp_refreshed(view, refreshed, now);
	view->expires =
		view->lifetime == LIFETIME_INFINITE ? TABLE_NEVER : view->refreshed + view->lifetime * NS_PER_SECOND;
	return true;
}

bool boots_translate(struct boots *boots, uint32_t number, struct binding_view *view, bool *over)
{
	uint64_t now = boots->source->boot();
	int64_t shift;

	if (!shift_of(boots, number, &shift) || !set_times(view, shift, now))
		return false;
	*over = view->expires <= now;
	return true;
}
