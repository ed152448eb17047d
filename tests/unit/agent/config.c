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

static char file[64];

static int load(const char *text, struct config *config, struct config_error *error)
{
	FILE *stream = fopen(file, "w");

	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
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
				 "  ca: /etc/ssl/certs/ca-certificates.crt\n"
				 "  certificate: /etc/dotsnoop/client.pem\n"
				 "  key: /etc/dotsnoop/client.key\n"
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

static int open_file(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	strcpy(file, "/tmp/dotsnoop-config-XXXXXX");
	int fd = mkstemp(file);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),   cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_refused),      cmocka_unit_test(test_files_that_cannot_be_read),
		cmocka_unit_test(test_listen_forms), cmocka_unit_test(test_too_many_ports),
		cmocka_unit_test(test_store),        cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, open_file, remove_file);
}
