/* SPDX-License-Identifier: BSD-2-Clause */
/* How long does the fast path live? From the first map to the last pin: each step here undoes itself when a later one
 * fails. */
#include "fastpath/fastpath.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "base/log.h"
#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

int fail(struct fastpath_error *error, int result, const char *format, ...)
{
	va_list arguments;

	if (error) {
		va_start(arguments, format);
		vsnprintf(error->text, sizeof error->text, format, arguments);
		va_end(arguments);
	}
	return result;
}

/* What the libraries have to say is for whoever debugs: our own errors say it in words. */
static int log_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char line[512];

	(void)level;
	vsnprintf(line, sizeof line, format, arguments);
	line[strcspn(line, "\n")] = '\0';
	log_debug("libbpf message=\"%s\"", line);
	return 0;
}

static int log_libxdp(enum libxdp_print_level level, const char *format, va_list arguments)
{
	return log_libbpf((enum libbpf_print_level)level, format, arguments);
}

static int pin_maps(const struct fastpath *fastpath, struct fastpath_error *error)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, fastpath->maps->obj)
	{
		if (!map_is_shared(map))
			continue;
		int result = pins_add_map(bpf_map__name(map), bpf_map__fd(map));
		if (result)
			return fail(error, result, "cannot pin the map %s under " FASTPATH_PINS ": %s",
				    bpf_map__name(map), strerror(-result));
	}
	return 0;
}

static int open_all(struct fastpath *fastpath, const struct fastpath_options *options, struct fastpath_error *error)
{
	int result = kernel_check(error);

	if (result)
		return result;
	if (options->pin) {
		fastpath->pins = pins_lock(error);
		if (fastpath->pins < 0)
			return fastpath->pins;
		pins_clear();
		fastpath->links = links_open();
		if (fastpath->links < 0)
			return fail(error, fastpath->links, "cannot listen to rtnetlink: %s",
				    strerror(-fastpath->links));
	}
	result = load_maps(options, &fastpath->maps, error);
	if (result)
		return result;
	result = settle_open(fastpath);
	if (result)
		return fail(error, result, "cannot draw the secret of the digests: %s", strerror(-result));
	result = ring_open(&fastpath->ring, bpf_map__fd(fastpath->maps->maps.records));
	if (result)
		return fail(error, result, "cannot map the ring: %s", strerror(-result));
	return options->pin ? pin_maps(fastpath, error) : 0;
}

int fastpath_new(const struct fastpath_options *options, struct fastpath **ret, struct fastpath_error *error)
{
	struct fastpath *fastpath = calloc(1, sizeof *fastpath);

	error->text[0] = '\0';
	if (!fastpath)
		return fail(error, -ENOMEM, "out of memory");
	libbpf_set_print(log_libbpf);
	libxdp_set_print(log_libxdp);
	fastpath->pins = fastpath->links = -1;
	fastpath->record = options->record;
	fastpath->context = options->context;

	int result = open_all(fastpath, options, error);
	if (result) {
		fastpath_free(fastpath);
		return result;
	}
	*ret = fastpath;
	return 0;
}

void fastpath_free(struct fastpath *fastpath)
{
	if (!fastpath)
		return;
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++)
		if (fastpath->ports[slot].skeleton)
			port_detach(fastpath, slot);
	ring_close(&fastpath->ring);
	if (fastpath->maps)
		dotsnoop_bpf__destroy(fastpath->maps);
	if (fastpath->links >= 0)
		close(fastpath->links);
	if (fastpath->pins >= 0)
		pins_remove(fastpath->pins);
	free(fastpath);
}

int fastpath_clear(struct fastpath_error *error)
{
	int result = kernel_check(error);

	if (result)
		return result;
	int pins = pins_lock(error);
	if (pins < 0)
		return pins;
	pins_clear();
	pins_remove(pins);
	return 0;
}

int fastpath_ring_fd(const struct fastpath *fastpath)
{
	return fastpath->ring.poll;
}

int fastpath_drain(struct fastpath *fastpath)
{
	return ring_drain(&fastpath->ring, fastpath->record, fastpath->context);
}

void fastpath_ring_state(const struct fastpath *fastpath, struct ring_state *ret)
{
	ring_measure(&fastpath->ring, ret);
}
