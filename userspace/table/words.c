/* SPDX-License-Identifier: BSD-2-Clause */
/* What are states, methods, channels, transports and changes called? The words of the tables in table.h. */
#include "table/table.h"

#define X(id, word) word,

const char *peer_state_word(enum peer_state state)
{
	static const char *const words[] = {PEER_STATES(X)};
	return words[state];
}

const char *peer_method_word(enum peer_method method)
{
	static const char *const words[] = {PEER_METHODS(X)};
	return words[method];
}

const char *peer_channel_word(enum peer_channel channel)
{
	static const char *const words[] = {PEER_CHANNELS(X)};
	return words[channel];
}

const char *peer_transport_word(enum peer_transport transport)
{
	static const char *const words[] = {PEER_TRANSPORTS(X)};
	return words[transport];
}

const char *binding_change_word(enum binding_change change)
{
	static const char *const words[] = {BINDING_CHANGES(X)};
	return words[change];
}

#undef X
