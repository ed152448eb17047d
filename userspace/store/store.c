/* SPDX-License-Identifier: BSD-2-Clause */
/* How is the store opened, whatever is found there, and how is it closed? */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "store/aside.h"
#include "store/check.h"
#include "store/internal.h"

/* Held as long as an agent has the store open; it is never removed. */
#define LOCK "agent.lock"

/* ms that a predecessor has to be gone, and how often is looked. */
#define PATIENCE 2000
#define PATIENCE_STEPS 100

/* Address space alone: the file is as large as what was in it. A binding takes 110 octets, more if pages are half full.
 */
#define MAP_PER_BINDING 1024
#define MAP_AT_LEAST (256UL << 20)

static const char *const state_words[] = {
	[STORE_NONE] = "none",     [STORE_LOADING] = "loading",         [STORE_CURRENT] = "current",
	[STORE_BEHIND] = "behind", [STORE_CATCHING_UP] = "catching-up",
};
_Static_assert(sizeof state_words / sizeof *state_words == STORE_STATE_COUNT, "each state has its word");

static const struct store_surroundings our_surroundings = {
	.retry_first = 5000,
	.retry_last = 60000,
};

const char *store_state_word(enum store_state state)
{
	return state_words[state];
}

/* Explains an error, which it returns. */
static int explain(int result, char error[STORE_ERROR_SIZE], const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int explain(int result, char error[STORE_ERROR_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, STORE_ERROR_SIZE, format, arguments);
	va_end(arguments);
	return result;
}

/* One that was killed may still be on its way out, or the child that it had just begun to examine the store with. */
static int lock_patiently(int fd)
{
	const struct timespec pause = {.tv_nsec = PATIENCE / PATIENCE_STEPS * 1000000L};

	for (int i = 0; i < PATIENCE_STEPS; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

/* The directory, and the right to it. */
static int lock_directory(struct store *store, char error[STORE_ERROR_SIZE])
{
	if (mkdir(store->path, 0700) < 0 && errno != EEXIST)
		return explain(-errno, error, "%s: cannot be made: %s", store->path, strerror(errno));
	AUTO_FD int directory = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return explain(-errno, error, "%s: %s", store->path, strerror(errno));
	store->lock = openat(directory, LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock < 0)
		return explain(-errno, error, "%s/" LOCK ": %s", store->path, strerror(errno));
	int result = lock_patiently(store->lock);
	if (result != -EBUSY)
		return result ? explain(result, error, "%s/" LOCK ": %s", store->path, strerror(-result)) : 0;
	return explain(-EBUSY, error,
		       "%s: another agent has this store open: stop it, or name another directory under `store:`",
		       store->path);
}

static bool has_data(const struct store *store)
{
	char name[PATH_MAX];
	struct stat info;

	snprintf(name, sizeof name, "%s/" DISK_DATA, store->path);
	return lstat(name, &info) == 0 || errno != ENOENT;
}

static int set_aside(struct store *store, const struct check_result *found, char error[STORE_ERROR_SIZE])
{
	const char *what = found->verdict == CHECK_NEWER ? "newer" : "damaged";
	char name[NAME_MAX];
	int result = aside_set(store->path, what, name);

	if (result)
		return explain(result, error, "%s: %s: %s, and cannot be set aside: %s", store->path, what, found->why,
			       strerror(-result));
	log_error("store-set-aside path=%s name=%s reason=\"%s\" detail=\"a new one is begun\"", store->path, name,
		  found->why);
	store->is_new = true;
	return 0;
}

/* What is there is read through, before it is trusted. */
static int examine(struct store *store, char error[STORE_ERROR_SIZE])
{
	struct check_result found;

	store->is_new = !has_data(store);
	if (store->is_new)
		return 0;
	check_store(store->path, store->lock, &found);
	if (found.verdict == CHECK_WHOLE)
		return 0;
	if (found.verdict == CHECK_FAILED)
		return explain(found.error, error, "%s/" DISK_DATA ": %s", store->path, found.why);
	return set_aside(store, &found, error);
}

static int read_boots(struct store *store)
{
	struct disk_walk walk = {0};
	struct bytes value;
	uint32_t number;
	int error = 0, more = disk_walk_open(&store->disk, BATCH_BOOTS, &walk);

	boots_init(&store->boots, &store->surroundings.boots);
	while (!error && more >= 0 && (more = disk_walk_next(&walk, &number, &value)) > 0)
		error = boots_add(&store->boots, number, value);
	disk_walk_close(&walk);
	boots_number(&store->boots);
	return error ? error : more;
}

/* A file's name is its directory's: what was committed to a new one would have none after a power cut. */
static int sync_names(const struct store *store)
{
	AUTO_FD int directory = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return directory < 0 || fsync(directory) < 0 ? -errno : 0;
}

static int open_disk(struct store *store, char error[STORE_ERROR_SIZE])
{
	size_t map_size = store->options.bindings_max * MAP_PER_BINDING + MAP_AT_LEAST;
	int result = disk_open(store->path, map_size, &store->disk);

	if (!result && store->is_new)
		result = sync_names(store);
	if (!result)
		result = read_boots(store);
	if (!result)
		result = disk_identify(&store->disk, &store->holder);
	if (result)
		return explain(disk_errno(result), error, "%s/" DISK_DATA ": %s", store->path, disk_error_text(result));
	store->stats.size = disk_size(&store->disk);
	return 0;
}

static int start(struct store *store, struct event_base *base, char error[STORE_ERROR_SIZE])
{
	int result = writer_new(&store->disk, &store->writer);

	if (!result)
		result = commit_init(store, base);
	if (!result)
		result = behind_init(store, base);
	if (result)
		return explain(result, error, "%s: %s", store->path, strerror(-result));
	store->restoring.done = store->is_new;
	store->stats.state = store->is_new ? STORE_CURRENT : STORE_LOADING;
	collect_observe(store);
	return 0;
}

/* Whatever of it there is. */
static void free_store(struct store *store)
{
	commit_free(store);
	behind_free(store);
	writer_free(store->writer);
	batch_free(&store->filling);
	batch_free(&store->flying);
	restore_stop(store);
	disk_close(&store->disk);
	boots_free(&store->boots);
	free(store->tags.of);
	if (store->lock >= 0)
		close(store->lock);
	free(store->path);
	free(store);
}

static void cleanup_store(struct store **store)
{
	if (*store)
		free_store(*store);
}

static struct store *new_store(const struct store_surroundings *surroundings, const struct store_options *options,
			       struct table *table)
{
	struct store *store = calloc(1, sizeof *store);

	if (!store)
		return NULL;
	store->surroundings = *surroundings;
	store->options = *options;
	store->table = table;
	store->lock = -1;
	store->path = strdup(options->path);
	return store;
}

int store_open_in(const struct store_surroundings *surroundings, const struct store_options *options,
		  struct event_base *base, struct table *table, struct store **ret, char error[STORE_ERROR_SIZE])
{
	CLEANUP(cleanup_store) struct store *store = new_store(surroundings, options, table);

	if (!store || !store->path)
		return explain(-ENOMEM, error, "%s: %s", options->path, strerror(ENOMEM));
	int result = lock_directory(store, error);
	if (!result)
		result = examine(store, error);
	if (!result)
		result = open_disk(store, error);
	if (!result)
		result = start(store, base, error);
	if (result)
		return result;
	*ret = take(store);
	return 0;
}

int store_open(const struct store_options *options, struct event_base *base, struct table *table, struct store **ret,
	       char error[STORE_ERROR_SIZE])
{
	struct store_surroundings surroundings = our_surroundings;

	surroundings.boots = boots_of_system;
	return store_open_in(&surroundings, options, base, table, ret, error);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	table_unobserve(store->table, &store->observer);
	restore_stop(store);
	commit_all(store);
	if (store->stats.state == STORE_BEHIND)
		log_error("store-closed-behind path=%s detail=\"what happened since it fell behind is lost\"",
			  store->path);
	free_store(store);
}

bool store_is_new(const struct store *store)
{
	return store->is_new;
}

const struct ds_holder *store_holder(const struct store *store)
{
	return &store->holder;
}
