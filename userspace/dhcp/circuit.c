/* SPDX-License-Identifier: BSD-2-Clause */
#include "dhcp/circuit.h"

#include <stdio.h>

#include "base/text.h"
#include "dhcp/option.h"

#define OPTION4_RELAY_AGENT 82
#define RELAY_CIRCUIT_ID 1 /* RFC 3046 2.0 */

static void place_text(const struct ds_circuit *place, const char *port, char text[CIRCUIT_TEXT_SIZE])
{
	int at = snprintf(text, CIRCUIT_TEXT_SIZE, "%s", port);

	for (unsigned i = 0; i < place->tag_count && i < DS_TAGS_MAX; i++)
		at += snprintf(text + at, (size_t)(CIRCUIT_TEXT_SIZE - at), ".%u", place->tags[i]);
	if (place->pppoe)
		snprintf(text + at, (size_t)(CIRCUIT_TEXT_SIZE - at), "/pppoe-%u", place->pppoe);
}

static void relay_text(const struct dhcp_message *message, char text[CIRCUIT_TEXT_SIZE])
{
	const struct ds_record *record = message->record;
	struct address relay = address_of((struct bytes){(const uint8_t *)&record->v4.giaddr, 4});
	struct bytes information = {0}, circuit_id = {0};
	char address[ADDRESS_TEXT_SIZE], hex[2 * 255 + 1];

	option_find(DS_FAMILY_V4, (struct bytes){record->options, record->options_length}, OPTION4_RELAY_AGENT,
		    &information);
	option_find(DS_FAMILY_V4, information, RELAY_CIRCUIT_ID, &circuit_id); /* sub-options have the same form */
	snprintf(text, CIRCUIT_TEXT_SIZE, "%s#%s", address_text(&relay, address),
		 text_hex(circuit_id, hex, sizeof hex));
}

bool circuit_of(const struct dhcp_message *message, const char *asked, const char *seen, char text[CIRCUIT_TEXT_SIZE])
{
	const struct ds_record *record = message->record;

	if (record->family == DS_FAMILY_V4 && record->side == DS_SIDE_RELAY) {
		relay_text(message, text);
		return true;
	}
	place_text(asked ? &record->asked : &record->seen, asked ? asked : seen, text);
	return asked != NULL;
}
