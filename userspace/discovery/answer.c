/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order of things, each on the shoulders of the one before:
 *
 * 1. Is it an answer, and to this question? The rcode decides whether there is more to read.
 * 2. Is it whole? Each record of each section lies inside the message.
 * 3. Aliases are followed from the name to where there is none.
 * 4. Records of the type at that name are read.
 * 5. Where there are none, the SOA in the authority section says for how long (RFC 2308 5).
 *
 * Below answer_read, -EBADMSG and -ELOOP are the results MALFORMED and LOOP.
 */
#include "discovery/answer.h"

#include <errno.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *resolution_result_word(enum resolution_result result)
{
	static const char *const words[] = {
#define X(id, word) [RESOLUTION_##id] = word,
		RESOLUTION_RESULTS(X)
#undef X
	};

	return words[result];
}

bool resolution_passes(enum resolution_result result)
{
	return result == RESOLUTION_TIMEOUT || result == RESOLUTION_SERVFAIL || result == RESOLUTION_REFUSED ||
	       result == RESOLUTION_FAILED;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The name, compressed or not (RFC 3597 4), behind which RDATA ends; what is before it was taken from `reader`. */
static bool read_last_name(const struct dns_message *message, const struct dns_record *record,
			   const struct reader *reader, struct dns_name *ret)
{
	size_t end = record->data_at + record->data.size;

	return !reader->failed && dns_name_at(message->all, end - reader->rest.size, end, ret) == (long)end;
}

static bool read_address(const struct dns_message *message, const struct dns_record *record, void *ret)
{
	(void)message; /* no names in it */
	*(struct address *)ret = address_of(record->data);
	return record->data.size == (record->type == DNS_A ? 4 : 16);
}

static bool read_name(const struct dns_message *message, const struct dns_record *record, void *ret)
{
	struct reader reader = reader_of(record->data);

	return read_last_name(message, record, &reader, ret);
}

static bool read_srv(const struct dns_message *message, const struct dns_record *record, void *ret)
{
	struct reader reader = reader_of(record->data);
	struct srv *srv = ret;

	srv->priority = reader_u16(&reader);
	srv->weight = reader_u16(&reader);
	srv->port = reader_u16(&reader);
	return read_last_name(message, record, &reader, &srv->target);
}

/* A <character-string>: an octet with its length, then as many (RFC 1035 3.3). */
static struct bytes take_string(struct reader *reader)
{
	return reader_take(reader, reader_u8(reader));
}

/* Returns its length. */
static uint8_t read_string(struct reader *reader, uint8_t ret[UINT8_MAX])
{
	struct bytes string = take_string(reader);

	if (string.size)
		memcpy(ret, string.data, string.size);
	return (uint8_t)string.size;
}

static bool read_naptr(const struct dns_message *message, const struct dns_record *record, void *ret)
{
	struct reader reader = reader_of(record->data);
	struct naptr *naptr = ret;

	naptr->order = reader_u16(&reader);
	naptr->preference = reader_u16(&reader);
	naptr->flags_length = read_string(&reader, naptr->flags);
	naptr->service_length = read_string(&reader, naptr->service);
	naptr->has_regexp = take_string(&reader).size > 0;
	return read_last_name(message, record, &reader, &naptr->replacement);
}

static const struct kind {
	uint16_t type;
	size_t size; /* of what `read` makes of a record */
	bool (*read)(const struct dns_message *message, const struct dns_record *record, void *ret);
} kinds[] = {
	{DNS_A, sizeof(struct address), read_address}, {DNS_AAAA, sizeof(struct address), read_address},
	{DNS_NAPTR, sizeof(struct naptr), read_naptr}, {DNS_SRV, sizeof(struct srv), read_srv},
	{DNS_PTR, sizeof(struct dns_name), read_name},
};

static const struct kind *kind_of(uint16_t type)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

/* The next record of a section and type; of `owner`, unless that is NULL. Returns 1, 0 when there is none, -EBADMSG. */
static int find(struct dns_message *cursor, enum dns_section section, const struct dns_name *owner, uint16_t type,
		struct dns_record *ret)
{
	int r;

	while ((r = dns_next(cursor, ret)) == 1)
		if (ret->section == section && ret->type == type && ret->class == DNS_CLASS_IN &&
		    (!owner || dns_name_equal(&ret->owner, owner)))
			return 1;
	return r;
}

/* Does each record lie inside? And is there any alias to follow? */
static bool is_whole(const struct dns_message *message, bool *aliased)
{
	struct dns_message cursor = *message;
	struct dns_record record;
	int r;

	*aliased = false;
	while ((r = dns_next(&cursor, &record)) == 1)
		*aliased |= record.section == DNS_ANSWER && record.type == DNS_CNAME;
	return r == 0;
}

/* Replaces `owner` by what it is an alias of. Returns 1, 0 when it is none, -EBADMSG. */
static int follow_alias(const struct dns_message *message, struct dns_name *owner, uint32_t *ttl)
{
	struct dns_message cursor = *message;
	struct dns_record record;

	int r = find(&cursor, DNS_ANSWER, owner, DNS_CNAME, &record);
	if (r <= 0)
		return r;
	*ttl = least(*ttl, record.ttl);
	return read_name(message, &record, owner) ? 1 : -EBADMSG;
}

static int follow_aliases(const struct dns_message *message, struct dns_name *owner, struct answer *answer)
{
	int r;

	while ((r = follow_alias(message, owner, &answer->ttl)) == 1)
		if (++answer->aliases > ANSWER_CNAMES_MAX)
			return -ELOOP;
	return r;
}

/* Gives back the room that was not needed. */
static void trim(struct answer *answer, size_t room, size_t size)
{
	if (answer->count == 0)
		answer_clear(answer);
	else if (answer->count < room)
		answer->addresses = realloc(answer->addresses, answer->count * size) ?: answer->addresses;
}

static int read_records(const struct dns_message *message, const struct dns_name *owner, const struct kind *kind,
			struct answer *answer)
{
	const size_t room = least(message->answers, ANSWER_RECORDS_MAX);
	struct dns_message cursor = *message;
	struct dns_record record;
	int r;

	uint8_t *at = calloc(room, kind->size);
	if (!at)
		return -ENOMEM;
	answer->addresses = (void *)at;
	while ((r = find(&cursor, DNS_ANSWER, owner, kind->type, &record)) == 1) {
		answer->ttl = least(answer->ttl, record.ttl);
		if (answer->count == room)
			answer->excess++;
		else if (!kind->read(message, &record, at + kind->size * answer->count++))
			return -EBADMSG;
	}
	trim(answer, room, kind->size);
	return r;
}

/* SOA MINIMUM is the last of five numbers behind two names (RFC 1035 3.3.13). */
static int read_minimum(const struct dns_message *message, const struct dns_record *soa, uint32_t *ret)
{
	size_t end = soa->data_at + soa->data.size;
	struct dns_name name;

	long at = dns_name_at(message->all, soa->data_at, end, &name);
	if (at >= 0)
		at = dns_name_at(message->all, (size_t)at, end, &name);
	if (at < 0 || end - (size_t)at != 5 * sizeof *ret)
		return -EBADMSG;
	struct reader reader = reader_of((struct bytes){message->all.data + end - sizeof *ret, sizeof *ret});
	*ret = reader_u32(&reader);
	return 0;
}

/* For how long is there nothing? */
static int read_negative_ttl(const struct dns_message *message, uint32_t *ttl)
{
	struct dns_message cursor = *message;
	struct dns_record soa;
	uint32_t minimum;

	int r = find(&cursor, DNS_AUTHORITY, NULL, DNS_SOA, &soa);
	if (r == 0)
		*ttl = ANSWER_NO_SOA;
	if (r <= 0)
		return r;
	r = read_minimum(message, &soa, &minimum);
	if (r == 0)
		*ttl = least(*ttl, least(soa.ttl, minimum));
	return r;
}

/* What an rcode says, if it is no answer by itself: FOUND is still to be found. The others are of no query. */
static enum resolution_result result_of(uint8_t rcode)
{
	static const enum resolution_result results[] = {
		[DNS_NOERROR] = RESOLUTION_FOUND,     [DNS_FORMERR] = RESOLUTION_REFUSED,
		[DNS_SERVFAIL] = RESOLUTION_SERVFAIL, [DNS_NXDOMAIN] = RESOLUTION_NXDOMAIN,
		[DNS_NOTIMP] = RESOLUTION_REFUSED,    [DNS_REFUSED] = RESOLUTION_REFUSED,
	};

	return rcode < COUNT(results) ? results[rcode] : RESOLUTION_REFUSED;
}

/* Is it an answer, and to this question? Without a question it may be: some servers that refuse send a header alone. */
static bool is_answer_to(const struct dns_message *message, const struct dns_name *name, uint16_t type)
{
	if (!message->response)
		return false;
	return message->questions == 0 || (message->asked_type == type && message->asked_class == DNS_CLASS_IN &&
					   dns_name_equal(&message->asked, name));
}

/* FOUND, NODATA and NXDOMAIN: what an rcode says is about the end of the chain of aliases (RFC 2308 2.1). */
static int read_sections(const struct dns_message *message, const struct dns_name *name, const struct kind *kind,
			 struct answer *answer)
{
	struct dns_name owner = *name;
	bool aliased;
	int r = 0;

	if (message->truncated || !is_whole(message, &aliased))
		return -EBADMSG;
	if (aliased)
		r = follow_aliases(message, &owner, answer);
	if (r == 0 && answer->result == RESOLUTION_FOUND && message->answers)
		r = read_records(message, &owner, kind, answer);
	if (r < 0 || answer->count)
		return r;
	if (answer->result == RESOLUTION_FOUND)
		answer->result = RESOLUTION_NODATA;
	return read_negative_ttl(message, &answer->ttl);
}

static int read_message(struct bytes bytes, const struct dns_name *name, const struct kind *kind, struct answer *answer)
{
	struct dns_message message;

	if (dns_open(bytes, &message) < 0 || !is_answer_to(&message, name, kind->type))
		return -EBADMSG;
	answer->authenticated = message.authenticated;
	answer->result = result_of(message.rcode);
	if (answer->result != RESOLUTION_FOUND && answer->result != RESOLUTION_NXDOMAIN)
		return 0;
	return read_sections(&message, name, kind, answer);
}

int answer_read(struct bytes message, const struct dns_name *name, uint16_t type, struct answer *ret)
{
	struct answer answer = {.type = type, .ttl = ANSWER_NO_SOA};
	const struct kind *kind = kind_of(type);

	int r = kind ? read_message(message, name, kind, &answer) : -EINVAL;
	if (r < 0)
		answer_clear(&answer);
	if (r == -EBADMSG || r == -ELOOP) {
		answer = (struct answer){.type = type, .ttl = ANSWER_NO_SOA};
		answer.result = r == -ELOOP ? RESOLUTION_LOOP : RESOLUTION_MALFORMED;
		r = 0;
	}
	if (r == 0)
		*ret = answer;
	return r;
}

void answer_clear(struct answer *answer)
{
	free(answer->addresses);
	answer->addresses = NULL;
	answer->count = 0;
}
