/* Candidates: private configurations that become running whole; guards that undo what nobody confirms. */
#include "tests/unit/config_fixture.h"

#include <stdlib.h>

#define SYSTEM(members) "{'spindle-system:system':{" members "}}"
#define MAP(number, member)                                                                        \
	"{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':" number member "}]}}"
#define HOSTNAME(name)	  SYSTEM("'hostname':'" name "'")
#define DESCRIPTION(text) ",'description':'" text "'"
#define MAP_PATH	  "/spindle-crypto:crypto/map"
#define SYSTEM_PATH	  "/spindle-system:system"

static int loaded_setup(void **state)
{
	fixture_setup(state);
	return fixture_load(*state);
}

static int answered(struct fixture *f)
{
	fixture_run(f);
	assert_int_equal(f->answers, 1);
	return f->result;
}

static struct config_candidate *candidate(struct fixture *f, enum config_source from)
{
	struct error err = {0};
	struct config_candidate *k = config_candidate_new(f->config, &err);

	assert_non_null(k);
	f->answers = 0;
	config_candidate_fill(k, from, 0, fixture_answer, f);
	assert_int_equal(answered(f), 0);
	return k;
}

static int amend(struct fixture *f, struct config_candidate *k, const char *edit)
{
	f->answers = 0;
	config_candidate_edit(k, fixture_json(edit), fixture_answer, f);
	return answered(f);
}

static int commit(struct fixture *f, struct config_candidate *k, unsigned int minutes,
		  struct config_counts *counts)
{
	f->answers = 0;
	config_candidate_commit(k, "console", minutes, counts, fixture_answer, f);
	return answered(f);
}

static int check(struct fixture *f, struct config_candidate *k, struct config_counts *counts)
{
	f->answers = 0;
	config_candidate_check(k, counts, fixture_answer, f);
	return answered(f);
}

static void assert_running(struct fixture *f, const char *path, const char *expected)
{
	char *text = fixture_get(f, path, true);

	assert_string_equal(text, expected);
	free(text);
}

static void assert_candidate(struct config_candidate *k, const char *path, const char *expected)
{
	struct error err = {0};
	uint64_t cursor = 0;
	json_t *doc = NULL;
	char *text;

	if (config_candidate_get(k, path, true, &cursor, 1000, &doc, &err))
		fail_msg("%s: %s", path, err.text);
	text = json_dumps(doc, JSON_COMPACT | JSON_SORT_KEYS);
	for (char *c = text; *c; c++)
		if (*c == '"')
			*c = '\'';
	assert_string_equal(text, expected);
	free(text);
	json_decref(doc);
}

static void assert_counts(const struct config_counts *c, unsigned int created, unsigned int changed,
			  unsigned int deleted)
{
	assert_int_equal(c->created, created);
	assert_int_equal(c->changed, changed);
	assert_int_equal(c->deleted, deleted);
}

static void test_edits_of_a_candidate_are_not_running(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k = candidate(f, CONFIG_FROM_RUNNING);
	uint64_t version = config_version(f->config);

	fixture_forget(f);
	assert_int_equal(amend(f, k, HOSTNAME("R1")), 0);
	assert_int_equal(amend(f, k, MAP("10", "")), 0);
	assert_running(f, "", "{}");
	assert_true(config_version(f->config) == version);
	assert_candidate(k, "",
			 "{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':10}]},"
			 "'spindle-system:system':{'hostname':'R1'}}");
	for (int i = 0; i < FIXTURE_ROOMS; i++)
		assert_string_equal(text_str(&f->rooms[i].diary), "");
	config_candidate_unref(k);
	fixture_run(f);
	assert_running(f, "", "{}");
}

static void test_a_commit_is_one_commit_and_counts(void **state)
{
	struct fixture *f = *state;
	struct config_counts counts;
	struct config_candidate *k;

	assert_int_equal(fixture_edit(f, MAP("20", "")), 0);
	k = candidate(f, CONFIG_FROM_RUNNING);
	assert_int_equal(amend(f, k, HOSTNAME("R1")), 0);
	assert_int_equal(amend(f, k, MAP("10", "")), 0);
	assert_int_equal(amend(f, k, MAP("10", DESCRIPTION("x"))), 0);
	assert_int_equal(amend(f, k, MAP("20", ",'@':{'spindle-types:operation':'delete'}")), 0);
	fixture_forget(f);
	assert_int_equal(commit(f, k, 0, &counts), 0);
	assert_counts(&counts, 1, 1, 1);
	assert_true(config_version(f->config) == 3);
	assert_string_equal(text_str(&f->rooms[1].diary), "- map M 20\n+ map M 10\ncommit\n");
	assert_running(f, MAP_PATH,
		       "{'spindle-crypto:crypto':{'map':[{'description':'x','name':'M',"
		       "'sequence':10}]}}");
	/* It is over. */
	assert_int_equal(amend(f, k, HOSTNAME("R2")), -ENOENT);
	assert_int_equal(commit(f, k, 0, NULL), -ENOENT);
	config_candidate_unref(k);
}

static void test_a_commit_keeps_what_others_did_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *a = candidate(f, CONFIG_FROM_RUNNING);
	struct config_candidate *b = candidate(f, CONFIG_FROM_RUNNING);

	/* The same entry, too: each has a leaf of their own. */
	assert_int_equal(amend(f, a, MAP("10", DESCRIPTION("a"))), 0);
	assert_int_equal(amend(f, b, MAP("10", ",'pfs-group':'19'")), 0);
	assert_int_equal(fixture_edit(f, HOSTNAME("R9")), 0);
	assert_int_equal(commit(f, a, 0, NULL), 0);
	assert_int_equal(commit(f, b, 0, NULL), 0);
	assert_running(f, "",
		       "{'spindle-crypto:crypto':{'map':[{'description':'a','name':'M',"
		       "'pfs-group':'19','sequence':10}]},"
		       "'spindle-system:system':{'hostname':'R9'}}");
	config_candidate_unref(a);
	config_candidate_unref(b);
}

static void test_an_edit_that_cannot_be_done_again_refuses_the_commit(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k;

	assert_int_equal(fixture_edit(f, MAP("10", "")), 0);
	k = candidate(f, CONFIG_FROM_RUNNING);
	assert_int_equal(amend(f, k, HOSTNAME("R1")), 0);
	assert_int_equal(amend(f, k, MAP("10", ",'@':{'spindle-types:operation':'delete'}")), 0);
	assert_int_equal(fixture_edit(f, MAP("10", ",'@':{'spindle-types:operation':'delete'}")),
			 0);
	assert_int_equal(commit(f, k, 0, NULL), -ENOENT);
	assert_non_null(strstr(f->why, "map[name='M'][sequence='10'] is not there"));
	assert_running(f, "", "{}");
	assert_candidate(k, SYSTEM_PATH, "{'spindle-system:system':{'hostname':'R1'}}");
	config_candidate_unref(k);
}

static void test_a_refused_commit_changes_nothing_and_keeps_the_candidate(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k[2] = {candidate(f, CONFIG_FROM_RUNNING),
					 candidate(f, CONFIG_FROM_EMPTY)};

	assert_int_equal(fixture_edit(f, MAP("20", "")), 0);
	for (int i = 0; i < 2; i++) {
		uint64_t version = config_version(f->config);

		assert_int_equal(amend(f, k[i], HOSTNAME("R1")), 0);
		assert_int_equal(amend(f, k[i], MAP("10", "")), 0);
		f->rooms[1].refuse = MAP_PATH;
		assert_int_equal(commit(f, k[i], 0, NULL), -EPROTO);
		f->rooms[1].refuse = NULL;
		/* The second of two rooms refuses when the first has committed. */
		f->rooms[1].commit_result = -EPERM;
		assert_int_equal(commit(f, k[i], 0, NULL), -EPERM);
		assert_string_equal(f->why, "the kernel said no");
		assert_true(config_version(f->config) == version);
		assert_running(f, "",
			       "{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':20}]}}");
		assert_candidate(k[i], SYSTEM_PATH, "{'spindle-system:system':{'hostname':'R1'}}");
	}
	/* And may still be committed. */
	assert_int_equal(commit(f, k[1], 0, NULL), 0);
	assert_running(f, "",
		       "{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':10}]},"
		       "'spindle-system:system':{'hostname':'R1'}}");
	config_candidate_unref(k[0]);
	config_candidate_unref(k[1]);
}

static void test_a_refused_edit_leaves_the_candidate_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k = candidate(f, CONFIG_FROM_RUNNING);

	assert_int_equal(amend(f, k, HOSTNAME("R1")), 0);
	assert_int_equal(amend(f, k, "{'spindle-system:system':{'hostname':''}}"), -EINVAL);
	assert_int_equal(amend(f, k, "{'no-module:at-all':{}}"), -EINVAL);
	assert_int_equal(amend(f, k, MAP("10", ",'@':{'spindle-types:operation':'delete'}")),
			 -ENOENT);
	assert_candidate(k, "", "{'spindle-system:system':{'hostname':'R1'}}");
	assert_int_equal(commit(f, k, 0, NULL), 0);
	assert_running(f, "", "{'spindle-system:system':{'hostname':'R1'}}");
	config_candidate_unref(k);
}

static void test_a_replacing_commit_deletes_what_it_does_not_hold(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k = candidate(f, CONFIG_FROM_EMPTY);
	struct config_counts counts;

	assert_int_equal(fixture_edit(f, HOSTNAME("R1")), 0);
	assert_int_equal(fixture_edit(f, MAP("10", DESCRIPTION("old"))), 0);
	assert_int_equal(fixture_edit(f, MAP("20", "")), 0);
	assert_int_equal(fixture_edit(f, MAP("30", "")), 0);
	assert_int_equal(amend(f, k, MAP("10", DESCRIPTION("new"))), 0);
	assert_int_equal(amend(f, k, MAP("20", "")), 0);
	assert_int_equal(amend(f, k, MAP("40", "")), 0);
	assert_int_equal(check(f, k, &counts), 0);
	assert_counts(&counts, 1, 2, 1);
	fixture_forget(f);
	assert_int_equal(commit(f, k, 0, &counts), 0);
	assert_counts(&counts, 1, 2, 1);
	assert_string_equal(text_str(&f->rooms[0].diary), "-+ system\ncommit\n");
	assert_string_equal(text_str(&f->rooms[1].diary),
			    "-+ map M 10\n- map M 30\n+ map M 40\ncommit\n");
	assert_running(f, "",
		       "{'spindle-crypto:crypto':{'map':[{'description':'new','name':'M',"
		       "'sequence':10},{'name':'M','sequence':20},{'name':'M','sequence':40}]}}");
	/* Edits go on upon the new tree, and its index. */
	assert_int_equal(fixture_edit(f, MAP("15", "")), 0);
	assert_int_equal(fixture_edit(f, MAP("40", ",'@':{'spindle-types:operation':'delete'}")),
			 0);
	assert_running(f, MAP_PATH,
		       "{'spindle-crypto:crypto':{'map':[{'description':'new','name':'M',"
		       "'sequence':10},{'name':'M','sequence':15},{'name':'M','sequence':20}]}}");
	config_candidate_unref(k);
}

#define PSK(text)                                                                                  \
	"{'spindle-crypto:crypto':{'ikev2':{'keyring':[{'name':'K','peer':[{'name':'R2',"          \
	"'pre-shared-key':'" text "'}]}]}}}"

static void test_the_same_secret_is_no_change_when_running_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k = candidate(f, CONFIG_FROM_EMPTY);
	struct config_counts counts;

	assert_int_equal(fixture_edit(f, PSK("a secret")), 0);
	assert_int_equal(amend(f, k, PSK("a secret")), 0);
	assert_int_equal(check(f, k, &counts), 0);
	assert_counts(&counts, 0, 0, 0);
	assert_int_equal(amend(f, k, PSK("another")), 0);
	assert_int_equal(check(f, k, &counts), 0);
	assert_counts(&counts, 0, 1, 0);
	config_candidate_unref(k);
}

static void test_startup_is_read_merged_and_erased(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k;
	struct error err = {0};

	k = config_candidate_new(f->config, &err);
	f->answers = 0;
	config_candidate_fill(k, CONFIG_FROM_STARTUP, 0, fixture_answer, f);
	assert_int_equal(answered(f), -ENOENT);
	assert_string_equal(f->why, "startup-config is not present");
	config_candidate_unref(k);
	assert_int_equal(fixture_edit(f, HOSTNAME("R1")), 0);
	assert_int_equal(fixture_save(f), 0);
	assert_int_equal(fixture_edit(f, HOSTNAME("R2")), 0);
	assert_int_equal(fixture_edit(f, MAP("10", "")), 0);
	k = candidate(f, CONFIG_FROM_STARTUP);
	assert_candidate(k, "", "{'spindle-system:system':{'hostname':'R1'}}");
	config_candidate_unref(k);
	f->answers = 0;
	config_merge_stored(f->config, "console", CONFIG_FROM_STARTUP, 0, fixture_answer, f);
	assert_int_equal(answered(f), 0);
	assert_running(f, "",
		       "{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':10}]},"
		       "'spindle-system:system':{'hostname':'R1'}}");
	f->answers = 0;
	config_erase_startup(f->config, fixture_answer, f);
	assert_int_equal(answered(f), 0);
	assert_null(fixture_read(f, "startup-config.json"));
	assert_true(config_unsaved(f->config));
	f->answers = 0;
	config_merge_stored(f->config, "console", CONFIG_FROM_STARTUP, 0, fixture_answer, f);
	assert_int_equal(answered(f), -ENOENT);
	assert_string_equal(f->why, "startup-config is not present");
}

static void test_a_source_that_cannot_be_read_leaves_the_candidate(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k = candidate(f, CONFIG_FROM_RUNNING);

	assert_int_equal(amend(f, k, HOSTNAME("R1")), 0);
	fixture_write(f, "startup-config.json", "{\"spindle-system:system\":{\"hostname\":7}}");
	f->answers = 0;
	config_candidate_fill(k, CONFIG_FROM_STARTUP, 0, fixture_answer, f);
	assert_int_equal(answered(f), -EINVAL);
	assert_candidate(k, "", "{'spindle-system:system':{'hostname':'R1'}}");
	config_candidate_unref(k);
}

static void test_candidates_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k[CONFIG_CANDIDATES_MAX];
	struct error err = {0};

	for (int i = 0; i < CONFIG_CANDIDATES_MAX; i++)
		k[i] = config_candidate_new(f->config, &err);
	assert_null(config_candidate_new(f->config, &err));
	assert_int_equal(err.code, -EBUSY);
	config_candidate_unref(k[3]);
	k[3] = config_candidate_new(f->config, &err);
	assert_non_null(k[3]);
	for (int i = 0; i < CONFIG_CANDIDATES_MAX; i++)
		config_candidate_unref(k[i]);
}

/* ---- guards ---------------------------------------------------------------------------------------- */

#define MINUTE 60000u

static void pass(struct fixture *f, uint64_t ms)
{
	loop_advance(f->loop, ms);
	fixture_run(f);
}

static void test_a_commit_that_nobody_confirms_is_undone(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k;
	const char *who;
	uint64_t left;

	assert_int_equal(fixture_edit(f, HOSTNAME("R1")), 0);
	assert_int_equal(fixture_save(f), 0);
	k = candidate(f, CONFIG_FROM_RUNNING);
	assert_int_equal(amend(f, k, HOSTNAME("R2")), 0);
	assert_int_equal(commit(f, k, 5, NULL), 0);
	config_candidate_unref(k); /* the session's end changes nothing */
	assert_true(config_guarded(f->config, &who, &left));
	assert_string_equal(who, "console");
	assert_true(left <= 5 * MINUTE && left > 5 * MINUTE - 1000);
	/* A restart would come to what was before: nothing of this can be saved. */
	assert_int_equal(fixture_save(f), -EBUSY);
	/* The edits of others meanwhile go with it. */
	assert_int_equal(fixture_edit(f, MAP("10", "")), 0);
	pass(f, 5 * MINUTE - 1000);
	assert_running(f, SYSTEM_PATH, "{'spindle-system:system':{'hostname':'R2'}}");
	pass(f, 1000);
	assert_running(f, "", "{'spindle-system:system':{'hostname':'R1'}}");
	assert_false(config_guarded(f->config, &who, &left));
	assert_int_equal(fixture_save(f), 0);
}

static void test_a_confirmed_commit_stays(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k = candidate(f, CONFIG_FROM_RUNNING);
	struct error err = {0};

	assert_int_equal(config_confirm(f->config, "bob", &err), -ENOENT);
	assert_int_equal(amend(f, k, HOSTNAME("R2")), 0);
	assert_int_equal(commit(f, k, 1, NULL), 0);
	assert_int_equal(config_confirm(f->config, "bob", NULL), 0);
	pass(f, 2 * MINUTE);
	assert_running(f, "", "{'spindle-system:system':{'hostname':'R2'}}");
	assert_int_equal(fixture_save(f), 0);
	config_candidate_unref(k);
}

static int guard(struct fixture *f, unsigned int minutes)
{
	f->answers = 0;
	config_guard(f->config, "console", minutes, fixture_answer, f);
	return answered(f);
}

static int revert(struct fixture *f, unsigned int minutes)
{
	f->answers = 0;
	config_revert(f->config, minutes, fixture_answer, f);
	return answered(f);
}

static void test_what_is_typed_under_a_guard_is_undone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(revert(f, 0), -ENOENT);
	assert_int_equal(revert(f, 1), -ENOENT);
	assert_int_equal(guard(f, 2), 0);
	assert_int_equal(fixture_edit(f, HOSTNAME("R2")), 0);
	/* A second one, and another time, keep what was before the first. */
	assert_int_equal(guard(f, 1), 0);
	assert_int_equal(revert(f, 3), 0);
	pass(f, 2 * MINUTE + 10);
	assert_running(f, "", "{'spindle-system:system':{'hostname':'R2'}}");
	pass(f, MINUTE);
	assert_running(f, "", "{}");
	assert_int_equal(guard(f, 2), 0);
	assert_int_equal(fixture_edit(f, HOSTNAME("R3")), 0);
	assert_int_equal(revert(f, 0), 0);
	assert_running(f, "", "{}");
	pass(f, 3 * MINUTE);
	assert_running(f, "", "{}");
}

static void test_an_undoing_that_is_refused_is_tried_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(guard(f, 1), 0);
	assert_int_equal(fixture_edit(f, MAP("10", "")), 0);
	f->rooms[1].commit_result = -EPERM;
	pass(f, MINUTE + 1);
	assert_running(f, MAP_PATH,
		       "{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':10}]}}");
	pass(f, MINUTE + 1);
	assert_running(f, "", "{}");
}

static void test_a_commit_that_fails_leaves_no_guard(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k = candidate(f, CONFIG_FROM_RUNNING);
	const char *who;
	uint64_t left;

	assert_int_equal(amend(f, k, MAP("10", "")), 0);
	f->rooms[1].refuse = MAP_PATH;
	assert_int_equal(commit(f, k, 1, NULL), -EPROTO);
	assert_false(config_guarded(f->config, &who, &left));
	f->rooms[1].refuse = NULL;
	assert_int_equal(amend(f, k, MAP("10", ",'@':{'spindle-types:operation':'delete'}")), 0);
	/* Nothing changes: there is nothing to confirm. */
	assert_int_equal(commit(f, k, 1, NULL), 0);
	assert_false(config_guarded(f->config, &who, &left));
	config_candidate_unref(k);
}

/* ---- memory and ends ------------------------------------------------------------------------------- */

static int live_once(void *arg)
{
	struct fixture *f = arg;
	struct error err = {0};
	struct config_candidate *k = config_candidate_new(f->config, &err);
	int rc = err.code;

	f->answers = 0;
	if (k)
		config_candidate_fill(k, CONFIG_FROM_RUNNING, 0, fixture_answer, f);
	fixture_run(f);
	if (!rc && !f->result)
		rc = amend(f, k, HOSTNAME("R2"));
	else if (!rc)
		rc = f->result;
	if (!rc)
		rc = commit(f, k, 1, NULL);
	config_candidate_unref(k);
	fixture_run(f);
	if (!rc)
		rc = revert(f, 0);
	return rc;
}

static void test_without_memory_nothing_changes(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};

	assert_true(unit_fail_each_allocation(live_once, f) > 8);
	config_confirm(f->config, "console", &err);
	assert_running(f, "", "{}");
}

static void test_a_candidate_may_go_while_it_is_worked_on(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k = candidate(f, CONFIG_FROM_RUNNING);

	f->answers = 0;
	config_candidate_edit(k, fixture_json(HOSTNAME("R1")), fixture_answer, f);
	config_candidate_commit(k, "console", 0, NULL, fixture_answer, f);
	config_candidate_unref(k);
	fixture_run(f);
	assert_int_equal(f->answers, 2);
	assert_int_equal(f->result, 0);
	assert_running(f, "", "{'spindle-system:system':{'hostname':'R1'}}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, loaded_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_edits_of_a_candidate_are_not_running),
		TEST(test_a_commit_is_one_commit_and_counts),
		TEST(test_a_commit_keeps_what_others_did_meanwhile),
		TEST(test_an_edit_that_cannot_be_done_again_refuses_the_commit),
		TEST(test_a_refused_commit_changes_nothing_and_keeps_the_candidate),
		TEST(test_a_refused_edit_leaves_the_candidate_as_it_was),
		TEST(test_a_replacing_commit_deletes_what_it_does_not_hold),
		TEST(test_the_same_secret_is_no_change_when_running_is_replaced),
		TEST(test_startup_is_read_merged_and_erased),
		TEST(test_a_source_that_cannot_be_read_leaves_the_candidate),
		TEST(test_candidates_are_bounded),
		TEST(test_a_commit_that_nobody_confirms_is_undone),
		TEST(test_a_confirmed_commit_stays),
		TEST(test_what_is_typed_under_a_guard_is_undone),
		TEST(test_an_undoing_that_is_refused_is_tried_again),
		TEST(test_a_commit_that_fails_leaves_no_guard),
		TEST(test_without_memory_nothing_changes),
		TEST(test_a_candidate_may_go_while_it_is_worked_on),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
