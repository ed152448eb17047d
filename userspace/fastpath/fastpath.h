/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do the programs get into the kernel, and their records out of it? Loading, attaching, pinning, ring and
 * counters of all ports. Nothing above this room knows libbpf.
 */
#ifndef FASTPATH_FASTPATH_H
#define FASTPATH_FASTPATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/bytes.h"
#include "dotsnoop/record.h"

#define FASTPATH_PINS "/sys/fs/bpf/dotsnoop"

/* How a port's program is attached; the words are those of `ports` and of the metric xdp_attached. */
#define ATTACH_MODES(X)                                                                                                \
	X(NONE, "none")                                                                                                \
	X(NATIVE, "native")                                                                                            \
	X(GENERIC, "generic")

enum attach_mode {
#define X(id, word) ATTACH_##id,
	ATTACH_MODES(X) ATTACH_MODE_COUNT
#undef X
};

const char *attach_mode_word(enum attach_mode mode);

/* How the program for what the gateway itself sends is attached; the words are those of the metric egress_attached. */
#define EGRESS_MODES(X)                                                                                                \
	X(NONE, "none")                                                                                                \
	X(CLSACT, "clsact")                                                                                            \
	X(TCX, "tcx")

enum egress_mode {
#define X(id, word) EGRESS_##id,
	EGRESS_MODES(X) EGRESS_MODE_COUNT
#undef X
};

const char *egress_mode_word(enum egress_mode mode);

/* The word of a reason: '-' between words. */
const char *reason_word(enum ds_reason reason);
const char *reason_help(enum ds_reason reason);

/* One port as it stands. */
struct port {
	struct ds_port key; /* ifindex, role, mode, name */
	unsigned slot;
	enum attach_mode attached;
	enum egress_mode egress;
	bool stripping;  /* the device takes VLAN tags off before XDP sees them, and cannot be told not to */
	bool dispatcher; /* other XDP programs run beside ours (libxdp's dispatcher) */
};

struct fastpath;

/* Called for each record, in order; `record` is valid during the call alone. */
typedef void fastpath_record_fn(void *context, struct bytes record);

struct fastpath_options {
	size_t ring_size;   /* bytes; a power of two and a multiple of the page size */
	size_t clients_max; /* whose replies can be settled: there is room for all of them; 0: for a few */
	bool pin;           /* under FASTPATH_PINS; false for `replay` and tests, which attach nothing */
	bool hold;          /* records stay in the ring until fastpath_consume */
	bool no_tcx;        /* for tests: egress by clsact even where the kernel has TCX */
	fastpath_record_fn *record;
	void *context;
};

/* Why something failed, as one clear line that says what to do; empty when nothing did. */
#define FASTPATH_ERROR_SIZE 512

struct fastpath_error {
	char text[FASTPATH_ERROR_SIZE];
};

/*
 * Loads the maps, refusing kernels that lack what is needed. With `pin` it first makes sure that no other agent runs
 * here (-EBUSY). What an earlier one left, killed or by fastpath_keep, is taken over: maps, records that wait in the
 * ring, and ports whose programs run on, until fastpath_attach claims them. What does not fit (another version, a port
 * whose device is gone) is removed, which is logged. Returns 0 or -errno with *error filled.
 */
int fastpath_new(const struct fastpath_options *options, struct fastpath **ret, struct fastpath_error *error);

/* Three ways to end. Detaches everything, removes the pins. */
void fastpath_free(struct fastpath *fastpath);

/* Programs stay attached and pinned, and the ring goes on collecting, for the agent that comes next. */
void fastpath_keep(struct fastpath *fastpath);

/* When a start fails: what it took over stays for another try, what is new goes. */
void fastpath_give_back(struct fastpath *fastpath);

/* Removes programs, pins and all that an earlier agent left. Returns 0, -EBUSY while an agent runs, or -errno. */
int fastpath_clear(struct fastpath_error *error);

/*
 * Loads a program for this port and attaches it, native if the device can, else generic with a warning. Where one was
 * taken over, it stays as it is and gets role and mode.
 */
int fastpath_attach(struct fastpath *fastpath, const char *name, enum ds_role role, enum ds_mode mode,
		    struct fastpath_error *error);
/* Returns whether it was attached. */
bool fastpath_detach(struct fastpath *fastpath, const char *name);

/* Detaches ports that were taken over and not claimed by fastpath_attach. */
void fastpath_drop_unclaimed(struct fastpath *fastpath);

/* Changes role and mode of an attached port in place; -ENODEV when there is none of that name. */
int fastpath_set(struct fastpath *fastpath, const char *name, enum ds_role role, enum ds_mode mode);

/*
 * Limits an attached port to `rate` DHCP messages a second, `burst` of them at once; rate 0: no limit. What is over it
 * is counted as flood. Returns 0, -ENODEV or -errno.
 */
int fastpath_limit(struct fastpath *fastpath, const char *name, uint32_t rate, uint32_t burst);

/*
 * From now on only servers of these addresses are believed, on all ports that are or come; none: all are. Another
 * server's messages are rogue. Returns 0, -E2BIG for more than FASTPATH_SERVERS_MAX, or -errno.
 */
#define FASTPATH_SERVERS_MAX 4096
int fastpath_servers(struct fastpath *fastpath, const struct prefix *servers, size_t count);

/*
 * Devices come and go. When this fd is readable, some have: drain it, then look at each port. A port whose device is
 * gone, or is another one of the same name, is not there: detach it, and attach it when its device is back.
 */
int fastpath_links_fd(const struct fastpath *fastpath);
void fastpath_links_drain(const struct fastpath *fastpath);
bool fastpath_is_there(const struct fastpath *fastpath, const char *name);

/* Port of a slot, or NULL where the slot is free. Slots are below DS_PORTS_MAX. */
const struct port *fastpath_port(const struct fastpath *fastpath, unsigned slot);

/* Name of the port with that ifindex, or NULL. */
const char *fastpath_port_name(const struct fastpath *fastpath, unsigned ifindex);

/*
 * To be polled for reading; then fastpath_drain hands out what is there and returns the number of records or -errno.
 * While records come it is readable every millisecond at most, else when one comes (ring.c).
 */
int fastpath_ring_fd(const struct fastpath *fastpath);
int fastpath_drain(struct fastpath *fastpath);

/*
 * With `hold`: what was handed out stays in the ring, and would be left to a successor, until it is consumed. A mark is
 * how far has been read; marks rise. Instead of draining, fastpath_wait leaves all as it is for a millisecond.
 */
uint64_t fastpath_mark(const struct fastpath *fastpath);
void fastpath_consume(struct fastpath *fastpath, uint64_t mark);
void fastpath_wait(struct fastpath *fastpath);

/* A reply that is held safely. */
struct settling {
	uint64_t key, digest; /* of its record */
	bool again;           /* it is the reply that is settled already, met elsewhere on its way: then both are */
};

/*
 * From now on the repetitions of these are counted and their time is noted, but none is sent up. Each takes the place
 * of what was settled for its client before. Where there is no room they go on coming up. Returns how many were
 * settled.
 */
size_t fastpath_settle(struct fastpath *fastpath, const struct settling *replies, size_t count);

/* Who has what is settled: to be told before that is, and known to a successor. All zero: nobody said. */
void fastpath_settle_by(struct fastpath *fastpath, const struct ds_holder *holder);
void fastpath_settled_by(const struct fastpath *fastpath, struct ds_holder *ret);

/* It is not held any more: each reply to this client, or to all, comes up again. */
void fastpath_unsettle(struct fastpath *fastpath, uint64_t key);
void fastpath_unsettle_all(struct fastpath *fastpath);

/*
 * Was the machine suspended since all were unsettled? Of what was noted nobody can say then whether it was before or
 * after: it is taken for before, and all have to be unsettled.
 */
bool fastpath_was_suspended(const struct fastpath *fastpath);

/* When was the reply last repeated? ns of CLOCK_BOOTTIME; 0: not since it was settled, or it is not settled. */
uint64_t fastpath_repeated(struct fastpath *fastpath, uint64_t key, uint64_t digest);

struct ring_state {
	size_t size;   /* bytes */
	size_t used;   /* bytes that may not be given back yet, */
	size_t unread; /* and of those, not handed out yet */
};

void fastpath_ring_state(const struct fastpath *fastpath, struct ring_state *ret);

/* Sums over all CPUs; of frames that come in, or, at slot + DS_PORTS_MAX, of DHCP that the gateway itself sends. Return
 * 0 or -errno. */
int fastpath_counters(const struct fastpath *fastpath, unsigned slot, struct ds_counters *ret);
int fastpath_messages(const struct fastpath *fastpath, unsigned slot, struct ds_messages *ret);

/* What became of one frame that was run through the real program of `slot` by BPF_PROG_TEST_RUN. */
struct verdict {
	int action;            /* XDP_PASS, XDP_DROP, ... */
	enum ds_reason reason; /* the one under which it was counted */
	unsigned counted;      /* under how many reasons it was counted: 1, or the program is broken */
};

/* Loads a program for a port that is not attached to any device: `replay` and tests. Returns its slot or -errno. */
int fastpath_bench_port(struct fastpath *fastpath, const char *name, enum ds_role role, enum ds_mode mode,
			struct fastpath_error *error);

/*
 * For measuring real frames on real devices: programs that are loaded from now on drop what they would pass, so that
 * what is behind them costs nothing.
 */
void fastpath_bench_drop(struct fastpath *fastpath);

/* Runs one frame (at least 14 bytes) through it. Records it makes wait in the ring for fastpath_drain. */
int fastpath_run(struct fastpath *fastpath, unsigned slot, struct bytes frame, struct verdict *ret);

/*
 * The same through its egress program, as a frame that the gateway itself sends there (`from` 0), or forwards from the
 * device with that index. What is not counted is none of its business: verdict.counted 0.
 */
int fastpath_run_egress(struct fastpath *fastpath, unsigned slot, unsigned from, struct bytes frame,
			struct verdict *ret);

/* The programs of such a port, which stay the fastpath's: for runs of another kind than those above. */
int fastpath_program_fd(const struct fastpath *fastpath, unsigned slot);
int fastpath_egress_program_fd(const struct fastpath *fastpath, unsigned slot);

#endif
