/* SPDX-License-Identifier: BSD-2-Clause */
/* Is /metrics what Prometheus expects, and what is promised? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/metrics.h"
#include "snapshot.h"

static struct evbuffer *out;
static const char *text;

static int write_example(void **state)
{
	(void)state;
	out = evbuffer_new();
	metrics_write(out, snapshot_example());
	evbuffer_add(out, "", 1);
	text = (const char *)evbuffer_pullup(out, -1);
	return 0;
}

static int free_example(void **state)
{
	(void)state;
	evbuffer_free(out);
	return 0;
}

/* Is this a line of its own? */
static bool has_line(const char *line)
{
	size_t length = strlen(line);

	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && at[length] == '\n')
			return true;
	print_error("missing: %s\n", line);
	return false;
}

static void test_samples(void **state)
{
	static const char *const lines[] = {
		"dotsnoop_build_info{version=\"1.2.3\"} 1",
		"dotsnoop_frames_total{interface=\"eth0\",reason=\"not-udp\"} 100",
		"dotsnoop_frames_total{interface=\"eth0\",reason=\"lost\"} 2",
		"dotsnoop_dhcp_messages_total{interface=\"eth0\",family=\"4\",type=\"ack\",side=\"client\"} 9",
		"dotsnoop_dhcp_messages_total{interface=\"eth0\",family=\"4\",type=\"unknown\",side=\"relay\"} 4",
		"dotsnoop_ring_records_total 12",
		"dotsnoop_settled_total 40",
		"dotsnoop_ring_lost_total{interface=\"eth0\"} 2",
		"dotsnoop_ring_size_bytes 1048576",
		"dotsnoop_ring_used_bytes 4096",
		"dotsnoop_bindings{interface=\"eth0\",family=\"4\"} 7",
		"dotsnoop_bindings{interface=\"eth0\",family=\"6\"} 5",
		"dotsnoop_port_bindings{interface=\"access1\"} 12",
		"dotsnoop_binding_changes_total{change=\"created\"} 12",
		"dotsnoop_bindings_refused_total{reason=\"limit\"} 1",
		"dotsnoop_bindings_refused_total{reason=\"port\"} 2",
		"dotsnoop_bindings_refused_total{reason=\"offer\"} 3",
		"dotsnoop_circuits 4",
		"dotsnoop_offers 3",
		"dotsnoop_peersets 4",
		"dotsnoop_searches_running 512",
		"dotsnoop_searches_waiting 1488",
		"dotsnoop_store_up 0",
		"dotsnoop_store_state{state=\"behind\"} 1",
		"dotsnoop_store_state{state=\"current\"} 0",
		"dotsnoop_store_commits_total 70",
		"dotsnoop_store_commit_failures_total 9",
		"dotsnoop_store_pending_bytes 65536",
		"dotsnoop_store_size_bytes 16777216",
		"dotsnoop_store_restored_bindings_total{result=\"restored\"} 30",
		"dotsnoop_store_restored_bindings_total{result=\"expired\"} 5",
		"dotsnoop_store_restored_bindings_total{result=\"refused\"} 1",
		"dotsnoop_peers{family=\"4\",state=\"discovered\"} 5",
		"dotsnoop_peers{family=\"6\",state=\"proven\"} 1",
		"dotsnoop_proofs_total{transport=\"udp\",result=\"proven\"} 3",
		"dotsnoop_proofs_total{transport=\"udp\",result=\"wrong-name\"} 2",
		"dotsnoop_proofs_total{transport=\"tcp\",result=\"silent\"} 1",
		"dotsnoop_proofs_total{transport=\"tcp\",result=\"proven\"} 0",
		"dotsnoop_proofs_started_total 8",
		"dotsnoop_proofs_resumed_total 1",
		"dotsnoop_proofs_shared_total 90",
		"dotsnoop_proofs_over_budget_total 6",
		"dotsnoop_proofs_in_flight 5",
		"dotsnoop_proofs_waiting 14",
		"dotsnoop_peer_certificate_expiry_seconds 86399",
		"dotsnoop_snaptr_backtrack_total{reason=\"wrong-name\"} 2",
		"dotsnoop_snaptr_backtrack_total{reason=\"silent\"} 0",
		"dotsnoop_peers{family=\"6\",state=\"unresolved\"} 1",
		"dotsnoop_discards_total{reason=\"loopback\"} 8",
		"dotsnoop_resolutions_total{method=\"dhcp\",result=\"found\"} 3",
		"dotsnoop_xdp_attached{interface=\"eth0\",mode=\"native\"} 1",
		"dotsnoop_xdp_attached{interface=\"eth0\",mode=\"generic\"} 0",
		"dotsnoop_egress_attached{interface=\"eth0\",mode=\"tcx\"} 1",
		"dotsnoop_egress_attached{interface=\"eth0\",mode=\"clsact\"} 0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_true(has_line(lines[i]));
}

/* No number is too large. */
static void test_large_numbers(void **state)
{
	(void)state;
	assert_true(
		has_line("dotsnoop_dhcp_messages_total{interface=\"eth0\",family=\"6\",type=\"reply\",side=\"client\"} "
			 "9223372036854775807"));
}

static void test_histogram(void **state)
{
	(void)state;
	assert_true(has_line("# TYPE dotsnoop_resolution_duration_seconds histogram"));
	assert_true(has_line("dotsnoop_resolution_duration_seconds_bucket{le=\"0.001\"} 0"));
	assert_true(has_line("dotsnoop_resolution_duration_seconds_bucket{le=\"0.005\"} 2"));
	assert_true(has_line("dotsnoop_resolution_duration_seconds_bucket{le=\"10\"} 2"));
	assert_true(has_line("dotsnoop_resolution_duration_seconds_bucket{le=\"+Inf\"} 3"));
	assert_true(has_line("dotsnoop_resolution_duration_seconds_sum 12.5"));
	assert_true(has_line("dotsnoop_resolution_duration_seconds_count 3"));
	assert_true(has_line("dotsnoop_proof_duration_seconds_bucket{le=\"0.005\"} 0"));
	assert_true(has_line("dotsnoop_proof_duration_seconds_bucket{le=\"0.01\"} 2"));
	assert_true(has_line("dotsnoop_proof_duration_seconds_bucket{le=\"+Inf\"} 3"));
	assert_true(has_line("dotsnoop_proof_duration_seconds_sum 10.5"));
	assert_true(has_line("dotsnoop_store_commit_duration_seconds_bucket{le=\"0.0005\"} 0"));
	assert_true(has_line("dotsnoop_store_commit_duration_seconds_bucket{le=\"0.005\"} 68"));
	assert_true(has_line("dotsnoop_store_commit_duration_seconds_bucket{le=\"+Inf\"} 70"));
	assert_true(has_line("dotsnoop_store_commit_duration_seconds_sum 13.25"));
}

/* A certificate that ends, and one that is none, are not told apart by a number. */
static void test_no_certificate(void **state)
{
	struct snapshot snapshot = *snapshot_example();

	(void)state;
	snapshot.proofs.any_certificate = false;
	evbuffer_drain(out, evbuffer_get_length(out));
	metrics_write(out, &snapshot);
	evbuffer_add(out, "", 1);
	text = (const char *)evbuffer_pullup(out, -1);
	assert_true(has_line("# TYPE dotsnoop_peer_certificate_expiry_seconds gauge"));
	assert_null(strstr(text, "\ndotsnoop_peer_certificate_expiry_seconds"));
}

/* What is our own trouble leaves no record of S-NAPTR for the next. */
static void test_backtracks(void **state)
{
	(void)state;
	assert_non_null(strstr(text, "dotsnoop_snaptr_backtrack_total{reason=\"expired\"}"));
	assert_null(strstr(text, "dotsnoop_snaptr_backtrack_total{reason=\"internal\"}"));
	assert_null(strstr(text, "dotsnoop_snaptr_backtrack_total{reason=\"proven\"}"));
}

static void test_label_values_are_escaped(void **state)
{
	(void)state;
	assert_true(has_line("dotsnoop_rogue_messages_total{interface=\"a\\\"\\\\<b>\\\\255\\\\010\"} 3"));
}

/* No series twice, printable ASCII only, and each sample behind its own HELP and TYPE. */
static void test_format(void **state)
{
	char *copy = strdup(text), *lines[4096], family[128] = "";
	size_t count = 0;

	(void)state;
	for (char *line = strtok(copy, "\n"); line; line = strtok(NULL, "\n")) {
		for (const char *c = line; *c; c++)
			assert_in_range(*c, ' ', '~');
		if (sscanf(line, "# TYPE %127s", family) == 1 || *line == '#')
			continue;
		assert_memory_equal(line, family, strlen(family));
		*strrchr(line, ' ') = '\0';
		for (size_t i = 0; i < count; i++)
			assert_string_not_equal(line, lines[i]);
		assert_true(count < sizeof lines / sizeof *lines);
		lines[count++] = line;
	}
	assert_true(count > 100);
	free(copy);
}

static void test_promtool_agrees(void **state)
{
	/* NOLINTNEXTLINE(cert-env33-c): a fixed command */
	if (system("command -v promtool >/dev/null"))
		skip();

	/* NOLINTNEXTLINE(cert-env33-c): a fixed command */
	FILE *promtool = popen("promtool check metrics", "w");
	(void)state;
	assert_non_null(promtool);
	fputs(text, promtool);
	assert_int_equal(pclose(promtool), 0);
}

#define example_test(f) cmocka_unit_test_setup_teardown(f, write_example, free_example)

int main(void)
{
	const struct CMUnitTest tests[] = {
		example_test(test_samples),    example_test(test_large_numbers),
		example_test(test_histogram),  example_test(test_label_values_are_escaped),
		example_test(test_format),     example_test(test_promtool_agrees),
		example_test(test_backtracks), example_test(test_no_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
