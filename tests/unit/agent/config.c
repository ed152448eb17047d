/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a configuration taken whole, or refused with file, line and key? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"
#include "agent/config.h"
#include "base/log.h"
#include "../proof/certificates.h"

static char folder[] = "/tmp/dotsnoop-config-XXXXXX";
static char file[64];

/* The text, with FOLDER for the test's own. */
static void write_file(const char *text)
{
	FILE *stream = fopen(file, "w");

	assert_non_null(stream);
	for (const char *at; (at = strstr(text, "FOLDER")); text = at + strlen("FOLDER"))
		fprintf(stream, "%.*s%s", (int)(at - text), text, folder);
	fputs(text, stream);
	fclose(stream);
}

static int load(const char *text, struct config *config, struct config_error *error)
{
	write_file(text);
	return config_load(file, config, error);
}

/* The whole of the documented configuration. */
static const char everything[] = "ports:\n"
				 "  - name: eth0\n"
				 "    role: uplink\n"
				 "  - name: eth1\n"
				 "    role: access\n"
				 "    rate: 1000\n"
				 "mode: enforce\n"
				 "servers:\n"
				 "  - 192.0.2.1\n"
				 "  - 2001:db8::/64\n"
				 "discovery:\n"
				 "  methods: [explicit, dhcp, s-naptr, dns-sd]\n"
				 "  explicit:\n"
				 "    - { port: eth1, name: dots.example.net, addresses: [192.0.2.10] }\n"
				 "  default-domain: example.net\n"
				 "  resolvers: [192.0.2.53, '2001:db8::53']\n"
				 "  dnssec: prefer\n"
				 "  trusted-names: [\"dots.example.net\", \"*.dots.example.com\"]\n"
				 "  freeze: yes\n"
				 "proof:\n"
				 "  enabled: true\n"
				 "  ca: FOLDER/ca.pem\n"
				 "  certificate: FOLDER/client.pem\n"
				 "  key: FOLDER/client.pem\n"
				 "  crl: FOLDER/crl.pem\n"
				 "  new-peers-per-hour: 6\n"
				 "  handshakes-per-second: 7\n"
				 "  in-flight: 8\n"
				 "store: /var/lib/dotsnoop\n"
				 "on-exit: keep\n"
				 "metrics:\n"
				 "  listen: 127.0.0.1:9999\n"
				 "limits:\n"
				 "  bindings: 5000\n"
				 "  bindings-per-port: 400\n"
				 "  offers: 300\n";

static void test_everything(void **state)
{
	struct config config;
	struct config_error error;
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	assert_int_equal(load(everything, &config, &error), 0);
	assert_int_equal(config.port_count, 2);
	assert_string_equal(config.ports[0].name, "eth0");
	assert_int_equal(config.ports[0].role, DS_ROLE_UPLINK);
	assert_int_equal(config.ports[0].mode, DS_MODE_ENFORCE);
	assert_int_equal(config.ports[0].rate, 0);
	assert_int_equal(config.ports[1].rate, 1000);
	assert_int_equal(config.ports[1].burst, 1000);
	assert_int_equal(config.server_count, 2);
	assert_int_equal(config.servers[1].length, 64);
	assert_string_equal(config.ports[1].name, "eth1");
	assert_int_equal(config.ports[1].role, DS_ROLE_ACCESS);
	assert_int_equal(config.discovery.resolver_count, 2);
	assert_string_equal(address_text(&config.discovery.resolvers[1], text), "2001:db8::53");
	assert_int_equal(config.discovery.method_count, 4);
	assert_int_equal(config.discovery.methods[0], METHOD_EXPLICIT);
	assert_int_equal(config.discovery.methods[3], METHOD_DNS_SD);
	assert_int_equal(config.discovery.explicit_count, 1);
	assert_string_equal(config.discovery.explicits[0].port, "eth1");
	assert_string_equal(config.discovery.explicits[0].name.text, "dots.example.net");
	assert_string_equal(address_text(&config.discovery.explicits[0].addresses[0], text), "192.0.2.10");
	assert_string_equal(config.discovery.default_domain.text, "example.net");
	assert_int_equal(config.discovery.dnssec, DNSSEC_PREFER);
	assert_int_equal(config.discovery.trusted_count, 2);
	assert_true(config.discovery.trusted[1].wildcard);
	assert_true(config.frozen);
	assert_true(config.proof.enabled);
	assert_non_null(strstr(config.proof.ca, "/ca.pem"));
	assert_non_null(strstr(config.proof.certificate, "/client.pem"));
	assert_non_null(strstr(config.proof.key, "/client.pem"));
	assert_non_null(strstr(config.proof.crl, "/crl.pem"));
	assert_int_equal(config.proof.strangers, 6);
	assert_int_equal(config.proof.per_second, 7);
	assert_int_equal(config.proof.in_flight, 8);
	assert_string_equal(config.listen, "127.0.0.1:9999");
	assert_string_equal(config.store, "/var/lib/dotsnoop");
	assert_int_equal(config.bindings_max, 5000);
	assert_int_equal(config.bindings_per_port, 400);
	assert_int_equal(config.peersets_max, 300);
	assert_true(config.keep);
}

static void test_nothing(void **state)
{
	static const char *const texts[] = {"", "# nothing\n", "{}\n"};
	struct config config;
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_int_equal(load(texts[i], &config, &error), 0);
		assert_int_equal(config.port_count, 0);
		assert_string_equal(config.listen, "127.0.0.1:9646");
		assert_string_equal(config.store, "/var/lib/dotsnoop");
		assert_int_equal(config.bindings_max, 1000000);
		assert_int_equal(config.bindings_per_port, 1000000);
		assert_int_equal(config.peersets_max, 65536);
		assert_false(config.keep);
		assert_false(config.proof.enabled);
		assert_int_equal(config.proof.strangers, 600);
		assert_int_equal(config.proof.per_second, 200);
		assert_int_equal(config.proof.in_flight, 1000);
	}
}

static void test_store(void **state)
{
	static const struct {
		const char *text, *store;
	} cases[] = {
		{"store: none\n", ""},
		{"store: /srv/dots\n", "/srv/dots"},
		{"store: /none\n", "/none"},
	};
	struct config config;
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(load(cases[i].text, &config, &error), 0);
		assert_string_equal(config.store, cases[i].store);
	}
}

static void test_limits(void **state)
{
	static const struct {
		const char *text;
		size_t bindings, per_port, peersets;
	} cases[] = {
		{"limits: {bindings: 16000000}\n", 16000000, 16000000, 65536},
		{"limits: {bindings: 1}\n", 1, 1, 65536},
		{"limits: {bindings-per-port: 20}\n", 1000000, 20, 65536},
		{"limits: {bindings-per-port: 20, bindings: 20}\n", 20, 20, 65536},
		{"limits: {offers: 1}\n", 1000000, 1000000, 1},
		{"limits: {offers: 1000000}\n", 1000000, 1000000, 1000000},
	};
	struct config config;
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(load(cases[i].text, &config, &error), 0);
		assert_int_equal(config.bindings_max, cases[i].bindings);
		assert_int_equal(config.bindings_per_port, cases[i].per_port);
		assert_int_equal(config.peersets_max, cases[i].peersets);
	}
}

/* Peers are contacted where the operator has a section that does not say otherwise, and only there. */
static void test_proof_is_asked_for(void **state)
{
	static const struct {
		const char *text;
		bool enabled;
	} cases[] = {
		{"mode: observe\n", false},
		{"proof: {ca: FOLDER/ca.pem}\n", true},
		{"proof: {ca: FOLDER/ca.pem, enabled: yes}\n", true},
		{"proof: {ca: FOLDER/ca.pem, enabled: no}\n", false},
		{"proof: {ca: /nonexistent, enabled: false}\n", false}, /* nor are its files read */
	};
	struct config config;
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (load(cases[i].text, &config, &error))
			fail_msg("%s", error.text);
		assert_int_equal(config.proof.enabled, cases[i].enabled);
	}
}

static void test_what_is_not_named(void **state)
{
	static const char key[] = "/client.pem";
	struct config_proof proof = {0};
	struct credentials_options options = config_credentials(&proof);

	(void)state;
	assert_null(options.ca);
	assert_null(options.crl);
	assert_null(options.certificate);
	assert_null(options.key);
	memcpy(proof.key, key, sizeof key);
	assert_string_equal(config_credentials(&proof).key, key);
}

/* Each is refused, at that line, with these words. */
static const struct {
	const char *text;
	unsigned line;
	const char *key, *what;
} refused[] = {
	{"ports: [\n", 2, "", "not YAML"},
	{"ports:\n  - name: a\n\tb: c\n", 3, "", "not YAML"},
	{"- a\n", 1, "(top)", "MAPPING"},
	{"prots: []\n", 1, "prots", "unknown key"},
	{"mode: observe\nports:\n  - name: a\n    rloe: uplink\n", 4, "ports[0].rloe", "unknown key"},
	{"ports:\n  - name: a\n  - name: b\n    role: foo\n", 4, "ports[1].role", "one of: uplink, access"},
	{"mode: watch\n", 1, "mode", "one of: observe, enforce"},
	{"ports:\n  - role: uplink\n", 2, "ports[0]", "the key name is missing"},
	{"ports:\n  - name: a\n  - name: a\n", 3, "ports[1].name", "named twice"},
	{"ports:\n  - name: a/b\n", 2, "ports[0].name", "not a name"},
	{"ports:\n  - name: abcdefghijklmnop\n", 2, "ports[0].name", "15"},
	{"ports:\n  - name: a\n    rate: -5\n", 3, "ports[0].rate", "-5"},
	{"ports:\n  - name: a\n    burst: 5\n", 3, "ports[0].burst", "needs a rate"},
	{"ports: 5\n", 1, "ports", "SEQUENCE"},
	{"servers:\n  - 192.0.2.1\n  - 192.0.2.300\n", 3, "servers[1]", "192.0.2.300"},
	{"servers:\n  - 192.0.2.1/24\n", 2, "servers[0]", "192.0.2.1/24"},
	{"discovery:\n  resolvers:\n    - dns.example.net\n", 3, "discovery.resolvers[0]", "not an IP address"},
	{"discovery:\n  methods: [dhcp, dhcp]\n", 2, "discovery.methods[1]", "dhcp is named twice"},
	{"discovery:\n  explicit:\n    - port: eth1\n      name: 192.0.2.1\n", 4, "discovery.explicit[0].name",
	 "not a domain name"},
	{"discovery:\n  explicit:\n    - port: eth1\n      name: a.example\n      addresses: [none]\n", 5,
	 "discovery.explicit[0].addresses[0]", "not an IP address"},
	{"discovery:\n  explicit:\n    - { port: eth1, name: a.example, addresses: [224.0.0.1] }\n", 3,
	 "discovery.explicit[0].addresses", "a multicast address"},
	{"discovery:\n  default-domain: 'not a name'\n", 2, "discovery.default-domain", "not a domain name"},
	{"discovery:\n  trusted-names: ['a.*.b']\n", 2, "discovery.trusted-names[0]", ""},
	{"discovery:\n  dnssec: maybe\n", 2, "discovery.dnssec", ""},
	{"discovery:\n  resolvers:\n    - 192.0.2.0/24\n", 3, "discovery.resolvers[0]", "not a prefix"},
	{"discovery:\n  methods: [dhcp, guess]\n", 2, "discovery.methods[1]", "one of: explicit"},
	/* addresses without the name that authenticates them: RFC 8973 4, R-04 */
	{"discovery:\n  explicit:\n    - { port: a, addresses: [192.0.2.1] }\n", 3, "discovery.explicit[0]",
	 "the key name is missing"},
	{"discovery:\n  explicit:\n    - port: a\n      name: b\n      addresses: [x]\n", 5,
	 "discovery.explicit[0].addresses[0]", "not an IP address"},
	{"metrics:\n  listen: 9646\n", 2, "metrics.listen", "not an address and port"},
	{"metrics:\n  listen: 127.0.0.1:99999\n", 2, "metrics.listen", "not an address and port"},
	{"metrics:\n  listen: localhost:9646\n", 2, "metrics.listen", "not an address and port"},
	{"limits:\n  bindings: 0\n", 2, "limits.bindings", "not between"},
	{"limits:\n  bindings: many\n", 2, "limits.bindings", "many"},
	{"limits:\n  bindings: 16000001\n", 2, "limits.bindings", "between 1 and 16000000"},
	{"limits:\n  bindings-per-port: 0\n", 2, "limits.bindings-per-port", "between 1 and 16000000"},
	{"limits:\n  bindings: 10\n  bindings-per-port: 11\n", 3, "limits.bindings-per-port",
	 "limits.bindings, which is 10"},
	{"limits:\n  offers: 0\n", 2, "limits.offers", "between 1 and 1000000"},
	{"limits:\n  offers: 1000001\n", 2, "limits.offers", "between 1 and 1000000"},
	{"limits:\n  peersets: 5\n", 2, "limits.peersets", "unknown key"},
	{"mode: observe\nstore: lib/dotsnoop\n", 2, "store", "lib/dotsnoop: not an absolute path"},
	{"store: off\n", 1, "store", "or none"},
	{"store: ''\n", 1, "store", ""},
	{"proof:\n  enabled: perhaps\n", 2, "proof.enabled", "one of: true"},
	{"proof:\n  ca: ca.pem\n", 2, "proof.ca", "ca.pem: not an absolute path"},
	{"proof:\n  enabled: no\n  key: a.key\n", 3, "proof.key", "a.key: not an absolute path"},
	{"proof:\n  new-peers-per-hour: 0\n", 2, "proof.new-peers-per-hour", "between 1 and 1000000"},
	{"proof:\n  handshakes-per-second: 10001\n", 2, "proof.handshakes-per-second", "between 1 and 10000"},
	{"proof:\n  in-flight: some\n", 2, "proof.in-flight", ""},
	{"proof:\n  password: x\n", 2, "proof.password", "unknown key"},
	/* files that are there, and not what they should be */
	{"proof:\n  enabled: yes\n  ca: FOLDER/nowhere\n", 3, "proof.ca", "No such file"},
	{"proof: {ca: FOLDER/ca.pem,\n  crl: FOLDER/ca.pem}\n", 2, "proof.crl", "revocation list"},
	{"proof: {ca: FOLDER/ca.pem,\n  key: FOLDER/client.pem}\n", 2, "proof.key", "a key without a certificate"},
	{"proof: {ca: FOLDER/ca.pem,\n  certificate: FOLDER/crl.pem}\n", 2, "proof.certificate", "certificate"},
	{"proof: {ca: FOLDER/ca.pem, certificate: FOLDER/client.pem,\n  key: FOLDER/ca.pem}\n", 2, "proof.key",
	 "not that of the certificate"},
	{"proof: {ca: FOLDER/ca.pem, certificate: FOLDER/client.pem,\n  key: FOLDER/open.pem}\n", 2, "proof.key",
	 "others than its owner may use it"},
	{"proof: {ca: FOLDER/ca.pem,\n  certificate: FOLDER/open.pem}\n", 2, "proof.certificate",
	 "others than its owner may use it"},
	{"on-exit: stay\n", 1, "on-exit", "one of: detach, keep"},
	{"a: &x 1\nb: *x\n", 1, "a", "unknown key"},
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct config config = {.port_count = 77};
		struct config_error error = {0};
		char start[128];

		if (load(refused[i].text, &config, &error) == 0)
			fail_msg("case %zu was accepted", i);
		snprintf(start, sizeof start, "%s:%u: %s", file, refused[i].line, refused[i].key);
		if (strncmp(error.text, start, strlen(start)) != 0 || !strstr(error.text, refused[i].what) ||
		    strchr(error.text, '\n'))
			fail_msg("case %zu: \"%s\" is neither at %s nor of \"%s\"", i, error.text, start,
				 refused[i].what);
		assert_int_equal(config.port_count, 77); /* left alone */
	}
}

static void test_files_that_cannot_be_read(void **state)
{
	struct config config;
	struct config_error error;

	(void)state;
	assert_int_equal(config_load("/nonexistent/dotsnoop.yaml", &config, &error), -ENOENT);
	assert_string_equal(error.text, "/nonexistent/dotsnoop.yaml: No such file or directory");
	assert_int_equal(config_load("/", &config, &error), -EISDIR);
}

static void test_listen_forms(void **state)
{
	static const char *const forms[] = {"127.0.0.1:9646", "'[::1]:9646'", "0.0.0.0:1", "''"};
	struct config config;
	struct config_error error;
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		snprintf(text, sizeof text, "metrics:\n  listen: %s\n", forms[i]);
		if (load(text, &config, &error))
			fail_msg("%s", error.text);
	}
	assert_string_equal(config.listen, "");
}

static void test_too_many_ports(void **state)
{
	struct config config;
	struct config_error error;
	char name[16];

	(void)state;
	config_default(&config);
	for (unsigned i = 0; i < DS_PORTS_MAX; i++) {
		snprintf(name, sizeof name, "p%u", i);
		assert_int_equal(config_add_port(&config, name, DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), 0);
	}
	assert_int_equal(config_add_port(&config, "more", DS_ROLE_UPLINK, DS_MODE_OBSERVE, &error), -EINVAL);
	assert_non_null(strstr(error.text, "more"));
}

/* An authority, its revocation list, and a client with a key of its own, and with one that others may read. */
static void write_certificates(void)
{
	struct certificate authority = make_certificate(NULL, &(struct certificate_wish){.authority = true});
	const struct certificate_wish client = {.usage = "clientAuth"};
	char path[64];

	snprintf(path, sizeof path, "%s/ca.pem", folder);
	write_certificate(&authority, path);
	snprintf(path, sizeof path, "%s/crl.pem", folder);
	write_crl(&authority, NULL, path);
	snprintf(path, sizeof path, "%s/client.pem", folder);
	write_new_certificate(&authority, &client, path);
	snprintf(path, sizeof path, "%s/open.pem", folder);
	write_new_certificate(&authority, &client, path);
	assert_return_code(chmod(path, 0644), errno);
	free_certificate(&authority);
}

static int open_folder(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof file, "%s/dotsnoop.yaml", folder);
	write_certificates();
	return 0;
}

static int remove_folder(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command); /* NOLINT(cert-env33-c): a fixed command */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_files_that_cannot_be_read),
		cmocka_unit_test(test_listen_forms),
		cmocka_unit_test(test_too_many_ports),
		cmocka_unit_test(test_store),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_proof_is_asked_for),
		cmocka_unit_test(test_what_is_not_named),
	};

	return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
