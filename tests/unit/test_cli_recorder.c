/* show flight-recorder: its layout, what it asks the daemon for, and moments that are none. */
#include "cli_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RECORDS "/spindle-flight-recorder:flight-recorder/record"

static const char held[] =
	"{\"enabled\":true,\"records\":\"2\",\"peers\":\"1\",\"used\":\"256\",\"size\":\"8388608\","
	"\"oldest-time\":\"2026-09-02T13:27:57.707+00:00\",\"written\":\"3\",\"replaced\":\"1\","
	"\"lost\":\"4\",\"survived\":\"5\",\"record\":["
	"{\"seq\":\"1\",\"time\":\"2026-09-02T13:27:57.707+00:00\",\"peer\":\"10.1.1.2\",\"spi\":305419896,"
	"\"kind\":\"sa\",\"text\":\"pair gone\"},"
	"{\"seq\":\"2\",\"time\":\"2026-09-02T13:27:58.000+00:00\",\"kind\":\"system\","
	"\"text\":\"committed\"}]}";

static void hold(const char *json)
{
	json_decref(fake.state);
	fake.state = json_object();
	json_object_set_new(fake.state, "spindle-flight-recorder:flight-recorder",
			    json_loads(json, 0, NULL));
	fake_clear_output(&fake);
}

static void test_a_line_a_record_under_what_it_holds(void **state)
{
	(void)state;
	hold(held);
	assert_int_equal(cli_run_line(&session, "show flight-recorder"), CLI_OK);
	assert_string_equal(
		fake.out, "Flight recorder: 2 records of 1 peers, 256 of 8388608 bytes used\n"
			  "  oldest record: Sep  2 13:27:57.707\n"
			  "  3 written, 1 replaced by newer ones, 4 lost, 5 of before the restart\n"
			  "\n"
			  "Time                Peer            SPI        Kind     Event\n"
			  "Sep  2 13:27:57.707 10.1.1.2        0x12345678 sa       pair gone\n"
			  "Sep  2 13:27:58.000 -               -          system   committed\n");
	assert_string_equal(fake.asked, RECORDS);
}

static void test_off_is_said(void **state)
{
	(void)state;
	hold("{\"enabled\":false}");
	assert_int_equal(cli_run_line(&session, "show flight-recorder"), CLI_OK);
	assert_non_null(strstr(fake.out, "Flight recorder: off (--no-recorder)\n"));
}

static void test_json_has_it_under_the_plain_path(void **state)
{
	(void)state;
	hold(held);
	assert_int_equal(
		cli_run_line(&session, "show flight-recorder peer 10.1.1.2 since 5m | json"),
		CLI_OK);
	assert_non_null(strstr(fake.out, "\"" RECORDS "\": ["));
	assert_null(strstr(fake.out, "since="));
}

/* What `since` asks for, in milliseconds before now; -1: nothing was asked. */
static long long asked_ago(const char *line)
{
	const char *at;

	hold(held);
	fake.asked[0] = '\0';
	if (cli_run_line(&session, line) != CLI_OK)
		return -1;
	at = strstr(fake.asked, "[since='");
	assert_non_null(at);
	return (long long)time(NULL) * 1000 - strtoll(at + 8, NULL, 10);
}

static void test_spans_are_taken(void **state)
{
	(void)state;
	assert_in_range(asked_ago("show flight-recorder since 30s") + 2000, 30000, 34000);
	assert_in_range(asked_ago("show flight-recorder since 10m") + 2000, 600000, 604000);
	assert_in_range(asked_ago("show flight-recorder since 2h") + 2000, 7200000, 7204000);
	assert_int_equal(cli_run_line(&session, "show flight-recorder peer 2001:db8::1 since 1s"),
			 CLI_OK);
	assert_non_null(strstr(fake.asked, RECORDS "[peer='2001:db8::1'][since='"));
	/* Longer than there has been time: all of it. */
	assert_true(asked_ago("show flight-recorder since 999999h") > 0);
}

/* The last time that it was that time of day: within a day, whenever the test runs. */
static void test_times_of_day_are_the_last_ones(void **state)
{
	(void)state;
	assert_in_range(asked_ago("show flight-recorder since 14:05") + 2000, 0, 86404000);
	assert_in_range(asked_ago("show flight-recorder since 00:00:00") + 2000, 0, 86404000);
	assert_in_range(asked_ago("show flight-recorder since 23:59:59") + 2000, 0, 86404000);
}

static void test_what_is_no_moment_is_refused(void **state)
{
	static const char *const wrong[] = {
		"24:00",  "12:60",	     "12", "m", "10x", "10mm", "-5m", "1:2:3:4",
		"12:00x", "99999999999999m", "a:b"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char line[80];

		snprintf(line, sizeof(line), "show flight-recorder since %s", wrong[i]);
		assert_int_equal(asked_ago(line), -1);
		assert_string_equal(fake.asked, "");
		assert_non_null(strstr(fake.error, "a time of day is hh:mm[:ss]"));
	}
}

#define IN_SESSION(test)                                                                           \
	cmocka_unit_test_setup_teardown(test, cli_fixture_setup, cli_fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SESSION(test_a_line_a_record_under_what_it_holds),
		IN_SESSION(test_off_is_said),
		IN_SESSION(test_json_has_it_under_the_plain_path),
		IN_SESSION(test_spans_are_taken),
		IN_SESSION(test_times_of_day_are_the_last_ones),
		IN_SESSION(test_what_is_no_moment_is_refused),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
