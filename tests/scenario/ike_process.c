/*
 * Two ike processes as the supervisor starts them, behind their filters, joined by real UDP over the
 * loopback of a network namespace of our own; we are the supervisor and router of both.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/link.h"
#include "ike/main/main.h"
#include "net/handover.h"
#include "net/udp.h"
#include "net/unix.h"
#include "tests/scenario/ike_pair.h"
#include "tests/unit/netns.h"

#define IKE_PORT 500
#define PATIENCE 2000 /* turns of 10 ms: a limit for a busy machine, not what it takes */

struct process {
	struct pair *pair;
	struct fake_router *router;
	struct engine_link *link;
	pid_t pid;
	int supervisor;
	unsigned int broken;
};

static struct process processes[2];

static struct addr address(int end)
{
	return addr_v4(0x7f000001u + (uint32_t)end);
}

/* ---- router ---------------------------------------------------------------------------------- */

static void on_message(void *ctx, struct engine_msg *m)
{
	struct process *p = ctx;
	struct engine_port port = fake_router_port(p->router);

	assert_int_equal(port.ops->send(port.ctx, m), 0);
}

static void on_broken(void *ctx, const char *why)
{
	struct process *p = ctx;

	(void)why;
	p->broken++;
}

static const struct engine_link_ops link_ops = {.message = on_message, .broken = on_broken};

static void post(void *ctx, const struct engine_msg *m)
{
	struct process *p = ctx;

	assert_int_equal(engine_link_send(p->link, m), 0);
}

static uint64_t now(void *ctx)
{
	const struct process *p = ctx;

	return loop_now(p->pair->loop);
}

static uint32_t ask(struct process *p, struct engine_msg *m)
{
	m->token = fake_router_token(p->router);
	assert_int_equal(engine_link_send(p->link, m), 0);
	return m->token;
}

static void put_connection(struct process *p, int end)
{
	static const struct pair_options options = {.id = {"left.example", "right.example"}};
	struct conn *c = pair_conn(&options, end);
	struct engine_msg m = {.type = ENGINE_CONN_PUT, .conn_put = {.conn = c}};

	c->local = address(end);
	c->peers[0] = address(1 - end);
	ask(p, &m);
	conn_unref(c);
}

/* ---- supervisor ------------------------------------------------------------------------------ */

static void hand(struct process *p, uint32_t kind, int fd)
{
	struct handover h = {.kind = kind, .role = HANDOVER_IKE};

	if (fd >= 0)
		h.fds[h.fd_count++] = fd;
	assert_int_equal(handover_send(p->supervisor, &h), 0);
	if (fd >= 0)
		close(fd);
}

/* Bound to one address, so that both processes have port 500 of one namespace. */
static int ike_socket(int end)
{
	struct endpoint at = {.addr = address(end), .port = IKE_PORT};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(IKE_PORT)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	memcpy(&in.sin_addr, at.addr.bytes, sizeof(in.sin_addr));
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static void new_pair(struct process *p)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	engine_link_free(p->link);
	p->link = engine_link_new(p->pair->loop, fds[0], &link_ops, p);
	assert_non_null(p->link);
	hand(p, HANDOVER_ENGINE, fds[1]);
}

/* The supervisor's ends must not live on in a child: none would ever see its own close. */
static void be_ike(const struct process *self, int supervisor_fd)
{
	close(self->supervisor);
	if (self == &processes[1])
		close(processes[0].supervisor);
	_exit(ike_main(supervisor_fd, true));
}

static void spawn(struct process *p)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	p->supervisor = fds[0];
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0)
		be_ike(p, fds[1]);
	close(fds[1]);
}

static int exit_status(struct process *p)
{
	int status;

	close(p->supervisor);
	p->supervisor = -1;
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	return status;
}

/* ---- both ------------------------------------------------------------------------------------ */

/* The pair's struct without its engines: routers and a loop on the real clock. */
static struct pair *start(void)
{
	static struct pair pair;

	memset(&pair, 0, sizeof(pair));
	memset(processes, 0, sizeof(processes));
	pair.loop = loop_new();
	assert_non_null(pair.loop);
	for (int i = 0; i < 2; i++) {
		struct process *p = &processes[i];

		p->pair = &pair;
		p->router = &pair.end[i].router;
		fake_router_init(p->router, 0x1000u + 0x10000u * (uint32_t)i);
		p->router->post = post;
		p->router->now = now;
		p->router->ctx = p;
		spawn(p);
		hand(p, HANDOVER_UDP, ike_socket(i));
		hand(p, HANDOVER_COMPLETE, -1);
		new_pair(p);
		put_connection(p, i);
	}
	return &pair;
}

static void stop(struct pair *pair)
{
	for (int i = 0; i < 2; i++) {
		engine_link_free(processes[i].link);
		if (processes[i].supervisor >= 0)
			assert_int_equal(exit_status(&processes[i]), 0);
	}
	loop_free(pair->loop);
}

static void wait_until(struct pair *pair, bool (*true_now)(void))
{
	for (int i = 0; i < PATIENCE && !true_now(); i++)
		loop_turn(pair->loop, 10);
	assert_true(true_now());
}

static bool both_have_a_child(void)
{
	return processes[0].router->seen[ENGINE_CHILD_UP] &&
	       fake_router_sa_count(processes[0].router, false) &&
	       processes[1].router->seen[ENGINE_CHILD_UP] &&
	       fake_router_sa_count(processes[1].router, false);
}

static bool both_said_hello_again(void)
{
	return processes[0].router->seen[ENGINE_HELLO] == 2 &&
	       processes[1].router->seen[ENGINE_HELLO] == 2;
}

static void establish(struct pair *pair)
{
	struct engine_msg m = {
		.type = ENGINE_INITIATE,
		.initiate = {.conn = 1, .child = 10, .why = ENGINE_WHY_TRAFFIC},
	};
	uint32_t token = ask(&processes[0], &m);

	wait_until(pair, both_have_a_child);
	assert_int_equal(fake_router_result(processes[0].router, token)->result, 0);
	pair_assert_synced(pair, 1);
}

static void test_two_processes_agree_over_real_sockets(void **state)
{
	struct pair *pair;

	(void)state;
	if (!netns_own())
		skip();
	pair = start();
	establish(pair);
	stop(pair);
}

static bool listed_again(void)
{
	const struct fake_event *e = fake_router_event(processes[0].router, ENGINE_CHILD_UP);

	return e && e->listed;
}

static void test_ike_sas_outlive_router(void **state)
{
	struct engine_msg list = {.type = ENGINE_LIST}, replace = {.type = ENGINE_REPLACE_CHILD};
	struct pair *pair;
	uint32_t token;

	(void)state;
	if (!netns_own())
		skip();
	pair = start();
	establish(pair);
	for (int i = 0; i < 2; i++) {
		new_pair(&processes[i]);
		put_connection(&processes[i], i);
	}
	wait_until(pair, both_said_hello_again);
	ask(&processes[0], &list);
	wait_until(pair, listed_again);
	/* and it still speaks with its peer */
	replace.ref = (struct engine_child_ref){
		.conn = 1,
		.child = 10,
		.spi_in = fake_router_event(processes[0].router, ENGINE_CHILD_UP)->spi_in,
		.why = ENGINE_WHY_OPERATOR,
	};
	token = ask(&processes[0], &replace);
	for (int i = 0; i < PATIENCE && !fake_router_is_done(processes[0].router, token); i++)
		loop_turn(pair->loop, 10);
	assert_int_equal(fake_router_result(processes[0].router, token)->result, 0);
	stop(pair);
}

/* What the supervisor never sends, and datagrams that are no IKE, change nothing. */
static void test_what_is_no_ike_is_passed_over(void **state)
{
	static const uint8_t junk[] = {0, 0, 0, 0, 0xff, 1, 2, 3};
	const struct endpoint to = {.addr = address(0), .port = IKE_PORT};
	const struct addr any = {0};
	struct udp_socket s;
	struct pair *pair;
	int fds[2];

	(void)state;
	if (!netns_own())
		skip();
	pair = start();
	assert_int_equal(udp_open(&s, AF_INET, 0, 0, NULL), 0);
	for (size_t len = 0; len <= sizeof(junk); len++)
		assert_int_equal(udp_send(&s, &any, &to, (struct view){junk, len}), 0);
	udp_close(&s);
	assert_int_equal(pipe(fds), 0);
	hand(&processes[0], HANDOVER_UDP, fds[0]);
	hand(&processes[0], HANDOVER_CONTROL, fds[1]);
	establish(pair);
	stop(pair);
}

static void test_it_ends_with_its_supervisor(void **state)
{
	struct process p = {0};

	(void)state;
	spawn(&p);
	assert_int_equal(exit_status(&p), 1 << 8); /* before its start was complete */
	spawn(&p);
	hand(&p, HANDOVER_COMPLETE, -1);
	assert_int_equal(exit_status(&p), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_ends_with_its_supervisor),
		cmocka_unit_test(test_two_processes_agree_over_real_sockets),
		cmocka_unit_test(test_ike_sas_outlive_router),
		cmocka_unit_test(test_what_is_no_ike_is_passed_over),
	};

	return cmocka_run_group_tests_name("ike_process", tests, NULL, NULL);
}
