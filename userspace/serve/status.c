/* SPDX-License-Identifier: BSD-2-Clause */
/* How does the agent stand? */
#include "serve/status.h"

#include "serve/json.h"

const char *role_word(enum ds_role role)
{
	return role == DS_ROLE_ACCESS ? "access" : "uplink";
}

const char *mode_word(enum ds_mode mode)
{
	return mode == DS_MODE_ENFORCE ? "enforce" : "observe";
}

/* What tells ports apart, without their counters. */
static json_t *port_head(const struct port *port)
{
	return json_pack("{s:o, s:I, s:s, s:s, s:s, s:b, s:s, s:b}", "name", json_plain(port->key.name), "ifindex",
			 (json_int_t)port->key.ifindex, "role", role_word(port->key.role), "mode",
			 mode_word(port->key.mode), "attached", attach_mode_word(port->attached), "dispatcher",
			 port->dispatcher, "egress", egress_mode_word(port->egress), "vlan_stripping", port->stripping);
}

static json_t *ports(const struct snapshot *snapshot)
{
	json_t *array = json_array();

	for (size_t i = 0; i < snapshot->port_count; i++)
		json_array_append_new(array, port_head(&snapshot->ports[i].port));
	return array;
}

static json_t *ring(const struct snapshot *snapshot)
{
	return json_pack("{s:I, s:I, s:I}", "size", (json_int_t)snapshot->ring_size, "used",
			 (json_int_t)snapshot->ring_used, "lost", (json_int_t)snapshot->ring_lost);
}

static json_t *tables(const struct snapshot *snapshot)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "bindings", (json_int_t)snapshot->bindings, "circuits",
			 (json_int_t)snapshot->circuits, "offers", (json_int_t)snapshot->offers, "peersets",
			 (json_int_t)snapshot->peersets, "peers", (json_int_t)snapshot->peers);
}

static json_t *store(const struct store_stats *stats)
{
	if (stats->state == STORE_NONE)
		return json_pack("{s:s}", "state", store_state_word(stats->state));
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "state", store_state_word(stats->state), "commits",
			 (json_int_t)stats->commits, "failures", (json_int_t)stats->failures, "pending",
			 (json_int_t)stats->pending, "size", (json_int_t)stats->size, "restored",
			 (json_int_t)stats->restored, "expired", (json_int_t)stats->expired, "refused",
			 (json_int_t)stats->refused);
}

static json_t *proofs(const struct snapshot *snapshot)
{
	const struct prober_stats *stats = &snapshot->proofs.prober;

	if (!snapshot->proofs.enabled)
		return json_pack("{s:b}", "enabled", false);
	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I}", "enabled", true, "in_flight", (json_int_t)stats->in_flight,
			 "waiting", (json_int_t)stats->waiting, "proven",
			 (json_int_t)snapshot_peers_in(snapshot, PEER_PROVEN), "refused",
			 (json_int_t)snapshot_peers_in(snapshot, PEER_REFUSED), "unreachable",
			 (json_int_t)snapshot_peers_in(snapshot, PEER_UNREACHABLE));
}

json_t *status_json(const struct snapshot *snapshot)
{
	return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "version", snapshot->version, "uptime",
			 (json_int_t)snapshot->uptime, "ports", ports(snapshot), "ring", ring(snapshot), "tables",
			 tables(snapshot), "proofs", proofs(snapshot), "store", store(&snapshot->store));
}

static json_t *frames(const struct snapshot_port *port)
{
	json_t *object = json_object();

	for (unsigned reason = 0; reason < DS_REASON_COUNT; reason++)
		json_object_set_new(object, reason_word(reason), json_integer((json_int_t)port->frames[reason]));
	return object;
}

/* A type without a name is told by its number. */
static json_t *message(enum snapshot_family family, unsigned side, unsigned type, uint64_t count)
{
	const char *word = message_type_word((uint8_t)family_number(family), (uint8_t)type);
	json_t *object =
		json_pack("{s:i, s:s, s:s, s:I}", "family", (int)family_number(family), "side",
			  side == DS_SIDE_RELAY ? "relay" : "client", "type", word, "count", (json_int_t)count);

	if (strcmp(word, "unknown") == 0)
		json_object_set_new(object, "number", json_integer(type));
	return object;
}

static json_t *messages(const struct snapshot_port *port)
{
	json_t *array = json_array();

	for (unsigned family = 0; family < SNAPSHOT_FAMILY_COUNT; family++) {
		for (unsigned side = 0; side < DS_SIDE_COUNT; side++) {
			for (unsigned type = 0; type < DS_TYPES_MAX; type++) {
				uint64_t count = port->messages[family][side][type];
				if (count)
					json_array_append_new(array, message(family, side, type, count));
			}
		}
	}
	return array;
}

json_t *port_json(const struct snapshot_port *port)
{
	json_t *object = port_head(&port->port);

	json_object_set_new(object, "frames", frames(port));
	json_object_set_new(object, "messages", messages(port));
	return object;
}
