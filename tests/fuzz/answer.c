/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does any DNS message break its reader, or lead to an answer that no message may lead to?
 *
 * The input's first octet chooses what was asked for, the second under which name; the message follows. It is read
 * twice, as it is and as an answer without error, without which nearly every input would end at its header.
 */
#include "discovery/answer.h"

#include <errno.h>
#include <string.h>

#include "fuzz.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const uint16_t types[] = {DNS_A, DNS_AAAA, DNS_NAPTR, DNS_SRV, DNS_PTR};

/* The empty one stands for the message's own. */
static const char *const names[] = {"", ".", "example.net", "dots.example.net", "_dots-signal._udp.example.net"};

/* Labels of 63 octets at most, which add up, and the root alone at the end; zeros behind. */
static void check_wire(const struct dns_name *name)
{
	size_t at = 0;

	CHECK(name->length >= 1);
	for (; name->wire[at]; at += 1 + name->wire[at])
		CHECK(name->wire[at] <= 63 && at + 1 + name->wire[at] < name->length);
	CHECK(at + 1 == name->length);
	for (; at < DNS_NAME_MAX; at++)
		CHECK(name->wire[at] == 0);
}

/* Text is for terminals, and says exactly what the name is. */
static void check_name(const struct dns_name *name)
{
	char text[DNS_TEXT_SIZE];
	struct dns_name back;

	check_wire(name);
	CHECK(dns_name_text(name, text) == text);
	for (const char *at = text; *at; at++)
		CHECK(*at > ' ' && *at < 0x7f);
	CHECK(dns_name_parse(text, &back) == 0);
	CHECK(memcmp(name, &back, sizeof back) == 0 && dns_name_equal(name, &back));
	CHECK(dns_name_is_root(name) == (strcmp(text, ".") == 0));
	if (dns_name_prepend("a", name, &back) == 0)
		check_wire(&back);
	else
		CHECK(name->length > DNS_NAME_MAX - 2);
}

static void check_record(const struct dns_record *record, struct bytes message)
{
	check_name(&record->owner);
	CHECK(record->section < DNS_END && record->ttl <= INT32_MAX);
	CHECK(record->data_at <= message.size && record->data.size <= message.size - record->data_at);
	CHECK(record->data.data == message.data + record->data_at);
}

/* Every record, each behind the one before. Returns whether all could be read. */
static bool check_records(struct bytes bytes)
{
	struct dns_message message;
	struct dns_record record;
	size_t last = 0, count = 0;
	int r = dns_open(bytes, &message);

	while (r >= 0 && (r = dns_next(&message, &record)) == 1) {
		check_record(&record, bytes);
		CHECK(record.data_at > last && message.at == record.data_at + record.data.size);
		last = record.data_at;
		count++;
	}
	CHECK(r == 0 || r == -EBADMSG);
	CHECK(r < 0 || count == (size_t)message.answers + message.authorities + message.additionals);
	return r == 0;
}

static void check_address(const struct address *address, uint16_t type)
{
	CHECK(address->family == (type == DNS_A ? 4 : 6));
}

static void check_naptr(const struct naptr *naptr)
{
	for (size_t i = naptr->flags_length; i < sizeof naptr->flags; i++)
		CHECK(naptr->flags[i] == 0);
	for (size_t i = naptr->service_length; i < sizeof naptr->service; i++)
		CHECK(naptr->service[i] == 0);
	check_name(&naptr->replacement);
}

static void check_item(const struct answer *answer, size_t i)
{
	if (answer->type == DNS_NAPTR)
		check_naptr(&answer->naptrs[i]);
	else if (answer->type == DNS_SRV)
		check_name(&answer->srvs[i].target);
	else if (answer->type == DNS_PTR)
		check_name(&answer->names[i]);
	else
		check_address(&answer->addresses[i], answer->type);
}

static void check_answer(const struct answer *answer)
{
	bool found = answer->result == RESOLUTION_FOUND;

	CHECK(answer->result <= RESOLUTION_LOOP && answer->result != RESOLUTION_TIMEOUT);
	CHECK(answer->ttl <= INT32_MAX || (!found && answer->ttl == ANSWER_NO_SOA));
	CHECK(answer->aliases <= ANSWER_CNAMES_MAX);
	CHECK(found == (answer->count > 0) && found == (answer->addresses != NULL));
	CHECK(answer->count <= ANSWER_RECORDS_MAX);
	CHECK(answer->excess == 0 || answer->count == ANSWER_RECORDS_MAX);
	for (size_t i = 0; i < answer->count; i++)
		check_item(answer, i);
}

static struct dns_name name_asked(uint8_t choice, struct bytes message)
{
	const char *text = names[choice % COUNT(names)];
	struct dns_name name = {0};
	struct dns_message opened;

	if (*text)
		CHECK(dns_name_parse(text, &name) == 0);
	else if (dns_open(message, &opened) == 0)
		name = opened.asked;
	return name;
}

static void read_message(uint16_t type, uint8_t name, struct bytes message)
{
	struct dns_name asked = name_asked(name, message);
	struct answer answer;
	bool whole = check_records(message);

	memset(&answer, 0xee, sizeof answer);
	CHECK(answer_read(message, &asked, type, &answer) == 0);
	CHECK(answer.type == type);
	check_answer(&answer);
	CHECK(whole || answer.count == 0);
	answer_clear(&answer);
}

/* A response, not truncated, NOERROR. */
static void mend(uint8_t *message, size_t size)
{
	if (size < 4)
		return;
	message[2] = (uint8_t)((message[2] | 0x80) & ~0x02);
	message[3] &= 0xf0;
}

/* The octets as the text of a name. */
static void check_text(struct bytes bytes)
{
	char *text = strndup((const char *)bytes.data, bytes.size);
	struct dns_name name;

	CHECK(text);
	if (dns_name_parse(text, &name) == 0)
		check_name(&name);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	/* Allocated to the octet: AddressSanitizer watches the end. */
	struct bytes message = {data + 2, size - 2};
	uint8_t *copy = malloc(message.size ? message.size : 1);
	uint16_t type = types[data[0] % COUNT(types)];

	CHECK(copy);
	memcpy(copy, message.data, message.size);
	message.data = copy;
	check_text(message);
	read_message(type, data[1], message);
	mend(copy, message.size);
	read_message(type, data[1], message);
	free(copy);
	return 0;
}
