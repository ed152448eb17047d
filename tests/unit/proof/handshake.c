/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom do we believe? Real servers, openssl s_server and gnutls-serv, with certificates good and bad. */
#include "scene.h"

#define DEADLINE (2 * NS_PER_SECOND)
#define COUNT(array) (sizeof(array) / sizeof *(array))

struct scene {
	struct event_base *base;
	struct credentials *credentials;
};

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);

	scene->base = event_base_new();
	scene->credentials = credentials_of(&(struct credentials_options){.ca = "ca.pem"});
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	credentials_free(scene->credentials);
	event_base_free(scene->base);
	free(scene);
	return 0;
}

static struct proof prove(const struct scene *scene, const struct proof_target *target)
{
	return prove_with(scene->base, target,
			  &(struct handshake_options){.credentials = scene->credentials, .deadline = DEADLINE});
}

static void expect(enum proof_reason is, enum proof_reason wanted, const char *what)
{
	if (is != wanted)
		fail_msg("%s: %s, not %s", what, proof_reason_word(is), proof_reason_word(wanted));
}

/* --- Certificates --- */

static const char *const words[TRANSPORT_COUNT] = {[TRANSPORT_UDP] = "udp", [TRANSPORT_TCP] = "tcp"};

static const struct {
	const char *what, *address, *name;
	struct certificate_wish wish;
	bool self;
	enum proof_reason reason;
} cases[] = {
	{"good", "127.0.0.1", NAME, {.names = "DNS:" NAME}, false, REASON_PROVEN},
	{"good over IPv6", "::1", NAME, {.names = "DNS:" NAME}, false, REASON_PROVEN},
	{"wrong name", "127.0.0.1", NAME, {.names = "DNS:other.example.net"}, false, REASON_WRONG_NAME},
	{"expired", "127.0.0.1", NAME, {.names = "DNS:" NAME, .from = -100, .until = -10}, false, REASON_EXPIRED},
	{"not yet valid", "127.0.0.1", NAME, {.names = "DNS:" NAME, .from = 100}, false, REASON_NOT_YET_VALID},
	{"self-signed", "127.0.0.1", NAME, {.names = "DNS:" NAME}, true, REASON_SELF_SIGNED},
	{"for clients", "127.0.0.1", NAME, {.names = "DNS:" NAME, .usage = "clientAuth"}, false, REASON_WRONG_PURPOSE},
	{"for anything", "127.0.0.1", NAME, {.names = "DNS:" NAME, .usage = ""}, false, REASON_PROVEN},
	{"CN alone", "127.0.0.1", NAME, {.cn = NAME}, false, REASON_WRONG_NAME},
	{"partial wildcard", "127.0.0.1", NAME, {.names = "DNS:do*.example.net"}, false, REASON_WRONG_NAME},
	{"wildcard", "127.0.0.1", NAME, {.names = "DNS:*.example.net"}, false, REASON_PROVEN},
	{"address", "127.0.0.1", NULL, {.names = "IP:127.0.0.1"}, false, REASON_PROVEN},
	{"IPv6 address", "::1", NULL, {.names = "IP:::1"}, false, REASON_PROVEN},
	{"mapped address", "::ffff:127.0.0.1", NULL, {.names = "IP:127.0.0.1"}, false, REASON_PROVEN},
	{"other address", "127.0.0.1", NULL, {.names = "IP:127.0.0.2"}, false, REASON_WRONG_NAME},
	{"address as name", "127.0.0.1", NULL, {.names = "DNS:127.0.0.1"}, false, REASON_WRONG_NAME},
	{"weak key", "127.0.0.1", NAME, {.names = "DNS:" NAME, .weak = true}, false, REASON_TOO_WEAK},
};

static void check_case(const struct scene *scene, size_t i, enum peer_transport transport)
{
	struct proof_target target = target_of(cases[i].address, transport, cases[i].name);
	struct server server = start_openssl(transport, "case.pem", "-cipher ALL:@SECLEVEL=0");
	struct proof proof = prove(scene, &target);
	char what[64];

	stop_server(&server);
	snprintf(what, sizeof what, "%s over %s", cases[i].what, words[transport]);
	expect(proof.reason, cases[i].reason, what);
	assert_int_equal(*proof.identity != '\0', proof.reason == REASON_PROVEN);
	assert_int_equal(proof.expires != TABLE_NEVER, proof.reason == REASON_PROVEN);
	assert_true(proof.not_after != 0);
}

static void test_certificates(void **state)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		write_new_certificate(cases[i].self ? NULL : &authority, &cases[i].wish, "case.pem");
		for (enum peer_transport transport = 0; transport < TRANSPORT_COUNT; transport++)
			check_case(*state, i, transport);
	}
}

static void test_unknown_authority(void **state)
{
	struct certificate other = make_certificate(NULL, &(struct certificate_wish){.cn = "other", .authority = true});
	struct proof_target target = target_of("127.0.0.1", TRANSPORT_TCP, NAME);

	write_new_certificate(&other, &(struct certificate_wish){.names = "DNS:" NAME}, "case.pem");
	struct server server = start_openssl(TRANSPORT_TCP, "case.pem", "");
	expect(prove(*state, &target).reason, REASON_UNKNOWN_CA, "another authority's");
	stop_server(&server);
	free_certificate(&other);
}

static void test_revoked(void **state)
{
	const struct credentials_options options = {.ca = "ca.pem", .crl = "crl.pem"};
	struct certificate peer = make_certificate(&authority, &(struct certificate_wish){.names = "DNS:" NAME});
	struct proof_target target = target_of("127.0.0.1", TRANSPORT_UDP, NAME);
	struct scene scene = *(struct scene *)*state;

	write_certificate(&peer, "case.pem");
	struct server server = start_openssl(TRANSPORT_UDP, "case.pem", "");
	write_crl(&authority, NULL, "crl.pem");
	scene.credentials = credentials_of(&options);
	expect(prove(&scene, &target).reason, REASON_PROVEN, "not on the list");
	credentials_free(scene.credentials);
	write_crl(&authority, peer.x509, "crl.pem");
	scene.credentials = credentials_of(&options);
	expect(prove(&scene, &target).reason, REASON_REVOKED, "on the list");
	credentials_free(scene.credentials);
	stop_server(&server);
	free_certificate(&peer);
}

/* --- Names that are none --- */

static void test_no_socket_for_bad_names(void **state)
{
	static const char *const names[] = {".example.net", "a b.example.net", "192.0.2.1", "a..b"};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct proof_target target = target_of("127.0.0.1", TRANSPORT_TCP, names[i]);
		expect(prove(*state, &target).reason, REASON_WRONG_NAME, names[i]);
	}
}

struct list {
	const char *name;
};

static bool is_on(void *context, const char *name)
{
	return strcmp(((const struct list *)context)->name, name) == 0;
}

static void test_trusted_names(void **state)
{
	const struct scene *scene = *state;
	struct proof_target target = target_of("127.0.0.1", TRANSPORT_TCP, NAME);
	struct list list = {NAME};
	const struct identity_trust trust = {is_on, &list};
	const struct handshake_options options = {.credentials = scene->credentials, .trust = &trust};

	write_new_certificate(&authority, &(struct certificate_wish){.names = "DNS:*.example.net"}, "case.pem");
	struct server server = start_openssl(TRANSPORT_TCP, "case.pem", "");
	expect(prove_with(scene->base, &target, &options).reason, REASON_UNTRUSTED_NAME, "not on the list");
	list.name = "*.example.net";
	struct proof proof = prove_with(scene->base, &target, &options);
	expect(proof.reason, REASON_PROVEN, "on the list");
	assert_string_equal(proof.identity, "*.example.net");
	stop_server(&server);
}

/* --- Certificates of ours --- */

/* A server that wants one: what it says of whom it does not know comes after a TLS 1.3 handshake has ended. */
static enum proof_reason prove_as(const struct scene *scene, const char *certificate, enum peer_transport transport,
				  const char *options)
{
	struct proof_target target = target_of("127.0.0.1", transport, NAME);
	struct scene other = {
		scene->base, credentials_of(&(struct credentials_options){.ca = "ca.pem", .certificate = certificate})};
	struct server server = start_openssl(transport, "good.pem", options);
	struct proof proof = prove(&other, &target);

	stop_server(&server);
	credentials_free(other.credentials);
	assert_true(proof.asked_us);
	return proof.reason;
}

static void test_our_certificate(void **state)
{
	static const char *const versions[] = {"-tls1_3", "-tls1_2", ""};
	struct certificate other = make_certificate(NULL, &(struct certificate_wish){.cn = "other", .authority = true});
	char options[128];

	write_new_certificate(&authority, &(struct certificate_wish){.cn = "us", .usage = "clientAuth"}, "us.pem");
	write_new_certificate(&other, &(struct certificate_wish){.cn = "us", .usage = "clientAuth"}, "them.pem");
	free_certificate(&other);
	for (size_t i = 0; i < COUNT(versions); i++) {
		enum peer_transport transport = i == 2 ? TRANSPORT_UDP : TRANSPORT_TCP;
		snprintf(options, sizeof options, "%s -Verify 1 -verify_return_error -CAfile ca.pem", versions[i]);
		expect(prove_as(*state, "us.pem", transport, options), REASON_PROVEN, versions[i]);
		expect(prove_as(*state, "them.pem", transport, options), REASON_REFUSED_US, versions[i]);
		/* Before TLS 1.3 its alert says no more than that the handshake failed. */
		expect(prove_as(*state, NULL, transport, options), REASON_REFUSED_US, "without");
		snprintf(options, sizeof options, "%s -verify 1 -CAfile ca.pem", versions[i]);
		expect(prove_as(*state, NULL, transport, options), REASON_PROVEN, "asked, not required");
	}
}

/* What the peer has said in time counts also where we have no time to hear it: its refusal, too. */
static void test_late_loop(void **state)
{
	const struct scene *scene = *state;
	struct proof_target target = target_of("127.0.0.1", TRANSPORT_TCP, NAME);
	struct handshake_options options = {.credentials = scene->credentials, .deadline = 30 * NS_PER_SECOND};
	struct outcome outcome = {.base = scene->base};
	struct server server =
		start_openssl(TRANSPORT_TCP, "good.pem", "-tls1_3 -Verify 1 -verify_return_error -CAfile ca.pem");

	assert_non_null(handshake_start(scene->base, &target, &options, on_proof, &outcome));
	while (!outcome.calls) {
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		if (!outcome.calls)
			usleep(2100000); /* longer than a peer has to object */
	}
	stop_server(&server);
	expect(outcome.proof.reason, REASON_REFUSED_US, "late");
}

/* --- Versions --- */

static void test_parameters(void **state)
{
	static const struct {
		const char *options, *version, *alpn;
		enum peer_transport transport;
		enum proof_reason reason;
	} rows[] = {
		{"-tls1_3 -alpn coap", "TLSv1.3", "coap", TRANSPORT_TCP, REASON_PROVEN},
		{"-tls1_2 -alpn coap", "TLSv1.2", "coap", TRANSPORT_TCP, REASON_PROVEN},
		{"-tls1_2", "TLSv1.2", "", TRANSPORT_TCP, REASON_PROVEN},
		{"-alpn co", "DTLSv1.2", "co", TRANSPORT_UDP, REASON_PROVEN},
		{"-tls1_1 -cipher ALL:@SECLEVEL=0", NULL, "", TRANSPORT_TCP, REASON_NO_SHARED_PARAMETERS},
		{"-tls1_2 -cipher AES128-SHA", NULL, "", TRANSPORT_TCP, REASON_NO_SHARED_PARAMETERS},
		{"-cipher AES128-SHA", NULL, "", TRANSPORT_UDP, REASON_NO_SHARED_PARAMETERS},
		{"-alpn h2", NULL, "", TRANSPORT_TCP, REASON_NO_COAP},
		{"-servername other -servername_fatal -cert2 good.pem -key2 good.pem", NULL, "", TRANSPORT_TCP,
		 REASON_NOT_SERVED},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct proof_target target = target_of("127.0.0.1", rows[i].transport, NAME);
		struct server server = start_openssl(rows[i].transport, "good.pem", rows[i].options);
		struct proof proof = prove(*state, &target);
		stop_server(&server);
		expect(proof.reason, rows[i].reason, rows[i].options);
		assert_string_equal(proof.alpn, rows[i].alpn);
		if (rows[i].version)
			assert_string_equal(proof.version, rows[i].version);
	}
}

/* A server without ALPN is believed, unless CoAP is asked for. */
static void test_need_coap(void **state)
{
	const struct scene *scene = *state;
	struct proof_target target = target_of("127.0.0.1", TRANSPORT_TCP, NAME);
	struct server server = start_openssl(TRANSPORT_TCP, "good.pem", "");
	const struct handshake_options options = {.credentials = scene->credentials, .need_coap = true};

	expect(prove_with(scene->base, &target, &options).reason, REASON_NO_COAP, "no ALPN");
	target.channel = CHANNEL_DATA;
	expect(prove_with(scene->base, &target, &options).reason, REASON_PROVEN, "a data channel");
	stop_server(&server);
}

/* --- Sessions --- */

static void resume(const struct scene *scene, enum peer_transport transport, const char *name,
		   enum proof_reason expected)
{
	struct proof_target target = target_of("127.0.0.1", transport, NAME);
	struct handshake_options options = {.credentials = scene->credentials};
	struct outcome outcome = {.base = scene->base};

	handshake_start(scene->base, &target, &options, on_proof, &outcome);
	event_base_dispatch(scene->base);
	expect(outcome.proof.reason, REASON_PROVEN, "first");
	assert_false(outcome.proof.resumed);
	assert_non_null(outcome.session);

	target = target_of("127.0.0.1", transport, name);
	options.session = outcome.session;
	struct proof proof = prove_with(scene->base, &target, &options);
	expect(proof.reason, expected, name);
	assert_true(proof.resumed);
	assert_int_equal(proof.not_after, outcome.proof.not_after);
	SSL_SESSION_free(outcome.session);
}

/* What a session proved is judged again, by who is asked for now. */
static void test_resumption(void **state)
{
	static const char *const versions[] = {"-tls1_3", "-tls1_2", ""};

	for (size_t i = 0; i < COUNT(versions); i++) {
		enum peer_transport transport = i == 2 ? TRANSPORT_UDP : TRANSPORT_TCP;
		struct server server = start_openssl(transport, "good.pem", versions[i]);
		resume(*state, transport, NAME, REASON_PROVEN);
		resume(*state, transport, "other.example.net", REASON_WRONG_NAME);
		stop_server(&server);
	}
}

/* --- GnuTLS --- */

static void test_gnutls(void **state)
{
	static const struct {
		enum peer_transport transport;
		const char *options;
	} rows[] = {
		{TRANSPORT_TCP, "--alpn coap"},
		{TRANSPORT_TCP, "--priority NORMAL:-VERS-TLS1.3"},
		{TRANSPORT_UDP, "--udp --alpn co"},
	};

	if (system("command -v gnutls-serv >/dev/null") != 0)
		skip();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct proof_target target = target_of("127.0.0.1", rows[i].transport, NAME);
		char command[256];
		snprintf(command, sizeof command,
			 "exec gnutls-serv --echo -p %d --x509certfile good.pem --x509keyfile good.pem %s", PORT,
			 rows[i].options);
		struct server server = start_server("done", command);
		expect(prove(*state, &target).reason, REASON_PROVEN, rows[i].options);
		stop_server(&server);
	}
}

/* --- Nobody there --- */

static void test_port_closed(void **state)
{
	for (enum peer_transport transport = 0; transport < TRANSPORT_COUNT; transport++) {
		struct proof_target target = target_of("127.0.0.1", transport, NAME);
		expect(prove(*state, &target).reason, REASON_PORT_CLOSED, words[transport]);
	}
}

static void test_no_route(void **state)
{
	for (enum peer_transport transport = 0; transport < TRANSPORT_COUNT; transport++) {
		struct proof_target target = target_of("192.0.2.1", transport, NAME);
		expect(prove(*state, &target).reason, REASON_UNREACHABLE, words[transport]);
	}
}

/* A device's peers are contacted from its own addresses, or not at all. */
static void test_device(void **state)
{
	struct proof_target target = target_of("127.0.0.1", TRANSPORT_TCP, NAME);
	struct server server = start_openssl(TRANSPORT_TCP, "good.pem", "");

	strcpy(target.device, "lo");
	expect(prove(*state, &target).reason, REASON_PROVEN, "lo");
	strcpy(target.device, "gone");
	expect(prove(*state, &target).reason, REASON_NO_SOURCE_ADDRESS, "a device that is gone");
	if (system("ip link add proof0 type veth peer proof1 && ip link set proof0 up && ip link set proof1 up && "
		   "ip address add 192.0.2.9/24 dev proof1 && ip route add 198.51.100.0/24 dev proof0") == 0) {
		target = target_of("198.51.100.1", TRANSPORT_UDP, NAME);
		strcpy(target.device, "proof0");
		expect(prove(*state, &target).reason, REASON_NO_SOURCE_ADDRESS, "a device without address");
	}
	stop_server(&server);
}

/* --- Cancelling --- */

static void test_cancel(void **state)
{
	const struct scene *scene = *state;
	struct proof_target target = target_of("127.0.0.1", TRANSPORT_TCP, NAME);
	const struct handshake_options options = {.credentials = scene->credentials};
	struct outcome outcome = {.base = scene->base};
	struct server server = start_openssl(TRANSPORT_TCP, "good.pem", "");

	/* After so many turns of the loop it is somewhere between its beginning and its end. */
	for (int turns = 0; turns < 6; turns++) {
		struct handshake *handshake = handshake_start(scene->base, &target, &options, on_proof, &outcome);
		for (int i = 0; i < turns && !outcome.calls; i++)
			event_base_loop(scene->base, EVLOOP_ONCE);
		if (!outcome.calls)
			handshake_cancel(handshake);
		SSL_SESSION_free(outcome.session);
		outcome = (struct outcome){.base = scene->base};
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		assert_int_equal(outcome.calls, 0);
	}
	handshake_cancel(NULL);
	stop_server(&server);
}

/* What expires soon is proven, and says when it is over. */
static void test_expires_soon(void **state)
{
	struct proof_target target = target_of("127.0.0.1", TRANSPORT_TCP, NAME);

	write_new_certificate(&authority, &(struct certificate_wish){.names = "DNS:" NAME, .until = 3}, "case.pem");
	struct server server = start_openssl(TRANSPORT_TCP, "case.pem", "");
	struct proof proof = prove(*state, &target);
	expect(proof.reason, REASON_PROVEN, "now");
	assert_true(proof.expires > clock_boot() && proof.expires < clock_boot() + 4 * NS_PER_SECOND);
	while (clock_boot() < proof.expires)
		usleep(50000);
	usleep(1000000);
	expect(prove(*state, &target).reason, REASON_EXPIRED, "then");
	stop_server(&server);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_certificates),  TEST(test_unknown_authority),
		TEST(test_revoked),       TEST(test_no_socket_for_bad_names),
		TEST(test_trusted_names), TEST(test_our_certificate),
		TEST(test_late_loop),     TEST(test_parameters),
		TEST(test_need_coap),     TEST(test_resumption),
		TEST(test_gnutls),        TEST(test_port_closed),
		TEST(test_no_route),      TEST(test_device),
		TEST(test_cancel),        TEST(test_expires_soon),
	};

	if (enter_network() < 0) {
		printf("1..0 # SKIP no network may be made here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, open_folder, close_folder);
}
