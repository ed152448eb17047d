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
	bool hold;      /* what is safe is said by ring_consume; else it is what was handed out */
	uint64_t taken; /* the position up to which records were handed out, */
	uint64_t last;  /* where the last of them begins, */
	uint64_t safe;  /* and up to which they may be given back */
	size_t size;
	uint64_t *consumer;       /* the page that we write */
	const uint64_t *producer; /* the page that the kernel writes, with the data behind it */
	const uint8_t *data;
};

/* What is settled, where the kernel's programs look for it: see places.c. */
struct places {
	struct ds_settled_set *sets; /* mapped, as are */
	struct ds_hints *hints;
	uint32_t count; /* of sets */
};

struct loaded_port {
	struct port port;
	struct dotsnoop_bpf *skeleton; /* this port's copy of the programs; NULL: those of an earlier agent */
	struct xdp_program *xdp;       /* NULL: not attached */
	bool adopted;                  /* an earlier agent attached it */
	bool claimed;                  /* ... and this one wants it */
};

struct fastpath {
	struct dotsnoop_bpf *maps; /* owns the maps that all copies share; its programs are not loaded */
	struct ring ring;
	fastpath_record_fn *record;
	void *context;
	int pins;              /* the pin directory, locked; -1: nothing is pinned */
	int links;             /* rtnetlink; -1: nothing is attached here */
	bool adopted;          /* the maps are those of an earlier agent */
	bool no_tcx;           /* egress by clsact even where the kernel has TCX */
	bool bench_drop;       /* see fastpath_bench_drop */
	bool servers_only;     /* as in struct ds_port, for ports to come */
	struct places settled; /* see places.c */
	struct ds_holder settled_by;
	int64_t suspended; /* ns that CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC */
	struct loaded_port ports[DS_PORTS_MAX];
};

/* Fills *error (which may be NULL) and returns `result`, so that failing is one line. */
int fail(struct fastpath_error *error, int result, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* pins.c: the directory under /sys/fs/bpf. */
#define PINS_MAPS FASTPATH_PINS "/maps"
#define PINS_PROGRAMS FASTPATH_PINS "/programs"
#define PINS_LINKS FASTPATH_PINS "/links"
#define PINS_PATH_SIZE 128

#define PROGRAM_XDP "dotsnoop_xdp"
#define PROGRAM_TC "dotsnoop_tc"

typedef void pins_visit_fn(const char *path, void *context);

int pins_lock(struct fastpath_error *error); /* the locked directory's fd, or -errno */
bool pins_exist(void);
int pins_add_map(const char *name, int fd);
int pins_get_map(const char *name); /* an fd, or -errno */
/* The first `size` bytes of an entry of a pinned array, of whatever version; 0 or -errno. */
int pins_read(const char *name, uint32_t key, void *ret, size_t size);
/* What is pinned for a port; `kind` is PINS_PROGRAMS or PINS_LINKS. */
int pins_add(const char *kind, const char *port, const char *name, int fd);
void pins_path(const char *kind, const char *port, const char *name, char path[PINS_PATH_SIZE]);
void pins_each(const char *directory, pins_visit_fn *visit, void *context);
void pins_drop(const char *path); /* with all that is below it */
void pins_drop_port(const char *port);
bool pins_are_of(const char *directory, const char *port);
void pins_remove(int locked);

/* adopt.c: what an earlier agent left, and this one goes on with. */
int adopt_maps(struct fastpath *fastpath, struct fastpath_error *error); /* sets fastpath->adopted if so */
int adopt_describe(struct fastpath *fastpath);                           /* whose new maps are: map `about` */
void adopt_ports(struct fastpath *fastpath);

/* remains.c: removes what an earlier agent left, except for maps and ports that were adopted. */
void remains_clear(const struct fastpath *keeper);

/* dispatcher.c: unpins from libxdp's dispatchers the programs of which this is said: they are attached nowhere. */
typedef bool dispatcher_gone_fn(int program, void *context);
void dispatcher_forget(dispatcher_gone_fn *is_gone, void *context);

/* strays.c: between these two, descriptors of programs that libxdp opens and forgets; those to keep are named. */
#define STRAYS_MAX 1024
struct strays {
	unsigned count;
	int kept[STRAYS_MAX];
};

void strays_note(struct strays *ret);
void strays_keep(struct strays *strays, int fd);
void strays_close(struct strays *strays);

/* ring.c */
int ring_open(struct ring *ring, int map, bool hold);
void ring_close(struct ring *ring);
int ring_drain(struct ring *ring, fastpath_record_fn *record, void *context);
void ring_consume(struct ring *ring, uint64_t mark);
void ring_wait(struct ring *ring);
void ring_measure(const struct ring *ring, struct ring_state *ret);

/* load.c: one more copy of the programs, sharing the maps, for the port in that slot. */
bool map_is_shared(const struct bpf_map *map); /* among all copies: all but a copy's own constants */
int open_maps(const struct fastpath_options *options, struct dotsnoop_bpf **ret, struct fastpath_error *error);
int load_maps(struct dotsnoop_bpf *maps, struct fastpath_error *error);
int load_copy(struct fastpath *fastpath, unsigned slot, struct dotsnoop_bpf **ret, struct fastpath_error *error);

/* settle.c: draws the secret of the digests, unless it was taken over with the maps. Returns 0 or -errno. */
int settle_open(struct fastpath *fastpath);
void settle_close(struct fastpath *fastpath);

/* places.c. Keys are not 0. */
int places_open(struct places *ret, int map, uint32_t count,
		int hints); /* maps, and the sets of the first; 0 or -errno */
void places_close(struct places *places);
void places_send_for(const struct places *places, uint64_t key);                     /* it is looked at soon */
bool places_read(const struct places *places, uint64_t key, struct ds_settled *ret); /* is it there? */
bool places_write(struct places *places,
		  const struct ds_settled *entry); /* instead of what its key had; is there room? */
void places_clear(struct places *places, uint64_t key);
void places_clear_all(struct places *places);

/* links.c: a socket that is readable when devices have come, gone or changed; or -errno. */
int links_open(void);

/* kernel.c: is this a kernel we can live on? 0, or -errno and what is wrong with it. */
int kernel_check(struct fastpath_error *error);

/*
 * offload.c: VLAN tags shall reach XDP. What was switched off is noted in port.key.undo; what cannot be switched off
 * shows in port.stripping.
 */
void offload_stop(struct fastpath *fastpath, struct loaded_port *loaded);
void offload_restore(const char *port, uint8_t undo);

/* egress.c: what the gateway itself sends. How it is seen shows in port.egress. */
void egress_attach(struct fastpath *fastpath, struct loaded_port *loaded, int program);
void egress_adopt(struct fastpath *fastpath, struct loaded_port *loaded, int program); /* or attaches it anew */
void egress_detach(const struct loaded_port *loaded);
void egress_cut(const char *path); /* a pinned link */

/* slot.c */
bool slot_is_taken(const struct loaded_port *loaded);
struct loaded_port *slot_find(struct fastpath *fastpath, const char *name); /* NULL: none of that name */
int slot_take(struct fastpath *fastpath, struct fastpath_error *error);     /* a free slot, or -ENOSPC */
int slot_fill(struct fastpath *fastpath, unsigned slot, const char *name, unsigned ifindex, enum ds_role role,
	      enum ds_mode mode);
int slot_publish(struct fastpath *fastpath, unsigned slot);
/* To be called before what it notes is done: a successor knows of it, whatever happens to us in between. */
void slot_note(struct fastpath *fastpath, struct loaded_port *loaded, uint8_t undo);
void slot_close(struct loaded_port *loaded);              /* what is attached and pinned stays */
void slot_free(struct fastpath *fastpath, unsigned slot); /* with its pins and its entry in the map `ports` */

/* port.c */
void port_detach(struct fastpath *fastpath, unsigned slot);
uint32_t program_id(int program); /* the kernel's; 0: nobody knows */
bool port_is_dispatched(unsigned ifindex);

#endif
