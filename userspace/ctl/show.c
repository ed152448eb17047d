/* SPDX-License-Identifier: BSD-2-Clause */
/* How do the values of a row read for people? */
#include "ctl/show.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *show_text(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

const char *show_number(const json_t *row, const char *key, char cell[SHOW_SIZE])
{
	const json_t *number = json_object_get(row, key);

	*cell = '\0';
	if (json_is_integer(number))
		snprintf(cell, SHOW_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
	return cell;
}

const char *show_store(const json_t *store)
{
	static const struct {
		const char *state, *text;
	} states[] = {
		{"none", "none: what is known is lost with the agent"},
		{"loading", "LOADING: not all that was known is here yet"},
		{"behind", "BEHIND: what changes is in memory alone, and lost with the agent; its log says why"},
		{"catching-up", "CATCHING UP: what changed while it was behind is being written"},
	};
	const char *state = show_text(store, "state");

	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (strcmp(state, states[i].state) == 0)
			return states[i].text;
	return state;
}

/* --- Time --- */

static const struct unit {
	json_int_t seconds;
	char name;
} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};

#define UNIT_COUNT (sizeof units / sizeof *units)

/* The largest unit of which there are two, so that the first digit says enough. */
static const struct unit *unit_of(json_int_t seconds)
{
	size_t i = 0;

	while (i + 1 < UNIT_COUNT && seconds < 2 * units[i].seconds)
		i++;
	return &units[i];
}

static bool parse_time(const char *text, time_t *ret)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!end)
		return false;
	*ret = timegm(&tm);
	return true;
}

const char *show_moment(const json_t *row, const char *key, time_t now, char cell[SHOW_SIZE])
{
	time_t moment;

	*cell = '\0';
	if (!parse_time(show_text(row, key), &moment)) {
		if (json_is_true(json_object_get(row, "infinite")))
			snprintf(cell, SHOW_SIZE, "for ever");
		return cell;
	}

	json_int_t away = moment - now, span = away < 0 ? -away : away;
	const struct unit *unit = unit_of(span);
	if (away == 0)
		snprintf(cell, SHOW_SIZE, "now");
	else
		snprintf(cell, SHOW_SIZE, "%s%" JSON_INTEGER_FORMAT "%c%s", away < 0 ? "" : "in ", span / unit->seconds,
			 unit->name, away < 0 ? " ago" : "");
	return cell;
}

const char *show_span(json_int_t seconds, char cell[SHOW_SIZE])
{
	size_t i = 0;

	while (i + 2 < UNIT_COUNT && seconds < units[i].seconds)
		i++;
	snprintf(cell, SHOW_SIZE, "%" JSON_INTEGER_FORMAT "%c %" JSON_INTEGER_FORMAT "%c", seconds / units[i].seconds,
		 units[i].name, seconds % units[i].seconds / units[i + 1].seconds, units[i + 1].name);
	return cell;
}

/* --- Who and what --- */

const char *show_peer(const json_t *row, char cell[SHOW_SIZE])
{
	const char *address = show_text(row, "address");
	json_int_t port = json_integer_value(json_object_get(row, "port"));
	bool v6 = strchr(address, ':');

	*cell = '\0';
	if (*address)
		snprintf(cell, SHOW_SIZE, "%s%.64s%s:%" JSON_INTEGER_FORMAT "/%.16s", v6 ? "[" : "", address,
			 v6 ? "]" : "", port, show_text(row, "transport"));
	return cell;
}

const char *show_client(const json_t *client, char cell[SHOW_SIZE])
{
	const char *hw = show_text(client, "hw");

	snprintf(cell, SHOW_SIZE, "%s", *hw ? hw : show_text(client, "id"));
	return cell;
}

/* Writes the first of so many texts, and how many follow. */
static void write_first(char *cell, size_t size, const char *first, size_t count)
{
	if (count > 1)
		snprintf(cell, size, "%.64s +%zu", first, count - 1);
	else
		snprintf(cell, size, "%.64s", first);
}

const char *show_leases(const json_t *row, char cell[SHOW_SIZE])
{
	const json_t *addresses = json_object_get(row, "addresses"), *prefixes = json_object_get(row, "prefixes");
	size_t count = json_array_size(addresses);
	const char *first = count ? show_text(json_array_get(addresses, 0), "address")
				  : show_text(json_array_get(prefixes, 0), "prefix");

	write_first(cell, SHOW_SIZE, first, count + json_array_size(prefixes));
	return cell;
}

const char *show_offer(const json_t *offer, char cell[SHOW_SIZE])
{
	const json_t *addresses = json_object_get(offer, "addresses");
	const char *name = show_text(offer, "name"), *first = json_string_value(json_array_get(addresses, 0));
	int length = snprintf(cell, SHOW_SIZE, "%.253s%s", name, *name && first ? " " : "");

	if (first)
		write_first(cell + length, SHOW_SIZE - (size_t)length, first, json_array_size(addresses));
	return cell;
}
