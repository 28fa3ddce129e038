/* Both ends do the same thing at once: rekeys, deletes, whole IKE SAs, INITIAL_CONTACT. */
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

static struct ike_child *first_child(struct pair *p, int end)
{
	return list_entry(first_sa(p, end)->children.next, struct ike_child, node);
}

static uint32_t inbound_spi(struct pair *p, int end)
{
	return first_child(p, end)->install.spi_in;
}

static uint32_t replace(struct pair *p, int end)
{
	return pair_ref(p, end, ENGINE_REPLACE_CHILD, 10, inbound_spi(p, end), ENGINE_WHY_LIFETIME);
}

static unsigned int run_with_traffic(struct pair *p, unsigned int ms)
{
	unsigned int lost = 0;

	for (unsigned int i = 0; i < ms; i++) {
		pair_run(p, 1);
		lost += !pair_packet(p, 0, 10);
		lost += !pair_packet(p, 1, 10);
	}
	return lost;
}

static void test_simultaneous_rekeys_end_with_one_pair_and_no_loss(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 40; seed++) {
		struct pair *p = pair_new(NULL);
		uint32_t a, b;

		assert_true(pair_establish(p));
		p->random = seed * 7919;
		p->delay_ms = seed % 30 + 1;
		p->jitter_ms = seed % 3 * 5;
		a = replace(p, 0);
		/* Some seconds start together, some while the first request is on its way. */
		assert_int_equal(run_with_traffic(p, seed % 20), 0);
		b = replace(p, 1);
		assert_int_equal(run_with_traffic(p, 6000), 0);
		assert_int_equal(pair_result(p, 0, a), 0);
		assert_int_equal(pair_result(p, 1, b), 0);
		pair_assert_synced(p, 1);
		assert_int_equal(pair_ikes(p, 0), 1);
		/* Truly simultaneous: what DONE names is what stays, at both ends. */
		if (seed % 20 < p->delay_ms) {
			const uint32_t spi = fake_router_result(&p->end[0].router, a)->spi;

			assert_non_null(fake_router_find(&p->end[0].router, spi, true));
		}
		pair_free(p);
	}
}

static void test_simultaneous_rekeys_survive_each_lost_message(void **state)
{
	(void)state;
	for (unsigned int i = 1; i <= 10; i++) {
		struct pair *p = pair_new(NULL);
		uint32_t a, b;

		assert_true(pair_establish(p));
		p->delay_ms = 5;
		p->drop_index = p->datagrams + i;
		a = replace(p, 0);
		b = replace(p, 1);
		assert_int_equal(run_with_traffic(p, 8000), 0);
		assert_int_equal(pair_result(p, 0, a), 0);
		assert_int_equal(pair_result(p, 1, b), 0);
		pair_assert_synced(p, 1);
		pair_free(p);
	}
}

static void test_a_child_deleted_by_both_ends_is_gone_once(void **state)
{
	struct pair *p = pair_new(NULL);

	(void)state;
	assert_true(pair_establish(p));
	p->delay_ms = 10;
	for (int i = 0; i < 2; i++)
		ike_child_delete(first_child(p, i), ENGINE_WHY_OPERATOR);
	pair_run(p, 1000);
	pair_assert_synced(p, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(p->end[i].router.seen[ENGINE_CHILD_DOWN], 1);
		assert_int_equal(p->end[i].router.unknown_deletes, 0);
	}
	assert_int_equal(pair_ikes(p, 0), 1);
	pair_free(p);
}

/* 2.25.1: a rekey of a Child that the other end is closing is put off; then there is none. */
static void test_a_rekey_that_meets_a_delete_makes_a_fresh_child(void **state)
{
	(void)state;
	for (int first = 0; first < 2; first++) {
		struct pair *p = pair_new(NULL);
		uint32_t token;

		assert_true(pair_establish(p));
		p->delay_ms = 10;
		if (first == 0)
			ike_child_delete(first_child(p, 1), ENGINE_WHY_OPERATOR);
		token = replace(p, 0);
		if (first == 1)
			ike_child_delete(first_child(p, 1), ENGINE_WHY_OPERATOR);
		pair_run(p, 10000);
		assert_int_equal(pair_result(p, 0, token), 0);
		pair_assert_synced(p, 1);
		assert_true(pair_packet(p, 0, 10));
		pair_free(p);
	}
}

static void test_both_ends_close_the_ike_sa_at_once(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token[2];

	(void)state;
	assert_true(pair_establish(p));
	p->delay_ms = 10;
	for (int i = 0; i < 2; i++)
		token[i] = pair_ref(p, i, ENGINE_CLOSE, 0, 0, ENGINE_WHY_OPERATOR);
	pair_run(p, 1000);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pair_result(p, i, token[i]), 0);
		assert_int_equal(p->end[i].router.seen[ENGINE_IKE_DOWN], 1);
		assert_int_equal(pair_ikes(p, i), 0);
	}
	pair_assert_synced(p, 0);
	pair_free(p);
}

static void test_a_rekey_request_meets_a_closing_ike_sa(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t rekey, closed;

	(void)state;
	assert_true(pair_establish(p));
	p->delay_ms = 10;
	rekey = replace(p, 0);
	closed = pair_ref(p, 1, ENGINE_CLOSE, 0, 0, ENGINE_WHY_OPERATOR);
	pair_run(p, 3000);
	assert_true(pair_result(p, 0, rekey) < 0);
	assert_int_equal(pair_result(p, 1, closed), 0);
	assert_int_equal(pair_ikes(p, 0) + pair_ikes(p, 1), 0);
	pair_assert_synced(p, 0);
	pair_free(p);
}

/* ---- two IKE SAs ----------------------------------------------------------------------------- */

static void count_ikes(struct pair *p, size_t *max)
{
	for (int i = 0; i < 2; i++) {
		size_t count = 0;
		struct list *it;

		list_for_each(it, &p->end[i].v2->sas)
		{
			const struct ike_sa *sa = list_entry(it, struct ike_sa, node);

			count += sa->phase == IKE_PHASE_ESTABLISHED;
		}
		if (count > *max)
			*max = count;
	}
}

/* From 3 s on one IKE SA at both ends and no packet lost; never more than two. */
static void test_a_hundred_simultaneous_recoveries_end_with_one_ike_sa(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 100; seed++) {
		struct pair *p = pair_new(NULL);
		const unsigned int late = seed * 31 % 50;
		size_t max = 0;
		uint32_t a, b;

		p->random = seed * 104729;
		p->delay_ms = 0;
		p->jitter_ms = 50;
		a = pair_initiate(p, 0, 10, true, ENGINE_WHY_RECOVERY);
		pair_run(p, late);
		b = pair_initiate(p, 1, 10, true, ENGINE_WHY_RECOVERY);
		for (unsigned int i = late; i < 3000; i += 10) {
			pair_run(p, 10);
			count_ikes(p, &max);
		}
		assert_true(max >= 1 && max <= 2);
		assert_int_equal(pair_result(p, 0, a), 0);
		assert_int_equal(pair_result(p, 1, b), 0);
		p->jitter_ms = 0;
		assert_int_equal(run_with_traffic(p, 3000), 0);
		assert_int_equal(pair_ikes(p, 0), 1);
		assert_int_equal(pair_ikes(p, 1), 1);
		pair_assert_synced(p, 1);
		pair_free(p);
	}
}

static void test_closing_the_duplicate_loses_no_packet(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 20; seed++) {
		struct pair *p = pair_new(NULL);

		p->delay_ms = 20;
		(void)pair_initiate(p, 0, 10, true, ENGINE_WHY_RECOVERY);
		(void)pair_initiate(p, 1, 10, true, ENGINE_WHY_RECOVERY);
		pair_run(p, 1000);
		assert_int_equal(pair_ikes(p, 0), 2);
		assert_int_equal(run_with_traffic(p, 4000), 0);
		assert_int_equal(pair_ikes(p, 0), 1);
		assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN) != NULL, 1);
		pair_free(p);
	}
}

/* The peer's router may be slow to stop sending with what its engine has closed. */
static void test_the_closer_of_a_duplicate_listens_a_little_longer(void **state)
{
	struct pair *p = pair_new(NULL);
	unsigned int alone = 0;

	(void)state;
	p->delay_ms = 20;
	(void)pair_initiate(p, 0, 10, true, ENGINE_WHY_RECOVERY);
	(void)pair_initiate(p, 1, 10, true, ENGINE_WHY_RECOVERY);
	pair_run(p, 1000);
	for (unsigned int i = 0; i < 4000; i += 10) {
		pair_run(p, 10);
		alone += pair_ikes(p, 0) != pair_ikes(p, 1) ? 10 : 0;
	}
	assert_true(alone >= 250 && alone <= 400);
	assert_int_equal(pair_ikes(p, 0), 1);
	assert_int_equal(pair_ikes(p, 1), 1);
	pair_free(p);
}

/* Ids of vendors are changed on the way: neither end takes the other for a Spindle. */
static enum pair_fate hide_vendor(struct pair *p, int from, uint8_t *data, size_t *len, void *arg)
{
	(void)p;
	(void)from;
	(void)arg;
	for (size_t i = 0; data[18] == IKE_SA_INIT && i + 7 < *len; i++)
		if (memcmp(data + i, "Spindle", 7) == 0)
			data[i] = 'X';
	return PAIR_PASS;
}

static void test_of_two_with_a_foreign_peer_ours_is_closed(void **state)
{
	struct pair *p = pair_new(NULL);
	struct ike_duplicate_facts f = {.foreign = true, .ours_a = true};

	(void)state;
	p->filter = hide_vendor;
	p->delay_ms = 10;
	/* A changed datagram is not what its sender signs: so this is seen by the flag alone. */
	(void)pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 1000);
	assert_int_equal(pair_ikes(p, 0), 0);
	assert_int_equal(ike_collide_duplicate(&f), IKE_DUPLICATE_CLOSE_A);
	f.ours_a = false;
	f.ours_b = true;
	assert_int_equal(ike_collide_duplicate(&f), IKE_DUPLICATE_CLOSE_B);
	f.ours_a = true;
	assert_int_equal(ike_collide_duplicate(&f), IKE_DUPLICATE_NONE);
	pair_free(p);
}

static void test_the_duplicate_rule_agrees_at_both_ends(void **state)
{
	(void)state;
	for (int order = -1; order <= 1; order += 2) {
		struct ike_duplicate_facts here = {.ours_a = true, .order = order};
		struct ike_duplicate_facts there = {.ours_b = true, .order = order};
		const int closers = (ike_collide_duplicate(&here) != IKE_DUPLICATE_NONE) +
				    (ike_collide_duplicate(&there) != IKE_DUPLICATE_NONE);

		assert_int_equal(closers, 1);
		here.gap_ms = there.gap_ms = IKE_DUPLICATE_MS + 1;
		assert_int_equal(ike_collide_duplicate(&here), IKE_DUPLICATE_NONE);
		assert_int_equal(ike_collide_duplicate(&there), IKE_DUPLICATE_NONE);
	}
}

/* ---- INITIAL_CONTACT ------------------------------------------------------------------------- */

static void test_initial_contact_drops_what_was_there_before(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.children = 2});
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	/* End 0 forgets everything, as after a crash; end 1 keeps its IKE SA. */
	ike_sa_down(first_sa(p, 0), ENGINE_WHY_STOP, 0);
	ike_v2_reap(p->end[0].v2);
	pair_run(p, 10);
	token = pair_initiate(p, 0, 10, true, ENGINE_WHY_RECOVERY);
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_equal(pair_ikes(p, 1), 1);
	assert_int_equal(fake_router_event(&p->end[1].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_INITIAL_CONTACT);
	pair_run(p, 3000); /* router keeps them that long where no packet comes */
	pair_assert_synced(p, 1);
	pair_free(p);
}

/* There is always a pair to send on: else traffic would ask for yet another one. */
static void test_initial_contact_leaves_no_moment_without_an_outbound_sa(void **state)
{
	struct pair *p = pair_new(NULL);
	unsigned int without = 0;
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	ike_sa_down(first_sa(p, 0), ENGINE_WHY_STOP, 0);
	ike_v2_reap(p->end[0].v2);
	p->delay_ms = 3;
	token = pair_initiate(p, 0, 10, true, ENGINE_WHY_RECOVERY);
	for (unsigned int i = 0; i < 100; i++) {
		pair_run(p, 1);
		without += fake_router_sender(&p->end[1].router, 10) == NULL;
	}
	assert_int_equal(without, 0);
	assert_int_equal(p->end[1].router.outbound_gaps, 0);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_equal(pair_ikes(p, 1), 1);
	pair_run(p, 3000);
	pair_assert_synced(p, 1);
	pair_free(p);
}

/* A new ike process: its engine knows nothing, router still has the pair. */
static void engine_dies(struct pair *p, int end)
{
	const engine_ike ike = first_sa(p, end)->handle;

	first_sa(p, end)->outlived = true;
	ike_sa_down(first_sa(p, end), ENGINE_WHY_INITIAL_CONTACT, 0);
	ike_v2_reap(p->end[end].v2);
	fake_router_orphan(&p->end[end].router, ike, 30000);
	assert_non_null(fake_router_sender(&p->end[end].router, 10));
}

/* An ike process died, no more: its kernel, and the peer's, go on with the old pair until each is
 * known to listen on the fresh one. */
static unsigned int take_over(struct pair *p, unsigned int drop, uint64_t delay_ms)
{
	unsigned int lost;

	assert_true(pair_establish(p));
	engine_dies(p, 0);
	p->delay_ms = delay_ms;
	p->drop_index = drop > 0 ? p->datagrams + drop : 0;
	(void)pair_initiate(p, 0, 10, true, ENGINE_WHY_LOST);
	lost = run_with_traffic(p, 8000);
	assert_int_equal(pair_ikes(p, 0), 1);
	assert_int_equal(pair_ikes(p, 1), 1);
	pair_assert_synced(p, 1);
	return lost;
}

static void test_a_pair_takes_over_from_an_orphan_without_loss(void **state)
{
	(void)state;
	for (unsigned int delay = 0; delay <= 60; delay += 3) {
		struct pair *p = pair_new(NULL);

		assert_int_equal(take_over(p, 0, delay), 0);
		pair_free(p);
	}
}

static void test_a_pair_takes_over_without_loss_whatever_message_is_lost(void **state)
{
	(void)state;
	for (unsigned int i = 1; i <= 8; i++) {
		struct pair *p = pair_new(NULL);

		assert_int_equal(take_over(p, i, 5), 0);
		pair_free(p);
	}
}

/* Both ike processes died: neither engine knows the old pair, both routers do. */
static unsigned int both_take_over(struct pair *p, unsigned int later_ms)
{
	unsigned int lost;

	engine_dies(p, 0);
	engine_dies(p, 1);
	(void)pair_initiate(p, 0, 10, true, ENGINE_WHY_LOST);
	lost = run_with_traffic(p, later_ms);
	(void)pair_initiate(p, 1, 10, true, ENGINE_WHY_LOST);
	return lost + run_with_traffic(p, 8000);
}

static void test_two_new_engines_take_over_from_the_same_orphan_without_loss(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 60; i++) {
		struct pair *p = pair_new(NULL);

		assert_true(pair_establish(p));
		p->random = i * 104729 + 1;
		p->delay_ms = i % 4 * 7;
		assert_int_equal(both_take_over(p, i), 0);
		assert_int_equal(pair_ikes(p, 0), 1);
		assert_int_equal(pair_ikes(p, 1), 1);
		pair_assert_synced(p, 1);
		pair_free(p);
	}
}

static void test_without_initial_contact_the_old_one_stays(void **state)
{
	struct pair *p = pair_new(NULL);

	(void)state;
	assert_true(pair_establish(p));
	ike_sa_down(first_sa(p, 0), ENGINE_WHY_STOP, 0);
	ike_v2_reap(p->end[0].v2);
	pair_run(p, 6000);
	(void)pair_initiate(p, 0, 10, false, ENGINE_WHY_RECOVERY);
	pair_run(p, 1000);
	assert_int_equal(pair_ikes(p, 1), 2);
	pair_free(p);
}

static void test_initial_contact_is_not_said_while_one_lives_or_theirs_is_half_open(void **state)
{
	struct pair *p = pair_new(NULL);
	struct ike_sa *sa, *theirs;
	const struct endpoint local = {.addr = p->end[0].addr, .port = 500};
	const struct endpoint remote = {.addr = p->end[1].addr, .port = 500};
	struct ike_v2 *v2 = p->end[0].v2;

	(void)state;
	sa = ike_sa_new(v2, true, &local, &remote);
	assert_true(ike_may_say_initial_contact(sa));
	theirs = ike_sa_new(v2, false, &local, &remote);
	assert_false(ike_may_say_initial_contact(sa));
	theirs->phase = IKE_PHASE_HALF_OPEN;
	assert_false(ike_may_say_initial_contact(sa));
	ike_sa_down(theirs, ENGINE_WHY_TIMEOUT, 0);
	assert_true(ike_may_say_initial_contact(sa));
	theirs = ike_sa_new(v2, true, &local, &remote);
	assert_true(ike_may_say_initial_contact(sa)); /* half-open, ours */
	theirs->s->established = 1;
	assert_false(ike_may_say_initial_contact(sa));
	pair_free(p);
}

static void test_initial_contact_spares_other_connections_and_younger_ones(void **state)
{
	struct pair *p = pair_new(NULL);
	struct ike_sa *sa, *o;
	struct conn *other = pair_conn(NULL, 1);

	(void)state;
	assert_true(pair_establish(p));
	(void)pair_initiate(p, 0, 10, true, ENGINE_WHY_RECOVERY);
	pair_run(p, 1000);
	assert_int_equal(pair_ikes(p, 1), 2); /* not said: one was there */
	o = first_sa(p, 1);
	sa = list_entry(o->node.next, struct ike_sa, node);
	/* Established after the IKE_SA_INIT of the one that says it came: a collision, not dead. */
	sa->init_ms = o->s->established_ms;
	ike_initial_contact(sa);
	assert_int_equal(pair_ikes(p, 1), 2);
	sa->init_ms = o->s->established_ms + 1;
	other->id = 2;
	ike_sa_set_conn(o, other);
	ike_initial_contact(sa);
	assert_int_equal(pair_ikes(p, 1), 2);
	ike_sa_set_conn(o, sa->conn);
	ike_initial_contact(sa);
	assert_int_equal(pair_ikes(p, 1), 1);
	conn_unref(other);
	pair_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simultaneous_rekeys_end_with_one_pair_and_no_loss),
		cmocka_unit_test(test_simultaneous_rekeys_survive_each_lost_message),
		cmocka_unit_test(test_a_child_deleted_by_both_ends_is_gone_once),
		cmocka_unit_test(test_a_rekey_that_meets_a_delete_makes_a_fresh_child),
		cmocka_unit_test(test_both_ends_close_the_ike_sa_at_once),
		cmocka_unit_test(test_a_rekey_request_meets_a_closing_ike_sa),
		cmocka_unit_test(test_a_hundred_simultaneous_recoveries_end_with_one_ike_sa),
		cmocka_unit_test(test_closing_the_duplicate_loses_no_packet),
		cmocka_unit_test(test_the_closer_of_a_duplicate_listens_a_little_longer),
		cmocka_unit_test(test_of_two_with_a_foreign_peer_ours_is_closed),
		cmocka_unit_test(test_the_duplicate_rule_agrees_at_both_ends),
		cmocka_unit_test(test_initial_contact_drops_what_was_there_before),
		cmocka_unit_test(test_initial_contact_leaves_no_moment_without_an_outbound_sa),
		cmocka_unit_test(test_a_pair_takes_over_from_an_orphan_without_loss),
		cmocka_unit_test(test_a_pair_takes_over_without_loss_whatever_message_is_lost),
		cmocka_unit_test(test_two_new_engines_take_over_from_the_same_orphan_without_loss),
		cmocka_unit_test(test_without_initial_contact_the_old_one_stays),
		cmocka_unit_test(
			test_initial_contact_is_not_said_while_one_lives_or_theirs_is_half_open),
		cmocka_unit_test(test_initial_contact_spares_other_connections_and_younger_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
