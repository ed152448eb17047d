/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a port get its program, and lose it? Natively where the device can, behind libxdp's dispatcher where the
 * kernel can. */
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "base/log.h"
#include "dotsnoop.skel.h"
#include "fastpath/internal.h"

#define PROGRAM "dotsnoop_xdp"

struct loaded_port *port_find(struct fastpath *fastpath, const char *name)
{
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		struct loaded_port *loaded = &fastpath->ports[slot];
		if (loaded->skeleton && strcmp(loaded->port.key.name, name) == 0)
			return loaded;
	}
	return NULL;
}

int port_take_slot(struct fastpath *fastpath, struct fastpath_error *error)
{
	for (int slot = 0; slot < DS_PORTS_MAX; slot++)
		if (!fastpath->ports[slot].skeleton)
			return slot;
	return fail(error, -ENOSPC, "no more than %d ports can be watched: remove some", DS_PORTS_MAX);
}

int port_publish(struct fastpath *fastpath, unsigned slot)
{
	return bpf_map__update_elem(fastpath->maps->maps.ports, &slot, sizeof slot, &fastpath->ports[slot].port.key,
				    sizeof(struct ds_port), BPF_ANY);
}

/* Counters start from zero with each port that takes the slot. */
static int reset_counters(const struct bpf_map *map, unsigned slot)
{
	size_t size = bpf_map__value_size(map) * (size_t)libbpf_num_possible_cpus();
	void *zero = calloc(1, size);
	int result = zero ? bpf_map__update_elem(map, &slot, sizeof slot, zero, size, BPF_ANY) : -ENOMEM;

	free(zero);
	return result;
}

static int fill_slot(struct fastpath *fastpath, unsigned slot, const char *name, unsigned ifindex, enum ds_role role,
		     enum ds_mode mode)
{
	struct loaded_port *loaded = &fastpath->ports[slot];

	memset(&loaded->port, 0, sizeof loaded->port);
	loaded->port.slot = slot;
	loaded->port.key = (struct ds_port){
		.ifindex = ifindex,
		.role = (__u8)role,
		.mode = (__u8)mode,
		.servers_only = fastpath->servers_only,
	};
	strncpy(loaded->port.key.name, name, DS_PORT_NAME_SIZE - 1);

	int result = reset_counters(fastpath->maps->maps.counters, slot);
	if (!result)
		result = reset_counters(fastpath->maps->maps.messages, slot);
	return result ? result : port_publish(fastpath, slot);
}

/* Gives the slot back: program, pins, and its entry in the map `ports`. */
static void free_slot(struct fastpath *fastpath, unsigned slot)
{
	struct loaded_port *loaded = &fastpath->ports[slot];

	if (fastpath->pins >= 0)
		pins_drop_port(loaded->port.key.name);
	if (loaded->xdp)
		xdp_program__close(loaded->xdp);
	if (loaded->skeleton)
		dotsnoop_bpf__destroy(loaded->skeleton);
	memset(loaded, 0, sizeof *loaded);
	port_publish(fastpath, slot);
}

/* Some device drivers have no native XDP, and none has it for certain MTUs or offloads. */
static int attach_best(struct loaded_port *loaded)
{
	int ifindex = (int)loaded->port.key.ifindex;
	int result = xdp_program__attach(loaded->xdp, ifindex, XDP_MODE_NATIVE, 0);

	if (result == 0) {
		loaded->port.attached = ATTACH_NATIVE;
		return 0;
	}
	if (result == -EBUSY || result == -EEXIST)
		return result;
	int generic = xdp_program__attach(loaded->xdp, ifindex, XDP_MODE_SKB, 0);
	if (generic)
		return result;
	loaded->port.attached = ATTACH_GENERIC;
	log_warning("xdp-generic port=%s error=\"%s\" meaning=\"the device refuses native XDP: every frame now costs "
		    "many times more\"",
		    loaded->port.key.name, strerror(-result));
	return 0;
}

static bool behind_dispatcher(int ifindex)
{
	struct xdp_multiprog *programs = xdp_multiprog__get_from_ifindex(ifindex);

	if (libxdp_get_error(programs))
		return false;
	bool dispatched = !xdp_multiprog__is_legacy(programs);
	xdp_multiprog__close(programs);
	return dispatched;
}

static int attach_error(struct fastpath_error *error, const char *name, int result)
{
	if (result == -EBUSY || result == -EEXIST)
		return fail(error, result,
			    "%s already runs another XDP program that leaves no room beside it: see `bpftool net`, "
			    "detach it first",
			    name);
	if (result == -EPERM)
		return fail(error, result, "no permission to attach to %s: run as root", name);
	return fail(error, result, "cannot attach to %s: %s", name, strerror(-result));
}

/* libxdp loads the object itself, since a program behind its dispatcher is of another type. */
static int load_and_attach(struct loaded_port *loaded, struct fastpath_error *error)
{
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .obj = loaded->skeleton->obj, .prog_name = PROGRAM);
	struct xdp_program *program = xdp_program__create(&options);
	int result = (int)libxdp_get_error(program);

	if (result)
		return attach_error(error, loaded->port.key.name, result);
	loaded->xdp = program;
	xdp_program__set_xdp_frags_support(program, true); /* libxdp does not see it in the section's name */
	result = attach_best(loaded);
	if (result)
		return attach_error(error, loaded->port.key.name, result);
	offload_stop(loaded);
	loaded->port.dispatcher = behind_dispatcher((int)loaded->port.key.ifindex);
	return 0;
}

static int pin_program(const struct fastpath *fastpath, const struct loaded_port *loaded, struct fastpath_error *error)
{
	if (fastpath->pins < 0)
		return 0;
	int result = pins_add_program(loaded->port.key.name, PROGRAM, xdp_program__fd(loaded->xdp));
	if (result)
		return fail(error, result, "cannot pin the program of %s under " FASTPATH_PINS ": %s",
			    loaded->port.key.name, strerror(-result));
	return 0;
}

int fastpath_attach(struct fastpath *fastpath, const char *name, enum ds_role role, enum ds_mode mode,
		    struct fastpath_error *error)
{
	unsigned ifindex = if_nametoindex(name);

	if (!ifindex)
		return fail(error, -ENODEV,
			    "there is no port %s: see `ip link` for the names of this machine's devices", name);
	if (port_find(fastpath, name))
		return fail(error, -EEXIST, "port %s is named twice", name);

	int slot = port_take_slot(fastpath, error);
	if (slot < 0)
		return slot;
	struct loaded_port *loaded = &fastpath->ports[slot];
	int result = load_copy(fastpath, (unsigned)slot, &loaded->skeleton, error);
	if (result)
		return result;
	result = fill_slot(fastpath, (unsigned)slot, name, ifindex, role, mode);
	if (result)
		fail(error, result, "cannot write the BPF maps: %s", strerror(-result));
	if (!result)
		result = load_and_attach(loaded, error);
	if (!result)
		result = pin_program(fastpath, loaded, error);
	if (result) {
		port_detach(fastpath, (unsigned)slot);
		return result;
	}
	log_info("attached port=%s role=%s mode=%s xdp=%s dispatcher=%s", name,
		 role == DS_ROLE_UPLINK ? "uplink" : "access", mode == DS_MODE_OBSERVE ? "observe" : "enforce",
		 attach_mode_word(loaded->port.attached), loaded->port.dispatcher ? "yes" : "no");
	return 0;
}

void port_detach(struct fastpath *fastpath, unsigned slot)
{
	static const enum xdp_attach_mode modes[] = {
		[ATTACH_NATIVE] = XDP_MODE_NATIVE,
		[ATTACH_GENERIC] = XDP_MODE_SKB,
	};
	struct loaded_port *loaded = &fastpath->ports[slot];
	const struct port *port = &loaded->port;

	if (port->attached != ATTACH_NONE) {
		offload_restore(loaded);
		int result = xdp_program__detach(loaded->xdp, (int)port->key.ifindex, modes[port->attached], 0);
		if (result && result != -ENODEV && result != -ENOENT)
			log_warning("detach-failed port=%s error=\"%s\"", port->key.name, strerror(-result));
		else
			log_info("detached port=%s", port->key.name);
	}
	free_slot(fastpath, slot);
}

void fastpath_detach(struct fastpath *fastpath, const char *name)
{
	const struct loaded_port *loaded = port_find(fastpath, name);

	if (loaded)
		port_detach(fastpath, loaded->port.slot);
}

int fastpath_set(struct fastpath *fastpath, const char *name, enum ds_role role, enum ds_mode mode)
{
	struct loaded_port *loaded = port_find(fastpath, name);

	if (!loaded)
		return -ENODEV;
	loaded->port.key.role = (__u8)role;
	loaded->port.key.mode = (__u8)mode;
	return port_publish(fastpath, loaded->port.slot);
}

const struct port *fastpath_port(const struct fastpath *fastpath, unsigned slot)
{
	if (slot >= DS_PORTS_MAX || !fastpath->ports[slot].skeleton)
		return NULL;
	return &fastpath->ports[slot].port;
}

const char *fastpath_port_name(const struct fastpath *fastpath, unsigned ifindex)
{
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		const struct loaded_port *loaded = &fastpath->ports[slot];
		if (loaded->skeleton && loaded->port.key.ifindex == ifindex)
			return loaded->port.key.name;
	}
	return NULL;
}

int fastpath_bench_port(struct fastpath *fastpath, const char *name, enum ds_role role, enum ds_mode mode,
			struct fastpath_error *error)
{
	int slot = port_take_slot(fastpath, error);

	if (slot < 0)
		return slot;
	struct loaded_port *loaded = &fastpath->ports[slot];
	int result = load_copy(fastpath, (unsigned)slot, &loaded->skeleton, error);
	if (!result)
		result = dotsnoop_bpf__load(loaded->skeleton);
	/* No device has it: any number that is not zero names the port in records. */
	if (!result)
		result = fill_slot(fastpath, (unsigned)slot, name, (unsigned)slot + 1, role, mode);
	if (result) {
		fail(error, result, "the kernel does not take the BPF program: %s", strerror(-result));
		free_slot(fastpath, (unsigned)slot);
		return result;
	}
	return slot;
}
