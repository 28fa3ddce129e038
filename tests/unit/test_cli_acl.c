/* cli: access lists, as they are typed, as they are printed, as they are shown. */
#include "cli_fixture.h"

#include "base/alloc.h"
#include "cli/handlers.h"
#include "cli/running.h"

static int setup(void **state)
{
	(void)state;
	cli_fixture_session(15);
	cli_run_line(&session, "configure terminal");
	fake_clear_output(&fake);
	return 0;
}

static void run_all(const char *lines)
{
	while (*lines) {
		char line[256];
		size_t len = strcspn(lines, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)len, lines);
		if (cli_run_line(&session, line) != CLI_OK)
			fail_msg("%s: %s", line, fake.error);
		lines += len + (lines[len] == '\n');
	}
}

static int from_fake(void *ctx, const char *path, data_entry *fn, void *arg, struct error *err)
{
	return cli_config_each(ctx, path, fn, arg, err);
}

static void expect_running(const char *want)
{
	struct running_source source = {.ctx = &session, .each = from_fake};
	struct error err = {0};
	struct text text;

	text_init(&text, 1 << 20);
	assert_int_equal(running_text(&source, &text, &err), 0);
	assert_string_equal(text_str(&text), want);
	text_free(&text);
}

static void expect_refused(const char *line, const char *want)
{
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, line), CLI_FAILED);
	assert_non_null(strstr(fake.error, want));
}

static void expect_show(const char *line, const char *want)
{
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, line), CLI_OK);
	assert_string_equal(fake.out, want);
}

static const char named[] = "ip access-list standard PEOPLE\n"
			    " remark who may come in\n"
			    " 10 permit 10.1.1.5\n"
			    " 20 permit 10.2.0.0 0.0.255.255\n"
			    " 25 deny   10.3.0.0 0.0.255.255\n"
			    " 30 permit any\n"
			    "!\n"
			    "ip access-list extended WEB\n"
			    " 10 permit tcp any any eq www\n"
			    " 20 permit tcp any range 1024 65535 any neq telnet\n"
			    " 30 permit udp any lt 1024 any gt 1023\n"
			    " 40 deny   tcp any any range ftp ssh\n"
			    "!\n";

static void test_text_to_data_to_the_same_text(void **state)
{
	(void)state;
	run_all(named);
	expect_running(named);
}

static const char numbered[] =
	"access-list 5 permit 10.1.1.5\n"
	"access-list 5 deny   10.2.0.0 0.0.255.255\n"
	"access-list 1300 permit any\n"
	"access-list 101 remark protected\n"
	"access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n"
	"access-list 101 deny   ip any any\n"
	"access-list 2699 permit tcp any any range 80 81\n"
	"!\n";

static void test_a_list_with_a_number_is_lines(void **state)
{
	static const char want[] =
		"access-list 5 permit 10.1.1.5\n"
		"access-list 5 deny   10.2.0.0 0.0.255.255\n"
		"access-list 1300 permit any\n"
		"!\n"
		"access-list 101 remark protected\n"
		"access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n"
		"access-list 101 deny   ip any any\n"
		"access-list 2699 permit tcp any any range www 81\n"
		"!\n";

	(void)state;
	run_all(numbered);
	expect_running(want);
}

static void test_a_list_with_a_number_may_have_remarks_alone(void **state)
{
	(void)state;
	run_all("access-list 7 remark to come\naccess-list 103 remark this one too");
	expect_running("access-list 7 remark to come\n!\naccess-list 103 remark this one too\n!\n");
}

/* These lines have no place for a number: other numbers than they load as make a block. */
static void test_a_rule_with_another_number_keeps_it(void **state)
{
	(void)state;
	run_all("access-list 101 permit ip any any\n"
		"ip access-list extended 101\n5 deny tcp any any\nexit\n"
		"ip access-list standard 7\nexit");
	expect_running(
		"ip access-list standard 7\n!\n"
		"ip access-list extended 101\n 5 deny   tcp any any\n 10 permit ip any any\n!\n");
}

static void test_names_are_told_by_case(void **state)
{
	(void)state;
	run_all("ip access-list extended VPN\npermit ip any any\nexit\n"
		"ip access-list extended vpn\npermit tcp any any\nexit\n"
		"no ip access-list extended VPN");
	expect_running("ip access-list extended vpn\n 10 permit tcp any any\n!\n");
}

static void test_no_takes_a_rule_a_remark_a_list(void **state)
{
	(void)state;
	run_all(numbered);
	run_all("no access-list 5 deny 10.2.0.0 0.0.255.255\nno access-list 1300\n"
		"no access-list 101 remark protected\nno access-list 2699\n"
		"ip access-list extended 101\nno 20\nexit");
	expect_running("access-list 5 permit 10.1.1.5\n!\n"
		       "access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n!\n");
	/* What is not there need not be. */
	run_all("no access-list 101 permit ip any any\nno access-list 102 permit ip any any\n"
		"no access-list 103");
	expect_running("access-list 5 permit 10.1.1.5\n!\n"
		       "access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n!\n");
}

static void test_the_same_rule_stays_where_it_is(void **state)
{
	(void)state;
	run_all("access-list 101 permit tcp any any range 80 90\naccess-list 101 permit ip any any\n"
		"access-list 101 permit tcp any any range 80 90\n"
		"access-list 101 permit tcp any any range 80 91\n"
		"access-list 101 permit tcp any any neq 80\naccess-list 101 permit tcp any any eq 80");
	expect_running("access-list 101 permit tcp any any range www 90\n"
		       "access-list 101 permit ip any any\n"
		       "access-list 101 permit tcp any any range www 91\n"
		       "access-list 101 permit tcp any any neq www\n"
		       "access-list 101 permit tcp any any eq www\n!\n");
}

static void test_what_has_no_effect_here_is_refused_by_name(void **state)
{
	static const char *const words[] = {"established", "fragments",	 "log",
					    "log-input",   "dscp ef",	 "precedence critical",
					    "tos 4",	   "ttl eq 255", "time-range NIGHT"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char line[128], want[64];

		snprintf(line, sizeof(line), "access-list 101 permit tcp any any %s", words[i]);
		snprintf(want, sizeof(want),
			 "%% %.*s is not supported: ", (int)strcspn(words[i], " "), words[i]);
		expect_refused(line, want);
	}
	expect_refused("access-list 5 permit any log", "% log is not supported: ");
	expect_running("");
	expect_refused("access-list 101 permit tcp any any foo", "");
}

static void test_resequence_numbers_anew_in_the_old_order(void **state)
{
	(void)state;
	run_all("ip access-list extended A\n5 permit tcp any any\n7 permit udp any any\n"
		"30 deny ip any any\nexit\nip access-list resequence A 30 5\n");
	expect_running("ip access-list extended A\n 30 permit tcp any any\n 35 permit udp any any\n"
		       " 40 deny   ip any any\n!\n");
	run_all("ip access-list standard B\n9 permit any\nexit\nip access-list resequence B 1 1");
	assert_int_equal(
		json_array_size(json_object_get(
			json_object_get(fake.config, "spindle-acl:access-lists"), "standard")),
		1);
	expect_refused("ip access-list resequence C 10 10", "There is no access list C");
	expect_refused("ip access-list resequence A 2147483647 2147483647",
		       "would exceed the maximum sequence number");
}

static void test_two_lists_of_one_name_are_warned_of(void **state)
{
	(void)state;
	run_all("ip access-list extended X\nexit");
	fake_clear_output(&fake);
	run_all("ip access-list standard X");
	assert_non_null(strstr(fake.out, "% Warning: there is an extended access list X too"));
}

/* ---- show access-lists ---------------------------------------------------------------------------------- */

static void put_matches(void)
{
	json_object_set_new(
		fake.state, "spindle-acl:access-list-state",
		json_pack("{s[{sssissss}{sssissss}{sssissss}{sssissss}]}", "rule", "list", "101",
			  "sequence", 10, "connection", "VPN 10", "matches", "10000", "list", "101",
			  "sequence", 10, "connection", "VPN 20", "matches", "31", "list", "5",
			  "sequence", 10, "connection", "", "matches", "1", "list", "101",
			  "sequence", 20, "connection", "VPN 10", "matches", "0"));
}

static const char shown_5[] = "Standard IP access list 5\n"
			      "    10 permit 10.1.1.5 (1 match)\n"
			      "    20 deny 10.2.0.0, wildcard bits 0.0.255.255\n";
static const char shown_101[] =
	"Extended IP access list 101\n"
	"    10 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255 (10031 matches)\n"
	"    20 deny ip any any\n";

static void test_lists_show_what_their_rules_matched(void **state)
{
	char all[1024];

	(void)state;
	run_all(numbered);
	run_all("no access-list 1300\nno access-list 2699\nend");
	put_matches();
	snprintf(all, sizeof(all), "%s%s", shown_5, shown_101);
	expect_show("show access-lists", all);
	expect_show("show ip access-lists", all);
	expect_show("show access-lists 101", shown_101);
	expect_show("show ip access-lists 5", shown_5);
	expect_show("show access-lists 9", "");
}

static void test_matches_are_json_too(void **state)
{
	(void)state;
	put_matches();
	run_all("end");
	fake_clear_output(&fake);
	run_all("show access-lists 5 | json");
	assert_non_null(strstr(fake.out, "\"matches\": \"1\""));
	assert_null(strstr(fake.out, "10000"));
}

static void test_counters_are_cleared_by_the_daemon(void **state)
{
	json_t *want = json_pack("[[s{}][s{ss}]]", "spindle-acl:clear-counters",
				 "spindle-acl:clear-counters", "list", "101");

	(void)state;
	run_all("end");
	json_array_clear(fake.actions);
	run_all("clear access-list counters\nclear access-list counters 101");
	if (!json_equal(fake.actions, want))
		fail_msg("%s", json_dumps(fake.actions, 0));
	json_decref(want);
}

#define FRESH(name) cmocka_unit_test_setup_teardown(name, setup, cli_fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FRESH(test_text_to_data_to_the_same_text),
		FRESH(test_a_list_with_a_number_is_lines),
		FRESH(test_a_rule_with_another_number_keeps_it),
		FRESH(test_names_are_told_by_case),
		FRESH(test_a_list_with_a_number_may_have_remarks_alone),
		FRESH(test_no_takes_a_rule_a_remark_a_list),
		FRESH(test_the_same_rule_stays_where_it_is),
		FRESH(test_what_has_no_effect_here_is_refused_by_name),
		FRESH(test_resequence_numbers_anew_in_the_old_order),
		FRESH(test_two_lists_of_one_name_are_warned_of),
		FRESH(test_lists_show_what_their_rules_matched),
		FRESH(test_matches_are_json_too),
		FRESH(test_counters_are_cleared_by_the_daemon),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
