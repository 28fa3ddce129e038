/* log: a record in each form, byte by byte; what a line may hold; which debug lines pass conditions. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "log/log.h"
#include "log/log_internal.h"

static char buf[4096];

static int setup(void **state)
{
	(void)state;
	setenv("TZ", "EST5", 1);
	tzset();
	return 0;
}

/* 2013-03-01 00:42:09.431 UTC */
static struct log_record record(void)
{
	return (struct log_record){.seq = 22701,
				   .wall_ms = UINT64_C(1362098529431),
				   .up_ms = 25339000,
				   .severity = 5,
				   .facility = "SYS",
				   .mnemonic = "CONFIG_I",
				   .text = "Configured from console by admin on vty0 (192.0.2.9)"};
}

#define REST "%SYS-5-CONFIG_I: Configured from console by admin on vty0 (192.0.2.9)"

static void expect(const struct log_record *r, const char *want)
{
	assert_string_equal(log_format(r, buf, sizeof(buf)), want);
}

static void test_each_time_stamp(void **state)
{
	static const struct {
		struct log_stamp stamp;
		const char *want;
	} rows[] = {
		{{LOG_STAMP_DATETIME_MSEC, false, false, false}, "*Mar  1 00:42:09.431: " REST},
		{{LOG_STAMP_DATETIME, false, false, false}, "*Mar  1 00:42:09: " REST},
		{{LOG_STAMP_DATETIME_MSEC, false, true, false}, "*Mar  1 00:42:09.431 UTC: " REST},
		{{LOG_STAMP_DATETIME_MSEC, true, true, false}, "*Feb 28 19:42:09.431 EST: " REST},
		{{LOG_STAMP_DATETIME_MSEC, true, false, false}, "*Feb 28 19:42:09.431: " REST},
		{{LOG_STAMP_DATETIME_MSEC, true, true, true},
		 "*Feb 28 2013 19:42:09.431 EST: " REST},
		{{LOG_STAMP_DATETIME, false, false, true}, "*Mar  1 2013 00:42:09: " REST},
		{{LOG_STAMP_UPTIME, false, false, false}, "07:02:19: " REST},
		{{LOG_STAMP_NONE, false, false, false}, REST},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log_record r = record();

		r.stamp = rows[i].stamp;
		expect(&r, rows[i].want);
	}
}

static void test_an_uptime_grows_from_hours_to_weeks(void **state)
{
	static const struct {
		uint64_t hours;
		const char *want;
	} rows[] = {{1, "01:00:00: " REST}, {26, "1d02h: " REST}, {23 * 24 + 5, "3w2d: " REST}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log_record r = record();

		r.stamp.kind = LOG_STAMP_UPTIME;
		r.up_ms = rows[i].hours * 3600000;
		expect(&r, rows[i].want);
	}
}

static void test_the_mark_says_how_far_the_clock_is_trusted(void **state)
{
	struct log_record r = record();

	(void)state;
	expect(&r, "*Mar  1 00:42:09.431: " REST);
	r.clock_was_synced = true;
	expect(&r, ".Mar  1 00:42:09.431: " REST);
	r.clock_synced = true;
	expect(&r, "Mar  1 00:42:09.431: " REST);
}

static void test_a_number_stands_before_the_stamp(void **state)
{
	struct log_record r = record();

	(void)state;
	r.numbered = true;
	expect(&r, "022701: *Mar  1 00:42:09.431: " REST);
	r.stamp.kind = LOG_STAMP_NONE;
	r.seq = 1234567;
	expect(&r, "1234567: " REST);
}

static void test_debug_output_has_no_prefix(void **state)
{
	struct log_record r = record();

	(void)state;
	r.is_debug = true;
	r.facility = r.mnemonic = "";
	r.text = "IKEv2:(SESSION ID = 31,SA ID = 1):Generating IKE_SA_INIT message";
	expect(&r, "*Mar  1 00:42:09.431: "
		   "IKEv2:(SESSION ID = 31,SA ID = 1):Generating IKE_SA_INIT message");
}

/* ---- hosts ------------------------------------------------------------------------------------------- */

static struct log_style style(void)
{
	return (struct log_style){
		.facility = 23, .origin = "", .hostname = "R1", .pid = 4711, .number = 17};
}

static void expect_host(const struct log_record *r, const struct log_style *s, const char *want)
{
	int len = log_host_format(r, s, buf, sizeof(buf));

	assert_string_equal(buf, want);
	assert_int_equal(len, strlen(want));
}

static void test_the_classic_form(void **state)
{
	struct log_record r = record();
	struct log_style s = style();

	(void)state;
	expect_host(&r, &s, "<189>17: *Mar  1 00:42:09.431: " REST);
	s.origin = "R1";
	expect_host(&r, &s, "<189>17: R1: *Mar  1 00:42:09.431: " REST);
	r.numbered = true;
	expect_host(&r, &s, "<189>17: R1: 022701: *Mar  1 00:42:09.431: " REST);
	s.facility = 16; /* local0 */
	s.number = 1578041;
	r = (struct log_record){.clock_was_synced = true,
				.wall_ms = UINT64_C(1362098529431),
				.severity = 5,
				.facility = "CLEAR",
				.mnemonic = "COUNTERS",
				.stamp = {LOG_STAMP_DATETIME, true, true, false},
				.text = "x"};
	s.origin = "";
	expect_host(&r, &s, "<133>1578041: .Feb 28 19:42:09 EST: %CLEAR-5-COUNTERS: x");
}

static struct log_record about_an_spi(void)
{
	struct log_record r = record();

	r.severity = 4;
	r.facility = "CRYPTO";
	r.mnemonic = "RECVD_PKT_INV_SPI";
	r.text = "decaps: rec'd";
	addr_parse(&r.peer, "2001:db8::1");
	r.spi = 0x1a2b3c;
	r.verdict = "never ours";
	r.cause = "peer's \"DELETE\" [\\]";
	r.clock_synced = true;
	return r;
}

static void test_rfc5424_with_structured_data(void **state)
{
	struct log_record r = about_an_spi();
	struct log_style s = style();

	(void)state;
	s.rfc5424 = true;
	expect_host(&r, &s,
		    "<188>1 2013-03-01T00:42:09.431Z R1 spindled 4711 RECVD_PKT_INV_SPI "
		    "[timeQuality tzKnown=\"1\" isSynced=\"1\"]"
		    "[meta sequenceId=\"17\" sysUpTime=\"2533900\"]"
		    "[spindle@32473 facility=\"CRYPTO\" peer=\"2001:db8::1\" spi=\"0x001A2B3C\" "
		    "verdict=\"never ours\" cause=\"peer's \\\"DELETE\\\" [\\\\\\]\"] "
		    "%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd");
	r = record();
	r.is_debug = true;
	r.severity = 7;
	r.facility = r.mnemonic = "";
	s.hostname = "";
	s.origin = "branch 7";
	s.number = UINT64_C(2147483648);
	r.text = "caf\xc3\xa9";
	expect_host(&r, &s,
		    "<191>1 2013-03-01T00:42:09.431Z - spindled 4711 DEBUG "
		    "[timeQuality tzKnown=\"1\" isSynced=\"0\"]"
		    "[meta sequenceId=\"1\" sysUpTime=\"2533900\"]"
		    "[spindle@32473 origin=\"branch 7\"] \xef\xbb\xbf"
		    "caf\xc3\xa9");
	s.hostname = "a b\xc3\xa9";
	log_host_format(&r, &s, buf, sizeof(buf));
	assert_non_null(strstr(buf, "Z a_b__ spindled "));
}

/* What receivers must or should take: RFC 3164, 4.1; RFC 5424, 6.1. No half characters. */
static void test_lines_to_hosts_are_bounded(void **state)
{
	char text[LOG_LINE_MAX];
	struct log_record r = about_an_spi();
	struct log_style s = style();
	int len;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[sizeof(text) - 2] = '\0';
	r.text = text;
	for (size_t odd = 0; odd < 2; odd++) {
		s.number = odd ? 17 : 170;
		len = log_host_format(&r, &s, buf, sizeof(buf));
		assert_in_range(len, LOG_CLASSIC_MAX - 1, LOG_CLASSIC_MAX);
		assert_int_equal(len, strlen(buf));
		log_clean(buf);
		assert_null(strchr(buf, '?'));
	}
	s.rfc5424 = true;
	len = log_host_format(&r, &s, buf, sizeof(buf));
	assert_true(len < LOG_RFC5424_MAX);
	for (size_t small = 0; small < 400; small += 7)
		assert_true(log_host_format(&r, &s, buf, small + 1) <= (int)small);
}

/* ---- the system's log --------------------------------------------------------------------------------- */

static void test_journald_gets_fields(void **state)
{
	struct log_record r = about_an_spi();
	const struct log_style s = {.facility = 23, .origin = "", .hostname = ""};
	int len = log_journal_format(&r, &s, buf, sizeof(buf));

	(void)state;
	assert_string_equal(buf, "PRIORITY=4\nSYSLOG_FACILITY=23\nSYSLOG_IDENTIFIER=spindled\n"
				 "SPINDLE_SEQUENCE=22701\nSPINDLE_FACILITY=CRYPTO\n"
				 "SPINDLE_MNEMONIC=RECVD_PKT_INV_SPI\nSPINDLE_PEER=2001:db8::1\n"
				 "SPINDLE_SPI=0x001A2B3C\nSPINDLE_VERDICT=never ours\n"
				 "SPINDLE_CAUSE=peer's \"DELETE\" [\\]\n"
				 "MESSAGE=%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd\n");
	assert_int_equal(len, strlen(buf));
	r = (struct log_record){
		.severity = 7, .is_debug = true, .facility = "", .mnemonic = "", .text = "x"};
	log_journal_format(&r, &s, buf, sizeof(buf));
	assert_string_equal(buf, "PRIORITY=7\nSYSLOG_FACILITY=23\nSYSLOG_IDENTIFIER=spindled\n"
				 "SPINDLE_SEQUENCE=0\nMESSAGE=x\n");
	assert_int_equal(log_journal_format(&r, &s, buf, 20), -1);
}

/* ---- bytes -------------------------------------------------------------------------------------------- */

static void test_only_characters_stay_in_a_line(void **state)
{
	static const struct {
		const char *raw, *want;
	} rows[] = {
		{"plain ~", "plain ~"},
		{"a\nb\tc\x1b[0m\x7f", "a?b?c?[0m?"},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x92", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x92"},
		{"\xc2\x9b"
		 "31m",
		 "??31m"},		      /* C1: an escape sequence for some terminals */
		{"\xc0\xaf", "??"},	      /* overlong */
		{"\xe0\x80\xaf", "???"},      /* overlong */
		{"\xed\xa0\x80", "???"},      /* half of a surrogate pair */
		{"\xf4\x90\x80\x80", "????"}, /* beyond the last */
		{"\xf0\x8f\x80\x80", "????"}, /* overlong */
		{"\xff\xfe", "??"},
		{"cut \xe2\x82", "cut ??"},
		{"\xa9"
		 "x",
		 "?x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_copy(buf, sizeof(buf), rows[i].raw);
		log_clean(buf);
		assert_string_equal(buf, rows[i].want);
	}
}

/* ---- conditions ---------------------------------------------------------------------------------------- */

static struct log_about about(const char *peer, uint32_t spi)
{
	struct log_about a = {.spi = spi};

	if (peer)
		addr_parse(&a.peer, peer);
	return a;
}

/* Of one kind any, of both kinds each; what does not know passes by the flag alone. */
static void test_the_truth_of_conditions(void **state)
{
	enum { NONE, PEER, SPI, BOTH };
	static const struct {
		int asks;
		const char *peer;
		uint32_t spi;
		bool passes, passes_unmatched;
	} rows[] = {
		{NONE, NULL, 0, true, true},	     {NONE, "10.9.9.9", 9, true, true},
		{PEER, "10.1.1.1", 0, true, true},   {PEER, "10.2.3.4", 9, true, true},
		{PEER, "10.3.3.4", 9, false, false}, {PEER, "2001:db8::1", 0, false, false},
		{PEER, NULL, 5, false, true},	     {SPI, NULL, 5, true, true},
		{SPI, "10.9.9.9", 6, true, true},    {SPI, "10.9.9.9", 7, false, false},
		{SPI, "10.1.1.1", 0, false, true},   {BOTH, "10.1.1.1", 5, true, true},
		{BOTH, "10.1.1.1", 7, false, false}, {BOTH, "10.9.9.9", 5, false, false},
		{BOTH, "10.1.1.1", 0, false, true},  {BOTH, NULL, 6, false, true},
		{BOTH, NULL, 0, false, true},	     {BOTH, "10.9.9.9", 0, false, false},
		{BOTH, NULL, 7, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log_about a = about(rows[i].peer, rows[i].spi);
		struct log_conditions c = {.spis = {5, 6},
					   .peer_count = rows[i].asks & PEER ? 2 : 0,
					   .spi_count = rows[i].asks & SPI ? 2 : 0};

		prefix_parse(&c.peers[0], "10.1.1.1");
		prefix_parse(&c.peers[1], "10.2.0.0/16");
		assert_int_equal(log_condition_passes(&c, LOG_DEBUG_IPSEC, &a), rows[i].passes);
		c.unmatched = LOG_DEBUG_IKEV2; /* of another subject */
		assert_int_equal(log_condition_passes(&c, LOG_DEBUG_IPSEC, &a), rows[i].passes);
		c.unmatched = LOG_DEBUG_IPSEC;
		assert_int_equal(log_condition_passes(&c, LOG_DEBUG_IPSEC, &a),
				 rows[i].passes_unmatched);
		if (!rows[i].peer && !rows[i].spi)
			assert_int_equal(log_condition_passes(&c, LOG_DEBUG_IPSEC, NULL),
					 rows[i].passes_unmatched);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_time_stamp),
		cmocka_unit_test(test_an_uptime_grows_from_hours_to_weeks),
		cmocka_unit_test(test_the_mark_says_how_far_the_clock_is_trusted),
		cmocka_unit_test(test_a_number_stands_before_the_stamp),
		cmocka_unit_test(test_debug_output_has_no_prefix),
		cmocka_unit_test(test_the_classic_form),
		cmocka_unit_test(test_rfc5424_with_structured_data),
		cmocka_unit_test(test_lines_to_hosts_are_bounded),
		cmocka_unit_test(test_journald_gets_fields),
		cmocka_unit_test(test_only_characters_stay_in_a_line),
		cmocka_unit_test(test_the_truth_of_conditions),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
