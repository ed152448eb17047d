/* SPDX-License-Identifier: BSD-2-Clause */
#include "discovery/dns.h"

#include <errno.h>

#include "base/text.h"

#define HEADER_SIZE 12
#define LABEL_MAX 63
/* The two high bits of a label's first octet: a pointer (RFC 1035 4.1.4). 01 and 10 are nothing (RFC 6891 5). */
#define POINTER 0xc0
/* Whoever writes a label between two pointers, as all do, needs no more. */
#define POINTERS_MAX DNS_LABELS_MAX

#define FLAG_RESPONSE 0x8000
#define FLAG_TRUNCATED 0x0200
#define FLAG_AUTHENTICATED 0x0020
#define RCODE_MASK 0x000f

/* The shortest label and its length take two octets, the root one: who counts octets need not count labels. */
_Static_assert(DNS_NAME_MAX / 2 <= DNS_LABELS_MAX, "a name that is short enough has too many labels");

/* One label more; the empty one is the root. False: too long. */
static bool append_label(struct dns_name *name, struct bytes label)
{
	if (name->length + 1 + label.size > DNS_NAME_MAX)
		return false;
	name->wire[name->length++] = (uint8_t)label.size;
	if (label.size)
		memcpy(name->wire + name->length, label.data, label.size);
	name->length = (uint8_t)(name->length + label.size);
	return true;
}

/* Names as text */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* isalnum() would ask the locale. */
static bool is_plain(uint8_t octet)
{
	uint8_t lower = octet | 0x20;

	return (lower >= 'a' && lower <= 'z') || is_digit((char)octet) || octet == '-' || octet == '_';
}

/* What stands behind a backslash: three digits, or any other character for itself. The octet, or -EINVAL. */
static int take_escaped(const char **text)
{
	int value = 0;

	if (!is_digit(**text))
		return **text ? (uint8_t) * (*text)++ : -EINVAL;
	for (int i = 0; i < 3; i++, (*text)++) {
		if (!is_digit(**text))
			return -EINVAL;
		value = 10 * value + (**text - '0');
	}
	return value <= UINT8_MAX ? value : -EINVAL;
}

/* The next label, and the dot behind it. Returns its size, or -EINVAL. */
static int take_label(const char **text, uint8_t label[LABEL_MAX])
{
	int size = 0;

	while (**text && **text != '.') {
		char c = *(*text)++;
		int octet = c == '\\' ? take_escaped(text) : (uint8_t)c;
		if (octet < 0 || size == LABEL_MAX)
			return -EINVAL;
		label[size++] = (uint8_t)octet;
	}
	*text += **text == '.';
	return size > 0 ? size : -EINVAL;
}

int dns_name_parse(const char *text, struct dns_name *ret)
{
	struct dns_name name = {0};
	uint8_t label[LABEL_MAX];

	if (*text == '\0')
		return -EINVAL;
	if (strcmp(text, ".") == 0)
		text++;
	while (*text) {
		int size = take_label(&text, label);
		if (size < 0 || !append_label(&name, (struct bytes){label, (size_t)size}))
			return -EINVAL;
	}
	if (!append_label(&name, (struct bytes){0}))
		return -EINVAL;
	*ret = name;
	return 0;
}

static char *put_octet(char *text, uint8_t octet)
{
	if (is_plain(octet)) {
		*text++ = (char)octet;
		return text;
	}
	*text++ = '\\';
	*text++ = (char)('0' + octet / 100);
	*text++ = (char)('0' + octet / 10 % 10);
	*text++ = (char)('0' + octet % 10);
	return text;
}

const char *dns_name_text(const struct dns_name *name, char text[DNS_TEXT_SIZE])
{
	char *end = text;

	if (dns_name_is_root(name))
		*end++ = '.';
	for (size_t at = 0; at < name->length && name->wire[at]; at += 1 + name->wire[at]) {
		if (at)
			*end++ = '.';
		for (size_t i = 1; i <= name->wire[at]; i++)
			end = put_octet(end, name->wire[at + i]);
	}
	*end = '\0';
	return text;
}

/* Names as they are */

/* Octet by octet: a length, which is 63 at most, is no letter. */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
	if (a->length != b->length)
		return false;
	for (size_t i = 0; i < a->length; i++)
		if (text_lower(a->wire[i]) != text_lower(b->wire[i]))
			return false;
	return true;
}

bool dns_name_is_root(const struct dns_name *name)
{
	return name->length == 1;
}

int dns_name_prepend(const char *label, const struct dns_name *name, struct dns_name *ret)
{
	size_t size = strlen(label);
	struct dns_name longer = {0};

	if (size == 0 || size > LABEL_MAX || name->length == 0 || 1 + size + name->length > DNS_NAME_MAX)
		return -EINVAL;
	append_label(&longer, (struct bytes){(const uint8_t *)label, size});
	memcpy(longer.wire + longer.length, name->wire, name->length);
	longer.length = (uint8_t)(longer.length + name->length);
	*ret = longer;
	return 0;
}

/* Messages */

/* A reader of all[at..end). */
static struct reader reader_between(struct bytes all, size_t at, size_t end)
{
	return reader_of((struct bytes){all.data + at, end - at});
}

/* Labels up to the root, then 0 is returned; or up to a pointer, then 1. */
static int read_labels(struct reader *reader, struct dns_name *name, size_t *pointer)
{
	struct bytes label;

	do {
		uint8_t length = reader_u8(reader);
		if (length >= POINTER) {
			*pointer = (size_t)(length & ~POINTER) << 8 | reader_u8(reader);
			return reader->failed ? -EBADMSG : 1;
		}
		if (length > LABEL_MAX)
			return -EBADMSG;
		label = reader_take(reader, length);
		if (reader->failed || !append_label(name, label))
			return -EBADMSG;
	} while (label.size);
	return 0;
}

static void put_name(const struct dns_name *name, struct dns_name *ret)
{
	ret->length = name->length;
	memcpy(ret->wire, name->wire, name->length);
	memset(ret->wire + name->length, 0, sizeof ret->wire - name->length);
}

/*
 * A pointer leads to before the part that it ends, not only to before itself: else a name could go round in circles
 * until it is too long.
 */
long dns_name_at(struct bytes message, size_t at, size_t end, struct dns_name *ret)
{
	struct dns_name name;
	long behind = -1;

	if (at >= end || end > message.size)
		return -EBADMSG;
	name.length = 0; /* and nothing else: this is done for each name of each message */
	struct reader reader = reader_between(message, at, end);
	for (int pointers = 0; pointers <= POINTERS_MAX; pointers++) {
		size_t pointer;
		int r = read_labels(&reader, &name, &pointer);
		if (r < 0)
			return r;
		if (behind < 0)
			behind = reader.rest.data - message.data;
		if (r == 0) {
			put_name(&name, ret);
			return behind;
		}
		if (pointer < HEADER_SIZE || pointer >= at)
			return -EBADMSG;
		at = pointer;
		reader = reader_between(message, at, message.size);
	}
	return -EBADMSG;
}

/* Takes the name at message->at. Returns a reader of what is behind it: a failed one when there is no name. */
static struct reader read_name(const struct dns_message *message, struct dns_name *name)
{
	long behind = dns_name_at(message->all, message->at, message->all.size, name);

	if (behind < 0)
		return (struct reader){.failed = true};
	return reader_between(message->all, (size_t)behind, message->all.size);
}

static int read_question(struct dns_message *message)
{
	struct dns_name name = {0};
	struct reader reader = read_name(message, &name);

	uint16_t type = reader_u16(&reader), class = reader_u16(&reader);
	if (reader.failed)
		return -EBADMSG;
	message->at = (size_t)(reader.rest.data - message->all.data);
	if (message->asked.length == 0) {
		message->asked = name;
		message->asked_type = type;
		message->asked_class = class;
	}
	return 0;
}

static int read_questions(struct dns_message *message)
{
	for (unsigned i = 0; i < message->questions; i++)
		if (read_question(message) < 0)
			return -EBADMSG;
	return 0;
}

int dns_open(struct bytes message, struct dns_message *ret)
{
	struct reader reader = reader_of(message);
	struct dns_message opened = {.all = message, .at = HEADER_SIZE, .id = reader_u16(&reader)};

	uint16_t flags = reader_u16(&reader);
	opened.response = flags & FLAG_RESPONSE;
	opened.truncated = flags & FLAG_TRUNCATED;
	opened.authenticated = flags & FLAG_AUTHENTICATED;
	opened.rcode = flags & RCODE_MASK;
	opened.questions = reader_u16(&reader);
	opened.answers = reader_u16(&reader);
	opened.authorities = reader_u16(&reader);
	opened.additionals = reader_u16(&reader);
	if (reader.failed || read_questions(&opened) < 0)
		return -EBADMSG;
	*ret = opened;
	return 0;
}

/* Of the next record. */
static enum dns_section section_of(const struct dns_message *message)
{
	const uint16_t counts[DNS_END] = {
		[DNS_ANSWER] = message->answers,
		[DNS_AUTHORITY] = message->authorities,
		[DNS_ADDITIONAL] = message->additionals,
	};
	unsigned section = DNS_ANSWER, passed = message->passed;

	while (section < DNS_END && passed >= counts[section])
		passed -= counts[section++];
	return section;
}

static uint32_t ttl_of(uint32_t seconds)
{
	return seconds > INT32_MAX ? 0 : seconds;
}

int dns_next(struct dns_message *message, struct dns_record *ret)
{
	struct dns_record record;

	record.section = section_of(message);
	if (record.section == DNS_END)
		return 0;
	struct reader reader = read_name(message, &record.owner);
	record.type = reader_u16(&reader);
	record.class = reader_u16(&reader);
	record.ttl = ttl_of(reader_u32(&reader));
	record.data = reader_take(&reader, reader_u16(&reader));
	if (reader.failed)
		return -EBADMSG;
	record.data_at = (size_t)(record.data.data - message->all.data);
	message->at = record.data_at + record.data.size;
	message->passed++;
	*ret = record;
	return 1;
}
