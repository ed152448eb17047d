/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does Prometheus read? Every metric is a line of the table below: its name, type, help, and either the function
 * that writes its samples or the one number it has.
 *
 * Labels are bounded by configuration and by word tables: never an address, a name, a client or a VLAN tag.
 */
#include "serve/metrics.h"

#include <inttypes.h>

#include "base/text.h"

struct metric {
	const char *name; /* without the prefix */
	const char *type;
	const char *help;
	void (*write)(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot);
	size_t offset;         /* write_number: of the number in a snapshot */
	enum ds_reason reason; /* write_reason: the one that is counted */
};

#define PREFIX "dotsnoop_"

/* --- Samples --- */

/* A label's value: printable ASCII, with backslash and quote escaped; any other octet as \DDD, which then is escaped
 * too. */
static void write_value(struct evbuffer *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			evbuffer_add_printf(out, "\\%c", *value);
		else if (*value >= ' ' && *value <= '~')
			evbuffer_add(out, value, 1);
		else
			evbuffer_add_printf(out, "\\\\%03u", (unsigned char)*value);
	}
}

struct label {
	const char *name, *value;
};

/* Labels of a sample, which may be NULL: none. */
#define LABELS(...) ((const struct label[]){__VA_ARGS__, {0}})

static void write_series(struct evbuffer *out, const char *name, const char *suffix, const struct label *labels)
{
	char before = '{';

	evbuffer_add_printf(out, PREFIX "%s%s", name, suffix);
	for (; labels && labels->name; labels++) {
		evbuffer_add_printf(out, "%c%s=\"", before, labels->name);
		write_value(out, labels->value);
		evbuffer_add(out, "\"", 1);
		before = ',';
	}
	evbuffer_add_printf(out, "%s ", before == ',' ? "}" : "");
}

static void write_sample(struct evbuffer *out, const char *name, const struct label *labels, uint64_t value)
{
	write_series(out, name, "", labels);
	evbuffer_add_printf(out, "%" PRIu64 "\n", value);
}

/* The bounds are one fewer than the buckets, which are not cumulated: the last has none. */
static void write_histogram(struct evbuffer *out, const char *name, const double *bounds, const uint64_t *buckets,
			    size_t bucket_count, double sum)
{
	uint64_t count = 0;

	for (size_t i = 0; i < bucket_count; i++) {
		char bound[32] = "+Inf";
		if (i + 1 < bucket_count)
			snprintf(bound, sizeof bound, "%g", bounds[i]);
		count += buckets[i];
		write_series(out, name, "_bucket", LABELS({"le", bound}));
		evbuffer_add_printf(out, "%" PRIu64 "\n", count);
	}
	evbuffer_add_printf(out, PREFIX "%s_sum %.9g\n", name, sum);
	evbuffer_add_printf(out, PREFIX "%s_count %" PRIu64 "\n", name, count);
}

/* --- Collectors --- */

static const char *const family_words[SNAPSHOT_FAMILY_COUNT] = {"4", "6"};
static const char *const side_words[DS_SIDE_COUNT] = {"client", "relay"};

static void write_number(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	write_sample(out, metric->name, NULL, *(const uint64_t *)((const char *)snapshot + metric->offset));
}

static void write_build(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	write_sample(out, metric->name, LABELS({"version", snapshot->version}), 1);
}

static void write_frames_of(struct evbuffer *out, const char *name, const struct port *port,
			    const uint64_t frames[DS_REASON_COUNT])
{
	for (unsigned reason = 0; reason < DS_REASON_COUNT; reason++)
		write_sample(out, name, LABELS({"interface", port->key.name}, {"reason", reason_word(reason)}),
			     frames[reason]);
}

static void write_frames(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->port_count; i++)
		write_frames_of(out, metric->name, &snapshot->ports[i].port, snapshot->ports[i].frames);
}

static void write_sent(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->port_count; i++)
		write_frames_of(out, metric->name, &snapshot->ports[i].port, snapshot->ports[i].sent);
}

static void write_reason(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->port_count; i++) {
		const struct snapshot_port *port = &snapshot->ports[i];
		write_sample(out, metric->name, LABELS({"interface", port->port.key.name}),
			     port->frames[metric->reason] + port->sent[metric->reason]);
	}
}

static void write_type(struct evbuffer *out, const char *name, const struct snapshot_port *port, unsigned family,
		       unsigned side, const char *type, uint64_t count)
{
	write_sample(out, name,
		     LABELS({"interface", port->port.key.name}, {"family", family_words[family]}, {"type", type},
			    {"side", side_words[side]}),
		     count);
}

/* Message types that have a name get a series each; the others share one. */
static void write_types(struct evbuffer *out, const char *name, const struct snapshot_port *port, unsigned family,
			unsigned side)
{
	const uint64_t *counts = port->messages[family][side];
	uint64_t unknown = 0;

	for (unsigned type = 0; type < DS_TYPES_MAX; type++) {
		const char *word = message_type_word((uint8_t)family_number(family), (uint8_t)type);
		if (strcmp(word, "unknown") == 0)
			unknown += counts[type];
		else
			write_type(out, name, port, family, side, word, counts[type]);
	}
	write_type(out, name, port, family, side, "unknown", unknown);
}

static void write_messages(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->port_count; i++)
		for (unsigned family = 0; family < SNAPSHOT_FAMILY_COUNT; family++)
			for (unsigned side = 0; side < DS_SIDE_COUNT; side++)
				write_types(out, metric->name, &snapshot->ports[i], family, side);
}

static void write_attached(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->port_count; i++) {
		const struct port *port = &snapshot->ports[i].port;
		for (unsigned mode = 0; mode < ATTACH_MODE_COUNT; mode++)
			write_sample(out, metric->name,
				     LABELS({"interface", port->key.name}, {"mode", attach_mode_word(mode)}),
				     port->attached == mode);
	}
}

static void write_egress(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->port_count; i++) {
		const struct port *port = &snapshot->ports[i].port;
		for (unsigned mode = 0; mode < EGRESS_MODE_COUNT; mode++)
			write_sample(out, metric->name,
				     LABELS({"interface", port->key.name}, {"mode", egress_mode_word(mode)}),
				     port->egress == mode);
	}
}

static void write_stripping(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->port_count; i++) {
		const struct port *port = &snapshot->ports[i].port;
		write_sample(out, metric->name, LABELS({"interface", port->key.name}), port->stripping);
	}
}

static void write_bindings(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->bindings_count; i++) {
		const struct snapshot_bindings *bindings = &snapshot->bindings_by_port[i];
		for (unsigned family = 0; family < SNAPSHOT_FAMILY_COUNT; family++)
			write_sample(out, metric->name,
				     LABELS({"interface", bindings->port}, {"family", family_words[family]}),
				     bindings->count[family]);
	}
}

static void write_counted(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->counted_count; i++)
		write_sample(out, metric->name, LABELS({"interface", snapshot->counted[i].name}),
			     snapshot->counted[i].bindings);
}

static void write_refused(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	write_sample(out, metric->name, LABELS({"reason", "limit"}), snapshot->table.refused_limit);
	write_sample(out, metric->name, LABELS({"reason", "port"}), snapshot->table.refused_port);
	write_sample(out, metric->name, LABELS({"reason", "offer"}), snapshot->table.refused_offer);
}

static void write_changes(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (unsigned change = 0; change < BINDING_CHANGE_COUNT; change++)
		write_sample(out, metric->name, LABELS({"change", binding_change_word(change)}),
			     snapshot->table.changes[change]);
}

static void write_discards(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (unsigned reason = 0; reason < DISCARD_COUNT; reason++)
		write_sample(out, metric->name, LABELS({"reason", discard_word(reason)}),
			     snapshot->table.discards[reason]);
}

static void write_peers(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (unsigned family = 0; family < SNAPSHOT_FAMILY_COUNT; family++)
		for (unsigned state = 0; state < PEER_STATE_COUNT; state++)
			write_sample(out, metric->name,
				     LABELS({"family", family_words[family]}, {"state", peer_state_word(state)}),
				     snapshot->peers_by_state[family][state]);
}

/* The names of an offer are always resolved; other methods show once they have been used. */
static bool was_used(const struct discovery_stats *stats, unsigned method)
{
	uint64_t sum = method == METHOD_DHCP;

	for (unsigned result = 0; result < RESOLUTION_RESULT_COUNT; result++)
		sum += stats->results[method][result];
	return sum;
}

static void write_resolutions(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (unsigned method = 0; method < METHOD_COUNT; method++) {
		if (!was_used(&snapshot->discovery, method))
			continue;
		for (unsigned result = 0; result < RESOLUTION_RESULT_COUNT; result++)
			write_sample(out, metric->name,
				     LABELS({"method", peer_method_word(method)},
					    {"result", resolution_result_word(result)}),
				     snapshot->discovery.results[method][result]);
	}
}

/* An offer that is withdrawn from a binding is a step down from DHCP, for that binding. */
static void write_downgrades(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (unsigned method = 0; method < METHOD_COUNT; method++)
		write_sample(out, metric->name, LABELS({"method", peer_method_word((enum peer_method)method)}),
			     snapshot->discovery.downgrades[method] +
				     (method == METHOD_DHCP ? snapshot->table.withdrawn : 0));
}

static void write_durations(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	static const double bounds[] = RESOLUTION_BUCKETS;
	const struct discovery_stats *stats = &snapshot->discovery;

	_Static_assert(sizeof bounds / sizeof *bounds + 1 == RESOLUTION_BUCKET_COUNT, "a bound a bucket, but the last");
	write_histogram(out, metric->name, bounds, stats->buckets, RESOLUTION_BUCKET_COUNT, stats->duration_sum);
}

/* --- Proofs --- */

static void write_outcomes(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (unsigned transport = 0; transport < TRANSPORT_COUNT; transport++)
		for (unsigned reason = 0; reason < REASON_COUNT; reason++)
			write_sample(out, metric->name,
				     LABELS({"transport", peer_transport_word((enum peer_transport)transport)},
					    {"result", proof_reason_word((enum proof_reason)reason)}),
				     snapshot->proofs.prober.outcomes[transport][reason]);
}

static void write_proof_durations(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	static const unsigned milliseconds[PROBER_BOUND_COUNT] = PROBER_BOUNDS_MS;
	const struct prober_stats *stats = &snapshot->proofs.prober;
	double bounds[PROBER_BOUND_COUNT];

	for (size_t i = 0; i < PROBER_BOUND_COUNT; i++)
		bounds[i] = milliseconds[i] / 1e3;
	write_histogram(out, metric->name, bounds, stats->times, PROBER_BOUND_COUNT + 1, (double)stats->time_sum / 1e9);
}

static void write_certificate(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	if (snapshot->proofs.any_certificate)
		write_sample(out, metric->name, NULL, snapshot->proofs.certificate_left);
}

static void write_in_flight(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	write_sample(out, metric->name, NULL, snapshot->proofs.prober.in_flight);
}

static void write_waiting(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	write_sample(out, metric->name, NULL, snapshot->proofs.prober.waiting);
}

/* Other reasons do not lead to the next record. */
static void write_backtracks(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (unsigned reason = 0; reason < REASON_COUNT; reason++)
		if (proof_reason_backtracks((enum proof_reason)reason))
			write_sample(out, metric->name,
				     LABELS({"reason", proof_reason_word((enum proof_reason)reason)}),
				     snapshot->proofs.contests.backtracks[reason]);
}

/* --- The store --- */

/* What is switched off is neither up nor down. */
static void write_store_up(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	if (snapshot->store.state != STORE_NONE)
		write_sample(out, metric->name, NULL, snapshot->store.state == STORE_CURRENT);
}

static void write_store_state(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	for (unsigned state = 0; state < STORE_STATE_COUNT; state++)
		write_sample(out, metric->name, LABELS({"state", store_state_word((enum store_state)state)}),
			     snapshot->store.state == state);
}

static void write_commit_durations(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	static const double bounds[] = STORE_COMMIT_BUCKETS;
	const struct store_stats *stats = &snapshot->store;

	_Static_assert(sizeof bounds / sizeof *bounds + 1 == STORE_COMMIT_BUCKET_COUNT,
		       "a bound a bucket, but the last");
	write_histogram(out, metric->name, bounds, stats->buckets, STORE_COMMIT_BUCKET_COUNT, stats->duration_sum);
}

static void write_restored(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	const struct store_stats *stats = &snapshot->store;

	write_sample(out, metric->name, LABELS({"result", "restored"}), stats->restored);
	write_sample(out, metric->name, LABELS({"result", "expired"}), stats->expired);
	write_sample(out, metric->name, LABELS({"result", "refused"}), stats->refused);
}

static void write_pending(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	write_sample(out, metric->name, NULL, snapshot->store.pending);
}

static void write_size(struct evbuffer *out, const struct metric *metric, const struct snapshot *snapshot)
{
	write_sample(out, metric->name, NULL, snapshot->store.size);
}

/* --- The table --- */

#define NUMBER(field) .write = write_number, .offset = offsetof(struct snapshot, field)
#define REASON(id) .write = write_reason, .reason = DS_REASON_##id

static const struct metric metrics[] = {
	{"build_info", "gauge", "The version that runs; always 1.", .write = write_build},
	{"uptime_seconds", "gauge", "Seconds since the agent started.", NUMBER(uptime)},
	{"xdp_attached", "gauge", "How the port's program is attached: 1 for the mode that holds.",
	 .write = write_attached},
	{"egress_attached", "gauge",
	 "How the program for what the gateway itself sends is attached: 1 for the mode that holds.",
	 .write = write_egress},
	{"vlan_stripping", "gauge",
	 "1 where the device takes VLAN tags off before XDP sees them, and cannot be told not to.",
	 .write = write_stripping},
	{"frames_total", "counter", "Frames that came in, each under exactly one reason.", .write = write_frames},
	{"egress_frames_total", "counter", "DHCP that the gateway itself sent, each under exactly one reason.",
	 .write = write_sent},
	{"dhcp_messages_total", "counter", "DHCP messages seen.", .write = write_messages},
	{"rogue_messages_total", "counter", "Server messages on access ports.", REASON(rogue)},
	{"ring_records_total", "counter", "Records handed to the agent.", NUMBER(ring_records)},
	{"settled_total", "counter", "Replies that said what the agent held already: counted, not handed up.",
	 NUMBER(settled)},
	{"ring_lost_total", "counter", "Records lost because the ring was full.", REASON(lost)},
	{"ring_size_bytes", "gauge", "Size of the ring.", NUMBER(ring_size)},
	{"ring_used_bytes", "gauge", "Bytes in the ring that the agent has not consumed yet.", NUMBER(ring_used)},
	{"discards_total", "counter", "Names, addresses and options that were thrown away.", .write = write_discards},
	{"bindings", "gauge", "Bindings, by the port on which their server is reached.", .write = write_bindings},
	{"port_bindings", "gauge",
	 "Bindings as limits.bindings-per-port counts them: by the port where the client is, or, where that is not "
	 "known, the one on which its server is reached.",
	 .write = write_counted},
	{"binding_changes_total", "counter",
	 "Changes of bindings. A client is moved when its lease goes to another circuit: where subscribers stay at "
	 "their "
	 "lines, many of these are a sign of somebody who asks in the name of others.",
	 .write = write_changes},
	{"bindings_refused_total", "counter",
	 "Replies that could not be held: by limits.bindings (limit), limits.bindings-per-port (port), or "
	 "limits.offers "
	 "(offer), where a client that has a binding keeps it as it was.",
	 .write = write_refused},
	{"circuits", "gauge", "Circuits with at least one binding.", NUMBER(circuits)},
	{"offers", "gauge", "Different offers that clients were told.", NUMBER(offers)},
	{"peersets", "gauge",
	 "Different combinations of port, family, offer, resolvers and domains: each is discovered once, and "
	 "limits.offers is how many there may be.",
	 NUMBER(peersets)},
	{"peers", "gauge", "Different peers, however many clients were told of them.", .write = write_peers},
	{"downgrades_total", "counter", "How often a method of discovery went away that had given the peers.",
	 .write = write_downgrades},
	{"untrusted_names_total", "counter", "Names told by DHCP that are not on the list of trusted names.",
	 NUMBER(discovery.untrusted)},
	{"searches_running", "gauge", "Searches of discovery that run now, at most 512.",
	 NUMBER(discovery.searches_running)},
	{"searches_waiting", "gauge", "Searches of discovery that wait for others to end.",
	 NUMBER(discovery.searches_waiting)},
	{"resolutions_total", "counter", "Resolutions of names, by how they ended.", .write = write_resolutions},
	{"resolution_duration_seconds", "histogram", "How long resolutions took.", .write = write_durations},
	{"proofs_total", "counter", "Proofs of peers by (D)TLS, by how they ended.", .write = write_outcomes},
	{"proof_duration_seconds", "histogram", "How long handshakes took that proved a peer.",
	 .write = write_proof_durations},
	{"proofs_started_total", "counter", "Handshakes begun.", NUMBER(proofs.prober.started)},
	{"proofs_resumed_total", "counter", "Handshakes that resumed an earlier session.",
	 NUMBER(proofs.prober.resumed)},
	{"proofs_shared_total", "counter", "Times that a peer was to be proven and another's proof served.",
	 NUMBER(proofs.prober.shared)},
	{"proofs_over_budget_total", "counter",
	 "Times that a new peer was not contacted, since proof.new-peers-per-hour was used up on its device.",
	 NUMBER(proofs.prober.over_budget)},
	{"proofs_in_flight", "gauge", "Handshakes that are under way.", .write = write_in_flight},
	{"proofs_waiting", "gauge", "Handshakes that wait for their turn.", .write = write_waiting},
	{"peer_certificate_expiry_seconds", "gauge",
	 "Seconds until the first certificate of a proven peer expires; no sample where none does.",
	 .write = write_certificate},
	{"snaptr_backtrack_total", "counter",
	 "Peers found by S-NAPTR that were left for those of the next record, by why; reasons are those of "
	 "proofs_total.",
	 .write = write_backtracks},
	{"store_up", "gauge", "1 while the store holds what the table does, 0 while it is behind or is being restored.",
	 .write = write_store_up},
	{"store_state", "gauge", "How the store stands: 1 for the state that holds.", .write = write_store_state},
	{"store_commits_total", "counter", "Transactions that are on disk.", NUMBER(store.commits)},
	{"store_commit_failures_total", "counter", "Transactions that could not be written.", NUMBER(store.failures)},
	{"store_commit_duration_seconds", "histogram", "How long it took until a transaction was on disk.",
	 .write = write_commit_durations},
	{"store_pending_bytes", "gauge", "Bytes that wait to be written.", .write = write_pending},
	{"store_size_bytes", "gauge", "Bytes in use on disk.", .write = write_size},
	{"store_restored_bindings_total", "counter",
	 "Bindings found when the store was opened: restored, expired by then, or refused.", .write = write_restored},
};

void metrics_write(struct evbuffer *out, const struct snapshot *snapshot)
{
	for (const struct metric *metric = metrics; metric < metrics + sizeof metrics / sizeof *metrics; metric++) {
		evbuffer_add_printf(out, "# HELP " PREFIX "%s %s\n", metric->name, metric->help);
		evbuffer_add_printf(out, "# TYPE " PREFIX "%s %s\n", metric->name, metric->type);
		metric->write(out, metric, snapshot);
	}
}
