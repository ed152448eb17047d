/* SPDX-License-Identifier: BSD-2-Clause */
/* A table, the message that its next update brings, and what an observer heard. */
#ifndef TESTS_UNIT_TABLE_SCENE_H
#define TESTS_UNIT_TABLE_SCENE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "base/clock.h"
#include "table/table.h"

#define MANY 1000
#define PEERSETS 8

struct scene {
	struct wheel wheel;
	struct table *table;
	struct binding_view view; /* of the only binding */
	struct table_observer observer;
	struct ds_record record;
	struct dhcp_message message;
	uint8_t client[6];
	uint64_t now;
	bool frozen;
	uint64_t left_key;
	unsigned changes[BINDING_CHANGE_COUNT];
	char why[32];
	unsigned created, changed, ended; /* peersets */
	unsigned extended;
};

static inline void on_binding(void *context, enum binding_change change, const struct binding *binding, const char *why)
{
	struct scene *scene = context;

	struct binding_view view;

	table_view(scene->table, binding, &view);
	assert_non_null(table_circuit(scene->table, view.circuit));
	assert_non_null(table_peerset(scene->table, view.peerset));
	scene->changes[change]++;
	snprintf(scene->why, sizeof scene->why, "%s", why);
}

static inline void on_created(void *context, struct peerset *peerset)
{
	assert_true(peerset->bindings > 0);
	((struct scene *)context)->created++;
}

static inline void on_changed(void *context, struct peerset *peerset)
{
	(void)peerset;
	((struct scene *)context)->changed++;
}

static inline void on_ended(void *context, struct peerset *peerset)
{
	(void)peerset;
	((struct scene *)context)->ended++;
}

static inline struct address address4(uint8_t last)
{
	return (struct address){.family = 4, .bytes = {192, 0, 2, last}};
}

/* An ACK for client 1: one address for an hour, name and address of one DOTS server. */
static inline void set_message(struct scene *scene)
{
	memset(&scene->record, 0, sizeof scene->record);
	memset(&scene->message, 0, sizeof scene->message);
	scene->record.family = 4;
	scene->record.type = DHCP4_ACK;
	scene->message.record = &scene->record;
	scene->message.effect = MESSAGE_BINDS;
	memcpy(scene->client, "\x02\0\0\0\0\x01", 6);
	scene->message.hw = (struct bytes){scene->client, 6};
	scene->message.address_count = 1;
	scene->message.addresses[0] = (struct lease){.prefix = {address4(50), 32}, .lifetime = 3600};
	scene->message.lifetime = 3600;
	scene->message.has_lease = true;
	scene->message.server = address4(1);
	scene->message.offer.present = true;
	scene->message.offer.name.length = 16;
	strcpy(scene->message.offer.name.text, "dots.example.com");
	scene->message.offer.address_count = 1;
	scene->message.offer.addresses[0] = address4(10);
}

static inline int open_scene(void **state)
{
	const struct table_limits limits = {.bindings = MANY, .bindings_per_port = MANY, .peersets = PEERSETS};
	struct scene *scene = calloc(1, sizeof *scene);

	scene->now = clock_boot();
	wheel_init(&scene->wheel, (uint32_t)(scene->now / NS_PER_SECOND));
	assert_int_equal(table_new(&limits, &scene->wheel, &scene->table), 0);
	scene->observer = (struct table_observer){
		.binding = on_binding,
		.peerset_created = on_created,
		.peerset_changed = on_changed,
		.peerset_ended = on_ended,
		.context = scene,
	};
	table_observe(scene->table, &scene->observer);
	set_message(scene);
	*state = scene;
	return 0;
}

static inline int close_scene(void **state)
{
	struct scene *scene = *state;

	table_flush(scene->table);
	table_free(scene->table);
	assert_int_equal(scene->wheel.armed, 0);
	wheel_free(&scene->wheel);
	/* Whatever was created has ended with the table. */
	assert_int_equal(scene->created, scene->ended);
	assert_int_equal(scene->changes[BINDING_CREATED], scene->changes[BINDING_ENDED]);
	free(scene);
	return 0;
}

static inline int update_on(struct scene *scene, const char *circuit, bool located)
{
	struct table_update update = {
		.message = &scene->message,
		.circuit = circuit,
		.located = located,
		.port = "uplink",
		.access = "access1",
		.frozen = scene->frozen,
		.time = scene->now,
	};

	int result = table_update(scene->table, &update);
	scene->left_key = update.left_key;
	return result;
}

static inline void update(struct scene *scene)
{
	assert_true(update_on(scene, "access1", true) >= 0);
}

static inline const struct binding_view *only_binding(struct scene *scene)
{
	uint32_t cursor = 0;

	assert_int_equal(table_binding_count(scene->table), 1);
	table_view(scene->table, table_next_binding(scene->table, &cursor), &scene->view);
	return &scene->view;
}

static inline struct peerset *only_peerset(struct scene *scene)
{
	return table_peerset(scene->table, only_binding(scene)->peerset);
}

/* Returns the second at which the wheel wants to be turned next. */
static inline uint32_t turn_to(struct scene *scene, uint64_t time)
{
	return wheel_turn(&scene->wheel, (uint32_t)(time / NS_PER_SECOND));
}

static inline void bind_many(struct scene *scene, unsigned count)
{
	char circuit[16];

	for (unsigned i = 0; i < count; i++) {
		scene->client[4] = (uint8_t)(i >> 8);
		scene->client[5] = (uint8_t)i;
		snprintf(circuit, sizeof circuit, "access%u", i % 100);
		assert_int_equal(update_on(scene, circuit, true), 0);
	}
}

/* A table_repeated_fn; the context is the time. */
static inline uint64_t tell_repeated(void *context, uint64_t settle_key, uint64_t digest)
{
	(void)digest;
	assert_int_equal(settle_key, 5);
	return *(const uint64_t *)context;
}

#define scene_test(function) cmocka_unit_test_setup_teardown(function, open_scene, close_scene)

#endif
