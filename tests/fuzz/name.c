/* SPDX-License-Identifier: BSD-2-Clause */
/* Does any wire-format field break the decoder of names, or come through as what no name may be? */
#include "invariants.h"

static void check_refusal(const struct name *name, size_t extra, enum discard_reason reason)
{
	CHECK(name->length == 0xee && extra == SIZE_MAX);
	CHECK(reason >= DISCARD_name_empty && reason < DISCARD_name_extra);
}

/* The wire format of an accepted name is as long as the text, and two octets: the first length and the root. */
static void check_accepted(const struct name *name, size_t extra, size_t size)
{
	check_name(name);
	CHECK((size_t)name->length + 2 + extra == size);
}

static void check_text(struct bytes text)
{
	struct name name = {.length = 0xee};
	enum discard_reason reason = DISCARD_COUNT;

	if (name_parse(text, &name, &reason) < 0)
		check_refusal(&name, SIZE_MAX, reason);
	else
		check_name(&name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes wire = {data, size};
	struct name name = {.length = 0xee};
	size_t extra = SIZE_MAX;
	enum discard_reason reason = DISCARD_COUNT;

	if (name_decode(wire, &name, &extra, &reason) < 0)
		check_refusal(&name, extra, reason);
	else
		check_accepted(&name, extra, size);
	check_text(wire);
	return 0;
}
