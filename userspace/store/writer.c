/* SPDX-License-Identifier: BSD-2-Clause */
/* Who waits for the disk? */
#include "store/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include "base/cleanup.h"
#include "base/clock.h"

struct writer {
	struct disk *disk;
	pthread_t thread;
	int fd;
	bool busy; /* the caller's view */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	const struct batch *batch; /* NULL: nothing to do */
	bool done, stop;
	struct writer_result result;
};

static struct writer_result write_batch(struct disk *disk, const struct batch *batch)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC);
	struct writer_result result = {.error = disk_commit(disk, batch)};

	result.seconds = (double)(clock_ns(CLOCK_MONOTONIC) - start) / NS_PER_SECOND;
	result.size = disk_size(disk);
	result.transaction = disk->transaction;
	return result;
}

/* Waits for a batch; NULL when there are to be no more. Called and returns with the lock held. */
static const struct batch *next_batch(struct writer *writer)
{
	while (!writer->batch && !writer->stop)
		pthread_cond_wait(&writer->changed, &writer->lock);
	return writer->batch;
}

static void *run(void *context)
{
	struct writer *writer = context;
	const struct batch *batch;

	pthread_mutex_lock(&writer->lock);
	while ((batch = next_batch(writer))) {
		pthread_mutex_unlock(&writer->lock);
		struct writer_result result = write_batch(writer->disk, batch);
		pthread_mutex_lock(&writer->lock);
		writer->batch = NULL;
		writer->result = result;
		writer->done = true;
		pthread_cond_broadcast(&writer->changed);
		eventfd_write(writer->fd, 1);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

/* The agent's signals are for its event loop. */
static int start_thread(struct writer *writer)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&writer->thread, NULL, run, writer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static void drop_unstarted(struct writer **writer)
{
	if (!*writer)
		return;
	cleanup_fd(&(*writer)->fd);
	free(*writer);
}

int writer_new(struct disk *disk, struct writer **ret)
{
	CLEANUP(drop_unstarted) struct writer *writer = calloc(1, sizeof *writer);

	if (!writer)
		return -ENOMEM;
	writer->disk = disk;
	writer->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (writer->fd < 0)
		return -errno;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->changed, NULL);
	int error = start_thread(writer);
	if (error)
		return error;
	*ret = take(writer);
	return 0;
}

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->stop = true;
	pthread_cond_broadcast(&writer->changed);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	pthread_cond_destroy(&writer->changed);
	pthread_mutex_destroy(&writer->lock);
	close(writer->fd);
	free(writer);
}

int writer_fd(const struct writer *writer)
{
	return writer->fd;
}

void writer_give(struct writer *writer, const struct batch *batch)
{
	pthread_mutex_lock(&writer->lock);
	writer->batch = batch;
	pthread_cond_broadcast(&writer->changed);
	pthread_mutex_unlock(&writer->lock);
	writer->busy = true;
}

bool writer_is_busy(const struct writer *writer)
{
	return writer->busy;
}

bool writer_take(struct writer *writer, bool wait, struct writer_result *ret)
{
	eventfd_t count;

	pthread_mutex_lock(&writer->lock);
	while (wait && writer->busy && !writer->done)
		pthread_cond_wait(&writer->changed, &writer->lock);
	bool done = writer->done;
	writer->done = false;
	if (done)
		*ret = writer->result;
	pthread_mutex_unlock(&writer->lock);

	if (done) {
		eventfd_read(writer->fd, &count);
		writer->busy = false;
	}
	return done;
}
