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

static void listen_to_libraries(void)
{
	libbpf_set_print(log_libbpf);
	libxdp_set_print(log_libxdp);
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

/* What an earlier agent left is taken over, or removed. */
static int open_pins(struct fastpath *fastpath, struct fastpath_error *error)
{
	fastpath->links = links_open();
	if (fastpath->links < 0)
		return fail(error, fastpath->links, "cannot listen to rtnetlink: %s", strerror(-fastpath->links));
	fastpath->pins = pins_lock(error);
	if (fastpath->pins < 0)
		return fastpath->pins;
	int result = adopt_maps(fastpath, error);
	if (!result && !fastpath->adopted)
		remains_clear(fastpath);
	return result;
}

/* The maps are loaded: the rest of what was left, or pins of our own. */
static int fill_pins(struct fastpath *fastpath, struct fastpath_error *error)
{
	struct ring_state ring;

	if (!fastpath->adopted)
		return pin_maps(fastpath, error);
	adopt_ports(fastpath);
	remains_clear(fastpath);
	ring_measure(&fastpath->ring, &ring);
	log_info("taken-over waiting_bytes=%zu meaning=\"maps, and records that came since an earlier agent ended\"",
		 ring.used);
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++)
		if (!slot_is_taken(&fastpath->ports[slot]))
			slot_publish(fastpath, slot);
	return 0;
}

static int open_all(struct fastpath *fastpath, const struct fastpath_options *options, struct fastpath_error *error)
{
	int result = kernel_check(error);

	if (!result)
		result = open_maps(options, &fastpath->maps, error);
	if (!result && options->pin)
		result = open_pins(fastpath, error);
	if (!result)
		result = load_maps(fastpath->maps, error);
	if (result)
		return result;
	result = settle_open(fastpath);
	if (result)
		return fail(error, result, "cannot draw the secret of the digests: %s", strerror(-result));
	if (!fastpath->adopted)
		result = adopt_describe(fastpath);
	if (result)
		return fail(error, result, "cannot write the BPF maps: %s", strerror(-result));
	result = ring_open(&fastpath->ring, bpf_map__fd(fastpath->maps->maps.records), options->hold);
	if (result)
		return fail(error, result, "cannot map the ring: %s", strerror(-result));
	return options->pin ? fill_pins(fastpath, error) : 0;
}

int fastpath_new(const struct fastpath_options *options, struct fastpath **ret, struct fastpath_error *error)
{
	struct fastpath *fastpath = calloc(1, sizeof *fastpath);

	error->text[0] = '\0';
	if (!fastpath)
		return fail(error, -ENOMEM, "out of memory");
	listen_to_libraries();
	fastpath->pins = fastpath->links = -1;
	fastpath->record = options->record;
	fastpath->context = options->context;
	fastpath->no_tcx = options->no_tcx;

	int result = open_all(fastpath, options, error);
	if (result) {
		fastpath_give_back(fastpath);
		return result;
	}
	*ret = fastpath;
	return 0;
}

/* Closes all, and leaves no pins unless they shall stay. */
static void close_all(struct fastpath *fastpath, bool pins_stay)
{
	ring_close(&fastpath->ring);
	settle_close(fastpath);
	if (fastpath->maps)
		dotsnoop_bpf__destroy(fastpath->maps);
	if (fastpath->links >= 0)
		close(fastpath->links);
	if (fastpath->pins >= 0 && pins_stay)
		close(fastpath->pins);
	else if (fastpath->pins >= 0)
		pins_remove(fastpath->pins);
	free(fastpath);
}

void fastpath_free(struct fastpath *fastpath)
{
	if (!fastpath)
		return;
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++)
		if (slot_is_taken(&fastpath->ports[slot]))
			port_detach(fastpath, slot);
	close_all(fastpath, false);
}

void fastpath_keep(struct fastpath *fastpath)
{
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		struct loaded_port *loaded = &fastpath->ports[slot];
		if (slot_is_taken(loaded))
			log_info("kept port=%s meaning=\"its program goes on without an agent; dotsnoopd --detach "
				 "removes it\"",
				 loaded->port.key.name);
		slot_close(loaded);
	}
	close_all(fastpath, true);
}

void fastpath_give_back(struct fastpath *fastpath)
{
	if (!fastpath)
		return;
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		struct loaded_port *loaded = &fastpath->ports[slot];
		if (loaded->adopted)
			slot_close(loaded);
		else if (slot_is_taken(loaded))
			port_detach(fastpath, slot);
	}
	close_all(fastpath, fastpath->adopted);
}

int fastpath_clear(struct fastpath_error *error)
{
	listen_to_libraries();
	int result = kernel_check(error);

	if (result)
		return result;
	int pins = pins_lock(error);
	if (pins < 0)
		return pins;
	remains_clear(&(struct fastpath){0});
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

uint64_t fastpath_mark(const struct fastpath *fastpath)
{
	return fastpath->ring.taken;
}

void fastpath_consume(struct fastpath *fastpath, uint64_t mark)
{
	ring_consume(&fastpath->ring, mark);
}

void fastpath_wait(struct fastpath *fastpath)
{
	ring_wait(&fastpath->ring);
}

void fastpath_ring_state(const struct fastpath *fastpath, struct ring_state *ret)
{
	ring_measure(&fastpath->ring, ret);
}
