/* What time and router's fate do: lifetimes, a year of rekeys, configuration, LIST, reattach. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ike/v2/v2_internal.h"
#include "tests/scenario/ike_pair.h"

static struct ike_sa *first_sa(struct pair *p, int end)
{
	return list_entry(p->end[end].v2->sas.next, struct ike_sa, node);
}

static uint32_t inbound_spi(struct pair *p, int end)
{
	const struct fake_sa *s = fake_router_sender(&p->end[end].router, 10);

	return s != NULL ? s->spi_in : 0;
}

/* Asked for once: the answer names another pair, and the old one is not what sends any more. */
static bool rekeys(struct pair *p, int end)
{
	const uint32_t old = inbound_spi(p, end);
	const uint32_t token = pair_ref(p, end, ENGINE_REPLACE_CHILD, 10, old, ENGINE_WHY_LIFETIME);
	const struct engine_done *done = fake_router_result(&p->end[end].router, token);

	pair_run(p, 10000);
	return fake_router_is_done(&p->end[end].router, token) && done->result == 0 &&
	       done->spi != 0 && done->spi != old && inbound_spi(p, end) != old;
}

/* Router's soft limit each hour; IKE SAs renew themselves each day, at a moment that chance picks. */
static void a_year_of_rekeys(void)
{
	struct pair *p = pair_new(&(struct pair_options){.ike_lifetime_s = 86400});
	unsigned int failed = 0, lost = 0;

	assert_true(pair_establish(p));
	p->delay_ms = 5;
	for (unsigned int hour = 0; hour < 365 * 24; hour++) {
		failed += !rekeys(p, hour % 3 == 0);
		lost += !pair_packet(p, 0, 10);
		lost += !pair_packet(p, 1, 10);
		pair_run(p, 3590000);
		lost += !pair_packet(p, 0, 10);
		lost += !pair_packet(p, 1, 10);
	}
	assert_int_equal(failed, 0);
	assert_int_equal(lost, 0);
	pair_assert_synced(p, 1);
	assert_int_equal(pair_ikes(p, 0), 1);
	assert_int_equal(pair_ikes(p, 1), 1);
	/* 365 days at 80 to 90 % of a day each. */
	assert_true(p->end[0].router.seen[ENGINE_IKE_UP] >= 400 &&
		    p->end[0].router.seen[ENGINE_IKE_UP] <= 460);
	pair_free(p);
}

/* How many: SPINDLE_YEARS, else one. */
static void test_a_year_of_rekeys(void **state)
{
	const char *years = getenv("SPINDLE_YEARS");
	const long count = years != NULL ? strtol(years, NULL, 10) : 1;

	(void)state;
	for (long i = 0; i < count; i++)
		a_year_of_rekeys();
}

/* One moment of it: `renews` makes a fresh IKE SA, `asks` wants the Child replaced at_ms later. */
static bool replaces_while_its_ike_sa_is_renewed(int renews, int asks, uint64_t at_ms)
{
	struct pair *p = pair_new(NULL);
	unsigned int lost = 0;
	uint32_t token;
	bool replaced;

	assert_true(pair_establish(p));
	p->delay_ms = 5;
	token = pair_ref(p, renews, ENGINE_REPLACE_IKE, 0, 0, ENGINE_WHY_LIFETIME);
	pair_run(p, at_ms);
	replaced = rekeys(p, asks);
	lost += !pair_packet(p, 0, 10);
	lost += !pair_packet(p, 1, 10);
	assert_int_equal(lost, 0);
	assert_int_equal(pair_result(p, renews, token), 0);
	assert_int_equal(pair_ikes(p, 0), 1);
	pair_assert_synced(p, 1);
	pair_free(p);
	return replaced;
}

/* RFC 7296, 2.25: whatever it meets, it is done, over the fresh IKE SA if need be. */
static void test_a_child_is_replaced_at_any_moment_of_its_ike_sas_renewal(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		for (uint64_t at = 0; at < 60; at++)
			if (!replaces_while_its_ike_sa_is_renewed(i / 2, i % 2, at))
				fail_msg("end %d renews, end %d asks %u ms later", i / 2, i % 2,
					 (unsigned int)at);
}

static void test_a_fresh_ike_sa_takes_all_children_before_the_old_one_goes(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.ike_lifetime_s = 3600, .children = 3});
	unsigned int lost = 0;
	size_t max = 0;

	(void)state;
	assert_true(pair_establish(p));
	(void)pair_ref(p, 0, ENGINE_CREATE_CHILD, 20, 0, ENGINE_WHY_TRAFFIC);
	(void)pair_ref(p, 0, ENGINE_CREATE_CHILD, 30, 0, ENGINE_WHY_TRAFFIC);
	pair_run(p, 1000);
	pair_assert_synced(p, 3);
	p->delay_ms = 20;
	pair_run(p, 2800000);
	for (unsigned int i = 0; i < 800000; i += 5) {
		pair_run(p, 5);
		for (uint32_t child = 10; child <= 30; child += 10) {
			lost += !pair_packet(p, 0, child);
			lost += !pair_packet(p, 1, child);
		}
		if (i % 1000 == 0 && p->end[0].v2->sa_count > max)
			max = p->end[0].v2->sa_count;
	}
	assert_int_equal(lost, 0);
	assert_int_equal(pair_ikes(p, 0), 1);
	pair_assert_synced(p, 3);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_LIFETIME);
	pair_free(p);
}

static void test_a_lifetime_that_nobody_renews_ends(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.ike_lifetime_s = 3600});

	(void)state;
	assert_true(pair_establish(p));
	p->cut[0] = p->cut[1] = true;
	pair_run(p, 3700000);
	assert_int_equal(pair_ikes(p, 0), 0);
	assert_int_equal(pair_ikes(p, 1), 0);
	pair_assert_synced(p, 0);
	pair_free(p);
}

static void test_replace_ike_ends_when_the_fresh_one_is_complete(void **state)
{
	struct pair *p = pair_new(NULL);
	engine_ike old;
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	old = first_sa(p, 0)->handle;
	token = pair_ref(p, 0, ENGINE_REPLACE_IKE, 0, 0, ENGINE_WHY_RECOVERY);
	pair_run(p, 3000);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_not_equal(fake_router_result(&p->end[0].router, token)->ike, old);
	assert_int_equal(pair_ikes(p, 0), 1);
	pair_assert_synced(p, 1);
	p->cut[1] = true;
	token = pair_ref(p, 0, ENGINE_REPLACE_IKE, 0, 0, ENGINE_WHY_RECOVERY);
	pair_run(p, 30000);
	assert_int_equal(pair_result(p, 0, token), -ETIMEDOUT);
	assert_int_equal(pair_ikes(p, 0), 1); /* the old one stays */
	pair_free(p);
}

/* ---- configuration --------------------------------------------------------------------------- */

static void test_a_changed_connection_keeps_or_closes_its_ike_sa(void **state)
{
	struct pair_options o = {.children = 2};
	struct pair *p = pair_new(&o);
	struct conn *c;

	(void)state;
	assert_true(pair_establish(p));
	c = pair_conn(&o, 0);
	c->version = 2;
	c->ike_lifetime_s = 4000; /* harmless */
	pair_put_conn(p, 0, c);
	pair_run(p, 100);
	assert_int_equal(pair_ikes(p, 0), 1);
	pair_assert_synced(p, 1);

	c = pair_conn(&o, 0);
	c->version = 3;
	c->children[0] = c->children[1]; /* child 10 is no more */
	c->child_count = 1;
	pair_put_conn(p, 0, c);
	pair_run(p, 100);
	assert_int_equal(pair_ikes(p, 0), 1);
	pair_assert_synced(p, 0);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_CHILD_DOWN)->why,
			 ENGINE_WHY_CONFIG);

	o.psk[0] = "another";
	c = pair_conn(&o, 0);
	c->version = 4;
	pair_put_conn(p, 0, c);
	pair_run(p, 100);
	assert_int_equal(pair_ikes(p, 0), 0);
	assert_int_equal(pair_ikes(p, 1), 0);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_CONFIG);
	pair_free(p);
}

static void test_a_deleted_connection_closes_its_ike_sa_and_answers_no_more(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	token = pair_ref(p, 0, ENGINE_CONN_DEL, 0, 0, ENGINE_WHY_CONFIG);
	pair_run(p, 100);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_equal(pair_ikes(p, 1), 0);
	assert_int_equal(pair_result(p, 0, pair_initiate(p, 0, 10, false, 0)), -ENOENT);
	token = pair_initiate(p, 1, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 30000);
	assert_int_equal(pair_result(p, 1, token), -ETIMEDOUT);
	pair_free(p);
}

static void test_bad_requests_are_refused_with_one_done(void **state)
{
	struct pair *p = pair_new(NULL);
	struct engine_msg m = {.type = ENGINE_INITIATE, .initiate = {.conn = 1, .child = 10}};

	(void)state;
	assert_int_equal(pair_result(p, 0, pair_initiate(p, 0, 11, false, 0)), -ENOENT);
	m.initiate.peer = addr_v4(0x01020304); /* not one of `set peer` */
	assert_int_equal(pair_result(p, 0, pair_ask(p, 0, &m)), -EINVAL);
	m = (struct engine_msg){.type = ENGINE_CONN_PUT};
	assert_int_equal(pair_result(p, 0, pair_ask(p, 0, &m)), -EINVAL);
	m = (struct engine_msg){.type = ENGINE_SA_USE};
	assert_int_equal(pair_result(p, 0, pair_ask(p, 0, &m)), -EOPNOTSUPP);
	assert_int_equal(p->datagrams, 0);
	pair_free(p);
}

/* ---- LIST ------------------------------------------------------------------------------------ */

static void test_list_gives_all_in_pages(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.children = 64});
	struct engine_msg m = {.type = ENGINE_LIST};
	unsigned int pages = 0, ikes = 0, children = 0;
	size_t at;

	(void)state;
	assert_true(pair_establish(p));
	for (uint32_t child = 20; child <= 640; child += 10)
		(void)pair_ref(p, 0, ENGINE_CREATE_CHILD, child, 0, ENGINE_WHY_TRAFFIC);
	pair_run(p, 5000);
	pair_assert_synced(p, 64);
	at = p->end[0].router.event_count;
	do {
		const uint32_t token = pair_ask(p, 0, &m);

		assert_int_equal(pair_result(p, 0, token), 0);
		assert_true(p->end[0].router.event_count - at <= 64);
		for (; at < p->end[0].router.event_count; at++) {
			const struct fake_event *e = &p->end[0].router.events[at % FAKE_EVENTS_MAX];

			assert_true(e->listed);
			ikes += e->type == ENGINE_IKE_UP;
			children += e->type == ENGINE_CHILD_UP;
		}
		m.list.cursor = fake_router_result(&p->end[0].router, token)->cursor;
		pages++;
	} while (m.list.cursor != 0);
	assert_int_equal(pages, 2);
	assert_int_equal(ikes, 1);
	assert_int_equal(children, 64);
	pair_free(p);
}

/* ---- reattach -------------------------------------------------------------------------------- */

static void reattach(struct pair *p, int end)
{
	p->end[end].router.broken = false;
	ike_v2_reattach(p->end[end].v2, fake_router_port(&p->end[end].router));
}

static void test_ike_sas_outlive_router(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	p->end[0].router.broken = true;
	pair_run(p, 1000);
	reattach(p, 0);
	assert_int_equal(p->end[0].router.seen[ENGINE_HELLO], 2);
	assert_int_equal(pair_ikes(p, 0), 1);
	token = pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10, inbound_spi(p, 0), ENGINE_WHY_LIFETIME);
	pair_run(p, 3000);
	assert_int_equal(pair_result(p, 0, token), 0);
	pair_assert_synced(p, 1);
	pair_free(p);
}

/* Router dies while it owes answers: what waited for them ends, and later things work. */
static void test_exchanges_that_waited_for_router_end_properly(void **state)
{
	(void)state;
	for (int end = 0; end < 2; end++) {
		struct pair *p = pair_new(NULL);
		uint32_t token;

		assert_true(pair_establish(p));
		p->end[end].router.silent = true;
		token = pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10, inbound_spi(p, 0),
				 ENGINE_WHY_LIFETIME);
		pair_run(p, 200);
		assert_false(fake_router_is_done(&p->end[0].router, token));
		p->end[end].router.silent = false;
		reattach(p, end);
		pair_run(p, 10000);
		if (end == 0) /* its tokens are nobody's any more */
			assert_false(fake_router_is_done(&p->end[0].router, token));
		else /* refused with TEMPORARY_FAILURE, tried again */
			assert_int_equal(pair_result(p, 0, token), 0);
		token = pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10, inbound_spi(p, 0),
				 ENGINE_WHY_LIFETIME);
		pair_run(p, 3000);
		assert_int_equal(pair_result(p, 0, token), 0);
		pair_assert_synced(p, 1);
		pair_free(p);
	}
}

/* The responder of a rekey owes itself an outbound part when router dies: the next one gives it. */
static void test_an_outbound_part_is_installed_by_the_next_router(void **state)
{
	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		struct pair *p = pair_new(NULL);

		assert_true(pair_establish(p));
		p->delay_ms = 20;
		(void)pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10, inbound_spi(p, 0),
			       ENGINE_WHY_LIFETIME);
		pair_run(p, 30); /* inbound is there, the DELETE of the old pair is not */
		p->end[1].router.broken = asked == 0;
		p->end[1].router.silent = asked == 1;
		pair_run(p, 3000);
		assert_int_equal(fake_router_sa_count(&p->end[1].router, false), 1);
		p->end[1].router.silent = false;
		reattach(p, 1);
		pair_run(p, 5000);
		assert_int_equal(p->end[1].router.seen[ENGINE_CHILD_DOWN] <= 1, 1);
		assert_true(pair_packet(p, 1, 10));
		assert_true(pair_packet(p, 0, 10));
		pair_free(p);
	}
}

static void test_without_router_a_half_open_one_ends(void **state)
{
	(void)state;
	for (int end = 0; end < 2; end++) {
		struct pair *p = pair_new(NULL);

		p->end[end].router.silent = true;
		(void)pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
		pair_run(p, 500);
		p->end[end].router.silent = false;
		reattach(p, end);
		pair_run(p, 40000);
		assert_int_equal(fake_router_larval_count(&p->end[0].router), 0);
		assert_int_equal(fake_router_larval_count(&p->end[1].router), 0);
		assert_int_equal(p->end[0].v2->op_count + p->end[1].v2->op_count, 0);
		pair_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_year_of_rekeys),
		cmocka_unit_test(test_a_child_is_replaced_at_any_moment_of_its_ike_sas_renewal),
		cmocka_unit_test(test_a_fresh_ike_sa_takes_all_children_before_the_old_one_goes),
		cmocka_unit_test(test_a_lifetime_that_nobody_renews_ends),
		cmocka_unit_test(test_replace_ike_ends_when_the_fresh_one_is_complete),
		cmocka_unit_test(test_a_changed_connection_keeps_or_closes_its_ike_sa),
		cmocka_unit_test(test_a_deleted_connection_closes_its_ike_sa_and_answers_no_more),
		cmocka_unit_test(test_bad_requests_are_refused_with_one_done),
		cmocka_unit_test(test_list_gives_all_in_pages),
		cmocka_unit_test(test_ike_sas_outlive_router),
		cmocka_unit_test(test_exchanges_that_waited_for_router_end_properly),
		cmocka_unit_test(test_an_outbound_part_is_installed_by_the_next_router),
		cmocka_unit_test(test_without_router_a_half_open_one_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
