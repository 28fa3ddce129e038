#include "tests/unit/unit.h"

#include "base/pace.h"

/* What recovery has: three at once, then one a minute. */
static const struct pace_class minute = {.burst = 3, .refill_ms = 60000, .min_gap_ms = 0};

static void test_a_burst_passes_and_then_one_a_minute(void **state)
{
	struct pace p;
	unsigned int passed = 0;

	(void)state;
	pace_init(&p, &minute, 1000);
	for (unsigned int i = 0; i < 5; i++)
		passed += pace_take(&p, 1000);
	assert_int_equal(passed, 3);
	assert_int_equal(pace_wait_ms(&p, 1000), 60000);
	assert_false(pace_take(&p, 60999));
	assert_int_equal(pace_wait_ms(&p, 60999), 1);
	assert_true(pace_take(&p, 61000));
	assert_false(pace_take(&p, 61001));
}

static void test_an_hour_of_packets_passes_burst_and_sixty(void **state)
{
	struct pace p;
	unsigned int passed = 0;

	(void)state;
	pace_init(&p, &minute, 0);
	for (uint64_t now = 0; now < 3600000; now += 100)
		passed += pace_take(&p, now);
	assert_int_equal(passed, 3 + 59);
}

static void test_tokens_do_not_pile_up_over_the_burst(void **state)
{
	struct pace p;
	unsigned int passed = 0;

	(void)state;
	pace_init(&p, &minute, 0);
	assert_true(pace_take(&p, 0));
	for (unsigned int i = 0; i < 10; i++)
		passed += pace_take(&p, 86400000);
	assert_int_equal(passed, 3);
}

static void test_a_full_bucket_saves_up_no_time(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, &minute, 0);
	/* Full for 59 s; the token after the burst is due a minute from now, not one second. */
	for (unsigned int i = 0; i < 3; i++)
		assert_true(pace_take(&p, 59000));
	assert_int_equal(pace_wait_ms(&p, 59000), 60000);
}

static void test_the_least_gap_holds_within_the_burst(void **state)
{
	static const struct pace_class gap = {.burst = 3, .refill_ms = 1000, .min_gap_ms = 200};
	struct pace p;

	(void)state;
	pace_init(&p, &gap, 0);
	assert_int_equal(pace_wait_ms(&p, 0), 0);
	assert_true(pace_take(&p, 0));
	assert_false(pace_take(&p, 199));
	assert_int_equal(pace_wait_ms(&p, 50), 150);
	assert_true(pace_take(&p, 200));
}

static void test_the_longer_of_two_waits_counts(void **state)
{
	static const struct pace_class gap = {.burst = 1, .refill_ms = 100, .min_gap_ms = 250};
	struct pace p;

	(void)state;
	pace_init(&p, &gap, 0);
	assert_true(pace_take(&p, 0));
	assert_int_equal(pace_wait_ms(&p, 0), 250);
	assert_int_equal(pace_wait_ms(&p, 250), 0);
}

static void test_a_clock_that_goes_back_grants_nothing(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, &minute, 100000);
	while (pace_take(&p, 100000))
		;
	assert_false(pace_take(&p, 5));
	assert_int_equal(pace_wait_ms(&p, 5), 100000 + 60000 - 5);
	assert_true(pace_take(&p, 160000));
}

static void test_odd_classes_mean_never_and_always(void **state)
{
	static const struct pace_class never = {.burst = 0, .refill_ms = 10};
	static const struct pace_class always = {.burst = 1, .refill_ms = 0};
	struct pace p;

	(void)state;
	pace_init(&p, &never, 0);
	assert_false(pace_take(&p, 1000000));
	assert_true(pace_wait_ms(&p, 1000000) == UINT64_MAX);
	pace_init(&p, &always, 0);
	for (unsigned int i = 0; i < 100; i++)
		assert_true(pace_take(&p, 0));
}

static void test_asking_for_the_wait_takes_nothing(void **state)
{
	struct pace p, before;

	(void)state;
	pace_init(&p, &minute, 0);
	before = p;
	for (uint64_t now = 0; now < 1000; now++)
		assert_int_equal(pace_wait_ms(&p, now), 0);
	assert_memory_equal(&p, &before, sizeof(p));
}

static const struct backoff_class back = {.first_ms = 1000, .max_ms = 60000, .factor_percent = 180};

static void test_backoff_grows_to_its_ceiling(void **state)
{
	(void)state;
	assert_int_equal(backoff_delay_ms(&back, 0, 0), 1000);
	assert_int_equal(backoff_delay_ms(&back, 1, UINT32_MAX), 1800);
	assert_int_equal(backoff_delay_ms(&back, 2, 0), 3240);
	assert_int_equal(backoff_delay_ms(&back, 8, 0), 60000);
	assert_int_equal(backoff_delay_ms(&back, UINT32_MAX, 0), 60000);
}

static void test_jitter_stays_in_its_bounds_and_under_the_ceiling(void **state)
{
	static const struct backoff_class jittery = {
		.first_ms = 1000, .max_ms = 4000, .factor_percent = 200, .jitter_percent = 20};
	static const struct backoff_class uneven = {
		.first_ms = 1234, .max_ms = 9999, .factor_percent = 100, .jitter_percent = 20};

	(void)state;
	assert_int_equal(backoff_delay_ms(&jittery, 0, 0), 800);
	assert_int_equal(backoff_delay_ms(&jittery, 0, UINT32_MAX), 1200);
	assert_in_range(backoff_delay_ms(&jittery, 0, UINT32_MAX / 2), 999, 1001);
	/* Of 1234 ms, 20 % are 246. */
	assert_int_equal(backoff_delay_ms(&uneven, 0, 0), 1234 - 246);
	assert_int_equal(backoff_delay_ms(&uneven, 0, UINT32_MAX), 1234 + 246);
	/* At the ceiling it still spreads, downwards only. */
	assert_int_equal(backoff_delay_ms(&jittery, 5, 0), 3200);
	assert_int_equal(backoff_delay_ms(&jittery, 5, UINT32_MAX), 4000);
}

static void test_backoff_of_extreme_classes_does_not_wrap(void **state)
{
	static const struct backoff_class flat = {
		.first_ms = 500, .max_ms = 1000, .factor_percent = 100};
	static const struct backoff_class huge = {.first_ms = UINT64_MAX / 100,
						  .max_ms = UINT64_MAX / 4,
						  .factor_percent = 1000,
						  .jitter_percent = 50};
	static const struct backoff_class shrink = {
		.first_ms = 10, .max_ms = 1000, .factor_percent = 0};

	(void)state;
	assert_int_equal(backoff_delay_ms(&flat, UINT32_MAX, 0), 500);
	assert_in_range(backoff_delay_ms(&huge, 9, UINT32_MAX), UINT64_MAX / 5, UINT64_MAX / 4);
	assert_in_range(backoff_delay_ms(&huge, 9, 0), UINT64_MAX / 9, UINT64_MAX / 7);
	assert_int_equal(backoff_delay_ms(&shrink, UINT32_MAX, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_burst_passes_and_then_one_a_minute),
		cmocka_unit_test(test_an_hour_of_packets_passes_burst_and_sixty),
		cmocka_unit_test(test_tokens_do_not_pile_up_over_the_burst),
		cmocka_unit_test(test_a_full_bucket_saves_up_no_time),
		cmocka_unit_test(test_the_least_gap_holds_within_the_burst),
		cmocka_unit_test(test_the_longer_of_two_waits_counts),
		cmocka_unit_test(test_a_clock_that_goes_back_grants_nothing),
		cmocka_unit_test(test_odd_classes_mean_never_and_always),
		cmocka_unit_test(test_asking_for_the_wait_takes_nothing),
		cmocka_unit_test(test_backoff_grows_to_its_ceiling),
		cmocka_unit_test(test_jitter_stays_in_its_bounds_and_under_the_ceiling),
		cmocka_unit_test(test_backoff_of_extreme_classes_does_not_wrap),
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
