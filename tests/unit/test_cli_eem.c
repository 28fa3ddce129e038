/* cli: applets and their lines, what shows say of the event manager, its help, its debugs. */
#include "cli_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/running.h"

#define EEM "spindle-eem:event-manager-state"

static void run(const char *line)
{
	fake_clear_output(&fake);
	if (cli_run_line(&session, line) != CLI_OK)
		fail_msg("%s: %s", line, fake.error);
}

static void runs(const char *lines)
{
	char *copy = strdup(lines), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		run(line);
	free(copy);
}

static void expect_out(const char *want)
{
	if (strcmp(fake.out, want) != 0)
		fail_msg("printed\n%s\ninstead of\n%s", fake.out, want);
}

static void expect_part(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in\n%s", part, text);
}

static void refused(const char *line, size_t column, const char *words)
{
	char caret[200];

	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, line), CLI_FAILED);
	expect_part(fake.error, words);
	snprintf(caret, sizeof(caret), "\n%*s^\n%% Invalid input detected at '^' marker.\n",
		 (int)(strlen("Spindle(config-applet)#") + column), "");
	fake.error[0] = fake.error[0] ? fake.error[0] : '\n';
	if (!strstr(fake.error, caret + 1))
		fail_msg("the caret of %s is elsewhere:\n%s", line, fake.error);
}

static char *running(void)
{
	run("do show running-config");
	return strstr(fake.out, "!\n") ? strstr(fake.out, "!\n") + 2 : fake.out;
}

static void expect_running(const char *want)
{
	const char *text = running();

	if (strncmp(text, want, strlen(want)) != 0 || strcmp(text + strlen(want), "!\nend\n") != 0)
		fail_msg("running\n%s\ninstead of\n%s", text, want);
}

/* ---- configuration ------------------------------------------------------------------------------------- */

static void test_an_applet_comes_back_as_it_was_typed(void **state)
{
	(void)state;
	runs("conf t\nevent manager applet INVSPI\n"
	     "description who lost it\n"
	     "event syslog pattern \"CRYPTO-4-RECVD_PKT_INV_SPI.*\" maxrun 90\n"
	     "action 1.0 cli command \"enable\"\n"
	     "action 10.0 cli command \"show crypto ipsec sa | append flash:spi.txt\"\n"
	     "action 2.0 syslog msg \"seen: $_syslog_msg\"\nend\nconf t");
	expect_running("event manager applet INVSPI\n"
		       " description who lost it\n"
		       " event syslog pattern \"CRYPTO-4-RECVD_PKT_INV_SPI.*\" maxrun 90\n"
		       " action 1.0 cli command \"enable\"\n"
		       " action 10.0 cli command \"show crypto ipsec sa | append flash:spi.txt\"\n"
		       " action 2.0 syslog msg \"seen: $_syslog_msg\"\n");
}

static void test_the_next_applet_leaves_the_one_before(void **state)
{
	(void)state;
	runs("conf t\nevent manager applet A\nevent none\naction 1 syslog msg a\n"
	     "event manager applet B authorization bypass class C trap\nevent none\n"
	     "action 1 syslog msg b\nexit");
	expect_running("event manager applet A\n event none\n action 1 syslog msg \"a\"\n!\n"
		       "event manager applet B authorization bypass class C trap\n event none\n"
		       " action 1 syslog msg \"b\"\n");
}

static void test_lines_are_replaced_and_taken_away(void **state)
{
	(void)state;
	runs("conf t\nevent manager applet A\nevent none\nevent timer watchdog time 60\n"
	     "action 1 syslog msg a\naction 1 syslog msg c\naction 2 wait 3\n"
	     "action \"a b\" wait 4\nset 3 _exit_status 1\nno action 2\n");
	expect_running("event manager applet A\n event timer watchdog time 60\n"
		       " action 1 syslog msg \"c\"\n action \"a b\" wait 4\n"
		       " set 3 _exit_status \"1\"\n");
}

static void test_tagged_events_hang_together_by_a_trigger(void **state)
{
	(void)state;
	runs("conf t\nevent manager applet A\nevent tag 1 syslog pattern \"x\"\n"
	     "event tag 2 track 7 state down\ntrigger occurs 2 period 60");
	expect_part(fake.error, "");
	runs("correlate event 1 and event 2\nattribute tag 1 occurs 3\nexit\n"
	     "action 1 syslog msg a\nno event tag 2 track 7");
	expect_running("event manager applet A\n event tag 1 syslog pattern \"x\"\n"
		       " trigger occurs 2 period 60\n"
		       "  correlate event 1 and event 2\n"
		       "  attribute tag 1 occurs 3\n"
		       " action 1 syslog msg \"a\"\n");
	run("no trigger");
	run("no event");
	expect_running("event manager applet A\n action 1 syslog msg \"a\"\n");
	runs("exit\nno event manager applet A");
	expect_part(running(), "end\n");
	assert_null(strstr(fake.out, "event manager"));
}

static void test_prompts_are_the_routers(void **state)
{
	struct text prompt;

	(void)state;
	runs("conf t\nevent manager applet A\nevent none");
	text_init(&prompt, 0);
	cli_prompt(&session, &prompt);
	assert_string_equal(text_str(&prompt), "Spindle(config-applet)#");
	text_free(&prompt);
	run("trigger");
	text_init(&prompt, 0);
	cli_prompt(&session, &prompt);
	assert_string_equal(text_str(&prompt), "Spindle(config-applet-trigger)#");
	text_free(&prompt);
}

static void test_an_applet_without_an_event_is_warned_about_when_it_is_left(void **state)
{
	(void)state;
	runs("conf t\nevent manager applet A\naction 1 syslog msg a\nexit");
	expect_out("% EEM configuration: applet A has no event: it is not registered\n");
	runs("event manager applet A\nevent none\nexit");
	expect_out("");
}

static void test_an_applet_that_nothing_runs_is_told_so_when_it_is_left(void **state)
{
	(void)state;
	fake.absent = "the event manager (spindle-eem) is not running";
	runs("conf t\nevent manager applet A\nevent none\nexit");
	expect_out(
		"% the event manager (spindle-eem) is not running: applet A is kept, and nothing runs it\n");
	fake.absent = NULL;
}

static void test_a_wrong_line_is_told_with_its_column(void **state)
{
	(void)state;
	runs("conf t\nevent manager applet A\nevent none");
	refused("event sislog pattern x", 6, "sislog");
	refused("event oir", 6, "oir");
	refused("action 1 clu command x", 9, "clu");
	refused("action 1 cli command", 20, "");
	refused("action 1 syslog msg \"x", 20, "");
	refused("set 1 _exit 1", 6, "");
	run("trigger");
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, "correlate event 1 nand event 2"), CLI_FAILED);
	expect_part(fake.error, "nand");
	run("exit");
	expect_running("event manager applet A\n event none\n");
}

static void test_the_rest_of_the_event_managers_configuration_comes_back(void **state)
{
	static const char lines[] =
		"event manager directory user policy flash:/policies\n"
		"event manager directory user library flash:/lib\n"
		"event manager directory user repository flash:/new\n"
		"!\n"
		"event manager history size events 20\n"
		"event manager history size traps 5\n"
		"!\n"
		"event manager session cli username eem privilege 15\n"
		"!\n"
		"event manager scheduler suspend\n"
		"!\n"
		"event manager scheduler applet thread class A number 2\n"
		"event manager scheduler script thread class default number 1\n"
		"!\n"
		"event manager environment _file flash:x y\n"
		"event manager environment q \"\n"
		"!\n"
		"event manager policy a.lua\n"
		"event manager policy b.lua type system trap username eem persist-time 60 class B\n";

	(void)state;
	run("conf t");
	runs(lines);
	expect_running(lines);
	run("no event manager environment q");
	run("no event manager policy a.lua");
	run("no event manager scheduler suspend");
	run("no event manager scheduler applet thread class A");
	run("no event manager session cli username");
	expect_part(running(), "event manager environment _file flash:x y\n!\n"
			       "event manager policy b.lua");
	assert_null(strstr(fake.out, "suspend"));
	assert_null(strstr(fake.out, "class A"));
	assert_null(strstr(fake.out, "username eem privilege"));
}

/* ---- help ---------------------------------------------------------------------------------------------- */

static void gather_help(void *ctx, const char *word, const char *help)
{
	text_addf(ctx, "%s=%s|", word, help);
}

static char *help_for(const char *line)
{
	struct parse_place at = cli_parse_place(&session);
	struct text text;

	text_init(&text, 0);
	text_add(&text, "|");
	parse_help(&at, line, gather_help, &text);
	return text_take(&text);
}

static void expect_help(const char *line, const char *part, bool is_there)
{
	char *text = help_for(line);

	if ((strstr(text, part) != NULL) != is_there)
		fail_msg("%s? : %s %s in %s", line, part, is_there ? "is not" : "is", text);
	alloc_free(text);
}

static void test_help_knows_detectors_verbs_and_options(void **state)
{
	(void)state;
	runs("conf t\nevent manager applet A\nevent none");
	expect_help("ev", "|event=Event specification|", true);
	expect_help("event ", "|syslog=", true);
	expect_help("event ", "|ipsec=", true);
	expect_help("event sys", "|syslog=", true);
	expect_help("event sys", "|timer=", false);
	expect_help("event tag 1 ", "|timer=", true);
	expect_help("event syslog ", "|pattern=", true);
	expect_help("event syslog pattern x ", "|occurs=", true);
	expect_help("event syslog pattern x ", "|<cr>=|", true);
	expect_help("event syslog ", "|<cr>=|", false);
	expect_help("event man", "|manager=", true);
	expect_help("action 1 ", "|cli=", true);
	expect_help("action 1 cli ", "|command=", true);
	expect_help("action ", "|WORD=Label", true);
	expect_help("event manager ", "|applet=", true);
	run("trigger");
	expect_help("correlate ", "|event=", true);
}

/* ---- EXEC ---------------------------------------------------------------------------------------------- */

static void expect_action(const char *path, const char *input)
{
	const json_t *last = json_array_get(fake.actions, json_array_size(fake.actions) - 1);
	json_t *want = json_loads(input, 0, NULL);

	assert_non_null(want);
	assert_string_equal(json_string_value(json_array_get(last, 0)), path);
	if (!json_equal(json_array_get(last, 1), want))
		fail_msg("%s has another input than %s", path, input);
	json_decref(want);
}

static void test_a_policy_is_run_and_what_it_printed_is_seen(void **state)
{
	(void)state;
	fake.outputs = json_loads("[{\"status\":\"0\",\"output\":[\"one\",\"two\"]}]", 0, NULL);
	run("event manager run X a \"b c\"");
	expect_out("one\ntwo\n");
	expect_action("spindle-eem:run", "{\"name\":\"X\",\"argument\":[\"a\",\"b c\"]}");
	run("event manager run X");
	expect_action("spindle-eem:run", "{\"name\":\"X\"}");
	run("event manager run X dry-run");
	expect_action("spindle-eem:run", "{\"name\":\"X\",\"dry-run\":true}");
	assert_int_equal(cli_run_line(&session, "event manager run X 1 2 3 4 5 6 7 8 9 10 11 12 13 "
						"14 15 16"),
			 CLI_FAILED);
}

static void test_the_scheduler_takes_orders(void **state)
{
	(void)state;
	fake.outputs = json_loads("[{\"count\":2}]", 0, NULL);
	run("event manager scheduler clear all");
	expect_out("2 jobs\n");
	expect_action("spindle-eem:scheduler-clear", "{\"all\":[null]}");
	run("event manager scheduler hold policy 7");
	expect_action("spindle-eem:scheduler-hold", "{\"policy\":7}");
	run("event manager scheduler release queue-type script");
	expect_action("spindle-eem:scheduler-release", "{\"queue-type\":\"script\"}");
	run("event manager scheduler modify policy 7 queue-priority high");
	expect_action("spindle-eem:scheduler-modify", "{\"policy\":7,\"queue-priority\":\"high\"}");
	run("event manager scheduler modify all class B");
	expect_action("spindle-eem:scheduler-modify", "{\"all\":[null],\"class\":\"B\"}");
	run("event manager update user policy name a.lua repository flash:/new");
	expect_action("spindle-eem:update-policy",
		      "{\"name\":\"a.lua\",\"repository\":\"flash:/new\"}");
	run("event manager update user policy group .*");
	expect_action("spindle-eem:update-policy", "{\"group\":\".*\"}");
}

static void test_debugs_are_confirmed_as_routers_do(void **state)
{
	(void)state;
	run("debug event manager action cli");
	expect_out("Debug EEM action cli debugging is on\n");
	expect_action("spindle-eem:debug", "{\"flag\":\"action-cli\",\"on\":true}");
	run("no debug event manager action cli");
	expect_out("Debug EEM action cli debugging is off\n");
	run("debug event manager detector snmp-notification");
	expect_out("Debug EEM detector snmp-notification debugging is on\n");
	expect_action("spindle-eem:debug", "{\"flag\":\"detector-snmp-notification\",\"on\":true}");
	run("undebug event manager all");
	expect_out("Debug EEM all debugging is off\n");
	run("undebug all");
	expect_action("spindle-eem:debug", "{\"flag\":\"all\",\"on\":false}");
	cli_fixture_put_state(EEM, "debug", "[\"action-cli\"]");
	run("show debugging");
	expect_part(fake.out, "  Debug EEM action cli debugging is on\n");
}

/* ---- shows --------------------------------------------------------------------------------------------- */

#define TIME "\"2026-05-17T18:06:42.000+00:00\""

static void put_policies(void)
{
	cli_fixture_put_state(
		EEM, "policy",
		"[{\"number\":1,\"name\":\"INVSPI\",\"class\":\"default\",\"kind\":\"applet\","
		"\"origin\":\"user\",\"event-type\":\"syslog\",\"trap\":false,\"registered\":" TIME
		",\"maxrun\":\"20.000\",\"line\":[\"pattern {CRYPTO-4-RECVD_PKT_INV_SPI.*}\","
		"\"maxrun 20.000\"],\"action\":[\"action 010 cli command \\\"enable\\\"\"],"
		"\"triggered\":\"2\",\"suppressed\":\"0\",\"run-time-average\":\"12\","
		"\"run-time-maximum\":\"20\"},"
		"{\"number\":2,\"name\":\"a.lua\",\"class\":\"B\",\"kind\":\"script\","
		"\"origin\":\"system\",\"event-type\":\"timer watchdog\",\"trap\":true,"
		"\"registered\":" TIME ",\"nice\":0,\"queue-priority\":\"normal\","
		"\"maxrun\":\"20.000\",\"security\":\"none\","
		"\"line\":[\"name {t1} time 180.000\"]}]");
}

static void test_policies_are_shown_as_routers_do(void **state)
{
	(void)state;
	put_policies();
	run("show event manager policy registered");
	expect_out(
		"No.  Class     Type    Event Type          Trap  Time Registered           Name\n"
		"1    applet    user    syslog              Off   Sun May 17 18:06:42 2026  INVSPI\n"
		" pattern {CRYPTO-4-RECVD_PKT_INV_SPI.*}\n"
		" maxrun 20.000\n"
		" action 010 cli command \"enable\"\n"
		"2    script    system  timer watchdog      On    Sun May 17 18:06:42 2026  a.lua\n"
		" name {t1} time 180.000\n"
		" nice 0 queue-priority normal maxrun 20.000 scheduler rp_primary Secu none\n");
	run("show event manager policy registered user");
	assert_null(strstr(fake.out, "a.lua"));
	run("show event manager policy registered class B");
	assert_null(strstr(fake.out, "INVSPI"));
	run("show event manager policy registered event-type syslog");
	assert_null(strstr(fake.out, "a.lua"));
	run("show event manager policy registered name-ordered");
	assert_true(strstr(fake.out, "INVSPI") < strstr(fake.out, "a.lua"));
	run("show event manager policy registered | json");
	expect_part(fake.out, "\"event-type\": \"timer watchdog\"");
	run("show event manager statistics policy");
	expect_out("                                        Average    Maximum\n"
		   "No.  Class   Triggered  Suppressed  Run Time   Run Time   Name\n"
		   "1    applet          2           0     0.012      0.020   INVSPI\n"
		   "2    script          0           0     0.000      0.000   a.lua\n");
}

static void test_history_is_shown_newest_last(void **state)
{
	(void)state;
	cli_fixture_put_state(
		EEM, "history-event",
		"[{\"number\":1,\"job\":1,\"status\":\"success\",\"time\":" TIME
		",\"event-type\":\"syslog\",\"kind\":\"applet\",\"name\":\"INVSPI\","
		"\"detail\":[\"msg {x}\"]},{\"number\":2,\"job\":2,\"status\":\"abort\","
		"\"time\":\"2026-05-07T18:06:42.000+00:00\",\"event-type\":\"none\","
		"\"kind\":\"script\",\"name\":\"a.lua\"}]");
	run("show event manager history events");
	expect_out(
		"No.  Job Id Proc Status   Time of Event            Event Type        Name\n"
		"1    1      Actv success  Sun May17 18:06:42 2026  syslog            applet: INVSPI\n"
		"2    2      Actv abort    Thu May 7 18:06:42 2026  none              script: a.lua\n");
	run("show event manager history events detailed maximum 1");
	assert_null(strstr(fake.out, "INVSPI"));
	expect_part(fake.out, "a.lua");
	run("show event manager history events detailed");
	expect_part(fake.out, "INVSPI\n msg {x}\n");
}

static void test_the_environment_is_a_table_or_a_value(void **state)
{
	(void)state;
	cli_fixture_put_state(EEM, "environment",
			      "[{\"name\":\"_event_id\"},{\"name\":\"q\",\"value\":\"\\\"\"}]");
	run("show event manager environment");
	expect_out("No.  Name                          Value                         \n"
		   "1    _event_id                                                   \n"
		   "2    q                             \"                             \n");
	run("show event manager environment q");
	expect_out("\"\n");
	run("show event manager environment none");
	expect_out("Environment variable not found\n");
}

static void test_detectors_and_the_version_are_shown(void **state)
{
	(void)state;
	cli_fixture_put_state(EEM, "", "{\"version\":\"4.00\"}");
	cli_fixture_put_state(EEM, "component",
			      "[{\"name\":\"eem\",\"version\":\"(rel9)1.2.21\"}]");
	cli_fixture_put_state(EEM, "detector",
			      "[{\"name\":\"syslog\",\"version\":\"01.00\",\"node\":\"node0/0\","
			      "\"type\":\"RP\",\"applet-syntax\":[\"syslog pattern RE\"]}]");
	run("show event manager detector all");
	expect_out("No.  Name                Version   Node        Type    \n"
		   "1    syslog              01.00     node0/0     RP      \n");
	run("show event manager detector syslog detailed");
	expect_part(fake.out, "        Applet Configuration Syntax:\n        syslog pattern RE\n");
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, "show event manager detector oir"), CLI_FAILED);
	expect_part(fake.error, "there is no event detector oir");
	run("show event manager version");
	expect_out("Embedded Event Manager Version 4.00\nComponent Versions:\neem: (rel9)1.2.21\n"
		   "Event Detectors:\nName                Version   Node        Type    \n"
		   "syslog              01.00     node0/0     RP      \n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cli_fixture_setup, cli_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_an_applet_comes_back_as_it_was_typed),
		TEST(test_the_next_applet_leaves_the_one_before),
		TEST(test_lines_are_replaced_and_taken_away),
		TEST(test_tagged_events_hang_together_by_a_trigger),
		TEST(test_prompts_are_the_routers),
		TEST(test_an_applet_without_an_event_is_warned_about_when_it_is_left),
		TEST(test_an_applet_that_nothing_runs_is_told_so_when_it_is_left),
		TEST(test_a_wrong_line_is_told_with_its_column),
		TEST(test_the_rest_of_the_event_managers_configuration_comes_back),
		TEST(test_help_knows_detectors_verbs_and_options),
		TEST(test_a_policy_is_run_and_what_it_printed_is_seen),
		TEST(test_the_scheduler_takes_orders),
		TEST(test_debugs_are_confirmed_as_routers_do),
		TEST(test_policies_are_shown_as_routers_do),
		TEST(test_history_is_shown_newest_last),
		TEST(test_the_environment_is_a_table_or_a_value),
		TEST(test_detectors_and_the_version_are_shown),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
