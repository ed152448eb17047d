/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk that fills up: is the store behind, does it say so, and is it brought up to date when there is room again? */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "scene.h"

#define CLIENTS 20000 /* about 2.3 MB */

/* A small file system of its own for each test, seen by this process alone. */
static int setup(void **state)
{
	struct scene *scene = scene_new();

	*state = scene;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		print_message("# not root: no file system can be filled\n");
		return 0;
	}
	snprintf(scene->boot_id, sizeof scene->boot_id, "/proc/sys/kernel/random/boot_id");
	assert_int_equal(mount("none", scene->path, "tmpfs", 0, "size=1m"), 0);
	scene_open(scene);
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;
	char path[sizeof scene->path];

	store_close(scene->store);
	scene->store = NULL;
	strcpy(path, scene->path);
	umount2(path, MNT_DETACH);
	scene_free(scene);
	return 0;
}

static struct scene *scene_or_skip(void **state)
{
	struct scene *scene = *state;

	if (!scene->store)
		skip();
	return scene;
}

static void make_room(const struct scene *scene, const char *size)
{
	char options[32];

	snprintf(options, sizeof options, "size=%s", size);
	assert_int_equal(mount("none", scene->path, "tmpfs", MS_REMOUNT, options), 0);
}

static void fill(struct scene *scene)
{
	for (uint32_t n = 0; n < CLIENTS; n++)
		scene_bind(scene, n, n % 17);
	scene_mark(scene);
	scene_wait(scene);
	assert_false(scene->safe);
	assert_int_equal(store_stats(scene->store)->state, STORE_BEHIND);
	assert_int_equal(store_stats(scene->store)->failures, 1);
}

static void test_behind_and_current_again(void **state)
{
	struct scene *scene = scene_or_skip(state);

	for (uint32_t n = 0; n < 1000; n++)
		scene_bind(scene, n, n % 3);
	scene_commit(scene);
	fill(scene);

	/* Behind, each mark is told at once, and nothing is kept for it. */
	for (uint32_t n = 0; n < 500; n++)
		scene_release(scene, n);
	scene_bind(scene, CLIENTS + 1, 99);
	scene_mark(scene);
	scene_wait(scene);
	assert_false(scene->safe);
	assert_int_equal(store_stats(scene->store)->pending, 0);

	make_room(scene, "20m");
	scene_wait_for(scene, STORE_CURRENT);
	scene_bind(scene, CLIENTS + 2, 98);
	scene_commit(scene);
	struct table *old = scene_reopen(scene);
	assert_same_tables(old, scene->table);
	assert_int_equal(store_stats(scene->store)->refused, 0);
	table_free(old);
}

/* Changes go on while it catches up. */
static void test_changes_while_catching_up(void **state)
{
	struct scene *scene = scene_or_skip(state);

	fill(scene);
	make_room(scene, "20m");
	scene_wait_for(scene, STORE_CATCHING_UP);
	for (uint32_t n = 0; store_stats(scene->store)->state == STORE_CATCHING_UP; n++) {
		scene_release(scene, n * 7 % CLIENTS);
		scene_bind(scene, n * 13 % CLIENTS, 30 + n % 20);
		scene_bind(scene, CLIENTS + n, 20);
		scene_mark(scene);
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(store_stats(scene->store)->state, STORE_CURRENT);
	struct table *old = scene_reopen(scene);
	assert_same_tables(old, scene->table);
	assert_int_equal(store_stats(scene->store)->refused, 0);
	table_free(old);
}

/* It fills up again in the midst of catching up, more than once. */
static void test_full_again(void **state)
{
	struct scene *scene = scene_or_skip(state);

	fill(scene);
	uint64_t failures = store_stats(scene->store)->failures;
	make_room(scene, "1500k");
	while (store_stats(scene->store)->failures < failures + 3)
		event_base_loop(scene->base, EVLOOP_ONCE);
	scene_bind(scene, 5, 60);
	make_room(scene, "20m");
	scene_wait_for(scene, STORE_CURRENT);
	struct table *old = scene_reopen(scene);
	assert_same_tables(old, scene->table);
	table_free(old);
}

/* What is left when it is closed is tried once more. */
static void test_closed_while_behind(void **state)
{
	struct scene *scene = scene_or_skip(state);

	fill(scene);
	make_room(scene, "20m");
	struct table *old = scene_reopen(scene);
	assert_same_tables(old, scene->table);
	table_free(old);
}

/* Closed behind, it holds what it held: nothing is mixed up, and it opens on the full disk. */
static void test_opened_on_a_full_disk(void **state)
{
	struct scene *scene = scene_or_skip(state);

	for (uint32_t n = 0; n < 1000; n++)
		scene_bind(scene, n, n % 3);
	scene_commit(scene);
	fill(scene);
	table_free(scene_reopen(scene));
	assert_false(store_is_new(scene->store));
	assert_true(table_binding_count(scene->table) >= 1000);
	assert_true(table_binding_count(scene->table) < CLIENTS);
	assert_int_equal(store_stats(scene->store)->refused, 0);
}

/*
 * Killed while it catches up: bindings that are out of date stand beside peersets that are not. What comes back was
 * told what it says, at some time; nobody is told another's offer.
 */
static void check_offers(const struct scene *scene)
{
	const struct binding *binding;
	struct binding_view view;

	for (uint32_t cursor = 0; (binding = table_next_binding(scene->table, &cursor));) {
		char first[32], second[32];
		table_view(scene->table, binding, &view);
		uint32_t n =
			(uint32_t)view.client.data[3] << 16 | (uint32_t)view.client.data[4] << 8 | view.client.data[5];
		const char *name = table_peerset(scene->table, view.peerset)->offer->name.text;
		snprintf(first, sizeof first, "dots%u.example.com", n % 3);
		snprintf(second, sizeof second, "dots%u.example.com", 100 + n % 5);
		assert_true(strcmp(name, first) == 0 || strcmp(name, second) == 0);
	}
}

static void fall_behind_and_die(struct scene *scene)
{
	make_room(scene, "3m");
	for (uint32_t n = 0; n < CLIENTS; n++)
		scene_bind(scene, n, n % 3);
	scene_commit(scene);
	for (uint32_t n = 100000; n < 100000 + CLIENTS; n++)
		scene_bind(scene, n, n % 3);
	scene_mark(scene);
	scene_wait(scene);
	/* All peersets go, and others get their ids; the ids of bindings that were freed last are given out first. */
	for (uint32_t n = 100000; n < 100000 + CLIENTS; n++)
		scene_release(scene, n);
	for (uint32_t n = 0; n < CLIENTS; n++)
		scene_release(scene, n);
	for (uint32_t n = CLIENTS; n-- > 0;)
		scene_bind(scene, n, 100 + n % 5);
	make_room(scene, "20m");
	scene_wait_for(scene, STORE_CATCHING_UP);
	uint64_t commits = store_stats(scene->store)->commits;
	while (store_stats(scene->store)->commits < commits + 1)
		event_base_loop(scene->base, EVLOOP_ONCE);
	_exit(store_stats(scene->store)->state == STORE_CATCHING_UP ? 0 : 1);
}

static void test_killed_while_catching_up(void **state)
{
	struct scene *scene = scene_or_skip(state);
	int status;

	scene_close(scene);
	pid_t child = fork();
	if (child == 0) {
		scene_open(scene);
		fall_behind_and_die(scene);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	scene_open(scene);
	assert_true(store_stats(scene->store)->restored > 4000);
	assert_true(store_stats(scene->store)->refused > 0);
	check_offers(scene);
	struct table *old = scene_reopen(scene);
	assert_same_tables(old, scene->table);
	assert_int_equal(store_stats(scene->store)->refused, 0);
	table_free(old);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_behind_and_current_again),
		TEST(test_changes_while_catching_up),
		TEST(test_full_again),
		TEST(test_closed_while_behind),
		TEST(test_opened_on_a_full_disk),
		TEST(test_killed_while_catching_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
