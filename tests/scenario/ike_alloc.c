/* Every allocation fails once: each request still ends in one DONE, nothing leaks, life goes on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "ike/v2/v2_internal.h"
#include "tests/scenario/ike_pair.h"

#define TOKENS 9

struct drive {
	int end[TOKENS];
	uint32_t token[TOKENS];
	size_t count;
};

static void note(struct drive *d, int end, uint32_t token)
{
	d->end[d->count] = end;
	d->token[d->count++] = token;
}

static uint32_t inbound_spi(struct pair *p, int end)
{
	const struct fake_sa *s = fake_router_sender(&p->end[end].router, 10);

	return s != NULL ? s->spi_in : 4711;
}

/* All exchanges that there are, from both ends. */
static void drive(struct pair *p, struct drive *d)
{
	struct engine_msg m = {
		.type = ENGINE_DELETE_SPI,
		.delete_spi = {.peer = p->end[1].addr, .protocol = IKE_PROTO_ESP, .spi = 4711}};

	note(d, 0, pair_initiate(p, 0, 10, true, ENGINE_WHY_TRAFFIC));
	note(d, 0, pair_initiate(p, 0, 20, false, ENGINE_WHY_TRAFFIC));
	pair_run(p, 4000);
	note(d, 0, pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10, inbound_spi(p, 0), ENGINE_WHY_LOST));
	note(d, 1, pair_ref(p, 1, ENGINE_REPLACE_CHILD, 10, inbound_spi(p, 1), ENGINE_WHY_LOST));
	pair_run(p, 4000);
	note(d, 1, pair_ref(p, 1, ENGINE_CREATE_CHILD, 20, 0, ENGINE_WHY_TRAFFIC));
	note(d, 0, pair_ask(p, 0, &m));
	note(d, 0, pair_ref(p, 0, ENGINE_LIVENESS, 0, 0, ENGINE_WHY_NONE));
	note(d, 0, pair_ref(p, 0, ENGINE_REPLACE_IKE, 0, 0, ENGINE_WHY_RECOVERY));
	pair_run(p, 4000);
	note(d, 0, pair_ref(p, 0, ENGINE_CLOSE, 0, 0, ENGINE_WHY_OPERATOR));
	pair_run(p, 60000);
}

static struct pair *alloc_pair(struct proposal *esp)
{
	*esp = pair_esp_proposal(ENCR_AES_GCM_16, 128, INTEG_NONE, DH_CURVE25519);
	return pair_new(&(struct pair_options){.children = 2,
					       .esp = esp,
					       .ike_lifetime_s = 86400,
					       .dpd = {.interval_s = 5, .periodic = true}});
}

static void assert_over(struct pair *p, const struct drive *d, unsigned long n)
{
	for (size_t i = 0; i < d->count; i++)
		if (!fake_router_is_done(&p->end[d->end[i]].router, d->token[i]))
			fail_msg("allocation %lu: request %zu has no DONE", n, i);
	for (int i = 0; i < 2; i++) {
		if (p->end[i].v2->op_count != 0 || fake_router_larval_count(&p->end[i].router) != 0)
			fail_msg("allocation %lu: something is left at end %d", n, i);
	}
}

static void test_each_allocation_fails_once(void **state)
{
	struct proposal esp;
	struct pair *p = alloc_pair(&esp);
	struct drive d = {.count = 0};
	unsigned long total, n;

	(void)state;
	(void)alloc_fail_after(0);
	drive(p, &d);
	total = alloc_fail_after(0);
	assert_over(p, &d, 0);
	pair_free(p);
	assert_true(total > 200);
	for (n = 1; n <= total; n++) {
		p = alloc_pair(&esp);
		d.count = 0;
		(void)alloc_fail_after(n);
		drive(p, &d);
		(void)alloc_fail_after(0);
		assert_over(p, &d, n);
		/* And a fresh start works. */
		for (int i = 0; i < 2; i++)
			(void)pair_ref(p, i, ENGINE_CLOSE, 0, 0, ENGINE_WHY_OPERATOR);
		pair_run(p, 60000);
		if (!pair_establish(p))
			fail_msg("allocation %lu: no fresh start", n);
		pair_free(p);
	}
}

static void test_an_engine_that_finds_no_memory_is_not_made(void **state)
{
	(void)state;
	for (unsigned long n = 1;; n++) {
		struct loop *loop = loop_new_simulated(0);
		struct ike_v2 *v2;

		(void)alloc_fail_after(n);
		v2 = ike_v2_new(loop, NULL, (struct engine_port){0}, NULL, NULL);
		(void)alloc_fail_after(0);
		ike_v2_free(v2);
		loop_free(loop);
		if (v2 != NULL)
			break;
		assert_true(n < 100);
	}
}

static void test_a_connection_that_finds_no_memory_is_refused_whole(void **state)
{
	struct pair *p = pair_new(NULL);
	struct conn *c = pair_conn(NULL, 0);
	struct engine_msg m = {.type = ENGINE_CONN_PUT, .conn_put.conn = c};

	(void)state;
	c->id = 2;
	for (unsigned long n = 1;; n++) {
		uint32_t token;

		(void)alloc_fail_after(n);
		token = pair_ask(p, 0, &m);
		(void)alloc_fail_after(0);
		if (pair_result(p, 0, token) == 0)
			break;
		assert_int_equal(pair_result(p, 0, token), -ENOMEM);
		assert_null(ike_conns_by_id(p->end[0].v2, 2));
		assert_true(n < 100);
	}
	assert_non_null(ike_conns_by_id(p->end[0].v2, 2));
	conn_unref(c);
	pair_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails_once),
		cmocka_unit_test(test_an_engine_that_finds_no_memory_is_not_made),
		cmocka_unit_test(test_a_connection_that_finds_no_memory_is_refused_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
