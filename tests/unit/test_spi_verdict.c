/* The verdict, row by row, and the neighbours of each row. */
#include "tests/unit/unit.h"

#include "spi/verdict.h"
#include "tests/unit/spi_fake_sa.h"

#define GRACE 200

struct row {
	const char *what;
	struct spi_facts f;
	enum spi_verdict verdict;
	uint64_t wait_ms;
};

#define FACTS(...)                                                                                 \
	{                                                                                          \
		.spi = 0xB761863E, .grace_ms = GRACE, __VA_ARGS__                                  \
	}
#define BORN(why, ms) .born = true, .death = (why), .dead_ms = (ms)

static const struct row ROWS[] = {
	{"SPI 0", {.spi = 0, .grace_ms = GRACE}, SPI_RESERVED, 0},
	{"SPI 255, even when configured", {.spi = 255, .configured = true}, SPI_RESERVED, 0},
	{"SPI 256 is ordinary", {.spi = 256, .configured = true}, SPI_NEVER_OURS, 0},
	{"SPI 0xFF000001 is ordinary", {.spi = 0xFF000001, .configured = true}, SPI_NEVER_OURS, 0},
	{"0xFFFFFFFF too", {.spi = 0xFFFFFFFF}, SPI_NO_PEER, 0},
	{"larval", FACTS(.larval = true), SPI_LARVAL, GRACE},
	{"larval, before anything that is known otherwise",
	 FACTS(.larval = true, .other_mark = true, .other_dst = true, .configured = true),
	 SPI_LARVAL, GRACE},
	{"larval and born", FACTS(.larval = true, BORN(SA_DEATH_NONE, UINT64_MAX)), SPI_LARVAL,
	 GRACE},
	{"installed by now", FACTS(.installed = true, .configured = true), SPI_INSTALLED, 0},
	{"installed by now, and once more for a mark", FACTS(.installed = true, .other_mark = true),
	 SPI_INSTALLED, 0},
	{"another mark", FACTS(.other_mark = true, .configured = true), SPI_KNOWN_MARK, 0},
	{"another mark, another destination", FACTS(.other_mark = true, .other_dst = true),
	 SPI_KNOWN_MARK, 0},
	{"another protocol", FACTS(.other_proto = true), SPI_KNOWN_PROTO, 0},
	{"another protocol, another destination", FACTS(.other_proto = true, .other_dst = true),
	 SPI_KNOWN_PROTO, 0},
	{"another destination", FACTS(.other_dst = true, BORN(SA_DEATH_NONE, UINT64_MAX)),
	 SPI_KNOWN_DST, 0},
	{"rekeyed just now", FACTS(BORN(SA_DEATH_REKEYED, 0)), SPI_PENDING, GRACE},
	{"rekeyed, grace nearly over", FACTS(BORN(SA_DEATH_REKEYED, GRACE - 1)), SPI_PENDING, 1},
	{"rekeyed, grace over", FACTS(BORN(SA_DEATH_REKEYED, GRACE)), SPI_ONCE_OURS, 0},
	{"deleted by the peer just now", FACTS(BORN(SA_DEATH_PEER_DELETE, 50)), SPI_PENDING, 150},
	{"deleted by us just now", FACTS(BORN(SA_DEATH_OWN_DELETE, 50)), SPI_PENDING, 150},
	{"flushed just now: no grace", FACTS(BORN(SA_DEATH_FLUSHED, 0)), SPI_ONCE_OURS, 0},
	{"deleted by a foreign hand: no grace", FACTS(BORN(SA_DEATH_FOREIGN, 0)), SPI_ONCE_OURS, 0},
	{"expired: no grace", FACTS(BORN(SA_DEATH_EXPIRED_TIME, 0)), SPI_ONCE_OURS, 0},
	{"cleared: no grace", FACTS(BORN(SA_DEATH_CLEARED, 0)), SPI_ONCE_OURS, 0},
	{"lost while we were away", FACTS(BORN(SA_DEATH_AWAY, UINT64_MAX)), SPI_ONCE_OURS, 0},
	{"rekeyed in an earlier life", FACTS(BORN(SA_DEATH_REKEYED, UINT64_MAX)), SPI_ONCE_OURS, 0},
	{"born, death unknown", FACTS(BORN(SA_DEATH_NONE, UINT64_MAX)), SPI_ONCE_OURS, 0},
	{"born, source no longer configured", FACTS(BORN(SA_DEATH_CONFIG, 0), .configured = false),
	 SPI_ONCE_OURS, 0},
	{"a rekey in flight", FACTS(.in_flight_ms = 1, .configured = true), SPI_PENDING, GRACE},
	{"in flight for nearly two seconds",
	 FACTS(.in_flight_ms = 1999, .flow_age_ms = 1500, .configured = true), SPI_PENDING, GRACE},
	{"in flight for two seconds", FACTS(.in_flight_ms = 2000, .configured = true),
	 SPI_NEVER_OURS, 0},
	{"one rekey after the other excuses a flow for two seconds, no longer",
	 FACTS(.in_flight_ms = 5, .flow_age_ms = 2000, .configured = true), SPI_NEVER_OURS, 0},
	{"in flight and flushed", FACTS(.in_flight_ms = 5, BORN(SA_DEATH_FLUSHED, 5)), SPI_PENDING,
	 GRACE},
	{"from a peer", FACTS(.configured = true), SPI_NEVER_OURS, 0},
	{"from nobody", FACTS(.configured = false), SPI_NO_PEER, 0},
};

static void test_each_row_gives_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct spi_ruling r = spi_rule(&ROWS[i].f);

		if (r.verdict != ROWS[i].verdict || r.wait_ms != ROWS[i].wait_ms)
			fail_msg("%s: %s, wait %llu", ROWS[i].what, spi_verdict_text(r.verdict),
				 (unsigned long long)r.wait_ms);
	}
}

static void test_no_grace_waits_for_nothing(void **state)
{
	struct spi_facts f = {.spi = 300, BORN(SA_DEATH_REKEYED, 0), .grace_ms = 0};

	(void)state;
	assert_int_equal(spi_rule(&f).verdict, SPI_ONCE_OURS);
	assert_int_equal(spi_rule(&f).wait_ms, 0);
}

static void test_every_verdict_has_words_and_a_rank(void **state)
{
	(void)state;
	for (int v = 0; v < SPI_VERDICT_COUNT; v++) {
		assert_non_null(spi_verdict_text((enum spi_verdict)v));
		assert_true(spi_verdict_rank((enum spi_verdict)v) < SPI_RANKS);
	}
	assert_string_equal(spi_verdict_text(SPI_VERDICT_COUNT), "?");
	assert_false(spi_verdict_is_told(SPI_VERDICT_COUNT));
	assert_int_equal(spi_verdict_rank(SPI_VERDICT_COUNT), SPI_RANKS - 1);
}

static void test_only_final_verdicts_are_told(void **state)
{
	(void)state;
	assert_false(spi_verdict_is_told(SPI_PENDING));
	assert_false(spi_verdict_is_told(SPI_LARVAL));
	assert_false(spi_verdict_is_told(SPI_INSTALLED));
	for (int v = SPI_RESERVED; v < SPI_LARVAL; v++)
		assert_true(spi_verdict_is_told((enum spi_verdict)v));
	assert_true(spi_verdict_is_told(SPI_ONCE_OURS));
	assert_true(spi_verdict_is_told(SPI_NO_PEER));
}

static void test_what_cannot_be_forged_ranks_first(void **state)
{
	(void)state;
	assert_true(spi_verdict_rank(SPI_ONCE_OURS) < spi_verdict_rank(SPI_NEVER_OURS));
	assert_true(spi_verdict_rank(SPI_NEVER_OURS) < spi_verdict_rank(SPI_NO_PEER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_row_gives_its_verdict),
		cmocka_unit_test(test_no_grace_waits_for_nothing),
		cmocka_unit_test(test_every_verdict_has_words_and_a_rank),
		cmocka_unit_test(test_only_final_verdicts_are_told),
		cmocka_unit_test(test_what_cannot_be_forged_ranks_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
