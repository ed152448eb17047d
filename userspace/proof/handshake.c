/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One handshake, in phases:
 *
 * 1. connect   TCP alone: until the connection stands.
 * 2. shake     The (D)TLS handshake. The certificate is judged when it comes, so that a peer that is refused is told
 * so.
 * 3. settle    TLS 1.3 alone: for us the handshake ends before the peer has looked at our certificate, and before it
 * has sent a session's ticket. Whatever it sends next, or a short while without, says that it agrees.
 *
 * Each phase runs until it would block, and returns how the proof ended, or GOES_ON. What was proven is looked at once
 * more at the end: a session that was resumed has shown no certificate.
 */
#include "proof/handshake.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "proof/fault.h"
#include "proof/source.h"
#include "proof/wire.h"

#define GOES_ON REASON_COUNT

/* RFC 9132 7.3: where the path's MTU is unknown, 1280 octets, of which IP and UDP take theirs. */
#define PATH_MTU 1280
#define UDP_HEADER 8
#define IPV4_HEADER 20
#define IPV6_HEADER 40

/* RFC 6347 4.2.4.1 allows less than a second where time matters: a probe is small, and has ten seconds against loss. */
#define RETRANSMIT_FIRST_US 400000
#define RETRANSMIT_MOST_US 2000000

/* How long the peer has to object after the end of a TLS 1.3 handshake: longer if it wanted to know who we are. */
#define SETTLE (NS_PER_SECOND / 4)
#define SETTLE_ASKED (2 * NS_PER_SECOND)

#define CENTURY (100ULL * 366 * 86400) /* seconds */

struct handshake;
typedef enum proof_reason phase_fn(struct handshake *handshake);

struct handshake {
	struct proof_target target;
	struct identity identity;
	struct identity_trust trust;
	bool need_coap;
	handshake_fn *callback;
	void *context;
	struct event *readable, *writable, *timer;
	struct steps *steps;
	struct step step;
	uint64_t began, deadline, settled; /* CLOCK_BOOTTIME */
	phase_fn *phase;
	enum proof_reason early; /* why it ended before it began */
	bool wants_write;
	struct wire wire;
	SSL *ssl;
	bool heard;               /* the peer has spoken (D)TLS */
	bool asked_us;            /* it wants a certificate */
	enum proof_reason judged; /* what was wrong with its certificate; GOES_ON: nothing yet */
	const char *detail;
	STACK_OF(X509) * chain;
};

/* --- The peer's certificate --- */

static enum proof_reason check_identity(struct handshake *handshake, X509 *certificate,
					char matched[IDENTITY_TEXT_SIZE])
{
	return identity_check(certificate, &handshake->identity, &handshake->trust, matched);
}

/* Asked by OpenSSL about each certificate of the chain, from the authority's down to the peer's own, at depth 0. */
static int judge(int ok, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct handshake *handshake = SSL_get_app_data(ssl);
	char matched[IDENTITY_TEXT_SIZE];

	if (!handshake->chain)
		handshake->chain = X509_chain_up_ref(X509_STORE_CTX_get0_untrusted(store));
	if (!ok) {
		handshake->judged = fault_of_verification(X509_STORE_CTX_get_error(store));
	} else if (X509_STORE_CTX_get_error_depth(store) == 0) {
		enum proof_reason reason = check_identity(handshake, X509_STORE_CTX_get0_cert(store), matched);
		if (reason == REASON_PROVEN)
			return 1;
		handshake->judged = reason;
		X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH);
		ok = 0;
	}
	if (!ok)
		handshake->detail = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
	return ok;
}

static X509 *leaf_of(const struct handshake *handshake)
{
	if (sk_X509_num(handshake->chain) > 0)
		return sk_X509_value(handshake->chain, 0);
	return handshake->ssl ? SSL_get0_peer_certificate(handshake->ssl) : NULL;
}

/* What is to be proven, by what the connection says now that it stands. */
static enum proof_reason prove(struct handshake *handshake)
{
	X509 *certificate = SSL_get0_peer_certificate(handshake->ssl);
	char matched[IDENTITY_TEXT_SIZE];

	if (!certificate)
		return REASON_BAD_CERTIFICATE;
	if (SSL_get_verify_result(handshake->ssl) != X509_V_OK)
		return fault_of_verification((int)SSL_get_verify_result(handshake->ssl));
	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
		return REASON_EXPIRED;
	return check_identity(handshake, certificate, matched);
}

/* --- The outcome --- */

static time_t not_after(const X509 *certificate)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
		return 0;
	return timegm(&tm);
}

/* A moment of wall time as one of CLOCK_BOOTTIME. */
static uint64_t boot_of(time_t wall)
{
	int64_t left = (int64_t)wall - (int64_t)(clock_ns(CLOCK_REALTIME) / NS_PER_SECOND);

	if (left <= 0)
		return clock_boot();
	return (uint64_t)left > CENTURY ? TABLE_NEVER : clock_boot() + (uint64_t)left * NS_PER_SECOND;
}

static void describe_certificate(struct handshake *handshake, struct proof *proof)
{
	X509 *leaf = leaf_of(handshake);

	if (!leaf)
		return;
	proof->not_after = not_after(leaf);
	if (proof->reason != REASON_PROVEN)
		return;
	proof->expires = boot_of(proof->not_after);
	check_identity(handshake, leaf, proof->identity);
}

static void describe_connection(const SSL *ssl, struct proof *proof)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	const uint8_t *alpn;
	unsigned size;

	if (!cipher)
		cipher = SSL_get_pending_cipher(ssl);
	if (!cipher)
		return;
	proof->cipher = SSL_CIPHER_get_name(cipher);
	proof->version = SSL_get_version(ssl);
	SSL_get0_alpn_selected(ssl, &alpn, &size);
	text_escape((struct bytes){alpn, size}, proof->alpn, sizeof proof->alpn);
	proof->resumed = SSL_session_reused(ssl);
}

static bool has_session(const SSL *ssl)
{
	const SSL_SESSION *session = SSL_get_session(ssl);

	return session && SSL_SESSION_is_resumable(session);
}

static struct proof describe(struct handshake *handshake, enum proof_reason reason)
{
	struct proof proof = {
		.reason = reason,
		.detail = handshake->detail,
		.expires = TABLE_NEVER,
		.asked_us = handshake->asked_us,
		.duration = clock_boot() - handshake->began,
	};

	describe_certificate(handshake, &proof);
	if (handshake->ssl)
		describe_connection(handshake->ssl, &proof);
	if (handshake->ssl && !handshake->chain) /* resumed: the session remembers */
		handshake->chain = X509_chain_up_ref(SSL_get_peer_cert_chain(handshake->ssl));
	proof.chain = handshake->chain;
	if (reason == REASON_PROVEN && has_session(handshake->ssl))
		proof.session = SSL_get_session(handshake->ssl);
	return proof;
}

/* --- Its end --- */

/* What the peer still sent is taken first: a socket that is closed over it sends a reset, which could overtake us. */
static void say_goodbye(struct handshake *handshake)
{
	char rest[1024];

	if (!handshake->ssl || !SSL_is_init_finished(handshake->ssl))
		return;
	ERR_clear_error();
	wire_turn(&handshake->wire);
	while (SSL_read(handshake->ssl, rest, sizeof rest) > 0)
		;
	SSL_shutdown(handshake->ssl);
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

static void handshake_free(struct handshake *handshake)
{
	say_goodbye(handshake);
	free_event(handshake->readable);
	free_event(handshake->writable);
	free_event(handshake->timer);
	steps_remove(handshake->steps, &handshake->step);
	SSL_free(handshake->ssl);
	if (handshake->wire.fd >= 0)
		close(handshake->wire.fd);
	sk_X509_pop_free(handshake->chain, X509_free);
	ERR_clear_error();
	free(handshake);
}

static void finish(struct handshake *handshake, enum proof_reason reason)
{
	handshake_fn *callback = handshake->callback;
	void *context = handshake->context;
	struct proof proof = describe(handshake, reason);

	if (proof.session)
		SSL_SESSION_up_ref(proof.session);
	proof.chain = take(handshake->chain);
	handshake_free(handshake);
	callback(context, &proof);
	SSL_SESSION_free(proof.session);
	sk_X509_pop_free(proof.chain, X509_free);
}

/* --- Phases --- */

static enum proof_reason refuse_by_system(struct handshake *handshake, int error)
{
	handshake->detail = strerrordesc_np(error);
	return fault_of_system(error);
}

/* After an error in OpenSSL. */
static enum proof_reason refuse(struct handshake *handshake)
{
	unsigned long error = ERR_peek_error();
	enum proof_reason reason = fault_of_queue(error);

	if (handshake->wire.flooded)
		return REASON_FLOODED;
	if (handshake->wire.error)
		return refuse_by_system(handshake, handshake->wire.error);
	if (handshake->judged != GOES_ON)
		return handshake->judged;
	handshake->detail = ERR_reason_error_string(error);
	/* Who wants our certificate has chosen the parameters: what it does not like is the certificate, or that there
	 * is none. */
	if (ERR_GET_REASON(error) == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE && handshake->asked_us)
		return REASON_REFUSED_US;
	if (reason != REASON_COUNT)
		return reason;
	if (!error)
		return REASON_CLOSED;
	return handshake->heard ? REASON_GARBLED : REASON_NOT_TLS;
}

/* Looks for what the peer does after the handshake of TLS 1.3; its alerts come in here. */
static enum proof_reason settle(struct handshake *handshake)
{
	char data[1024];
	int r = SSL_read(handshake->ssl, data, sizeof data), error = SSL_get_error(handshake->ssl, r);

	if (r > 0 || has_session(handshake->ssl))
		return prove(handshake);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return clock_boot() >= handshake->settled ? prove(handshake) : GOES_ON;
	if (!handshake->asked_us && fault_of_queue(ERR_peek_error()) != REASON_REFUSED_US)
		return prove(handshake); /* it hung up, after it had proven itself */
	return refuse(handshake);
}

static bool lacks_coap(const struct handshake *handshake)
{
	const uint8_t *alpn;
	unsigned size;

	SSL_get0_alpn_selected(handshake->ssl, &alpn, &size);
	return handshake->need_coap && size == 0 && handshake->target.transport == TRANSPORT_TCP &&
	       handshake->target.channel != CHANNEL_DATA;
}

static enum proof_reason shaken(struct handshake *handshake)
{
	uint64_t settled = clock_boot() + (handshake->asked_us ? SETTLE_ASKED : SETTLE);

	handshake->wants_write = false; /* from now on we listen */
	if (lacks_coap(handshake))
		return REASON_NO_COAP;
	if (SSL_version(handshake->ssl) != TLS1_3_VERSION)
		return prove(handshake);
	/* Who has proven itself late has not stalled. */
	handshake->settled = settled < handshake->deadline ? settled : handshake->deadline;
	handshake->phase = settle;
	return settle(handshake);
}

static enum proof_reason shake(struct handshake *handshake)
{
	int r;

	if (handshake->wire.datagram && DTLSv1_handle_timeout(handshake->ssl) < 0)
		return refuse(handshake);
	r = SSL_do_handshake(handshake->ssl);
	if (r == 1)
		return shaken(handshake);
	r = SSL_get_error(handshake->ssl, r);
	handshake->wants_write = r == SSL_ERROR_WANT_WRITE;
	return r == SSL_ERROR_WANT_READ || r == SSL_ERROR_WANT_WRITE ? GOES_ON : refuse(handshake);
}

static enum proof_reason connect_phase(struct handshake *handshake)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;
	int error = 0;

	if (getpeername(handshake->wire.fd, (struct sockaddr *)&peer, &size) < 0) {
		size = sizeof error;
		getsockopt(handshake->wire.fd, SOL_SOCKET, SO_ERROR, &error, &size);
		return error ? refuse_by_system(handshake, error) : GOES_ON;
	}
	handshake->wants_write = false;
	handshake->phase = shake;
	return shake(handshake);
}

static enum proof_reason never_began(struct handshake *handshake)
{
	return handshake->early;
}

/* Why the peer is not proven by the deadline. */
static enum proof_reason late(const struct handshake *handshake)
{
	if (handshake->phase == never_began)
		return handshake->early;
	if (handshake->wire.received == 0)
		return handshake->wire.hints ? REASON_PORT_CLOSED : REASON_SILENT;
	return handshake->heard ? REASON_STALLED : REASON_NOT_TLS;
}

/* --- Events --- */

static struct timeval until(uint64_t moment)
{
	uint64_t now = clock_boot(), left = moment > now ? (moment - now) / 1000 + 1 : 0;

	return (struct timeval){(time_t)(left / 1000000), (suseconds_t)(left % 1000000)};
}

static bool sooner(const struct timeval *a, const struct timeval *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_usec < b->tv_usec);
}

/* The nearest of deadline, retransmission and the end of settling. */
static struct timeval next_time(struct handshake *handshake)
{
	struct timeval nearest = until(handshake->deadline), other;

	if (handshake->phase == never_began)
		return (struct timeval){0};
	if (handshake->phase == settle) {
		other = until(handshake->settled);
		return sooner(&other, &nearest) ? other : nearest;
	}
	if (handshake->phase == shake && handshake->wire.datagram && DTLSv1_get_timeout(handshake->ssl, &other) == 1 &&
	    sooner(&other, &nearest))
		return other;
	return nearest;
}

static void arm(struct handshake *handshake)
{
	struct timeval next = next_time(handshake);

	if (handshake->readable) {
		event_del(handshake->readable);
		event_del(handshake->writable);
		event_add(handshake->wants_write ? handshake->writable : handshake->readable, NULL);
	}
	event_add(handshake->timer, &next);
}

static void go_on(struct handshake *handshake)
{
	enum proof_reason reason;

	ERR_clear_error();
	wire_turn(&handshake->wire);
	reason = handshake->phase(handshake);
	if (reason == GOES_ON && clock_boot() >= handshake->deadline)
		reason = late(handshake);
	if (reason == GOES_ON)
		arm(handshake);
	else
		finish(handshake, reason);
}

/* What it had to wait for its turn is none of the peer's time. */
static void take_step(struct step *step, uint64_t waited)
{
	struct handshake *handshake = (struct handshake *)(void *)((char *)step - offsetof(struct handshake, step));

	handshake->deadline += waited;
	handshake->settled += waited;
	go_on(handshake);
}

static void on_event(evutil_socket_t fd, short events, void *context)
{
	struct handshake *handshake = context;

	(void)fd;
	(void)events;
	if (handshake->steps)
		steps_add(handshake->steps, &handshake->step);
	else
		go_on(handshake);
}

/* --- OpenSSL's questions --- */

static void on_message(int is_ours, int version, int type, const void *data, size_t size, SSL *ssl, void *context)
{
	struct handshake *handshake = context;

	(void)version;
	(void)data;
	(void)size;
	(void)ssl;
	if (!is_ours && (type == SSL3_RT_HANDSHAKE || type == SSL3_RT_ALERT))
		handshake->heard = true;
}

/* The peer wants a certificate; the context's, or none, is what it gets. */
static int on_request(SSL *ssl, void *context)
{
	struct handshake *handshake = context;

	(void)ssl;
	handshake->asked_us = true;
	return 1;
}

static unsigned retransmit_in(SSL *ssl, unsigned last)
{
	(void)ssl;
	if (last == 0)
		return RETRANSMIT_FIRST_US;
	return last < RETRANSMIT_MOST_US / 2 ? 2 * last : RETRANSMIT_MOST_US;
}

/* --- Its beginning --- */

static void set_up_datagrams(const struct handshake *handshake)
{
	unsigned ip = identity_unmapped(&handshake->target.address).family == 4 ? IPV4_HEADER : IPV6_HEADER;

	SSL_set_mtu(handshake->ssl, PATH_MTU - ip - UDP_HEADER);
	DTLS_set_timer_cb(handshake->ssl, retransmit_in);
}

/* SNI is for names alone (RFC 6066 3). */
static bool set_up_ssl(struct handshake *handshake, const struct handshake_options *options)
{
	SSL *ssl = credentials_open(options->credentials, handshake->target.transport, handshake->target.channel);
	BIO *bio;

	handshake->ssl = ssl;
	bio = ssl ? wire_bio(&handshake->wire) : NULL;
	if (!bio)
		return false;
	SSL_set_bio(ssl, bio, bio);
	SSL_set_app_data(ssl, handshake);
	SSL_set_verify(ssl, SSL_VERIFY_PEER, judge);
	SSL_set_cert_cb(ssl, on_request, handshake);
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, handshake);
	if (handshake->wire.datagram)
		set_up_datagrams(handshake);
	if (options->session)
		SSL_set_session(ssl, options->session);
	return !handshake->identity.name.length || SSL_set_tlsext_host_name(ssl, handshake->identity.name.text) == 1;
}

static bool set_up_events(struct handshake *handshake, struct event_base *base)
{
	handshake->timer = evtimer_new(base, on_event, handshake);
	if (handshake->wire.fd < 0)
		return handshake->timer;
	handshake->readable = event_new(base, handshake->wire.fd, EV_READ, on_event, handshake);
	handshake->writable = event_new(base, handshake->wire.fd, EV_WRITE, on_event, handshake);
	return handshake->timer && handshake->readable && handshake->writable;
}

/* Opens the socket; where that fails, the handshake ends as soon as it has begun. */
static void open_wire(struct handshake *handshake)
{
	const struct proof_target *target = &handshake->target;
	int fd = source_connect(target);

	handshake->wire.fd = fd < 0 ? -1 : fd;
	handshake->wire.datagram = target->transport == TRANSPORT_UDP;
	handshake->phase = fd < 0 ? never_began : handshake->wire.datagram ? shake : connect_phase;
	/* A datagram socket can be written to at once; a stream when it is connected. */
	handshake->wants_write = true;
	if (fd < 0)
		handshake->early = refuse_by_system(handshake, -fd);
}

/* A name that no certificate may be asked about costs no socket. */
static void begin(struct handshake *handshake)
{
	const struct proof_target *target = &handshake->target;

	if (identity_of_peer(&target->name, &target->address, &handshake->identity) == 0) {
		open_wire(handshake);
		return;
	}
	handshake->wire.fd = -1;
	handshake->phase = never_began;
	handshake->early = REASON_WRONG_NAME;
}

struct handshake *handshake_start(struct event_base *base, const struct proof_target *target,
				  const struct handshake_options *options, handshake_fn *callback, void *context)
{
	struct handshake *handshake = calloc(1, sizeof *handshake);

	if (!handshake)
		return NULL;
	handshake->target = *target;
	handshake->need_coap = options->need_coap;
	handshake->steps = options->steps;
	handshake->step.take = take_step;
	if (options->trust)
		handshake->trust = *options->trust;
	handshake->callback = callback;
	handshake->context = context;
	handshake->judged = GOES_ON;
	handshake->began = clock_boot();
	handshake->deadline = handshake->began + (options->deadline ? options->deadline : HANDSHAKE_DEADLINE);
	begin(handshake);
	if (!set_up_ssl(handshake, options) || !set_up_events(handshake, base)) {
		handshake_free(handshake);
		return NULL;
	}
	arm(handshake);
	return handshake;
}

void handshake_cancel(struct handshake *handshake)
{
	if (handshake)
		handshake_free(handshake);
}
