/* main/pair: a pair that breaks between two living processes comes back; one that stays silent is named. */
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/writer.h"
#include "conn/conn.h"
#include "conn_samples.h"
#include "engine/engine.h"
#include "engine/router.h"
#include "log/log.h"
#include "main/pair.h"

#define BROKEN_MS 20
#define SILENT_MS 60

struct world {
	struct loop *loop;
	struct conn_table *conns;
	struct log *log;
	struct engine *engine;
	struct pair *pair;
	int fd; /* the other end; -1 */
	unsigned int asked, asked_silent;
	bool give; /* answer as the supervisor does */
};

static struct world w;

static void fresh(void)
{
	int fds[2];

	if (w.fd >= 0)
		close(w.fd);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
			 0);
	w.fd = fds[1];
	pair_take(w.pair, fds[0]);
}

static void ask(void *ctx, bool silent)
{
	(void)ctx;
	w.asked++;
	w.asked_silent += silent;
	if (w.give)
		fresh();
}

static int setup(void **state)
{
	(void)state;
	w = (struct world){.fd = -1};
	w.loop = loop_new();
	w.conns = conn_table_new();
	w.log = log_new(w.loop, 4096);
	assert_int_equal(conn_table_put(w.conns, conn_sample(1)), 0);
	w.engine = engine_new(w.loop, w.conns, w.log);
	w.pair = pair_new(w.loop, w.engine, w.log, ask, &w);
	assert_non_null(w.pair);
	pair_waits(w.pair, BROKEN_MS, SILENT_MS);
	fresh();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pair_free(w.pair);
	engine_free(w.engine);
	conn_table_free(w.conns);
	log_free(w.log);
	loop_free(w.loop);
	close(w.fd);
	return 0;
}

static void speak(void)
{
	const struct engine_msg m = {.type = ENGINE_HELLO, .hello = {ENGINE_VERSION, 0}};
	uint8_t out[64];
	struct writer wr = writer_new(out, sizeof(out));

	assert_int_equal(engine_encode(&m, &wr), 0);
	assert_true(send(w.fd, out, wr.len, 0) == (ssize_t)wr.len);
	loop_turn(w.loop, 100);
	assert_true(engine_speaks(w.engine));
}

static void pass(uint64_t ms)
{
	const uint64_t until = loop_now(w.loop) + ms;

	while (loop_now(w.loop) < until)
		loop_turn(w.loop, 5);
}

static void test_a_pair_that_speaks_is_left_alone(void **state)
{
	(void)state;
	speak();
	pass(2 * SILENT_MS);
	assert_int_equal(w.asked, 0);
}

static void test_a_broken_pair_heals(void **state)
{
	(void)state;
	speak();
	w.give = true;
	shutdown(w.fd, SHUT_RDWR);
	loop_turn(w.loop, 100);
	assert_false(engine_speaks(w.engine));
	assert_int_equal(w.asked, 0); /* an ike that died is started again by itself */
	pass(BROKEN_MS + 20);
	assert_int_equal(w.asked, 1);
	assert_int_equal(w.asked_silent, 0);
	speak();
	pass(2 * SILENT_MS);
	assert_int_equal(w.asked, 1);
}

static void test_a_pair_given_meanwhile_is_not_asked_for(void **state)
{
	(void)state;
	speak();
	shutdown(w.fd, SHUT_RDWR);
	loop_turn(w.loop, 100);
	fresh();
	speak();
	pass(2 * SILENT_MS);
	assert_int_equal(w.asked, 0);
}

static void test_it_is_asked_for_until_there_is_one(void **state)
{
	(void)state;
	shutdown(w.fd, SHUT_RDWR);
	pass(BROKEN_MS + 2 * SILENT_MS + 40);
	assert_true(w.asked >= 2);
	assert_int_equal(w.asked_silent, 0);
}

static void test_an_end_that_stays_silent_is_named(void **state)
{
	(void)state;
	pass(SILENT_MS + 30);
	assert_int_equal(w.asked, 1);
	assert_int_equal(w.asked_silent, 1);
}

static void test_nothing_is_asked_for_at_the_stop(void **state)
{
	(void)state;
	pair_quiet(w.pair);
	shutdown(w.fd, SHUT_RDWR);
	pass(BROKEN_MS + 2 * SILENT_MS);
	assert_int_equal(w.asked, 0);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_a_pair_that_speaks_is_left_alone),
		IN_WORLD(test_a_broken_pair_heals),
		IN_WORLD(test_a_pair_given_meanwhile_is_not_asked_for),
		IN_WORLD(test_it_is_asked_for_until_there_is_one),
		IN_WORLD(test_an_end_that_stays_silent_is_named),
		IN_WORLD(test_nothing_is_asked_for_at_the_stop),
	};

	return cmocka_run_group_tests_name("engine pair", tests, NULL, NULL);
}
