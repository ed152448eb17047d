/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stays of ours in libxdp's dispatchers when a device goes without a detach? libxdp pins the programs that run
 * behind a dispatcher, /sys/fs/bpf/xdp/dispatch-IFINDEX-ID/progN-prog and progN-link, and nobody else would unpin them:
 * they hold all our maps.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "fastpath/internal.h"

#define DISPATCHERS "/sys/fs/bpf/xdp"
#define PROGRAM_SUFFIX "-prog"

struct search {
	dispatcher_gone_fn *is_gone;
	void *context;
	unsigned found, others;
};

/* "progN-prog" goes with the "progN-link" beside it. */
static void unpin(const char *path, size_t stem)
{
	char link[PINS_PATH_SIZE];

	unlink(path);
	snprintf(link, sizeof link, "%.*s-link", (int)stem, path);
	unlink(link);
}

static void look_at(const char *path, void *context)
{
	struct search *search = context;
	size_t length = strlen(path), suffix = sizeof PROGRAM_SUFFIX - 1;

	if (length < suffix || strcmp(path + length - suffix, PROGRAM_SUFFIX) != 0)
		return;
	AUTO_FD int program = bpf_obj_get(path);
	if (program < 0 || !search->is_gone(program, search->context)) {
		search->others++;
		return;
	}
	search->found++;
	unpin(path, length - suffix);
}

static void search_dispatcher(const char *directory, void *context)
{
	struct search *search = context;

	search->found = search->others = 0;
	pins_each(directory, look_at, search);
	if (search->found && !search->others)
		pins_drop(directory);
}

void dispatcher_forget(dispatcher_gone_fn *is_gone, void *context)
{
	struct search search = {.is_gone = is_gone, .context = context};

	pins_each(DISPATCHERS, search_dispatcher, &search);
}
