/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The fast path. Every frame that comes in on a watched port, and what the gateway itself sends there, takes these
 * steps, and most leave at the first:
 *
 *   1 frame     Ethernet, tags, PPPoE, IP, UDP: not DHCP, out at once     frame.h
 *   2 policy    over the port's rate: flood; a server's message where
 *               no server may be, or of one that is not listed: rogue     policy.h
 *   3 settled   a reply says what the agent holds already: counted        settled.h
 *   4 walk      options of interest are copied into a record              dhcp4.h dhcp6.h
 *               the circuit where the client asked is looked up           clients.h
 *   5 ring      the record goes to the agent                              record-out.h
 *
 * Whatever happens, the frame is counted once (count.h) and passed: only `enforce` drops, and only what policy refuses.
 * What goes out is never refused, and counted if it is DHCP.
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
#include "settled.h"

/* The message into scratch, once: every later step reads it there, within bounds that do not depend on the packet. */
static __always_inline bool message_load(const struct context *context, const struct frame *frame, struct scratch *s)
{
	__u32 length = frame->message_length;

	s->copied = s->type = s->flags = s->overload = s->list_count = s->requested = 0;
	s->length = length;
	/* Masked as well as compared: Linux 6.1 does not narrow the helper's size by comparing alone. */
	if (length == 0 || length >= DS_MESSAGE_MAX)
		return false;
	if (context_load(context, frame->message, s->message, ((length - 1) & MESSAGE_MASK) + 1))
		return false;
	settled_pad(s);
	return true;
}

/* Where was it asked? Requests that come in from subscribers tell. */
static __always_inline bool is_asked_here(const struct ds_port *port, const struct ds_record *record)
{
	return port->role == DS_ROLE_ACCESS && record->direction == DS_INGRESS;
}

/*
 * A client's message. Where it asked is noted, if subscribers are here; what it gives back, the agent hears of. The
 * gateway's own relay repeats only what came in.
 */
static __always_inline enum ds_reason request(const struct ds_port *port, const struct ds_client_key *key,
					      struct scratch *s, const struct frame *frame, enum ds_side side,
					      bool binds)
{
	bool here = is_asked_here(port, &s->record);
	bool noted = !here || clients_note(key, &s->record.seen, s->requested);

	if (!binds || s->record.direction == DS_EGRESS)
		return noted ? DS_REASON_dhcp_request : DS_REASON_dhcp_unnoted;
	if (here)
		s->record.asked = s->record.seen;
	else
		__builtin_memset(&s->record.asked, 0, sizeof s->record.asked);
	s->record.requested = 0;
	record_frame(&s->record, frame);
	return record_send(s, key->family, side);
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

	__builtin_memcpy(key.client, bootp->chaddr, sizeof key.client);
	key.xid = bootp->xid;

	bool believed = reply && policy_believes(port, frame, record->direction);
	if (believed) {
		clients_find(&key, record);
		record_frame(record, frame);
		dhcp4_forget(s);
		if (settled_is(&key)) {
			count_message(DS_FAMILY_V4, side, DHCP4_ACK);
			return DS_REASON_settled;
		}
	}
	dhcp4_walk();
	if (!s->type)
		return DS_REASON_dhcp_malformed;
	count_message(DS_FAMILY_V4, side, s->type);
	if (!reply)
		return request(port, &key, s, frame, side, dhcp4_binds(false, s->type));
	if (!believed)
		return DS_REASON_rogue;
	return dhcp4_binds(true, s->type) ? record_send(s, DS_FAMILY_V4, side) : DS_REASON_dhcp_other;
}

static __always_inline enum ds_reason dhcp6(const struct ds_port *port, const struct frame *frame, struct scratch *s)
{
	struct ds_record *record = &s->record;
	struct ds_client_key key = {.family = DS_FAMILY_V6};
	__u32 outer = s->message[0];

	if (s->length < DHCP6_OPTIONS)
		return DS_REASON_dhcp_malformed;
	if ((dhcp6_from_server(outer) || policy_to_client(frame)) && !policy_believes(port, frame, record->direction))
		return DS_REASON_rogue;

	__builtin_memset(&record->v6, 0, sizeof record->v6);
	if (!dhcp6_descend())
		return s->type == DHCP6_RELAY_REPLY && s->relays == DHCP6_RELAYS_MAX ? DS_REASON_relay_deep
										     : DS_REASON_dhcp_malformed;
	enum ds_side side = outer == DHCP6_RELAY_FORWARD || s->relays ? DS_SIDE_RELAY : DS_SIDE_CLIENT;
	count_message(DS_FAMILY_V6, side, s->type);
	if (outer == DHCP6_RELAY_FORWARD)
		return DS_REASON_dhcp_other;

	const __u8 *message = &s->message[s->at & MESSAGE_MASK];
	record->v6.type = s->type;
	record->v6.relays = s->relays;
	__builtin_memcpy(record->v6.xid, message + 1, sizeof record->v6.xid);
	__builtin_memcpy((__u8 *)&key.xid + 1, message + 1, sizeof record->v6.xid);

	record_frame(record, frame);
	bool binds = dhcp6_binds(s->type);
	if (!dhcp6_from_server(s->type)) {
		__builtin_memcpy(key.client, record->source, sizeof key.client);
		dhcp6_walk();
		return request(port, &key, s, frame, side, binds);
	}
	if (!binds)
		return DS_REASON_dhcp_other;

	/* Behind a relay the client's own address is the innermost relay's peer. */
	__builtin_memcpy(key.client, s->relays ? record->v6.peer_address : record->destination, sizeof key.client);
	clients_find(&key, record);
	dhcp6_forget(s);
	if (settled_is(&key))
		return DS_REASON_settled;
	dhcp6_walk();
	return record_send(s, DS_FAMILY_V6, side);
}

/* The circuit on which the frame is. */
static __always_inline void place(const struct context *context, const struct ds_port *port, const struct frame *frame,
				  struct ds_circuit *here)
{
	__u16 outer;

	*here = (struct ds_circuit){
		.ifindex = port->ifindex,
		.tags = {frame->tags[0], frame->tags[1], frame->tags[2]},
		.pppoe = frame->pppoe,
		.tag_count = frame->tag_count,
	};
	if (context_tag(context, &outer)) { /* around those that are in the frame */
		here->tags[2] = here->tags[1];
		here->tags[1] = here->tags[0];
		here->tags[0] = outer & VLAN_ID_MASK;
		if (here->tag_count < DS_TAGS_MAX)
			here->tag_count++;
	}
}

static __always_inline enum ds_reason snoop(const struct context *context, const struct ds_port *port,
					    enum ds_direction direction)
{
	struct scratch *s = scratch_get();
	struct frame frame = {};
	bool judged = direction == DS_INGRESS;

	if (!s || frame_parse(context, &frame) != FRAME_IS_DHCP)
		return DS_REASON_dhcp_malformed; /* cannot be: both were there a moment ago */
	/* Whatever is on its way to a client is a server's, even where it cannot be read. */
	bool is_rogue = judged && policy_is_rogue(port) && policy_to_client(&frame);
	if (frame.fragment)
		return is_rogue ? DS_REASON_rogue : DS_REASON_fragment_first;
	if (judged && policy_is_flooded(port))
		return DS_REASON_flood;

	place(context, port, &frame, &s->record.seen);
	s->record.direction = direction;
	s->record.settle_key = s->record.digest = 0;
	if (!message_load(context, &frame, s))
		return !frame.message_length ? DS_REASON_dhcp_malformed
		       : is_rogue            ? DS_REASON_rogue
					     : DS_REASON_dhcp_oversized;
	return frame.ip4 ? dhcp4(port, &frame, s) : dhcp6(port, &frame, s);
}

/* --- What comes in --- */

/* What may be DHCP, or has to be judged; out of line, so that what is neither does not carry its weight. */
static __noinline int judge(struct xdp_md *xdp, int left)
{
	struct context context = context_of(xdp);
	const struct ds_port *port = policy_port();

	if (!port)
		return XDP_PASS;
	enum ds_reason reason = left == FRAME_IS_DHCP ? snoop(&context, port, DS_INGRESS) : REASON_OF(left);
	count_frame(DS_INGRESS, reason);
	return policy_verdict(port, reason);
}

/* The kernel knows bench_drop when it loads the program, and leaves the way that is not taken out of it. */
static __always_inline int leave(int action)
{
	return bench_drop && action == XDP_PASS ? XDP_DROP : action;
}

struct {
	__uint(priority, 10);
	__uint(XDP_PASS, 1);
} XDP_RUN_CONFIG(dotsnoop_xdp);

/* With frags, so that devices with jumbo frames take it: only headers have to be in the part that is seen directly. */
SEC("xdp.frags")
int dotsnoop_xdp(struct xdp_md *xdp)
{
	struct context context = context_of(xdp);
	int left = frame_parse(&context, NULL);

	if (left == FRAME_IS_DHCP || policy_judges(REASON_OF(left)))
		return leave(judge(xdp, left));
	count_frame(DS_INGRESS, REASON_OF(left));
	return leave(XDP_PASS);
}

/* --- What the gateway itself sends --- */

#define TC_NEXT -1      /* TC_ACT_UNSPEC, and TCX_NEXT: whatever else hangs there has its turn */
#define HEADERS_MAX 256 /* bytes that are worth being made directly visible, of a packet in pieces */

/* Did the parser meet the end of what is visible? */
static __always_inline bool is_cut(enum ds_reason reason)
{
	return reason == DS_REASON_frame_short || reason == DS_REASON_ip_malformed ||
	       reason == DS_REASON_udp_malformed || reason == DS_REASON_chain_cut;
}

static __noinline int glance(struct __sk_buff *skb)
{
	struct context context = context_of_skb(skb);

	return frame_parse(&context, NULL);
}

static __noinline int listen(struct __sk_buff *skb)
{
	struct context context = context_of_skb(skb);
	const struct ds_port *port = policy_port();

	if (port)
		count_frame(DS_EGRESS, snoop(&context, port, DS_EGRESS));
	return TC_NEXT;
}

/*
 * What is only forwarded was seen where it came in, and judged there. Scratch is safe from XDP: neither interrupts the
 * other on one CPU.
 */
SEC("tc")
int dotsnoop_tc(struct __sk_buff *skb)
{
	if (skb->ingress_ifindex)
		return TC_NEXT;

	int left = glance(skb);
	__u32 visible = (void *)(long)skb->data_end - (void *)(long)skb->data;
	if (left != FRAME_IS_DHCP && is_cut(REASON_OF(left)) && visible < HEADERS_MAX && visible < skb->len) {
		bpf_skb_pull_data(skb, skb->len < HEADERS_MAX ? skb->len : HEADERS_MAX);
		left = glance(skb);
	}
	return left == FRAME_IS_DHCP ? listen(skb) : TC_NEXT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
