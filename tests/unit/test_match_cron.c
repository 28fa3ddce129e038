#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lua/match/match.h"

/* Seconds of the epoch of a time in UTC, "2026-11-25 04:00". */
static int64_t at(const char *text)
{
	struct tm tm = {0};

	assert_non_null(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return timegm(&tm);
}

static void next_is(const char *entry, const char *after, const char *next)
{
	struct match_cron c;
	struct error err = {0};
	char got[32] = "never";
	time_t t;

	assert_int_equal(match_cron_parse(entry, &c, &err), 0);
	t = (time_t)match_cron_next(&c, at(after), false);
	if (t >= 0) {
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(got, sizeof(got), "%Y-%m-%d %H:%M", &tm);
		assert_int_equal(tm.tm_sec, 0);
	}
	if (strcmp(got, next) != 0)
		fail_msg("%s after %s: %s, not %s", entry, after, got, next);
}

static void test_the_next_time_of_an_entry(void **state)
{
	(void)state;
	next_is("* * * * *", "2026-11-25 04:00", "2026-11-25 04:01");
	next_is("0 * * * *", "2026-11-25 04:00", "2026-11-25 05:00");
	next_is("0-59/2 0-23/1 * * 0-7", "2026-11-25 04:01", "2026-11-25 04:02");
	next_is("*/15 * * * *", "2026-11-25 04:46", "2026-11-25 05:00");
	next_is("5/20 * * * *", "2026-11-25 04:06", "2026-11-25 04:25");
	next_is("30 3 * * *", "2026-11-25 04:00", "2026-11-26 03:30");
	next_is("0 0 1 jan *", "2026-11-25 04:00", "2027-01-01 00:00");
	next_is("0 9 * * mon-fri", "2026-11-27 09:00", "2026-11-30 09:00");
	next_is("0 9 * * 7", "2026-11-25 09:00", "2026-11-29 09:00");
	next_is("0 9 * * 0", "2026-11-25 09:00", "2026-11-29 09:00");
	next_is("59 23 31 12 *", "2026-12-31 23:59", "2027-12-31 23:59");
	next_is("1,3,5 2 * * *", "2026-11-25 02:03", "2026-11-25 02:05");
}

static void test_days_are_either_where_both_are_restricted(void **state)
{
	(void)state;
	next_is("0 0 13 * fri", "2026-11-10 00:00", "2026-11-13 00:00");
	next_is("0 0 13 * fri", "2026-11-13 00:00", "2026-11-20 00:00");
	next_is("0 0 13 * *", "2026-11-13 00:00", "2026-12-13 00:00");
	next_is("0 0 */2 * mon", "2026-11-25 00:00", "2026-12-07 00:00");
}

static void test_rare_days_are_found_and_impossible_ones_end(void **state)
{
	(void)state;
	next_is("0 0 29 2 *", "2026-11-25 04:00", "2028-02-29 00:00");
	next_is("0 0 29 2 *", "2096-03-01 00:00", "2104-02-29 00:00");
	next_is("0 0 31 2 *", "2026-11-25 04:00", "never");
	next_is("0 0 31 4,6,9,11 *", "2026-11-25 04:00", "never");
}

static void test_named_entries(void **state)
{
	(void)state;
	next_is("@hourly", "2026-11-25 04:30", "2026-11-25 05:00");
	next_is("@daily", "2026-11-25 04:30", "2026-11-26 00:00");
	next_is("@midnight", "2026-11-25 04:30", "2026-11-26 00:00");
	next_is("@weekly", "2026-11-25 04:30", "2026-11-29 00:00");
	next_is("@monthly", "2026-11-25 04:30", "2026-12-01 00:00");
	next_is("@yearly", "2026-11-25 04:30", "2027-01-01 00:00");
	next_is("@annually", "2026-11-25 04:30", "2027-01-01 00:00");
	next_is("@reboot", "2026-11-25 04:30", "never");
}

static void refused(const char *entry, const char *sentence)
{
	struct match_cron c;
	struct error err = {0};

	assert_int_equal(match_cron_parse(entry, &c, &err), -EINVAL);
	if (!strstr(err.text, sentence))
		fail_msg("\"%s\" does not say \"%s\"", err.text, sentence);
}

static void test_what_is_no_entry_is_refused(void **state)
{
	char longer[200];

	(void)state;
	refused("", "five fields");
	refused("* * * *", "five fields");
	refused("* * * * * *", "five fields");
	refused("60 * * * *", "minute: 60 is not 0 to 59");
	refused("* 24 * * *", "hour: 24");
	refused("* * 0 * *", "day of the month: 0");
	refused("* * * 13 *", "month: 13");
	refused("* * * * 8", "day of the week: 8");
	refused("5-3 * * * *", "minute: 5-3");
	refused("*/0 * * * *", "minute: */0");
	refused("1, * * * *", "minute: 1,");
	refused("1- * * * *", "minute: 1-");
	refused("99999999999 * * * *", "minute");
	refused("a * * * *", "minute: a");
	refused("@never", "minute: @never");
	memset(longer, '1', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	refused(longer, "longer than 127");
}

static void in_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static void local_next_is(const char *entry, const char *after, const char *next)
{
	struct match_cron c;
	int64_t t;

	assert_int_equal(match_cron_parse(entry, &c, NULL), 0);
	t = match_cron_next(&c, at(after), true);
	if (t != at(next))
		fail_msg("%s after %s UTC: %lld, not %lld", entry, after, (long long)t,
			 (long long)at(next));
}

/* Summer time in that zone: last Sunday of March 01:00 UTC to last Sunday of October 01:00 UTC. */
static void test_changes_of_the_zone(void **state)
{
	(void)state;
	in_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	local_next_is("0 12 * * *", "2026-07-01 00:00", "2026-07-01 10:00");
	/* 02:30 is left out on that day, and is not looked for. */
	local_next_is("30 2 * * *", "2026-03-29 00:00", "2026-03-30 00:30");
	/* 02:30 comes twice; the second is no further time. */
	local_next_is("30 2 * * *", "2026-10-24 22:00", "2026-10-25 00:30");
	local_next_is("30 2 * * *", "2026-10-25 00:30", "2026-10-26 01:30");
	in_zone("UTC");
}

/* A year of a job each five minutes is as many runs as there are. */
static void test_a_year_of_runs(void **state)
{
	struct match_cron c;
	int64_t t = at("2027-01-01 00:00") - 1, end = at("2028-01-01 00:00");
	unsigned int runs = 0;

	(void)state;
	assert_int_equal(match_cron_parse("*/5 * * * *", &c, NULL), 0);
	while ((t = match_cron_next(&c, t, false)) < end)
		runs++;
	assert_int_equal(runs, 365 * 24 * 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_next_time_of_an_entry),
		cmocka_unit_test(test_days_are_either_where_both_are_restricted),
		cmocka_unit_test(test_rare_days_are_found_and_impossible_ones_end),
		cmocka_unit_test(test_named_entries),
		cmocka_unit_test(test_what_is_no_entry_is_refused),
		cmocka_unit_test(test_changes_of_the_zone),
		cmocka_unit_test(test_a_year_of_runs),
	};

	return cmocka_run_group_tests_name("match_cron", tests, NULL, NULL);
}
