/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the device take VLAN tags off frames before XDP sees them? Then circuits cannot be told apart: such offloads are
 * switched off while the port is watched, and put back afterwards (ethtool features, linux/ethtool.h).
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "fastpath/internal.h"

#define OFFLOAD_COUNT 2

/* The kernel's names of what strips 802.1Q and 802.1ad tags (net/ethtool/common.c), and our notes of them. */
static const char *const names[OFFLOAD_COUNT] = {"rx-vlan-hw-parse", "rx-vlan-stag-hw-parse"};
static const uint8_t undos[OFFLOAD_COUNT] = {DS_UNDO_CTAG, DS_UNDO_STAG};

static int ask(const char *port, void *command)
{
	AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_data = command};

	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, port, sizeof request.ifr_name - 1);
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

static int count_features(const char *port, uint32_t *ret)
{
	struct {
		struct ethtool_sset_info head;
		__u32 count;
	} info = {.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};
	int result = ask(port, &info);

	if (!result)
		*ret = info.head.sset_mask ? info.count : 0;
	return result;
}

/* Where the features stand in the kernel's bit sets: -1 for one that it does not know. */
static int find_features(const char *port, uint32_t count, int places[OFFLOAD_COUNT])
{
	AUTO_FREE struct ethtool_gstrings *strings = calloc(1, sizeof *strings + (size_t)count * ETH_GSTRING_LEN);

	if (!strings)
		return -ENOMEM;
	*strings = (struct ethtool_gstrings){.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES, .len = count};
	int result = ask(port, strings);
	for (int which = 0; which < OFFLOAD_COUNT; which++) {
		places[which] = -1;
		for (uint32_t i = 0; !result && i < count; i++)
			if (strncmp((const char *)strings->data + (size_t)i * ETH_GSTRING_LEN, names[which],
				    ETH_GSTRING_LEN) == 0)
				places[which] = (int)i;
	}
	return result;
}

static bool is_set(const struct ethtool_gfeatures *features, int place)
{
	return place >= 0 && features->features[place / 32].active >> place % 32 & 1;
}

/* Which of the offloads are on. */
static int read_features(const char *port, uint32_t count, const int places[OFFLOAD_COUNT], bool on[OFFLOAD_COUNT])
{
	uint32_t blocks = (count + 31) / 32;
	AUTO_FREE struct ethtool_gfeatures *features =
		calloc(1, sizeof *features + blocks * sizeof *features->features);

	if (!features)
		return -ENOMEM;
	*features = (struct ethtool_gfeatures){.cmd = ETHTOOL_GFEATURES, .size = blocks};
	int result = ask(port, features);
	for (int which = 0; which < OFFLOAD_COUNT; which++)
		on[which] = !result && is_set(features, places[which]);
	return result;
}

static int write_feature(const char *port, uint32_t count, int place, bool on)
{
	if (place < 0)
		return -EOPNOTSUPP;
	uint32_t blocks = (count + 31) / 32;
	AUTO_FREE struct ethtool_sfeatures *features =
		calloc(1, sizeof *features + blocks * sizeof *features->features);

	if (!features)
		return -ENOMEM;
	*features = (struct ethtool_sfeatures){.cmd = ETHTOOL_SFEATURES, .size = blocks};
	features->features[place / 32].valid = 1U << place % 32;
	features->features[place / 32].requested = (uint32_t)on << place % 32;
	return ask(port, features);
}

static int look(const char *port, uint32_t *count, int places[OFFLOAD_COUNT], bool on[OFFLOAD_COUNT])
{
	int result = count_features(port, count);

	if (!result)
		result = find_features(port, *count, places);
	return result ? result : read_features(port, *count, places, on);
}

static uint8_t undo_of(const bool on[OFFLOAD_COUNT])
{
	uint8_t undo = 0;

	for (int which = 0; which < OFFLOAD_COUNT; which++)
		undo |= on[which] ? undos[which] : 0;
	return undo;
}

/* A device without ethtool has no such offloads. */
void offload_stop(struct fastpath *fastpath, struct loaded_port *loaded)
{
	const char *port = loaded->port.key.name;
	bool before[OFFLOAD_COUNT] = {0}, after[OFFLOAD_COUNT] = {0};
	int places[OFFLOAD_COUNT];
	uint32_t count;

	if (look(port, &count, places, before))
		return;
	slot_note(fastpath, loaded, loaded->port.key.undo | undo_of(before));
	for (int which = 0; which < OFFLOAD_COUNT; which++)
		if (before[which])
			write_feature(port, count, places[which], false);
	read_features(port, count, places, after);
	slot_note(fastpath, loaded, loaded->port.key.undo & (uint8_t)~undo_of(after));
	for (int which = 0; which < OFFLOAD_COUNT; which++) {
		loaded->port.stripping |= after[which];
		if (after[which])
			log_warning("vlan-stripping port=%s offload=%s meaning=\"the device hides VLAN tags and cannot "
				    "be told not "
				    "to: circuits behind it cannot be told apart\"",
				    port, names[which]);
	}
}

void offload_restore(const char *port, uint8_t undo)
{
	bool on[OFFLOAD_COUNT];
	int places[OFFLOAD_COUNT];
	uint32_t count;

	if (!(undo & (DS_UNDO_CTAG | DS_UNDO_STAG)) || look(port, &count, places, on))
		return;
	for (int which = 0; which < OFFLOAD_COUNT; which++)
		if (undo & undos[which])
			write_feature(port, count, places[which], true);
}
