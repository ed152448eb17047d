/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A job for each peer, from the first who asks about it:
 *
 * 1. A stranger takes one from its port's budget; where none is left, it comes back after a pause.
 * 2. It waits for its turn (turns.h), and its handshake is made.
 * 3. The outcome is told to its askers, and says when it is due next: when the certificate expires, or after a pause.
 * 4. When it is due it waits for its turn again. When the certificate has expired that is told, whatever it waits for.
 *
 * A job that is due while nobody asks about it is gone; such jobs make room for new ones, too.
 */
#include "proof/prober.h"

#include <errno.h>
#include <openssl/rand.h>

#include "base/clock.h"
#include "proof/budget.h"
#include "proof/pause.h"
#include "proof/turns.h"

#define DEFAULT_IN_FLIGHT 1000
#define DEFAULT_PER_SECOND 200
#define DEFAULT_PER_DESTINATION 1
#define DEFAULT_STRANGERS 600
#define DEFAULT_PEERS 100000
#define DEFAULT_PAUSE_FIRST (30 * NS_PER_SECOND)
#define DEFAULT_PAUSE_MOST (3600 * NS_PER_SECOND)
#define DEFAULT_AGAIN (86400 * NS_PER_SECOND)

#define BUCKETS 16384

/* What makes a peer itself; without padding, so that equal keys are equal bytes. */
struct job_key {
	struct address address; /* unmapped */
	uint8_t transport, channel;
	uint8_t name_length;
	uint16_t port;
	char device[IF_NAMESIZE];
	char name[NAME_TEXT_SIZE];
} __attribute__((packed));

struct job;

struct asker {
	LIST_ENTRY(asker) others;
	struct job *job;
	char learnt_on[IF_NAMESIZE];
	prober_fn *callback;
	void *context;
};

LIST_HEAD(asker_list, asker);

struct job {
	LIST_ENTRY(job) others;
	TAILQ_ENTRY(job) left;
	bool is_left;      /* nobody asks about it, and it waits for nothing but its time */
	bool is_forgotten; /* it goes, if nobody has asked about it until then */
	struct job_key key;
	struct prober *prober;
	struct proof_target target;
	struct turn turn;
	struct event *timer;
	struct handshake *handshake;
	struct asker_list told, untold, bereft; /* bereft: to be told that the certificate has expired */
	bool known;                             /* its budget has been taken */
	bool has_outcome;                       /* proof is one */
	bool asked_anew;                        /* UDP, after TCP had won */
	unsigned failures;
	uint64_t due; /* when to try again */
	struct proof proof;
	SSL_SESSION *session; /* owned */
};

LIST_HEAD(job_list, job);
TAILQ_HEAD(job_queue, job);

struct prober {
	struct event_base *base;
	struct prober_options options;
	struct credentials *credentials;
	struct event *pump;
	struct steps *steps;
	struct turns turns;
	struct budget budget;
	struct hash_key hash;
	struct prober_stats stats;
	struct job_queue left; /* the one left longest ago first */
	struct job_list buckets[BUCKETS];
};

static const unsigned bounds[PROBER_BOUND_COUNT] = PROBER_BOUNDS_MS;

static uint32_t any(void)
{
	uint32_t number = 0;

	RAND_bytes((uint8_t *)&number, sizeof number);
	return number;
}

static void schedule(struct event *event, uint64_t moment)
{
	uint64_t now = clock_boot(), left = moment > now ? (moment - now) / 1000 + 1 : 0;
	struct timeval wait = {(time_t)(left / 1000000), (suseconds_t)(left % 1000000)};

	event_add(event, &wait);
}

/* A turn has ended, or somebody waits for one. */
static void look_for_turns(struct prober *prober)
{
	event_active(prober->pump, 0, 0);
}

/* --- Jobs --- */

static struct job_key key_of(const struct proof_target *target)
{
	struct job_key key = {
		.address = identity_unmapped(&target->address),
		.transport = (uint8_t)target->transport,
		.channel = (uint8_t)target->channel,
		.name_length = target->name.length,
		.port = target->port,
	};

	memcpy(key.device, target->device, strnlen(target->device, sizeof key.device - 1));
	memcpy(key.name, target->name.text, target->name.length);
	return key;
}

static struct job_list *bucket_of(struct prober *prober, const struct job_key *key)
{
	return &prober->buckets[hash_bytes(&prober->hash, key, sizeof *key) % BUCKETS];
}

static struct job *find(struct prober *prober, const struct job_key *key)
{
	struct job *job = LIST_FIRST(bucket_of(prober, key));

	while (job && memcmp(&job->key, key, sizeof *key) != 0)
		job = LIST_NEXT(job, others);
	return job;
}

static bool is_asked_about(const struct job *job)
{
	return !LIST_EMPTY(&job->told) || !LIST_EMPTY(&job->untold) || !LIST_EMPTY(&job->bereft);
}

static void set_left(struct job *job, bool left)
{
	if (left && !job->is_left)
		TAILQ_INSERT_TAIL(&job->prober->left, job, left);
	if (!left && job->is_left)
		TAILQ_REMOVE(&job->prober->left, job, left);
	job->is_left = left;
}

static void forget_session(struct job *job)
{
	SSL_SESSION_free(job->session);
	job->session = NULL;
}

static void free_askers(struct asker_list *list)
{
	struct asker *asker;

	while ((asker = LIST_FIRST(list))) {
		LIST_REMOVE(asker, others);
		free(asker);
	}
}

static void job_free(struct job *job)
{
	struct prober *prober = job->prober;

	handshake_cancel(job->handshake);
	turns_leave(&prober->turns, &job->turn);
	forget_session(job);
	free_askers(&job->told);
	free_askers(&job->untold);
	free_askers(&job->bereft);
	event_free(job->timer);
	set_left(job, false);
	LIST_REMOVE(job, others);
	prober->stats.peers--;
	free(job);
}

/* --- What comes of it --- */

/* Whoever is told may leave, or have others leave. */
static void tell(struct job *job)
{
	struct asker *asker;

	while (job->has_outcome && (asker = LIST_FIRST(&job->untold))) {
		LIST_REMOVE(asker, others);
		LIST_INSERT_HEAD(&job->told, asker, others);
		asker->callback(asker->context, &job->proof);
	}
}

static void tell_all(struct job *job)
{
	struct asker *asker;

	while ((asker = LIST_FIRST(&job->told))) {
		LIST_REMOVE(asker, others);
		LIST_INSERT_HEAD(&job->untold, asker, others);
	}
	tell(job);
}

/* Looked at again when it is due; who is not asked about is forgotten sooner. */
static void wait_until(struct job *job, uint64_t due)
{
	uint64_t linger = clock_boot() + PROBER_LINGER;

	set_left(job, !is_asked_about(job));
	job->due = job->is_left && due > linger ? linger : due;
	schedule(job->timer, job->due);
}

/* The same peer by the other transport, if anybody asks about that. */
static struct job *sibling(const struct job *job)
{
	struct job_key key = job->key;

	key.transport = key.transport == TRANSPORT_UDP ? TRANSPORT_TCP : TRANSPORT_UDP;
	return find(job->prober, &key);
}

static bool is_proven(const struct job *job)
{
	return job && job->has_outcome && job->proof.reason == REASON_PROVEN;
}

static bool is_ours(enum proof_reason reason)
{
	return proof_reason_class(reason) == REASON_CLASS_OURS;
}

static uint64_t first_pause(const struct job *job)
{
	const struct prober_options *options = &job->prober->options;

	return pause_after(1, options->pause_first, options->pause_most, any());
}

/* How long does a failure hold? */
static uint64_t hold_time(struct job *job)
{
	const struct prober_options *options = &job->prober->options;

	if (is_ours(job->proof.reason))
		return first_pause(job);
	if (job->key.transport == TRANSPORT_UDP && is_proven(sibling(job))) {
		uint64_t wait = job->asked_anew ? PROBER_UDP_EVERY : PROBER_UDP_FIRST;
		job->asked_anew = true;
		return wait + pause_jitter(wait, any()) / 10; /* never less */
	}
	return pause_after(job->failures, options->pause_first, options->pause_most, any());
}

/* TCP has won: UDP, if it has failed, is left in peace for some time, and leaves its place in the queue. */
static void hold_udp(struct job *tcp)
{
	struct job *udp = sibling(tcp);
	uint64_t soonest = clock_boot() + PROBER_UDP_FIRST;

	if (!udp || udp->key.transport != TRANSPORT_UDP || !udp->has_outcome || is_proven(udp) || udp->handshake ||
	    (udp->turn.state == TURN_NONE && udp->due > soonest))
		return;
	turns_leave(&udp->prober->turns, &udp->turn);
	udp->asked_anew = true;
	wait_until(udp, soonest);
}

static uint64_t due_of_proven(const struct job *job)
{
	uint64_t again = clock_boot() + pause_jitter(job->prober->options.again, any());

	return job->proof.expires < again ? job->proof.expires : again;
}

static void conclude(struct job *job)
{
	if (is_proven(job)) {
		job->failures = 0;
		job->asked_anew = false;
		wait_until(job, due_of_proven(job));
		hold_udp(job);
	} else {
		job->failures += !is_ours(job->proof.reason);
		wait_until(job, clock_boot() + hold_time(job));
	}
	tell_all(job);
}

/*
 * Trouble of our own says nothing about the peer: what is proven and has not expired stays so, without a word to
 * anybody, and is asked again after a pause.
 */
static bool keeps_proof(struct job *job, enum proof_reason reason)
{
	uint64_t again;

	if (!is_ours(reason) || !is_proven(job) || job->proof.expires <= clock_boot())
		return false;
	again = clock_boot() + first_pause(job);
	wait_until(job, job->proof.expires < again ? job->proof.expires : again);
	return true;
}

static void fail(struct job *job, enum proof_reason reason)
{
	job->prober->stats.outcomes[job->key.transport][reason]++;
	if (keeps_proof(job, reason))
		return;
	job->has_outcome = true;
	job->proof = (struct proof){.reason = reason, .expires = TABLE_NEVER};
	conclude(job);
}

static void count_time(struct prober_stats *stats, uint64_t time)
{
	size_t i = 0;

	while (i < PROBER_BOUND_COUNT && time > bounds[i] * 1000000ULL)
		i++;
	stats->times[i]++;
	stats->time_sum += time;
}

static void on_handshake(void *context, const struct proof *proof)
{
	struct job *job = context;
	struct prober *prober = job->prober;

	job->handshake = NULL;
	turns_leave(&prober->turns, &job->turn);
	look_for_turns(prober);
	prober->stats.outcomes[job->key.transport][proof->reason]++;
	if (keeps_proof(job, proof->reason))
		return;
	forget_session(job);
	job->session = proof->session;
	if (job->session)
		SSL_SESSION_up_ref(job->session);
	job->has_outcome = true;
	job->proof = *proof;
	job->proof.chain = NULL;
	job->proof.session = NULL;
	prober->stats.resumed += proof->resumed;
	if (proof->reason == REASON_PROVEN)
		count_time(&prober->stats, proof->duration);
	conclude(job);
}

/* --- Its turn --- */

static void start(struct job *job)
{
	struct prober *prober = job->prober;
	const struct handshake_options options = {
		.credentials = prober->credentials,
		.trust = &prober->options.trust,
		.session = job->session,
		.steps = prober->steps,
		.deadline = prober->options.deadline,
		.need_coap = prober->options.need_coap,
	};

	prober->stats.started++;
	if (prober->stats.most_in_flight < prober->turns.in_flight)
		prober->stats.most_in_flight = prober->turns.in_flight;
	job->handshake = handshake_start(prober->base, &job->target, &options, on_handshake, job);
	if (job->handshake)
		return;
	turns_leave(&prober->turns, &job->turn);
	fail(job, REASON_INTERNAL);
}

static struct job *job_of(struct turn *turn)
{
	return (struct job *)(void *)((char *)turn - offsetof(struct job, turn));
}

static void on_pump(evutil_socket_t fd, short events, void *context)
{
	struct prober *prober = context;
	struct turn *turn;
	uint64_t again;

	(void)fd;
	(void)events;
	if (steps_are_late(prober->steps)) {
		schedule(prober->pump, clock_boot() + STEPS_LATE / 4);
		return;
	}
	while ((turn = turns_next(&prober->turns, clock_boot(), &again)))
		start(job_of(turn));
	if (again != UINT64_MAX)
		schedule(prober->pump, again);
}

/* By the budget of any port on which somebody learnt of the peer. */
static bool is_paid(struct prober *prober, const struct asker_list *askers)
{
	const char *before = NULL;

	for (const struct asker *asker = LIST_FIRST(askers); asker; asker = LIST_NEXT(asker, others)) {
		if ((!before || strcmp(asker->learnt_on, before) != 0) &&
		    budget_take(&prober->budget, asker->learnt_on, clock_boot()))
			return true;
		before = asker->learnt_on;
	}
	return false;
}

/* A stranger, and one that was turned away, pass through the budget. */
static bool is_let_in(struct job *job)
{
	struct prober *prober = job->prober;

	if (!job->known)
		job->known = is_paid(prober, &job->untold) || is_paid(prober, &job->told);
	if (!job->known)
		prober->stats.over_budget++;
	return job->known;
}

static struct destination_key destination_of(const struct job *job)
{
	struct destination_key key = {
		.address = job->key.address,
		.transport = job->key.transport,
		.port = job->key.port,
	};

	memcpy(key.device, job->key.device, sizeof key.device);
	return key;
}

/* A proof that holds is watched while the job has other things to wait for. */
static void watch_expiry(struct job *job)
{
	if (is_proven(job) && job->proof.expires != TABLE_NEVER)
		schedule(job->timer, job->proof.expires);
}

static void wait_for_turn(struct job *job)
{
	const struct destination_key key = destination_of(job);
	struct prober *prober = job->prober;

	job->due = TABLE_NEVER;
	if (!is_let_in(job))
		fail(job, REASON_OVER_BUDGET);
	else if (turns_wait(&prober->turns, &job->turn, &key) < 0)
		fail(job, REASON_INTERNAL);
	else {
		watch_expiry(job);
		look_for_turns(prober);
	}
}

/*
 * The certificate that the peer was proven by has expired: no session of it may be resumed. That is told to those who
 * held the peer for proven; who asks from now on waits for what comes of asking it anew.
 */
static void expire(struct job *job)
{
	struct asker *asker;

	forget_session(job);
	job->proof.reason = REASON_EXPIRED;
	job->has_outcome = false;
	while ((asker = LIST_FIRST(&job->told))) {
		LIST_REMOVE(asker, others);
		LIST_INSERT_HEAD(&job->bereft, asker, others);
	}
	while ((asker = LIST_FIRST(&job->bereft))) {
		LIST_REMOVE(asker, others);
		LIST_INSERT_HEAD(&job->told, asker, others);
		asker->callback(asker->context, &job->proof);
	}
}

static bool is_idle(const struct job *job)
{
	return !job->handshake && job->turn.state == TURN_NONE;
}

/* Something is to be told, or to be done. */
static void on_timer(evutil_socket_t fd, short events, void *context)
{
	struct job *job = context;
	uint64_t now = clock_boot();

	(void)fd;
	(void)events;
	if (job->is_forgotten) {
		job_free(job);
		return;
	}
	if (is_proven(job) && job->proof.expires <= now)
		expire(job);
	tell(job);
	if (!is_idle(job)) {
		watch_expiry(job);
		return;
	}
	if (now < job->due) {
		schedule(job->timer, job->due);
		return;
	}
	if (!is_asked_about(job)) {
		job_free(job);
		return;
	}
	wait_for_turn(job);
}

/* --- Askers --- */

static bool is_target(const struct proof_target *target)
{
	struct identity identity;

	return target->address.family && target->port && target->transport < TRANSPORT_COUNT &&
	       !(target->channel == CHANNEL_DATA && target->transport == TRANSPORT_UDP) &&
	       identity_of_peer(&target->name, &target->address, &identity) == 0;
}

/* It goes by its own timer, since it may be the one whose asker is told at this moment. */
static bool make_room(struct prober *prober)
{
	struct job *job = TAILQ_FIRST(&prober->left);

	if (!job)
		return false;
	set_left(job, false);
	job->is_forgotten = true;
	event_active(job->timer, 0, 0);
	return true;
}

static int job_new(struct prober *prober, const struct proof_target *target, const struct job_key *key,
		   struct job **ret)
{
	struct job *job;

	if (prober->stats.peers >= prober->options.peers && !make_room(prober))
		return -ENOSPC;
	job = calloc(1, sizeof *job);
	if (!job)
		return -ENOMEM;
	job->timer = evtimer_new(prober->base, on_timer, job);
	if (!job->timer) {
		free(job);
		return -ENOMEM;
	}
	job->prober = prober;
	job->key = *key;
	job->target = *target;
	LIST_INSERT_HEAD(bucket_of(prober, key), job, others);
	prober->stats.peers++;
	*ret = job;
	return 0;
}

static bool is_turned_away(const struct job *job)
{
	return is_idle(job) && job->has_outcome && job->proof.reason == REASON_OVER_BUDGET;
}

int prober_ask(struct prober *prober, const struct proof_target *target, prober_fn *callback, void *context,
	       struct asker **ret)
{
	struct job_key key = key_of(target);
	struct asker *asker;
	struct job *job;
	int result = 0;

	if (!is_target(target))
		return -EINVAL;
	asker = calloc(1, sizeof *asker);
	if (!asker)
		return -ENOMEM;
	job = find(prober, &key);
	prober->stats.shared += job != NULL;
	if (!job)
		result = job_new(prober, target, &key, &job);
	if (result) {
		free(asker);
		return result;
	}
	*asker = (struct asker){.job = job, .callback = callback, .context = context};
	memcpy(asker->learnt_on, target->learnt_on, sizeof asker->learnt_on);
	LIST_INSERT_HEAD(&job->untold, asker, others);
	set_left(job, false);
	job->is_forgotten = false;
	if (is_turned_away(job)) /* its port may have something left */
		wait_until(job, clock_boot());
	event_active(job->timer, 0, 0);
	*ret = asker;
	return 0;
}

void prober_retry(struct asker *asker)
{
	struct job *job = asker->job;

	if (is_idle(job) && job->has_outcome && !is_proven(job))
		wait_until(job, clock_boot());
}

void prober_leave(struct asker *asker)
{
	struct job *job;

	if (!asker)
		return;
	job = asker->job;
	LIST_REMOVE(asker, others);
	free(asker);
	if (is_asked_about(job) || job->handshake)
		return;
	if (job->turn.state == TURN_WAITING) {
		turns_leave(&job->prober->turns, &job->turn);
		job->due = 0;
	}
	wait_until(job, job->due);
}

/* --- The prober --- */

static void set_default(unsigned *value, unsigned otherwise)
{
	if (!*value)
		*value = otherwise;
}

static void set_default_time(uint64_t *value, uint64_t otherwise)
{
	if (!*value)
		*value = otherwise;
}

void prober_limit(struct prober *prober, const struct prober_options *given)
{
	struct prober_options options = *given;

	set_default(&options.in_flight, DEFAULT_IN_FLIGHT);
	set_default(&options.per_second, DEFAULT_PER_SECOND);
	set_default(&options.per_destination, DEFAULT_PER_DESTINATION);
	set_default(&options.strangers, DEFAULT_STRANGERS);
	set_default(&options.peers, DEFAULT_PEERS);
	set_default_time(&options.pause_first, DEFAULT_PAUSE_FIRST);
	set_default_time(&options.pause_most, DEFAULT_PAUSE_MOST);
	set_default_time(&options.again, DEFAULT_AGAIN);
	prober->options = options;
	prober->budget.per_hour = options.strangers;
	prober->turns.limits = (struct turns_limits){options.in_flight, options.per_second, options.per_destination};
}

int prober_new(struct event_base *base, const struct prober_options *options, struct credentials *credentials,
	       struct prober **ret)
{
	struct prober *prober = calloc(1, sizeof *prober);

	if (!prober)
		return -ENOMEM;
	prober->pump = evtimer_new(base, on_pump, prober);
	prober->steps = steps_new(base);
	if (!prober->pump || !prober->steps) {
		if (prober->pump)
			event_free(prober->pump);
		steps_free(prober->steps);
		free(prober);
		return -ENOMEM;
	}
	prober->base = base;
	prober->credentials = credentials;
	prober->hash = hash_key_random();
	turns_init(&prober->turns, &(struct turns_limits){0});
	TAILQ_INIT(&prober->left);
	prober_limit(prober, options);
	*ret = prober;
	return 0;
}

static void for_each(struct prober *prober, void (*function)(struct job *job))
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct job *job = LIST_FIRST(&prober->buckets[i]);
		while (job) {
			struct job *next = LIST_NEXT(job, others);
			function(job);
			job = next;
		}
	}
}

void prober_free(struct prober *prober)
{
	if (!prober)
		return;
	for_each(prober, job_free);
	event_free(prober->pump);
	steps_free(prober->steps);
	credentials_free(prober->credentials);
	budget_clear(&prober->budget);
	free(prober);
}

static void begin_anew(struct job *job)
{
	handshake_cancel(job->handshake);
	job->handshake = NULL;
	turns_leave(&job->prober->turns, &job->turn);
	forget_session(job);
	job->has_outcome = false;
	job->asked_anew = false;
	job->failures = 0;
	wait_until(job, clock_boot());
}

bool prober_has(const struct prober *prober, const struct credentials *credentials)
{
	return credentials_equal(prober->credentials, credentials);
}

void prober_configure(struct prober *prober, const struct prober_options *options, struct credentials *credentials)
{
	prober_limit(prober, options);
	if (credentials) {
		credentials_free(prober->credentials);
		prober->credentials = credentials;
	}
	for_each(prober, begin_anew);
}

void prober_stats(const struct prober *prober, struct prober_stats *ret)
{
	const struct job *job;

	*ret = prober->stats;
	ret->waiting = prober->turns.waiting;
	ret->in_flight = prober->turns.in_flight;
	ret->soonest_expiry = TABLE_NEVER;
	for (size_t i = 0; i < BUCKETS; i++)
		for (job = LIST_FIRST(&prober->buckets[i]); job; job = LIST_NEXT(job, others))
			if (is_proven(job) && is_asked_about(job) && job->proof.expires < ret->soonest_expiry)
				ret->soonest_expiry = job->proof.expires;
}
