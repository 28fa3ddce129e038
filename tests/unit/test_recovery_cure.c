/* What is called a success, and what is not; what packets forged in a peer's name come to. */
#include "tests/unit/recovery_world.h"

/* The peer says that it does not know the SPI; its second Child, which stands still, is replaced. */
static void replace_for_unknown(struct world *t, bool lively, uint64_t gap_ms)
{
	three_pairs(t);
	packet(t, UNKNOWN);
	loop_advance(t->w->loop, GRACE + 10);
	for (int i = 0; gap_ms && i < 2; i++) {
		loop_advance(t->w->loop, gap_ms);
		packet(t, UNKNOWN);
	}
	decrypt(t, SPI_1);
	decrypt(t, SPI_3);
	done(t, ENGINE_DELETE_SPI, 0, 0);
	loop_advance(t->w->loop, 50);
	if (lively)
		packet(t, UNKNOWN);
	loop_advance(t->w->loop, 500);
	router_world_pair(t->w, 1, 20, SPI_4, 0);
	done(t, ENGINE_REPLACE_CHILD, 0, SPI_4);
	decrypt(t, SPI_4); /* the peer's own traffic, which proves nothing about the SPI */
	loop_advance(t->w->loop, 100);
	assert_int_equal(peer_row(t).last_result, RECOVERY_RUNNING);
}

static void expect_no_cause(struct world *t, const char *words)
{
	assert_int_equal(peer_row(t).last_result, RECOVERY_GAVE_UP);
	assert_string_equal(peer_row(t).last_words, words);
	assert_int_equal(peer_row(t).successes, 0);
	assert_true(router_world_logged(t->w, "gave up, no cause at this end"));
	assert_false(router_world_logged(t->w, "succeeded"));
}

static void test_forged_packets_that_go_on_are_no_success(void **state)
{
	struct world *t = *state;

	replace_for_unknown(t, true, 0);
	stream(t, UNKNOWN, 3000);
	expect_no_cause(t, "its pair was replaced, and packets with it still come");
	stream(t, UNKNOWN, 20000);
	assert_int_equal(count(t, ENGINE_REPLACE_CHILD), 1);
	assert_int_equal(count(t, ENGINE_DELETE_SPI), 1);
	assert_true(spi_flow_next(t->spi, NULL)->forged_looking);
}

static void test_one_forged_packet_is_no_success(void **state)
{
	struct world *t = *state;

	replace_for_unknown(t, false, 0);
	loop_advance(t->w->loop, RECOVERY_CONFIRM_MAX_MS);
	expect_no_cause(t, "the peer does not know it, and no more packets came");
}

static void test_a_flow_that_its_replacement_ends_is_a_success(void **state)
{
	struct world *t = *state;

	replace_for_unknown(t, true, 0);
	packet(t, UNKNOWN); /* was under way */
	loop_advance(t->w->loop, RECOVERY_CONFIRM_MS + 100);
	assert_int_equal(peer_row(t).last_result, RECOVERY_SUCCESS);
	assert_int_equal(peer_row(t).successes, 1);
	assert_false(router_world_logged(t->w, "no cause"));
}

/* Silence is measured by the flow's own gaps. */
static void test_a_slow_flow_is_waited_for(void **state)
{
	struct world *t = *state;

	replace_for_unknown(t, true, 2000);
	loop_advance(t->w->loop, RECOVERY_CONFIRM_MS + 1000);
	assert_int_equal(peer_row(t).last_result, RECOVERY_RUNNING);
	packet(t, UNKNOWN);
	loop_advance(t->w->loop, RECOVERY_CONFIRM_MAX_MS);
	expect_no_cause(t, "its pair was replaced, and packets with it still come");
}

static void test_what_the_peer_names_is_a_success_at_once(void **state)
{
	struct world *t = *state;

	three_pairs(t);
	packet(t, UNKNOWN);
	loop_advance(t->w->loop, GRACE + 10);
	done(t, ENGINE_DELETE_SPI, 0, WORLD_OUT(SPI_3));
	loop_advance(t->w->loop, 10);
	router_world_pair(t->w, 1, 30, SPI_4, 0);
	done(t, ENGINE_CREATE_CHILD, 0, SPI_4);
	decrypt(t, SPI_4);
	loop_advance(t->w->loop, 100);
	assert_int_equal(peer_row(t).last_result, RECOVERY_SUCCESS);
}

/* Somebody goes on with an SPI that was lost, and whose replacement was proved. */
static void test_an_spi_that_comes_back_after_its_cure_is_no_second_success(void **state)
{
	struct world *t = *state;

	lost_pair(t);
	packet(t, SPI_1);
	loop_advance(t->w->loop, GRACE + 10);
	router_world_pair(t->w, 1, 10, SPI_2, 0);
	done(t, ENGINE_CREATE_CHILD, 0, SPI_2);
	decrypt(t, SPI_2);
	loop_advance(t->w->loop, 100);
	assert_int_equal(peer_row(t).successes, 1);
	stream(t, SPI_1, 5000);
	assert_int_equal(count(t, ENGINE_REPLACE_CHILD), 1);
	router_world_pair(t->w, 1, 10, SPI_3, 0);
	done(t, ENGINE_REPLACE_CHILD, 0, SPI_3);
	decrypt(t, SPI_3);
	stream(t, SPI_1, 3000);
	assert_int_equal(peer_row(t).successes, 1);
	assert_int_equal(peer_row(t).last_result, RECOVERY_GAVE_UP);
	assert_true(router_world_logged(t->w, "gave up, no cause at this end"));
}

/* A hundred SPIs from the peer's address, and what they cost the peer. */
static void test_forged_spis_cost_the_peer_its_budget_and_no_more(void **state)
{
	struct world *t = *state;
	unsigned int fresh = 0;

	three_pairs(t);
	for (uint32_t i = 0; i < 100; i++) {
		packet(t, UNKNOWN + i);
		loop_advance(t->w->loop, GRACE + 10);
		if (count(t, ENGINE_DELETE_SPI) > i)
			done(t, ENGINE_DELETE_SPI, 0, 0);
		loop_advance(t->w->loop, 300);
		if (count(t, ENGINE_REPLACE_CHILD) > fresh) {
			router_world_pair(t->w, 1, 10, SPI_4 + fresh, 0);
			done(t, ENGINE_REPLACE_CHILD, 0, SPI_4 + fresh);
			decrypt(t, SPI_4 + fresh++);
		}
	}
	loop_advance(t->w->loop, 5000); /* 56 s in all */
	assert_int_equal(count(t, ENGINE_DELETE_SPI), 3);
	assert_int_equal(count(t, ENGINE_REPLACE_CHILD), 3);
	assert_int_equal(count(t, ENGINE_INITIATE) + count(t, ENGINE_CREATE_CHILD), 0);
	assert_int_equal(peer_row(t).successes, 0);
	assert_false(router_world_logged(t->w, "succeeded"));
}

/* Forged packets from one peer's address push out what was decided about them alone. */
static void test_a_flood_from_one_peer_leaves_the_decisions_of_the_others(void **state)
{
	struct world *t = *state;
	struct recovery_decision d;
	struct addr other = addr_v4(WORLD_PEER + 1);
	size_t others = 0;

	assert_int_equal(router_world_conn(t->w, 2, 1, WORLD_PEER + 1), 0);
	packet_from(t, WORLD_PEER + 1, UNKNOWN);
	loop_advance(t->w->loop, GRACE + 10);
	for (uint32_t i = 0; i < 1000; i++) {
		packet(t, UNKNOWN + i);
		loop_advance(t->w->loop, GRACE + 10);
	}
	for (size_t n = 0; recovery_decision_get(t->r, n, &d); n++)
		others += addr_equal(&d.peer, &other);
	assert_int_equal(others, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_forged_packets_that_go_on_are_no_success),
		IN_WORLD(test_one_forged_packet_is_no_success),
		IN_WORLD(test_a_flow_that_its_replacement_ends_is_a_success),
		IN_WORLD(test_a_slow_flow_is_waited_for),
		IN_WORLD(test_what_the_peer_names_is_a_success_at_once),
		IN_WORLD(test_an_spi_that_comes_back_after_its_cure_is_no_second_success),
		IN_WORLD(test_forged_spis_cost_the_peer_its_budget_and_no_more),
		IN_WORLD(test_a_flood_from_one_peer_leaves_the_decisions_of_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
