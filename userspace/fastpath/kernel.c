/* SPDX-License-Identifier: BSD-2-Clause */
/* Can this kernel carry us? Told apart: too old, BPF refused, or we are not allowed to. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "fastpath/internal.h"

#define KERNEL_MAJOR 6
#define KERNEL_MINOR 1

static int check_version(struct fastpath_error *error)
{
	struct utsname name;
	int major = 0, minor = 0;

	uname(&name);
	if (sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	    (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR)))
		return 0;
	return fail(error, -ENOTSUP, "Linux %s is too old: dotsnoop needs %d.%d or later; boot a newer kernel",
		    name.release, KERNEL_MAJOR, KERNEL_MINOR);
}

/* The smallest thing BPF can be asked for. */
static int check_bpf(struct fastpath_error *error)
{
	AUTO_FD int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe", 4, 4, 1, NULL);

	if (map >= 0)
		return 0;
	int result = -errno;
	if (result == -ENOSYS)
		return fail(error, result,
			    "this kernel was built without BPF (CONFIG_BPF_SYSCALL): boot another kernel");
	if (geteuid() != 0)
		return fail(error, result,
			    "no permission to use BPF: run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON");
	return fail(error, result,
		    "the kernel refuses BPF even to root (%s): lockdown mode, or a container without CAP_BPF; "
		    "the installation is not at fault",
		    strerror(-result));
}

int kernel_check(struct fastpath_error *error)
{
	int result = check_version(error);

	return result ? result : check_bpf(error);
}
