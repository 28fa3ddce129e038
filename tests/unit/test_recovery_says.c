/* The decision log tells of every flow of a peer at once, whatever keeps recovery from acting. */
#include "tests/unit/recovery_world.h"

#include <string.h>

/* The youngest entry about that SPI; false: there is none. */
static bool said(const struct world *t, uint32_t spi, struct recovery_decision *out)
{
	struct recovery_decision d;
	bool found = false;

	for (size_t i = 0; recovery_decision_get(t->r, i, &d); i++) {
		if (d.spi != spi)
			continue;
		*out = d;
		found = true;
	}
	return found;
}

static size_t entries(const struct world *t, uint32_t spi)
{
	struct recovery_decision d;
	size_t n = 0;

	for (size_t i = 0; recovery_decision_get(t->r, i, &d); i++)
		n += d.spi == spi;
	return n;
}

static enum recovery_row row_of(const struct world *t, uint32_t spi)
{
	struct recovery_decision d = {.row = RECOVERY_ROW_RESERVED};

	assert_true(said(t, spi, &d));
	return d.row;
}

static struct world *with_ike(void **state)
{
	struct world *t = *state;

	router_world_ike(t->w, 1, WORLD_PEER, ENGINE_IKE_UP);
	router_world_pair(t->w, 1, 10, SPI_1, 0);
	return t;
}

static void test_packets_that_meet_an_exchange_are_in_the_log_at_once(void **state)
{
	struct world *t = with_ike(state);

	router_world_alloc(t->w, 1, 20, SPI_2); /* another Child is being negotiated */
	for (int i = 0; i < 3; i++)
		packet(t, UNKNOWN);
	assert_int_equal(row_of(t, UNKNOWN), RECOVERY_ROW_LARVAL);
	loop_advance(t->w->loop, 5000);
	/* They were three and no more: said, and nothing is done. */
	assert_int_equal(row_of(t, UNKNOWN), RECOVERY_ROW_PASSED);
	assert_int_equal(entries(t, UNKNOWN), 2);
	assert_int_equal(count(t, ENGINE_DELETE_SPI), 0);
}

static void test_packets_that_go_on_are_acted_upon_after_it(void **state)
{
	struct world *t = with_ike(state);

	router_world_alloc(t->w, 1, 20, SPI_2);
	stream(t, UNKNOWN, 1500);
	assert_int_equal(row_of(t, UNKNOWN), RECOVERY_ROW_LARVAL);
	assert_int_equal(count(t, ENGINE_DELETE_SPI), 0);
	stream(t, UNKNOWN, 1000);
	assert_int_equal(row_of(t, UNKNOWN), RECOVERY_ROW_NEVER_DELETE);
	assert_int_equal(count(t, ENGINE_DELETE_SPI), 1);
}

static void test_packets_after_a_passing_state_are_judged_by_themselves(void **state)
{
	struct world *t = with_ike(state);

	router_world_alloc(t->w, 1, 20, SPI_2);
	packet(t, UNKNOWN);
	loop_advance(t->w->loop, 5000);
	packet(t, UNKNOWN);
	assert_int_equal(row_of(t, UNKNOWN), RECOVERY_ROW_NEVER_DELETE);
	assert_int_equal(count(t, ENGINE_DELETE_SPI), 1);
}

static void test_a_late_packet_of_a_rekey_is_in_the_log_and_nothing_follows(void **state)
{
	struct world *t = with_ike(state);

	assert_int_equal(router_world_delete(t->w, SPI_1, ENGINE_WHY_REPLACED), 0);
	loop_advance(t->w->loop, 50);
	packet(t, SPI_1);
	assert_int_equal(row_of(t, SPI_1), RECOVERY_ROW_GRACE);
	loop_advance(t->w->loop, 1000);
	assert_int_equal(row_of(t, SPI_1), RECOVERY_ROW_PASSED);
	assert_int_equal(count(t, ENGINE_DELETE_SPI), 0);
}

static void test_what_is_paced_is_said_for_each_flow(void **state)
{
	struct world *t = with_ike(state);

	for (uint32_t i = 0; i < 4; i++)
		packet(t, UNKNOWN + i);
	assert_int_equal(row_of(t, UNKNOWN + 3), RECOVERY_ROW_BUDGET);
	assert_int_equal(entries(t, UNKNOWN + 3), 1);
	packet(t, UNKNOWN + 3);
	assert_int_equal(entries(t, UNKNOWN + 3), 1); /* the same flow, the same words: once */
	spi_clear(t->spi);
	packet(t, UNKNOWN + 3);
	assert_int_equal(entries(t, UNKNOWN + 3), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_packets_that_meet_an_exchange_are_in_the_log_at_once),
		IN_WORLD(test_packets_that_go_on_are_acted_upon_after_it),
		IN_WORLD(test_packets_after_a_passing_state_are_judged_by_themselves),
		IN_WORLD(test_a_late_packet_of_a_rekey_is_in_the_log_and_nothing_follows),
		IN_WORLD(test_what_is_paced_is_said_for_each_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
