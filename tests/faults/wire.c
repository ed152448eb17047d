/* SPDX-License-Identifier: BSD-2-Clause */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../fastpath/support.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define SLOTS 2 /* no agent here has more ports */
#define ARRIVED_NS (20 * NS_PER_SECOND)

static bool complain(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return false;
}

static int open_socket(const char *device)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(device)};
	AUTO_FD int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (!address.sll_ifindex || fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address))
		return -1;
	return take_fd(fd);
}

static uint64_t sum_of(const struct ds_counters *counters)
{
	const __u64 *values = (const __u64 *)counters;
	uint64_t sum = 0;

	for (size_t i = 0; i < DS_REASON_COUNT; i++)
		sum += values[i];
	return sum;
}

bool wire_open(struct wire *wire, const char *device)
{
	struct ds_counters counters;

	*wire = (struct wire){.socket = open_socket(device), .counters = -1};
	if (wire->socket < 0)
		return complain(device);
	wire->counters = bpf_obj_get(FASTPATH_PINS "/maps/counters");
	if (wire->counters < 0)
		return complain("the counters are not pinned");
	if (!wire_counts(wire, &counters))
		return false;
	wire->before = sum_of(&counters);
	return true;
}

void wire_close(struct wire *wire)
{
	cleanup_fd(&wire->socket);
	cleanup_fd(&wire->counters);
	wire->socket = wire->counters = -1;
}

bool wire_counts(const struct wire *wire, struct ds_counters *ret)
{
	int cpus = libbpf_num_possible_cpus();
	AUTO_FREE struct ds_counters *values = calloc((size_t)(cpus > 0 ? cpus : 1), sizeof *values);
	__u64 *sums = (__u64 *)ret;

	*ret = (struct ds_counters){0};
	for (__u32 slot = 0; values && slot < SLOTS; slot++) {
		if (bpf_map_lookup_elem(wire->counters, &slot, values))
			return complain("the counters cannot be read");
		for (size_t i = 0; i < (size_t)cpus * DS_REASON_COUNT; i++)
			sums[i % DS_REASON_COUNT] += ((const __u64 *)values)[i];
	}
	return values != NULL;
}

bool wire_settle(struct wire *wire)
{
	uint64_t deadline = clock_boot() + ARRIVED_NS;
	struct ds_counters counters;

	do {
		if (!wire_counts(wire, &counters))
			return false;
		if (sum_of(&counters) - wire->before == wire->sent)
			return true;
		usleep(50);
	} while (clock_boot() < deadline);
	fprintf(stderr, "of %" PRIu64 " frames %" PRIu64 " were counted\n", wire->sent,
		sum_of(&counters) - wire->before);
	return false;
}

bool wire_try(const struct wire *wire, const struct packet *packet)
{
	return send(wire->socket, packet->data, packet->size, 0) == (ssize_t)packet->size;
}

void wire_reopen(struct wire *wire, const char *device)
{
	cleanup_fd(&wire->socket);
	wire->socket = open_socket(device);
}

bool wire_send(struct wire *wire, const struct packet *packet)
{
	if (!wire_try(wire, packet))
		return complain("a frame cannot be sent");
	return ++wire->sent % WIRE_AHEAD || wire_settle(wire);
}
