/* Points in time: against the C library's own calendar, and what is none. */
#include <string.h>
#include <time.h>

#include "unit.h"

#include "lua/report/stamp.h"

static int64_t parsed(const char *text)
{
	int64_t ms = -1;

	return stamp_parse(text, &ms, NULL) ? ms : -1;
}

static void test_a_stamp_is_read(void **state)
{
	int64_t ms;
	int minutes;

	(void)state;
	assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(parsed("2026-11-25T03:45:12.345Z"), 1795578312345);
	assert_int_equal(parsed("2026-11-25t03:45:12z"), 1795578312000);
	assert_int_equal(parsed("2026-11-25 03:45:12.3456789+00:00"), 1795578312345);
	assert_true(stamp_parse("2026-11-25T04:45:12+01:00", &ms, &minutes));
	assert_int_equal(ms, 1795578312000);
	assert_int_equal(minutes, 60);
	assert_true(stamp_parse("2026-11-24T18:15:12-09:30", &ms, &minutes));
	assert_int_equal(ms, 1795578312000);
	assert_int_equal(minutes, -570);
}

static void test_what_is_none_is_not_read(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"2026",
		"2026-11-25",
		"2026-11-25T03:45:12",
		"2026-13-25T03:45:12Z",
		"2026-11-32T03:45:12Z",
		"2026-11-00T03:45:12Z",
		"2026-11-25T24:45:12Z",
		"2026-11-25T03:60:12Z",
		"2026-11-25T03:45:61Z",
		"2026-11-25T03:45:12Zx",
		"2026-11-25T03:45:12+1",
		"2026-11-25T03:45:12+16:00",
		"2026-11-25T03:45:12+01:60",
		"1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00+01:00",
		"-026-11-25T03:45:12Z",
		"2026-11-25T03:45:12.",
		"2026-11-25T03:45:12+01:0",
		" 2026-11-25T03:45:12Z",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parsed(bad[i]), -1);
	assert_false(stamp_parse(NULL, &(int64_t){0}, NULL));
}

static void test_each_day_is_the_one_of_the_c_library(void **state)
{
	char buf[STAMP_SIZE], theirs[STAMP_SIZE];

	(void)state;
	for (int64_t day = 0; day < 200000; day += 7) { /* to the year 2517 */
		time_t t = (time_t)(day * 86400 + day % 86400);
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(theirs, sizeof(theirs), "%Y-%m-%d %H:%M:%S.007", &tm);
		assert_string_equal(stamp_date(t * 1000 + 7, 0, buf), theirs);
		theirs[10] = 'T';
		theirs[23] = 'Z';
		theirs[24] = 0;
		assert_int_equal(parsed(theirs), t * 1000 + 7);
	}
}

static void test_a_point_in_time_is_told_there(void **state)
{
	char buf[STAMP_SIZE];

	(void)state;
	assert_string_equal(stamp_date(1795578312345, 60, buf), "2026-11-25 04:45:12.345");
	assert_string_equal(stamp_date(1795578312345, -570, buf), "2026-11-24 18:15:12.345");
	assert_string_equal(stamp_clock(1795578312345, 0, buf), "03:45:12.345");
	assert_string_equal(stamp_clock(0, -60, buf), "23:00:00.000");
	assert_string_equal(stamp_date(0, -60, buf), "1969-12-31 23:00:00.000");
}

static void zone_is(const char *text, int minutes)
{
	int got = 9999;

	assert_true(stamp_zone(text, &got));
	assert_int_equal(got, minutes);
}

static void test_a_zone_is_its_offset(void **state)
{
	char buf[STAMP_SIZE];
	int got;

	(void)state;
	zone_is("UTC", 0);
	zone_is("Z", 0);
	zone_is("+01:00", 60);
	zone_is("-0930", -570);
	zone_is("CET (UTC+01:00)", 60);
	zone_is("CET +1:00 +02", 120);
	assert_false(stamp_zone("Europe/Berlin", &got));
	assert_false(stamp_zone("", &got));
	assert_false(stamp_zone(NULL, &got));
	assert_string_equal(stamp_offset(0, buf), "UTC");
	assert_string_equal(stamp_offset(60, buf), "UTC+01:00");
	assert_string_equal(stamp_offset(-570, buf), "UTC-09:30");
}

static void test_a_span_is_told_in_its_two_greatest_units(void **state)
{
	char buf[STAMP_SIZE];

	(void)state;
	assert_string_equal(stamp_span(12, buf), "12 ms");
	assert_string_equal(stamp_span(-1234, buf), "1.234 s");
	assert_string_equal(stamp_span(192000, buf), "3 min 12 s");
	assert_string_equal(stamp_span(3 * 3600000 + 60000, buf), "3 h 1 min");
	assert_string_equal(stamp_span(51LL * 3600000, buf), "2 days 3 h");
	assert_string_equal(stamp_span(INT64_MIN, buf), "106751991167 days 7 h");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_stamp_is_read),
		cmocka_unit_test(test_what_is_none_is_not_read),
		cmocka_unit_test(test_each_day_is_the_one_of_the_c_library),
		cmocka_unit_test(test_a_point_in_time_is_told_there),
		cmocka_unit_test(test_a_zone_is_its_offset),
		cmocka_unit_test(test_a_span_is_told_in_its_two_greatest_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
