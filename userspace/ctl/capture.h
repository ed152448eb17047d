/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames does a capture file hold? */
#ifndef CTL_CAPTURE_H
#define CTL_CAPTURE_H

#include <stdbool.h>

#include "base/bytes.h"

#define CAPTURE_ERROR_SIZE 512

struct capture;

struct captured_frame {
	uint64_t time;      /* ns since 1970 */
	struct bytes bytes; /* what was captured of it; valid until the next frame */
	bool truncated;     /* which is not all of it */
};

/* Opens a pcap or pcapng file of Ethernet frames. Returns 0, or -errno and one clear line in error. */
int capture_open(const char *path, struct capture **ret, char error[CAPTURE_ERROR_SIZE]);
void capture_close(struct capture *capture);

/* Returns 1 and a frame, 0 at the end, or -EINVAL and one clear line in error when the file ends or breaks inside a
 * frame. */
int capture_next(struct capture *capture, struct captured_frame *ret, char error[CAPTURE_ERROR_SIZE]);

#endif
