/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is what the gateway itself sends seen? By a second program at the port's egress: a pinned TCX link where the
 * kernel has it, else a filter of clsact. Where neither can be had, the port does without.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "fastpath/clsact.h"
#include "fastpath/internal.h"

/* BPF_TCX_EGRESS of Linux 6.6, which the headers of 6.1 don't know. Older kernels answer EINVAL. */
#define TCX_EGRESS ((enum bpf_attach_type)47)

/* The pin is what holds it: until then, and when that goes, the kernel detaches. */
static int attach_tcx(const struct port *port, int program)
{
	AUTO_FD int link = bpf_link_create(program, (int)port->key.ifindex, TCX_EGRESS, NULL);

	return link < 0 ? -errno : pins_add(PINS_LINKS, port->key.name, PROGRAM_TC, link);
}

/* That the qdisc is ours is noted before it is: see slot_note. */
static int attach_clsact(struct fastpath *fastpath, struct loaded_port *loaded, int program)
{
	uint8_t before = loaded->port.key.undo;
	unsigned ifindex = loaded->port.key.ifindex;

	slot_note(fastpath, loaded, before | DS_UNDO_CLSACT);
	int result = clsact_create(ifindex);
	if (result)
		slot_note(fastpath, loaded, before);
	return result && result != -EEXIST ? result : clsact_attach(ifindex, program);
}

void egress_attach(struct fastpath *fastpath, struct loaded_port *loaded, int program)
{
	struct port *port = &loaded->port;
	int result = fastpath->no_tcx ? -EINVAL : attach_tcx(port, program);

	port->egress = EGRESS_TCX;
	if (result) {
		port->egress = EGRESS_CLSACT;
		result = attach_clsact(fastpath, loaded, program);
	}
	if (result) {
		port->egress = EGRESS_NONE;
		log_warning("egress-not-attached port=%s error=\"%s\" meaning=\"what this gateway itself sends there "
			    "is not seen\"",
			    port->key.name, strerror(-result));
	}
}

/* Of a link that is attached still; 0: there is none. */
static uint32_t linked_program(const struct port *port)
{
	char path[PINS_PATH_SIZE];
	struct bpf_link_info info = {0};
	__u32 size = sizeof info;

	pins_path(PINS_LINKS, port->key.name, PROGRAM_TC, path);
	AUTO_FD int link = bpf_obj_get(path);
	if (link < 0 || bpf_obj_get_info_by_fd(link, &info, &size))
		return 0;
	/* What these headers call `xdp` begins as `tcx` does; the index of a link that was cut is 0. */
	return info.xdp.ifindex == port->key.ifindex ? info.prog_id : 0;
}

/* Without its last pin a link goes too, but only a while later. */
void egress_cut(const char *path)
{
	AUTO_FD int link = bpf_obj_get(path);

	if (link >= 0)
		bpf_link_detach(link);
	unlink(path);
}

static void cut_link(const struct port *port)
{
	char path[PINS_PATH_SIZE];

	pins_path(PINS_LINKS, port->key.name, PROGRAM_TC, path);
	egress_cut(path);
}

void egress_adopt(struct fastpath *fastpath, struct loaded_port *loaded, int program)
{
	struct port *port = &loaded->port;
	uint32_t id = program_id(program);

	if (id && linked_program(port) == id) {
		port->egress = EGRESS_TCX;
	} else if (id && clsact_program(port->key.ifindex) == id) {
		port->egress = EGRESS_CLSACT;
	} else {
		log_warning("egress-replaced port=%s reason=\"it is not attached any more\"", port->key.name);
		cut_link(port);
		egress_attach(fastpath, loaded, program);
	}
}

void egress_detach(const struct loaded_port *loaded)
{
	const struct port *port = &loaded->port;

	if (port->egress == EGRESS_TCX)
		cut_link(port);
	if (port->egress == EGRESS_CLSACT)
		clsact_detach(port->key.ifindex);
	if (port->key.undo & DS_UNDO_CLSACT)
		clsact_remove(port->key.ifindex);
}
