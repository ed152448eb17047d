/* SPDX-License-Identifier: BSD-2-Clause */
#include "peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <openssl/ssl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../fastpath/support.h"
#include "base/cleanup.h"
#include "certificates.h"
#include "place.h"

#define DEVICE "peers"
#define DOTS_PORT 4646
#define WAITING_MAX 4096 /* connections not accepted yet */

/* The peers are all of 198.19.0.0/16, behind one router: else the kernel would keep a neighbour for each. */
#define AGENT_SIDE                                                                                                     \
	"ip link add %s type veth peer name " DEVICE " netns %d && ip addr add 198.18.0.1/24 dev %s && "               \
	"ip link set %s up && ip route add 198.19.0.0/16 via 198.18.0.2 dev %s"
#define PEERS_SIDE                                                                                                     \
	"ip link set lo up && ip link set " DEVICE " up && ip addr add 198.18.0.2/24 dev " DEVICE                      \
	" && ip route add local 198.19.0.0/16 dev lo"

static bool complain(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return false;
}

static bool run(const char *command)
{
	if (system(command) == 0)
		return true;
	fprintf(stderr, "%s: failed\n", command);
	return false;
}

/* --- Subscribers --- */

static void build_ack(struct packet *packet, unsigned number)
{
	const uint8_t peer[4] = {198, 19, (uint8_t)(number >> 8), (uint8_t)number};

	add_dhcp4(packet, 2, 5);
	put32(packet->data + packet->message + 4, number);                   /* xid */
	put32(packet->data + packet->message + 16, 0x0ac80000 + number);     /* yiaddr */
	put32(packet->data + packet->message + 28 + 2, 0xfeed0000 + number); /* the end of chaddr */
	add_option4(packet, 54, "\xc0\x00\x02\x01", 4);
	add_option4(packet, 51, "\x00\x01\x51\x80", 4);
	add_option4(packet, 147, "\4dots\7example\3net", 18);
	add_option4(packet, 148, peer, sizeof peer);
	add(packet, "\xff", 1);
	seal(packet);
}

static bool tell(unsigned count)
{
	const struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(DEVICE)};
	AUTO_FD int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct packet packet;

	for (unsigned number = 1; fd >= 0 && number <= count; number++) {
		build_ack(&packet, number);
		if (sendto(fd, packet.data, packet.size, 0, (const struct sockaddr *)&to, sizeof to) < 0)
			return complain("subscribers cannot be acknowledged");
	}
	return fd >= 0 || complain("subscribers cannot be acknowledged");
}

/* --- Servers --- */

struct server {
	struct event_base *base;
	SSL_CTX *context;
	int orders, answers;
};

/* Who has connected. */
struct guest {
	SSL *ssl;
	struct event *event;
};

static void dismiss(struct guest *guest)
{
	close(SSL_get_fd(guest->ssl));
	SSL_free(guest->ssl);
	event_free(guest->event);
	free(guest);
}

/* The hold is over, or more has come: the handshake goes on, and then we read until the peer says goodbye. */
static void on_guest(evutil_socket_t fd, short events, void *context)
{
	struct guest *guest = context;
	char data[256];

	(void)fd;
	(void)events;
	int r = SSL_is_init_finished(guest->ssl) ? 1 : SSL_accept(guest->ssl);
	while (r > 0)
		r = SSL_read(guest->ssl, data, sizeof data);
	if (SSL_get_error(guest->ssl, r) == SSL_ERROR_WANT_READ)
		event_add(guest->event, NULL);
	else
		dismiss(guest);
}

static void on_connection(evutil_socket_t listener, short events, void *context)
{
	static const struct timeval hold = {PEERS_HOLD_S, 0};
	const struct server *server = context;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	struct guest *guest = malloc(sizeof *guest);
	*guest = (struct guest){SSL_new(server->context), event_new(server->base, fd, EV_READ, on_guest, guest)};
	SSL_set_fd(guest->ssl, fd);
	event_base_once(server->base, -1, EV_TIMEOUT, on_guest, guest, &hold);
}

static void on_order(evutil_socket_t fd, short events, void *context)
{
	const struct server *server = context;
	unsigned count;

	(void)events;
	if (read(fd, &count, sizeof count) != sizeof count)
		_exit(0); /* who ordered us is gone */
	if (!tell(count) || write(server->answers, "t", 1) != 1)
		_exit(1);
}

static int listen_everywhere(void)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(DOTS_PORT)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof any) || listen(fd, WAITING_MAX)) {
		complain("peers cannot be served");
		_exit(1);
	}
	return fd;
}

static SSL_CTX *server_context(const char *folder)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char certificate[PLACE_FOLDER_SIZE + 16], key[PLACE_FOLDER_SIZE + 16];

	snprintf(certificate, sizeof certificate, "%s/peer.pem", folder);
	snprintf(key, sizeof key, "%s/peer.key", folder);
	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
		fprintf(stderr, "%s: no certificate for peers\n", certificate);
		_exit(1);
	}
	return context;
}

static void serve(const char *folder, int orders, int answers)
{
	struct server server = {event_base_new(), server_context(folder), orders, answers};

	if (!run(PEERS_SIDE))
		_exit(1);
	struct event *connections =
		event_new(server.base, listen_everywhere(), EV_READ | EV_PERSIST, on_connection, &server);
	struct event *ordered = event_new(server.base, orders, EV_READ | EV_PERSIST, on_order, &server);
	event_add(connections, NULL);
	event_add(ordered, NULL);
	if (write(answers, "s", 1) == 1)
		event_base_dispatch(server.base);
	_exit(1);
}

/* --- Their process --- */

static void live(const char *folder, int orders, int answers, const cpu_set_t *cores)
{
	char ready;

	signal(SIGPIPE, SIG_IGN);
	place_pin(cores, true);
	if (unshare(CLONE_NEWNET)) {
		complain("cannot make a network namespace");
		_exit(1);
	}
	if (write(answers, "n", 1) == 1 && read(orders, &ready, 1) == 1) /* its end of the port is there */
		serve(folder, orders, answers);
	_exit(1);
}

/* It has come that far. */
static bool hear(const struct peers *peers, char wanted)
{
	char told = 0;

	return (read(peers->answers, &told, 1) == 1 && told == wanted) || complain("the peers do not answer");
}

static bool connect_port(const struct peers *peers, const char *port)
{
	char command[512];

	snprintf(command, sizeof command, AGENT_SIDE, port, (int)peers->pid, port, port, port);
	return run(command) && write(peers->orders, "p", 1) == 1 && hear(peers, 's');
}

bool peers_open(struct peers *peers, const char *folder, const char *port, const cpu_set_t *cores)
{
	int orders[2], answers[2];

	if (pipe2(orders, O_CLOEXEC) || pipe2(answers, O_CLOEXEC))
		return complain("the peers cannot be started");
	*peers = (struct peers){place_fork(), orders[1], answers[0]};
	if (peers->pid == 0) {
		close(orders[1]);
		live(folder, orders[0], answers[1], cores);
	}
	close(orders[0]);
	close(answers[1]);
	return hear(peers, 'n') && connect_port(peers, port);
}

bool peers_tell(const struct peers *peers, unsigned count)
{
	return write(peers->orders, &count, sizeof count) == sizeof count && hear(peers, 't');
}

void peers_close(struct peers *peers)
{
	if (!peers->pid)
		return;
	close(peers->orders);
	waitpid(peers->pid, NULL, 0);
	close(peers->answers);
	peers->pid = 0;
}
