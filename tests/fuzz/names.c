/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does any list of names break its walk, keep it in a circle, or yield a name that is not there?
 *
 * The input's first octet says whether the list is compressed; the rest is the list. glibc's dn_expand, which follows
 * pointers wherever they lead, has to find the same name in the same place, and the next one behind it.
 */
#include "dhcp/names.h"

#include <errno.h>
#include <resolv.h>
#include <strings.h>

#include "invariants.h"

#define TEXT_SIZE 1025

static void check_found(const struct names *names, size_t at, const struct name *name)
{
	const uint8_t *list = names->list.data;
	char text[TEXT_SIZE];

	check_name(name);
	CHECK(dn_expand(list, list + names->list.size, list + at, text, sizeof text) == (int)(names->at - at));
	CHECK(strcasecmp(text, name->text) == 0);
}

static void check_refused(const struct name *name, enum discard_reason reason)
{
	CHECK(name->length == 0xee);
	CHECK(reason >= DISCARD_name_empty && reason < DISCARD_name_extra);
	CHECK(reason != DISCARD_name_label_empty);
}

static void walk(struct names names)
{
	for (;;) {
		struct name name = {.length = 0xee};
		enum discard_reason reason = DISCARD_COUNT;
		size_t at = names.at;
		int r = names_next(&names, &name, &reason);

		if (r == 0)
			break;
		CHECK(names.at > at && names.at <= names.list.size);
		CHECK(r == 1 || r == -EINVAL);
		if (r == 1)
			check_found(&names, at, &name);
		else
			check_refused(&name, reason);
		CHECK(names.compressed || reason != DISCARD_name_pointer);
	}
	CHECK(names.at == names.list.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size)
		walk(names_of((struct bytes){data + 1, size - 1}, data[0] & 1));
	return 0;
}
