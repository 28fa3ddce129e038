/* engine/link over a real pair of descriptors: order, bounds, ends, and freeing where it hurts. */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/secret.h"
#include "engine/link.h"
#include "engine_samples.h"

struct end {
	struct engine_link *link;
	struct engine_msg last; /* without what it owned */
	unsigned int messages, broken;
	const char *why;
	bool same; /* each was its type's sample */
	bool free_on_message, free_on_broken, answer;
};

static void on_message(void *ctx, struct engine_msg *m)
{
	struct end *e = ctx;
	struct engine_msg want;

	assert_int_equal(engine_sample(m->type, &want), 0);
	want.token = m->token;
	e->same = e->same && engine_same(m, &want);
	engine_msg_clear(&want);
	e->last = *m;
	e->messages++;
	if (e->answer)
		engine_link_send(e->link, m);
	if (e->free_on_message) {
		engine_link_free(e->link);
		e->link = NULL;
	}
}

static void on_broken(void *ctx, const char *why)
{
	struct end *e = ctx;

	e->broken++;
	e->why = why;
	if (e->free_on_broken) {
		engine_link_free(e->link);
		e->link = NULL;
	}
}

static const struct engine_link_ops ops = {.message = on_message, .broken = on_broken};

struct pair {
	struct loop *loop;
	struct end a, b;
};

static void pair_open(struct pair *p)
{
	int fds[2];

	memset(p, 0, sizeof(*p));
	p->a.same = p->b.same = true;
	p->loop = loop_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	p->a.link = engine_link_new(p->loop, fds[0], &ops, &p->a);
	p->b.link = engine_link_new(p->loop, fds[1], &ops, &p->b);
	assert_true(p->a.link && p->b.link);
}

static void pair_close(struct pair *p)
{
	engine_link_free(p->a.link);
	engine_link_free(p->b.link);
	loop_free(p->loop);
	assert_int_equal(secret_alive(), 0);
}

static void send_sample(struct end *e, enum engine_type type, uint32_t token, int want)
{
	struct engine_port port = engine_link_port(e->link);
	struct engine_msg m;

	assert_int_equal(engine_sample(type, &m), 0);
	m.token = token;
	assert_int_equal(port.ops->send(port.ctx, &m), want);
	engine_msg_clear(&m);
}

static void turns(struct pair *p, int count)
{
	for (int i = 0; i < count; i++)
		loop_turn(p->loop, 0);
}

static void test_each_type_arrives_at_the_other_end(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	for (enum engine_type t = ENGINE_HELLO; t <= ENGINE_RECORDS; t++)
		send_sample(&p.a, t, t, 0);
	turns(&p, 3);
	assert_int_equal(p.b.messages, ENGINE_RECORDS);
	assert_true(p.b.same);
	assert_int_equal(p.b.last.token, ENGINE_RECORDS);
	assert_int_equal(p.a.messages, 0);
	pair_close(&p);
}

/* More than the socket holds: queued, in order, all arrive. */
static void test_a_full_socket_is_queued_in_order(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	for (uint32_t i = 1; i <= 3000; i++)
		send_sample(&p.a, ENGINE_TRACE, i, 0);
	for (uint32_t turn = 0; turn < 1000 && p.b.messages < 3000; turn++) {
		uint32_t before = p.b.messages;

		loop_turn(p.loop, 1000);
		assert_true(p.b.messages - before <= 64); /* others have their turn too */
		assert_int_equal(p.b.last.token, p.b.messages);
	}
	assert_int_equal(p.b.messages, 3000);
	assert_true(p.b.same);
	assert_int_equal(p.a.broken + p.b.broken, 0);
	send_sample(&p.a, ENGINE_DONE, 3001, 0);
	turns(&p, 2);
	assert_int_equal(p.b.last.token, 3001);
	pair_close(&p);
}

static void test_an_end_that_does_not_read_breaks_the_pair(void **state)
{
	struct pair p;
	uint32_t sent = 0;
	struct engine_msg m;

	(void)state;
	pair_open(&p);
	assert_int_equal(engine_sample(ENGINE_TRACE, &m), 0);
	while (sent < 100000 && !engine_link_send(p.a.link, &m))
		sent++;
	assert_true(sent >= 65536 && sent < 100000);
	assert_int_equal(engine_link_send(p.a.link, &m), -EPIPE);
	assert_int_equal(p.a.broken, 0); /* not from inside send */
	turns(&p, 200);
	assert_int_equal(p.a.broken, 1);
	assert_string_equal(p.a.why, "the other end does not read");
	/* what was in the socket still arrives, then the end */
	assert_true(p.b.messages > 0 && p.b.messages < sent);
	assert_int_equal(p.b.broken, 1);
	pair_close(&p);
}

static void test_the_end_of_the_other_is_told_once(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	send_sample(&p.a, ENGINE_SA_INSTALL, 1, 0);
	engine_link_free(p.a.link);
	p.a.link = NULL;
	turns(&p, 5);
	assert_int_equal(p.b.messages, 1);
	assert_int_equal(p.b.broken, 1);
	assert_string_equal(p.b.why, "the other end is gone");
	send_sample(&p.b, ENGINE_DONE, 1, -EPIPE);
	assert_int_equal(p.b.broken, 1);
	pair_close(&p);
}

static void test_sending_to_nobody_fails_and_is_told_later(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	engine_link_free(p.b.link);
	p.b.link = NULL;
	send_sample(&p.a, ENGINE_DONE, 1, -EPIPE);
	assert_int_equal(p.a.broken, 0);
	turns(&p, 2);
	assert_int_equal(p.a.broken, 1);
	pair_close(&p);
}

static void test_a_malformed_message_breaks_the_pair(void **state)
{
	struct loop *loop = loop_new();
	struct end e = {.same = true};
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	e.link = engine_link_new(loop, fds[0], &ops, &e);
	assert_int_equal(write(fds[1], "\0\1nonsense", 10), 10);
	loop_turn(loop, 1000);
	assert_int_equal(e.messages, 0);
	assert_int_equal(e.broken, 1);
	assert_string_equal(e.why, "malformed message");
	assert_int_equal(read(fds[1], &fds[0], 1), 0); /* the other end sees it */
	engine_link_free(e.link);
	close(fds[1]);
	loop_free(loop);
}

static void test_a_message_over_the_limit_breaks_the_pair(void **state)
{
	static uint8_t big[ENGINE_MESSAGE_MAX + 1];
	struct loop *loop = loop_new();
	struct end e = {.same = true};
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	e.link = engine_link_new(loop, fds[0], &ops, &e);
	assert_int_equal(write(fds[1], big, sizeof(big)), sizeof(big));
	loop_turn(loop, 1000);
	assert_int_equal(e.broken, 1);
	assert_string_equal(e.why, "message over the limit");
	engine_link_free(e.link);
	close(fds[1]);
	loop_free(loop);
}

static void test_a_link_may_be_freed_by_its_own_handlers(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	p.b.free_on_message = true;
	p.a.free_on_broken = true;
	send_sample(&p.a, ENGINE_DONE, 1, 0);
	send_sample(&p.a, ENGINE_DONE, 2, 0);
	turns(&p, 5);
	assert_int_equal(p.b.messages, 1);
	assert_int_equal(p.b.broken, 0);
	assert_int_equal(p.a.broken, 1);
	assert_null(p.a.link);
	assert_null(p.b.link);
	pair_close(&p);
}

static void test_a_handler_may_answer(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	p.b.answer = true;
	for (uint32_t i = 1; i <= 100; i++)
		send_sample(&p.a, ENGINE_CHILD_UP, i, 0);
	turns(&p, 10);
	assert_int_equal(p.a.messages, 100);
	assert_true(p.a.same);
	pair_close(&p);
}

static int open_and_send(void *arg)
{
	struct loop *loop = loop_new();
	struct engine_msg m = {.type = ENGINE_DONE};
	struct end e = {.same = true};
	int fds[2], rc = -ENOMEM, least = 1; /* the kernel makes it its least */

	(void)arg;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
	e.link = loop ? engine_link_new(loop, fds[0], &ops, &e) : NULL;
	if (e.link)
		rc = engine_link_send(e.link, &m);
	else
		close(fds[0]);
	for (int i = 0; !rc && i < 40; i++) /* the queue, too */
		rc = engine_link_send(e.link, &m);
	engine_link_free(e.link);
	close(fds[1]);
	if (loop)
		loop_free(loop);
	return rc;
}

static void test_without_memory_nothing_is_left(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(open_and_send, NULL) > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_type_arrives_at_the_other_end),
		cmocka_unit_test(test_a_full_socket_is_queued_in_order),
		cmocka_unit_test(test_an_end_that_does_not_read_breaks_the_pair),
		cmocka_unit_test(test_the_end_of_the_other_is_told_once),
		cmocka_unit_test(test_sending_to_nobody_fails_and_is_told_later),
		cmocka_unit_test(test_a_malformed_message_breaks_the_pair),
		cmocka_unit_test(test_a_message_over_the_limit_breaks_the_pair),
		cmocka_unit_test(test_a_link_may_be_freed_by_its_own_handlers),
		cmocka_unit_test(test_a_handler_may_answer),
		cmocka_unit_test(test_without_memory_nothing_is_left),
	};

	return cmocka_run_group_tests_name("engine_link", tests, NULL, NULL);
}
