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

bool port_is_dispatched(unsigned ifindex)
{
	bool dispatched = false;
	struct strays strays;

	strays_note(&strays);
	struct xdp_multiprog *programs = xdp_multiprog__get_from_ifindex((int)ifindex);
	if (!libxdp_get_error(programs)) {
		dispatched = !xdp_multiprog__is_legacy(programs);
		xdp_multiprog__close(programs);
	}
	strays_close(&strays);
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
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .obj = loaded->skeleton->obj, .prog_name = PROGRAM_XDP);
	struct xdp_program *program = xdp_program__create(&options);
	int result = (int)libxdp_get_error(program);
	struct strays strays;

	if (result)
		return attach_error(error, loaded->port.key.name, result);
	loaded->xdp = program;
	xdp_program__set_xdp_frags_support(program, true); /* libxdp does not see it in the section's name */
	strays_note(&strays);
	result = attach_best(loaded);
	strays_keep(&strays, xdp_program__fd(program));
	strays_keep(&strays, bpf_program__fd(loaded->skeleton->progs.dotsnoop_xdp));
	strays_keep(&strays, bpf_program__fd(loaded->skeleton->progs.dotsnoop_tc));
	strays_close(&strays);
	if (result)
		return attach_error(error, loaded->port.key.name, result);
	loaded->port.dispatcher = port_is_dispatched(loaded->port.key.ifindex);
	return 0;
}

static int pin(const struct loaded_port *loaded, const char *program, int fd, struct fastpath_error *error)
{
	const char *port = loaded->port.key.name;
	int result = pins_add(PINS_PROGRAMS, port, program, fd);

	return result ? fail(error, result, "cannot pin %s of %s under " FASTPATH_PINS ": %s", program, port,
			     strerror(-result))
		      : 0;
}

static int pin_programs(const struct fastpath *fastpath, const struct loaded_port *loaded, struct fastpath_error *error)
{
	if (fastpath->pins < 0)
		return 0;
	int result = pin(loaded, PROGRAM_XDP, xdp_program__fd(loaded->xdp), error);

	return result ? result : pin(loaded, PROGRAM_TC, bpf_program__fd(loaded->skeleton->progs.dotsnoop_tc), error);
}

static void tell(const char *event, const struct port *port)
{
	log_info("%s port=%s role=%s mode=%s xdp=%s dispatcher=%s egress=%s", event, port->key.name,
		 port->key.role == DS_ROLE_UPLINK ? "uplink" : "access",
		 port->key.mode == DS_MODE_OBSERVE ? "observe" : "enforce", attach_mode_word(port->attached),
		 port->dispatcher ? "yes" : "no", egress_mode_word(port->egress));
}

static int attach_new(struct fastpath *fastpath, const char *name, unsigned ifindex, enum ds_role role,
		      enum ds_mode mode, struct fastpath_error *error)
{
	int slot = slot_take(fastpath, error);

	if (slot < 0)
		return slot;
	struct loaded_port *loaded = &fastpath->ports[slot];
	int result = load_copy(fastpath, (unsigned)slot, &loaded->skeleton, error);
	if (result)
		return result;
	result = slot_fill(fastpath, (unsigned)slot, name, ifindex, role, mode);
	if (result)
		fail(error, result, "cannot write the BPF maps: %s", strerror(-result));
	if (!result)
		result = load_and_attach(loaded, error);
	if (!result)
		result = pin_programs(fastpath, loaded, error);
	if (result) {
		port_detach(fastpath, (unsigned)slot);
		return result;
	}
	offload_stop(fastpath, loaded);
	if (fastpath->pins >= 0) /* where its pins are, it is found again */
		egress_attach(fastpath, loaded, bpf_program__fd(loaded->skeleton->progs.dotsnoop_tc));
	tell("attached", &loaded->port);
	return 0;
}

/* The program runs already, and has counted on. */
static int claim(struct fastpath *fastpath, struct loaded_port *loaded, enum ds_role role, enum ds_mode mode,
		 struct fastpath_error *error)
{
	int result = fastpath_set(fastpath, loaded->port.key.name, role, mode);

	if (result)
		return fail(error, result, "cannot write the BPF maps: %s", strerror(-result));
	loaded->claimed = true;
	tell("adopted", &loaded->port);
	return 0;
}

int fastpath_attach(struct fastpath *fastpath, const char *name, enum ds_role role, enum ds_mode mode,
		    struct fastpath_error *error)
{
	unsigned ifindex = if_nametoindex(name);
	struct loaded_port *loaded = slot_find(fastpath, name);

	if (!ifindex)
		return fail(error, -ENODEV,
			    "there is no port %s: see `ip link` for the names of this machine's devices", name);
	if (loaded && (!loaded->adopted || loaded->claimed))
		return fail(error, -EEXIST, "port %s is named twice", name);
	if (loaded)
		return claim(fastpath, loaded, role, mode, error);
	return attach_new(fastpath, name, ifindex, role, mode, error);
}

void fastpath_drop_unclaimed(struct fastpath *fastpath)
{
	for (unsigned slot = 0; slot < DS_PORTS_MAX; slot++) {
		const struct loaded_port *loaded = &fastpath->ports[slot];
		if (loaded->adopted && !loaded->claimed)
			port_detach(fastpath, slot);
	}
}

uint32_t program_id(int program)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof info;

	return bpf_obj_get_info_by_fd(program, &info, &size) ? 0 : info.id;
}

static bool is_program(int program, void *xdp)
{
	return program_id(program) == xdp_program__id(xdp);
}

static void detach_xdp(const struct loaded_port *loaded)
{
	static const enum xdp_attach_mode modes[] = {
		[ATTACH_NATIVE] = XDP_MODE_NATIVE,
		[ATTACH_GENERIC] = XDP_MODE_SKB,
	};
	const struct port *port = &loaded->port;
	struct strays strays;

	strays_note(&strays);
	int result = xdp_program__detach(loaded->xdp, (int)port->key.ifindex, modes[port->attached], 0);
	strays_close(&strays);
	if (result && result != -ENODEV && result != -ENOENT)
		log_warning("detach-failed port=%s error=\"%s\"", port->key.name, strerror(-result));
	else
		log_info("detached port=%s", port->key.name);
	if (result)
		dispatcher_forget(is_program, loaded->xdp);
}

void port_detach(struct fastpath *fastpath, unsigned slot)
{
	const struct loaded_port *loaded = &fastpath->ports[slot];
	const struct port *port = &loaded->port;

	if (port->attached != ATTACH_NONE) {
		char name[IF_NAMESIZE];
		if (if_indextoname(port->key.ifindex, name)) /* of that device: another may have its name by now */
			offload_restore(name, port->key.undo);
		egress_detach(loaded);
		detach_xdp(loaded);
	}
	slot_free(fastpath, slot);
}

bool fastpath_detach(struct fastpath *fastpath, const char *name)
{
	const struct loaded_port *loaded = slot_find(fastpath, name);

	if (loaded)
		port_detach(fastpath, loaded->port.slot);
	return loaded;
}

int fastpath_set(struct fastpath *fastpath, const char *name, enum ds_role role, enum ds_mode mode)
{
	struct loaded_port *loaded = slot_find(fastpath, name);

	if (!loaded)
		return -ENODEV;
	loaded->port.key.role = (__u8)role;
	loaded->port.key.mode = (__u8)mode;
	return slot_publish(fastpath, loaded->port.slot);
}

int fastpath_bench_port(struct fastpath *fastpath, const char *name, enum ds_role role, enum ds_mode mode,
			struct fastpath_error *error)
{
	int slot = slot_take(fastpath, error);

	if (slot < 0)
		return slot;
	struct loaded_port *loaded = &fastpath->ports[slot];
	int result = load_copy(fastpath, (unsigned)slot, &loaded->skeleton, error);
	if (!result)
		result = dotsnoop_bpf__load(loaded->skeleton);
	/* No device has it: any number that is not zero names the port in records. */
	if (!result)
		result = slot_fill(fastpath, (unsigned)slot, name, (unsigned)slot + 1, role, mode);
	if (result) {
		fail(error, result, "the kernel does not take the BPF program: %s", strerror(-result));
		slot_free(fastpath, (unsigned)slot);
		return result;
	}
	return slot;
}
