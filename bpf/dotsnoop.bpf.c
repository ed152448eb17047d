/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The fast path. Every frame that comes in on a watched port takes these steps, and most leave at the first:
 *
 *   1 frame     Ethernet, IP, UDP: not DHCP, out at once             frame.h
 *   2 policy    a server's message where no server may be: rogue     policy.h
 *   3 walk      options of interest are copied into a record         dhcp4.h dhcp6.h
 *               the circuit where the client asked is looked up      clients.h
 *   4 ring      the record goes to the agent                         record-out.h
 *
 * Whatever happens, the frame is counted once (count.h), and passed: only `enforce` drops, and only what is rogue.
 */
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <xdp/xdp_helpers.h>

#include "clients.h"
#include "count.h"
#include "dhcp4.h"
#include "dhcp6.h"
#include "frame.h"
#include "maps.h"
#include "policy.h"
#include "record-out.h"

/* The message into scratch, once: every later step reads it there, within bounds that do not depend on the packet. */
static __always_inline bool message_load(struct xdp_md *ctx, const struct frame *frame, struct scratch *s)
{
	__u32 length = frame->message_length;

	s->copied = s->type = s->flags = 0;
	s->end = length;
	/* Masked as well as compared: Linux 6.1 does not narrow the helper's size by comparing alone. */
	if (length == 0 || length >= DS_MESSAGE_MAX)
		return false;
	return bpf_xdp_load_bytes(ctx, frame->message, s->message, ((length - 1) & MESSAGE_MASK) + 1) == 0;
}

/* A client's message: note where it asked, if subscribers are here. */
static __always_inline enum ds_reason request(const struct ds_port *port, const struct ds_client_key *key,
					      const struct ds_circuit *here)
{
	if (port->role == DS_ROLE_ACCESS)
		clients_note(key, here);
	return DS_REASON_dhcp_request;
}

static __always_inline enum ds_reason dhcp4(const struct ds_port *port, const struct frame *frame, struct scratch *s)
{
	struct ds_record *record = &s->record;
	struct ds_bootp *bootp = &record->v4;
	struct ds_client_key key = {.family = DS_FAMILY_V4};

	if (!dhcp4_plausible(s))
		return DS_REASON_dhcp_malformed;
	__builtin_memcpy(bootp, s->message, sizeof *bootp);

	bool reply = bootp->op == DHCP4_REPLY;
	enum ds_side side =
		bootp->giaddr && (!reply || frame->to == PORT_DHCP4_SERVER) ? DS_SIDE_RELAY : DS_SIDE_CLIENT;

	dhcp4_walk(s, reply);
	if (!s->type)
		return DS_REASON_dhcp_malformed;
	count_message(DS_FAMILY_V4, side, s->type);

	__builtin_memcpy(key.client, bootp->chaddr, sizeof key.client);
	key.xid = bootp->xid;
	if (!reply)
		return request(port, &key, &record->seen);
	if (policy_is_rogue(port))
		return DS_REASON_rogue;
	if (!dhcp4_binds(s->type))
		return DS_REASON_dhcp_other;

	clients_find(&key, &record->asked);
	record_frame(record, frame);
	return record_send(s, DS_FAMILY_V4, side);
}

static __always_inline enum ds_reason dhcp6(const struct ds_port *port, const struct frame *frame, struct scratch *s)
{
	struct ds_record *record = &s->record;
	struct ds_client_key key = {.family = DS_FAMILY_V6};

	if (s->end < DHCP6_OPTIONS)
		return DS_REASON_dhcp_malformed;

	__u32 type = s->type = s->message[0];
	bool relayed = type == DHCP6_RELAY_FORWARD || type == DHCP6_RELAY_REPLY;
	count_message(DS_FAMILY_V6, relayed ? DS_SIDE_RELAY : DS_SIDE_CLIENT, type);

	if (dhcp6_from_server(type) && policy_is_rogue(port))
		return DS_REASON_rogue;
	if (relayed)
		return DS_REASON_dhcp_other;

	__builtin_memset(&record->v6, 0, sizeof record->v6);
	record->v6.type = type;
	__builtin_memcpy(record->v6.xid, &s->message[1], sizeof record->v6.xid);
	__builtin_memcpy((__u8 *)&key.xid + 1, &s->message[1], sizeof record->v6.xid);

	record_frame(record, frame);
	if (!dhcp6_from_server(type)) {
		__builtin_memcpy(key.client, record->source, sizeof key.client);
		return request(port, &key, &record->seen);
	}
	if (!dhcp6_binds(type))
		return DS_REASON_dhcp_other;

	__builtin_memcpy(key.client, record->destination, sizeof key.client);
	clients_find(&key, &record->asked);
	dhcp6_walk(s);
	return record_send(s, DS_FAMILY_V6, DS_SIDE_CLIENT);
}

/* Steps 2 to 4, out of line: what is not DHCP shall not carry their weight in registers and stack. */
static __noinline int snoop(struct xdp_md *ctx, const struct frame *frame)
{
	__u32 zero = 0;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &zero);
	const struct ds_port *port = policy_port();
	enum ds_reason reason;

	if (!s || !port || !frame)
		return XDP_PASS;

	__builtin_memset(&s->record.seen, 0, sizeof s->record.seen);
	s->record.seen.ifindex = port->ifindex;

	if (!message_load(ctx, frame, s))
		reason = frame->message_length ? DS_REASON_dhcp_oversized : DS_REASON_dhcp_malformed;
	else if (frame->ip4)
		reason = dhcp4(port, frame, s);
	else
		reason = dhcp6(port, frame, s);
	count_frame(reason);
	return policy_verdict(port, reason);
}

struct {
	__uint(priority, 10);
	__uint(XDP_PASS, 1);
} XDP_RUN_CONFIG(dotsnoop_xdp);

SEC("xdp")
int dotsnoop_xdp(struct xdp_md *ctx)
{
	struct frame frame = {};
	int reason = frame_parse((void *)(long)ctx->data, (void *)(long)ctx->data_end, &frame);

	if (reason == FRAME_IS_DHCP)
		return snoop(ctx, &frame);
	count_frame(reason);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
