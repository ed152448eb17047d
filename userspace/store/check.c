/* SPDX-License-Identifier: BSD-2-Clause */
/* Is this store whole? */
#include "store/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/boots.h"
#include "store/disk.h"
#include "store/pack.h"
#include "store/pages.h"
#include "store/store.h"

/* The child's: where its answer goes, which LMDB's assertions need, too. */
static int answer_fd;

static _Noreturn void answer(enum check_verdict verdict, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void answer(enum check_verdict verdict, int error, const char *format, ...)
{
	struct check_result result = {.verdict = verdict, .error = error};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(result.why, sizeof result.why, format, arguments);
	va_end(arguments);
	_exit(write(answer_fd, &result, sizeof result) == (ssize_t)sizeof result ? 0 : 1);
}

static void on_assertion(MDB_env *env, const char *message)
{
	(void)env;
	answer(CHECK_DAMAGED, 0, "%s", message);
}

static int check_binding(uint32_t id, struct bytes value)
{
	struct binding_view view;
	struct pack_stamp stamp;

	return unpack_binding(id, value, &view, &stamp);
}

static int check_peerset(uint32_t id, struct bytes value)
{
	static struct peerset_key key;
	static struct offer offer;

	(void)id;
	return unpack_peerset(value, &key, &offer);
}

static int check_boot(uint32_t id, struct bytes value)
{
	struct boot boot;

	return boots_unpack(id, value, &boot);
}

static const struct kind {
	const char *word;
	int (*check)(uint32_t id, struct bytes value);
} kinds[] = {
	[BATCH_BINDINGS] = {"binding", check_binding},
	[BATCH_PEERSETS] = {"peerset", check_peerset},
	[BATCH_BOOTS] = {"boot", check_boot},
};
_Static_assert(sizeof kinds / sizeof *kinds == BATCH_KIND_COUNT, "each kind is checked");

/* What LMDB and the system say about reading it. */
static _Noreturn void answer_error(int error)
{
	bool damage = error < -30000 && error != MDB_MAP_RESIZED;

	answer(damage ? CHECK_DAMAGED : CHECK_FAILED, disk_errno(error), "%s", disk_error_text(error));
}

/* Ids rise, or pages lead back to each other, and the walk would not end. */
static void check_kind(const struct disk *disk, enum batch_kind kind)
{
	struct disk_walk walk;
	struct bytes value;
	uint64_t next = 0;
	uint32_t id = 0;
	int more = disk_walk_open(disk, kind, &walk);

	while (more >= 0 && (more = disk_walk_next(&walk, &id, &value)) > 0) {
		if (id < next)
			answer(CHECK_DAMAGED, 0, "%s %u comes late", kinds[kind].word, id);
		if (kinds[kind].check(id, value) < 0)
			answer(CHECK_DAMAGED, 0, "%s %u is garbled", kinds[kind].word, id);
		next = (uint64_t)id + 1;
	}
	if (more == -EBADMSG)
		answer(CHECK_DAMAGED, 0, "%s %u is not as it was written", kinds[kind].word, id);
	if (more < 0)
		answer_error(more);
	disk_walk_close(&walk);
}

/* LMDB would take it for a new one, which it is not: that is named at once. */
static bool is_empty(const char *path)
{
	char name[PATH_MAX];
	struct stat info;

	snprintf(name, sizeof name, "%s/" DISK_DATA, path);
	return stat(name, &info) == 0 && info.st_size == 0;
}

/* Runs in the child. Of what LMDB maps, whatever lies behind the end of the file is a SIGBUS. */
static _Noreturn void check_and_answer(const char *path)
{
	struct disk disk;

	if (is_empty(path))
		answer(CHECK_DAMAGED, 0, "it is empty");
	int error = disk_open_to_read(path, &disk);

	if (error)
		answer_error(error);
	if (disk.version > STORE_VERSION)
		answer(CHECK_NEWER, 0, "it is of version %u, and this is %u", disk.version, STORE_VERSION);
	mdb_env_set_assert(disk.env, on_assertion);
	if (!disk.version && disk_is_foreign(&disk))
		answer(CHECK_DAMAGED, 0, "it is no store of ours");
	for (enum batch_kind kind = 0; kind < BATCH_KIND_COUNT && disk.version; kind++)
		check_kind(&disk, kind);
	error = disk.version ? pages_check(&disk) : 0;
	if (error)
		answer_error(error);
	answer(CHECK_WHOLE, 0, " ");
}

/* What reading garbage may end in. */
static const int deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

/* Dying of it is nothing to dump core for, nor for a sanitizer to tell of. It does not outlive its parent. */
static void prepare(int lock)
{
	close(lock); /* first: if the parent is killed now, its successor waits for this */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0});
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		signal(deadly[i], SIG_DFL);
}

static bool is_deadly(int signal)
{
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		if (deadly[i] == signal)
			return true;
	return false;
}

/* Whom somebody else has killed, such as the kernel in want of memory, has said nothing about the store. */
static void explain_death(pid_t child, struct check_result *ret)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	*ret = (struct check_result){.verdict = is_deadly(signal) ? CHECK_DAMAGED : CHECK_FAILED, .error = -EINTR};
	snprintf(ret->why, sizeof ret->why, "reading it ended with signal %d (%s)", signal, strsignal(signal));
}

static void fail(struct check_result *ret, int error)
{
	*ret = (struct check_result){.verdict = CHECK_FAILED, .error = -error};
	snprintf(ret->why, sizeof ret->why, "%s", strerror(error));
}

/* Its end is closed where the child has left it, so that its death is an end of file. */
static void hear(int from, pid_t child, struct check_result *ret)
{
	struct check_result told, death;
	ssize_t got = read(from, &told, sizeof told);

	explain_death(child, &death);
	*ret = got == (ssize_t)sizeof told ? told : death;
}

void check_store(const char *path, int lock, struct check_result *ret)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		fail(ret, errno);
		return;
	}
	pid_t child = fork();
	if (child == 0) {
		prepare(lock);
		answer_fd = ends[1];
		check_and_answer(path);
	}
	int error = errno;
	close(ends[1]);
	if (child < 0)
		fail(ret, error);
	else
		hear(ends[0], child, ret);
	close(ends[0]);
}
