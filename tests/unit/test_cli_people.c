/* cli: users, enable, lines, banners, and what shows say of them. */
#include "cli_fixture.h"

#include <string.h>

#include "base/text.h"
#include "cli/handlers.h"
#include "cli/person.h"

static const char *typed; /* what the person types as passwords, parted by blanks */

static int type_secret(void *io, const char *prompt, char *out, size_t size)
{
	size_t len = typed ? strcspn(typed, " ") : 0;

	(void)io;
	assert_string_equal(prompt, "Password: ");
	if (!len)
		return -1;
	assert_true(len < size);
	memcpy(out, typed, len);
	out[len] = '\0';
	typed += len + (typed[len] == ' ');
	return (int)len;
}

static int begin(int privilege)
{
	cli_fixture_session(privilege);
	session.secret = type_secret;
	typed = NULL;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return begin(15);
}

static enum cli_result run(const char *line)
{
	return cli_run_line(&session, line);
}

static void expect_config(const char *json)
{
	json_t *want = json_loads(json, 0, NULL);
	char *have = json_dumps(fake.config, JSON_COMPACT);

	assert_non_null(want);
	if (!json_equal(want, fake.config))
		fail_msg("want %s\nhave %s", json, have);
	free(have);
	json_decref(want);
}

static void expect_prompt(const char *want)
{
	struct text t;

	text_init(&t, 0);
	cli_prompt(&session, &t);
	assert_string_equal(text_str(&t), want);
	text_free(&t);
}

/* ---- enable, disable ------------------------------------------------------------------------------- */

static void test_enable_asks_three_times(void **state)
{
	(void)state;
	cli_session_end(&session);
	fake_end(&fake);
	begin(1);
	fake.secret = "s3cret";
	expect_prompt("Spindle>");
	typed = "a b c s3cret";
	assert_int_equal(run("enable"), CLI_FAILED);
	assert_string_equal(fake.error, "% Bad secrets\n");
	assert_string_equal(typed, "s3cret");
	expect_prompt("Spindle>");
	typed = "a s3cret";
	assert_int_equal(run("enable"), CLI_OK);
	expect_prompt("Spindle#");
	assert_int_equal(session.privilege, 15);
	run("disable");
	expect_prompt("Spindle>");
	assert_int_equal(session.privilege, 1);
}

static void test_enable_without_anybody_to_ask_fails(void **state)
{
	(void)state;
	fake.secret = "s3cret";
	session.secret = NULL;
	assert_int_equal(run("enable 7"), CLI_FAILED);
	assert_string_equal(fake.error, "% Bad secrets\n");
}

static void test_a_level_between_has_the_privileged_prompt(void **state)
{
	(void)state;
	assert_int_equal(run("disable 5"), CLI_OK);
	expect_prompt("Spindle#");
	assert_int_equal(session.privilege, 5);
	run("show privilege");
	assert_string_equal(fake.out, "Current privilege level is 5\n");
	assert_int_equal(run("configure terminal"), CLI_FAILED);
}

/* ---- users ----------------------------------------------------------------------------------------- */

static void test_a_user_is_set_part_by_part(void **state)
{
	(void)state;
	run("configure terminal");
	run("username bob privilege 5");
	run("username bob secret hunter2");
	expect_config("{\"spindle-aaa:aaa\":{\"user\":[{\"name\":\"bob\",\"privilege\":5,"
		      "\"secret\":\"9 $y$68756e74657232\"}]}}");
	assert_string_equal(fake.command, "username bob secret *****");
	run("username bob secret 5 $1$salt$ez2vlPGdaLYkJam5pWs/Y1");
	assert_string_equal(fake.command, "username bob secret 5 *****");
	run("no username bob privilege 5");
	expect_config("{\"spindle-aaa:aaa\":{}}");
	assert_false(session.failed);
}

/* A router's own hashes: nobody could log in by them. */
static void test_a_hash_that_nothing_here_can_check_is_refused_at_its_line(void **state)
{
	static const char *const lines[] = {"username bob privilege 5 secret 9 $9$salt$hash",
					    "username bob secret 9 $8$salt$hash",
					    "enable secret 9 $9$salt$hash"};

	(void)state;
	run("configure terminal");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(run(lines[i]), CLI_FAILED);
		assert_non_null(strstr(fake.error, "set the password anew"));
		assert_null(strstr(fake.error, "hash$"));
	}
	expect_config("{}");
	assert_int_equal(run("username bob secret 0 $9$clear"), CLI_OK);
}

static void test_enable_secret_is_of_level_15_unless_it_says_so(void **state)
{
	(void)state;
	run("configure terminal");
	run("enable secret a\"b");
	run("enable secret level 3 0 x");
	assert_string_equal(fake.command, "enable secret level 3 0 *****");
	expect_config("{\"spindle-aaa:aaa\":{\"enable\":[{\"level\":15,\"secret\":\"9 $y$612262\"},"
		      "{\"level\":3,\"secret\":\"9 $y$78\"}]}}");
	run("no enable secret");
	run("no enable secret level 3");
	expect_config("{\"spindle-aaa:aaa\":{}}");
}

static void test_what_cannot_be_kept_is_refused_with_a_sentence(void **state)
{
	static const char *const lines[] = {
		"username bob password 0 x",
		"username bob privilege 15 password x",
		"enable password x",
		"aaa authentication login default group radius local",
		"aaa authorization exec default group tacacs+",
		"aaa accounting exec default start-stop group tacacs+",
		"radius-server host 192.0.2.1",
		"tacacs server T",
	};

	(void)state;
	run("configure terminal");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		fake_clear_output(&fake);
		assert_int_equal(run(lines[i]), CLI_FAILED);
		assert_non_null(strstr(fake.error, i < 3 ? "use secret" : "not supported"));
	}
	fake_clear_output(&fake);
	run("line vty 0 4");
	assert_int_equal(run("password x"), CLI_FAILED);
	assert_int_equal(run("login"), CLI_FAILED);
	assert_non_null(strstr(fake.error, "login local"));
	expect_prompt("Spindle(config-line)#");
	assert_int_equal(fake.edits, 1);
}

/* ---- lines ----------------------------------------------------------------------------------------- */

static void test_a_line_is_a_range_or_one(void **state)
{
	(void)state;
	run("configure terminal");
	run("line con 0");
	run("no exec-timeout");
	run("line vty 0 4");
	run("exec-timeout 5");
	run("transport input ssh telnet");
	run("access-class 101 in");
	expect_config("{\"spindle-line:lines\":{\"line\":[{\"kind\":\"con\",\"first\":0,\"last\":0,"
		      "\"exec-timeout-minutes\":0,\"exec-timeout-seconds\":0},"
		      "{\"kind\":\"vty\",\"first\":0,\"last\":4,\"exec-timeout-minutes\":5,"
		      "\"exec-timeout-seconds\":0,\"transport-input\":[\"ssh\",\"telnet\"],"
		      "\"access-class\":\"101\"}]}}");
	run("default exec-timeout");
	run("no access-class");
	run("no transport input");
	run("no line con 0");
	expect_config(
		"{\"spindle-line:lines\":{\"line\":[{\"kind\":\"vty\",\"first\":0,\"last\":4}]}}");
	assert_false(session.failed);
}

static void test_configuration_mode_is_told_to_the_daemon(void **state)
{
	const json_t *last;

	(void)state;
	run("configure terminal");
	run("archive");
	run("log config");
	expect_prompt("Spindle(config-archive-log-cfg)#");
	run("  logging enable");
	assert_string_equal(fake.command, "logging enable");
	assert_int_equal(json_array_size(fake.actions), 1);
	run("end");
	assert_int_equal(json_array_size(fake.actions), 2);
	last = json_array_get(json_array_get(fake.actions, 1), 1);
	assert_true(json_is_false(json_object_get(last, "on")));
	expect_config("{\"spindle-archive:archive\":{\"log-config\":{\"enabled\":true}}}");
}

/* ---- banners --------------------------------------------------------------------------------------- */

static void test_a_banner_goes_on_to_its_delimiter(void **state)
{
	static const char *const lines[] = {"banner motd ^C", "!first", "end", "  configure ?",
					    "last^C"};

	(void)state;
	run("configure terminal");
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(run(lines[i]), CLI_OK);
	expect_prompt("Spindle(config)#");
	run("banner exec #hi there#");
	run("banner login %a");
	expect_prompt("");
	run("b% surplus");
	expect_config("{\"spindle-line:lines\":{\"banner\":{"
		      "\"motd\":\"\\n!first\\nend\\n  configure ?\\nlast\",\"exec\":\"hi there\","
		      "\"login\":\"a\\nb\"}}}");
	run("no banner motd");
	assert_int_equal(run("banner motd ##"), CLI_FAILED);
}

static void test_a_banner_without_end_is_bounded(void **state)
{
	(void)state;
	run("configure terminal");
	run("banner motd #");
	for (int i = 0; i < 1000; i++)
		run("a line of text that is longer than nothing");
	assert_int_equal(run("#"), CLI_FAILED);
	assert_int_equal(fake.edits, 0);
	expect_prompt("Spindle(config)#");
	run("banner motd #never ends");
	/* The session ends in the middle: teardown. */
}

/* ---- shows ----------------------------------------------------------------------------------------- */

static void put_state(const char *json)
{
	json_decref(fake.state);
	fake.state = json_loads(json, 0, NULL);
	assert_non_null(fake.state);
}

static void test_show_users(void **state)
{
	(void)state;
	session.number = 7;
	put_state(
		"{\"spindle-line:line-state\":{\"session\":["
		"{\"id\":3,\"line\":\"con 0\",\"number\":0,\"user\":\"admin\",\"terminal\":\"local\","
		"\"privilege\":15,\"idle\":\"3725\"},"
		"{\"id\":7,\"line\":\"vty 0\",\"number\":2,\"user\":\"arm\",\"terminal\":\"ssh\","
		"\"from\":\"1.2.3.4\",\"privilege\":15,\"idle\":\"0\"},"
		"{\"id\":8,\"user\":\"root\",\"terminal\":\"none\",\"privilege\":15,\"idle\":\"1\"}]}}");
	run("show users");
	assert_string_equal(
		fake.out, "    Line       User       Host(s)              Idle       Location\n"
			  "   0 con 0      admin      idle                 01:02:05   \n"
			  "*  2 vty 0      arm        idle                 00:00:00   1.2.3.4\n"
			  "\n"
			  "  Interface    User               Mode         Idle     Peer Address\n");
}

static void test_show_archive_log_config(void **state)
{
	(void)state;
	put_state(
		"{\"spindle-archive:archive-state\":{\"command\":[{\"index\":\"97\",\"session\":1,"
		"\"user\":\"vty0\",\"line\":\"vty 0\",\"command\":\"logging enable\"}]}}");
	run("show archive log config all");
	assert_string_equal(fake.out, " idx   sess           user@line      Logged command\n"
				      "   97     1           vty0@vty0     |logging enable\n");
}

static void test_show_login_and_lockouts(void **state)
{
	(void)state;
	put_state("{\"spindle-aaa:aaa-state\":{\"quiet\":true,\"quiet-left\":\"42\","
		  "\"window-failures\":1,\"failures\":\"4\",\"successes\":\"0\",\"lockout\":["
		  "{\"user\":\"bob\",\"failures\":3,\"since\":\"2026-11-24T04:28:49Z\"}]}}");
	run("show login");
	assert_non_null(strstr(fake.out, "A login delay of 1 seconds is applied.\n"));
	assert_non_null(strstr(fake.out, "Will remain in Quiet-Mode for 42 seconds.\n"));
	assert_non_null(strstr(fake.out, "Total login failures: 4.\n"));
	fake_clear_output(&fake);
	run("show aaa local user lockout");
	assert_non_null(strstr(fake.out, "          Local-user               Lock time\n"));
	assert_non_null(strstr(fake.out, "          bob "));
	fake_clear_output(&fake);
	run("show users | json");
	assert_non_null(strstr(fake.out, "\"/spindle-line:line-state/session\": []"));
}

/* ---- clear ----------------------------------------------------------------------------------------- */

static void expect_action(size_t index, const char *path, const char *leaf, const json_t *value)
{
	const json_t *action = json_array_get(fake.actions, index);

	assert_string_equal(json_string_value(json_array_get(action, 0)), path);
	assert_true(json_equal((json_t *)(uintptr_t)value,
			       json_object_get(json_array_get(action, 1), leaf)));
	json_decref((json_t *)(uintptr_t)value);
}

static void test_clear_line_counts_lines_as_routers_do(void **state)
{
	(void)state;
	run("clear line vty 3");
	run("clear line console 0");
	run("clear line 4");
	run("clear aaa local user lockout username bob");
	expect_action(0, "spindle-line:clear-line", "number", json_integer(5));
	expect_action(1, "spindle-line:clear-line", "number", json_integer(0));
	expect_action(2, "spindle-line:clear-line", "number", json_integer(4));
	expect_action(3, "spindle-aaa:clear-lockout", "username", json_string("bob"));
}

/* ---- the greeting ---------------------------------------------------------------------------------- */

static void test_the_program_tells_where_its_person_sits(void **state)
{
	static const struct {
		const char *tty, *connection, *want;
	} all[] = {
		{NULL, NULL, "{}"},
		{"/dev/pts/3", NULL, "{\"terminal\":\"local\",\"tty\":\"pts/3\"}"},
		{"", NULL,
		 "{\"terminal\":\"local\"}"}, /* in another mount namespace it has no name */
		{"/dev/pts/3", "192.0.2.1 4000 192.0.2.2 22",
		 "{\"terminal\":\"ssh\",\"from\":\"192.0.2.1\",\"tty\":\"pts/3\"}"},
		{NULL, "fe80::1%eth0 4000 fe80::2%eth0 22",
		 "{\"terminal\":\"ssh\",\"from\":\"fe80::1\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		json_t *o = person_hello(all[i].tty, all[i].connection);
		char *have = json_dumps(o, JSON_COMPACT);

		assert_string_equal(have, all[i].want);
		free(have);
		json_decref(o);
	}
}

static void test_moved_commands_are_offered_where_they_may_be_used(void **state)
{
	json_t *greeting =
		json_loads("{\"commands\":[{\"command\":\"clear crypto session\",\"level\":1},"
			   "{\"command\":\"show\",\"level\":9},"
			   "{\"command\":\"show users\",\"level\":0}]}",
			   0, NULL);
	struct cli_row *rows = person_rows(greeting);
	unsigned int seen = 0;

	(void)state;
	for (size_t i = 0; i < cli_row_count(); i++) {
		const struct cli_row *r = &rows[i];

		if (!strncmp(r->syntax, "clear crypto session", 20)) {
			assert_int_equal(r->privilege, 1);
			assert_int_equal(r->mode, CLI_MODE_EXECS);
			seen++;
		} else if (!strcmp(r->syntax, "show users")) {
			assert_int_equal(r->privilege, 0);
			seen++;
		} else if (!strcmp(r->syntax, "show version")) {
			assert_int_equal(r->privilege, 9);
			seen++;
		} else if (!strcmp(r->syntax, "clear logging")) {
			assert_int_equal(r->privilege, 15);
			seen++;
		}
	}
	assert_int_equal(seen, 4);
	alloc_free(rows);
	json_decref(greeting);
}

static void test_the_greeting_tells_of_the_line(void **state)
{
	json_t *greeting =
		json_loads("{\"terminal\":{\"line\":\"vty 0\",\"number\":2,\"exec-timeout\":30,"
			   "\"history-size\":5,\"logging-synchronous\":true,\"length\":0,"
			   "\"banner-motd\":\"x\"}}",
			   0, NULL);
	struct person_line l;

	(void)state;
	assert_true(person_line(greeting, &l));
	assert_int_equal(l.exec_timeout_s, 30);
	assert_true(l.has_length && !l.has_width && l.synchronous);
	assert_int_equal(l.length, 0);
	assert_int_equal(l.history, 5);
	assert_string_equal(l.motd, "x");
	assert_null(l.exec);
	json_decref(greeting);
	assert_false(person_line(NULL, &l));
	assert_int_equal(l.exec_timeout_s, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, cli_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_enable_asks_three_times),
		TEST(test_enable_without_anybody_to_ask_fails),
		TEST(test_a_level_between_has_the_privileged_prompt),
		TEST(test_a_user_is_set_part_by_part),
		TEST(test_a_hash_that_nothing_here_can_check_is_refused_at_its_line),
		TEST(test_enable_secret_is_of_level_15_unless_it_says_so),
		TEST(test_what_cannot_be_kept_is_refused_with_a_sentence),
		TEST(test_a_line_is_a_range_or_one),
		TEST(test_configuration_mode_is_told_to_the_daemon),
		TEST(test_a_banner_goes_on_to_its_delimiter),
		TEST(test_a_banner_without_end_is_bounded),
		TEST(test_show_users),
		TEST(test_show_archive_log_config),
		TEST(test_show_login_and_lockouts),
		TEST(test_clear_line_counts_lines_as_routers_do),
		TEST(test_the_program_tells_where_its_person_sits),
		TEST(test_moved_commands_are_offered_where_they_may_be_used),
		TEST(test_the_greeting_tells_of_the_line),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
