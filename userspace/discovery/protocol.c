/* SPDX-License-Identifier: BSD-2-Clause */
/* By which words is a protocol found, and what is it then? (RFC 8973 6, 7, 9.1, 9.4) */
#include "discovery/protocol.h"

#include <stddef.h>

const char *const service_tags[SERVICE_COUNT] = {
	[SERVICE_DOTS] = "DOTS",
	[SERVICE_CALL_HOME] = "DOTS-CALL-HOME",
};

static const struct protocol_terms terms[SERVICE_COUNT][PROTOCOL_COUNT] = {
	[SERVICE_DOTS] =
		{
			[PROTOCOL_SIGNAL_UDP] = {"_dots-signal", "_udp", PORT_SIGNAL, CHANNEL_SIGNAL},
			[PROTOCOL_SIGNAL_TCP] = {"_dots-signal", "_tcp", PORT_SIGNAL, CHANNEL_SIGNAL},
			[PROTOCOL_DATA_TCP] = {"_dots-data", "_tcp", PORT_DATA, CHANNEL_DATA},
		},
	[SERVICE_CALL_HOME] =
		{
			[PROTOCOL_SIGNAL_UDP] = {"_dots-call-home", "_udp", PORT_CALL_HOME, CHANNEL_CALL_HOME},
			[PROTOCOL_SIGNAL_TCP] = {"_dots-call-home", "_tcp", PORT_CALL_HOME, CHANNEL_CALL_HOME},
		},
};

static const struct {
	const char *tag;
	enum peer_transport transport;
} protocols[PROTOCOL_COUNT] = {
	[PROTOCOL_SIGNAL_UDP] = {"signal.udp", TRANSPORT_UDP},
	[PROTOCOL_SIGNAL_TCP] = {"signal.tcp", TRANSPORT_TCP},
	[PROTOCOL_DATA_TCP] = {"data.tcp", TRANSPORT_TCP},
};

const struct protocol_terms *protocol_terms(enum service service, enum protocol protocol)
{
	return terms[service][protocol].label ? &terms[service][protocol] : NULL;
}

const char *protocol_word(enum protocol protocol)
{
	return protocols[protocol].tag;
}

enum peer_channel protocol_channel(enum service service, enum protocol protocol)
{
	return terms[service][protocol].channel;
}

enum peer_transport protocol_transport(enum protocol protocol)
{
	return protocols[protocol].transport;
}
