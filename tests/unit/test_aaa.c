/* Users, privileges of commands, lines, banners: what the configuration means. */
#include "tests/unit/aaa_fixture.h"

#include "aaa/hash.h"
#include "aaa/model.h"

#define AAA(members)   "{'spindle-aaa:aaa':{" members "}}"
#define LINES(members) "{'spindle-line:lines':{" members "}}"

static void test_a_password_is_hashed_before_the_configuration_sees_it(void **state)
{
	struct people *p = *state;
	char *running;

	assert_int_equal(people_edit(p, AAA("'user':[{'name':'bob','secret':'0 hunter2'}],"
					    "'enable':[{'level':15,'secret':'0 s3cret'}]")),
			 0);
	running = fixture_get(p->f, "", true);
	assert_null(strstr(running, "hunter2"));
	assert_null(strstr(running, "s3cret"));
	assert_non_null(strstr(running, "9 $y$"));
	free(running);
	running = fixture_get(p->f, "", false);
	assert_null(strstr(running, "$y$"));
	assert_non_null(strstr(running, "******"));
	free(running);
	assert_int_equal(fixture_save(p->f), 0);
	running = fixture_read(p->f, "startup-config.json");
	assert_null(strstr(running, "hunter2"));
	alloc_free(running);
}

static void test_clear_text_leaves_the_edit_at_once(void **state)
{
	struct people *p = *state;
	json_t *edit = fixture_json(AAA("'user':[{'name':'bob','secret':'0 hunter2'}]"));
	const json_t *users = json_object_get(json_object_get(edit, "spindle-aaa:aaa"), "user");
	const char *text;

	p->answers = 0;
	aaa_hash_edit(p->aaa, edit, people_answer, p);
	text = json_string_value(json_object_get(json_array_get(users, 0), "secret"));
	for (size_t i = 0; i < strlen("0 hunter2"); i++)
		assert_int_equal(text[i], 0);
	fixture_run(p->f);
	assert_int_equal(p->answers, 1);
	text = json_string_value(json_object_get(json_array_get(users, 0), "secret"));
	assert_memory_equal(text, "9 $y$", 5);
	json_decref(edit);
}

static void test_what_is_no_hash_is_refused_without_saying_it(void **state)
{
	static const char *const bad[] = {
		"hunter2",	 "7 hunter2", "9 hunter2",     "9 $y$", "9 $$hunter2",
		"9 $Y$hunter2",	 "5 hunter2", "9 $y$hunter 2", "",	"hunter2 $y$x",
		"9  $y$hunter2",
	};
	struct people *p = *state;
	char json[160];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(json, sizeof(json), AAA("'user':[{'name':'bob','secret':'%s'}]"), bad[i]);
		assert_int_equal(people_edit(p, json), -EINVAL);
		assert_non_null(strstr(p->why, "hash"));
		assert_null(strstr(p->why, "hunter2"));
	}
	/* A router's own kinds have the form, but nothing here can check them. */
	assert_int_equal(people_edit(p, AAA("'user':[{'name':'bob','secret':'9 $9$hunter2'}]")),
			 -EINVAL);
	assert_non_null(strstr(p->why, "username bob: the password's hash"));
	assert_non_null(strstr(p->why, "set the password anew"));
	assert_null(strstr(p->why, "hunter2"));
	assert_int_equal(people_edit(p, AAA("'user':[{'name':'b','secret':'0 '}]")), -EINVAL);
	assert_int_equal(people_edit(p, AAA("'user':[{'name':'b','secret':'" MD5_OF_SECRET "'}]")),
			 0);
}

static void test_a_startup_file_with_clear_text_is_refused_without_saying_it(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	fixture_write(
		f, "startup-config.json",
		"{\"spindle-aaa:aaa\":{\"user\":[{\"name\":\"b\",\"secret\":\"0 hunter2\"}]}}");
	assert_int_not_equal(fixture_load(f), 0);
	assert_non_null(strstr(f->why, "never loaded from a file"));
	assert_null(strstr(f->why, "hunter2"));
	fixture_teardown(state);
}

static void test_hashes_match_their_password_only(void **state)
{
	struct secret *right = secret_new("secret", 6), *wrong = secret_new("secreT", 6);
	struct secret *longer = secret_new("secret\0x", 8), *huge = secret_zero(SECRET_MAX);
	char hash[AAA_HASH_MAX], other[AAA_HASH_MAX];

	(void)state;
	assert_int_equal(hash_make(right, hash), 0);
	assert_int_equal(hash_make(right, other), 0);
	assert_string_not_equal(hash, other);
	assert_true(hash_is_yescrypt(hash) && hash_is_usable(hash));
	assert_true(hash_matches(hash, right) && hash_matches(other, right));
	assert_false(hash_matches(hash, wrong));
	assert_true(hash_matches(MD5_OF_SECRET, right));
	assert_false(hash_matches(MD5_OF_SECRET, wrong));
	assert_false(hash_is_yescrypt(MD5_OF_SECRET));
	assert_int_equal(hash_nobody(hash), 0);
	assert_false(hash_matches(hash, right));
	assert_false(hash_matches("", right) || hash_matches("9", right) ||
		     hash_matches("9 x", right));
	assert_false(hash_is_usable("9 $8$abc") || hash_is_usable("") || hash_is_usable("9 "));
	memset(secret_bytes(huge), 'x', SECRET_MAX);
	assert_int_equal(hash_make(huge, other), -EINVAL);
	secret_free(right);
	secret_free(wrong);
	secret_free(longer);
	secret_free(huge);
}

/* crypt(3) takes what these ask for: minutes of a worker, or more memory than there is. */
static void test_a_hash_that_costs_too_much_is_not_usable(void **state)
{
	static const char *const dear[] = {
		"9 $6$rounds=999999999$salt$x",
		"9 $5$rounds=1000001$salt$x",
		"9 $6$rounds=$salt$x",
		"9 $6$rounds=1e3$salt$x",
		"9 $2b$15$abcdefghijklmnopqrstuu",
		"9 $2b$31$abcdefghijklmnopqrstuu",
		"9 $y$jFT$salt$x" /* 2^18 blocks of 4 KB */,
		"9 $y$jzT$salt$x",
		"9 $y$j9z$salt$x",
		"9 $y$j9T5$salt$x" /* more threads, another time factor */,
		"9 $y$z9T$salt$x",
		"9 $y$j",
		"9 $gy$jFT$salt$x",
		"9 $7$F6..../....salt$x",
		"9 $7$C6....6....salt$x",
		"9 $7$C6.",
		"9 $7$DU..../....salt$x",
		"9 $7$C6z.../....salt$x",
		"9 $unheard$salt$x",
	};
	static const char *const cheap[] = {
		"9 $6$salt$x",
		"9 $6$rounds=1000000$salt$x",
		"9 $5$rounds=5000$salt$x",
		"9 $2b$14$abcdefghijklmnopqrstuu",
		"9 $2y$05$abcdefghijklmnopqrstuu",
		"9 $y$j75$salt$x",
		"9 $y$j9T$salt$x",
		"9 $y$jBT$salt$x",
		"9 $gy$j9T$salt$x",
		"9 $7$CU..../....salt$x",
		"9 $7$D6..../....salt$x",
		MD5_OF_SECRET,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(dear) / sizeof(dear[0]); i++)
		if (hash_is_usable(dear[i]))
			fail_msg("%s is usable", dear[i]);
	for (size_t i = 0; i < sizeof(cheap) / sizeof(cheap[0]); i++)
		if (!hash_is_usable(cheap[i]))
			fail_msg("%s is not usable", cheap[i]);
}

static void test_a_user_has_a_privilege_of_its_own_or_the_usual(void **state)
{
	struct people *p = *state;
	uint8_t privilege = 99;

	assert_false(aaa_user(p->aaa, "bob", 1, &privilege));
	assert_int_equal(privilege, 99);
	assert_int_equal(
		people_edit(p, AAA("'user':[{'name':'bob'},{'name':'eve','privilege':0}]")), 0);
	assert_true(aaa_user(p->aaa, "bob", 7, &privilege));
	assert_int_equal(privilege, 7);
	assert_true(aaa_user(p->aaa, "eve", 7, &privilege));
	assert_int_equal(privilege, 0);
	assert_int_equal(people_edit(p, AAA("'user':[{'name':'bob','@':"
					    "{'spindle-types:operation':'remove'}}]")),
			 0);
	assert_false(aaa_user(p->aaa, "bob", 1, &privilege));
	assert_true(aaa_user(p->aaa, "eve", 1, &privilege));
}

static void test_a_refused_commit_changes_nobody(void **state)
{
	struct people *p = *state;
	uint8_t privilege;

	p->f->rooms[0].refuse = "/spindle-system:system";
	assert_int_not_equal(people_edit(p, "{'spindle-aaa:aaa':{'user':[{'name':'bob'}]},"
					    "'spindle-system:system':{'hostname':'R1'}}"),
			     0);
	assert_false(aaa_user(p->aaa, "bob", 1, &privilege));
	p->f->rooms[0].refuse = NULL;
	p->f->rooms[1].commit_result = -EIO;
	/* A room behind refuses at its commit: what was taken over goes back. */
	assert_int_not_equal(
		people_edit(p, "{'spindle-aaa:aaa':{'user':[{'name':'bob'}]},"
			       "'spindle-crypto:crypto':{'map':[{'name':'V','sequence':1}]}}"),
		0);
	assert_false(aaa_user(p->aaa, "bob", 1, &privilege));
}

/* ---- privileges of commands ------------------------------------------------------------------------ */

#define CLEAR "spindle-crypto:clear-session"

static void test_a_command_moves_the_privilege_of_what_it_needs(void **state)
{
	struct people *p = *state;
	const char *command;
	uint8_t level;

	assert_int_equal(aaa_least(p->aaa, CLEAR, 15), 15);
	assert_int_equal(people_edit(p, AAA("'exec-privilege':[{'command':'clear crypto session',"
					    "'level':5}]")),
			 0);
	assert_int_equal(aaa_least(p->aaa, CLEAR, 15), 5);
	assert_int_equal(aaa_least(p->aaa, "spindle-crypto:clear-sa", 15), 15);
	assert_int_equal(aaa_least(p->aaa, "unheard-of", 3), 3);
	assert_true(aaa_exec_privilege(p->aaa, 0, &command, &level));
	assert_string_equal(command, "clear crypto session");
	assert_int_equal(level, 5);
	assert_false(aaa_exec_privilege(p->aaa, 1, &command, &level));
}

static void test_the_longest_beginning_of_a_command_counts(void **state)
{
	struct people *p = *state;

	assert_int_equal(people_edit(p, AAA("'exec-privilege':[{'command':'clear','level':7},"
					    "{'command':'clear crypto','level':3},"
					    "{'command':'clear crypto sess','level':1},"
					    "{'command':'show users','level':9}]")),
			 0);
	assert_int_equal(aaa_least(p->aaa, CLEAR, 15), 3);
	assert_int_equal(aaa_least(p->aaa, "spindle-logging:clear-log", 15), 7);
	assert_int_equal(aaa_least(p->aaa, "/spindle-line:line-state/session", 1), 9);
}

static void test_of_several_commands_the_one_that_takes_least_counts(void **state)
{
	struct people *p = *state;

	/* Both `configure terminal` and `show running-config` read the configuration. */
	assert_int_equal(people_edit(p, AAA("'exec-privilege':[{'command':'show running-config',"
					    "'level':5}]")),
			 0);
	assert_int_equal(aaa_least(p->aaa, "get-config", 15), 5);
	assert_int_equal(aaa_least(p->aaa, "edit-config", 15), 15);
}

/* ---- lines ----------------------------------------------------------------------------------------- */

static void test_without_entries_a_line_has_the_usual_settings(void **state)
{
	struct people *p = *state;
	struct aaa_line l;

	aaa_line(p->aaa, AAA_VTY, 0, &l);
	assert_int_equal(l.exec_timeout_s, 600);
	assert_true(l.ssh && l.telnet && !l.synchronous);
	assert_int_equal(l.length, 24);
	assert_int_equal(l.history, 10);
	assert_false(l.has_privilege || l.has_length || l.has_width);
	assert_int_equal(aaa_vty_count(p->aaa), AAA_VTY_LEAST);
}

static void test_each_setting_comes_from_the_narrowest_entry_that_has_it(void **state)
{
	struct people *p = *state;
	struct aaa_line l;

	assert_int_equal(
		people_edit(p, LINES("'line':["
				     "{'kind':'vty','first':0,'last':20,'exec-timeout-minutes':1,"
				     "'exec-timeout-seconds':0,"
				     "'access-class':'10','width':132,'session-limit':3},"
				     "{'kind':'vty','first':2,'last':2,'exec-timeout-minutes':0,"
				     "'exec-timeout-seconds':30,'transport-input':['ssh'],"
				     "'privilege':15},"
				     "{'kind':'vty','first':0,'last':4,'access-class':'20',"
				     "'logging-synchronous':true,'length':0,'history-size':5},"
				     "{'kind':'con','first':0,'last':0,'exec-timeout-minutes':0,"
				     "'exec-timeout-seconds':0}]")),
		0);
	aaa_line(p->aaa, AAA_VTY, 2, &l);
	assert_int_equal(l.exec_timeout_s, 30);
	assert_string_equal(l.access_class, "20");
	assert_true(l.ssh && !l.telnet && l.synchronous && l.has_length && l.has_width);
	assert_int_equal(l.length, 0);
	assert_int_equal(l.width, 132);
	assert_int_equal(l.history, 5);
	assert_true(l.has_privilege);
	assert_int_equal(l.privilege, 15);
	assert_int_equal(l.session_limit, 3);
	assert_int_equal(l.limit_last, 20);
	aaa_line(p->aaa, AAA_VTY, 7, &l);
	assert_int_equal(l.exec_timeout_s, 60);
	assert_string_equal(l.access_class, "10");
	assert_true(l.telnet && !l.has_privilege);
	aaa_line(p->aaa, AAA_CON, 0, &l);
	assert_int_equal(l.exec_timeout_s, 0);
	assert_int_equal(aaa_vty_count(p->aaa), 21);
}

static void test_lines_that_cannot_be_are_refused(void **state)
{
	static const char *const bad[] = {
		LINES("'line':[{'kind':'vty','first':4,'last':0}]"),
		LINES("'line':[{'kind':'con','first':0,'last':1}]"),
		LINES("'line':[{'kind':'vty','first':0,'last':64}]"),
		LINES("'line':[{'kind':'con','first':0,'last':0,'exec-timeout-minutes':1}]"),
		AAA("'login':{'block-for':10}"),
		AAA("'login':{'block-for':10,'attempts':0,'within':3}"),
		AAA("'exec-privilege':[{'command':' x','level':1}]"),
		AAA("'exec-privilege':[{'command':'x'}]"),
	};
	struct people *p = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!people_edit(p, bad[i]))
			fail_msg("taken: %s", bad[i]);
}

static void test_banners_are_kept_with_their_lines(void **state)
{
	struct people *p = *state;

	assert_null(aaa_banner(p->aaa, AAA_MOTD));
	assert_int_equal(people_edit(p, LINES("'banner':{'motd':'\\na\\nb\\n','exec':'hi'}")), 0);
	assert_string_equal(aaa_banner(p->aaa, AAA_MOTD), "\na\nb\n");
	assert_null(aaa_banner(p->aaa, AAA_LOGIN_BANNER));
	assert_string_equal(aaa_banner(p->aaa, AAA_EXEC), "hi");
}

static void test_the_log_of_commands_has_its_settings(void **state)
{
	struct people *p = *state;
	struct aaa_log_config c;

	aaa_log_config(p->aaa, &c);
	assert_false(c.enabled);
	assert_int_equal(people_edit(p, "{'spindle-archive:archive':{'log-config':{'enabled':true,"
					"'notify-syslog':true,'size':3}}}"),
			 0);
	aaa_log_config(p->aaa, &c);
	assert_true(c.enabled && c.notify);
	assert_int_equal(c.size, 3);
}

/* The room alone: its new, and a commit of a user, a line and a banner. */
static int work(void *arg)
{
	struct people *p = arg;
	struct aaa *a = aaa_new(p->f->loop, p->f->jobs, p->f->log);
	int rc;

	if (!a)
		return -ENOMEM;
	p->f->people_to = aaa_room(a);
	rc = people_edit(p, "{'spindle-aaa:aaa':{'user':[{'name':'bob','privilege':3}]},"
			    "'spindle-line:lines':{'line':[{'kind':'vty','first':0,'last':4}],"
			    "'banner':{'motd':'x','exec':'y'}}}");
	if (!rc)
		rc = people_edit(
			p, "{'spindle-aaa:aaa':{'user':[{'name':'bob','@':"
			   "{'spindle-types:operation':'remove'}}]},'spindle-line:lines':{'@':"
			   "{'spindle-types:operation':'remove'}}}");
	p->f->people_to = aaa_room(p->aaa);
	if (rc)
		people_edit(p, "{'spindle-aaa:aaa':{'@':{'spindle-types:operation':'remove'}},"
			       "'spindle-line:lines':{'@':{'spindle-types:operation':'remove'}}}");
	aaa_free(a);
	return rc;
}

static void test_each_allocation_may_fail(void **state)
{
	assert_true(unit_fail_each_allocation(work, *state) > 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, people_setup, people_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_password_is_hashed_before_the_configuration_sees_it),
		TEST(test_clear_text_leaves_the_edit_at_once),
		TEST(test_what_is_no_hash_is_refused_without_saying_it),
		cmocka_unit_test(test_a_startup_file_with_clear_text_is_refused_without_saying_it),
		cmocka_unit_test(test_hashes_match_their_password_only),
		cmocka_unit_test(test_a_hash_that_costs_too_much_is_not_usable),
		TEST(test_a_user_has_a_privilege_of_its_own_or_the_usual),
		TEST(test_a_refused_commit_changes_nobody),
		TEST(test_a_command_moves_the_privilege_of_what_it_needs),
		TEST(test_the_longest_beginning_of_a_command_counts),
		TEST(test_of_several_commands_the_one_that_takes_least_counts),
		TEST(test_without_entries_a_line_has_the_usual_settings),
		TEST(test_each_setting_comes_from_the_narrowest_entry_that_has_it),
		TEST(test_lines_that_cannot_be_are_refused),
		TEST(test_banners_are_kept_with_their_lines),
		TEST(test_the_log_of_commands_has_its_settings),
		TEST(test_each_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
