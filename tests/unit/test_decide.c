/* The recovery decision: one test a row, and for each row its neighbours. */
#include "unit.h"

#include "recovery/decide.h"

/* A configured peer, everything allowed, nothing going on, no IKE SA. */
static struct recovery_facts base(enum spi_verdict verdict)
{
	return (struct recovery_facts){.verdict = verdict,
				       .dead_for_ms = UINT64_MAX,
				       .since_step_ms = UINT64_MAX,
				       .capabilities = ENGINE_DELETE_UNKNOWN_SPI |
						       ENGINE_INITIAL_CONTACT,
				       .enabled = true,
				       .configured = true,
				       .explicit_peer = true,
				       .current_peer = true,
				       .grace_ms = 200,
				       .budget_ours = true,
				       .budget_never = true};
}

static struct recovery_facts lost(enum sa_death death, enum recovery_ike ike)
{
	struct recovery_facts f = base(SPI_ONCE_OURS);

	f.death = death;
	f.ike = ike;
	f.has_child = ike == RECOVERY_IKE_UP;
	return f;
}

static struct recovery_facts never(enum recovery_ike ike)
{
	struct recovery_facts f = base(SPI_NEVER_OURS);

	f.ike = ike;
	f.has_child = ike == RECOVERY_IKE_UP;
	return f;
}

static void expect_at(const struct recovery_facts *f, enum recovery_row row, enum recovery_act act,
		      int line)
{
	struct recovery_action a = recovery_decide(f);

	if (a.row != row || a.act != act)
		fail_msg("line %d: row %d act %d (%s), expected row %d act %d", line, a.row, a.act,
			 a.words ? a.words : "", row, act);
	assert_non_null(a.words);
}

#define expect(f, row, act) expect_at(f, RECOVERY_ROW_##row, RECOVERY_ACT_##act, __LINE__)

static void test_reserved_and_known_spis_are_only_counted(void **state)
{
	static const enum spi_verdict known[] = {SPI_KNOWN_MARK, SPI_KNOWN_DST, SPI_KNOWN_PROTO,
						 SPI_INSTALLED};
	struct recovery_facts f = base(SPI_RESERVED);

	(void)state;
	expect(&f, RESERVED, COUNT);
	for (size_t i = 0; i < 4; i++) {
		f = base(known[i]);
		f.ike = RECOVERY_IKE_UP;
		expect(&f, KNOWN, COUNT);
	}
}

static void test_a_larval_spi_is_waited_for_whatever_else(void **state)
{
	static const enum recovery_ike ikes[] = {RECOVERY_IKE_NONE, RECOVERY_IKE_UP,
						 RECOVERY_IKE_HALF_OURS};
	struct recovery_facts f = base(SPI_LARVAL);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		f.ike = ikes[i];
		expect(&f, LARVAL, WAIT);
		assert_int_equal(recovery_decide(&f).wait_ms, 200);
	}
}

static void test_a_fresh_retirement_has_its_grace_and_a_loss_has_none(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_REKEYED, RECOVERY_IKE_UP);

	(void)state;
	f.dead_for_ms = 150;
	expect(&f, GRACE, WAIT);
	assert_int_equal(recovery_decide(&f).wait_ms, 50);
	f.dead_for_ms = 200;
	expect(&f, RETIRED_DELETE, DELETE_SPI);
	f = lost(SA_DEATH_FLUSHED, RECOVERY_IKE_UP);
	f.dead_for_ms = 0;
	expect(&f, LOST, REPLACE_CHILD);
}

static void test_a_rekey_in_flight_holds_for_two_seconds_at_most(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_FLUSHED, RECOVERY_IKE_UP);

	(void)state;
	f.in_flight_ms = 1;
	expect(&f, IN_FLIGHT, WAIT);
	f.in_flight_ms = RECOVERY_IN_FLIGHT_MS - 1;
	expect(&f, IN_FLIGHT, WAIT);
	f.in_flight_ms = RECOVERY_IN_FLIGHT_MS;
	expect(&f, LOST, REPLACE_CHILD);
}

static void test_our_half_open_one_is_joined_and_theirs_waited_for(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_AWAY, RECOVERY_IKE_HALF_OURS);

	(void)state;
	f.half_age_ms = 60000;
	expect(&f, HALF_OURS, JOIN);
	f.ike = RECOVERY_IKE_HALF_THEIRS;
	f.half_age_ms = 500;
	expect(&f, HALF_THEIRS, WAIT);
	assert_int_equal(recovery_decide(&f).wait_ms, 1500);
	/* A forged IKE_SA_INIT must not stop recovery. */
	f.half_age_ms = RECOVERY_HALF_OPEN_MS;
	expect(&f, INITIATE, INITIATE);
	f.enabled = false;
	expect(&f, OFF, REFUSE);
}

static void test_an_empty_budget_waits_and_each_class_has_its_own(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_FLUSHED, RECOVERY_IKE_UP);

	(void)state;
	f.budget_ours = false;
	f.wait_ms = 41000;
	expect(&f, BUDGET, WAIT);
	assert_int_equal(recovery_decide(&f).wait_ms, 41000);
	f.budget_ours = true;
	f.budget_never = false;
	expect(&f, LOST, REPLACE_CHILD);
	f = never(RECOVERY_IKE_UP);
	f.budget_never = false;
	expect(&f, BUDGET, WAIT);
	f.budget_never = true;
	f.budget_ours = false;
	expect(&f, NEVER_DELETE, DELETE_SPI);
	assert_true(recovery_decide(&f).never_class);
}

static void test_a_lost_pair_is_replaced_over_the_living_ike_sa(void **state)
{
	static const enum sa_death deaths[] = {SA_DEATH_FLUSHED,      SA_DEATH_FOREIGN,
					       SA_DEATH_EXPIRED_TIME, SA_DEATH_EXPIRED_VOLUME,
					       SA_DEATH_CLEARED,      SA_DEATH_AWAY,
					       SA_DEATH_STOP,	      SA_DEATH_IKE_GONE,
					       SA_DEATH_DPD,	      SA_DEATH_INITIAL_CONTACT};

	(void)state;
	for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
		struct recovery_facts f = lost(deaths[i], RECOVERY_IKE_UP);
		struct recovery_action a = recovery_decide(&f);

		expect(&f, LOST, REPLACE_CHILD);
		assert_true(a.then_delete && a.takes_token && !a.never_class);
		f.has_child = false;
		expect(&f, LOST, CREATE_CHILD);
		/* It needs no command, and no current peer. */
		f.enabled = f.current_peer = false;
		expect(&f, LOST, CREATE_CHILD);
		f.capabilities |= ENGINE_OWNS_SA;
		assert_false(recovery_decide(&f).then_delete);
	}
}

static void test_a_retired_spi_is_deleted_again_and_then_replaced_once(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_PEER_DELETE, RECOVERY_IKE_UP);

	(void)state;
	expect(&f, RETIRED_DELETE, DELETE_SPI);
	f.steps = 1;
	f.delete_sent = true;
	f.since_step_ms = 2999;
	f.packets_since_step = true;
	expect(&f, SETTLED, WAIT);
	f.since_step_ms = RECOVERY_SETTLE_MS;
	expect(&f, RETIRED_DELETE, REPLACE_CHILD);
	assert_false(recovery_decide(&f).takes_token); /* one chain, one token */
	f.packets_since_step = false;
	expect(&f, SETTLED, COUNT);
	f.packets_since_step = f.replaced = true;
	f.steps = 2;
	expect(&f, RETIRED_DELETE, COUNT);
}

static void test_a_stranger_is_asked_by_delete_and_believed_by_its_pair(void **state)
{
	struct recovery_facts f = never(RECOVERY_IKE_UP);

	(void)state;
	expect(&f, NEVER_DELETE, DELETE_SPI);
	f.steps = 1;
	f.delete_sent = true;
	f.since_step_ms = 0; /* at once, without waiting for more packets */
	f.delete_paired = 0x1000;
	expect(&f, NEVER_DELETE, CREATE_CHILD);
	f.delete_paired = 0;
	expect(&f, NEVER_DELETE, REPLACE_CHILD);
	f.has_child = false;
	expect(&f, NEVER_DELETE, CREATE_CHILD);
	f.replaced = f.packets_since_step = true;
	f.steps = 2;
	f.since_step_ms = RECOVERY_SETTLE_MS;
	expect(&f, NEVER_DELETE, MARK_FORGED);
	f.forged_looking = true;
	expect(&f, FORGED, COUNT);
}

static void test_an_engine_without_delete_goes_step_by_step(void **state)
{
	static const enum recovery_act acts[] = {RECOVERY_ACT_REPLACE_CHILD,
						 RECOVERY_ACT_REPLACE_IKE, RECOVERY_ACT_REESTABLISH,
						 RECOVERY_ACT_COUNT};
	struct recovery_facts f = lost(SA_DEATH_REKEYED, RECOVERY_IKE_UP);

	(void)state;
	f.capabilities = 0;
	for (f.steps = 0; f.steps < 4; f.steps++) {
		f.since_step_ms = f.steps ? RECOVERY_SETTLE_MS : UINT64_MAX;
		f.packets_since_step = f.steps;
		expect_at(&f, RECOVERY_ROW_RETIRED_STEPS, acts[f.steps], __LINE__);
		assert_int_equal(recovery_decide(&f).takes_token, f.steps < 3);
	}
	f = never(RECOVERY_IKE_UP);
	f.capabilities = 0;
	expect(&f, NEVER_SIBLING, REPLACE_CHILD);
	f.steps = 1;
	f.since_step_ms = RECOVERY_SETTLE_MS;
	f.packets_since_step = true;
	expect(&f, NEVER_SIBLING, MARK_FORGED);
}

static void test_without_an_ike_sa_what_forbids_is_named(void **state)
{
	struct recovery_facts f = never(RECOVERY_IKE_NONE);

	(void)state;
	expect(&f, INITIATE, INITIATE);
	assert_true(recovery_decide(&f).then_delete);
	f.capabilities = 0;
	assert_false(recovery_decide(&f).then_delete);
	f.enabled = false;
	expect(&f, OFF, REFUSE);
	f.explicit_peer = false;
	expect(&f, DYNAMIC, REFUSE);
	f.current_peer = false;
	expect(&f, NOT_CURRENT, REFUSE);
	assert_string_equal(recovery_decide(&f).words, "not the current peer");
	f.nat_unknown = true;
	expect(&f, NAT, REFUSE);
	assert_string_equal(recovery_decide(&f).words, "behind NAT, no mapping");
	f.configured = false;
	expect(&f, NO_PEER, REFUSE);
}

static void test_an_exchange_without_an_answer_counts_as_no_ike_sa(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_FLUSHED, RECOVERY_IKE_UP);

	(void)state;
	f.exchange_stuck = true;
	expect(&f, INITIATE, INITIATE);
	f.enabled = false;
	expect(&f, OFF, REFUSE);
}

static void test_an_spi_that_is_not_judged_yet_is_waited_for(void **state)
{
	struct recovery_facts f = base(SPI_PENDING);

	(void)state;
	f.ike = RECOVERY_IKE_UP;
	f.budget_ours = f.budget_never = false;
	expect(&f, LARVAL, WAIT);
}

/* Nothing is replaced on suspicion that carries traffic; what is known to be lost is. */
static void test_children_that_carry_traffic_are_not_replaced_on_suspicion(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_REKEYED, RECOVERY_IKE_UP);

	(void)state;
	f.all_move = true;
	expect(&f, RETIRED_DELETE, DELETE_SPI);
	f.steps = 1;
	f.delete_sent = f.packets_since_step = true;
	f.since_step_ms = RECOVERY_SETTLE_MS;
	expect(&f, RETIRED_DELETE, COUNT);
	f = never(RECOVERY_IKE_UP);
	f.all_move = true;
	expect(&f, NEVER_DELETE, DELETE_SPI);
	f.steps = 1;
	f.delete_sent = true;
	expect(&f, NEVER_DELETE, MARK_FORGED);
	f = never(RECOVERY_IKE_UP);
	f.all_move = true;
	f.capabilities = 0;
	expect(&f, NEVER_SIBLING, MARK_FORGED);
	f = lost(SA_DEATH_FLUSHED, RECOVERY_IKE_UP);
	f.all_move = true;
	expect(&f, LOST, REPLACE_CHILD);
}

/* Facts that two neighbours of the table match: the upper one wins; without what it asks for, the
 * lower one. */
static void test_the_upper_rows_come_before_what_is_being_negotiated(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_REKEYED, RECOVERY_IKE_HALF_OURS);

	(void)state;
	f.dead_for_ms = 10;
	f.configured = false;
	f.forged_looking = true;
	f.in_flight_ms = 1;
	expect(&f, GRACE, WAIT);
	f.verdict = SPI_PENDING; /* the same before it is judged */
	expect(&f, GRACE, WAIT);
	f.verdict = SPI_ONCE_OURS;
	f.dead_for_ms = f.grace_ms;
	f.passed = true;
	expect(&f, PASSED, COUNT);
	f.passed = false;
	expect(&f, NO_PEER, REFUSE);
	f.configured = true;
	expect(&f, FORGED, COUNT);
	f.forged_looking = false;
	expect(&f, IN_FLIGHT, WAIT);
	f.in_flight_ms = 0;
	expect(&f, HALF_OURS, JOIN);
}

static void test_settled_comes_after_half_open_and_before_the_budget(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_FLUSHED, RECOVERY_IKE_HALF_OURS);

	(void)state;
	f.steps = 1;
	f.since_step_ms = 100;
	f.budget_ours = false;
	expect(&f, HALF_OURS, JOIN);
	f.ike = RECOVERY_IKE_HALF_THEIRS;
	f.half_age_ms = 500;
	expect(&f, HALF_THEIRS, WAIT);
	f.half_age_ms = RECOVERY_HALF_OPEN_MS;
	expect(&f, SETTLED, WAIT);
	f.steps = 0;
	expect(&f, BUDGET, WAIT);
	f.budget_ours = true;
	expect(&f, INITIATE, INITIATE);
}

static void test_the_budget_comes_before_each_step_but_one_that_was_paid_for(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_REKEYED, RECOVERY_IKE_UP);

	(void)state;
	f.budget_ours = f.budget_never = false;
	expect(&f, BUDGET, WAIT);
	f.delete_sent = f.packets_since_step = true;
	f.steps = 1;
	f.since_step_ms = RECOVERY_SETTLE_MS;
	expect(&f, RETIRED_DELETE, REPLACE_CHILD);
	f = never(RECOVERY_IKE_NONE);
	f.budget_never = false;
	f.nat_unknown = true;
	expect(&f, BUDGET, WAIT);
	f.budget_never = true;
	expect(&f, NAT, REFUSE);
}

/* What forbids a new IKE SA does not forbid to use the one that lives. */
static void test_over_a_living_ike_sa_nothing_of_the_configuration_forbids(void **state)
{
	struct recovery_facts f = lost(SA_DEATH_FLUSHED, RECOVERY_IKE_UP);

	(void)state;
	f.nat_unknown = true;
	f.enabled = f.explicit_peer = f.current_peer = false;
	expect(&f, LOST, REPLACE_CHILD);
	f.death = SA_DEATH_REKEYED;
	expect(&f, RETIRED_DELETE, DELETE_SPI);
	f.capabilities = 0;
	expect(&f, RETIRED_STEPS, REPLACE_CHILD);
	f.verdict = SPI_NEVER_OURS;
	expect(&f, NEVER_SIBLING, REPLACE_CHILD);
	f.capabilities = ENGINE_DELETE_UNKNOWN_SPI;
	expect(&f, NEVER_DELETE, DELETE_SPI);
	f.ike = RECOVERY_IKE_NONE;
	expect(&f, NAT, REFUSE);
}

/* Every combination of facts gives some answer, and nothing is sent to a stranger. */
static void test_every_combination_has_a_row_and_strangers_get_nothing(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits < 1u << 12; bits++)
		for (unsigned int v = 0; v < SPI_VERDICT_COUNT; v++)
			for (unsigned int d = 0; d < SA_DEATH_COUNT; d++) {
				struct recovery_facts f = base((enum spi_verdict)v);
				struct recovery_action a;

				f.death = (enum sa_death)d;
				f.enabled = bits & 1;
				f.configured = bits & 2;
				f.explicit_peer = bits & 4;
				f.current_peer = bits & 8;
				f.budget_ours = bits & 16;
				f.budget_never = bits & 32;
				f.delete_sent = bits & 64;
				f.replaced = bits & 128;
				f.has_child = bits & 256;
				f.ike = (enum recovery_ike)(bits >> 9 & 3);
				f.capabilities = bits >> 11 & 1 ? 0 : f.capabilities;
				a = recovery_decide(&f);
				assert_non_null(a.words);
				if (!f.configured)
					assert_false(a.takes_token);
				if (f.ike == RECOVERY_IKE_NONE && !f.enabled)
					assert_int_not_equal(a.act, RECOVERY_ACT_INITIATE);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reserved_and_known_spis_are_only_counted),
		cmocka_unit_test(test_a_larval_spi_is_waited_for_whatever_else),
		cmocka_unit_test(test_a_fresh_retirement_has_its_grace_and_a_loss_has_none),
		cmocka_unit_test(test_a_rekey_in_flight_holds_for_two_seconds_at_most),
		cmocka_unit_test(test_our_half_open_one_is_joined_and_theirs_waited_for),
		cmocka_unit_test(test_an_empty_budget_waits_and_each_class_has_its_own),
		cmocka_unit_test(test_a_lost_pair_is_replaced_over_the_living_ike_sa),
		cmocka_unit_test(test_a_retired_spi_is_deleted_again_and_then_replaced_once),
		cmocka_unit_test(test_a_stranger_is_asked_by_delete_and_believed_by_its_pair),
		cmocka_unit_test(test_an_engine_without_delete_goes_step_by_step),
		cmocka_unit_test(test_without_an_ike_sa_what_forbids_is_named),
		cmocka_unit_test(test_an_exchange_without_an_answer_counts_as_no_ike_sa),
		cmocka_unit_test(test_an_spi_that_is_not_judged_yet_is_waited_for),
		cmocka_unit_test(test_children_that_carry_traffic_are_not_replaced_on_suspicion),
		cmocka_unit_test(test_the_upper_rows_come_before_what_is_being_negotiated),
		cmocka_unit_test(test_settled_comes_after_half_open_and_before_the_budget),
		cmocka_unit_test(test_the_budget_comes_before_each_step_but_one_that_was_paid_for),
		cmocka_unit_test(test_over_a_living_ike_sa_nothing_of_the_configuration_forbids),
		cmocka_unit_test(test_every_combination_has_a_row_and_strangers_get_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
