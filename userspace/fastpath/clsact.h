/* SPDX-License-Identifier: BSD-2-Clause */
/* Our filter of a device's clsact qdisc, at egress. All return 0 or -errno unless they say otherwise. */
#ifndef FASTPATH_CLSACT_H
#define FASTPATH_CLSACT_H

#include <stdint.h>

int clsact_create(unsigned ifindex); /* -EEXIST: somebody made it; -EBUSY: the qdisc `ingress` is in its place */
int clsact_attach(unsigned ifindex, int program);
uint32_t clsact_program(unsigned ifindex); /* the id of our filter's program; 0: there is none */
int clsact_detach(unsigned ifindex);
void clsact_remove(unsigned ifindex); /* the qdisc, unless somebody's filter hangs there */

#endif
