/* SPDX-License-Identifier: BSD-2-Clause */
/* How do the values of a row read for people? Cells of tables, made from JSON. */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include <jansson.h>
#include <stddef.h>
#include <time.h>

/* Room for every cell: longer ones are cut. */
#define SHOW_SIZE 320

/* Rows that set the width of a table's columns. */
#define SHOW_LOOK_AHEAD 200

/* Text of a field, or "" when it has none. */
const char *show_text(const json_t *row, const char *key);

/* How the store stands. What needs somebody to act is told in capitals. */
const char *show_store(const json_t *store);

/* The cells below are written to the caller's buffer, which is returned. */

/* A whole number, or "". */
const char *show_number(const json_t *row, const char *key, char cell[SHOW_SIZE]);

/* How far a moment is from `now`: "in 59m", "2m ago", "for ever". */
const char *show_moment(const json_t *row, const char *key, time_t now, char cell[SHOW_SIZE]);

/* A span of seconds in its two largest units: "2d 3h". */
const char *show_span(json_int_t seconds, char cell[SHOW_SIZE]);

/* "192.0.2.1:4646/udp", "[2001:db8::1]:4646/udp", or "" for a peer without an address. */
const char *show_peer(const json_t *row, char cell[SHOW_SIZE]);

/* Hardware address, else identifier. */
const char *show_client(const json_t *client, char cell[SHOW_SIZE]);

/* The first address or prefix, and how many more there are: "10.0.0.5 +1". */
const char *show_leases(const json_t *row, char cell[SHOW_SIZE]);

/* Name and addresses: "dots.example.net 192.0.2.1 +1". */
const char *show_offer(const json_t *offer, char cell[SHOW_SIZE]);

#endif
