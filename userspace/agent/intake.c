/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/intake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "dhcp/circuit.h"

/* More than the ring has room for of records, which are 160 bytes at least; a power of two. */
#define PENDING_MAX (1U << 18)

/* Of those the memory is kept when none is pending any more: what a storm needed is given back. */
#define PENDING_KEPT (1U << 13)

/* Replies settled between two looks into the ring. */
#define SETTLE_AT_ONCE 4096

/* Bindings of which it is asked at once when their replies were repeated. */
#define ASK_AT_ONCE 8192

/* A record that was read. */
struct arrival {
	struct dhcp_message message;
	struct table_update update;
	char circuit[CIRCUIT_TEXT_SIZE];
};

/* A reply on which a binding stands, but which may be lost yet. */
struct pending {
	struct settling reply;
	uint64_t mark;
	uint32_t binding;
};

/* A port that has gone since is named by nothing but its number. */
static const char *port_name(const struct intake *intake, const struct ds_circuit *circuit)
{
	const char *name = fastpath_port_name(intake->fastpath, circuit->ifindex);

	return name ? name : "gone";
}

/* --- Settling --- */

static struct pending *pending_at(const struct intake *intake, size_t i)
{
	return &intake->pending[(intake->first + i) & (PENDING_MAX - 1)];
}

/* Where there is no room it comes up again. */
static void remember(struct intake *intake, const struct ds_record *record, uint32_t binding, bool again)
{
	if (intake->count == PENDING_MAX)
		return;
	*pending_at(intake, intake->count++) =
		(struct pending){.reply = {record->settle_key, record->digest, again}, .binding = binding};
	intake->unmarked++;
}

/* Their records have all been handed out now. */
static void mark_pending(struct intake *intake, uint64_t mark)
{
	for (; intake->unmarked; intake->unmarked--)
		pending_at(intake, intake->count - intake->unmarked)->mark = mark;
}

static void forget_first(struct intake *intake)
{
	intake->first = (intake->first + 1) & (PENDING_MAX - 1);
	if (--intake->count)
		return;
	if (intake->first > PENDING_KEPT)
		madvise(intake->pending, PENDING_MAX * sizeof *intake->pending, MADV_DONTNEED);
	intake->first = 0; /* touches no more than it needs */
}

/* All zero for those in memory alone. */
static const struct ds_holder *holder_of(const struct store *store)
{
	static const struct ds_holder nobody;

	return store ? store_holder(store) : &nobody;
}

/* Returns how many are settled, or left out since their binding has left them; 0: there is nothing more to do. */
static size_t settle_some(struct intake *intake)
{
	static struct settling replies[SETTLE_AT_ONCE]; /* too large for the stack; the agent has one thread */
	size_t seen = 0, count = 0;

	for (; seen < SETTLE_AT_ONCE && intake->count && pending_at(intake, 0)->mark <= intake->safe; seen++) {
		const struct pending *pending = pending_at(intake, 0);
		if (table_stands_on(intake->table, pending->binding, pending->reply.key, pending->reply.digest))
			replies[count++] = pending->reply;
		forget_first(intake);
	}
	fastpath_settle_by(intake->fastpath, holder_of(intake->store));
	fastpath_settle(intake->fastpath, replies, count);
	return seen;
}

/*
 * While records wait, a newer one of the same client may be among them: what is settled then could silence the reply
 * that comes after that one. So this is done with an empty ring alone. Where records come on and on, it is empty often.
 */
static void settle(struct intake *intake)
{
	struct ring_state ring;

	do {
		fastpath_ring_state(intake->fastpath, &ring);
	} while (!ring.unread && settle_some(intake));
}

/* They are in memory alone: the kernel must not keep to itself what nobody would know after a crash. */
static void give_up(struct intake *intake, uint64_t mark)
{
	while (intake->count && pending_at(intake, 0)->mark <= mark) {
		fastpath_unsettle(intake->fastpath, pending_at(intake, 0)->reply.key);
		forget_first(intake);
	}
}

void intake_committed(void *context, uint64_t mark, bool safe)
{
	struct intake *intake = context;

	if (!safe)
		give_up(intake, mark);
	intake->safe = mark;
	fastpath_consume(intake->fastpath, mark);
}

/* --- Records --- */

/*
 * What the table holds now may stay in the kernel, once it is safe; what it could not take, or nobody can place, has to
 * come up again.
 */
static void decide(struct intake *intake, const struct dhcp_message *message, const struct table_update *update,
		   int result)
{
	const struct ds_record *record = message->record;
	bool placed = fastpath_port_name(intake->fastpath, record->seen.ifindex) &&
		      (!record->asked.ifindex || fastpath_port_name(intake->fastpath, record->asked.ifindex));

	if (!record->settle_key || result == TABLE_ASIDE)
		return;
	if (result >= 0 && placed)
		remember(intake, record, update->binding, result == TABLE_AGAIN);
	else
		fastpath_unsettle(intake->fastpath, record->settle_key);
}

static void tell(const struct table_update *update, int result)
{
	if (*update->moved_from)
		log_warning("binding-moved from=%s to=%s meaning=\"a client appears elsewhere: a subscriber who moved, "
			    "or somebody who takes another's address\"",
			    update->moved_from, update->circuit);
	if (result == -ENOSPC)
		log_warning("binding-refused circuit=%s meaning=\"a limit is reached: new clients are not watched; see "
			    "limits in the configuration and bindings_refused_total\"",
			    update->circuit);
	else if (result < 0)
		log_error("table-update-failed circuit=%s error=\"%s\"", update->circuit, strerror(-result));
}

static void take(struct intake *intake, struct arrival *arrival)
{
	struct table_update *update = &arrival->update;
	int result = table_update(intake->table, update);

	if (update->left_key)
		fastpath_unsettle(intake->fastpath, update->left_key);
	decide(intake, &arrival->message, update, result);
	tell(update, result);
}

static void take_waiting(struct intake *intake)
{
	if (intake->waiting)
		take(intake, intake->waiting);
	intake->waiting = NULL;
}

/* Returns false for what is no record. */
static bool read_record(const struct intake *intake, struct bytes record, struct arrival *ret)
{
	int result = message_decode(record, &ret->message);

	if (result) {
		log_error("record-refused size=%zu error=\"%s\"", record.size, strerror(-result));
		return false;
	}
	const struct ds_record *head = ret->message.record;
	const char *seen = port_name(intake, &head->seen);
	const char *asked = head->asked.ifindex ? port_name(intake, &head->asked) : NULL;
	ret->update = (struct table_update){
		.message = &ret->message,
		.circuit = ret->circuit,
		.located = circuit_of(&ret->message, asked, seen, ret->circuit),
		.port = seen,
		.access = asked ? asked : seen,
		.frozen = intake->frozen,
		.time = head->time,
	};
	return true;
}

/* Each waits for the next one, or for the end of the drain: while that is read, what it needs comes from memory. */
void intake_record(void *context, struct bytes record)
{
	struct intake *intake = context;
	struct arrival *arrival = &intake->arrivals[intake->waiting == &intake->arrivals[0]];

	if (!read_record(intake, record, arrival))
		return;
	table_look_ahead(intake->table, &arrival->update);
	take_waiting(intake);
	intake->waiting = arrival;
}

int intake_drain(struct intake *intake)
{
	if (intake->store && store_is_busy(intake->store)) {
		fastpath_wait(intake->fastpath);
		return 0;
	}
	int count = fastpath_drain(intake->fastpath);
	take_waiting(intake);
	uint64_t mark = fastpath_mark(intake->fastpath);
	if (count > 0) {
		mark_pending(intake, mark);
		if (intake->store)
			store_mark(intake->store, mark);
		else
			intake_committed(intake, mark, true);
	}
	settle(intake);
	return count;
}

/* --- With the table --- */

uint64_t intake_repeated(void *context, uint64_t settle_key, uint64_t digest)
{
	const struct intake *intake = context;
	uint64_t time = fastpath_repeated(intake->fastpath, settle_key, digest);

	if (intake->unsettling)
		fastpath_unsettle(intake->fastpath, settle_key);
	return time;
}

void intake_forgotten(void *context, uint64_t settle_key)
{
	const struct intake *intake = context;

	fastpath_unsettle(intake->fastpath, settle_key);
}

void intake_unsettle_all(struct intake *intake)
{
	uint32_t cursor = 0;

	intake->unsettling = true; /* one by one, so that none is repeated in between */
	while (table_ask_all(intake->table, &cursor, ASK_AT_ONCE))
		continue;
	intake->unsettling = false;
	fastpath_unsettle_all(intake->fastpath);
}

static void on_change(void *context, enum binding_change change, const struct binding *binding, const char *why)
{
	const struct intake *intake = context;
	struct binding_view view;

	(void)why;
	if (change != BINDING_ENDED)
		return;
	table_view(intake->table, binding, &view);
	if (view.settle_key)
		fastpath_unsettle(intake->fastpath, view.settle_key);
}

/* Is what an earlier agent settled in this store, too? Not in another one, nor in one that a backup put back. */
static bool has_settled(const struct store *store, const struct fastpath *fastpath)
{
	const struct ds_holder *holder = holder_of(store);
	struct ds_holder was;

	fastpath_settled_by(fastpath, &was);
	return store && !store_is_new(store) && holder->device == was.device && holder->file == was.file &&
	       holder->transaction >= was.transaction;
}

int intake_open(struct intake *intake, struct fastpath *fastpath, struct table *table, struct store *store)
{
	*intake = (struct intake){
		.fastpath = fastpath,
		.table = table,
		.store = store,
		.observer = {.binding = on_change, .context = intake},
		.pending = mmap(NULL, PENDING_MAX * sizeof *intake->pending, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
		.arrivals = calloc(2, sizeof *intake->arrivals),
	};
	if (intake->pending == MAP_FAILED)
		intake->pending = NULL;
	if (!intake->pending || !intake->arrivals)
		return -ENOMEM;
	if (!has_settled(store, fastpath))
		fastpath_unsettle_all(fastpath); /* this one has to hear it again */
	table_observe(table, &intake->observer);
	table_ask_repeated(table, intake_repeated, intake);
	return 0;
}

void intake_close(struct intake *intake)
{
	if (intake->table)
		table_unobserve(intake->table, &intake->observer);
	if (intake->pending)
		munmap(intake->pending, PENDING_MAX * sizeof *intake->pending);
	free(intake->arrivals);
}
