/* cli: saving, copying, replacing, undoing, the archive, the candidate; the questions they ask. */
#include "cli_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/handlers.h"
#include "cli/stored.h"

static char folder[] = "/tmp/test_cli_stored.XXXXXX";

/* The person: answers in their order, parted by '|'; what was asked. */
static const char *answers;
static char asked[512];

static int setup_group(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	grammar = grammar_new(NULL, 0, NULL);
	return grammar && mkdtemp(folder) && !chdir(folder) ? 0 : -1;
}

static int teardown_group(void **state)
{
	(void)state;
	grammar_free(grammar);
	return rmdir(folder);
}

static int ask(void *ctx, const char *prompt, bool one_key, char *out, size_t size)
{
	size_t len = strcspn(answers, "|");

	(void)ctx;
	text_copy(asked, sizeof(asked), prompt);
	assert_true(len < size);
	if (one_key)
		assert_true(len <= 1);
	if (*answers == '^')
		return -1;
	memcpy(out, answers, len);
	out[len] = '\0';
	answers += len + (answers[len] == '|');
	return (int)len;
}

static const struct cli_terminal_ops ops = {.ask = ask};

static json_t *json(const char *text)
{
	char *copy = strdup(text);
	json_t *value;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	value = json_loads(copy, 0, NULL);
	assert_non_null(value);
	free(copy);
	return value;
}

static int setup(void **state)
{
	(void)state;
	cli_fixture_session(15);
	json_object_update_new(fake.config, json("{'spindle-system:system':{'hostname':'R1'}}"));
	cli_read_hostname(&session);
	asked[0] = '\0';
	return 0;
}

/* Somebody sits there and answers so. */
static void sit(const char *with)
{
	session.terminal.ops = &ops;
	answers = with;
}

static void run(const char *line)
{
	fake_clear_output(&fake);
	if (cli_run_line(&session, line) != CLI_OK)
		fail_msg("%s: %s", line, fake.error);
}

static void refuse(const char *line, const char *words)
{
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, line), CLI_FAILED);
	if (!strstr(fake.error, words))
		fail_msg("%s: \"%s\" is not in \"%s\"", line, words, fake.error);
}

static void expect_out(const char *text)
{
	assert_string_equal(fake.out, text);
}

static void expect_config(const char *text)
{
	json_t *want = json(text);

	if (!json_equal(want, fake.config))
		fail_msg("%s is not %s", json_dumps(fake.config, JSON_COMPACT), text);
	json_decref(want);
}

static void expect_orders(const char *text)
{
	json_t *want = json(text);

	if (!json_equal(want, fake.orders))
		fail_msg("%s is not %s", json_dumps(fake.orders, JSON_COMPACT), text);
	json_decref(want);
}

static void file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void expect_file(const char *name, const char *text)
{
	char buf[4096] = "";
	int fd = open(name, O_RDONLY);

	assert_true(read(fd, buf, sizeof(buf) - 1) >= 0);
	close(fd);
	assert_string_equal(buf, text);
	unlink(name);
}

#define SAVED "Building configuration...\n[OK]\n"

/* ---- saving ---------------------------------------------------------------------------------------- */

static void test_each_way_of_saving_saves(void **state)
{
	(void)state;
	run("write");
	run("write memory");
	run("wr");
	expect_out(SAVED);
	run("copy running-config startup-config");
	run("copy run start");
	run("copy system:running-config nvram:startup-config");
	expect_out(SAVED);
	assert_int_equal(fake.saves, 6);
	fake.refusal = "No space left on device";
	refuse("write", "% No space left on device");
}

static void test_copy_asks_for_the_name_at_a_terminal(void **state)
{
	(void)state;
	sit("|startup-config|other");
	run("copy run start");
	assert_string_equal(asked, "Destination filename [startup-config]? ");
	run("copy run start");
	assert_int_equal(fake.saves, 2);
	refuse("copy run start", "the name is startup-config");
	sit("^");
	fake_clear_output(&fake);
	assert_int_equal(cli_run_line(&session, "copy run start"), CLI_FAILED);
	assert_int_equal(fake.saves, 2);
}

static void test_erase_is_confirmed_at_a_terminal(void **state)
{
	(void)state;
	sit("n|y||x");
	run("erase startup-config");
	assert_string_equal(asked, "Erasing the nvram filesystem will remove all configuration "
				   "files! Continue? [confirm]");
	expect_out("");
	expect_orders("[]");
	run("write erase");
	expect_out("[OK]\nErase of nvram: complete\n");
	run("write erase");
	run("write erase");
	expect_orders("[['delete-config',{'target':'startup'}],"
		      "['delete-config',{'target':'startup'}]]");
	session.terminal.ops = NULL; /* a pipe is not asked */
	run("erase startup-config");
	assert_int_equal(json_array_size(fake.orders), 3);
}

static void test_write_terminal_shows_running(void **state)
{
	(void)state;
	run("write terminal");
	assert_non_null(strstr(fake.out, "\nhostname R1\n"));
}

static void test_show_startup_config(void **state)
{
	(void)state;
	run("show startup-config");
	expect_out("startup-config is not present\n");
	fake.startup = json("{'spindle-system:system':{'hostname':'R7'}}");
	run("show startup-config");
	expect_out("Using 18 out of 67108864 bytes\n!\nhostname R7\n!\nend\n");
	run("show startup-config | json");
	assert_non_null(strstr(fake.out, "\"hostname\": \"R7\""));
}

/* What compares startup with running sees only what differs. */
static void test_startup_has_the_version_as_running_has_it(void **state)
{
	(void)state;
	json_object_set_new(fake.state, "spindle-system:system-state",
			    json("{'version':'1.2','last-change':'2026-11-25T01:02:03Z',"
				 "'last-change-user':'bob'}"));
	fake.startup = json("{'spindle-system:system':{'hostname':'R1'}}");
	run("show running-config");
	assert_non_null(strstr(fake.out, "\nversion 1.2\n!\nhostname R1\n"));
	assert_non_null(strstr(fake.out, " by bob\n!\nversion 1.2\n"));
	run("show startup-config");
	assert_non_null(strstr(fake.out, "!\nversion 1.2\n!\nhostname R1\n"));
	assert_null(strstr(fake.out, "by bob"));
}

/* ---- copying --------------------------------------------------------------------------------------- */

static void test_a_file_is_written_and_read_back(void **state)
{
	(void)state;
	run("copy running-config ./r1");
	expect_out("18 bytes copied\n");
	file("r2",
	     "\xef\xbb\xbfhostname R2\r\ncrypto map M 10 ipsec-isakmp\r\n description x\r\nend\r\n");
	run("copy ./r2 running-config");
	expect_out("[OK]\n");
	expect_config("{'spindle-system:system':{'hostname':'R2'},'spindle-crypto:crypto':{'map':"
		      "[{'name':'M','sequence':10,'description':'x'}]}}");
	assert_int_equal(fake.commits, 1);
	expect_file("r1", "hostname R1\n!\nend\n");
	unlink("r2");
}

static void test_a_file_with_a_wrong_line_changes_nothing(void **state)
{
	(void)state;
	file("bad", "hostname R2\nno such command at all\nhostname R3\n");
	refuse("copy ./bad running-config", "line 2: ");
	expect_config("{'spindle-system:system':{'hostname':'R1'}}");
	assert_null(fake.candidate);
	refuse("configure replace ./bad force", "line 2: ");
	expect_config("{'spindle-system:system':{'hostname':'R1'}}");
	unlink("bad");
}

static void test_links_folders_and_what_is_not_there_are_no_files(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc/passwd", "link"), 0);
	assert_int_equal(mkdir("folder", 0700), 0);
	refuse("copy ./link running-config", "Error opening ./link (is a symbolic link)");
	refuse("copy running-config ./link", "Error opening ./link (is a symbolic link)");
	refuse("copy ./folder running-config", "Error opening ./folder (not a regular file)");
	refuse("copy ./none running-config", "Error opening ./none (No such file or directory)");
	refuse("copy running-config /dev/null", "not a regular file");
	refuse("copy running-config ./none/x", "Error opening ./none/x");
	unlink("link");
	rmdir("folder");
}

static void test_copies_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	refuse("copy running-config running-config", "not copied to itself");
	refuse("copy startup-config startup-config", "only running-config is copied");
	refuse("copy running-config archive:7", "archive config");
	refuse("copy archive:x running-config", "archive:NUMBER");
	refuse("copy running-config flash:r1", "Error opening flash:r1 (files here are");
	refuse("copy running-config nvram:r1", "Error opening nvram:r1 (files here are");
	refuse("copy tftp://10.0.0.1/r1 running-config", "Error opening tftp://10.0.0.1/r1 (files");
	refuse("show running-config | redirect flash:r1", "Error opening flash:r1 (files here are");
	refuse("copy archive:0 running-config", "archive:NUMBER");
}

static void test_stored_configurations_are_merged_by_the_daemon(void **state)
{
	(void)state;
	run("copy startup-config running-config");
	run("copy archive:7 running-config");
	run("configure memory");
	expect_orders("[['copy-config',{'source':'startup','target':'running'}],"
		      "['copy-config',{'source':'archive','target':'running','index':7}],"
		      "['copy-config',{'source':'startup','target':'running'}]]");
}

/* ---- replacing ------------------------------------------------------------------------------------- */

static void test_replace_asks_lists_and_reports(void **state)
{
	(void)state;
	fake.startup = json("{'spindle-system:system':{'hostname':'R7'}}");
	sit("n||Y");
	run("configure replace startup-config");
	expect_out("This will apply all necessary additions and deletions\n"
		   "to replace the current running configuration with the\n"
		   "contents of the specified configuration file, which is\n"
		   "assumed to be a complete configuration, not a partial\n");
	assert_string_equal(asked, "configuration. Enter Y if you are sure you want to proceed. "
				   "? [no]: ");
	run("configure replace startup-config");
	expect_config("{'spindle-system:system':{'hostname':'R1'}}");
	run("configure replace startup-config list");
	assert_non_null(strstr(fake.out, "partial\n!Pass 1\n!List of Commands:\nhostname R7\n"
					 "no hostname R1\nend\n\n"
					 "Entries: 3 created, 2 changed, 1 deleted\n"
					 "Total number of passes: 1\nRollback Done\n"));
	expect_config("{'spindle-system:system':{'hostname':'R7'}}");
}

static void test_replace_by_the_archive_and_by_a_file(void **state)
{
	(void)state;
	fake.archive = json("{'spindle-system:system':{'hostname':'A'}}");
	run("configure replace archive:3 force");
	expect_config("{'spindle-system:system':{'hostname':'A'}}");
	run("configure replace archive:cfg-Sep-27-15-04-18.414-PDT-3 force");
	file("f", "crypto map M 10 ipsec-isakmp\nend\n");
	run("configure replace ./f force time 5");
	expect_config("{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':10}]}}");
	refuse("configure replace running-config force", "not replaced by itself");
	unlink("f");
}

static void test_a_refused_replace_says_what_was_tried(void **state)
{
	(void)state;
	fake.startup = json("{'spindle-system:system':{'hostname':'R7'}}");
	fake.commit_refusal = "that can never be";
	refuse("configure replace startup-config force", "% that can never be");
	expect_out("The rollback configlet from the last pass is listed below:\n********\n"
		   "!List of Rollback Commands:\nhostname R7\nno hostname R1\nend\n********\n\n\n"
		   "Rollback aborted after 1 passes\n");
	assert_null(fake.candidate);
}

static void test_confirm_and_revert_are_orders(void **state)
{
	(void)state;
	run("configure confirm");
	run("configure revert now");
	run("configure revert timer 7");
	run("configure terminal revert timer 9");
	assert_int_equal(session.depth, 1);
	run("end");
	expect_orders("[['confirm',{}],['revert',{}],['revert',{'minutes':7}],"
		      "['guard',{'minutes':9}]]");
	fake.refusal = "no change waits to be confirmed";
	refuse("configure confirm", "no change waits");
	refuse("configure terminal revert timer 9", "no change waits");
	assert_int_equal(session.depth, 0);
}

static void test_configure_alone_asks_from_where(void **state)
{
	(void)state;
	run("configure");
	assert_int_equal(session.depth, 1);
	run("end");
	sit("|mem|network|moon|^");
	run("configure");
	assert_string_equal(asked, "Configuring from terminal, memory, or network [terminal]? ");
	assert_int_equal(session.depth, 1);
	run("end");
	run("configure");
	expect_orders("[['copy-config',{'source':'startup','target':'running'}]]");
	refuse("configure", "nothing is read from the network");
	refuse("configure", "Unknown source moon");
	run("configure");
	assert_int_equal(session.depth, 0);
}

/* ---- the archive ----------------------------------------------------------------------------------- */

static void test_show_archive_lists_and_says_what_waits(void **state)
{
	(void)state;
	json_object_update_new(
		fake.state,
		json("{'spindle-archive:archive-state':{'next':9,'unconfirmed':{'user':'bob',"
		     "'remaining':60},'snapshot':[{'number':7,'time':'2026-09-27T15:04:18.414+00:00',"
		     "'reason':'asked'},{'number':8,'time':'2026-09-28T01:02:03.004+00:00','reason':"
		     "'replace'}]}}"));
	json_object_update_new(fake.config, json("{'spindle-archive:archive':{'maximum':3}}"));
	run("show archive");
	expect_out("The maximum archive configurations allowed is 3.\n"
		   "There are currently 2 archive configurations saved.\n"
		   "The next archive file will be named archive:cfg-<timestamp>-9\n"
		   " Archive #  Name\n"
		   "   1        archive:cfg-Sep-27-15-04-18.414-UTC-7\n"
		   "   2        archive:cfg-Sep-28-01-02-03.004-UTC-8 <- Most Recent\n"
		   "   3        \n"
		   "Rollback in 60 seconds unless confirmed, configured by bob\n");
	run("show archive | json");
	assert_non_null(strstr(fake.out, "\"reason\": \"replace\""));
	run("archive config");
	assert_int_equal(json_array_size(fake.actions), 1);
}

static void test_archive_mode_sets_and_refuses_a_path(void **state)
{
	(void)state;
	run("configure terminal");
	run("archive");
	run("maximum 4");
	run("time-period 60");
	run("write-memory");
	expect_config("{'spindle-system:system':{'hostname':'R1'},'spindle-archive:archive':{"
		      "'maximum':4,'time-period':60,'write-memory':true}}");
	refuse("path flash:cfg", "snapshots lie in the state folder");
	run("end");
	run("show running-config");
	assert_non_null(strstr(fake.out, "archive\n maximum 4\n time-period 60\n write-memory\n"));
}

static void test_show_archive_config_differences(void **state)
{
	(void)state;
	fake.startup = json("{'spindle-system:system':{'hostname':'R7'}}");
	fake.archive = json("{'spindle-system:system':{'hostname':'R1'}}");
	run("show archive config differences");
	expect_out("!Contextual Config Diffs:\n+hostname R1\n-hostname R7\n");
	run("show archive config differences archive:1");
	expect_out("!Contextual Config Diffs:\n!No changes were found\n");
	run("show archive config differences system:running-config nvram:startup-config");
	expect_out("!Contextual Config Diffs:\n+hostname R7\n-hostname R1\n");
	file("f", "hostname R1\nhostname R9\n");
	run("show archive config incremental-diffs ./f");
	expect_out("!List of Commands:\nhostname R9\n");
	unlink("f");
	refuse("show archive config differences ./f", "Error opening ./f");
}

/* ---- the candidate --------------------------------------------------------------------------------- */

static void test_a_candidate_is_edited_compared_committed(void **state)
{
	struct text prompt;

	(void)state;
	run("configure candidate");
	text_init(&prompt, 0);
	cli_prompt(&session, &prompt);
	assert_string_equal(text_str(&prompt), "R1(candidate)#");
	text_free(&prompt);
	run("crypto map M 10 ipsec-isakmp");
	run("description x");
	expect_config("{'spindle-system:system':{'hostname':'R1'}}");
	run("do show candidate differences");
	expect_out("!Contextual Config Diffs:\n+crypto map M 10 ipsec-isakmp\n+ description x\n");
	run("commit");
	expect_out("Entries: 3 created, 2 changed, 1 deleted\n");
	expect_config("{'spindle-system:system':{'hostname':'R1'},'spindle-crypto:crypto':{'map':"
		      "[{'name':'M','sequence':10,'description':'x'}]}}");
	run("end");
	expect_out("");
	assert_null(fake.candidate);
	assert_false(fake.to_candidate);
}

static void test_a_candidate_is_kept_when_it_is_left_and_discarded(void **state)
{
	(void)state;
	run("configure candidate");
	run("hostname R2");
	run("end");
	expect_out("The candidate configuration is kept: \"configure candidate\" goes on with "
		   "it.\n");
	assert_false(fake.to_candidate);
	refuse("configure replace startup-config force", "commit or discard it first");
	run("configure candidate");
	assert_non_null(strstr(fake.out, "Going on with the candidate configuration.\n"));
	run("discard");
	run("do show candidate differences");
	expect_out("!Contextual Config Diffs:\n!No changes were found\n");
	run("commit confirmed 5");
	assert_non_null(strstr(fake.out, "Undone in 5 minutes unless confirmed"));
	run("exit");
	run("configure terminal");
	refuse("commit", "there is no candidate configuration");
	refuse("discard", "there is no candidate configuration");
	refuse("do show candidate differences", "there is no candidate configuration");
}

static void test_a_refused_commit_leaves_the_candidate(void **state)
{
	(void)state;
	run("configure candidate");
	run("hostname R2");
	fake.commit_refusal = "that can never be";
	refuse("commit", "% that can never be");
	assert_non_null(fake.candidate);
	fake.commit_refusal = NULL;
	run("commit");
	expect_config("{'spindle-system:system':{'hostname':'R2'}}");
}

static void test_hidden_files_are_not_written_behind_a_forced_command(void **state)
{
	static const char *const hidden[] = {".bashrc", "./.bashrc", "../.x", "/home/a/.config/x",
					     "a//.b",	"...",	     ".../x", "/.x/"};
	static const char *const plain[] = {"x",  "./x", "../x", "a.b", "/a/./b/../c..",
					    "a/", "",	 "."};
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		session.forced = true;
		assert_int_equal(stored_may_write(&session, hidden[i], &err), -EACCES);
		assert_non_null(strstr(err.text, hidden[i]));
		session.forced = false;
		assert_int_equal(stored_may_write(&session, hidden[i], &err), 0);
		err = (struct error){0};
	}
	session.forced = true;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		assert_int_equal(stored_may_write(&session, plain[i], &err), 0);
	session.forced = false;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, cli_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_each_way_of_saving_saves),
		TEST(test_copy_asks_for_the_name_at_a_terminal),
		TEST(test_erase_is_confirmed_at_a_terminal),
		TEST(test_write_terminal_shows_running),
		TEST(test_show_startup_config),
		TEST(test_startup_has_the_version_as_running_has_it),
		TEST(test_a_file_is_written_and_read_back),
		TEST(test_a_file_with_a_wrong_line_changes_nothing),
		TEST(test_links_folders_and_what_is_not_there_are_no_files),
		TEST(test_copies_that_make_no_sense_are_refused),
		TEST(test_stored_configurations_are_merged_by_the_daemon),
		TEST(test_replace_asks_lists_and_reports),
		TEST(test_replace_by_the_archive_and_by_a_file),
		TEST(test_a_refused_replace_says_what_was_tried),
		TEST(test_confirm_and_revert_are_orders),
		TEST(test_configure_alone_asks_from_where),
		TEST(test_show_archive_lists_and_says_what_waits),
		TEST(test_archive_mode_sets_and_refuses_a_path),
		TEST(test_show_archive_config_differences),
		TEST(test_a_candidate_is_edited_compared_committed),
		TEST(test_a_candidate_is_kept_when_it_is_left_and_discarded),
		TEST(test_a_refused_commit_leaves_the_candidate),
		TEST(test_hidden_files_are_not_written_behind_a_forced_command),
	};
#undef TEST

	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
