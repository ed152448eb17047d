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
void generator_free(struct generator *generator);

/*
 * Sends so many frames out of the device of that ifindex in this network namespace, on the CPU where it is called, and
 * returns when all are out: 0, or -errno; -EINTR when a signal came. *took: ns from the first frame to the last.
 */
int generator_send(struct generator *generator, unsigned ifindex, uint32_t frames, uint64_t *took);

/* Makes the next frame of the sequence, and sends it nowhere. Returns its size, or -errno. */
int generator_make(struct generator *generator, uint8_t frame[GENERATOR_ACK_SIZE]);

/* Sent or made so far, in all. */
uint64_t generator_frames(const struct generator *generator);
uint64_t generator_acks(const struct generator *generator);

#endif
#endif
