/* SPDX-License-Identifier: BSD-2-Clause */
/* What does an agent do for nobody? Without traffic it sleeps; and who watches and does not read is not waited for. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../bench/process.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "held.h"
#include "stage.h"

#define SUBSCRIBERS 5000
#define CALM_S 2
#define IDLE_S 3
#define WAKEUPS_MOST 10 /* a second */

#define PASSES 16             /* over all of them: far more changes than are kept for one watcher */
#define PATIENCE_S 30         /* until the agent ends a connection that it has cut */
#define KEPT_MOST (48U << 20) /* more than an agent may have grown by what it keeps for one */

static struct stage stage;
static struct story story;

static void test_idle(void **state)
{
	struct process_work before, after;

	(void)state;
	story_open(&story, SUBSCRIBERS, 0);
	stage_start(&stage);
	stage_bind(&stage, &story, 1, SUBSCRIBERS);
	stage_expect_settled(&stage, &story);
	sleep(CALM_S);
	assert_true(process_work(stage.agent.pid, &before));
	sleep(IDLE_S);
	assert_true(process_work(stage.agent.pid, &after));
	print_message("#: with %d bindings it woke %" PRIu64 " times in %d s\n", SUBSCRIBERS,
		      after.wakeups - before.wakeups, IDLE_S);
	assert_in_range(after.wakeups - before.wakeups, 0, WAKEUPS_MOST * IDLE_S);
}

/* --- Watchers --- */

struct watcher {
	int fd;
	pthread_t thread;
	atomic_uint changes; /* of bindings, read so far */
	atomic_bool ended;
	bool cut; /* that was the last line */
};

static void note(struct watcher *watcher, const char *line)
{
	watcher->cut = strstr(line, "\"change\": \"cut\"") || strstr(line, "\"change\":\"cut\"");
	if (strstr(line, "\"client\""))
		atomic_fetch_add(&watcher->changes, 1);
}

static void *watch(void *context)
{
	struct watcher *watcher = context;
	AUTO_FILE FILE *stream = fdopen(watcher->fd, "r");
	AUTO_FREE char *line = NULL;
	size_t size = 0;

	while (stream && getline(&line, &size, stream) > 0)
		note(watcher, line);
	atomic_store(&watcher->ended, true);
	return NULL;
}

/* It watches from the moment on that its answer begins, and has read no more than the headers of that. */
static void enter(struct watcher *watcher)
{
	char octet;

	watcher->fd = agent_watch(&stage.agent);
	for (unsigned i = 0; i < 4; i = octet == "\r\n\r\n"[i] ? i + 1 : 0)
		assert_int_equal(read(watcher->fd, &octet, 1), 1);
}

static void begin(struct watcher *watcher)
{
	assert_int_equal(pthread_create(&watcher->thread, NULL, watch, watcher), 0);
}

/* All are told the other offer; and who reads has read it all. */
static void change_all(unsigned pass, struct watcher *reader)
{
	uint64_t deadline = clock_boot() + PATIENCE_S * NS_PER_SECOND;
	struct packet packet;

	for (uint32_t number = 1; number <= SUBSCRIBERS; number++) {
		struct told told = story.subscribers[number].told;
		told.offer = (uint8_t)((told.offer + 50) % MESSAGE_OFFERS);
		story_bind(&story, number, told, &packet);
		assert_true(wire_send(&stage.wire, &packet));
	}
	stage_calm(&stage);
	while (atomic_load(&reader->changes) < (pass + 1) * SUBSCRIBERS && clock_boot() < deadline)
		usleep(1000);
}

static void test_stalled_watcher(void **state)
{
	struct watcher reader = {.fd = -1}, stalled = {.fd = -1};
	struct process_memory before, after;

	(void)state;
	enter(&reader);
	enter(&stalled);
	begin(&reader);
	assert_true(process_memory(stage.agent.pid, &before));
	for (unsigned pass = 0; pass < PASSES; pass++)
		change_all(pass, &reader);
	assert_true(process_memory(stage.agent.pid, &after));
	begin(&stalled); /* too late */
	for (unsigned i = 0; i < PATIENCE_S * 100 && !atomic_load(&stalled.ended); i++)
		usleep(10000);

	print_message("#: of %u changes one watcher read %u, the other %u%s; the agent grew by %" PRId64 " KB\n",
		      PASSES * SUBSCRIBERS, atomic_load(&reader.changes), atomic_load(&stalled.changes),
		      stalled.cut ? ", and was told that it is cut" : "",
		      (int64_t)(after.anonymous - before.anonymous) >> 10);
	assert_true(atomic_load(&stalled.ended));
	assert_in_range(atomic_load(&stalled.changes), 1, PASSES * SUBSCRIBERS - 1);
	assert_int_equal(atomic_load(&reader.changes), PASSES * SUBSCRIBERS);
	assert_false(atomic_load(&reader.ended));
	assert_true(after.anonymous < before.anonymous + KEPT_MOST);
	assert_true(held_is(&stage.agent, &story));
	agent_stop(&stage.agent);
	pthread_join(reader.thread, NULL);
	pthread_join(stalled.thread, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_stalled_watcher),
	};

	if (!stage_open(&stage, SUBSCRIBERS))
		return 1;
	int failed = cmocka_run_group_tests_name("quiet", tests, NULL, NULL);
	stage_close(&stage);
	story_close(&story);
	return failed;
}
