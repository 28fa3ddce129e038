/* 10,000 connections go over a real pair whose other end reads slowly: all arrive, in order, and the
 * pair holds; what changes meanwhile goes as it is then. */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/reader.h"
#include "base/writer.h"
#include "conn/conn.h"
#include "conn_samples.h"
#include "engine/link.h"
#include "engine/router.h"
#include "log/log.h"

#define MANY   10000u
#define A_TURN 7 /* messages that the slow end reads between two of router's turns */

struct world {
	struct loop *loop;
	struct conn_table *conns;
	struct log *log;
	struct engine *engine;
	struct engine_link *link;
	int fd; /* the slow end */
	unsigned int puts, dels, lists, initiates, broken, ups;
	uint32_t last_put, highest_put, last_seq, initiated, dels_of[2];
	bool in_order, put_seen[MANY + 2], initiate_after_put;
	unsigned int most_unanswered, unanswered;
	uint8_t buf[ENGINE_MESSAGE_MAX];
};

static struct world w;

static void on_message(void *ctx, struct engine_msg *m)
{
	(void)ctx;
	engine_receive(w.engine, m);
}

static void on_broken(void *ctx, const char *why)
{
	(void)ctx;
	(void)why;
	w.broken++;
}

static void on_up(void *ctx)
{
	(void)ctx;
	w.ups++;
}

static const struct engine_link_ops link_ops = {.message = on_message, .broken = on_broken};
static const struct engine_ops ops = {.up = on_up};

static int setup(void **state)
{
	int fds[2];

	(void)state;
	w = (struct world){.in_order = true};
	w.loop = loop_new();
	w.conns = conn_table_new();
	w.log = log_new(w.loop, 4096);
	w.engine = engine_new(w.loop, w.conns, w.log);
	assert_int_equal(engine_listen(w.engine, &ops, &w), 0);
	for (uint32_t id = 1; id <= MANY; id++)
		assert_int_equal(conn_table_put(w.conns, conn_sample(id)), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	w.link = engine_link_new(w.loop, fds[0], &link_ops, &w);
	w.fd = fds[1];
	engine_attach(w.engine, engine_link_port(w.link));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	engine_detach(w.engine);
	engine_link_free(w.link);
	engine_free(w.engine);
	conn_table_free(w.conns);
	log_free(w.log);
	loop_free(w.loop);
	close(w.fd);
	return 0;
}

static void say(const struct engine_msg *m)
{
	uint8_t out[4096];
	struct writer wr = writer_new(out, sizeof(out));

	assert_int_equal(engine_encode(m, &wr), 0);
	assert_true(send(w.fd, out, wr.len, 0) == (ssize_t)wr.len);
}

static void answer(uint32_t token)
{
	say(&(struct engine_msg){.type = ENGINE_DONE, .token = token});
}

static void took_put(const struct conn *c)
{
	w.puts++;
	w.in_order = w.in_order && c->id > w.last_put;
	w.last_put = c->id;
	w.put_seen[c->id] = true;
	if (c->id == 1)
		w.last_seq = c->seq;
}

static void took(const struct engine_msg *m)
{
	switch (m->type) {
	case ENGINE_CONN_PUT:
		took_put(m->conn_put.conn);
		break;
	case ENGINE_CONN_DEL:
		w.dels_of[w.dels++ % 2] = m->ref.conn;
		break;
	case ENGINE_INITIATE:
		w.initiates++;
		w.initiated = m->initiate.conn;
		w.initiate_after_put = w.put_seen[m->initiate.conn];
		break;
	case ENGINE_LIST:
		w.lists++;
		break;
	default:
		break;
	}
	if (m->token)
		answer(m->token);
}

static bool read_one(void)
{
	ssize_t n = recv(w.fd, w.buf, sizeof(w.buf), MSG_DONTWAIT);
	struct reader r = reader_new(w.buf, n < 0 ? 0 : (size_t)n);
	struct engine_msg m;

	if (n <= 0)
		return false;
	assert_int_equal(engine_decode(&r, &m), 0);
	took(&m);
	engine_msg_clear(&m);
	return true;
}

/* Until the list is asked for, or `puts` have come. */
static void run(unsigned int puts)
{
	for (int turn = 0; turn < 100000 && !w.lists && w.puts < puts; turn++) {
		loop_turn(w.loop, 0);
		for (int i = 0; i < A_TURN && read_one(); i++)
			;
	}
}

static void begin(void)
{
	say(&(struct engine_msg){.type = ENGINE_HELLO, .hello = {ENGINE_VERSION, 0}});
}

static void test_ten_thousand_connections_go_over_to_a_slow_reader(void **state)
{
	(void)state;
	begin();
	run(UINT32_MAX);
	assert_int_equal(w.puts, MANY);
	assert_true(w.in_order);
	assert_int_equal(w.lists, 1);
	assert_int_equal(w.broken, 0);
	loop_turn(w.loop, 0);
	assert_int_equal(w.ups, 1);
}

static void test_what_changes_meanwhile_goes_as_it_is_then(void **state)
{
	struct conn *c = conn_sample(1);

	(void)state;
	begin();
	run(500);
	c->seq = 4711; /* it has gone; its next version is the last to go */
	assert_int_equal(conn_table_put(w.conns, c), 0);
	conn_table_del(w.conns, MANY); /* it is still to go: as what it is then */
	conn_table_del(w.conns, 2);
	run(UINT32_MAX);
	assert_int_equal(w.lists, 1);
	assert_int_equal(w.puts, MANY);
	assert_int_equal(w.last_put, 1);
	assert_int_equal(w.last_seq, 4711);
	assert_false(w.put_seen[MANY]);
	assert_int_equal(w.dels, 2);
	assert_int_equal(w.dels_of[0], MANY);
	assert_int_equal(w.dels_of[1], 2);
	assert_int_equal(w.broken, 0);
}

static void test_a_request_goes_behind_its_connection(void **state)
{
	struct engine_msg m = {.type = ENGINE_INITIATE, .initiate = {.conn = MANY - 1, .child = 1}};

	(void)state;
	begin();
	run(200);
	assert_int_equal(engine_request(w.engine, &m, NULL, NULL), 0);
	run(400);
	assert_int_equal(w.initiates, 1);
	assert_int_equal(w.initiated, MANY - 1);
	assert_true(w.initiate_after_put);
	assert_true(w.puts < MANY);
	run(UINT32_MAX);
	assert_int_equal(w.puts, MANY); /* once */
}

/* A pair that ends in the middle, and the next: all of them again. */
static void test_a_new_pair_in_the_middle_begins_anew(void **state)
{
	int fds[2];

	(void)state;
	begin();
	run(300);
	engine_detach(w.engine);
	engine_link_free(w.link);
	close(w.fd);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	w.link = engine_link_new(w.loop, fds[0], &link_ops, &w);
	w.fd = fds[1];
	w.puts = w.last_put = 0;
	w.in_order = true;
	engine_attach(w.engine, engine_link_port(w.link));
	begin();
	run(UINT32_MAX);
	assert_int_equal(w.puts, MANY);
	assert_true(w.in_order);
	assert_int_equal(w.lists, 1);
}

/* 10,000 changes at once, as a transform set that all use makes them. */
static void test_ten_thousand_changes_at_once_go_over(void **state)
{
	(void)state;
	begin();
	run(UINT32_MAX);
	w.puts = w.last_put = w.lists = 0;
	w.in_order = true;
	for (uint32_t id = 1; id <= MANY; id++)
		assert_int_equal(conn_table_put(w.conns, conn_sample(id)), 0);
	run(MANY);
	assert_int_equal(w.puts, MANY);
	assert_true(w.in_order);
	assert_int_equal(w.broken, 0);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_ten_thousand_connections_go_over_to_a_slow_reader),
		IN_WORLD(test_what_changes_meanwhile_goes_as_it_is_then),
		IN_WORLD(test_a_request_goes_behind_its_connection),
		IN_WORLD(test_a_new_pair_in_the_middle_begins_anew),
		IN_WORLD(test_ten_thousand_changes_at_once_go_over),
	};

	return cmocka_run_group_tests_name("engine scale", tests, NULL, NULL);
}
