/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * How do more frames come than a wire brings? The kernel makes them itself, out of its own pages, and hands them to a
 * device (BPF_F_TEST_XDP_LIVE_FRAMES): one core sends tens of millions a second. Into a veth pair, the program at the
 * other end runs on the same core, natively, as behind a network card.
 */
#ifndef TESTS_BENCH_GENERATOR_H
#define TESTS_BENCH_GENERATOR_H

/* Both sides of the generator share this much: its BPF object includes it too. */

/* An ACK without padding in the smallest message that BOOTP knows, 300 octets, and the smallest frame on a wire. */
#define GENERATOR_ACK_SIZE 342
#define GENERATOR_PLAIN_SIZE 60
#define GENERATOR_PLAIN_KINDS 4

#define GENERATOR_MESSAGE 42 /* where the DHCP message begins: Ethernet, IPv4, UDP */

/* An ACK of a client on a circuit of its own has two VLAN tags, each of the numbers 1 to GENERATOR_TAGS. */
#define GENERATOR_TAGS 4000
#define GENERATOR_TAGS_SIZE 8
#define GENERATOR_FRAME_MAX (GENERATOR_ACK_SIZE + GENERATOR_TAGS_SIZE)
#define GENERATOR_CLIENTS_MAX (GENERATOR_TAGS * GENERATOR_TAGS - 1)

#define GENERATOR_WORDS(bytes) (((bytes) + 7) / 8)

#ifndef __bpf__

#include <stdint.h>

struct generator;

/*
 * Loads it. Each `ack_every`-th frame is a DHCPv4 ACK of 342 bytes for one more client, with transaction ids 1, 2, 3,
 * ...; the others are 60 bytes of TCP and UDP, half of them behind a VLAN tag. 1: every frame is an ACK. Returns 0 or
 * -errno.
 */
int generator_new(uint32_t ack_every, struct generator **ret);

/*
 * The same, but every frame is an ACK of 350 bytes: each client is a subscriber on a circuit of its own, told by two
 * VLAN tags. All are told the same of DOTS.
 */
int generator_new_subscribers(struct generator **ret);
void generator_free(struct generator *generator);

/*
 * Sends so many frames out of the device of that ifindex in this network namespace, on the CPU where it is called, and
 * returns when all are out: 0, or -errno; -EINTR when a signal came. *took: ns from the first frame to the last.
 */
int generator_send(struct generator *generator, unsigned ifindex, uint32_t frames, uint64_t *took);

/*
 * For many small bursts out of that device. The kernel waits for all CPUs, tens of ms, before a program's first run and
 * after its last; a program that is attached to a device runs already. Returns 0 or -errno.
 */
int generator_bind(const struct generator *generator, unsigned ifindex);

/* The next ACK is that of `client` (from 1), the one after that of client + 1, and so on. */
void generator_go_to(struct generator *generator, uint32_t client);

/* Makes the next frame of the sequence, and sends it nowhere. Returns its size, or -errno. */
int generator_make(struct generator *generator, uint8_t frame[GENERATOR_FRAME_MAX]);

/* Sent or made so far, in all. */
uint64_t generator_frames(const struct generator *generator);
uint64_t generator_acks(const struct generator *generator);

#endif
#endif
