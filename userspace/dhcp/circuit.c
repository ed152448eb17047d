/* SPDX-License-Identifier: BSD-2-Clause */
#include "dhcp/circuit.h"

#include <stdio.h>

#include "base/text.h"
#include "dhcp/option.h"

/* This is done for each reply, and printf takes longer than all else that a reply costs. Returns the end. */
static char *put_number(char *at, unsigned number)
{
	char digits[10];
	unsigned count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while (number /= 10);
	while (count)
		*at++ = digits[--count];
	return at;
}

static void place_text(const struct ds_circuit *place, const char *port, char text[CIRCUIT_TEXT_SIZE])
{
	char *at = stpcpy(text, port);

	for (unsigned i = 0; i < place->tag_count && i < DS_TAGS_MAX; i++) {
		*at++ = '.';
		at = put_number(at, place->tags[i]);
	}
	if (place->pppoe)
		at = put_number(stpcpy(at, "/pppoe-"), place->pppoe);
	*at = '\0';
}

/* The relay nearest to the client, and what it calls the place: RFC 3046, RFC 9915 21.18. */
static struct address relay_of(const struct ds_record *record, struct bytes *circuit_id)
{
	struct bytes options = {record->options, record->options_length}, information = {0};

	if (record->family == DS_FAMILY_V4) {
		option_find(DS_FAMILY_V4, options, OPTION4_RELAY, &information);
		option_find(DS_FAMILY_V4, information, RELAY4_CIRCUIT_ID,
			    circuit_id); /* sub-options have the same form */
		return address_of((struct bytes){(const uint8_t *)&record->v4.giaddr, 4});
	}
	option_find(DS_FAMILY_V6, options, OPTION6_INTERFACE_ID, circuit_id);
	struct address link = address_of((struct bytes){record->v6.link_address, 16});
	/* A relay that names no link is known by its own address, to which the server answers. */
	return address_is_zero(&link) ? address_of((struct bytes){record->destination, 16}) : link;
}

static void relay_text(const struct ds_record *record, char text[CIRCUIT_TEXT_SIZE])
{
	struct bytes circuit_id = {0};
	struct address relay = relay_of(record, &circuit_id);
	char address[ADDRESS_TEXT_SIZE], hex[2 * CIRCUIT_ID_MAX + 1];

	if (circuit_id.size > CIRCUIT_ID_MAX)
		circuit_id.size = CIRCUIT_ID_MAX;
	snprintf(text, CIRCUIT_TEXT_SIZE, "%s#%s", address_text(&relay, address),
		 text_hex(circuit_id, hex, sizeof hex));
}

bool circuit_of(const struct dhcp_message *message, const char *asked, const char *seen, char text[CIRCUIT_TEXT_SIZE])
{
	const struct ds_record *record = message->record;

	if (asked)
		place_text(&record->asked, asked, text);
	else if (record->side == DS_SIDE_RELAY)
		relay_text(record, text);
	else
		place_text(&record->seen, seen, text);
	return asked || record->side == DS_SIDE_RELAY;
}
