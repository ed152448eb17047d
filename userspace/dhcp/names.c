/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which names does a list of them hold? (RFC 3397 2, RFC 3646 4, RFC 1035 4.1.4)
 *
 * 1. A name is a run of labels that ends with the root label or with a pointer; the next name begins behind that.
 * 2. A pointer leads to another run, which begins before the one that the pointer ends. So no name leads in a circle.
 * 3. The runs of a name, put together, are its wire format without compression, and name_decode judges that.
 */
#include "dhcp/names.h"

#include <errno.h>

/* Nobody needs more pointers than a name has labels (RFC 1035 2.3.4); whoever does has the decoder busy. */
#define POINTERS_MAX 127

/* Labels, up to the root label or a pointer. */
struct run {
	size_t begin, end;   /* offsets in the list; behind the pointer, where there is one */
	struct bytes labels; /* with the root label, where it ends with that */
	bool pointer;
	size_t target;
};

/* A name without pointers. */
struct expanded {
	size_t size;
	uint8_t wire[NAME_WIRE_MAX];
};

/* The run at an offset; false where there is no telling where it ends. */
static bool read_run(struct bytes list, size_t at, struct run *ret)
{
	struct bytes rest = {list.data + at, list.size - at};
	struct reader reader = reader_of(rest);
	uint8_t length;

	do { /* a failed read yields 0 */
		length = reader_u8(&reader);
		if (length >= NAME_POINTER)
			break;
		if (length > NAME_LABEL_MAX)
			return false;
		reader_take(&reader, length);
	} while (length);

	struct run run = {.begin = at, .pointer = length};
	run.labels = (struct bytes){rest.data, rest.size - reader.rest.size - run.pointer};
	if (run.pointer)
		run.target = (size_t)(length - NAME_POINTER) << 8 | reader_u8(&reader);
	run.end = list.size - reader.rest.size;
	if (reader.failed)
		return false;
	*ret = run;
	return true;
}

static bool append(struct expanded *expanded, struct bytes labels)
{
	if (labels.size > sizeof expanded->wire - expanded->size)
		return false;
	memcpy(expanded->wire + expanded->size, labels.data, labels.size);
	expanded->size += labels.size;
	return true;
}

/* Where the pointer of a run leads to. */
static bool follow(struct bytes list, struct run *run)
{
	return run->target < run->begin && read_run(list, run->target, run);
}

/* Puts the runs of a name together, of which the first is read. */
static bool expand(struct bytes list, struct run run, struct expanded *ret, enum discard_reason *reason)
{
	ret->size = 0;
	for (unsigned pointers = 0; append(ret, run.labels); pointers++) {
		if (!run.pointer)
			return true;
		if (pointers == POINTERS_MAX || !follow(list, &run)) {
			*reason = DISCARD_name_pointer;
			return false;
		}
	}
	*reason = DISCARD_name_long;
	return false;
}

static int decode(struct bytes wire, struct name *ret, enum discard_reason *reason)
{
	size_t extra;

	return name_decode(wire, ret, &extra, reason) < 0 ? -EINVAL : 1;
}

int names_next(struct names *names, struct name *ret, enum discard_reason *reason)
{
	struct expanded expanded;
	struct run run;

	if (names->at == names->list.size)
		return 0;
	if (!read_run(names->list, names->at, &run) || (run.pointer && !names->compressed)) {
		/* No name, and name_decode knows why. */
		struct bytes rest = {names->list.data + names->at, names->list.size - names->at};
		names->at = names->list.size;
		return decode(rest, ret, reason);
	}
	names->at = run.end;
	if (!expand(names->list, run, &expanded, reason))
		return -EINVAL;
	return decode((struct bytes){expanded.wire, expanded.size}, ret, reason);
}
