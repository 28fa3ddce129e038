/* Room sa: the inbound half of a pair that another one has taken over from stays for a while, for packets
 * that the peer sent before it changed over. */
#include "tests/unit/router_world.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/loop.h"

#define SPI_1	  0xB7618601u
#define SPI_2	  0xB7618602u
#define LINGER_MS 3000

static int setup(void **state)
{
	struct router_world *w = router_world_new(-1, 1);

	assert_non_null(w);
	assert_int_equal(router_world_conn(w, 1, 2, WORLD_PEER), 0);
	sa_start(w->sa);
	router_world_engine(w, WORLD_CAPS);
	router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_UP);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	router_world_free(*state);
	return 0;
}

static bool in_kernel(const struct router_world *w, struct xfrm_sa_id id)
{
	return xfrm_fake_sa(w->xfrm, &id) != NULL;
}

static struct sa_history history(const struct router_world *w, uint32_t spi)
{
	struct addr local = addr_v4(WORLD_LOCAL);
	struct sa_history h;

	assert_true(sa_history(w->sa, &local, IPPROTO_ESP, spi, &h));
	return h;
}

/* SPI_2 has taken over from SPI_1, which ends. */
static void take_over(struct router_world *w, enum engine_reason why)
{
	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 1, 10, SPI_2, SPI_1);
	assert_int_equal(router_world_delete(w, SPI_1, why), 0);
}

static bool lingers(const struct router_world *w)
{
	return in_kernel(w, router_world_in(SPI_1)) && !in_kernel(w, router_world_out(SPI_1));
}

static void set_flag(void *arg, int err)
{
	assert_int_equal(err, 0);
	*(bool *)arg = true;
}

static void test_a_replaced_pair_listens_for_a_while_and_sends_no_more(void **state)
{
	struct addr local = addr_v4(WORLD_LOCAL);
	struct router_world *w = *state;
	struct sa_history h;

	take_over(w, ENGINE_WHY_REPLACED);
	assert_true(lingers(w));
	assert_false(history(w, SPI_1).dead);
	assert_int_equal(sa_pair_current(w->sa, 1, 10)->spi_in, SPI_2);
	assert_int_equal(sa_session(w->sa, 1), SA_SESSION_UP_ACTIVE);
	loop_advance(w->loop, LINGER_MS - 100);
	assert_int_equal(xfrm_fake_traffic(w->xfrm, &local, SPI_1, 1, 100), 0);
	assert_int_equal(w->gones, 0);
	loop_advance(w->loop, 200);
	assert_false(in_kernel(w, router_world_in(SPI_1)));
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 2);
	assert_int_equal(w->gones, 1);
	assert_int_equal(w->gone_why, SA_DEATH_REKEYED);
	assert_int_equal(w->losts, 0);
	/* Its death counts from now on: so does the grace of what comes later still. */
	h = history(w, SPI_1);
	assert_true(h.dead && h.why == SA_DEATH_REKEYED && h.successor == SPI_2);
	assert_true(loop_now(w->loop) - h.died_ms <= 100);
}

static void test_it_listens_whoever_ended_the_old_pair(void **state)
{
	static const struct {
		enum engine_reason why;
		bool lingers;
	} rows[] = {
		{ENGINE_WHY_REPLACED, true},
		{ENGINE_WHY_PEER_DELETE, true},
		{ENGINE_WHY_LIFETIME, true}, /* of its IKE SA */
		{ENGINE_WHY_DUPLICATE, true},
		{ENGINE_WHY_INITIAL_CONTACT, true}, /* of a peer that is no Spindle */
		{ENGINE_WHY_OPERATOR, false},
		{ENGINE_WHY_CONFIG, false},
		{ENGINE_WHY_STOP, false},
		{ENGINE_WHY_DPD, false},
		{ENGINE_WHY_LOCAL_ERROR, false},
	};
	struct router_world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		take_over(w, rows[i].why);
		assert_int_equal(lingers(w), rows[i].lingers);
		assert_int_equal(w->gones, rows[i].lingers ? 0 : 1);
		teardown(state);
		setup(state);
		w = *state;
	}
}

static void test_what_nothing_takes_over_from_goes_at_once(void **state)
{
	struct router_world *w = *state;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 1, 20, SPI_2, 0); /* another Child's */
	assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_PEER_DELETE), 0);
	assert_int_equal(w->gones, 1);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 2);
}

static void test_a_second_deletion_does_not_cut_it_short(void **state)
{
	struct router_world *w = *state;

	take_over(w, ENGINE_WHY_REPLACED);
	assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_PEER_DELETE), 0);
	assert_true(lingers(w));
	assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_CONFIG), 0);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 2);
	assert_int_equal(w->gone_why, SA_DEATH_REKEYED);
}

static void test_another_programs_flush_loses_the_fresh_pair_only(void **state)
{
	struct router_world *w = *state;

	take_over(w, ENGINE_WHY_REPLACED);
	xfrm_fake_foreign_flush(w->xfrm, NULL);
	loop_advance(w->loop, 10);
	assert_int_equal(w->losts, 1);
	assert_int_equal(w->last_lost.spi_in, SPI_2);
	assert_int_equal(history(w, SPI_1).why, SA_DEATH_REKEYED);
	loop_advance(w->loop, 10);
	assert_int_equal(w->gones, 1); /* the engine still holds SPI_2 */
	assert_null(sa_pair_by_spi_in(w->sa, SPI_1));
}

static void test_a_clear_does_not_wait_for_it(void **state)
{
	struct router_world *w = *state;
	bool done = false;

	take_over(w, ENGINE_WHY_REPLACED);
	assert_int_equal(sa_clear(w->sa, NULL, SA_DEATH_CLEARED, set_flag, &done), 0);
	router_world_done(w, router_world_last(w, ENGINE_DELETE_SPI), 0, 0);
	loop_advance(w->loop, 10);
	assert_true(done);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
}

/* Also in the moment in which the kernel has not confirmed the end of the outbound half. */
static void test_a_stop_does_not_wait_for_it(void **state)
{
	for (uint64_t delay = 0; delay <= 50; delay += 50) {
		struct router_world *w = *state;
		bool done = false;

		router_world_pair(w, 1, 10, SPI_1, 0);
		router_world_pair(w, 1, 10, SPI_2, SPI_1);
		xfrm_fake_delay(w->xfrm, delay);
		assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_REPLACED), 0);
		sa_stop(w->sa, set_flag, &done);
		loop_advance(w->loop, 200);
		assert_true(done);
		assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
		teardown(state);
		setup(state);
	}
}

static void test_an_outbound_half_that_does_not_go_goes_with_the_rest(void **state)
{
	struct router_world *w = *state;

	router_world_pair(w, 1, 10, SPI_1, 0);
	router_world_pair(w, 1, 10, SPI_2, SPI_1);
	xfrm_fake_lose_reply(w->xfrm, FAKE_SA_DELETE, 1);
	assert_int_equal(router_world_delete(w, SPI_1, ENGINE_WHY_REPLACED), 0);
	loop_advance(w->loop, LINGER_MS + 10000);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 2);
	assert_int_equal(w->gones, 1);
}

static int a_rekey(void *arg)
{
	struct router_world *w = router_world_new(-1, 1);
	bool over = false;
	int result = -ENOMEM;

	(void)arg;
	if (!w)
		return -ENOMEM;
	if (!router_world_conn(w, 1, 1, WORLD_PEER)) {
		sa_start(w->sa);
		router_world_engine(w, WORLD_CAPS);
		router_world_ike(w, 1, WORLD_PEER, ENGINE_IKE_UP);
		if (router_world_pair(w, 1, 10, SPI_1, 0) &&
		    router_world_pair(w, 1, 10, SPI_2, SPI_1))
			result = router_world_delete(w, SPI_1, ENGINE_WHY_REPLACED);
		loop_advance(w->loop, LINGER_MS + 6000);
		if (!result)
			assert_int_equal(xfrm_fake_sa_count(w->xfrm), 2);
	}
	sa_stop(w->sa, set_flag, &over);
	loop_advance(w->loop, 6000);
	assert_true(over);
	assert_int_equal(xfrm_fake_sa_count(w->xfrm), 0);
	router_world_free(w);
	return result;
}

static void test_every_allocation_may_fail(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(a_rekey, NULL) > 20);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_a_replaced_pair_listens_for_a_while_and_sends_no_more),
		IN_WORLD(test_it_listens_whoever_ended_the_old_pair),
		IN_WORLD(test_what_nothing_takes_over_from_goes_at_once),
		IN_WORLD(test_a_second_deletion_does_not_cut_it_short),
		IN_WORLD(test_another_programs_flush_loses_the_fresh_pair_only),
		IN_WORLD(test_a_clear_does_not_wait_for_it),
		IN_WORLD(test_a_stop_does_not_wait_for_it),
		IN_WORLD(test_an_outbound_half_that_does_not_go_goes_with_the_rest),
		cmocka_unit_test(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
