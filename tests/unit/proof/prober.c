/* SPDX-License-Identifier: BSD-2-Clause */
/* Is each peer contacted once, at its turn and within the budget, and is what came of it kept as long as it holds? */
#include "proof/prober.h"

#include <sys/mman.h>

#include "proof/budget.h"
#include "proof/pause.h"
#include "scene.h"

#define SECOND NS_PER_SECOND
#define MANY 1000

/* What the server counts, in memory that it shares with us. */
static struct count {
	unsigned connections, handshakes, resumed;
} * served;

/* --- A server of all of 127.0.0.0/8: one handshake after the other, as fast as it can --- */

static SSL_CTX *server_context(const char *certificate)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, certificate, SSL_FILETYPE_PEM) != 1)
		_exit(1);
	SSL_CTX_set_num_tickets(context, 1);
	return context;
}

static void serve_one(SSL_CTX *context, int fd)
{
	const struct timeval patience = {10, 0};
	SSL *ssl = SSL_new(context);
	char data[64];

	served->connections++;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		served->handshakes++;
		served->resumed += (unsigned)SSL_session_reused(ssl);
		SSL_read(ssl, data, sizeof data); /* until the peer says goodbye */
	}
	SSL_free(ssl);
	close(fd);
}

static int listen_everywhere(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof address), errno);
	assert_return_code(listen(fd, 4096), errno);
	return fd;
}

static pid_t start_counting(const char *certificate)
{
	int fd = listen_everywhere(PORT);
	pid_t child;

	memset(served, 0, sizeof *served);
	child = fork();
	if (child == 0) {
		SSL_CTX *context;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		context = server_context(certificate);
		for (;;)
			serve_one(context, accept(fd, NULL, NULL));
	}
	close(fd);
	return child;
}

static void stop(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* --- Scenes --- */

struct scene {
	struct event_base *base;
	struct prober *prober;
	pid_t server;
};

static struct credentials *trusting(void)
{
	return credentials_of(&(struct credentials_options){.ca = "ca.pem"});
}

static void new_prober(struct scene *scene, const struct prober_options *options)
{
	prober_free(scene->prober);
	assert_return_code(prober_new(scene->base, options, trusting(), &scene->prober), errno);
}

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);

	scene->base = event_base_new();
	scene->server = start_counting("good.pem");
	new_prober(scene, &(struct prober_options){.per_second = 100000, .deadline = 3 * SECOND});
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	prober_free(scene->prober);
	event_base_free(scene->base);
	stop(scene->server);
	free(scene);
	return 0;
}

struct told {
	unsigned calls;
	enum proof_reason reason, first;
	uint64_t expires, at;
	struct asker *asker;
};

static void on_told(void *context, const struct proof *proof)
{
	struct told *told = context;

	if (told->calls++ == 0)
		told->first = proof->reason;
	told->reason = proof->reason;
	told->expires = proof->expires;
	told->at = clock_boot();
	assert_null(proof->chain);
	assert_null(proof->session);
}

/* 127.0.HIGH.LOW */
static struct proof_target peer(unsigned number)
{
	struct proof_target target = target_of("127.0.0.1", TRANSPORT_TCP, NAME);

	target.address.bytes[2] = (uint8_t)(number >> 8);
	target.address.bytes[3] = (uint8_t)number;
	return target;
}

static void ask(const struct scene *scene, const struct proof_target *target, struct told *told)
{
	*told = (struct told){0};
	assert_return_code(prober_ask(scene->prober, target, on_told, told, &told->asker), 0);
	assert_int_equal(told->calls, 0);
}

/* Lets the loop run until all have been told so often, or a time is over. */
static void run(const struct scene *scene, const struct told *told, size_t count, unsigned calls, uint64_t most)
{
	uint64_t end = clock_boot() + most;
	size_t i = 0;

	while (clock_boot() < end) {
		while (i < count && told[i].calls >= calls)
			i++;
		if (i == count)
			break;
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		usleep(200);
	}
}

static struct prober_stats stats_of(const struct scene *scene)
{
	struct prober_stats stats;

	prober_stats(scene->prober, &stats);
	return stats;
}

/* --- Tests --- */

static void test_one_for_all(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct told told[5];

	for (int i = 0; i < 3; i++)
		ask(scene, &target, &told[i]);
	prober_leave(told[2].asker);
	run(scene, told, 2, 1, 5 * SECOND);
	ask(scene, &target, &told[3]); /* is told what is known */
	run(scene, &told[3], 1, 1, 5 * SECOND);
	target.device[0] = 'l'; /* another device's is another peer */
	target.device[1] = 'o';
	ask(scene, &target, &told[4]);
	run(scene, &told[4], 1, 1, 5 * SECOND);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(told[i].calls, i == 2 ? 0 : 1);
		assert_int_equal(told[i].reason, REASON_PROVEN);
	}
	assert_int_equal(served->connections, 2);
	assert_int_equal(served->handshakes, 2);
	assert_int_equal(stats_of(scene).shared, 3);
	assert_int_equal(stats_of(scene).outcomes[TRANSPORT_TCP][REASON_PROVEN], 2);
	assert_true(stats_of(scene).soonest_expiry == told[0].expires ||
		    stats_of(scene).soonest_expiry == told[4].expires);
}

static void test_side_by_side(void **state)
{
	static struct told told[MANY];
	struct scene *scene = *state;
	struct prober_stats stats;

	new_prober(scene, &(struct prober_options){.per_second = 100000, .strangers = MANY, .deadline = 50 * SECOND});
	for (unsigned i = 0; i < MANY; i++) {
		struct proof_target target = peer(i + 1);
		ask(scene, &target, &told[i]);
	}
	run(scene, told, MANY, 1, 50 * SECOND);
	stats = stats_of(scene);
	print_message("#: %d peers: %u handshakes at the server, up to %zu at a time, %.2f s each\n", MANY,
		      served->handshakes, stats.most_in_flight, (double)stats.time_sum / SECOND / MANY);
	assert_int_equal(stats.outcomes[TRANSPORT_TCP][REASON_PROVEN], MANY);
	assert_int_equal(served->handshakes, MANY);
	assert_int_equal(stats.in_flight, 0);
	assert_true(stats.most_in_flight > MANY / 2);
}

static void test_caps(void **state)
{
	static struct told told[60];
	struct scene *scene = *state;
	uint64_t began;

	/* So many at a time. */
	new_prober(scene, &(struct prober_options){.per_second = 100000, .in_flight = 7});
	for (unsigned i = 0; i < 60; i++) {
		struct proof_target target = peer(i + 1);
		ask(scene, &target, &told[i]);
	}
	run(scene, told, 60, 1, 10 * SECOND);
	assert_int_equal(stats_of(scene).most_in_flight, 7);
	assert_int_equal(stats_of(scene).outcomes[TRANSPORT_TCP][REASON_PROVEN], 60);

	/* So many a second: ten at once, the others at their pace. */
	new_prober(scene, &(struct prober_options){.per_second = 100});
	began = clock_boot();
	for (unsigned i = 0; i < 60; i++) {
		struct proof_target target = peer(i + 1);
		ask(scene, &target, &told[i]);
	}
	run(scene, told, 60, 1, 10 * SECOND);
	assert_int_equal(stats_of(scene).outcomes[TRANSPORT_TCP][REASON_PROVEN], 60);
	assert_true(clock_boot() - began >= SECOND * 49 / 100);

	/* So many with one address, port and transport, whatever the names. */
	new_prober(scene, &(struct prober_options){.per_second = 100000, .per_destination = 2});
	for (unsigned i = 0; i < 20; i++) {
		struct proof_target target = peer(1);
		target.name.text[0] = (char)('a' + i);
		ask(scene, &target, &told[i]);
	}
	run(scene, told, 20, 1, 10 * SECOND);
	assert_int_equal(stats_of(scene).most_in_flight, 2);
	assert_int_equal(stats_of(scene).outcomes[TRANSPORT_TCP][REASON_WRONG_NAME], 19); /* and "dots" */
}

/* One that does not answer stands in the way of no other port, and of no other transport. */
static void test_no_waiting_for_others(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct told silent, udp, tcp;
	int fd = listen_everywhere(PORT + 1), datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_return_code(bind(datagrams, (struct sockaddr *)&nobody, sizeof nobody), errno);
	target.port = PORT + 1;
	ask(scene, &target, &silent);
	target.port = PORT;
	target.transport = TRANSPORT_UDP;
	ask(scene, &target, &udp);
	target.transport = TRANSPORT_TCP;
	ask(scene, &target, &tcp);
	run(scene, &tcp, 1, 1, 2 * SECOND);
	assert_int_equal(tcp.reason, REASON_PROVEN);
	assert_int_equal(silent.calls + udp.calls, 0);
	close(fd);
	close(datagrams);
}

static void test_budget(void **state)
{
	static struct told told[30];
	struct scene *scene = *state;
	struct proof_target target;

	new_prober(scene, &(struct prober_options){.per_second = 100000, .strangers = 10});
	for (unsigned i = 0; i < 30; i++) {
		target = peer(i % 20 + 1);
		if (i >= 20) { /* other peers, and another port, which has a budget of its own */
			strcpy(target.device, "lo");
			strcpy(target.learnt_on, "port2");
		}
		ask(scene, &target, &told[i]);
	}
	run(scene, told, 30, 1, 10 * SECOND);
	assert_int_equal(stats_of(scene).outcomes[TRANSPORT_TCP][REASON_PROVEN], 20);
	assert_int_equal(stats_of(scene).outcomes[TRANSPORT_TCP][REASON_OVER_BUDGET], 10);
	assert_int_equal(served->connections, 20);
	/* Configured anew, who is known is no stranger. */
	for (unsigned i = 0; i < 30; i++)
		told[i].calls = 0;
	prober_configure(scene->prober, &(struct prober_options){.per_second = 100000, .strangers = 10}, trusting());
	run(scene, told, 30, 1, 10 * SECOND);
	assert_int_equal(served->handshakes, 40);
	assert_int_equal(served->resumed, 0);
}

/* What one port has used up is there for who learns of the same peer on another one. */
static void test_budget_of_another(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct told first, refused, let_in;

	new_prober(scene, &(struct prober_options){.strangers = 1});
	strcpy(target.learnt_on, "port1");
	ask(scene, &target, &first);
	run(scene, &first, 1, 1, 5 * SECOND);
	target.address = peer(2).address;
	ask(scene, &target, &refused);
	run(scene, &refused, 1, 1, 5 * SECOND);
	assert_int_equal(first.reason, REASON_PROVEN);
	assert_int_equal(refused.reason, REASON_OVER_BUDGET);
	strcpy(target.learnt_on, "port2");
	ask(scene, &target, &let_in);
	run(scene, &refused, 1, 2, 5 * SECOND);
	assert_int_equal(refused.reason, REASON_PROVEN);
	assert_int_equal(let_in.reason, REASON_PROVEN);
}

static void test_budget_refills(void **state)
{
	static const char one[IF_NAMESIZE] = "port1", other[IF_NAMESIZE] = "port2";
	struct budget budget = {.per_hour = 60};
	unsigned taken = 0;

	(void)state;
	for (uint64_t now = 1; now < 3600 * SECOND; now += SECOND)
		taken += budget_take(&budget, one, now);
	assert_in_range(taken, 119, 120);
	assert_true(budget_take(&budget, other, 3600 * SECOND));
	budget_clear(&budget);
}

/* Nobody there: tried again, each time after twice the pause, give or take a fifth. */
static void test_pauses(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	uint64_t pause = SECOND * 2 / 5;
	struct told told;

	target.port = 9;
	new_prober(scene, &(struct prober_options){.pause_first = pause, .pause_most = 2 * pause});
	ask(scene, &target, &told);
	run(scene, &told, 1, 1, 5 * SECOND);
	assert_int_equal(told.reason, REASON_PORT_CLOSED);
	for (unsigned i = 2; i <= 4; i++) {
		uint64_t last = told.at, wanted = i == 2 ? pause : 2 * pause;
		run(scene, &told, 1, i, 5 * SECOND);
		assert_int_equal(told.calls, i);
		assert_in_range(told.at - last, wanted * 80 / 100, wanted * 120 / 100 + SECOND / 2);
	}
	/* Who asks in a pause is told, and does not shorten it. */
	struct told other;
	unsigned calls = told.calls;
	ask(scene, &target, &other);
	run(scene, &other, 1, 1, pause / 4);
	assert_int_equal(other.reason, REASON_PORT_CLOSED);
	assert_int_equal(told.calls, calls);
}

static void test_pause_bounds(void **state)
{
	static const uint32_t randoms[] = {0, UINT32_MAX / 2, UINT32_MAX};

	(void)state;
	for (unsigned failures = 1; failures < 40; failures++) {
		uint64_t wanted = failures > 7 ? 3600 * SECOND : (30 * SECOND) << (failures - 1);
		for (size_t i = 0; i < 3; i++)
			assert_in_range(pause_after(failures, 30 * SECOND, 3600 * SECOND, randoms[i]),
					wanted * 79 / 100, wanted * 121 / 100);
	}
	assert_true(pause_after(1, SECOND, SECOND, 0) < pause_after(1, SECOND, SECOND, UINT32_MAX));
}

/* A certificate that expires: proven, then expired, then what its server shows anew. */
static void test_expiry(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct told told;

	stop(scene->server);
	write_new_certificate(&authority, &(struct certificate_wish){.names = "DNS:" NAME, .until = 3}, "soon.pem");
	scene->server = start_counting("soon.pem");
	ask(scene, &target, &told);
	run(scene, &told, 1, 1, 5 * SECOND);
	assert_int_equal(told.reason, REASON_PROVEN);
	assert_true(told.expires < clock_boot() + 4 * SECOND);
	stop(scene->server);
	scene->server = start_counting("good.pem");
	run(scene, &told, 1, 2, 8 * SECOND);
	assert_int_equal(told.reason, REASON_EXPIRED);
	run(scene, &told, 1, 3, 5 * SECOND);
	assert_int_equal(told.reason, REASON_PROVEN);
	assert_int_equal(served->resumed, 0);
}

/* One that expires while its server, asked again, does not answer: nobody hears of it as proven after that. */
static void test_expiry_in_handshake(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct told told, other;

	stop(scene->server);
	write_new_certificate(&authority, &(struct certificate_wish){.names = "DNS:" NAME, .until = 3}, "brief.pem");
	scene->server = start_counting("brief.pem");
	new_prober(scene, &(struct prober_options){.again = SECOND / 2, .deadline = 20 * SECOND});
	ask(scene, &target, &told);
	run(scene, &told, 1, 1, 5 * SECOND);
	assert_int_equal(told.reason, REASON_PROVEN);
	kill(scene->server, SIGSTOP);
	while (told.reason == REASON_PROVEN && clock_boot() < told.expires + 5 * SECOND)
		run(scene, &told, 1, told.calls + 1, SECOND);
	assert_int_equal(told.reason, REASON_EXPIRED);
	assert_int_equal(stats_of(scene).in_flight, 1);
	ask(scene, &target, &other);
	run(scene, &other, 1, 1, SECOND / 5);
	assert_int_equal(other.calls, 0);
	assert_int_equal(told.reason, REASON_EXPIRED);
}

/* A proven peer is asked again in its time, by the session that it gave. */
static void test_again(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct told told;

	new_prober(scene, &(struct prober_options){.again = SECOND / 5});
	ask(scene, &target, &told);
	run(scene, &told, 1, 3, 5 * SECOND);
	assert_int_equal(told.reason, REASON_PROVEN);
	assert_int_equal(served->handshakes, 3);
	assert_int_equal(served->resumed, 2);
	assert_int_equal(stats_of(scene).resumed, 2);
}

/* TCP has won over UDP, which is left in peace. */
static void test_udp_after_tcp(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct told tcp, udp;

	new_prober(scene, &(struct prober_options){.pause_first = SECOND / 10});
	ask(scene, &target, &tcp);
	run(scene, &tcp, 1, 1, 5 * SECOND);
	target.transport = TRANSPORT_UDP;
	ask(scene, &target, &udp);
	run(scene, &udp, 1, 2, 3 * SECOND); /* port closed: believed after 1.2 s */
	assert_int_equal(tcp.reason, REASON_PROVEN);
	assert_int_equal(udp.reason, REASON_PORT_CLOSED);
	assert_int_equal(udp.calls, 1);
}

static void leave_others(void *context, const struct proof *proof)
{
	struct told *told = context;

	on_told(told, proof);
	for (int i = 0; i < 3; i++) {
		prober_leave(told[i].asker);
		told[i].asker = NULL;
	}
}

/* Whoever is told may leave, and have others leave; what nobody asks about any more is not contacted. */
static void test_leaving(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct told told[3] = {0};

	for (int i = 0; i < 3; i++)
		ask(scene, &target, &told[i]);
	prober_leave(told[2].asker);
	assert_return_code(prober_ask(scene->prober, &target, leave_others, told, &told[2].asker), 0);
	run(scene, told, 1, 1, 5 * SECOND);
	assert_int_equal(told[0].calls, 1);
	target = peer(2);
	ask(scene, &target, &told[0]);
	prober_leave(told[0].asker);
	run(scene, told, 1, 1, SECOND / 10);
	assert_int_equal(told[0].calls, 0);
	assert_int_equal(served->connections, 1);
	prober_leave(NULL);
}

struct leaving {
	struct prober *prober;
	struct told first, third;
};

/* Who is asked about by nobody makes room, even from within the callback about it. */
static void leave_for_another(void *context, const struct proof *proof)
{
	struct leaving *leaving = context;
	struct proof_target target = peer(3);

	on_told(&leaving->first, proof);
	prober_leave(leaving->first.asker);
	assert_return_code(prober_ask(leaving->prober, &target, on_told, &leaving->third, &leaving->third.asker), 0);
}

static void test_room(void **state)
{
	struct scene *scene = *state;
	struct leaving leaving = {0};
	struct proof_target target = peer(2);
	struct told second;
	struct asker *asker;

	new_prober(scene, &(struct prober_options){.peers = 2, .per_second = 100000});
	leaving.prober = scene->prober;
	ask(scene, &target, &second);
	target = peer(1);
	assert_return_code(prober_ask(scene->prober, &target, leave_for_another, &leaving, &leaving.first.asker), 0);
	run(scene, &second, 1, 1, 5 * SECOND);
	run(scene, &leaving.third, 1, 1, 5 * SECOND);
	assert_int_equal(second.reason, REASON_PROVEN);
	assert_int_equal(leaving.first.reason, REASON_PROVEN);
	assert_int_equal(leaving.third.calls, 1);
	assert_int_equal(leaving.third.reason, REASON_PROVEN);
	assert_int_equal(stats_of(scene).peers, 2);
	target = peer(4);
	assert_int_equal(prober_ask(scene->prober, &target, on_told, NULL, &asker), -ENOSPC);
}

/* Not after its pause, if there is a reason to. */
static void test_retry(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct told told;
	int fd;

	target.port = PORT + 1;
	new_prober(scene, &(struct prober_options){.deadline = SECOND / 2});
	ask(scene, &target, &told);
	run(scene, &told, 1, 1, 5 * SECOND);
	assert_int_equal(told.reason, REASON_PORT_CLOSED);
	fd = listen_everywhere(PORT + 1);
	prober_retry(told.asker);
	run(scene, &told, 1, 2, 5 * SECOND);
	assert_int_equal(told.calls, 2);
	assert_int_equal(told.reason, REASON_SILENT);
	close(fd);
}

/* Other limits leave alone what is known; what is known by other credentials is not. */
static void test_other_limits(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct credentials *same = trusting();
	struct credentials *others =
		credentials_of(&(struct credentials_options){.ca = "ca.pem", .certificate = "good.pem"});
	struct told told, other;

	ask(scene, &target, &told);
	run(scene, &told, 1, 1, 5 * SECOND);
	assert_true(prober_has(scene->prober, same));
	assert_false(prober_has(scene->prober, others));
	prober_limit(scene->prober, &(struct prober_options){.per_second = 1});
	ask(scene, &target, &other);
	run(scene, &other, 1, 1, 5 * SECOND);
	assert_int_equal(other.reason, REASON_PROVEN);
	assert_int_equal(served->connections, 1);
	credentials_free(same);
	credentials_free(others);
}

static void test_no_targets(void **state)
{
	struct scene *scene = *state;
	struct proof_target target = peer(1);
	struct asker *asker;

	target.port = 0;
	assert_int_equal(prober_ask(scene->prober, &target, on_told, NULL, &asker), -EINVAL);
	target = peer(1);
	strcpy(target.name.text, ".example.net");
	target.name.length = 12;
	assert_int_equal(prober_ask(scene->prober, &target, on_told, NULL, &asker), -EINVAL);
	target = peer(1);
	target.channel = CHANNEL_DATA;
	target.transport = TRANSPORT_UDP;
	assert_int_equal(prober_ask(scene->prober, &target, on_told, NULL, &asker), -EINVAL);
	new_prober(scene, &(struct prober_options){.peers = 1});
	target = peer(1);
	assert_int_equal(prober_ask(scene->prober, &target, on_told, &(struct told){0}, &asker), 0);
	target = peer(2);
	assert_int_equal(prober_ask(scene->prober, &target, on_told, NULL, &asker), -ENOSPC);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_for_all),
		TEST(test_side_by_side),
		TEST(test_caps),
		TEST(test_no_waiting_for_others),
		TEST(test_budget),
		TEST(test_budget_of_another),
		cmocka_unit_test(test_budget_refills),
		TEST(test_pauses),
		cmocka_unit_test(test_pause_bounds),
		TEST(test_expiry),
		TEST(test_expiry_in_handshake),
		TEST(test_again),
		TEST(test_udp_after_tcp),
		TEST(test_leaving),
		TEST(test_room),
		TEST(test_retry),
		TEST(test_other_limits),
		TEST(test_no_targets),
	};

	served = mmap(NULL, sizeof *served, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (enter_network() < 0) {
		printf("1..0 # SKIP no network may be made here\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, open_folder, close_folder);
}
