/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the kernel's program do with every frame what the RFCs and record.h say? It is run by BPF_PROG_TEST_RUN, and
 * compared with a plain walker under AddressSanitizer, whose coverage leads the mutations: the kernel shows none.
 *
 * The input is four octets of setting, then a frame:
 *
 *   0     flags, SETTING_* below
 *   1     the port's ifindex, less one
 *   2, 3  how many octets of the frame lie in the first buffer; 0: all of them
 *
 * One input leaves no trace for the next, so each that fails does so by itself. Needs root.
 */
#include "fuzz.h"

#include <string.h>

#include "frame/agree.h"
#include "frame/mutate.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	program_open();
	return 0;
}

/* What was noted of the client before: on another circuit than the frame's, and it had not asked for names. */
static const struct ds_client known = {
	.time = 1,
	.circuit = {.ifindex = 77, .tags = {11, 22, 33}, .pppoe = 44, .tag_count = 3},
	.requested = DS_REQUESTED_KNOWN | DS_REQUESTED_ADDRESSES,
};

static struct setting setting_of(const uint8_t *head, size_t size)
{
	size_t visible = read16(head + 2);

	return (struct setting){
		.ifindex = head[1] + 1U,
		.role = head[0] & SETTING_ACCESS ? DS_ROLE_ACCESS : DS_ROLE_UPLINK,
		.mode = head[0] & SETTING_ENFORCE ? DS_MODE_ENFORCE : DS_MODE_OBSERVE,
		.visible = visible >= FRAME_MIN && visible < size && program_splits() ? visible : size,
		.listed_only = head[0] & SETTING_LISTED_ONLY,
		.limited = head[0] & SETTING_LIMITED,
		.flooded = head[0] & SETTING_FLOODED,
		.starved = head[0] & SETTING_STARVED,
		.ring_full = head[0] & SETTING_RING_FULL,
		.known = head[0] & SETTING_KNOWN ? &known : NULL,
	};
}

/* As text, for whoever has no file of it: `xxd -r -p` makes one. */
static void show_input(struct span input)
{
	fprintf(stderr, "the input, %zu octets of frame behind those of the setting:\n", input.size - SETTING_SIZE);
	for (size_t i = 0; i < input.size; i++)
		fprintf(stderr, "%02x", input.data[i]);
	fputc('\n', stderr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct expected expected;
	static struct observed observed;

	if (size < SETTING_SIZE + FRAME_MIN || size > SETTING_SIZE + PROGRAM_FRAME_MAX)
		return 0;
	struct span frame = {data + SETTING_SIZE, size - SETTING_SIZE};
	struct setting setting = setting_of(data, frame.size);

	expect(&setting, frame, &expected);
	program_run(&setting, frame, expected.has_client ? &expected.key : NULL, &observed);
	if (!agree(&setting, &expected, &observed)) {
		show_input((struct span){data, size});
		abort();
	}
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return mutate(data, size, max, seed);
}
