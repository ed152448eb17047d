/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be different about the next input? */
#ifndef TESTS_FUZZ_FRAME_MUTATE_H
#define TESTS_FUZZ_FRAME_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* In front of the frame: flags, ifindex, and two octets for the length of the first buffer. */
#define SETTING_SIZE 4

#define SETTING_ACCESS 0x01
#define SETTING_ENFORCE 0x02
#define SETTING_LISTED_ONLY 0x04
#define SETTING_LIMITED 0x08
#define SETTING_FLOODED 0x10
#define SETTING_STARVED 0x20
#define SETTING_RING_FULL 0x40
#define SETTING_KNOWN 0x80

#define FRAME_MIN 14 /* of what the kernel runs */

/* As LLVMFuzzerCustomMutator. */
size_t mutate(uint8_t *data, size_t size, size_t max, unsigned seed);

#endif
