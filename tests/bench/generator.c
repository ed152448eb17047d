/* SPDX-License-Identifier: BSD-2-Clause */
#include "generator.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <netinet/in.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../fastpath/support.h"
#include "generator.skel.h"

/* Frames that the kernel makes, and sends, at once: as many as a veth device takes from its ring at once. */
#define BATCH 64

struct generator {
	struct generator_bpf *skeleton;
	uint8_t first[GENERATOR_FRAME_MAX]; /* a frame as the kernel fills its pages */
	uint32_t first_size;
};

/* RFC 1071. */
static void add_checksum(struct packet *packet)
{
	uint8_t *ip = packet->data + packet->ip;
	uint32_t sum = 0;

	for (size_t i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum >> 16) + (sum & 0xffff);
	put16(ip + 10, (uint16_t) ~(sum + (sum >> 16)));
}

/* Broadcast, so that its headers are the same for every client. */
static void build_ack(struct packet *packet)
{
	add_dhcp4(packet, 2, 5);
	memset(packet->data, 0xff, 6);
	memset(packet->data + packet->ip + 16, 0xff, 4);
	packet->data[packet->message + 10] = 0x80; /* the client asked for a broadcast */
	add_option4(packet, 54, "\xc0\x00\x02\x01", 4);
	add_option4(packet, 51, "\x00\x01\x51\x80", 4); /* a day: none ends while it is measured */
	add_option4(packet, 1, "\xff\x00\x00\x00", 4);
	add_option4(packet, 3, "\x0a\x00\x00\x01", 4);
	add_option4(packet, 6, "\xc0\x00\x02\x35", 4);
	add_option4(packet, 147, "\4dots\7example\3com", 18);
	add_option4(packet, 148, "\xc6\x33\x64\x01", 4);
	add(packet, "\xff", 1);
	seal(packet);
	add_checksum(packet);
}

/* 802.1ad around 802.1Q; the program writes their numbers. */
static void add_tags(struct packet *packet)
{
	static const uint8_t tags[GENERATOR_TAGS_SIZE] = {0x88, 0xa8, 0, 0, 0x81, 0x00, 0, 0};
	const size_t at = 2 * ETH_ALEN;

	memmove(packet->data + at + sizeof tags, packet->data + at, packet->size - at);
	memcpy(packet->data + at, tags, sizeof tags);
	packet->size += sizeof tags;
}

static void build_plain(struct packet *packet, bool tagged, uint8_t protocol)
{
	add_ethernet(packet, tagged ? ETH_P_8021Q : ETH_P_IP);
	if (tagged)
		put32(add(packet, NULL, 4), 100 << 16 | ETH_P_IP);
	add_ipv4(packet, protocol);
	if (protocol == IPPROTO_UDP) {
		add_udp(packet, 443, 50000);
	} else {
		uint8_t *tcp = add(packet, NULL, 20);
		put16(tcp, 443);
		put16(tcp + 2, 50000);
		tcp[12] = 0x50; /* five words */
		tcp[13] = 0x10; /* ACK */
	}
	seal(packet);
	add_checksum(packet);
	add(packet, NULL, GENERATOR_PLAIN_SIZE - packet->size); /* padding, as Ethernet wants it */
}

static void fill_plain(struct generator *generator)
{
	struct generator_bpf__rodata *constants = generator->skeleton->rodata;
	struct packet packet;

	for (unsigned kind = 0; kind < GENERATOR_PLAIN_KINDS; kind++) {
		build_plain(&packet, kind & 1, kind & 2 ? IPPROTO_UDP : IPPROTO_TCP);
		memcpy((void *)constants->plain[kind], packet.data, GENERATOR_PLAIN_SIZE);
	}
	memcpy(generator->first, packet.data, GENERATOR_PLAIN_SIZE);
	generator->first_size = GENERATOR_PLAIN_SIZE;
}

static void fill_ack(struct generator *generator)
{
	struct generator_bpf__rodata *constants = generator->skeleton->rodata;
	struct packet packet;

	build_ack(&packet);
	if (constants->circuits)
		add_tags(&packet);
	assert_int_equal(packet.size, constants->circuits ? GENERATOR_FRAME_MAX : GENERATOR_ACK_SIZE);
	memcpy((void *)constants->ack, packet.data, packet.size);
	if (constants->ack_every > 1)
		return;
	memcpy(generator->first, packet.data, packet.size);
	generator->first_size = (uint32_t)packet.size;
}

static int open_generator(uint32_t ack_every, bool circuits, struct generator **ret)
{
	struct generator *generator = calloc(1, sizeof *generator);

	if (!generator)
		return -ENOMEM;
	generator->skeleton = generator_bpf__open();
	int result = generator->skeleton ? 0 : -errno;
	if (!result) {
		generator->skeleton->rodata->ack_every = ack_every;
		generator->skeleton->rodata->circuits = circuits;
		fill_plain(generator);
		fill_ack(generator);
		result = generator_bpf__load(generator->skeleton);
	}
	if (result) {
		generator_free(generator);
		return result;
	}
	*ret = generator;
	return 0;
}

int generator_new(uint32_t ack_every, struct generator **ret)
{
	return open_generator(ack_every, false, ret);
}

int generator_new_subscribers(struct generator **ret)
{
	return open_generator(1, true, ret);
}

void generator_free(struct generator *generator)
{
	if (!generator)
		return;
	generator_bpf__destroy(generator->skeleton);
	free(generator);
}

static int program_fd(const struct generator *generator)
{
	return bpf_program__fd(generator->skeleton->progs.generate);
}

int generator_send(struct generator *generator, unsigned ifindex, uint32_t frames, uint64_t *took)
{
	struct generator_bpf__bss *state = generator->skeleton->bss;
	struct xdp_md context = {.data_end = generator->first_size, .ingress_ifindex = ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = generator->first, .data_size_in = generator->first_size,
		    .ctx_in = &context, .ctx_size_in = sizeof context, .repeat = (int)frames,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);

	state->first = state->frames + 1;
	state->last = state->frames + frames;
	int result = bpf_prog_test_run_opts(program_fd(generator), &options);
	*took = state->ended - state->began;
	return result;
}

int generator_bind(const struct generator *generator, unsigned ifindex)
{
	return bpf_xdp_attach((int)ifindex, program_fd(generator), XDP_FLAGS_DRV_MODE, NULL);
}

void generator_go_to(struct generator *generator, uint32_t client)
{
	generator->skeleton->bss->client = client - 1;
}

int generator_make(struct generator *generator, uint8_t frame[GENERATOR_FRAME_MAX])
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = generator->first, .data_size_in = generator->first_size,
		    .data_out = frame, .data_size_out = GENERATOR_FRAME_MAX, .repeat = 1);
	int result = bpf_prog_test_run_opts(program_fd(generator), &options);

	if (result)
		return result;
	return options.retval == XDP_TX ? (int)options.data_size_out : -EPROTO;
}

uint64_t generator_frames(const struct generator *generator)
{
	return generator->skeleton->bss->frames;
}

uint64_t generator_acks(const struct generator *generator)
{
	return generator->skeleton->bss->acks;
}
