/* SPDX-License-Identifier: BSD-2-Clause */
#include "others.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "base/cleanup.h"
#include "generator.h"
#include "veth.h"

#define SENDER "dsbench0"
#define PORT "dsbench1"

#define FRAMES 500000 /* a run: 0.2 s */
#define MATCHES 10    /* frames that the socket's filter is tried with */

int xdp_filter_load(const char *name, struct xdp_program **ret)
{
	char file[64];
	struct bpf_map *map;

	snprintf(file, sizeof file, "%s.o", name);
	struct xdp_program *program = xdp_program__find_file(file, "xdp", NULL);
	int result = (int)libxdp_get_error(program);
	if (result)
		return result;
	struct bpf_object *object = xdp_program__bpf_obj(program);
	bpf_object__for_each_map(map, object) bpf_map__set_pin_path(map, NULL);
	result = bpf_object__load(object);
	if (result) {
		xdp_program__close(program);
		return result;
	}
	*ret = program;
	return bpf_program__fd(bpf_object__next_program(object, NULL));
}

/* --- AF_PACKET --- */

static int refuse(int result, const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-result));
	return result;
}

/* Frames that the device handed to the stack so far, as the kernel says. */
static uint64_t received(void)
{
	AUTO_FILE FILE *file = fopen("/proc/thread-self/net/dev", "re");
	char line[512];
	uint64_t packets = 0;

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, " " PORT ": %*u %" SCNu64, &packets) == 1)
			break;
	return packets;
}

/* The last ones may still be on their way when the kernel has other work to do first. */
static bool all_received(uint64_t count)
{
	for (unsigned ms = 0; ms < 1000 && received() < count; ms++)
		usleep(1000);
	return received() == count;
}

/* Frames into the stack: ns each. -EIO when not all of them got there. */
static int time_frames(struct generator *generator, uint32_t frames, double *ret)
{
	uint64_t all = received() + frames, took;
	int result = generator_send(generator, if_nametoindex(SENDER), frames, &took);

	*ret = (double)took / frames;
	return !result && !all_received(all) ? -EIO : result;
}

/* Does the socket take DHCP and nothing else? */
static int try_socket(int fd, struct generator *plain)
{
	struct generator *acks;
	double ns;
	int result = generator_new(1, &acks);

	if (result)
		return result;
	result = time_frames(acks, MATCHES, &ns);
	generator_free(acks);
	if (!result && af_packet_drain(fd) != MATCHES)
		result = -EPROTO;
	if (!result)
		result = time_frames(plain, MATCHES, &ns);
	return !result && af_packet_drain(fd) ? -EPROTO : result;
}

static int with_socket(struct generator *generator, double *ret)
{
	AUTO_FD int fd = af_packet_open(if_nametoindex(PORT));

	if (fd < 0)
		return refuse(fd, "no AF_PACKET socket");
	int result = try_socket(fd, generator);
	return result ? refuse(result, "the socket does not see DHCP alone") : time_frames(generator, FRAMES, ret);
}

int af_packet_measure(int pass, struct row_runs *runs)
{
	struct generator *generator;

	if (!veth_namespace() || !veth_pair(SENDER, PORT))
		return -EIO;
	int result = bpf_xdp_attach((int)if_nametoindex(PORT), pass, XDP_FLAGS_DRV_MODE, NULL);
	if (!result)
		result = generator_new(UINT32_MAX, &generator);
	if (result)
		return refuse(result, "no frames for the socket");
	for (unsigned run = 0; !result && run < runs->count; run++) {
		result = time_frames(generator, FRAMES, &runs->floor[run]);
		if (!result)
			result = with_socket(generator, &runs->value[run]);
	}
	generator_free(generator);
	return result;
}
