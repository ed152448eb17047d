/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/intake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "dhcp/circuit.h"

/* More than the ring has room for of records, which are 160 bytes at least; a power of two. */
#define PENDING_MAX (1U << 18)

/* Replies settled between two looks into the ring. */
#define SETTLE_AT_ONCE 4096

/* Bindings of which it is asked at once when their replies were repeated. */
#define ASK_AT_ONCE 8192

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
	intake->first =
		--intake->count ? (intake->first + 1) & (PENDING_MAX - 1) : 0; /* touches no more than it needs */
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

int intake_drain(struct intake *intake)
{
	if (intake->store && store_is_busy(intake->store)) {
		fastpath_wait(intake->fastpath);
		return 0;
	}
	int count = fastpath_drain(intake->fastpath);
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

void intake_record(void *context, struct bytes record)
{
	static struct dhcp_message message; /* too large for the stack; the agent has one thread */
	struct intake *intake = context;
	char circuit[CIRCUIT_TEXT_SIZE];
	int result = message_decode(record, &message);

	if (result) {
		log_error("record-refused size=%zu error=\"%s\"", record.size, strerror(-result));
		return;
	}
	const struct ds_record *head = message.record;
	const char *seen = port_name(intake, &head->seen);
	const char *asked = head->asked.ifindex ? port_name(intake, &head->asked) : NULL;
	struct table_update update = {
		.message = &message,
		.circuit = circuit,
		.located = circuit_of(&message, asked, seen, circuit),
		.port = seen,
		.access = asked ? asked : seen,
		.frozen = intake->frozen,
		.time = head->time,
	};

	result = table_update(intake->table, &update);
	if (update.left_key)
		fastpath_unsettle(intake->fastpath, update.left_key);
	decide(intake, &message, &update, result);
	tell(&update, result);
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

int intake_open(struct intake *intake, struct fastpath *fastpath, struct table *table, struct store *store)
{
	*intake = (struct intake){
		.fastpath = fastpath,
		.table = table,
		.store = store,
		.observer = {.binding = on_change, .context = intake},
		.pending = calloc(PENDING_MAX, sizeof *intake->pending),
	};
	if (!intake->pending)
		return -ENOMEM;
	if (!store || store_is_new(store))
		fastpath_unsettle_all(fastpath); /* what an earlier agent held, this one has to hear again */
	table_observe(table, &intake->observer);
	table_ask_repeated(table, intake_repeated, intake);
	return 0;
}

void intake_close(struct intake *intake)
{
	if (intake->table)
		table_unobserve(intake->table, &intake->observer);
	free(intake->pending);
}
