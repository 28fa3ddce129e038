/* cli: a router's text as it lies in files, into a session. */
#include "cli_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/handlers.h"
#include "cli/load.h"

/* What was refused, a line each: "3:5 +2 Invalid input: the line". */
static char refusals[16384];
static struct load_report report;
static struct error err;

static void note_refusal(void *arg, const struct load_refusal *r)
{
	size_t n = strlen(refusals);

	(void)arg;
	snprintf(refusals + n, sizeof(refusals) - n, "%lu:%zu +%lu %s: %s\n", r->line, r->column,
		 r->below, r->reason, r->text);
}

static int load_with(const struct load_hooks *hooks, const char *text)
{
	struct load_source source = load_from_text(&text);

	refusals[0] = '\0';
	err = (struct error){0};
	return load_text(&session, &source, hooks, &report, &err);
}

static int load(const char *text)
{
	static const struct load_hooks hooks = {.refused = note_refusal};

	return load_with(&hooks, text);
}

static void expect_config(const char *want)
{
	char *have = json_dumps(fake.config, JSON_COMPACT | JSON_SORT_KEYS);

	for (char *c = have; *c; c++)
		*c = *c == '"' ? '\'' : *c;
	assert_string_equal(have, want);
	free(have);
}

#define NAME(name) "{'spindle-system:system':{'hostname':'" name "'}}"

static void test_a_dump_of_a_router_is_read_as_it_lies_in_a_file(void **state)
{
	(void)state;
	assert_int_equal(
		load("\xef\xbb\xbf"
		     "R1#show running-config\r\n"
		     "Load for five secs: 14%/0%; one minute: 13%\r\n"
		     "Building configuration...\r\n"
		     "\r\n"
		     "Current configuration : 2154 bytes\r\n"
		     "!\r\n"
		     "! Last configuration change at 12:00:00 UTC Fri Mar 1 2013 by admin\r\n"
		     "!\r\n"
		     "version 15.1\r\n"
		     "hostname  R1  \r\n"
		     "crypto map VPN 10 ipsec-isakmp \r\n"
		     " set peer 192.0.2.1 \t\r\n"
		     "!\r\n"
		     " match address 101\r\n"
		     "end\r\n"
		     "\r\n"
		     "R1#\r\n"),
		0);
	expect_config(
		"{'spindle-crypto:crypto':{'map':[{'match-address':'101','name':'VPN','peer':["
		"'192.0.2.1'],'sequence':10}]},'spindle-system:system':{'hostname':'R1'}}");
	assert_int_equal(report.lines, 17);
	assert_int_equal(report.commands, 5);
	assert_int_equal(report.refused, 0);
	assert_false(report.save);
	assert_string_equal(fake.out, "");
	assert_string_equal(fake.error, "");
}

static void test_what_people_type_around_a_configuration_is_no_part_of_it(void **state)
{
	(void)state;
	assert_int_equal(load("en\nconf t\nhostname A\ninterface eth0\ndescription x\nexit\nexit\n"
			      "conf t\nhostname B\nend\nwr\n"),
			 0);
	assert_true(report.save);
	assert_int_equal(fake.saves, 0);
	assert_string_equal(refusals, "");
	expect_config(
		"{'spindle-interface:interfaces':{'interface':[{'description':'x','name':'eth0'"
		"}]},'spindle-system:system':{'hostname':'B'}}");
	assert_int_equal(load("copy run start"), 0);
	assert_true(report.save);
	assert_int_equal(load("Using 10 out of 262136 bytes\n"), 0);
	assert_false(report.save);
}

static void test_each_line_that_is_wrong_is_named_with_its_place_and_reason(void **state)
{
	(void)state;
	assert_int_equal(load("hostname\ncrypto mapp VPN 10 ipsec-isakmp  \nhostname R1\n"
			      "crypto i\nusername bob password geheim\ndo show version\n"),
			 -EINVAL);
	assert_string_equal(refusals,
			    "1:0 +0 Incomplete command: hostname\n"
			    "2:11 +0 Invalid input: crypto mapp VPN 10 ipsec-isakmp  \n"
			    "4:0 +0 Ambiguous command: crypto i\n"
			    "5:0 +0 passwords that can be read back are not kept: use secret: "
			    "username bob password *****\n"
			    "6:1 +0 not a line of configuration: do show version\n");
	assert_int_equal(report.refused, 5);
	assert_int_equal(report.commands, 1);
	expect_config(NAME("R1"));
	assert_string_equal(fake.error, "");
}

static void test_what_the_daemon_refuses_has_its_sentence(void **state)
{
	(void)state;
	fake.refusal = "that can never be";
	assert_int_equal(load("hostname R1\n"), -EINVAL);
	assert_string_equal(refusals, "1:0 +0 that can never be: hostname R1\n");
}

static void test_lines_below_a_refused_one_are_counted_and_not_looked_at(void **state)
{
	(void)state;
	assert_int_equal(load("crypto map VPN 10 ipsec-isakmp\n set peer 192.0.2.1\n"
			      "crypto map VPN 99999999 ipsec-isakmp\n set peer 192.0.2.9\n"
			      "!\n  set pfs group14\n bogus\nhostname R1\n"),
			 -EINVAL);
	assert_string_equal(refusals,
			    "3:20 +3 Invalid input: crypto map VPN 99999999 ipsec-isakmp\n");
	assert_int_equal(report.refused, 4);
	expect_config(
		"{'spindle-crypto:crypto':{'map':[{'name':'VPN','peer':['192.0.2.1'],'sequence':"
		"10}]},'spindle-system:system':{'hostname':'R1'}}");
}

static void test_a_refused_banner_takes_its_text_with_it(void **state)
{
	(void)state;
	assert_int_equal(load("banner incoming ^C\nhostname EVIL\n!\n^C\nhostname R1\n"), -EINVAL);
	assert_string_equal(refusals, "1:8 +3 Invalid input: banner incoming ^C\n");
	expect_config(NAME("R1"));
}

/* Without indentation "description" after the empty line would be the interface's. */
static void test_a_block_whose_lines_are_indented_ends_where_a_line_is_not(void **state)
{
	(void)state;
	assert_int_equal(load("crypto ikev2 keyring K\n peer P\n  description a\n peer Q\n"
			      "description b\n"),
			 -EINVAL);
	assert_string_equal(refusals, "5:3 +0 Invalid input: description b\n");
	assert_int_equal(load("crypto ikev2 keyring K\npeer P\ndescription a\npeer Q\n"
			      "description b\nhostname R1\n"),
			 0);
}

static void test_banners_have_any_delimiter_and_any_number_of_lines(void **state)
{
	(void)state;
	assert_int_equal(load("banner motd ^C\nFirst line \n! not a comment\nend^C\n"
			      "banner login \x03Stop\x03\nbanner exec #x\n#\nhostname R1\n"),
			 0);
	expect_config(
		"{'spindle-line:lines':{'banner':{'exec':'x\\n','login':'Stop','motd':'\\nFirst "
		"line \\n! not a comment\\nend'}},'spindle-system:system':{'hostname':'R1'}}");
	assert_int_equal(load("banner motd ^C\nnever ends\nhostname R2\n"), -EINVAL);
	assert_string_equal(refusals, "1:0 +0 the text has no end: banner\n");
	assert_null(session.collect);
	assert_int_equal(load("hostname R3\n"), 0);
}

static void test_a_banner_that_is_too_long_is_refused_at_its_first_line(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 0);
	text_add(&t, "hostname A\nbanner motd #\n");
	for (int i = 0; i < 3000; i++)
		text_add(&t, "x\n");
	text_add(&t, "#\nhostname B\n");
	assert_int_equal(load(text_str(&t)), -EINVAL);
	assert_string_equal(refusals, "2:0 +0 a banner has 1 to 2000 characters: banner\n");
	text_free(&t);
}

/* CR LF, LF CR, CR alone, CR CR LF: nothing behind a CR is lost without a word. */
static void test_a_carriage_return_ends_a_line(void **state)
{
	static const char *const texts[] = {
		"hostname R1\r\nhostname R2\r\n", "hostname R1\n\rhostname R2\n\r",
		"hostname R1\rhostname R2\r",	  "hostname R1\r\r\nhostname R2",
		"\r\rhostname R1\rhostname R2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(load(texts[i]), 0);
		assert_int_equal(report.commands, 2);
		expect_config(NAME("R2"));
	}
	assert_int_equal(load("hostname R1\rfoo\r\nhostname R2\rfoo"), -EINVAL);
	assert_non_null(strstr(refusals, "2:1 "));
	assert_non_null(strstr(refusals, "4:1 "));
}

static void test_lines_that_are_no_text_are_refused(void **state)
{
	char line[6000];
	int fds[2] = {-1, -1};
	struct load_source source = load_from_fd(&fds[0]);
	static const struct load_hooks hooks = {.refused = note_refusal};

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(load(line), -EINVAL);
	assert_non_null(strstr(refusals, "1:0 +0 The line is too long: xxx"));
	assert_int_equal(load("hostname R\x80\n"), -EINVAL);
	assert_non_null(strstr(refusals, "1:11 "));
	assert_int_equal(load("\xff\xfeh"), -EILSEQ);
	assert_non_null(strstr(err.text, "UTF-16"));

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "hostname A\0B\nhostname C", 23), 23);
	close(fds[1]);
	refusals[0] = '\0';
	err = (struct error){0};
	assert_int_equal(load_text(&session, &source, &hooks, &report, &err), -EINVAL);
	assert_non_null(strstr(refusals, "1:11 +0 Invalid input"));
	assert_int_equal(report.lines, 2);
	close(fds[0]);
	assert_int_equal(load_text(&session, &source, &hooks, &report, &err), -EBADF);
	assert_string_equal(err.text, "line 1: Bad file descriptor");
}

static void test_the_first_refusal_ends_it_where_that_is_wanted(void **state)
{
	const struct load_hooks hooks = {.refused = note_refusal, .stop = true};

	(void)state;
	assert_int_equal(load_with(&hooks, "bogus\n deeper\nhostname R1\nbogus\n"), -EINVAL);
	assert_int_equal(report.commands, 0);
	assert_string_equal(refusals, "1:2 +0 Invalid input: bogus\n");
}

/* As `copy FILE running-config` typed behind `do`. */
static void test_the_session_stands_afterwards_where_it_stood(void **state)
{
	(void)state;
	cli_run_line(&session, "configure terminal");
	cli_run_line(&session, "crypto map VPN 10 ipsec-isakmp");
	fake_clear_output(&fake);
	assert_int_equal(load("interface eth0\n description x\nend\nhostname R1\nbogus\n"),
			 -EINVAL);
	assert_false(session.failed);
	assert_int_equal(session.level[session.depth].mode, CLI_MODE_CRYPTO_MAP);
	cli_run_line(&session, "description y");
	expect_config(
		"{'spindle-crypto:crypto':{'map':[{'description':'y','name':'VPN','sequence':10}"
		"]},'spindle-interface:interfaces':{'interface':[{'description':'x','name':"
		"'eth0'}]},'spindle-system:system':{'hostname':'R1'}}");
	cli_run_line(&session, "bogus");
	assert_non_null(strstr(fake.error, "Invalid input detected"));
	/* The daemon heard once that somebody configures. */
	assert_int_equal(json_array_size(fake.actions), 1);
}

static void test_nobody_without_the_privilege_loads_anything(void **state)
{
	(void)state;
	session.privilege = 14;
	assert_int_equal(load("hostname R1\n"), -EACCES);
	assert_int_equal(report.lines, 0);
	expect_config("{}");
}

static void test_a_daemon_that_is_gone_ends_it(void **state)
{
	(void)state;
	fake.refusal = "the daemon closed the connection";
	fake.refusal_code = -EPIPE;
	assert_int_equal(load("hostname R1\nhostname R2\nhostname R3\n"), -EPIPE);
	assert_int_equal(report.lines, 1);
	assert_string_equal(err.text, "line 1: the daemon closed the connection");
}

/* ---- an importer's hooks ---------------------------------------------------------------------------- */

static enum load_verdict judge(void *arg, const struct load_question *q)
{
	(void)arg;
	assert_true(q->indented);
	*q->top = q->line[0] == 'b';
	if (strstr(q->line, "version"))
		return LOAD_KNOWN_ALONE;
	if (strstr(q->line, "boot"))
		return LOAD_KNOWN;
	return strstr(q->line, "neighbor") ? LOAD_BELOW : LOAD_REFUSED;
}

static const char *before(void *arg, char *line, size_t size)
{
	(void)arg;
	if (strcmp(line, "interface Gi0/0") == 0)
		text_copy(line, size, "interface eth0");
	return strcmp(line, "interface Gi0/1") == 0 ? "no such name" : NULL;
}

static void test_an_importer_judges_lines_and_changes_names(void **state)
{
	const struct load_hooks hooks = {.refused = note_refusal, .judge = judge, .before = before};

	(void)state;
	assert_int_equal(load_with(&hooks, "interface Gi0/0\n description x\nboot-start\n boots\n"
					   "router bgp 1\nneighbor a\n deeper\nneighbor b\n"
					   "interface eth1\nbogus\ndescription y\n"
					   "interface eth2\ninterface Gi0/1\n a\nno version\n b\n"),
			 -EINVAL);
	assert_string_equal(refusals, "5:2 +3 Invalid input: router bgp 1\n"
				      "10:2 +0 Invalid input: bogus\n"
				      "11:3 +0 Invalid input: description y\n"
				      "13:0 +1 no such name: interface Gi0/1\n"
				      "16:0 +0 Incomplete command: b\n");
	assert_int_equal(report.known, 3);
	assert_int_equal(report.refused, 9);
	assert_int_equal(report.commands, 4);
}

/* ---- words and secrets ------------------------------------------------------------------------------ */

static void test_patterns_match_words(void **state)
{
	(void)state;
	assert_true(load_matches("conf t", "conf/igure t/erminal"));
	assert_true(load_matches("  CONFIGURE  terminal \r", "conf/igure t/erminal"));
	assert_false(load_matches("con t", "conf/igure t/erminal"));
	assert_false(load_matches("configured t", "conf/igure t/erminal"));
	assert_false(load_matches("conf", "conf/igure t/erminal"));
	assert_false(load_matches("conf t x", "conf/igure t/erminal"));
	assert_true(load_matches("version 15.1", "version **"));
	assert_false(load_matches("version", "version **"));
	assert_true(load_matches("version", "version **?"));
	assert_true(load_matches("line aux 0", "line aux *"));
	assert_false(load_matches("line aux 0 4", "line aux *"));
	assert_true(load_matches("", ""));
	assert_false(load_matches("", "*"));
}

static const char *masked(const char *line)
{
	static char out[256];
	struct text t;

	text_init(&t, 0);
	load_mask(line, &t);
	text_copy(out, sizeof(out), text_str(&t));
	text_free(&t);
	return out;
}

static void test_secrets_of_lines_that_nobody_knows_are_not_shown(void **state)
{
	static const char *const lines[] = {
		"crypto isakmp key S3cret address 192.0.2.1",
		" pre-shared-key address 192.0.2.1 key S3cret",
		"pre-sh local S3cret",
		"username bob priv 15 sec 0 S3cret",
		"ena secret 5 S3cret",
		"snmp-server community S3cret RO",
		" ip nhrp authentication S3cret",
		" key-string 7 S3cret",
		" neighbor 192.0.2.1 password 7 S3cret",
		" ip ospf message-digest-key 1 md5 S3cret",
		"tacacs-server key S3cret",
		"tacacs server X\tkey\tS3cret",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_null(strstr(masked(lines[i]), "S3cret"));
		assert_non_null(strstr(masked(lines[i]), "*****"));
	}
	assert_string_equal(masked("crypto isakmp keepalive 10"), "crypto isakmp keepalive 10");
	assert_string_equal(masked(" authentication pre-share"), " authentication pre-share");
	assert_string_equal(masked("set session-key inbound esp 256 cipher 00aa11"),
			    "set session-key *****");
	assert_string_equal(masked("set peer 192.0.2.1\r\n"), "set peer 192.0.2.1");
}

/* Every row that takes a secret, typed whole or short, in every order of the table. */
static void test_no_row_has_a_secret_behind_a_word_that_does_not_say_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < cli_row_count(); i++) {
		const char *at = strstr(cli_row(i)->syntax, ":secret>");
		char line[512];

		if (!at)
			continue;
		while (*at != '<')
			at--;
		snprintf(line, sizeof(line), "%.*s S3cret", (int)(at - cli_row(i)->syntax),
			 cli_row(i)->syntax);
		for (char *c = line; *c; c++)
			*c = strchr("[]{}|~", *c) ? ' ' : *c;
		if (strstr(masked(line), "S3cret"))
			fail_msg("%s", line);
	}
}

struct attempt {
	int rc;
};

static int load_without_memory(void *arg)
{
	struct attempt *a = arg;

	(void)a;
	cli_session_end(&session);
	fake_end(&fake);
	cli_fixture_setup(NULL);
	session.failed = false;
	return load("hostname R1\nbogus\ncrypto map VPN 10 ipsec-isakmp\n set peer 192.0.2.1\n") ==
				       -EINVAL &&
			       report.refused == 1
		       ? 0
		       : -ENOMEM;
}

static void test_every_allocation_may_fail(void **state)
{
	struct attempt a = {0};

	(void)state;
	assert_true(unit_fail_each_allocation(load_without_memory, &a) > 3);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, cli_fixture_setup, cli_fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(test_a_dump_of_a_router_is_read_as_it_lies_in_a_file),
		T(test_what_people_type_around_a_configuration_is_no_part_of_it),
		T(test_each_line_that_is_wrong_is_named_with_its_place_and_reason),
		T(test_what_the_daemon_refuses_has_its_sentence),
		T(test_lines_below_a_refused_one_are_counted_and_not_looked_at),
		T(test_a_refused_banner_takes_its_text_with_it),
		T(test_a_block_whose_lines_are_indented_ends_where_a_line_is_not),
		T(test_banners_have_any_delimiter_and_any_number_of_lines),
		T(test_a_banner_that_is_too_long_is_refused_at_its_first_line),
		T(test_a_carriage_return_ends_a_line),
		T(test_lines_that_are_no_text_are_refused),
		T(test_the_first_refusal_ends_it_where_that_is_wanted),
		T(test_the_session_stands_afterwards_where_it_stood),
		T(test_nobody_without_the_privilege_loads_anything),
		T(test_a_daemon_that_is_gone_ends_it),
		T(test_an_importer_judges_lines_and_changes_names),
		T(test_patterns_match_words),
		T(test_secrets_of_lines_that_nobody_knows_are_not_shown),
		T(test_no_row_has_a_secret_behind_a_word_that_does_not_say_so),
		T(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, cli_fixture_begin, cli_fixture_end);
}
