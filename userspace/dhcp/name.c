/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which name do these bytes hold? Labels, each after an octet with its length, up to the root label (RFC 1035 3.1),
 * never compressed (RFC 9915 10). Only letters, digits, hyphen and underscore become text: whatever else a label may
 * hold would mean something to a log, a terminal or a certificate check.
 */
#include "dhcp/name.h"

#include <errno.h>

#include "base/text.h"

static bool refuse(enum discard_reason *reason, enum discard_reason why)
{
	*reason = why;
	return false;
}

/* isalnum() would ask the locale. */
static bool is_name_octet(uint8_t octet)
{
	uint8_t lower = octet | 0x20;

	return (lower >= 'a' && lower <= 'z') || (octet >= '0' && octet <= '9') || octet == '-' || octet == '_';
}

static bool check_label(struct bytes label, enum discard_reason *reason)
{
	for (size_t i = 0; i < label.size; i++)
		if (!is_name_octet(label.data[i]))
			return refuse(reason, DISCARD_name_octet);
	if (label.data[0] == '-' || label.data[label.size - 1] == '-')
		return refuse(reason, DISCARD_name_hyphen);
	return true;
}

/* Appends a label, which is not empty, to a name. */
static bool append_label(struct name *name, struct bytes label, enum discard_reason *reason)
{
	size_t at = name->length;

	if (!check_label(label, reason))
		return false;
	if (at + (at > 0) + label.size >= sizeof name->text)
		return refuse(reason, DISCARD_name_long);

	if (at)
		name->text[at++] = '.';
	for (size_t i = 0; i < label.size; i++)
		name->text[at++] = (char)text_lower(label.data[i]);
	name->length = (uint8_t)at;
	return true;
}

/*
 * Why is this no length of a label? 64 to 191 begin the label types 01 and 10, which nobody defines for use in DHCP;
 * but where so many octets do follow, the sender meant a length.
 */
static enum discard_reason refused_length(uint8_t length, size_t left)
{
	if (length >= NAME_POINTER)
		return DISCARD_name_compressed;
	return left >= length ? DISCARD_name_label_long : DISCARD_name_label_type;
}

static bool read_label(struct reader *reader, struct bytes *ret, enum discard_reason *reason)
{
	uint8_t length = reader_u8(reader);

	if (length > NAME_LABEL_MAX)
		return refuse(reason, refused_length(length, reader->rest.size));
	*ret = reader_take(reader, length);
	if (reader->failed)
		return refuse(reason, DISCARD_name_unterminated);
	return true;
}

/* Whatever may stand before a number: where the last label is one, the name could be read as an address. */
static bool is_numeric(const struct name *name)
{
	const char *dot = strrchr(name->text, '.');
	const char *last = dot ? dot + 1 : name->text;

	return last[strspn(last, "0123456789")] == '\0';
}

static bool check_whole(const struct name *name, enum discard_reason *reason)
{
	if (name->length == 0)
		return refuse(reason, DISCARD_name_root);
	return !is_numeric(name) || refuse(reason, DISCARD_name_numeric);
}

static bool read_name(struct reader *reader, struct name *name, enum discard_reason *reason)
{
	struct bytes label;

	if (reader->rest.size == 0)
		return refuse(reason, DISCARD_name_empty);
	for (;;) {
		if (!read_label(reader, &label, reason))
			return false;
		if (label.size == 0)
			break;
		if (!append_label(name, label, reason))
			return false;
	}
	return check_whole(name, reason);
}

static struct bytes without_nuls(struct bytes text)
{
	while (text.size && text.data[text.size - 1] == '\0')
		text.size--;
	return text;
}

/*
 * Is a field that holds no wire-format name a name in text? Asked only after decoding failed: a long label may have an
 * octet of length that is a digit in ASCII.
 */
static bool is_text(struct bytes wire)
{
	struct bytes text = without_nuls(wire);

	for (size_t i = 0; i < text.size; i++)
		if (!is_name_octet(text.data[i]) && text.data[i] != '.')
			return false;
	return text.size > 0;
}

int name_decode(struct bytes wire, struct name *ret, size_t *extra, enum discard_reason *reason)
{
	struct reader reader = reader_of(wire);
	struct name name = {0};

	if (!read_name(&reader, &name, reason)) {
		if (is_text(wire))
			*reason = DISCARD_name_ascii;
		return -EINVAL;
	}
	*ret = name;
	*extra = reader.rest.size;
	return 0;
}

/* Takes what is left before the next dot, and the dot. */
static struct bytes take_label(struct reader *reader)
{
	const uint8_t *dot = memchr(reader->rest.data, '.', reader->rest.size);

	if (!dot)
		return reader_take(reader, reader->rest.size);
	struct bytes label = reader_take(reader, (size_t)(dot - reader->rest.data));
	reader_take(reader, 1);
	return label;
}

static bool read_text(struct reader *reader, struct name *name, enum discard_reason *reason)
{
	if (reader->rest.size == 0)
		return refuse(reason, DISCARD_name_empty);
	if (reader->rest.size == 1 && reader->rest.data[0] == '.')
		return refuse(reason, DISCARD_name_root);
	/* A dot at the end leaves nothing behind it, which is how it is no part of the name. */
	while (reader->rest.size) {
		struct bytes label = take_label(reader);
		if (label.size == 0)
			return refuse(reason, DISCARD_name_label_empty);
		if (label.size > NAME_LABEL_MAX)
			return refuse(reason, DISCARD_name_label_long);
		if (!append_label(name, label, reason))
			return false;
	}
	return check_whole(name, reason);
}

int name_parse(struct bytes text, struct name *ret, enum discard_reason *reason)
{
	struct reader reader = reader_of(without_nuls(text));
	struct name name = {0};

	if (!read_text(&reader, &name, reason))
		return -EINVAL;
	*ret = name;
	return 0;
}
