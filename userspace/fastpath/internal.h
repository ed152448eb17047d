/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this room share. */
#ifndef FASTPATH_INTERNAL_H
#define FASTPATH_INTERNAL_H

#include <stdint.h>

#include "fastpath/fastpath.h"

struct bpf_map;
struct dotsnoop_bpf;
struct xdp_program;

/* Our reader of the kernel's ring: see ring.c. */
struct ring {
	int map;
	int poll;  /* readable when it is time to drain: an epoll of the map and the timer */
	int timer; /* runs while we are awake */
	bool awake;
	uint64_t taken; /* the position up to which records were handed out */
	size_t size;
	uint64_t *consumer;       /* the page that we write */
	const uint64_t *producer; /* the page that the kernel writes, with the data behind it */
	const uint8_t *data;
};

/* Offloads that take VLAN tags off frames: of 802.1Q and of 802.1ad. */
#define OFFLOAD_COUNT 2

struct loaded_port {
	struct port port;
	bool stopped[OFFLOAD_COUNT];   /* offloads that we switched off */
	struct dotsnoop_bpf *skeleton; /* this port's copy of the programs; NULL: the slot is free */
	struct xdp_program *xdp;       /* NULL: not attached */
};

struct fastpath {
	struct dotsnoop_bpf *maps; /* owns the maps that all copies share; its programs are not loaded */
	struct ring ring;
	fastpath_record_fn *record;
	void *context;
	int pins;          /* the pin directory, locked; -1: nothing is pinned */
	int links;         /* rtnetlink; -1: nothing is attached here */
	bool bench_drop;   /* see fastpath_bench_drop */
	bool servers_only; /* as in struct ds_port, for ports to come */
	int64_t suspended; /* ns that CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC */
	struct loaded_port ports[DS_PORTS_MAX];
};

/* Fills *error (which may be NULL) and returns `result`, so that failing is one line. */
int fail(struct fastpath_error *error, int result, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* pins.c: the directory under /sys/fs/bpf. */
int pins_lock(struct fastpath_error *error); /* the locked directory's fd, or -errno */
void pins_clear(void);                       /* all that stands there, attached programs included */
void pins_remove(int locked);
int pins_add_map(const char *name, int fd);
int pins_add_program(const char *port, const char *name, int fd);
void pins_drop_port(const char *port);

/* ring.c */
int ring_open(struct ring *ring, int map);
void ring_close(struct ring *ring);
int ring_drain(struct ring *ring, fastpath_record_fn *record, void *context);
void ring_measure(const struct ring *ring, struct ring_state *ret);

/* load.c: one more copy of the programs, sharing the maps, for the port in that slot. */
bool map_is_shared(const struct bpf_map *map); /* among all copies: all but a copy's own constants */
int load_maps(const struct fastpath_options *options, struct dotsnoop_bpf **ret, struct fastpath_error *error);
int load_copy(struct fastpath *fastpath, unsigned slot, struct dotsnoop_bpf **ret, struct fastpath_error *error);

/* settle.c: draws the secret of the digests. Returns 0 or -errno. */
int settle_open(struct fastpath *fastpath);

/* links.c: a socket that is readable when devices have come, gone or changed; or -errno. */
int links_open(void);

/* kernel.c: is this a kernel we can live on? 0, or -errno and what is wrong with it. */
int kernel_check(struct fastpath_error *error);

/* offload.c: VLAN tags shall reach XDP. What cannot be switched off shows in port.stripping. */
void offload_stop(struct loaded_port *loaded);
void offload_restore(struct loaded_port *loaded);

/* port.c: a free slot, or -ENOSPC. */
struct loaded_port *port_find(struct fastpath *fastpath, const char *name); /* NULL: none of that name */
int port_take_slot(struct fastpath *fastpath, struct fastpath_error *error);
int port_publish(struct fastpath *fastpath, unsigned slot);
void port_detach(struct fastpath *fastpath, unsigned slot);

#endif
