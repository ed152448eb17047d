/* SPDX-License-Identifier: BSD-2-Clause */
/* What differs is said by name; of a record each field by itself, so that it shows which. */
#include "agree.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {
#define X(id, help) #id,
	DS_REASONS(X) "none"
#undef X
};

#define FIELD(name)                                                                                                    \
	{                                                                                                              \
#name, offsetof(struct ds_record, name), sizeof(((struct ds_record *)NULL)->name)                      \
	}

/* All but the time. The message's own fields are compared as v4, which v6 is as long as. */
static const struct field {
	const char *name;
	size_t offset, size;
} fields[] = {
	FIELD(version), FIELD(flags),     FIELD(options_length),  FIELD(family),      FIELD(type),       FIELD(side),
	FIELD(pad),     FIELD(direction), FIELD(source),          FIELD(requested),   FIELD(source_mac), FIELD(asked),
	FIELD(seen),    FIELD(v4),        FIELD(destination_mac), FIELD(destination),
};

static void show(const char *name, const void *bytes, size_t size)
{
	fprintf(stderr, "  %-8s ", name);
	for (size_t i = 0; i < size; i++)
		fprintf(stderr, "%02x", ((const uint8_t *)bytes)[i]);
	fputc('\n', stderr);
}

static bool same(const char *name, const void *expected, const void *observed, size_t size)
{
	if (memcmp(expected, observed, size) == 0)
		return true;
	fprintf(stderr, "another %s\n", name);
	show("expected", expected, size);
	show("observed", observed, size);
	return false;
}

static bool number(const char *name, size_t expected, size_t observed)
{
	if (expected != observed)
		fprintf(stderr, "%s: expected %zu, observed %zu\n", name, expected, observed);
	return expected == observed;
}

static bool agree_verdict(const struct expected *expected, const struct observed *observed)
{
	bool once = number("times counted", 1, observed->frames);
	bool verdict = number("verdict", expected->dropped ? XDP_DROP : XDP_PASS, (size_t)observed->action);

	if (expected->reason == observed->reason)
		return once && verdict;
	fprintf(stderr, "reason: expected %s, observed %s\n", words[expected->reason], words[observed->reason]);
	return false;
}

/* The cell of struct ds_messages, as its layout has it: family, side, type. */
static size_t cell_of(const struct ds_record *record)
{
	size_t family = record->family == DS_FAMILY_V6;

	return (family * DS_SIDE_COUNT + record->side) * DS_TYPES_MAX + record->type;
}

static bool agree_messages(const struct expected *expected, const struct observed *observed)
{
	bool counted = expected->counted && expected->record.type < DS_TYPES_MAX;

	if (!number("times counted as a message", counted, observed->messages))
		return false;
	return !counted || number("cell of the message", cell_of(&expected->record), observed->cell);
}

/* The key is the expected one: another one would have nothing noted. */
static bool agree_client(const struct setting *setting, const struct expected *expected,
			 const struct observed *observed)
{
	const struct ds_client *client = expected->noted ? &expected->client : setting->known;

	if (!number("clients noted", expected->has_client && client, observed->noted) || !observed->noted)
		return !observed->noted;
	bool circuit = same("client's circuit", &client->circuit, &observed->client.circuit, sizeof client->circuit);
	return same("client's requests", &client->requested, &observed->client.requested, sizeof client->requested) &&
	       circuit;
}

static bool agree_record(const struct expected *expected, const struct observed *observed)
{
	bool result = number("records", expected->reason == DS_REASON_captured, observed->records);

	if (!result || !observed->records)
		return result;
	for (const struct field *field = fields; field < fields + sizeof fields / sizeof *fields; field++)
		result &= same(field->name, expected->bytes + field->offset, observed->bytes + field->offset,
			       field->size);
	size_t length = expected->record.options_length;
	return number("record's size", sizeof expected->record + length, observed->size) && result &&
	       same("options", expected->record.options, observed->record.options, length);
}

bool agree(const struct setting *setting, const struct expected *expected, const struct observed *observed)
{
	bool verdict = agree_verdict(expected, observed), messages = agree_messages(expected, observed);
	bool client = agree_client(setting, expected, observed), record = agree_record(expected, observed);

	return verdict && messages && client && record;
}
