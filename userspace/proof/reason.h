/* SPDX-License-Identifier: BSD-2-Clause */
/* How can a proof end, what follows from that, and what is to be done about it? */
#ifndef PROOF_REASON_H
#define PROOF_REASON_H

#include <stdbool.h>

/*
 * What an outcome says about the peer: that it is who it should be; that somebody is there and is not (the peer's state
 * `refused`); that it cannot be reached (`unreachable`); or nothing, since the trouble is ours.
 */
enum reason_class {
	REASON_CLASS_PROVEN,
	REASON_CLASS_REFUSED,
	REASON_CLASS_UNREACHABLE,
	REASON_CLASS_OURS,
};

/*
 * X(identifier, word, class, advice)
 *
 * The word is that of metrics and JSON. The advice follows "dots.example.net: expired: " and says what to do.
 */
#define PROOF_REASONS(X)                                                                                               \
	X(PROVEN, "proven", PROVEN, "the peer is who it should be")                                                    \
	X(WRONG_NAME, "wrong-name", REFUSED,                                                                           \
	  "its certificate is for somebody else: check the name that was told, or have the operator's certificate "    \
	  "carry it as subjectAltName (a common name alone does not count)")                                           \
	X(UNTRUSTED_NAME, "untrusted-name", REFUSED,                                                                   \
	  "its certificate is for a name that is not on the list of trusted names: add that name, or do not use it")   \
	X(EXPIRED, "expired", REFUSED,                                                                                 \
	  "a certificate of its chain has expired: its operator has to renew it; or this machine's clock is fast")     \
	X(NOT_YET_VALID, "not-yet-valid", REFUSED,                                                                     \
	  "a certificate of its chain is valid only later: look at this machine's clock first")                        \
	X(SELF_SIGNED, "self-signed", REFUSED,                                                                         \
	  "it vouches for itself: name its authority's certificate as `ca`, or do not use it")                         \
	X(UNKNOWN_CA, "unknown-ca", REFUSED,                                                                           \
	  "nobody that is trusted vouches for it: name its authority's certificate as `ca`; or its operator forgot "   \
	  "the intermediate one")                                                                                      \
	X(WRONG_PURPOSE, "wrong-purpose", REFUSED,                                                                     \
	  "its certificate is not made for TLS servers: its operator needs one with extended key usage serverAuth")    \
	X(REVOKED, "revoked", REFUSED,                                                                                 \
	  "its authority has revoked its certificate: do not use it until its operator has another")                   \
	X(REVOCATION_UNKNOWN, "revocation-unknown", REFUSED,                                                           \
	  "no revocation list in force covers it: renew the file that `crl` names, or leave `crl` out")                \
	X(TOO_WEAK, "too-weak", REFUSED,                                                                               \
	  "its keys or signatures can be forged (under 112 bits of security): its operator needs others")              \
	X(BAD_CERTIFICATE, "bad-certificate", REFUSED,                                                                 \
	  "its certificate breaks a rule of RFC 5280: its operator needs another")                                     \
	X(NO_SHARED_PARAMETERS, "no-shared-parameters", REFUSED,                                                       \
	  "it wants a version or cipher that is not safe any more: it has to offer (D)TLS 1.2 or later with ECDHE "    \
	  "and AEAD (RFC 9325)")                                                                                       \
	X(NO_COAP, "no-coap", REFUSED,                                                                                 \
	  "it speaks TLS, but not for DOTS: something else is on that port, or it is too old for ALPN")                \
	X(NOT_SERVED, "not-served", REFUSED,                                                                           \
	  "it says that it does not serve that name: check the name, or tell its operator")                            \
	X(REFUSED_US, "refused-us", REFUSED,                                                                           \
	  "it refuses our certificate: give the one its operator issued as `certificate` and `key`")                   \
	X(NOT_TLS, "not-tls", REFUSED, "what answers there does not speak (D)TLS: check port and transport")           \
	X(GARBLED, "garbled", REFUSED, "it begins to speak (D)TLS and then breaks its rules: tell its operator")       \
	X(FLOODED, "flooded", REFUSED, "it sent far more than a handshake takes: do not use it")                       \
	X(CLOSED, "closed", UNREACHABLE,                                                                               \
	  "it hung up during the handshake: it may be overloaded, or let in only those it knows")                      \
	X(STALLED, "stalled", UNREACHABLE,                                                                             \
	  "it began the handshake and did not end it in time: heavy loss, a path that drops large packets, or an "     \
	  "overloaded server")                                                                                         \
	X(SILENT, "silent", UNREACHABLE, "nothing came back: check address, port and transport, and filters between")  \
	X(PORT_CLOSED, "port-closed", UNREACHABLE, "the machine is there, but nothing listens on that port")           \
	X(UNREACHABLE, "unreachable", UNREACHABLE, "no way leads there: check routes, and the address family")         \
	X(NO_SOURCE_ADDRESS, "no-source-address", UNREACHABLE,                                                         \
	  "the device it was learnt on has no address of that family to ask from: give it one")                        \
	X(OVER_BUDGET, "over-budget", OURS,                                                                            \
	  "more new peers than the budget for an hour were told on that port: raise it if they are real")              \
	X(INTERNAL, "internal", OURS, "this machine could not try: out of memory or of sockets")

enum proof_reason {
#define X(id, word, class, advice) REASON_##id,
	PROOF_REASONS(X) REASON_COUNT
#undef X
};

const char *proof_reason_word(enum proof_reason reason);
const char *proof_reason_advice(enum proof_reason reason);
enum reason_class proof_reason_class(enum proof_reason reason);

/*
 * Must S-NAPTR go on to the next record? After whatever says that this peer will not do: it cannot be reached, or has
 * no credentials for the domain that was asked for (RFC 3958 2.2.4).
 */
bool proof_reason_backtracks(enum proof_reason reason);

#endif
