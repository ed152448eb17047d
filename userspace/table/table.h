/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who was told what? Bindings, the circuits they are on, the offers they share, and the peers discovered from those.
 *
 * The table knows no bytes, no DNS and no sockets. Messages come in, changes go out to observers, and everything
 * that is shared is stored once: a million bindings with one offer hold one `peerset`, cause one discovery, and cost
 * a reference each. Entries are known by their ids, small numbers that stay theirs as long as they stand.
 *
 * Times are ns of CLOCK_BOOTTIME, given by the caller; TABLE_NEVER means never. Pointers to entries are valid until
 * the next call that may end a binding.
 */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include "base/address.h"
#include "base/bytes.h"
#include "dhcp/circuit.h"
#include "dhcp/message.h"
#include "table/wheel.h"

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

/* What (D)TLS says of a peer, beside what discovery does. */
struct peer_proof {
	bool known; /* false: nothing, the rest has no meaning */
	enum peer_state state;
	enum peer_transport transport; /* over which it was proven */
	const char *detail;            /* why it is in this state, a string constant; or NULL */
	uint64_t expires;              /* its certificate does; or TABLE_NEVER */
};

/* One DOTS agent. */
struct peer {
	struct address address; /* family 0: not resolved yet */
	uint16_t port;
	enum peer_channel channel;
	enum peer_transport transport;
	bool any_transport; /* nobody said which it takes: `transport` is the one to try first */
	enum peer_method method;
	enum peer_state state; /* as discovery knows it: see peer_state */
	struct name name;      /* reference identifier: what its certificate has to carry; length 0: its address */
	uint64_t expires;      /* when its discovery has to be done again, beside its bindings' ends; or TABLE_NEVER */
	const char *detail;    /* why it is in this state, a string constant; or NULL */
	struct peer_proof proof;
};

/* What is shown of a peer: what is proven goes before what was found. */
static inline enum peer_state peer_state(const struct peer *peer)
{
	return peer->proof.known ? peer->proof.state : peer->state;
}

static inline enum peer_transport peer_transport(const struct peer *peer)
{
	return peer->proof.known ? peer->proof.transport : peer->transport;
}

static inline const char *peer_detail(const struct peer *peer)
{
	return peer->proof.known ? peer->proof.detail : peer->detail;
}

static inline uint64_t peer_expires(const struct peer *peer)
{
	return peer->proof.known && peer->proof.expires < peer->expires ? peer->proof.expires : peer->expires;
}

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
	uint32_t counted;  /* the table's own: the port on which they are counted */
	struct peerset_key key;
	struct stored_offer *offer; /* NULL: told nothing about DOTS that is valid */
	size_t peer_count;
	struct peer *peers;      /* owned; replaced as a whole by table_set_peers */
	void *discovery, *proof; /* those rooms' own, kept here for them */
};

/* Where subscribers sit. Its text is its identity: "access1.100.200", or "10.0.0.1#0a0b" behind a relay. */
struct circuit {
	uint32_t id;
	uint32_t first; /* binding; the others follow by table_next_on_circuit */
	char text[];
};

/* Kept as small as it can be, since there are millions: what it says is told by table_view. */
struct binding;

/* Most addresses and prefixes of one message. */
#define BINDING_LEASES_MAX (2 * MESSAGE_ADDRESSES_MAX)

/* All that a binding is. Views point into the table, or, where it is restored, to wherever it comes from. */
struct binding_view {
	uint32_t id;
	uint8_t family;
	bool withdrawn;        /* it had an offer, and was told without it since */
	struct bytes client;   /* identity: v4 chaddr, else client identifier; v6 DUID */
	struct bytes hw;       /* hardware address, as far as it is known */
	uint32_t circuit;      /* id; */
	const char *where;     /* its text */
	uint32_t peerset;      /* id; there always is one: who was told nothing shares it, for discovery by domain */
	struct address server; /* family 0: not known */
	uint64_t since;        /* to the second */
	uint64_t refreshed;
	uint32_t lifetime;           /* seconds, of what the reply configured: lease or information refresh time */
	uint64_t expires;            /* follows from both; TABLE_NEVER for LIFETIME_INFINITE */
	uint32_t sighting;           /* where the reply was seen that it stands on; */
	uint32_t xid;                /* its transaction, */
	uint64_t settle_key, digest; /* and under which the kernel may settle that */
	size_t lease_count;
	struct lease leases[BINDING_LEASES_MAX]; /* addresses (length 32 or 128) and delegated prefixes */
};

/* Hashes of a client and its circuit; 0: not known yet. */
struct table_ahead {
	uint64_t client, circuit;
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
	struct table_ahead ahead; /* table_look_ahead's; zeros: it was not called */
	uint64_t left_key; /* out: the settle_key of what the binding stood on before, if that was another reply; else 0
			    */
	uint32_t binding;  /* out: id of the one that stands on it; TABLE_NONE: none */
	char moved_from[CIRCUIT_TEXT_SIZE]; /* out: the circuit that the binding was on, if it moved; else empty */
};

/* Called after each change. `why` is a word for people: a message type, "expired", "flushed". */
struct table_observer {
	void (*binding)(void *context, enum binding_change change, const struct binding *binding, const char *why);
	void (*extended)(void *context,
			 const struct binding *binding); /* its reply was repeated: see table_ask_repeated */
	void (*peerset_created)(void *context, struct peerset *peerset);
	void (*peerset_changed)(void *context, struct peerset *peerset);
	void (*peer_changed)(void *context, const struct peerset *peerset, const struct peer *peer); /* its proof */
	void (*peerset_ended)(void *context, struct peerset *peerset);
	void *context;
	struct table_observer *next; /* the table's own */
};

struct table_stats {
	uint64_t changes[BINDING_CHANGE_COUNT];
	uint64_t refused_limit; /* new clients over limits.bindings, */
	uint64_t refused_port;  /* or over limits.bindings-per-port */
	uint64_t refused_offer; /* messages that would have made a peerset over limits.offers: the client keeps its own
				 */
	uint64_t withdrawn;     /* bindings that lost their offer: a method of lower preference follows (RFC 8973 8) */
	uint64_t discards[DISCARD_COUNT];
};

struct table;

/* What a flood cannot exceed. */
struct table_limits {
	size_t bindings;
	size_t bindings_per_port; /* of clients on one access port, or, where that is not known, behind one uplink */
	size_t peersets;
};

/* The wheel outlives the table. Returns 0 or -ENOMEM. The caller owns the table until table_free. */
int table_new(const struct table_limits *limits, struct wheel *wheel, struct table **ret);
void table_free(struct table *table); /* observers hear of the peersets that end, not of each binding */

/* The observer stays the caller's and outlives the table. Callbacks must not call table_update or table_flush. */
void table_observe(struct table *table, struct table_observer *observer);
void table_unobserve(struct table *table, struct table_observer *observer);

/*
 * Takes one decoded message. Returns 0 when the client's binding stands on it now; TABLE_AGAIN when it stands
 * on this very reply already, which is seen twice where a relay sends it on; TABLE_ASIDE when no binding stands on it:
 * it told nothing, ended one, named nobody, told options beside a lease that stays, or was overtaken: its binding
 * stands on a later reply, or on one that was repeated since; -ENOSPC over the limit, -ENOMEM. Whatever it returns, the
 * table is whole.
 */
#define TABLE_AGAIN 1
#define TABLE_ASIDE 2
int table_update(struct table *table, struct table_update *update);

/*
 * What the update will look at is on its way from memory when this returns: if something else is done before
 * table_update, that needs not wait for it.
 */
void table_look_ahead(const struct table *table, struct table_update *update);

/* Does the binding of this id still stand on the reply with that key and digest? */
bool table_stands_on(const struct table *table, uint32_t binding, uint64_t settle_key, uint64_t digest);

/*
 * When was the reply that a binding stands on last repeated, without being handed up? 0: it was not. Asked before a
 * binding ends by time, and once before, when most of its time is over: what was repeated by then is known to the
 * observers, and so to a store, long before the time that it holds has run out. Without such a function nothing is
 * repeated.
 */
typedef uint64_t table_repeated_fn(void *context, uint64_t settle_key, uint64_t digest);
void table_ask_repeated(struct table *table, table_repeated_fn *repeated, void *context);

/* Asks for all bindings at once, from *cursor on, at most `count` of them. Returns false at the end. */
bool table_ask_all(struct table *table, uint32_t *cursor, size_t count);

/* Ends every binding. */
void table_flush(struct table *table);

/* Replaces a peerset's peers with a copy of these, of which nothing is proven, and tells the observers. */
int table_set_peers(struct table *table, struct peerset *peerset, const struct peer *peers, size_t count);

/* The same peers, in the same order, until other times: what is proven of them stays, and nobody is told. */
void table_set_expiries(struct peerset *peerset, const struct peer *peers);

/* Sets what is proven of a peer of this peerset, and tells the observers, if that is anything new. */
void table_set_proof(struct table *table, struct peerset *peerset, struct peer *peer, const struct peer_proof *proof);

/*
 * Restoring what a store holds: peersets first, then the bindings that refer to them, each under the id it had, in
 * rising order of ids; last the peersets are dropped that no binding referred to. Observers are told of peersets alone,
 * when the first binding comes. Times are of this boot. Returns 0, -ENOMEM, -ENOSPC over a limit, or -EINVAL for what
 * cannot be: an id that is taken, a peerset that is not there, a client that is bound already.
 */
int table_restore_peerset(struct table *table, uint32_t id, const struct peerset_key *key, const struct offer *offer);
int table_restore_binding(struct table *table, const struct binding_view *view, const struct table_ahead *ahead);
void table_restored(struct table *table);

/* As table_look_ahead; to be given to table_restore_binding later. */
struct table_ahead table_restore_ahead(const struct table *table, const struct binding_view *view);

/* So many bindings are about to be restored: makes room for them at once. Returns 0 or -ENOMEM. */
int table_expect(struct table *table, size_t bindings);

/* Fills in all that there is to say of a binding; its views are valid until the next change of the table. */
void table_view(const struct table *table, const struct binding *binding, struct binding_view *ret);

/* By id; NULL when there is none. */
#define TABLE_NONE UINT32_MAX
const struct binding *table_binding(const struct table *table, uint32_t id);
const struct circuit *table_circuit(const struct table *table, uint32_t id);
struct peerset *table_peerset(const struct table *table, uint32_t id);

uint32_t binding_id(const struct binding *binding);

/* The next on the same circuit; TABLE_NONE: none. */
uint32_t table_next_on_circuit(const struct binding *binding);

/* By client, by circuit; NULL when there is none. */
const struct binding *table_find_client(const struct table *table, uint8_t family, struct bytes client);
const struct circuit *table_find_circuit(const struct table *table, const char *text);

/*
 * By address (length 32 or 128) or prefix: the bindings, at most `max` of them, that hold the longest prefix which
 * covers it all. There is more than one when clients contradict each other. Returns their number.
 */
size_t table_find_covering(const struct table *table, const struct prefix *wanted, uint32_t *ids, size_t max);

/* Bindings on a port, by name, as limits.bindings-per-port counts them: *cursor counts from 0. NULL at
 * the end. */
struct table_port {
	char name[DS_PORT_NAME_SIZE];
	size_t bindings;
};
const struct table_port *table_next_port(const struct table *table, uint32_t *cursor);

/*
 * Walks: each returns the entry with the lowest id that is at least *cursor and moves the cursor behind it, or NULL at
 * the end. A walk may pause and go on after any other call; entries that stand throughout are met exactly once.
 */
const struct binding *table_next_binding(const struct table *table, uint32_t *cursor);
const struct circuit *table_next_circuit(const struct table *table, uint32_t *cursor);
struct peerset *table_next_peerset(const struct table *table, uint32_t *cursor);

size_t table_binding_count(const struct table *table);
size_t table_circuit_count(const struct table *table);
size_t table_offer_count(const struct table *table);
size_t table_peerset_count(const struct table *table);
const struct table_stats *table_stats(const struct table *table);

#endif
