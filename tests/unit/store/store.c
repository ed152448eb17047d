/* SPDX-License-Identifier: BSD-2-Clause */
/* Does everything come back, does nothing else, and who is told when it is safe? */
#include "scene.h"

#define HOUR (3600 * NS_PER_SECOND)

static struct binding_view only_view(const struct scene *scene)
{
	struct binding_view view;
	uint32_t cursor = 0;

	assert_int_equal(table_binding_count(scene->table), 1);
	table_view(scene->table, table_next_binding(scene->table, &cursor), &view);
	return view;
}

static void reopen_and_forget(struct scene *scene)
{
	struct table *old = scene_reopen(scene);

	/* A store outlives its table's end: it was closed before. */
	table_free(old);
}

static void test_new(void **state)
{
	struct scene *scene = *state;

	assert_true(store_is_new(scene->store));
	assert_int_equal(store_stats(scene->store)->state, STORE_CURRENT);
	struct stat info;
	char name[96];
	snprintf(name, sizeof name, "%s/data.mdb", scene->path);
	assert_int_equal(stat(name, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_all_comes_back(void **state)
{
	struct scene *scene = *state;

	for (uint32_t n = 0; n < 3000; n++)
		scene_bind(scene, n, n % 7);
	for (uint32_t n = 0; n < 3000; n += 3)
		scene_release(scene, n);
	for (uint32_t n = 1; n < 3000; n += 3)
		scene_bind(scene, n, n % 5 + 100);
	scene_commit(scene);
	assert_true(store_stats(scene->store)->commits >= 1);

	struct table *old = scene_reopen(scene);
	assert_false(store_is_new(scene->store));
	assert_int_equal(store_stats(scene->store)->restored, 2000);
	assert_int_equal(store_stats(scene->store)->refused, 0);
	assert_same_tables(old, scene->table);
	table_free(old);
}

/* What was restored goes on: it is changed, ended, and its peersets go when they do. */
static void test_life_after_restoring(void **state)
{
	struct scene *scene = *state;

	for (uint32_t n = 0; n < 100; n++)
		scene_bind(scene, n, n % 4);
	reopen_and_forget(scene);
	for (uint32_t n = 0; n < 100; n += 4)
		scene_bind(scene, n, 50);
	for (uint32_t n = 1; n < 100; n += 4)
		scene_release(scene, n);
	scene_bind(scene, 500, 51);
	struct table *old = scene_reopen(scene);
	assert_int_equal(table_peerset_count(scene->table), 4); /* 2, 3, 50, 51 */
	assert_same_tables(old, scene->table);
	table_free(old);
}

static void test_closing_writes_what_is_pending(void **state)
{
	struct scene *scene = *state;

	scene_bind(scene, 1, 1);
	scene_mark(scene);
	scene_close(scene);
	assert_int_equal(scene->told, 1);
	assert_true(scene->safe);
	struct table *old = scene_reopen(scene);
	assert_same_tables(old, scene->table);
	table_free(old);
}

static void test_flushed(void **state)
{
	struct scene *scene = *state;

	for (uint32_t n = 0; n < 1000; n++)
		scene_bind(scene, n, 1);
	scene_commit(scene);
	table_flush(scene->table);
	reopen_and_forget(scene);
	assert_int_equal(table_binding_count(scene->table), 0);
	assert_int_equal(store_stats(scene->store)->refused, 0);
}

/* A mark that brings no change is told of, too; never from within store_mark. */
static void test_mark_alone(void **state)
{
	struct scene *scene = *state;

	scene_mark(scene);
	assert_int_equal(scene->told, 0);
	scene_wait(scene);
	assert_true(scene->safe);
	assert_int_equal(store_stats(scene->store)->commits, 0);
}

/* A change that no record brought is written as well. */
static void test_change_without_mark(void **state)
{
	struct scene *scene = *state;

	scene_bind(scene, 1, 1);
	while (!store_stats(scene->store)->commits)
		event_base_loop(scene->base, EVLOOP_ONCE);
	assert_int_equal(scene->tellings, 0);
}

/* Where little happens, a commit takes what comes in its interval. */
static void test_commits_are_gathered(void **state)
{
	struct scene *scene = *state;
	uint64_t start = scene_boot_clock();

	for (uint32_t n = 0; n < 5000; n++) {
		scene_bind(scene, n, 1);
		scene_mark(scene);
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
	}
	scene_wait(scene);
	uint64_t intervals = (scene_boot_clock() - start) / (NS_PER_SECOND / 100) + 2;
	assert_true(store_stats(scene->store)->commits <= intervals);
}

/* Nothing pending, nothing armed. */
static void test_idle_sleeps(void **state)
{
	struct scene *scene = *state;

	scene_bind(scene, 1, 1);
	scene_commit(scene);
	event_base_loop(scene->base, EVLOOP_NONBLOCK);
	assert_false(evtimer_pending(scene->store->timer, NULL));
	assert_false(evtimer_pending(scene->store->catching_up.retry, NULL));
	assert_int_equal(store_stats(scene->store)->pending, 0);
}

static void test_second_agent(void **state)
{
	struct scene *scene = *state;
	char error[STORE_ERROR_SIZE] = "";
	struct store *other = NULL;

	assert_int_equal(scene_try_open(scene, &other, error), -EBUSY);
	assert_null(other);
	assert_non_null(strstr(error, "another agent"));
}

static void test_expired_is_not_revived(void **state)
{
	struct scene *scene = *state;

	scene_bind_at(scene, 1, 1, scene_boot_clock() - 2 * HOUR);
	scene_bind(scene, 2, 2);
	reopen_and_forget(scene);
	assert_int_equal(only_view(scene).xid, 14);
	assert_int_equal(store_stats(scene->store)->expired, 1);
	assert_int_equal(scene->asked, 1);
	assert_int_equal(table_peerset_count(scene->table), 1);
	reopen_and_forget(scene); /* it has left the store */
	assert_int_equal(store_stats(scene->store)->expired, 0);
}

/* The kernel kept a repetition to itself while there was no agent. */
static void test_repeated_meanwhile(void **state)
{
	struct scene *scene = *state;

	scene_bind_at(scene, 1, 1, scene_boot_clock() - 2 * HOUR);
	scene->repeated = scene_boot_clock() - HOUR / 2;
	reopen_and_forget(scene);
	assert_int_equal(only_view(scene).refreshed, scene->repeated);
	assert_int_equal(only_view(scene).expires, scene->repeated + HOUR);
	assert_int_equal(store_stats(scene->store)->expired, 0);

	/* What it said is in the store now, and what it does not say any more does not matter. */
	uint64_t repeated = scene->repeated;
	scene->repeated = 0;
	reopen_and_forget(scene);
	assert_int_equal(only_view(scene).refreshed, repeated);
}

static void test_repeated_too_early(void **state)
{
	struct scene *scene = *state;

	scene_bind_at(scene, 1, 1, scene_boot_clock() - 3 * HOUR);
	scene->repeated = scene_boot_clock() - 2 * HOUR;
	reopen_and_forget(scene);
	assert_int_equal(table_binding_count(scene->table), 0);
}

static void test_never_ends(void **state)
{
	struct scene *scene = *state;

	scene_message(scene, 1, 1);
	scene->message.lifetime = LIFETIME_INFINITE;
	scene_update(scene, 1, scene_boot_clock() - 100 * HOUR);
	struct table *old = scene_reopen(scene);
	assert_same_tables(old, scene->table);
	assert_true(only_view(scene).expires == TABLE_NEVER);
	table_free(old);
}

/* Another boot, in which CLOCK_BOOTTIME is behind by so much (the wall clock goes on). */
static void reboot(struct scene *scene, const char *id, uint64_t behind)
{
	scene_set_boot(scene, id);
	scene_boot_ahead -= (int64_t)behind;
}

static void test_reboot(void **state)
{
	struct scene *scene = *state;
	uint64_t time = scene_boot_clock() - 10 * NS_PER_SECOND;

	scene_bind_at(scene, 1, 1, time);
	scene_commit(scene);
	scene_close(scene);
	reboot(scene, "second", SCENE_UPTIME / 2);
	reopen_and_forget(scene);
	struct binding_view view = only_view(scene);
	uint64_t due = time - SCENE_UPTIME / 2 + HOUR;
	assert_true(view.expires > due - NS_PER_SECOND / 10 && view.expires < due + NS_PER_SECOND / 10);
	assert_true(view.refreshed <= scene_boot_clock());
	assert_int_equal(view.leases[0].lifetime, view.lifetime);
	assert_int_equal(scene->asked, 0); /* that kernel knows nothing of it */
}

/* A boot ago its reply came: that is before the beginning of this one. */
static void test_before_this_boot(void **state)
{
	struct scene *scene = *state;
	uint64_t now = scene_boot_clock();

	scene_bind_at(scene, 1, 1, now - 1200 * NS_PER_SECOND);
	scene_close(scene);
	reboot(scene, "second", now - 60 * NS_PER_SECOND);
	reopen_and_forget(scene);
	struct binding_view view = only_view(scene);
	uint64_t due = 60 * NS_PER_SECOND + 2400 * NS_PER_SECOND;
	assert_int_equal(view.since, 0);
	assert_true(view.refreshed < NS_PER_SECOND);
	assert_true(view.expires > due - NS_PER_SECOND / 10 && view.expires < due + NS_PER_SECOND / 10);

	/* And once more: the store holds it as it was, not as it was cut. */
	scene_close(scene);
	reboot(scene, "third", 30 * NS_PER_SECOND); /* begun when the second was half a minute old */
	reopen_and_forget(scene);
	view = only_view(scene);
	due -= 30 * NS_PER_SECOND;
	assert_true(view.expires > due - NS_PER_SECOND / 10 && view.expires < due + NS_PER_SECOND / 10);
	assert_int_equal(scene->store->boots.count, 1); /* in the second nothing was committed */
}

static void test_boots_that_nothing_is_of_are_forgotten(void **state)
{
	struct scene *scene = *state;

	scene_bind(scene, 1, 1);
	scene_close(scene);
	reboot(scene, "second", 0);
	reopen_and_forget(scene);
	scene_bind(scene, 1, 2);
	reopen_and_forget(scene);
	assert_int_equal(scene->store->boots.count, 2);
	reopen_and_forget(scene);
	assert_int_equal(scene->store->boots.count, 1);
	assert_int_equal(scene->store->boots.now.number, 2);
}

/* While the machine was off, its end came. */
static void test_expired_over_a_reboot(void **state)
{
	struct scene *scene = *state;

	scene_bind(scene, 1, 1);
	scene_close(scene);
	reboot(scene, "second", SCENE_UPTIME / 2);
	scene_wall_ahead += (int64_t)(2 * HOUR);
	scene->repeated = scene_boot_clock();
	reopen_and_forget(scene);
	assert_int_equal(table_binding_count(scene->table), 0);
	assert_int_equal(store_stats(scene->store)->expired, 1);
}

/* A clock that is set moves nothing of this boot, and, noted with each commit, nothing of the next. */
static void test_clock_is_set(void **state)
{
	struct scene *scene = *state;

	scene_bind(scene, 1, 1);
	scene_commit(scene);
	scene_wall_ahead = (int64_t)(500 * HOUR);
	struct table *old = scene_reopen(scene);
	assert_same_tables(old, scene->table);
	table_free(old);

	uint64_t due = only_view(scene).expires;
	scene_bind(scene, 2, 2);
	scene_commit(scene); /* here it is noted */
	scene_release(scene, 2);
	scene_close(scene);
	reboot(scene, "second", 0);
	reopen_and_forget(scene);
	uint64_t expires = only_view(scene).expires;
	assert_true(expires > due - NS_PER_SECOND / 10 && expires < due + NS_PER_SECOND / 10);
}

/* The clock was behind when it rebooted: nobody was refreshed after now. */
static void test_clock_goes_back(void **state)
{
	struct scene *scene = *state;

	scene_bind(scene, 1, 1);
	scene_close(scene);
	reboot(scene, "second", 0);
	scene_wall_ahead = -(int64_t)(5 * HOUR);
	reopen_and_forget(scene);
	assert_true(only_view(scene).refreshed <= scene_boot_clock());
	assert_true(only_view(scene).expires <= scene_boot_clock() + HOUR);
}

static void test_no_boot_id(void **state)
{
	struct scene *scene = *state;

	scene_bind(scene, 1, 1);
	scene_close(scene);
	unlink(scene->boot_id);
	reopen_and_forget(scene);
	assert_int_equal(table_binding_count(scene->table), 1);
	assert_int_equal(scene->store->boots.now.number, 2);
}

/* A limit that was lowered refuses what is over it, in words and numbers. */
static void test_lower_limit(void **state)
{
	struct scene *scene = *state;

	for (uint32_t n = 0; n < 100; n++)
		scene_bind(scene, n, 1);
	scene_close(scene);
	scene->bindings_max = 60;
	reopen_and_forget(scene);
	assert_int_equal(store_stats(scene->store)->restored, 60);
	assert_int_equal(store_stats(scene->store)->refused, 40);
}

/* A client comes between two pieces that has not come back yet. */
static void test_changes_while_restoring(void **state)
{
	struct scene *scene = *state;
	char error[STORE_ERROR_SIZE];

	for (uint32_t n = 0; n < 100; n++)
		scene_bind(scene, n, 1);
	scene_close(scene);
	table_free(scene->table);
	scene_new_table(scene);
	scene->mark = scene->told = 0;
	assert_int_equal(scene_try_open(scene, &scene->store, error), 0);
	assert_int_equal(store_stats(scene->store)->state, STORE_LOADING);
	assert_int_equal(store_restore(scene->store, 10), 1);
	scene_bind(scene, 50, 2);
	scene_release(scene, 3);
	scene_mark(scene);
	event_base_loop(scene->base, EVLOOP_NONBLOCK);
	assert_int_equal(scene->told, 0); /* not before all is back */
	while (store_restore(scene->store, 10) > 0)
		;
	scene_wait(scene);
	struct table *old = scene_reopen(scene);
	assert_same_tables(old, scene->table);
	assert_int_equal(table_peerset_count(scene->table), 2);
	table_free(old);
}

static void test_many(void **state)
{
	struct scene *scene = *state;

	for (uint32_t n = 0; n < 100000; n++)
		scene_bind(scene, n, n % 20);
	scene_commit(scene);
	size_t size = store_stats(scene->store)->size;
	scene_close(scene);
	struct table *old = scene->table;
	scene_new_table(scene);
	uint64_t start = scene_boot_clock();
	scene_open(scene);
	print_message("# 100000 bindings: %.1f octets each, opened and restored in %.0f ms\n", (double)size / 100000,
		      (double)(scene_boot_clock() - start) / 1e6);
	assert_same_tables(old, scene->table);
	table_free(old);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_new),
		TEST(test_all_comes_back),
		TEST(test_life_after_restoring),
		TEST(test_closing_writes_what_is_pending),
		TEST(test_flushed),
		TEST(test_mark_alone),
		TEST(test_change_without_mark),
		TEST(test_commits_are_gathered),
		TEST(test_idle_sleeps),
		TEST(test_second_agent),
		TEST(test_expired_is_not_revived),
		TEST(test_repeated_meanwhile),
		TEST(test_repeated_too_early),
		TEST(test_never_ends),
		TEST(test_reboot),
		TEST(test_before_this_boot),
		TEST(test_boots_that_nothing_is_of_are_forgotten),
		TEST(test_expired_over_a_reboot),
		TEST(test_clock_is_set),
		TEST(test_clock_goes_back),
		TEST(test_no_boot_id),
		TEST(test_lower_limit),
		TEST(test_changes_while_restoring),
		TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
