/* SPDX-License-Identifier: BSD-2-Clause */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#define FIRST_OF_ALL (-20)
#define LOCK "/run/lock/dotsnoop-bench"

static bool complain(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return false;
}

void place_pin(const cpu_set_t *cores, bool last)
{
	cpu_set_t one;
	int core = last ? CPU_SETSIZE - 1 : 0;

	while (!CPU_ISSET(core, cores))
		core += last ? -1 : 1;
	CPU_ZERO(&one);
	CPU_SET(core, &one);
	sched_setaffinity(0, sizeof one, &one);
}

static void weigh_session(void)
{
	AUTO_FD int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);

	if (setsid() < 0 || setpriority(PRIO_PROCESS, 0, FIRST_OF_ALL) ||
	    (fd >= 0 && dprintf(fd, "%d", FIRST_OF_ALL) < 0))
		complain("other programs have a say in this");
}

void place_ahead(void)
{
	int status = 0;
	pid_t child = place_fork();

	if (child == 0) {
		weigh_session();
		return;
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		complain("cannot start a child");
		exit(EXIT_FAILURE);
	}
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

bool place_alone(void)
{
	int fd = open(LOCK, O_WRONLY | O_CREAT | O_CLOEXEC, 0600); /* held until we end */

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	fprintf(stderr, "waiting for another bench to end\n");
	return (fd >= 0 && flock(fd, LOCK_EX) == 0) || complain(LOCK);
}

bool place_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return ioctl(fd, SIOCSIFFLAGS, &request) == 0 || complain("cannot raise lo");
}

bool place_pins(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		return complain("cannot mount a BPF file system of our own");
	return true;
}

pid_t place_fork(void)
{
	pid_t parent = getpid(), child = fork();

	if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		_exit(127);
	return child;
}

/* A child in a session of its own, which no signal to ours ends, waits until nobody holds the other end of the pipe. */
static void remove_at_end(const char *folder, const int ends[2])
{
	char octet;

	setsid();
	close(ends[1]);
	while (read(ends[0], &octet, 1) < 0 && errno == EINTR)
		;
	execlp("rm", "rm", "-rf", "--", folder, NULL);
	_exit(127);
}

bool place_folder(char folder[PLACE_FOLDER_SIZE])
{
	const char *parent = getenv("TMPDIR");
	int ends[2];

	snprintf(folder, PLACE_FOLDER_SIZE, "%s/dotsnoop-bench.XXXXXX", parent ? parent : "/var/tmp");
	if (!mkdtemp(folder) || pipe2(ends, O_CLOEXEC))
		return complain(folder);
	pid_t child = fork();
	if (child == 0)
		remove_at_end(folder, ends);
	close(ends[0]); /* the other end stays open as long as we are there */
	return child > 0 || complain("cannot start a child");
}
