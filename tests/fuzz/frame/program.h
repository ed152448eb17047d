/* SPDX-License-Identifier: BSD-2-Clause */
/* What did the real program do with a frame? One frame by BPF_PROG_TEST_RUN, and whatever it left behind. */
#ifndef TESTS_FUZZ_FRAME_PROGRAM_H
#define TESTS_FUZZ_FRAME_PROGRAM_H

#include "../expected/expected.h"

struct observed {
	int action; /* XDP_PASS, XDP_DROP, ... */

	unsigned frames; /* under how many reasons it was counted */
	enum ds_reason reason;

	unsigned messages; /* how often as a message, and in which cell of struct ds_messages */
	size_t cell;

	bool noted; /* something is known of its client now */
	struct ds_client client;

	unsigned records;
	size_t size; /* of the last one, with its options */
	union {
		struct ds_record record;
		uint8_t bytes[sizeof(struct ds_record) + 2 * DS_MESSAGE_MAX];
	};
};

/* Loads it for one port. Ends the process when the kernel refuses. */
void program_open(void);

/* Can the first buffer be shorter than the frame? Since Linux 6.18. */
bool program_splits(void);

/* Runs a frame of 14 to PROGRAM_FRAME_MAX bytes. key: of its client, of whom setting->known was noted; NULL: it has
 * none. */
#define PROGRAM_FRAME_MAX 3500 /* one buffer, whatever the page's tail is used for */

void program_run(const struct setting *setting, struct span frame, const struct ds_client_key *key,
		 struct observed *ret);

#endif
