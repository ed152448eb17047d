/* SPDX-License-Identifier: BSD-2-Clause */
/* A table with a store behind it, messages to fill it, and how two tables are compared. */
#ifndef TESTS_UNIT_STORE_SCENE_H
#define TESTS_UNIT_STORE_SCENE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"
#include "base/clock.h"
#include "store/internal.h"

#define SCENE_BINDINGS_MAX 200000

#define SCENE_TABLES_MAX 128

/* ns that the machine is up longer than it is, so that there is a past. */
#define SCENE_UPTIME (1000LL * 3600 * NS_PER_SECOND)

struct scene {
	char path[64]; /* of the store's directory */
	char boot_id[80];
	struct store_surroundings surroundings;
	struct event_base *base;
	struct wheel *wheels[SCENE_TABLES_MAX]; /* of all tables that there ever were */
	size_t wheel_count;
	struct table *table;
	struct store *store;
	size_t bindings_max;

	struct ds_record record;
	struct dhcp_message message;
	uint64_t mark, told;
	bool safe;
	unsigned tellings;
	uint64_t repeated; /* what the kernel says of every reply */
	unsigned asked;
};

/* How far the clocks are ahead of the machine's own, ns. */
static int64_t scene_boot_ahead, scene_wall_ahead;

static inline uint64_t scene_boot_clock(void)
{
	return clock_boot() + (uint64_t)scene_boot_ahead;
}

static inline uint64_t scene_wall_clock(void)
{
	return clock_ns(CLOCK_REALTIME) + (uint64_t)scene_wall_ahead;
}

static inline void scene_committed(void *context, uint64_t mark, bool safe)
{
	struct scene *scene = context;

	assert_true(mark > scene->told);
	scene->told = mark;
	scene->safe = safe;
	scene->tellings++;
}

static inline uint64_t scene_repeated(void *context, uint64_t settle_key, uint64_t digest)
{
	struct scene *scene = context;

	assert_int_equal(digest, settle_key * 3);
	scene->asked++;
	return scene->repeated;
}

/* --- Messages --- */

static inline void scene_address(struct lease *lease, uint32_t n)
{
	*lease = (struct lease){
		.prefix = {.address = {.family = 4, .bytes = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}},
			   .length = 32},
		.lifetime = 3600};
}

static inline void scene_offer(struct offer *offer, unsigned which)
{
	offer->present = true;
	offer->name.length = (uint8_t)snprintf(offer->name.text, sizeof offer->name.text, "dots%u.example.com", which);
	offer->address_count = 1;
	offer->addresses[0] = (struct address){.family = 4, .bytes = {192, 0, 2, (uint8_t)which}};
}

static inline void scene_message(struct scene *scene, uint32_t n, unsigned offer)
{
	static uint8_t client[6];
	const uint8_t hw[] = {2, 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

	memcpy(client, hw, sizeof client);
	scene->record.family = 4;
	scene->record.type = DHCP4_ACK;
	scene->record.settle_key = n + 1000;
	scene->record.digest = scene->record.settle_key * 3;
	scene->message.record = &scene->record;
	scene->message.effect = MESSAGE_BINDS;
	scene->message.hw = (struct bytes){client, sizeof client};
	scene->message.xid = n * 7;
	scene->message.has_lease = true;
	scene->message.lifetime = 3600;
	scene->message.address_count = 1;
	scene_address(&scene->message.addresses[0], n);
	scene->message.server = (struct address){.family = 4, .bytes = {192, 0, 2, 1}};
	scene_offer(&scene->message.offer, offer);
}

static inline void scene_update(struct scene *scene, uint32_t n, uint64_t time)
{
	char circuit[32];
	struct table_update update = {
		.message = &scene->message,
		.circuit = circuit,
		.located = true,
		.port = "uplink",
		.access = "access1",
		.time = time,
	};

	snprintf(circuit, sizeof circuit, "access1.%u.%u", n / 4096, n % 4096);
	assert_true(table_update(scene->table, &update) >= 0);
}

/* Client n is told an offer at that time; */
static inline void scene_bind_at(struct scene *scene, uint32_t n, unsigned offer, uint64_t time)
{
	scene_message(scene, n, offer);
	scene_update(scene, n, time);
}

/* now; */
static inline void scene_bind(struct scene *scene, uint32_t n, unsigned offer)
{
	scene_bind_at(scene, n, offer, scene_boot_clock());
}

/* or leaves. */
static inline void scene_release(struct scene *scene, uint32_t n)
{
	scene_message(scene, n, 0);
	scene->message.effect = MESSAGE_ENDS;
	scene->record.type = DHCP4_RELEASE;
	scene_update(scene, n, scene_boot_clock());
}

/* --- Life --- */

static inline void scene_new_table(struct scene *scene)
{
	const struct table_limits limits = {scene->bindings_max, scene->bindings_max, 10000};

	struct wheel *wheel = calloc(1, sizeof *wheel);

	assert_true(scene->wheel_count < SCENE_TABLES_MAX);
	scene->wheels[scene->wheel_count++] = wheel;
	wheel_init(wheel, (uint32_t)(scene_boot_clock() / NS_PER_SECOND));
	assert_int_equal(table_new(&limits, wheel, &scene->table), 0);
}

static inline int scene_try_open(struct scene *scene, struct store **ret, char error[STORE_ERROR_SIZE])
{
	const struct store_options options = {
		.path = scene->path,
		.bindings_max = scene->bindings_max,
		.committed = scene_committed,
		.repeated = scene_repeated,
		.context = scene,
	};

	return store_open_in(&scene->surroundings, &options, scene->base, scene->table, ret, error);
}

/* Opens and restores. */
static inline void scene_open(struct scene *scene)
{
	char error[STORE_ERROR_SIZE] = "";
	int more;

	scene->mark = scene->told = 0;
	int result = scene_try_open(scene, &scene->store, error);
	if (result)
		fail_msg("%s", error);
	while ((more = store_restore(scene->store, 1000)) > 0)
		;
	assert_int_equal(more, 0);
}

static inline void scene_close(struct scene *scene)
{
	store_close(scene->store);
	scene->store = NULL;
}

/* What a restart does. The old table is the caller's. */
static inline struct table *scene_reopen(struct scene *scene)
{
	struct table *old = scene->table;

	if (scene->store)
		scene_close(scene);
	scene_new_table(scene);
	scene_open(scene);
	return old;
}

static inline void scene_set_boot(struct scene *scene, const char *id)
{
	FILE *file = fopen(scene->boot_id, "w");

	assert_non_null(file);
	fprintf(file, "%-36s\n", id);
	fclose(file);
}

static inline struct scene *scene_new(void)
{
	struct scene *scene = calloc(1, sizeof *scene);

	snprintf(scene->path, sizeof scene->path, "/tmp/dotsnoop-store-XXXXXX");
	assert_non_null(mkdtemp(scene->path));
	snprintf(scene->boot_id, sizeof scene->boot_id, "%s/boot-id", scene->path);
	scene_set_boot(scene, "first");
	scene_boot_ahead = SCENE_UPTIME;
	scene_wall_ahead = 0;
	scene->surroundings = (struct store_surroundings){
		.boots = {scene->boot_id, scene_boot_clock, scene_wall_clock},
		.retry_first = 50,
		.retry_last = 200,
	};
	scene->bindings_max = SCENE_BINDINGS_MAX;
	scene->base = event_base_new();
	scene_new_table(scene);
	return scene;
}

static inline void scene_free(struct scene *scene)
{
	char command[128];

	store_close(scene->store);
	table_free(scene->table);
	for (size_t i = 0; i < scene->wheel_count; i++) {
		wheel_free(scene->wheels[i]);
		free(scene->wheels[i]);
	}
	event_base_free(scene->base);
	snprintf(command, sizeof command, "rm -rf %s", scene->path);
	assert_int_equal(system(command), 0);
	free(scene);
}

static inline int scene_setup(void **state)
{
	*state = scene_new();
	scene_open(*state);
	return 0;
}

static inline int scene_teardown(void **state)
{
	scene_free(*state);
	return 0;
}

static inline void scene_mark(struct scene *scene)
{
	store_mark(scene->store, ++scene->mark);
}

/* Runs the loop until all marks are told; fails after ten seconds. */
static inline void scene_wait(struct scene *scene)
{
	uint64_t start = scene_boot_clock();

	while (scene->told < scene->mark) {
		assert_true(scene_boot_clock() - start < 10 * NS_PER_SECOND);
		event_base_loop(scene->base, EVLOOP_ONCE);
	}
}

static inline void scene_commit(struct scene *scene)
{
	scene_mark(scene);
	scene_wait(scene);
	assert_true(scene->safe);
}

/* Runs the loop until the store is in that state. */
static inline void scene_wait_for(struct scene *scene, enum store_state state)
{
	uint64_t start = scene_boot_clock();

	while (store_stats(scene->store)->state != state) {
		assert_true(scene_boot_clock() - start < 10 * NS_PER_SECOND);
		event_base_loop(scene->base, EVLOOP_ONCE);
	}
}

/* --- Comparing --- */

static inline size_t scene_pack(const struct table *table, const struct binding *binding, uint8_t *to)
{
	struct binding_view view;

	table_view(table, binding, &view);
	return pack_binding(&view, (struct pack_stamp){0, 0}, to);
}

static inline void assert_same_peersets(struct table *a, struct table *b)
{
	static uint8_t of_a[PACK_PEERSET_MAX], of_b[PACK_PEERSET_MAX];
	const struct peerset *peerset;

	assert_int_equal(table_peerset_count(a), table_peerset_count(b));
	for (uint32_t cursor = 0; (peerset = table_next_peerset(a, &cursor));) {
		const struct peerset *other = table_peerset(b, peerset->id);

		assert_non_null(other);
		assert_int_equal(peerset->bindings, other->bindings);
		size_t size = pack_peerset(peerset, of_a);
		assert_int_equal(pack_peerset(other, of_b), size);
		assert_memory_equal(of_a, of_b, size);
	}
}

/* Octet for octet, whatever the order in which they came to be. */
static inline void assert_same_tables(struct table *a, struct table *b)
{
	uint8_t of_a[PACK_BINDING_MAX], of_b[PACK_BINDING_MAX];
	const struct binding *binding;

	assert_int_equal(table_binding_count(a), table_binding_count(b));
	for (uint32_t cursor = 0; (binding = table_next_binding(a, &cursor));) {
		const struct binding *other = table_binding(b, binding_id(binding));

		assert_non_null(other);
		size_t size = scene_pack(a, binding, of_a);
		assert_int_equal(scene_pack(b, other, of_b), size);
		assert_memory_equal(of_a, of_b, size);
	}
	assert_same_peersets(a, b);
}

#endif
