/* Who a session is: users by name, logins by telnet, privileges, lines; the log of who changed what. */
#include "tests/unit/api_fixture.h"

#include <stdlib.h>

#include "api/api_internal.h"
#include "log/log.h"

#define MD5_OF_SECRET "5 $1$salt$ez2vlPGdaLYkJam5pWs/Y1"
#define LOGIN(user, password)                                                                      \
	"{'op':'action','path':'spindle-aaa:login','input':{'username':'" user                     \
	"','password':'" password "'}}"
#define ENABLE(level, secret)                                                                      \
	"{'op':'action','path':'spindle-aaa:enable','input':{'level':" level ",'secret':'" secret  \
	"'}}"
#define CLEAR "{'op':'action','path':'spindle-crypto:clear-session'}"

static void set(struct api_fixture *a, const char *json)
{
	a->f->answers = 0;
	assert_int_equal(fixture_edit(a->f, json), 0);
}

static int setup(void **state)
{
	int rc = api_fixture_people_setup(state);

	set(*state, "{'spindle-aaa:aaa':{'user':[{'name':'bob','privilege':5,'secret':"
		    "'" MD5_OF_SECRET "'},{'name':'eve'}],'enable':[{'level':15,'secret':"
		    "'" MD5_OF_SECRET "'}]}}");
	return rc;
}

/* A client of another person than the one who runs the test. */
static struct peer *connect_as(struct api_fixture *a, const char *user)
{
	struct peer *p = peer_connect(a);
	struct session *s;

	api_fixture_turns(a, 3);
	s = list_entry(a->api->sessions.prev, struct session, node);
	s->uid = 4711;
	s->privilege = 0;
	text_copy(s->user, sizeof(s->user), user);
	people_open(s);
	return p;
}

static struct peer *connect_by_telnet(struct api_fixture *a)
{
	struct peer *p;

	a->api->access.telnet = geteuid();
	p = peer_connect(a);
	json_decref(peer_ask(p, "{'op':'hello','version':1,'terminal':'telnet',"
				"'from':'192.0.2.9'}"));
	return p;
}

static json_int_t number(const json_t *o, const char *member)
{
	return json_integer_value(json_object_get(o, member));
}

static unsigned int logged(struct api_fixture *a, const char *words)
{
	char buf[LOG_LINE_MAX], line[LOG_LINE_MAX + 128];
	struct log_record r;
	unsigned int n = 0;

	api_fixture_turns(a, 5);
	for (uint64_t seq = 1; log_ring_get(a->f->log, seq, &r, buf); seq = r.seq + 1)
		n += strstr(log_format(&r, line, sizeof(line)), words) != NULL;
	return n;
}

/* ---- users ----------------------------------------------------------------------------------------- */

static void test_a_person_with_a_username_has_its_privilege(void **state)
{
	struct peer *p = connect_as(*state, "bob");
	json_t *answer = peer_ask(p, "{'op':'hello','version':1}");

	assert_int_equal(number(answer, "privilege"), 5);
	assert_string_equal(json_string_value(json_object_get(answer, "user")), "bob");
	json_decref(answer);
	peer_refused(p, "{'op':'get-config'}", "takes privilege 15");
	peer_close(p);
}

static void test_the_router_s_name_is_told_to_everybody(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_as(a, "bob");
	json_t *answer = peer_ask(p, "{'op':'hello','version':1}");

	assert_string_equal(json_string_value(json_object_get(answer, "hostname")), "Spindle");
	json_decref(answer);
	peer_close(p);
	set(a, "{'spindle-system:system':{'hostname':'R1'}}");
	p = connect_as(a, "bob");
	answer = peer_ask(p, "{'op':'hello','version':1}");
	assert_string_equal(json_string_value(json_object_get(answer, "hostname")), "R1");
	json_decref(answer);
	peer_close(p);
}

static void test_a_person_without_one_is_refused(void **state)
{
	struct peer *p = connect_as(*state, "mallory");

	peer_refused(
		p, "{'op':'hello','version':1}",
		"user mallory has no access: it takes root, group spindle-admin or a username");
	assert_true(peer_is_closed(p));
	peer_close(p);
}

static void test_the_line_gives_a_privilege_to_who_has_none(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p;
	json_t *answer;

	set(a, "{'spindle-line:lines':{'line':[{'kind':'vty','first':0,'last':4,'privilege':7}]}}");
	p = connect_as(a, "eve");
	answer = peer_ask(p, "{'op':'hello','version':1,'terminal':'ssh','from':'192.0.2.1'}");
	assert_int_equal(number(answer, "privilege"), 7);
	json_decref(answer);
	peer_close(p);
	p = connect_as(a, "bob");
	answer = peer_ask(p, "{'op':'hello','version':1,'terminal':'ssh','from':'192.0.2.1'}");
	assert_int_equal(number(answer, "privilege"), 5);
	json_decref(answer);
	peer_close(p);
}

/* ---- telnet ---------------------------------------------------------------------------------------- */

static void test_the_telnet_service_is_nobody_before_a_login(void **state)
{
	struct peer *p = connect_by_telnet(*state);

	peer_refused(p, "{'op':'get'}", "takes privilege");
	peer_refused(p, "{'op':'edit-config','edit':{}}", "takes privilege");
	peer_refused(p, CLEAR, "takes privilege");
	peer_refused(p, ENABLE("15", "secret"), "nobody has logged in yet");
	peer_refused(p, "{'op':'action','path':'spindle-line:configuring','input':{'on':true}}",
		     "takes privilege");
	peer_close(p);
}

/* Level 0 is for persons of privilege 0, not for whoever reaches the telnet port. */
static void test_before_a_login_nobody_has_what_was_moved_to_level_0(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p;

	set(a, "{'spindle-aaa:aaa':{'exec-privilege':[{'command':'show','level':0},"
	       "{'command':'configure terminal','level':0},{'command':'clear','level':0}]}}");
	p = connect_by_telnet(a);
	peer_refused(p, "{'op':'get-config'}", "nobody has logged in yet");
	peer_refused(p, "{'op':'edit-config','edit':{}}", "nobody has logged in yet");
	peer_refused(p, "{'op':'validate','edit':{}}", "nobody has logged in yet");
	peer_refused(p, CLEAR, "nobody has logged in yet");
	peer_refused(p, "{'op':'action','path':'spindle-line:clear-line','input':{'number':0}}",
		     "nobody has logged in yet");
	json_decref(peer_ask(p, "{'op':'cancel','request':9}"));
	json_decref(peer_ask(p, LOGIN("bob", "secret")));
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	peer_close(p);
}

static void test_the_telnet_service_says_telnet_and_nobody_else_does(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p;

	a->api->access.telnet = geteuid();
	p = peer_connect(a);
	peer_refused(p, "{'op':'hello','version':1}", "by telnet only");
	peer_close(p);
	p = peer_connect(a);
	peer_refused(p, "{'op':'hello','version':1,'terminal':'ssh','from':'192.0.2.1'}",
		     "by telnet only");
	peer_close(p);
	p = connect_as(a, "bob");
	peer_refused(p, "{'op':'hello','version':1,'terminal':'telnet','from':'192.0.2.1'}",
		     "only the telnet service");
	peer_close(p);
}

static void test_a_login_makes_the_session_that_person(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_by_telnet(a);
	json_t *answer = peer_ask(p, LOGIN("bob", "secret"));
	const json_t *output = json_object_get(answer, "output");

	assert_string_equal(json_string_value(json_object_get(output, "user")), "bob");
	assert_int_equal(number(output, "privilege"), 5);
	json_decref(answer);
	json_decref(peer_ask(p, CLEAR));
	peer_refused(p, LOGIN("eve", "secret"), "has its person already");
	assert_int_equal(logged(a, "LOGIN_SUCCESS: Login Success [user: bob] [Source: 192.0.2.9]"),
			 1);
	peer_close(p);
}

static void wait_ms(struct api_fixture *a, int ms)
{
	for (int i = 0; i < ms / 10; i++)
		loop_turn(a->f->loop, 10);
}

static void read_refusal(struct peer *p, const char *words)
{
	uint8_t flags = 0;
	uint32_t id = 0;
	json_t *answer = peer_read(p, &id, &flags);

	assert_non_null(answer);
	assert_int_equal(flags, FRAME_ERROR);
	assert_string_equal(json_string_value(json_object_get(answer, "error")), words);
	json_decref(answer);
}

static void test_after_three_wrong_passwords_the_session_ends(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_by_telnet(a);

	for (int i = 0; i < 3; i++) {
		peer_send(p, 77, LOGIN("bob", "wrong"));
		wait_ms(a, 1100);
		read_refusal(p, "Login invalid");
	}
	wait_ms(a, 30);
	assert_true(a->api->stats.sessions_now == 0);
	assert_int_equal(logged(a, "LOGIN_FAILED"), 3);
	assert_int_equal(logged(a, "wrong"), 0);
	peer_close(p);
}

static void test_a_login_without_its_parts_is_a_wrong_one(void **state)
{
	static const char *const bad[] = {
		"{'op':'action','path':'spindle-aaa:login'}",
		"{'op':'action','path':'spindle-aaa:login','input':7}",
		"{'op':'action','path':'spindle-aaa:login','input':{'username':'bob'}}",
		"{'op':'action','path':'spindle-aaa:login','input':{'password':'x'}}",
		"{'op':'action','path':'spindle-aaa:login','input':{'username':7,'password':[]}}",
		LOGIN("bob", ""),
	};
	struct api_fixture *a = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct peer *p = connect_by_telnet(a);

		peer_refused(p, bad[i], "Login invalid");
		peer_close(p);
	}
}

/* ---- enable, disable ------------------------------------------------------------------------------- */

static void test_enable_raises_by_the_secret_and_disable_lowers(void **state)
{
	struct peer *p = connect_as(*state, "bob");

	json_decref(peer_ask(p, "{'op':'hello','version':1}"));
	peer_refused(p, "{'op':'action','path':'spindle-aaa:enable'}", "a password is needed");
	peer_refused(p, ENABLE("7", "secret"), "No password set");
	peer_refused(p, ENABLE("16", "secret"), "0 to 15");
	json_decref(peer_ask(p, ENABLE("15", "secret")));
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	json_decref(peer_ask(p, "{'op':'action','path':'spindle-aaa:disable'}"));
	peer_refused(p, "{'op':'get-config'}", "takes privilege 15");
	peer_refused(p, "{'op':'action','path':'spindle-aaa:disable','input':{'level':9}}",
		     "only lowers");
	/* The person's own privilege needs no secret. */
	json_decref(peer_ask(p, "{'op':'action','path':'spindle-aaa:enable','input':{'level':5}}"));
	peer_refused(p, "{'op':'get-config'}", "takes privilege 15");
	peer_close(p);
}

static void test_root_has_15_without_asking(void **state)
{
	struct peer *p = peer_open(*state);

	json_decref(peer_ask(p, "{'op':'action','path':'spindle-aaa:disable'}"));
	peer_refused(p, "{'op':'get-config'}", "takes privilege 15");
	json_decref(peer_ask(p, "{'op':'action','path':'spindle-aaa:enable'}"));
	json_decref(peer_ask(p, "{'op':'get-config'}"));
	peer_close(p);
}

static void test_a_wrong_secret_raises_nothing_and_is_answered_late(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_as(a, "bob");

	json_decref(peer_ask(p, "{'op':'hello','version':1}"));
	peer_send(p, 77, ENABLE("15", "wrong"));
	wait_ms(a, 1100);
	read_refusal(p, "Access denied");
	peer_close(p);
}

/* So that the delay of a wrong one is the pace of guessing, and three tries are three. */
static void test_a_session_has_one_password_checked_at_a_time(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_as(a, "bob"), *t = connect_by_telnet(a);

	json_decref(peer_ask(p, "{'op':'hello','version':1}"));
	peer_send(p, 50, ENABLE("15", "wrong"));
	peer_refused(p, ENABLE("15", "secret"), "one password at a time");
	peer_send(t, 50, LOGIN("bob", "wrong"));
	peer_refused(t, LOGIN("bob", "secret"), "one password at a time");
	wait_ms(a, 1300);
	read_refusal(p, "Access denied");
	read_refusal(t, "Login invalid");
	json_decref(peer_ask(p, ENABLE("15", "secret")));
	json_decref(peer_ask(t, LOGIN("bob", "secret")));
	peer_close(p);
	peer_close(t);
}

static void test_a_wrong_enable_secret_is_said(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_as(a, "bob");

	json_decref(peer_ask(p, "{'op':'hello','version':1,'terminal':'ssh','from':'192.0.2.1'}"));
	peer_send(p, 77, ENABLE("15", "hunter2"));
	peer_close(p); /* who does not wait for the answer is named all the same */
	wait_ms(a, 1300);
	assert_int_equal(logged(a,
				"%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: bob] [Source: "
				"192.0.2.1] [localport: 22] [Reason: Wrong secret of enable 15]"),
			 1);
	assert_int_equal(logged(a, "hunter2"), 0);
}

static void test_a_session_may_go_while_its_password_is_checked(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_as(a, "bob");

	json_decref(peer_ask(p, "{'op':'hello','version':1}"));
	peer_send(p, 77, ENABLE("15", "wrong"));
	peer_close(p);
	wait_ms(a, 1200);
	p = connect_by_telnet(a);
	peer_send(p, 77, LOGIN("bob", "wrong"));
	peer_leave(p);
	/* … and the daemon may end: teardown. */
}

/* ---- privilege exec level -------------------------------------------------------------------------- */

/* Who may see running, or save it, sees no stored one, holds no candidate by it, and merges nothing. */
static void test_running_moved_moves_no_stored_configuration(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_as(a, "bob");

	set(a, "{'spindle-aaa:aaa':{'exec-privilege':[{'command':'show running-config','level':5},"
	       "{'command':'write','level':5}]}}");
	json_decref(peer_ask(p, "{'op':'hello','version':1}"));
	json_decref(peer_ask(p, "{'op':'get-config','source':'running'}"));
	peer_refused(p, "{'op':'get-config','source':'startup'}",
		     "get-config startup takes privilege 15");
	peer_refused(p, "{'op':'get-config','source':'archive','index':1}",
		     "get-config archive takes privilege 15");
	peer_refused(p, "{'op':'copy-config','source':'startup','target':'running'}",
		     "copy-config running takes privilege 15");
	set(a,
	    "{'spindle-aaa:aaa':{'exec-privilege':[{'command':'show startup-config','level':5}]}}");
	peer_refused(p, "{'op':'get-config','source':'startup'}", "startup-config is not present");
	peer_close(p);
}

static void test_a_moved_command_moves_its_operation(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_as(a, "bob");
	const json_t *commands;
	json_t *answer;
	char *text;

	set(a, "{'spindle-aaa:aaa':{'exec-privilege':[{'command':'clear crypto session','level':9},"
	       "{'command':'show running-config','level':5}]}}");
	answer = peer_ask(p, "{'op':'hello','version':1}");
	commands = json_object_get(answer, "commands");
	assert_int_equal(json_array_size(commands), 2);
	json_decref(answer);
	peer_refused(p, CLEAR, "takes privilege 9");
	answer = peer_ask(p, "{'op':'get-config'}");
	/* Who reads it without privilege 15 sees no secret. */
	text = json_dumps(answer, 0);
	assert_non_null(strstr(text, "bob"));
	assert_null(strstr(text, "$1$"));
	free(text);
	json_decref(answer);
	peer_refused(p, "{'op':'edit-config','edit':{}}", "takes privilege 15");
	peer_close(p);
}

/* Who may not read the log by `show logging` may not follow it either. */
static void test_the_log_is_followed_by_whom_show_logging_lets(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_as(a, "bob");

	json_decref(peer_ask(p, "{'op':'hello','version':1}"));
	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log'}"));
	json_decref(peer_ask(p, "{'op':'unsubscribe','request':78}"));
	set(a, "{'spindle-aaa:aaa':{'exec-privilege':[{'command':'show logging','level':9}]}}");
	peer_refused(p, "{'op':'subscribe','stream':'log'}", "stream log takes privilege 9");
	peer_refused(p, "{'op':'subscribe','stream':'log','monitor':true}",
		     "stream log takes privilege 9");
	json_decref(peer_ask(p, ENABLE("15", "secret")));
	json_decref(peer_ask(p, "{'op':'subscribe','stream':'log'}"));
	peer_close(p);
}

static void test_who_takes_a_privilege_is_logged_where_that_is_wanted(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_as(a, "bob");
	struct log_config c;

	json_decref(peer_ask(p, "{'op':'hello','version':1,'terminal':'ssh','from':'192.0.2.1'}"));
	json_decref(peer_ask(p, ENABLE("15", "secret")));
	json_decref(peer_ask(p, "{'op':'action','path':'spindle-aaa:disable'}"));
	assert_int_equal(logged(a, "PRIV_AUTH"), 0);
	log_config_default(&c, 65536);
	c.userinfo = true;
	log_configure(a->f->log, &c);
	json_decref(peer_ask(p, ENABLE("15", "secret")));
	assert_int_equal(logged(a, "%SYS-5-PRIV_AUTH_PASS: Privilege level set to 15 by bob on "
				   "vty0 (192.0.2.1)"),
			 1);
	json_decref(peer_ask(p, "{'op':'action','path':'spindle-aaa:disable'}"));
	peer_send(p, 77, ENABLE("15", "hunter2"));
	wait_ms(a, 1300);
	assert_int_equal(logged(a, "%SYS-5-PRIV_AUTH_FAIL: Authentication to privilege level 15 "
				   "failed by bob on vty0 (192.0.2.1)"),
			 1);
	assert_int_equal(logged(a, "hunter2"), 0);
	peer_close(p);
}

/* ---- lines ----------------------------------------------------------------------------------------- */

static json_t *hello_by_ssh(struct peer *p)
{
	return peer_ask(p, "{'op':'hello','version':1,'terminal':'ssh','from':'192.0.2.1',"
			   "'tty':'pts/3'}");
}

static void test_terminals_have_lines_and_are_listed(void **state)
{
	struct api_fixture *a = *state;
	struct peer *local = peer_connect(a), *ssh = connect_as(a, "bob"), *prog = peer_open(a);
	json_t *answer = peer_ask(local, "{'op':'hello','version':1,'terminal':'local'}");
	const json_t *sessions, *s;

	assert_int_equal(number(json_object_get(answer, "terminal"), "number"), 0);
	assert_int_equal(number(json_object_get(answer, "terminal"), "exec-timeout"), 600);
	json_decref(answer);
	json_decref(hello_by_ssh(ssh));
	answer = peer_ask(prog, "{'op':'get','path':'/spindle-line:line-state/session'}");
	sessions = json_object_get(
		json_object_get(json_object_get(answer, "data"), "spindle-line:line-state"),
		"session");
	assert_int_equal(json_array_size(sessions), 3);
	s = json_array_get(sessions, 1);
	assert_string_equal(json_string_value(json_object_get(s, "line")), "vty 0");
	assert_string_equal(json_string_value(json_object_get(s, "from")), "192.0.2.1");
	assert_string_equal(json_string_value(json_object_get(s, "tty")), "pts/3");
	assert_null(json_object_get(json_array_get(sessions, 2), "line"));
	json_decref(answer);
	peer_close(local);
	peer_close(ssh);
	peer_close(prog);
}

static void refused_terminal(struct api_fixture *a, const char *words)
{
	struct peer *p = connect_as(a, "bob");

	peer_refused(p, "{'op':'hello','version':1,'terminal':'ssh','from':'192.0.2.1'}", words);
	assert_true(peer_is_closed(p));
	peer_close(p);
}

static void test_a_line_lets_in_what_it_takes(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p;

	set(a, "{'spindle-line:lines':{'line':[{'kind':'vty','first':0,'last':4,"
	       "'access-class':'10','session-limit':1}]}}");
	a->shut_out = true;
	refused_terminal(a, "refuses this address (access-class 10)");
	a->shut_out = false;
	p = connect_as(a, "bob");
	json_decref(hello_by_ssh(p));
	refused_terminal(a, "has 1 sessions, which is the most");
	peer_close(p);
	set(a, "{'spindle-line:lines':{'line':[{'kind':'vty','first':0,'last':4,"
	       "'transport-input':['telnet']}]}}");
	refused_terminal(a, "does not take ssh");
}

static void test_when_all_lines_are_taken_the_next_is_told_so(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p[AAA_VTY_LEAST];

	for (size_t i = 0; i < AAA_VTY_LEAST; i++) {
		p[i] = connect_as(a, "bob");
		json_decref(hello_by_ssh(p[i]));
	}
	refused_terminal(a, "all 16 lines are in use");
	peer_close(p[3]);
	p[3] = connect_as(a, "bob");
	json_decref(hello_by_ssh(p[3]));
	for (size_t i = 0; i < AAA_VTY_LEAST; i++)
		peer_close(p[i]);
}

static void test_a_line_can_be_cleared_but_not_ones_own(void **state)
{
	struct api_fixture *a = *state;
	struct peer *root = peer_connect(a), *bob = connect_as(a, "bob");

	json_decref(peer_ask(root, "{'op':'hello','version':1,'terminal':'local'}"));
	json_decref(hello_by_ssh(bob));
	peer_refused(bob, "{'op':'action','path':'spindle-line:clear-line','input':{'number':0}}",
		     "takes privilege 15");
	peer_refused(root, "{'op':'action','path':'spindle-line:clear-line','input':{'number':0}}",
		     "current line");
	peer_refused(root, "{'op':'action','path':'spindle-line:clear-line','input':{'number':9}}",
		     "no session on that line");
	json_decref(peer_ask(
		root, "{'op':'action','path':'spindle-line:clear-line','input':{'number':2}}"));
	wait_ms(a, 20);
	assert_true(a->api->stats.sessions_now == 1);
	peer_close(root);
	peer_close(bob);
}

static void test_what_hello_says_of_a_terminal_is_checked(void **state)
{
	static const struct {
		const char *json, *words;
	} bad[] = {
		{"{'op':'hello','version':1,'terminal':'serial'}", "local, ssh or telnet"},
		{"{'op':'hello','version':1,'from':'192.0.2.1'}", "from is the address"},
		{"{'op':'hello','version':1,'terminal':'local','from':'192.0.2.1'}", "from is"},
		{"{'op':'hello','version':1,'terminal':'ssh','from':'nowhere'}", "from is"},
		{"{'op':'hello','version':1,'terminal':'local','tty':'a b'}", "name of a terminal"},
		{"{'op':'hello','version':1,'terminal':'local','tty':"
		 "'0123456789012345678901234567890123456789'}",
		 "name of a terminal"},
	};
	struct api_fixture *a = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct peer *p = connect_as(a, "bob");

		peer_refused(p, bad[i].json, bad[i].words);
		peer_close(p);
	}
}

/* ---- who changed what ------------------------------------------------------------------------------ */

#define CONFIGURING(on) "{'op':'action','path':'spindle-line:configuring','input':{'on':" on "}}"
#define EDIT(more)	"{'op':'edit-config','edit':{'spindle-system:system':{'hostname':'R1'}}" more "}"

static void test_who_configured_is_said_when_the_mode_is_left(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = connect_as(a, "bob");

	json_decref(hello_by_ssh(p));
	json_decref(peer_ask(p, ENABLE("15", "secret")));
	json_decref(peer_ask(p, CONFIGURING("true")));
	json_decref(peer_ask(p, EDIT("")));
	assert_int_equal(logged(a, "CONFIG_I"), 0);
	json_decref(peer_ask(p, CONFIGURING("false")));
	assert_int_equal(logged(a, "%SYS-5-CONFIG_I: Configured from console by bob on vty0 "
				   "(192.0.2.1)"),
			 1);
	json_decref(peer_ask(p, CONFIGURING("true")));
	peer_close(p); /* the connection broke in the mode */
	assert_int_equal(logged(a, "CONFIG_I"), 2);
}

static void test_commands_are_written_down(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	const json_t *commands, *c;
	json_t *answer;

	json_decref(peer_ask(p, EDIT(",'command':'hostname R0'")));
	set(a, "{'spindle-archive:archive':{'log-config':{'enabled':true,'notify-syslog':true,"
	       "'size':2}}}");
	json_decref(peer_ask(p, EDIT(",'command':'hostname R1'")));
	json_decref(peer_ask(p, EDIT("")));
	json_decref(peer_ask(p, EDIT(",'command':'two\\nlines'")));
	answer = peer_ask(p, "{'op':'get','path':'/spindle-archive:archive-state/command'}");
	commands = json_object_get(
		json_object_get(json_object_get(answer, "data"), "spindle-archive:archive-state"),
		"command");
	assert_int_equal(json_array_size(commands), 2);
	c = json_array_get(commands, 0);
	assert_string_equal(json_string_value(json_object_get(c, "index")), "2");
	assert_string_equal(json_string_value(json_object_get(c, "command")),
			    "edit-config spindle-system:system");
	json_decref(answer);
	assert_int_equal(logged(a, "logged command:hostname R0"), 0);
	assert_int_equal(logged(a, "%PARSER-5-CFGLOG_LOGGEDCMD: User:"), 3);
	assert_int_equal(logged(a, "logged command:hostname R1"), 1);
	assert_int_equal(logged(a, "logged command:two"), 0);
	peer_close(p);
}

static void test_passwords_of_an_edit_are_hashed_on_the_way(void **state)
{
	struct api_fixture *a = *state;
	struct peer *p = peer_open(a);
	char *text;

	json_decref(peer_ask(p, "{'op':'edit-config','edit':{'spindle-aaa:aaa':{'user':["
				"{'name':'zoe','secret':'0 hunter2'}]}}}"));
	text = fixture_get(a->f, "/spindle-aaa:aaa/user", true);
	assert_non_null(strstr(text, "9 $y$"));
	assert_null(strstr(text, "hunter2"));
	free(text);
	peer_refused(p,
		     "{'op':'edit-config','edit':{'spindle-aaa:aaa':{'user':["
		     "{'name':'zoe','secret':'0 '}]}}}",
		     "1 to 511");
	peer_refused(p,
		     "{'op':'validate','edit':{'spindle-aaa:aaa':{'user':["
		     "{'name':'zoe','secret':'hunter2'}]}}}",
		     "hash");
	assert_int_equal(logged(a, "hunter2"), 0);
	peer_close(p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, api_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_person_with_a_username_has_its_privilege),
		TEST(test_a_person_without_one_is_refused),
		TEST(test_the_router_s_name_is_told_to_everybody),
		TEST(test_the_line_gives_a_privilege_to_who_has_none),
		TEST(test_the_telnet_service_is_nobody_before_a_login),
		TEST(test_before_a_login_nobody_has_what_was_moved_to_level_0),
		TEST(test_the_telnet_service_says_telnet_and_nobody_else_does),
		TEST(test_a_login_makes_the_session_that_person),
		TEST(test_after_three_wrong_passwords_the_session_ends),
		TEST(test_a_login_without_its_parts_is_a_wrong_one),
		TEST(test_enable_raises_by_the_secret_and_disable_lowers),
		TEST(test_running_moved_moves_no_stored_configuration),
		TEST(test_root_has_15_without_asking),
		TEST(test_a_wrong_secret_raises_nothing_and_is_answered_late),
		TEST(test_a_session_has_one_password_checked_at_a_time),
		TEST(test_a_wrong_enable_secret_is_said),
		TEST(test_a_session_may_go_while_its_password_is_checked),
		TEST(test_a_moved_command_moves_its_operation),
		TEST(test_the_log_is_followed_by_whom_show_logging_lets),
		TEST(test_who_takes_a_privilege_is_logged_where_that_is_wanted),
		TEST(test_terminals_have_lines_and_are_listed),
		TEST(test_a_line_lets_in_what_it_takes),
		TEST(test_when_all_lines_are_taken_the_next_is_told_so),
		TEST(test_a_line_can_be_cleared_but_not_ones_own),
		TEST(test_what_hello_says_of_a_terminal_is_checked),
		TEST(test_who_configured_is_said_when_the_mode_is_left),
		TEST(test_commands_are_written_down),
		TEST(test_passwords_of_an_edit_are_hashed_on_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
