/* SPDX-License-Identifier: BSD-2-Clause */
/* What do others cost who look for DHCP, or for ports, in the same frames? */
#ifndef TESTS_BENCH_OTHERS_H
#define TESTS_BENCH_OTHERS_H

#include "row.h"

struct xdp_program;

/*
 * xdp-filter's program of that name (xdpfilt_alw_udp, ...), as Debian ships it, with nothing to filter yet. Returns its
 * fd, which lives as long as *ret, or -errno.
 */
int xdp_filter_load(const char *name, struct xdp_program **ret);

/*
 * What a classic DHCP snooper opens on a device: an AF_PACKET socket with the filter that libpcap compiles for it.
 * Returns the socket, or -errno.
 */
int af_packet_open(unsigned ifindex);

/* How many messages wait in it. Takes them out. */
unsigned af_packet_drain(int fd);

/*
 * What a plain frame costs from a veth device into a network stack that has no use for it, with such a socket open;
 * the floor is the same without. `pass` is an XDP program that passes all: the device takes live frames only with one.
 * Makes a network namespace for it. Returns 0, or -errno after it said what is wrong.
 */
int af_packet_measure(int pass, struct row_runs *runs);

#endif
