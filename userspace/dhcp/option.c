/* SPDX-License-Identifier: BSD-2-Clause */
/* Which options does a record hold? (RFC 2132 2, RFC 3396, RFC 9915 21.1) */
#include "dhcp/option.h"

#include "dotsnoop/record.h"

/* In line: a message is walked for each option that is read of it, and the walks of one family have no branch for the
 * other. */
static inline __attribute__((always_inline)) bool next(struct options *options, struct option *ret)
{
	struct reader *reader = &options->reader;
	struct option option;
	size_t size;

	if (options->family == DS_FAMILY_V4) {
		option.code = reader_u8(reader);
		size = reader_u8(reader);
	} else {
		option.code = reader_u16(reader);
		size = reader_u16(reader);
	}
	option.data = reader_take(reader, size);
	if (reader->failed)
		return false;
	*ret = option;
	return true;
}

bool option_next(struct options *options, struct option *ret)
{
	return next(options, ret);
}

static inline __attribute__((always_inline)) bool find(uint8_t family, struct bytes options, uint16_t code,
						       struct bytes *ret)
{
	struct options walk = options_of(family, options);
	struct option option;

	while (next(&walk, &option)) {
		if (option.code == code) {
			*ret = option.data;
			return true;
		}
	}
	return false;
}

bool option_find(uint8_t family, struct bytes options, uint16_t code, struct bytes *ret)
{
	return family == DS_FAMILY_V4 ? find(DS_FAMILY_V4, options, code, ret) : find(DS_FAMILY_V6, options, code, ret);
}

bool option_u32(uint8_t family, struct bytes options, uint16_t code, uint32_t *ret)
{
	struct bytes data;

	if (!option_find(family, options, code, &data) || data.size != sizeof *ret)
		return false;
	struct reader reader = reader_of(data);
	*ret = reader_u32(&reader);
	return true;
}

struct bytes option_join(struct bytes options, uint16_t code, uint8_t *buffer, size_t size)
{
	struct options walk = options_of(DS_FAMILY_V4, options);
	struct option option;
	size_t filled = 0;

	while (next(&walk, &option)) {
		if (option.code != code || option.data.size == 0)
			continue;
		if (option.data.size > size - filled)
			break;
		memcpy(buffer + filled, option.data.data, option.data.size);
		filled += option.data.size;
	}
	return (struct bytes){buffer, filled};
}
