/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a test of proofs stand on? A network and a folder of its own, an authority, and servers that really run. */
#ifndef TESTS_UNIT_PROOF_SCENE_H
#define TESTS_UNIT_PROOF_SCENE_H

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../discovery/network.h"
#include "base/clock.h"
#include "certificates.h"
#include "proof/handshake.h"

#define PORT 4646
#define NAME "dots.example.net"

static char folder[] = "/tmp/dotsnoop-proof.XXXXXX";
static struct certificate authority;

/* Certificates lie in the folder: ca.pem is the authority's. Before a test makes others. */
static inline int open_folder(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_return_code(chdir(folder), errno);
	authority = make_certificate(NULL, &(struct certificate_wish){.cn = "authority", .authority = true});
	write_certificate(&authority, "ca.pem");
	write_new_certificate(&authority, &(struct certificate_wish){.names = "DNS:" NAME ",IP:127.0.0.1,IP:::1"},
			      "good.pem");
	return 0;
}

static inline int close_folder(void **state)
{
	char command[64];

	(void)state;
	free_certificate(&authority);
	snprintf(command, sizeof command, "rm -r %s", folder);
	return chdir("/") || system(command);
}

/* --- Servers --- */

struct server {
	pid_t pid;
	int input; /* s_server ends when this does */
};

static inline bool says(const char *path, const char *word)
{
	char text[4096];
	FILE *file = fopen(path, "r");
	size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;

	if (file)
		fclose(file);
	text[size] = '\0';
	return strstr(text, word);
}

/* Runs a command with its output in `log`, until it has said a word. */
static inline struct server start_server(const char *word, const char *command)
{
	static pid_t last; /* of a test that failed, it would be in the next one's way */
	struct server server;
	int ends[2];

	if (last > 0 && waitpid(last, NULL, WNOHANG) == 0) {
		kill(last, SIGKILL);
		waitpid(last, NULL, 0);
	}
	unlink("log");
	assert_return_code(pipe2(ends, O_CLOEXEC), errno);
	server.pid = fork();
	if (server.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[0], STDIN_FILENO);
		dup2(open("log", O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
		dup2(STDOUT_FILENO, STDERR_FILENO);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	last = server.pid;
	close(ends[0]);
	server.input = ends[1];
	for (int i = 0; i < 1000 && !says("log", word); i++)
		usleep(5000);
	assert_true(says("log", word));
	return server;
}

static inline void stop_server(struct server *server)
{
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	close(server->input);
}

/* openssl s_server of a certificate, with options of its own behind those that all have. */
static inline struct server start_openssl(enum peer_transport transport, const char *certificate, const char *options)
{
	char command[512];

	snprintf(command, sizeof command, "exec openssl s_server -accept %d -cert %s %s %s", PORT, certificate,
		 transport == TRANSPORT_UDP ? "-dtls1_2 -mtu 1200" : "", options);
	return start_server("ACCEPT", command);
}

/* --- Peers --- */

static inline struct proof_target target_of(const char *address, enum peer_transport transport, const char *name)
{
	struct proof_target target = {.port = PORT, .transport = transport};

	assert_true(address_parse(address, &target.address));
	if (name) {
		target.name.length = (uint8_t)strlen(name);
		strcpy(target.name.text, name);
	}
	return target;
}

static inline struct credentials *credentials_of(const struct credentials_options *options)
{
	struct credentials *credentials;
	char error[CREDENTIALS_ERROR_SIZE] = "";

	if (credentials_new(options, &credentials, error))
		fail_msg("%s", error);
	return credentials;
}

/* --- One handshake --- */

struct outcome {
	struct event_base *base;
	unsigned calls;
	struct proof proof;
	SSL_SESSION *session; /* owned */
	int chain;            /* certificates */
};

static inline void on_proof(void *context, const struct proof *proof)
{
	struct outcome *outcome = context;

	outcome->calls++;
	outcome->proof = *proof;
	outcome->chain = sk_X509_num(proof->chain);
	outcome->session = proof->session;
	if (outcome->session)
		SSL_SESSION_up_ref(outcome->session);
	event_base_loopbreak(outcome->base);
}

static inline struct proof prove_with(struct event_base *base, const struct proof_target *target,
				      const struct handshake_options *options)
{
	struct outcome outcome = {.base = base};

	assert_non_null(handshake_start(base, target, options, on_proof, &outcome));
	assert_int_equal(outcome.calls, 0);
	event_base_dispatch(base);
	assert_int_equal(outcome.calls, 1);
	SSL_SESSION_free(outcome.session);
	return outcome.proof;
}

#endif
