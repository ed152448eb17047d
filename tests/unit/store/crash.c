/* SPDX-License-Identifier: BSD-2-Clause */
/* Killed at any moment, under load: does the store come back as it was after some change, none before the last mark
 * that was told to be safe? */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "scene.h"

#define ROUNDS 25
#define CLIENTS 3000

/* What outlives the child. */
struct shared {
	uint64_t done; /* changes made */
	uint64_t safe; /* mark told to be safe: a mark is the number of changes */
};

#define STEP 100 /* ns from one change to the next: fewer than it takes, or times would be told that are to come */

/* Change number i, from 1, does the same each time, at the same time. */
static void change(struct scene *scene, uint64_t i, uint64_t epoch)
{
	uint32_t n = (uint32_t)(i * 2654435761U) % CLIENTS;

	scene_message(scene, n, (unsigned)(i / 50 % 13));
	scene->record.digest = i;
	if (i % 5 == 0) {
		scene->message.effect = MESSAGE_ENDS;
		scene->record.type = DHCP4_RELEASE;
	}
	scene_update(scene, n, epoch + i * STEP);
}

static struct shared *shared;

static void on_committed(void *context, uint64_t mark, bool safe)
{
	(void)context;
	if (safe)
		__atomic_store_n(&shared->safe, mark, __ATOMIC_SEQ_CST);
}

static void open_store(struct scene *scene)
{
	const struct store_options options = {
		.path = scene->path, .bindings_max = SCENE_BINDINGS_MAX, .committed = on_committed, .context = scene};
	char error[STORE_ERROR_SIZE];

	assert_int_equal(store_open_in(&scene->surroundings, &options, scene->base, scene->table, &scene->store, error),
			 0);
	while (store_restore(scene->store, 500) > 0)
		;
}

/* Makes changes from `first` on until it is killed. */
static _Noreturn void be_an_agent(struct scene *scene, uint64_t first, uint64_t epoch)
{
	open_store(scene);
	for (uint64_t i = first;; i++) {
		change(scene, i, epoch);
		__atomic_store_n(&shared->done, i, __ATOMIC_SEQ_CST);
		if (i % 16)
			continue;
		store_mark(scene->store, i);
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		while (store_is_busy(scene->store))
			event_base_loop(scene->base, EVLOOP_ONCE);
	}
}

static void kill_one(uint64_t first, uint64_t epoch, const struct scene *model, unsigned round)
{
	pid_t child = fork();

	if (child == 0) {
		struct scene *scene = scene_new();
		/* It works in the model's directory, and will not be there to remove its own. */
		unlink(scene->boot_id);
		rmdir(scene->path);
		strcpy(scene->path, model->path);
		strcpy(scene->boot_id, model->boot_id);
		be_an_agent(scene, first, epoch);
	}
	assert_true(child > 0);
	usleep(10000 + round * 7919 % 60000);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static bool same(struct table *a, struct table *b)
{
	uint8_t of_a[PACK_BINDING_MAX], of_b[PACK_BINDING_MAX];
	const struct binding *binding;

	if (table_binding_count(a) != table_binding_count(b))
		return false;
	for (uint32_t cursor = 0; (binding = table_next_binding(a, &cursor));) {
		struct binding_view view;
		table_view(a, binding, &view);
		const struct binding *other = table_find_client(b, view.family, view.client);
		if (!other)
			return false;
		table_view(b, other, &view);
		uint32_t peerset = view.peerset;
		table_view(a, binding, &view);
		view.peerset = peerset; /* ids are given out anew after each restart */
		size_t size = pack_binding(&view, (struct pack_stamp){0, 0}, of_a);
		if (scene_pack(b, other, of_b) != size || memcmp(of_a, of_b, size) != 0)
			return false;
	}
	return true;
}

/*
 * The model goes on change by change from where it was until it is what came back; that has to be after the last change
 * that was safe, and not after the last that was made. Returns the number of that change.
 */
static uint64_t find_change(struct scene *model, struct table *back, uint64_t from, uint64_t epoch)
{
	uint64_t safe = shared->safe, done = shared->done + 1; /* it may have been killed before it said so */

	for (uint64_t i = from; i < safe; i++)
		change(model, i + 1, epoch);
	for (uint64_t i = safe > from ? safe : from; i <= done; i++) {
		if (same(model->table, back))
			return i;
		change(model, i + 1, epoch);
	}
	fail_msg("what came back is not what it was after any of the changes %lu to %lu", safe, done);
	return 0;
}

static void test_killed(void **state)
{
	struct scene *model = *state;
	uint64_t epoch = scene_boot_clock(), at = 0;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		shared->done = shared->safe = at;
		kill_one(at + 1, epoch, model, round);

		struct scene *back = scene_new();
		char own[sizeof back->path];
		strcpy(own, back->path);
		strcpy(back->path, model->path);
		strcpy(back->boot_id, model->boot_id);
		open_store(back);
		assert_int_equal(store_stats(back->store)->refused, 0);
		assert_int_equal(store_stats(back->store)->expired, 0);
		at = find_change(model, back->table, at, epoch);
		store_close(back->store);
		back->store = NULL;
		strcpy(back->path, own);
		scene_free(back);
	}
	print_message("# %u times killed, %lu changes\n", ROUNDS, at);
	assert_true(at > 0);
	munmap(shared, sizeof *shared);
}

static int setup(void **state)
{
	*state = scene_new();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_killed, setup, scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
