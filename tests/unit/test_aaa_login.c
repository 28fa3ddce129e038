/* Passwords that are right or wrong: when they are answered, what is counted, who is shut out. */
#include "tests/unit/aaa_fixture.h"

#include <libyang/libyang.h>

#include "aaa/watch.h"

#define USERS                                                                                      \
	"{'spindle-aaa:aaa':{'user':[{'name':'bob','secret':'" MD5_OF_SECRET "'},"                 \
	"{'name':'root15','privilege':15,'secret':'" MD5_OF_SECRET "'},{'name':'keys'}],"          \
	"'enable':[{'level':15,'secret':'" MD5_OF_SECRET "'}],"                                    \
	"'login':{'delay':2,'block-for':60,'attempts':3,'within':30},'max-fail':2}}"

static int setup(void **state)
{
	people_setup(state);
	return people_edit(*state, USERS);
}

static void test_the_right_password_is_answered_at_once(void **state)
{
	struct people *p = *state;

	people_login(p, "bob", "secret");
	assert_int_equal(p->answers, 1);
	assert_int_equal(p->result, 0);
	assert_int_equal(people_logged(p, "%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: bob] "
					  "[Source: 192.0.2.7] [localport: 23]"),
			 1);
}

static void expect_late_refusal(struct people *p, const char *words)
{
	assert_int_equal(p->answers, 0);
	loop_advance(p->f->loop, 1900);
	assert_int_equal(p->answers, 0);
	loop_advance(p->f->loop, 200);
	assert_int_equal(p->answers, 1);
	assert_int_equal(p->result, -EACCES);
	assert_string_equal(p->why, words);
}

static void test_a_wrong_one_is_answered_late(void **state)
{
	struct people *p = *state;

	people_login(p, "bob", "Secret");
	expect_late_refusal(p, "Login invalid");
	assert_int_equal(people_logged(p, "%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: bob]"),
			 1);
	people_login(p, "keys", "secret");
	expect_late_refusal(p, "Login invalid");
}

static void test_a_name_that_is_no_users_is_treated_alike_and_not_printed(void **state)
{
	struct people *p = *state;

	people_login(p, "hunter2", "secret");
	expect_late_refusal(p, "Login invalid");
	assert_int_equal(people_logged(p, "hunter2"), 0);
	assert_int_equal(people_logged(p, "[user: (unknown)]"), 1);
	assert_int_equal(people_logged(p, "secret"), 0);
}

static void test_a_delayed_answer_does_not_hold_the_next_check(void **state)
{
	struct people *p = *state;

	people_login(p, "bob", "wrong");
	assert_int_equal(p->answers, 0);
	people_login(p, "bob", "secret");
	assert_int_equal(p->answers, 1);
	assert_int_equal(p->result, 0);
	loop_advance(p->f->loop, 3000);
	assert_int_equal(p->answers, 2);
}

static void test_too_many_failures_shut_all_logins_for_a_while(void **state)
{
	struct people *p = *state;
	struct aaa_logins l;

	for (int i = 0; i < 3; i++)
		people_login(p, "nobody", "wrong");
	aaa_logins(p->aaa, &l);
	assert_true(l.quiet && l.watched);
	assert_int_equal(l.quiet_left_s, 60);
	assert_int_equal(people_logged(p, "%SEC_LOGIN-1-QUIET_MODE_ON"), 1);
	people_login(p, "root15", "secret");
	assert_int_equal(p->result, -EBUSY);
	loop_advance(p->f->loop, 61000);
	assert_int_equal(people_logged(p, "QUIET_MODE_OFF"), 1);
	people_login(p, "root15", "secret");
	assert_int_equal(p->result, 0);
	aaa_logins(p->aaa, &l);
	assert_false(l.quiet);
	assert_int_equal(l.failures, 3);
	assert_int_equal(l.successes, 1);
}

static void test_failures_far_apart_shut_nothing(void **state)
{
	struct people *p = *state;
	struct aaa_logins l;

	for (int i = 0; i < 6; i++) {
		people_login(p, "nobody", "wrong");
		loop_advance(p->f->loop, 16000);
	}
	aaa_logins(p->aaa, &l);
	assert_false(l.quiet);
	assert_true(l.window_failures < 3);
}

static void test_a_user_with_failures_in_a_row_is_locked_out_until_cleared(void **state)
{
	struct people *p = *state;
	struct aaa_lockout l;

	people_login(p, "bob", "wrong");
	people_login(p, "bob", "wrong");
	assert_int_equal(people_logged(p, "%AAA-5-USER_LOCKED: User bob"), 1);
	assert_true(aaa_lockout(p->aaa, 0, &l));
	assert_string_equal(l.user, "bob");
	assert_int_equal(l.failures, 2);
	assert_false(aaa_lockout(p->aaa, 1, &l));
	loop_advance(p->f->loop, 60000);
	people_login(p, "bob", "secret");
	expect_late_refusal(p, "Login invalid");
	assert_int_equal(people_logged(p, "User is locked out"), 1);
	assert_int_equal(aaa_clear_lockout(p->aaa, "nobody"), -ENOENT);
	assert_int_equal(aaa_clear_lockout(p->aaa, "bob"), 0);
	people_login(p, "bob", "secret");
	assert_int_equal(p->result, 0);
}

static void login_at_once(struct people *p, const char *user, const char *password)
{
	const struct aaa_source from = {.address = "192.0.2.7", .port = 23};
	struct secret *s = secret_new(password, strlen(password));

	aaa_login(p->aaa, user, s, &from, people_answer, p);
	secret_free(s);
}

static void expect_late_refusals(struct people *p, unsigned int count)
{
	assert_int_equal(p->answers, 0);
	loop_advance(p->f->loop, 2100);
	assert_int_equal(p->answers, count);
}

/* What was asked before the lock came is judged by the lock all the same. */
static void test_guesses_in_a_heap_do_not_slip_past_the_lock(void **state)
{
	struct people *p = *state;

	p->answers = 0;
	login_at_once(p, "bob", "wrong");
	login_at_once(p, "bob", "wrong");
	login_at_once(p, "bob", "secret");
	fixture_run(p->f);
	expect_late_refusals(p, 3);
	assert_int_equal(p->result, -EACCES);
	assert_int_equal(people_logged(p, "LOGIN_SUCCESS"), 0);
}

static void test_guesses_in_a_heap_do_not_slip_past_the_quiet_time(void **state)
{
	struct people *p = *state;

	p->answers = 0;
	for (int i = 0; i < 3; i++)
		login_at_once(p, "nobody", "wrong");
	login_at_once(p, "root15", "secret");
	fixture_run(p->f);
	assert_int_equal(p->answers, 1);
	assert_int_equal(p->result, -EBUSY);
	assert_int_equal(people_logged(p, "LOGIN_SUCCESS"), 0);
	p->answers = 0;
	expect_late_refusals(p, 3);
}

static void committed(void *arg, int err, const struct error *why)
{
	(void)arg;
	(void)why;
	assert_int_equal(err, 0);
}

/* As a commit does it, in the middle of what else happens. */
static void let_go(struct people *p, const char *json)
{
	const struct config_room *room = aaa_room(p->aaa);
	struct config_change c = {.path = "/spindle-aaa:aaa/user"};
	struct lyd_node *tree = NULL;
	struct error err = {0};

	assert_int_equal(lyd_parse_data_mem(config_context(p->f->config), json, LYD_JSON,
					    LYD_PARSE_ONLY, 0, &tree),
			 LY_SUCCESS);
	c.old = lyd_child(tree);
	assert_int_equal(room->prepare(room->ctx, &c, &err), 0);
	room->commit(room->ctx, committed, NULL);
	lyd_free_all(tree);
}

static void test_a_user_who_goes_meanwhile_is_not_let_in(void **state)
{
	struct people *p = *state;

	p->answers = 0;
	login_at_once(p, "root15", "secret");
	let_go(p, "{\"spindle-aaa:aaa\":{\"user\":[{\"name\":\"root15\"}]}}");
	assert_false(aaa_user(p->aaa, "root15", 0, &(uint8_t){0}));
	fixture_run(p->f);
	expect_late_refusal(p, "Login invalid");
}

static void test_a_success_forgets_the_failures(void **state)
{
	struct people *p = *state;
	struct aaa_lockout l;

	people_login(p, "bob", "wrong");
	people_login(p, "bob", "secret");
	people_login(p, "bob", "wrong");
	assert_false(aaa_lockout(p->aaa, 0, &l));
}

static void test_privilege_15_is_never_locked_out(void **state)
{
	struct people *p = *state;
	struct aaa_lockout l;

	people_login(p, "root15", "wrong");
	people_login(p, "root15", "wrong");
	assert_false(aaa_lockout(p->aaa, 0, &l));
	assert_int_equal(aaa_clear_lockout(p->aaa, NULL), 0);
	people_login(p, "root15", "secret");
	assert_int_equal(p->result, 0);
}

static void test_enable_asks_the_secret_of_its_level(void **state)
{
	struct people *p = *state;

	assert_true(aaa_has_enable(p->aaa, 15));
	assert_false(aaa_has_enable(p->aaa, 5));
	people_enable(p, 15, "secret");
	assert_int_equal(p->result, 0);
	people_enable(p, 5, "secret");
	assert_int_equal(p->result, -ENOENT);
	assert_string_equal(p->why, "No password set");
	people_enable(p, 15, "wrong");
	expect_late_refusal(p, "Access denied");
}

static void test_checks_that_run_are_answered_when_the_room_goes(void **state)
{
	struct people *p = *state;
	const struct aaa_source from = {.address = "", .port = 23};
	struct secret *s = secret_new("wrong", 5);

	people_login(p, "bob", "wrong"); /* late */
	for (int i = 0; i < 3; i++)	 /* one has the worker, two wait */
		aaa_login(p->aaa, "bob", s, &from, people_answer, p);
	secret_free(s);
	aaa_free(p->aaa);
	p->aaa = NULL;
	p->f->people_to = NULL;
	assert_int_equal(p->answers, 4);
	assert_int_equal(p->result, -ECANCELED);
}

static void test_an_edit_that_is_hashed_is_answered_when_the_room_goes(void **state)
{
	struct people *p = *state;
	json_t *edit =
		fixture_json("{'spindle-aaa:aaa':{'enable':[{'level':3,'secret':'0 hunter2'}]}}");

	p->answers = 0;
	aaa_hash_edit(p->aaa, edit, people_answer, p);
	aaa_free(p->aaa);
	p->aaa = NULL;
	p->f->people_to = NULL;
	assert_int_equal(p->answers, 1);
	assert_int_equal(p->result, -ECANCELED);
	json_decref(edit);
}

static void test_too_many_checks_at_once_are_refused(void **state)
{
	struct people *p = *state;
	const struct aaa_source from = {.address = "", .port = 23};
	struct secret *s = secret_new("secret", 6);

	p->answers = 0;
	for (int i = 0; i < 70; i++)
		aaa_login(p->aaa, "bob", s, &from, people_answer, p);
	assert_int_equal(p->answers, 6);
	assert_int_equal(p->result, -EBUSY);
	secret_free(s);
	fixture_run(p->f);
	assert_int_equal(p->answers, 70);
	assert_int_equal(p->result, 0);
}

static void test_the_watch_keeps_its_size(void **state)
{
	const struct settings_object s = {
		.block_for_s = 10, .attempts = 1000, .within_s = 60, .max_fail = 1};
	struct watch *w = alloc_zero(sizeof(*w));
	char name[16];

	(void)state;
	for (int i = 0; i < 2 * WATCH_USERS_MAX; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		watch_failure(w, &s, name, i < WATCH_USERS_MAX, 1000, (uint64_t)i + 1);
	}
	/* Everybody of the first half is locked: nobody makes room. */
	assert_int_equal(w->user_count, WATCH_USERS_MAX);
	assert_true(watch_is_locked(w, "u0"));
	assert_false(watch_is_locked(w, "u300"));
	/* An attempts figure beyond what is kept still shuts. */
	assert_true(watch_is_quiet(w, 1001));
	assert_false(watch_is_quiet(w, 11001));
	alloc_free(w);
}

static int work(void *arg)
{
	struct people *p = arg;

	people_login(p, "bob", "secret");
	if (!p->answers)
		loop_advance(p->f->loop, 5000);
	return p->answers == 1 ? p->result : -EPROTO;
}

static void test_each_allocation_may_fail(void **state)
{
	struct people *p = *state;

	assert_int_equal(people_edit(p, "{'spindle-aaa:aaa':{'@':{'spindle-types:remove':"
					"'login max-fail'}}}"),
			 0);
	assert_true(unit_fail_each_allocation(work, p) > 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, people_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_right_password_is_answered_at_once),
		TEST(test_a_wrong_one_is_answered_late),
		TEST(test_a_name_that_is_no_users_is_treated_alike_and_not_printed),
		TEST(test_a_delayed_answer_does_not_hold_the_next_check),
		TEST(test_too_many_failures_shut_all_logins_for_a_while),
		TEST(test_failures_far_apart_shut_nothing),
		TEST(test_a_user_with_failures_in_a_row_is_locked_out_until_cleared),
		TEST(test_guesses_in_a_heap_do_not_slip_past_the_lock),
		TEST(test_guesses_in_a_heap_do_not_slip_past_the_quiet_time),
		TEST(test_a_user_who_goes_meanwhile_is_not_let_in),
		TEST(test_a_success_forgets_the_failures),
		TEST(test_privilege_15_is_never_locked_out),
		TEST(test_enable_asks_the_secret_of_its_level),
		TEST(test_checks_that_run_are_answered_when_the_room_goes),
		TEST(test_an_edit_that_is_hashed_is_answered_when_the_room_goes),
		TEST(test_too_many_checks_at_once_are_refused),
		cmocka_unit_test(test_the_watch_keeps_its_size),
		TEST(test_each_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
