/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who was told what? Bindings, the circuits they are on, the offers they share, and the peers discovered from those.
 *
 * The table knows no bytes, no DNS and no sockets. Messages come in, changes go out to observers, and everything
 * that is shared is stored once: a million bindings with one offer hold one `peerset`, cause one discovery, and cost
 * a reference each.
 *
 * Times are ns of CLOCK_BOOTTIME, given by the caller; TABLE_NEVER means never. Pointers to entries are valid until
 * the next call that may end a binding.
 */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include "base/address.h"
#include "base/bytes.h"
#include "dhcp/message.h"

#define TABLE_NEVER UINT64_MAX

/* Word tables: X(identifier, word). The words are those of JSON, metrics and CLI. */
#define PEER_STATES(X)                                                                                                 \
	X(DISCOVERED, "discovered")                                                                                    \
	X(RESOLVING, "resolving")                                                                                      \
	X(UNRESOLVED, "unresolved")                                                                                    \
	X(RESOLVED, "resolved")                                                                                        \
	X(PROVING, "proving")                                                                                          \
	X(PROVEN, "proven")                                                                                            \
	X(UNREACHABLE, "unreachable")                                                                                  \
	X(REFUSED, "refused")
#define PEER_METHODS(X)                                                                                                \
	X(EXPLICIT, "explicit")                                                                                        \
	X(DHCP, "dhcp")                                                                                                \
	X(S_NAPTR, "s-naptr")                                                                                          \
	X(DNS_SD, "dns-sd")
#define PEER_CHANNELS(X)                                                                                               \
	X(SIGNAL, "signal")                                                                                            \
	X(DATA, "data")                                                                                                \
	X(CALL_HOME, "call-home")
#define PEER_TRANSPORTS(X)                                                                                             \
	X(UDP, "udp")                                                                                                  \
	X(TCP, "tcp")
#define BINDING_CHANGES(X)                                                                                             \
	X(CREATED, "created")                                                                                          \
	X(REFRESHED, "refreshed")                                                                                      \
	X(MOVED, "moved")                                                                                              \
	X(ENDED, "ended")

enum peer_state {
#define X(id, word) PEER_##id,
	PEER_STATES(X) PEER_STATE_COUNT
#undef X
};

enum peer_method {
#define X(id, word) METHOD_##id,
	PEER_METHODS(X) METHOD_COUNT
#undef X
};

enum peer_channel {
#define X(id, word) CHANNEL_##id,
	PEER_CHANNELS(X) CHANNEL_COUNT
#undef X
};

enum peer_transport {
#define X(id, word) TRANSPORT_##id,
	PEER_TRANSPORTS(X) TRANSPORT_COUNT
#undef X
};

enum binding_change {
#define X(id, word) BINDING_##id,
	BINDING_CHANGES(X) BINDING_CHANGE_COUNT
#undef X
};

const char *peer_state_word(enum peer_state state);
const char *peer_method_word(enum peer_method method);
const char *peer_channel_word(enum peer_channel channel);
const char *peer_transport_word(enum peer_transport transport);
const char *binding_change_word(enum binding_change change);

/* An offer as it is stored: once, however many were told it. */
struct stored_offer {
	uint32_t references; /* peersets */
	uint32_t id;
	struct name name; /* length 0: none */
	size_t address_count;
	struct address addresses[]; /* in order of preference */
};

/* One DOTS agent. */
struct peer {
	struct address address; /* family 0: not resolved yet */
	uint16_t port;
	enum peer_channel channel;
	enum peer_transport transport;
	enum peer_method method;
	enum peer_state state;
	struct name name;   /* reference identifier: what its certificate has to carry; length 0: its address */
	uint64_t expires;   /* when its discovery has to be done again, beside its bindings' ends; or TABLE_NEVER */
	const char *detail; /* why it is in this state, a string constant; or NULL */
};

/* What of a reply decides its discovery: equal keys share one peerset. */
struct peerset_key {
	uint8_t family;
	char port[DS_PORT_NAME_SIZE];   /* where its server is reached; zero-padded */
	char access[DS_PORT_NAME_SIZE]; /* where its clients are, as far as that is known; zero-padded */
	uint8_t resolver_count;
	struct address resolvers[MESSAGE_RESOLVERS_MAX];
	uint8_t domain_count;
	struct name domains[MESSAGE_DOMAINS_MAX]; /* zero-padded; the last member: see key_size() */
};

/* The peers of those who were told one offer, on one port, in one family, with one set of resolvers. */
struct peerset {
	uint32_t id;
	uint32_t bindings; /* references */
	struct peerset_key key;
	struct stored_offer *offer; /* NULL: told nothing about DOTS that is valid */
	size_t peer_count;
	struct peer *peers; /* owned; replaced as a whole by table_set_peers */
	void *discovery;    /* the discovery's own, kept here for it */
};

struct binding;

/* Where subscribers sit. Its text is its identity: "access1.100.200", or "10.0.0.1#0a0b" behind a relay. */
struct circuit {
	uint32_t id;
	struct binding *bindings; /* through next_on_circuit */
	char text[];
};

struct binding {
	uint32_t id;
	uint8_t family;
	bool withdrawn; /* it had an offer, and was told without it since */
	uint8_t hw_length;
	uint8_t hw[16]; /* hardware address, as far as it is known */
	struct circuit *circuit;
	struct binding *next_on_circuit;
	struct binding **link_on_circuit; /* what points to it: the binding before it, or the circuit */
	struct peerset *peerset;          /* never NULL: also who was told nothing shares it, for discovery by domain */
	struct address server;            /* family 0: not known */
	uint64_t since;
	uint64_t refreshed;
	uint64_t expires;            /* of what the reply configured: lease or information refresh time */
	uint32_t timer;              /* the table's own */
	uint32_t sighting;           /* where the reply was seen that it stands on; */
	uint32_t xid;                /* its transaction, */
	uint64_t settle_key, digest; /* and under which the kernel may settle that */
	uint16_t client_length;
	uint16_t lease_count;
	struct lease *leases; /* owned; addresses (length 32 or 128) and delegated prefixes */
	uint8_t client[];     /* identity: v4 chaddr, else client identifier; v6 DUID */
};

/* What one message means for the table. */
struct table_update {
	const struct dhcp_message *message;
	const char *circuit; /* text, see struct circuit */
	bool located;        /* it is where the client asked; else only where the reply was seen: moves nobody */
	const char *port;    /* name of the port on which the server is reached */
	const char *access;  /* name of the port where the client is; empty: not known */
	bool frozen; /* an offer that was made stands as long as its binding: it is not withdrawn (RFC 8973 8) */
	uint64_t time;
	uint64_t left_key; /* out: the settle_key of what the binding stood on before, if that was another; else 0 */
};

/* Called after each change. `why` is a word for people: a message type, "expired", "flushed". */
struct table_observer {
	void (*binding)(void *context, enum binding_change change, const struct binding *binding, const char *why);
	void (*peerset_created)(void *context, struct peerset *peerset);
	void (*peerset_changed)(void *context, const struct peerset *peerset);
	void (*peerset_ended)(void *context, struct peerset *peerset);
	void *context;
	struct table_observer *next; /* the table's own */
};

struct table_stats {
	uint64_t changes[BINDING_CHANGE_COUNT];
	uint64_t refused_limit; /* new clients over limits.bindings */
	uint64_t withdrawn;     /* bindings that lost their offer: a method of lower preference follows (RFC 8973 8) */
	uint64_t discards[DISCARD_COUNT];
};

struct table;

/* Returns 0 or -ENOMEM. The caller owns the table until table_free. */
int table_new(size_t bindings_max, struct table **ret);
void table_free(struct table *table);

/* The observer stays the caller's and outlives the table. Callbacks must not call table_update or table_flush. */
void table_observe(struct table *table, struct table_observer *observer);
void table_unobserve(struct table *table, struct table_observer *observer);

/*
 * Takes one decoded message. Returns 0 when the client's binding stands on it now; TABLE_AGAIN when it stands
 * on this very reply already, which is seen twice where a relay sends it on; TABLE_ASIDE when no binding stands on it:
 * it told nothing, ended one, named nobody, or told options beside a lease that stays; -ENOSPC over the limit, -ENOMEM.
 * Whatever it returns, the table is whole.
 */
#define TABLE_AGAIN 1
#define TABLE_ASIDE 2
int table_update(struct table *table, struct table_update *update);

/*
 * Asked before a binding ends by time: when was the reply that it stands on last repeated, without being handed up? 0:
 * it was not. Without such a function nothing is repeated.
 */
typedef uint64_t table_repeated_fn(void *context, const struct binding *binding);
void table_ask_repeated(struct table *table, table_repeated_fn *repeated, void *context);

/* Ends what has expired by `now`; returns when it wants to be called next, or TABLE_NEVER. */
uint64_t table_expire(struct table *table, uint64_t now);

/* Ends every binding. */
void table_flush(struct table *table);

/* Replaces a peerset's peers with a copy of these, and tells the observers. */
int table_set_peers(struct table *table, struct peerset *peerset, const struct peer *peers, size_t count);

/*
 * Walks: each returns the entry with the lowest id that is at least *cursor and moves the cursor behind it, or NULL at
 * the end. A walk may pause and go on after any other call; entries that stand throughout are met exactly once.
 */
const struct binding *table_next_binding(const struct table *table, uint32_t *cursor);
const struct circuit *table_next_circuit(const struct table *table, uint32_t *cursor);
const struct peerset *table_next_peerset(const struct table *table, uint32_t *cursor);

size_t table_binding_count(const struct table *table);
size_t table_circuit_count(const struct table *table);
size_t table_offer_count(const struct table *table);
const struct table_stats *table_stats(const struct table *table);

/* NULL when there is none. */
const struct circuit *table_find_circuit(const struct table *table, const char *text);

#endif
