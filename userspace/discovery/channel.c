/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * c-ares is used for one server, one try and one transport a channel, since 1.18 with several of them
 *
 * - does not say which error it met when all servers failed,
 * - asks a lone server that answers SERVFAIL again at once,
 * - fails the queries that wait for UDP responses when a server closes its TCP connection.
 *
 * The sockets are ours (ares_set_socket_functions): c-ares would go on when a socket cannot be bound to its device, and
 * knows no scope of link-local addresses.
 */
#include "discovery/channel.h"

#include <ares.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <sys/uio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"

/* A channel of c-ares 1.18 takes 75 kB. Beyond so many, idle ones are closed; when none is idle, queries are UNSENT. */
#define CHANNELS_MAX 1024
#define BUCKETS 1024

/* Nobody learns a source port for long: a channel takes no new queries after that time, and is closed when idle. */
#define CHANNEL_SECONDS 60

/* How long a resolver counts as silent. */
#define SILENT_SECONDS 10

#define TICK_MS 100 /* how late a timeout may be noticed */

/*
 * How many queries may be on their way to one resolver: what a socket's buffer of Linux takes by default, also when it
 * is not read for a while. What a burst loses costs its timeout, and then, in step, the same again.
 */
#define WINDOW 128

#define RECEIVE_BUFFER (4 << 20) /* octets, for bursts of responses */

#define PORT_DOMAIN 53

LIST_HEAD(chain, channel);
TAILQ_HEAD(channel_list, channel);
TAILQ_HEAD(query_list, query);

struct channel {
	LIST_ENTRY(channel) chain;
	TAILQ_ENTRY(channel) used; /* in the order of last use */
	struct channels *channels;
	struct channel_place place;
	ares_channel ares;
	struct event *readable, *writable; /* of its one socket */
	struct query_list waiting;         /* for less to be on its way */
	unsigned queries;                  /* on their way */
	uint64_t answered;                 /* ns, CLOCK_BOOTTIME: when the resolver last answered; 0: never */
	bool sending;                      /* of those that wait */
	uint64_t opened;                   /* ns, CLOCK_BOOTTIME */
	uint64_t silent;                   /* ns, CLOCK_BOOTTIME: since when; 0: is not */
	bool plain;                        /* the resolver knows no EDNS */
	bool unsent;                       /* its socket could not be opened, or finds no way there */
	bool known;                        /* takes new queries */
};

struct channels {
	struct event_base *base;
	struct event *tick;
	struct hash_key key;
	struct chain buckets[BUCKETS];
	struct channel_list used; /* least recently used first */
	struct channel *next;     /* that a tick looks at */
	unsigned count;
	bool ending;
	uint16_t ids[128]; /* random ones */
	size_t ids_left;
};

/* --- Sockets ------------------------------------------------------------------------------------------------------ */

static int bind_to_device(int fd, const char *device)
{
	if (!*device || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) == 0)
		return 0;
	log_warning("resolver-unbound device=%s error=\"%s\"", device, strerror(errno));
	return -1;
}

static int open_socket(int family, int type, int protocol, void *context)
{
	struct channel *channel = context;
	AUTO_FD int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	int size = RECEIVE_BUFFER;

	channel->unsent = fd < 0 || bind_to_device(fd, channel->place.device) < 0;
	if (channel->unsent)
		return -1;
	/* Only root may exceed net.core.rmem_max. */
	if (type == SOCK_DGRAM && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return take_fd(fd);
}

static int close_socket(int fd, void *context)
{
	(void)context;
	return close(fd);
}

static int connect_socket(int fd, const struct sockaddr *to, ares_socklen_t size, void *context)
{
	struct channel *channel = context;
	const struct channel_place *place = &channel->place;
	struct sockaddr_storage address;

	(void)to; /* without a scope */
	(void)size;
	uint16_t port = place->resolver.port ? place->resolver.port : PORT_DOMAIN;
	uint32_t scope = *place->device ? if_nametoindex(place->device) : 0;
	socklen_t length = address_to_sockaddr(&place->resolver.address, port, scope, &address);
	int r = connect(fd, (struct sockaddr *)&address, length);
	channel->unsent = r < 0 && errno != EINPROGRESS && errno != ECONNREFUSED;
	return r;
}

static ares_ssize_t receive(int fd, void *data, size_t size, int flags, struct sockaddr *from, ares_socklen_t *length,
			    void *context)
{
	(void)context;
	return recvfrom(fd, data, size, flags, from, length);
}

/* A datagram for which there is no room just now is lost, as it might be anywhere on its way. */
static ares_ssize_t transmit(int fd, const struct iovec *parts, int count, void *context)
{
	const struct channel *channel = context;

	ssize_t sent = writev(fd, parts, count);
	if (sent < 0 && !channel->place.stream && (errno == EAGAIN || errno == ENOBUFS))
		return (ares_ssize_t)parts->iov_len;
	return sent;
}

static const struct ares_socket_functions socket_functions = {
	.asocket = open_socket,
	.aclose = close_socket,
	.aconnect = connect_socket,
	.arecvfrom = receive,
	.asendv = transmit,
};

static void on_readable(int fd, short events, void *context)
{
	struct channel *channel = context;

	(void)events;
	ares_process_fd(channel->ares, fd, ARES_SOCKET_BAD);
}

static void on_writable(int fd, short events, void *context)
{
	struct channel *channel = context;

	(void)events;
	ares_process_fd(channel->ares, ARES_SOCKET_BAD, fd);
}

static void watch(struct channel *channel, struct event **event, int fd, bool wanted, short events,
		  event_callback_fn call)
{
	if (*event)
		event_free(*event);
	*event = wanted ? event_new(channel->channels->base, fd, (short)(events | EV_PERSIST), call, channel) : NULL;
	if (*event)
		event_add(*event, NULL);
}

static void on_socket_state(void *context, ares_socket_t fd, int readable, int writable)
{
	struct channel *channel = context;

	watch(channel, &channel->readable, fd, readable, EV_READ, on_readable);
	watch(channel, &channel->writable, fd, writable, EV_WRITE, on_writable);
}

/* --- Channels ------------------------------------------------------------------------------------------------------
 */

static void forget(struct channel *channel)
{
	if (channel->known)
		LIST_REMOVE(channel, chain);
	channel->known = false;
}

static void channel_free(struct channel *channel)
{
	struct channels *channels = channel->channels;

	forget(channel);
	if (channels->next == channel)
		channels->next = TAILQ_NEXT(channel, used);
	TAILQ_REMOVE(&channels->used, channel, used);
	channels->count--;
	ares_destroy(channel->ares);
	watch(channel, &channel->readable, -1, false, 0, NULL);
	watch(channel, &channel->writable, -1, false, 0, NULL);
	free(channel);
}

/* With all of it said here, c-ares reads no file and no environment for want of it. */
static int open_ares(struct channel *channel)
{
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS |
			 (channel->place.stream ? ARES_FLAG_USEVC : ARES_FLAG_IGNTC),
		.timeout = QUERY_TIMEOUT_MS,
		.tries = 1,
		.ndots = 1,
		.lookups = (char *)"b",
		.ednspsz = QUERY_UDP_SIZE,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = channel,
	};
	const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_LOOKUPS |
			 ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST | ARES_OPT_NOROTATE |
			 ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB;
	const struct address *address = &channel->place.resolver.address;
	struct ares_addr_port_node server = {.family = address->family == 4 ? AF_INET : AF_INET6};

	memcpy(&server.addr, address->bytes, address->family == 4 ? 4 : 16);
	if (ares_init_options(&channel->ares, &options, mask))
		return -ENOMEM;
	if (ares_set_servers_ports(channel->ares, &server)) {
		ares_destroy(channel->ares);
		return -ENOMEM;
	}
	ares_set_socket_functions(channel->ares, &socket_functions, channel);
	return 0;
}

static struct channel *channel_new(struct channels *channels, const struct channel_place *place, struct chain *bucket)
{
	struct channel *channel = calloc(1, sizeof *channel);

	if (!channel)
		return NULL;
	channel->channels = channels;
	channel->place = *place;
	channel->opened = clock_boot();
	TAILQ_INIT(&channel->waiting);
	if (open_ares(channel)) {
		free(channel);
		return NULL;
	}
	channel->known = true;
	LIST_INSERT_HEAD(bucket, channel, chain);
	TAILQ_INSERT_TAIL(&channels->used, channel, used);
	channels->count++;
	return channel;
}

static struct channel *least_used_idle(struct channels *channels)
{
	struct channel *channel = TAILQ_FIRST(&channels->used);

	while (channel && channel->queries)
		channel = TAILQ_NEXT(channel, used);
	return channel;
}

static bool make_room(struct channels *channels)
{
	struct channel *idle;

	if (channels->count < CHANNELS_MAX)
		return true;
	idle = least_used_idle(channels);
	if (idle)
		channel_free(idle);
	else
		log_warning("resolver-channels-exhausted max=%d", CHANNELS_MAX);
	return idle;
}

static struct chain *bucket_of(struct channels *channels, const struct channel_place *place)
{
	return &channels->buckets[hash_bytes(&channels->key, place, sizeof *place) % BUCKETS];
}

static bool place_equal(const struct channel_place *a, const struct channel_place *b)
{
	return resolver_address_equal(&a->resolver, &b->resolver) && a->stream == b->stream &&
	       memcmp(a->device, b->device, sizeof a->device) == 0;
}

static struct channel *find(const struct chain *bucket, const struct channel_place *place)
{
	struct channel *channel = LIST_FIRST(bucket);

	while (channel && !place_equal(&channel->place, place))
		channel = LIST_NEXT(channel, chain);
	return channel;
}

static bool is_old(const struct channel *channel, uint64_t now)
{
	return now - channel->opened > CHANNEL_SECONDS * NS_PER_SECOND;
}

static struct channel *channel_to(struct channels *channels, const struct channel_place *place)
{
	struct chain *bucket = bucket_of(channels, place);
	struct channel *channel = find(bucket, place);

	if (channel && is_old(channel, clock_boot())) {
		forget(channel);
		channel = NULL;
	}
	if (!channel && make_room(channels))
		channel = channel_new(channels, place, bucket);
	return channel;
}

static void schedule_tick(struct channels *channels)
{
	static const struct timeval tick = {.tv_usec = TICK_MS * 1000};

	if (channels->count && !evtimer_pending(channels->tick, NULL))
		evtimer_add(channels->tick, &tick);
}

/* While anything is open: what has timed out, and which channels are no longer needed? */
static void on_tick(int fd, short events, void *context)
{
	struct channels *channels = context;
	uint64_t now = clock_boot();

	(void)fd;
	(void)events;
	for (struct channel *channel = TAILQ_FIRST(&channels->used); channel; channel = channels->next) {
		channels->next = TAILQ_NEXT(channel, used);
		if (channel->queries)
			ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		else if (is_old(channel, now))
			channel_free(channel);
	}
	schedule_tick(channels);
}

/* --- Queries -------------------------------------------------------------------------------------------------------
 */

#define HEADER_SIZE 12
#define OPT_SIZE 11
#define QUERY_SIZE_MAX (HEADER_SIZE + DNS_NAME_MAX + 4 + OPT_SIZE)

/* Of the octets 2 and 3 of a header (RFC 1035 4.1.1, RFC 4035 3.1.6), and where it counts additional records. */
#define FLAG_TC 0x02
#define FLAG_RD 0x01
#define FLAG_AD 0x20
#define RCODE_MASK 0x0f
#define COUNT_AT 10

static uint16_t random_id(struct channels *channels)
{
	if (!channels->ids_left) {
		if (getrandom(channels->ids, sizeof channels->ids, 0) != sizeof channels->ids)
			abort(); /* cannot be for so few bytes (getrandom(2)) */
		channels->ids_left = sizeof channels->ids / sizeof *channels->ids;
	}
	return channels->ids[--channels->ids_left];
}

static uint8_t *put16(uint8_t *at, unsigned value)
{
	*at++ = (uint8_t)(value >> 8);
	*at++ = (uint8_t)value;
	return at;
}

/* Returns its size. By hand, for ares_create_query wants names as text that cannot say every octet. */
static size_t write_query(uint8_t data[QUERY_SIZE_MAX], uint16_t id, const struct query *query)
{
	uint8_t *at = data;

	at = put16(at, id);
	at = put16(at, FLAG_RD << 8 | (query->authenticated ? FLAG_AD : 0));
	at = put16(at, 1);
	at = put16(at, 0);
	at = put16(at, 0);
	at = put16(at, query->edns);
	memcpy(at, query->name.data, query->name.size);
	at = put16(at + query->name.size, query->type);
	at = put16(at, DNS_CLASS_IN);
	if (!query->edns)
		return (size_t)(at - data);
	*at++ = 0; /* OPT (RFC 6891 6.1.2): the root's name, type 41, our size, no flags, no options */
	at = put16(at, 41);
	at = put16(at, QUERY_UDP_SIZE);
	memset(at, 0, 6);
	return (size_t)(at + 6 - data);
}

/* c-ares itself asks once more without EDNS when it meets such a resolver first; its OPT is not there then. */
static bool is_plain(const struct query *query, struct bytes response)
{
	const uint8_t *data = response.data;

	return query->edns && (data[3] & RCODE_MASK) == DNS_FORMERR && !data[COUNT_AT] && !data[COUNT_AT + 1];
}

static enum query_end end_of(const struct query *query, int status, struct bytes response)
{
	if (status != ARES_SUCCESS)
		return query->channel->unsent ? QUERY_UNSENT : QUERY_SILENT;
	if (response.size < HEADER_SIZE)
		return QUERY_ANSWERED;
	if (is_plain(query, response))
		return QUERY_PLAIN;
	if (response.data[2] & FLAG_TC && !query->channel->place.stream)
		return QUERY_TRUNCATED;
	return QUERY_ANSWERED;
}

static void send_query(struct channel *channel, struct query *query);

/* Not from within itself: c-ares may end a query while it is sent. */
static void send_waiting(struct channel *channel)
{
	struct query *query;

	if (channel->sending)
		return;
	channel->sending = true;
	while (channel->queries < WINDOW && (query = TAILQ_FIRST(&channel->waiting))) {
		TAILQ_REMOVE(&channel->waiting, query, others);
		send_query(channel, query);
	}
	channel->sending = false;
}

/* Whoever waits for a resolver that answers nobody does not wait for longer. */
static void end_waiting(struct channel *channel)
{
	struct query_list waiting = TAILQ_HEAD_INITIALIZER(waiting);
	struct query *query;

	TAILQ_CONCAT(&waiting, &channel->waiting, others);
	while ((query = TAILQ_FIRST(&waiting))) {
		TAILQ_REMOVE(&waiting, query, others);
		query->done(query, QUERY_SILENT, (struct bytes){0});
	}
}

static void note_silence(struct channel *channel)
{
	channel->silent = clock_boot();
	if (channel->silent - channel->answered > QUERY_TIMEOUT_MS * (NS_PER_SECOND / 1000))
		end_waiting(channel);
}

static void note_answer(struct channel *channel)
{
	channel->silent = 0;
	channel->answered = clock_boot();
}

static void on_response(void *context, int status, int timeouts, unsigned char *data, int size)
{
	struct query *query = context;
	struct channel *channel = query->channel;
	struct bytes response = {data, data ? (size_t)size : 0};

	(void)timeouts;
	if (channel->channels->ending)
		return;
	enum query_end end = end_of(query, status, response);
	channel->plain |= end == QUERY_PLAIN;
	if (end == QUERY_SILENT)
		note_silence(channel);
	else if (end != QUERY_UNSENT)
		note_answer(channel);
	query->done(query, end, response);
	channel->queries--; /* not before: an idle channel may be closed */
	send_waiting(channel);
}

static void send_query(struct channel *channel, struct query *query)
{
	uint8_t data[QUERY_SIZE_MAX];

	query->edns = !channel->plain;
	size_t size = write_query(data, random_id(channel->channels), query);
	channel->queries++;
	ares_send(channel->ares, data, (int)size, on_response, query);
}

void channels_ask(struct channels *channels, const struct channel_place *place, struct query *query)
{
	struct channel *channel = channel_to(channels, place);

	if (!channel) {
		query->done(query, QUERY_UNSENT, (struct bytes){0});
		return;
	}
	TAILQ_REMOVE(&channels->used, channel, used);
	TAILQ_INSERT_TAIL(&channels->used, channel, used);
	schedule_tick(channels);
	query->channel = channel;
	TAILQ_INSERT_TAIL(&channel->waiting, query, others);
	send_waiting(channel);
}

bool channels_silent(struct channels *channels, const struct channel_place *place)
{
	const struct channel *channel = find(bucket_of(channels, place), place);

	return channel && channel->silent && clock_boot() - channel->silent < SILENT_SECONDS * NS_PER_SECOND;
}

/* --- All of them ---------------------------------------------------------------------------------------------------
 */

int channels_new(struct event_base *base, struct channels **ret)
{
	AUTO_FREE struct channels *channels = calloc(1, sizeof *channels);

	if (!channels)
		return -ENOMEM;
	channels->base = base;
	channels->key = hash_key_random();
	TAILQ_INIT(&channels->used);
	channels->tick = evtimer_new(base, on_tick, channels);
	if (!channels->tick)
		return -ENOMEM;
	if (ares_library_init(ARES_LIB_INIT_ALL)) {
		event_free(channels->tick);
		return -ENOMEM;
	}
	*ret = take(channels);
	return 0;
}

void channels_free(struct channels *channels)
{
	struct channel *channel;

	if (!channels)
		return;
	channels->ending = true;
	while ((channel = TAILQ_FIRST(&channels->used)))
		channel_free(channel);
	event_free(channels->tick);
	ares_library_cleanup();
	free(channels);
}
