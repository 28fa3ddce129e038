/* What a death means: a table of situations and the one answer to each. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/wait.h>

#include "supervisor/policy.h"

#define EXITED(code)  ((code) << 8)
#define KILLED(signo) (signo)

static struct policy_death death(bool router, int status)
{
	return (struct policy_death){
		.wanted = true, .router = router, .begun = true, .status = status, .lived_ms = 100};
}

static void test_a_crash_is_a_restart_at_once(void **state)
{
	const int statuses[] = {KILLED(SIGKILL), KILLED(SIGSYS), EXITED(1), EXITED(0)};

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		for (int router = 0; router < 2; router++) {
			struct policy_death d = death(router, statuses[i]);
			struct policy_answer a = policy_decide(&d);

			assert_int_equal(a.verdict, POLICY_RESTART);
			assert_int_equal(a.delay_ms, 50);
			assert_int_equal(a.failures, 1);
		}
	}
}

static void test_a_role_that_dies_at_each_start_is_tried_ever_more_seldom_up_to_10_s(void **state)
{
	const uint64_t delays[] = {50, 150, 450, 1350, 4050, 10000, 10000};
	struct policy_death d = death(true, KILLED(SIGSEGV));

	(void)state;
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		struct policy_answer a = policy_decide(&d);

		assert_int_equal(a.delay_ms, delays[i]);
		assert_int_equal(a.delay_ms, policy_delay_ms((unsigned int)i));
		d.failures = a.failures;
	}
	d.failures = 1000000;
	assert_int_equal(policy_decide(&d).delay_ms, 10000);
}

static void test_a_minute_of_calm_forgets_earlier_deaths(void **state)
{
	struct policy_death d = death(false, KILLED(SIGSEGV));
	struct policy_answer a;

	(void)state;
	d.failures = 5;
	d.lived_ms = 60000;
	assert_int_equal(policy_decide(&d).delay_ms, 10000);
	d.lived_ms = 60001;
	a = policy_decide(&d);
	assert_int_equal(a.delay_ms, 50);
	assert_int_equal(a.failures, 1);
}

static void test_a_router_that_cannot_begin_ends_the_service_with_status_1(void **state)
{
	struct policy_death d = death(true, EXITED(1));
	struct policy_answer a;

	(void)state;
	d.begun = false;
	a = policy_decide(&d);
	assert_int_equal(a.verdict, POLICY_END_SERVICE);
	assert_int_equal(a.exit_status, 1);
	d.status = EXITED(127); /* it could not even be executed */
	assert_int_equal(policy_decide(&d).verdict, POLICY_END_SERVICE);
}

/* The kernel's SAs and a living ike are worth more than a service that has ended. */
static void test_what_may_pass_is_tried_again(void **state)
{
	struct policy_death d = death(true, KILLED(SIGBUS));

	(void)state;
	d.begun = false;
	assert_int_equal(policy_decide(&d).verdict, POLICY_RESTART); /* a crash before it began */
	d.begun = true;
	d.status = EXITED(1);
	assert_int_equal(policy_decide(&d).verdict, POLICY_RESTART); /* no memory in a restart */
	d = death(false, EXITED(1));
	d.begun = false;
	assert_int_equal(policy_decide(&d).verdict, POLICY_RESTART); /* ike is not the service */
}

static void test_an_end_that_was_ordered_is_no_death(void **state)
{
	struct policy_death d = death(false, KILLED(SIGTERM));

	(void)state;
	d.wanted = false;
	assert_int_equal(policy_decide(&d).verdict, POLICY_NOTHING);
	d.wanted = true;
	d.stopping = true;
	assert_int_equal(policy_decide(&d).verdict, POLICY_NOTHING);
}

static void test_the_service_stops_when_router_has_and_says_how_well(void **state)
{
	struct policy_death d = death(true, EXITED(0));

	(void)state;
	d.stopping = true;
	assert_int_equal(policy_decide(&d).verdict, POLICY_STOPPED);
	assert_int_equal(policy_decide(&d).exit_status, 0);
	d.status = KILLED(SIGSEGV);
	assert_int_equal(policy_decide(&d).verdict, POLICY_STOPPED);
	assert_int_equal(policy_decide(&d).exit_status, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_crash_is_a_restart_at_once),
		cmocka_unit_test(
			test_a_role_that_dies_at_each_start_is_tried_ever_more_seldom_up_to_10_s),
		cmocka_unit_test(test_a_minute_of_calm_forgets_earlier_deaths),
		cmocka_unit_test(test_a_router_that_cannot_begin_ends_the_service_with_status_1),
		cmocka_unit_test(test_what_may_pass_is_tried_again),
		cmocka_unit_test(test_an_end_that_was_ordered_is_no_death),
		cmocka_unit_test(test_the_service_stops_when_router_has_and_says_how_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
