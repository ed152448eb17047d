/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests with real devices share: a veth pair in a network namespace of its own, and agents that come and go.
 */
#ifndef TESTS_FASTPATH_DEVICES_H
#define TESTS_FASTPATH_DEVICES_H

#include <linux/if_link.h>

#include "support.h"

#define PORT "dsv0"
#define DOTTED "dsv1.7" /* its other end; bpffs takes no dots in names */
#define DOTTED_PIN "dsv1_7"

/* For cmocka: makes the namespace and the pair, and removes what an earlier test left. */
int enter_namespace(void **state);

void run(const char *command); /* asserts that it succeeds */
bool exists(const char *path);

/* Has the kernel TCX, and shall it be used? */
bool has_tcx(void);
extern bool without_tcx;
enum egress_mode expected_egress(void);

/* How many programs hang at the device's egress by TCX, and is there a clsact qdisc? */
unsigned tcx_count(const char *port);
bool has_clsact(const char *port);

/* A fast path with pins, as the agent's. NULL, and why on standard error, when there is none. */
struct fastpath *try_pinned(fastpath_record_fn *record, void *context);
struct fastpath *open_pinned(void); /* asserts that there is one, and ignores its records */

/* How a program is attached to the device, as the kernel says: XDP_ATTACHED_*. */
int attached(const char *port);

/* Does the device strip VLAN tags, as the kernel says? */
bool strips(const char *port);

void assert_nothing_left(void);

/*
 * A server's message, sent out of `port`: its other end receives it. From the wire, or as the gateway's own, which
 * passes the port's egress first.
 */
#define DHCP_OFFER 2
#define DHCP_ACK 5
void send_from_wire(const char *port, uint8_t type);
void send_own(const char *port, uint8_t type);

/* What the kernel counted under a reason, whether or not an agent is there; slots as of fastpath_counters. */
uint64_t counted(__u32 slot, enum ds_reason reason);
void await_counted(__u32 slot, enum ds_reason reason, uint64_t count);

#endif
