/* Router's side of the engine: tokens, the pair's life, LIST, what is known of IKE SAs. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/loop.h"
#include "conn/conn.h"
#include "conn_samples.h"
#include "engine/router.h"
#include "log/log.h"

#define SENT_MAX 64
#define PEER	 0x0a010102u

struct world {
	struct loop *loop;
	struct conn_table *conns;
	struct log *log;
	struct engine *e;
	struct engine_msg sent[SENT_MAX];
	size_t sent_count;
	int send_error;
	unsigned int ups, downs, events, requests, answers;
	bool take;     /* requests */
	bool ike_seen; /* the event's IKE SA was known when it was told */
	int result;
};

static int port_send(void *ctx, const struct engine_msg *m)
{
	struct world *t = ctx;

	if (t->send_error)
		return t->send_error;
	assert_true(t->sent_count < SENT_MAX);
	t->sent[t->sent_count++] = *m;
	return 0;
}

static const struct engine_port_ops port_ops = {.send = port_send};

static bool on_request(void *ctx, const struct engine_msg *m)
{
	struct world *t = ctx;

	(void)m;
	t->requests++;
	return t->take;
}

static void on_event(void *ctx, const struct engine_msg *m)
{
	struct world *t = ctx;

	t->events++;
	t->ike_seen = engine_ike_by_handle(t->e, m->ike.ike);
}

static void on_up(void *ctx)
{
	((struct world *)ctx)->ups++;
}

static void on_down(void *ctx)
{
	((struct world *)ctx)->downs++;
}

static const struct engine_ops ops = {
	.request = on_request, .event = on_event, .up = on_up, .down = on_down};

static int setup(void **state)
{
	static struct world t;

	t = (struct world){.loop = loop_new_simulated(5000)};
	t.conns = conn_table_new();
	t.log = log_new(t.loop, 4096);
	assert_int_equal(conn_table_put(t.conns, conn_sample(1)), 0);
	t.e = engine_new(t.loop, t.conns, t.log);
	assert_non_null(t.e);
	assert_int_equal(engine_listen(t.e, &ops, &t), 0);
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	struct world *t = *state;

	engine_free(t->e);
	conn_table_free(t->conns);
	log_free(t->log);
	loop_free(t->loop);
	return 0;
}

static const struct engine_msg *last(const struct world *t, enum engine_type type)
{
	for (size_t i = t->sent_count; i--;)
		if (t->sent[i].type == type)
			return &t->sent[i];
	return NULL;
}

static unsigned int count(const struct world *t, enum engine_type type)
{
	unsigned int n = 0;

	for (size_t i = 0; i < t->sent_count; i++)
		n += t->sent[i].type == type;
	return n;
}

static void attach(struct world *t)
{
	struct engine_port port = {&port_ops, t};

	engine_attach(t->e, port);
}

static void hello(struct world *t, uint32_t version, uint32_t capabilities)
{
	struct engine_msg m = {.type = ENGINE_HELLO, .hello = {version, capabilities}};

	engine_receive(t->e, &m);
}

static void done(struct world *t, uint32_t token, int result, uint32_t cursor)
{
	struct engine_msg m = {.type = ENGINE_DONE, .token = token};

	m.done.result = result;
	m.done.cursor = cursor;
	engine_receive(t->e, &m);
}

static void listed(struct world *t)
{
	done(t, last(t, ENGINE_LIST)->token, 0, 0);
}

static void bring_up(struct world *t)
{
	attach(t);
	hello(t, ENGINE_VERSION, ENGINE_INITIAL_CONTACT);
	listed(t);
}

static void answer(void *arg, const struct engine_done *d)
{
	struct world *t = arg;

	t->answers++;
	t->result = d->result;
}

static int ask(struct world *t)
{
	struct engine_msg m = {.type = ENGINE_LIVENESS, .ref.conn = 1};

	return engine_request(t->e, &m, answer, t);
}

static void tell_ike(struct world *t, enum engine_type type, engine_ike ike, engine_ike old)
{
	struct engine_msg m = {.type = type};

	m.ike.ike = ike;
	m.ike.old = old;
	m.ike.conn = 1;
	m.ike.initiator = ike % 2;
	m.ike.remote.addr = addr_v4(PEER);
	engine_receive(t->e, &m);
}

static void tell_child(struct world *t, enum engine_type type, engine_ike ike)
{
	struct engine_msg m = {.type = type};

	m.child.ike = ike;
	engine_receive(t->e, &m);
}

/* ---- the pair's life --------------------------------------------------------------------------------- */

static void test_a_new_pair_gets_all_connections_and_then_the_list(void **state)
{
	struct world *t = *state;

	assert_int_equal(ask(t), -EPIPE);
	attach(t);
	assert_int_equal(t->sent_count, 1);
	assert_int_equal(t->sent[0].type, ENGINE_HELLO);
	assert_int_equal(ask(t), -EPIPE); /* not before its HELLO */
	hello(t, ENGINE_VERSION, ENGINE_INITIAL_CONTACT);
	assert_int_equal(t->sent[1].type, ENGINE_CONN_PUT);
	assert_int_equal(t->sent[2].type, ENGINE_LIST);
	assert_int_equal(engine_capabilities(t->e), ENGINE_INITIAL_CONTACT);
	assert_false(engine_is_up(t->e));
	listed(t);
	assert_true(engine_is_up(t->e));
	assert_int_equal(t->ups, 1);
	hello(t, ENGINE_VERSION, 0); /* a second HELLO changes nothing */
	assert_int_equal(engine_capabilities(t->e), ENGINE_INITIAL_CONTACT);
}

static void test_an_engine_of_another_version_is_not_spoken_to(void **state)
{
	struct world *t = *state;

	attach(t);
	hello(t, ENGINE_VERSION + 1, 0);
	assert_int_equal(t->sent_count, 1);
	assert_int_equal(ask(t), -EPIPE);
}

static void test_an_engine_with_connections_of_its_own_gets_none(void **state)
{
	struct world *t = *state;

	attach(t);
	hello(t, ENGINE_VERSION, ENGINE_OWNS_CONN);
	conn_table_put(t->conns, conn_sample(2));
	conn_table_del(t->conns, 1);
	assert_int_equal(count(t, ENGINE_CONN_PUT) + count(t, ENGINE_CONN_DEL), 0);
}

static void test_changed_connections_go_over(void **state)
{
	struct world *t = *state;

	bring_up(t);
	conn_table_put(t->conns, conn_sample(2));
	assert_int_equal(count(t, ENGINE_CONN_PUT), 2);
	conn_table_del(t->conns, 1);
	assert_int_equal(last(t, ENGINE_CONN_DEL)->ref.conn, 1);
	assert_int_equal(last(t, ENGINE_CONN_DEL)->ref.why, ENGINE_WHY_CONFIG);
}

static void test_a_long_list_is_read_page_by_page(void **state)
{
	struct world *t = *state;

	attach(t);
	hello(t, ENGINE_VERSION, 0);
	assert_int_equal(last(t, ENGINE_LIST)->list.cursor, 0);
	done(t, last(t, ENGINE_LIST)->token, 0, 17);
	assert_int_equal(last(t, ENGINE_LIST)->list.cursor, 17);
	assert_int_equal(t->ups, 0);
	listed(t);
	assert_int_equal(t->ups, 1);
}

static void test_a_page_that_failed_is_asked_for_again(void **state)
{
	struct world *t = *state;

	attach(t);
	hello(t, ENGINE_VERSION, 0);
	done(t, last(t, ENGINE_LIST)->token, 0, 17);
	done(t, last(t, ENGINE_LIST)->token, -ENOMEM, 0);
	assert_int_equal(count(t, ENGINE_LIST), 2);
	t->send_error = -ENOBUFS;
	loop_advance(t->loop, 600);
	t->send_error = 0;
	loop_advance(t->loop, 600);
	assert_int_equal(count(t, ENGINE_LIST), 3);
	assert_int_equal(last(t, ENGINE_LIST)->list.cursor, 17);
	listed(t);
	assert_true(engine_is_up(t->e));
}

/* ---- tokens ---------------------------------------------------------------------------------------------- */

static void test_an_answer_is_told_once(void **state)
{
	struct world *t = *state;
	uint32_t token;

	bring_up(t);
	assert_int_equal(ask(t), 0);
	assert_int_equal(t->answers, 0);
	token = last(t, ENGINE_LIVENESS)->token;
	assert_int_not_equal(token, 0);
	done(t, token + 1000, 0, 0); /* nobody's */
	done(t, token, -EACCES, 0);
	done(t, token, 0, 0);
	assert_int_equal(t->answers, 1);
	assert_int_equal(t->result, -EACCES);
}

static void test_a_broken_pair_fails_what_is_pending_at_the_end_of_the_turn(void **state)
{
	struct world *t = *state;
	uint32_t token;

	bring_up(t);
	ask(t);
	ask(t);
	token = last(t, ENGINE_LIVENESS)->token;
	engine_detach(t->e);
	assert_int_equal(t->answers, 0);
	assert_int_equal(t->downs, 1);
	assert_false(engine_is_up(t->e));
	loop_advance(t->loop, 0);
	assert_int_equal(t->answers, 2);
	assert_int_equal(t->result, -EPIPE);
	assert_int_equal(ask(t), -EPIPE);
	engine_detach(t->e);
	assert_int_equal(t->downs, 1);
	bring_up(t); /* the next engine's answers do not meet the old tokens */
	ask(t);
	assert_true(last(t, ENGINE_LIVENESS)->token > token);
}

static void test_a_new_pair_takes_the_place_of_a_living_one(void **state)
{
	struct world *t = *state;

	bring_up(t);
	ask(t);
	attach(t);
	assert_int_equal(t->downs, 1);
	loop_advance(t->loop, 0);
	assert_int_equal(t->result, -EPIPE);
}

static void test_a_request_that_cannot_be_sent_leaves_nothing(void **state)
{
	struct world *t = *state;

	bring_up(t);
	t->send_error = -ENOBUFS;
	assert_int_equal(ask(t), -ENOBUFS);
	t->send_error = 0;
	alloc_fail_after(1);
	assert_int_equal(ask(t), -ENOMEM);
	alloc_fail_after(0);
	engine_detach(t->e);
	loop_advance(t->loop, 0);
	assert_int_equal(t->answers, 0);
}

static void test_what_is_forgotten_is_not_told(void **state)
{
	struct world *t = *state;

	bring_up(t);
	ask(t);
	engine_forget(t->e, t);
	done(t, last(t, ENGINE_LIVENESS)->token, 0, 0);
	ask(t);
	engine_forget(t->e, t);
	engine_detach(t->e);
	loop_advance(t->loop, 0);
	assert_int_equal(t->answers, 0);
}

/* ---- requests of the engine --------------------------------------------------------------------------------- */

static void test_a_request_that_nobody_takes_is_answered(void **state)
{
	static const enum engine_type types[] = {ENGINE_ALLOC_SPI, ENGINE_SA_INSTALL,
						 ENGINE_SA_UPDATE, ENGINE_SA_DELETE,
						 ENGINE_SA_USE,	   ENGINE_POLICY_ADD};
	struct world *t = *state;

	for (uint32_t i = 0; i < 6; i++) {
		struct engine_msg m = {.type = types[i], .token = 100 + i};

		engine_receive(t->e, &m); /* before HELLO: ignored */
	}
	assert_int_equal(t->requests, 0);
	bring_up(t);
	for (uint32_t i = 0; i < 6; i++) {
		struct engine_msg m = {.type = types[i], .token = 100 + i};

		engine_receive(t->e, &m);
		assert_int_equal(last(t, ENGINE_DONE)->token, 100 + i);
		assert_int_equal(last(t, ENGINE_DONE)->done.result, -EOPNOTSUPP);
	}
	t->take = true;
	t->sent_count = 0;
	engine_receive(t->e, &(struct engine_msg){.type = ENGINE_ALLOC_SPI, .token = 9});
	assert_int_equal(t->sent_count, 0);
	assert_int_equal(engine_answer(t->e, 9, &(struct engine_done){.spi = 5}), 0);
	assert_int_equal(last(t, ENGINE_DONE)->done.spi, 5);
}

/* ---- IKE SAs -------------------------------------------------------------------------------------------------- */

static void test_the_best_ike_sa_of_a_peer(void **state)
{
	struct world *t = *state;
	struct addr peer = addr_v4(PEER), other = addr_v4(PEER + 1);

	bring_up(t);
	assert_null(engine_ike_by_peer(t->e, &peer));
	tell_ike(t, ENGINE_IKE_HALF, 2, 0); /* theirs */
	assert_int_equal(engine_ike_by_peer(t->e, &peer)->e.ike, 2);
	tell_ike(t, ENGINE_IKE_HALF, 1, 0); /* ours comes first */
	assert_int_equal(engine_ike_by_peer(t->e, &peer)->e.ike, 1);
	tell_ike(t, ENGINE_IKE_UP, 2, 0); /* an established one before both */
	assert_int_equal(engine_ike_by_peer(t->e, &peer)->e.ike, 2);
	tell_ike(t, ENGINE_IKE_UP, 4, 0); /* the youngest */
	assert_int_equal(engine_ike_by_peer(t->e, &peer)->e.ike, 4);
	assert_null(engine_ike_by_peer(t->e, &other));
	assert_int_equal(engine_ike_next(t->e, NULL)->e.ike, 4);
}

static void test_an_ike_sa_that_ends_is_seen_by_those_who_hear_of_it(void **state)
{
	struct world *t = *state;

	bring_up(t);
	tell_ike(t, ENGINE_IKE_UP, 3, 0);
	tell_ike(t, ENGINE_IKE_DOWN, 3, 0);
	assert_true(t->ike_seen);
	assert_null(engine_ike_by_handle(t->e, 3));
	tell_ike(t, ENGINE_IKE_DOWN, 3, 0); /* again: nothing to end */
	assert_false(t->ike_seen);
}

static bool logged(const struct world *t, const char *words)
{
	char buf[LOG_LINE_MAX];
	struct log_record r;

	for (uint64_t seq = 1; log_ring_get(t->log, seq, &r, buf); seq = r.seq + 1)
		if (!strcmp(r.mnemonic, "NEG_ABORT") && strstr(r.text, words))
			return true;
	return false;
}

static void end_ike(struct world *t, engine_ike ike, uint32_t conn, enum engine_reason why,
		    uint16_t notify)
{
	struct engine_msg m = {.type = ENGINE_IKE_DOWN};

	tell_ike(t, ENGINE_IKE_HALF, ike, 0);
	m.ike.ike = ike;
	m.ike.conn = conn;
	m.ike.initiator = ike % 2;
	m.ike.remote.addr = addr_v4(PEER);
	m.ike.why = (uint8_t)why;
	m.ike.notify = notify;
	engine_receive(t->e, &m);
}

static void test_a_negotiation_that_fails_is_said_with_what_was_offered(void **state)
{
	struct world *t = *state;

	bring_up(t);
	end_ike(t, 3, 1, ENGINE_WHY_PEER_REFUSED, 14);
	assert_true(logged(t, "peer 10.1.1.2 aborted: the peer refused: NO_PROPOSAL_CHOSEN; we "
			      "offered encryption AES-GCM-256, prf SHA256; or group 19"));
	end_ike(t, 5, 1, ENGINE_WHY_AUTH, 24);
	assert_true(logged(t, "authentication failed: AUTHENTICATION_FAILED"));
	end_ike(t, 4, 1, ENGINE_WHY_TIMEOUT, 0);
	assert_true(logged(t, "aborted: no answer"));
	end_ike(t, 7, 1, ENGINE_WHY_PEER_REFUSED, 16384);
	assert_true(logged(t, "the peer refused: notify 16384"));
}

static void test_what_ends_as_it_should_is_no_failure(void **state)
{
	struct world *t = *state;

	bring_up(t);
	end_ike(t, 3, 1, ENGINE_WHY_STOP, 0);
	end_ike(t, 5, 1, ENGINE_WHY_DUPLICATE, 0);
	end_ike(t, 7, 99, ENGINE_WHY_PEER_REFUSED, 14); /* of no connection */
	tell_ike(t, ENGINE_IKE_UP, 9, 0);
	tell_ike(t, ENGINE_IKE_DOWN, 9, 0);
	assert_false(logged(t, "aborted"));
}

static void test_failures_without_end_are_ten_lines_a_minute(void **state)
{
	struct world *t = *state;
	struct log_stats st;

	bring_up(t);
	for (engine_ike ike = 3; ike < 100; ike += 2)
		end_ike(t, ike, 1, ENGINE_WHY_TIMEOUT, 0);
	log_stats(t->log, &st);
	assert_int_equal(st.rate_limited, 39);
}

static void test_children_are_counted_and_move_with_a_rekey(void **state)
{
	struct world *t = *state;

	bring_up(t);
	tell_ike(t, ENGINE_IKE_UP, 3, 0);
	tell_child(t, ENGINE_CHILD_UP, 3);
	tell_child(t, ENGINE_CHILD_UP, 3);
	tell_child(t, ENGINE_CHILD_DOWN, 3);
	assert_int_equal(engine_ike_by_handle(t->e, 3)->children, 1);
	tell_ike(t, ENGINE_IKE_REKEYED, 5, 3);
	assert_null(engine_ike_by_handle(t->e, 3));
	assert_int_equal(engine_ike_by_handle(t->e, 5)->children, 1);
	assert_true(engine_ike_by_handle(t->e, 5)->established);
	tell_child(t, ENGINE_CHILD_DOWN, 5);
	tell_child(t, ENGINE_CHILD_DOWN, 5);
	assert_int_equal(engine_ike_by_handle(t->e, 5)->children, 0);
	tell_child(t, ENGINE_CHILD_UP, 99); /* of an IKE SA that nobody told */
}

static void test_the_age_of_an_ike_sa_that_was_listed_is_its_own(void **state)
{
	struct world *t = *state;
	struct engine_msg m = {.type = ENGINE_IKE_UP};

	bring_up(t);
	m.ike.ike = 3;
	m.ike.age_ms = 2000;
	engine_receive(t->e, &m);
	assert_int_equal(engine_ike_by_handle(t->e, 3)->since_ms, 3000);
	m.ike.ike = 5;
	m.ike.age_ms = 999999; /* older than this boot's clock: not before it */
	engine_receive(t->e, &m);
	assert_int_equal(engine_ike_by_handle(t->e, 5)->since_ms, 0);
}

/* They died with their process: nothing may be built on them until the next one has told. */
static void test_ike_sas_go_with_the_pair(void **state)
{
	struct world *t = *state;
	struct addr peer = addr_v4(PEER);

	bring_up(t);
	tell_ike(t, ENGINE_IKE_UP, 3, 0);
	tell_child(t, ENGINE_CHILD_UP, 3);
	engine_detach(t->e);
	assert_null(engine_ike_by_peer(t->e, &peer));
	attach(t);
	hello(t, ENGINE_VERSION, 0);
	tell_ike(t, ENGINE_IKE_UP, 3, 0);
	tell_child(t, ENGINE_CHILD_UP, 3);
	listed(t);
	assert_int_equal(engine_ike_by_handle(t->e, 3)->children, 1); /* not two */
}

static int whole_life(void *arg)
{
	struct world t = {.loop = loop_new_simulated(5000)};
	int result = -ENOMEM;
	struct conn *c;

	(void)arg;
	if (!t.loop)
		return -ENOMEM;
	t.conns = conn_table_new();
	t.e = t.conns ? engine_new(t.loop, t.conns, NULL) : NULL;
	c = t.e ? conn_sample(1) : NULL;
	if (c && !conn_table_put(t.conns, c) && !engine_listen(t.e, &ops, &t)) {
		attach(&t);
		hello(&t, ENGINE_VERSION, 0);
		loop_advance(t.loop, 2000);
		if (last(&t, ENGINE_LIST))
			listed(&t);
		result = t.ups ? ask(&t) : -ENOMEM;
		engine_detach(t.e);
		loop_advance(t.loop, 10);
	}
	engine_free(t.e);
	conn_table_free(t.conns);
	loop_free(t.loop);
	return result;
}

static void test_every_allocation_may_fail(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(whole_life, NULL) >= 3);
	engine_free(NULL);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_a_new_pair_gets_all_connections_and_then_the_list),
		IN_WORLD(test_an_engine_of_another_version_is_not_spoken_to),
		IN_WORLD(test_an_engine_with_connections_of_its_own_gets_none),
		IN_WORLD(test_changed_connections_go_over),
		IN_WORLD(test_a_long_list_is_read_page_by_page),
		IN_WORLD(test_a_page_that_failed_is_asked_for_again),
		IN_WORLD(test_an_answer_is_told_once),
		IN_WORLD(test_a_broken_pair_fails_what_is_pending_at_the_end_of_the_turn),
		IN_WORLD(test_a_new_pair_takes_the_place_of_a_living_one),
		IN_WORLD(test_a_request_that_cannot_be_sent_leaves_nothing),
		IN_WORLD(test_what_is_forgotten_is_not_told),
		IN_WORLD(test_a_request_that_nobody_takes_is_answered),
		IN_WORLD(test_the_best_ike_sa_of_a_peer),
		IN_WORLD(test_an_ike_sa_that_ends_is_seen_by_those_who_hear_of_it),
		IN_WORLD(test_a_negotiation_that_fails_is_said_with_what_was_offered),
		IN_WORLD(test_what_ends_as_it_should_is_no_failure),
		IN_WORLD(test_failures_without_end_are_ten_lines_a_minute),
		IN_WORLD(test_children_are_counted_and_move_with_a_rekey),
		IN_WORLD(test_the_age_of_an_ike_sa_that_was_listed_is_its_own),
		IN_WORLD(test_ike_sas_go_with_the_pair),
		cmocka_unit_test(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
