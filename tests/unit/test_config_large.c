/* Large changes: worked on beside the loop, all or nothing, while others read what was or wait. */
#include "base/clock.h"
#include "tests/unit/config_fixture.h"

#define MANY 1000

static int setup(void **state)
{
	struct fixture *f = fixture_new();

	f->real_loop = true;
	f->threads = 1;
	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(fixture_load(f), 0);
	*state = f;
	return 0;
}

static json_t *entries(const char *description)
{
	json_t *maps = json_array();

	for (int i = 1; i <= MANY; i++)
		json_array_append_new(maps, json_pack("{s:s, s:i, s:s}", "name", "M", "sequence", i,
						      "description", description));
	return json_pack("{s:{s:o}}", "spindle-crypto:crypto", "map", maps);
}

/* How many entries say so, page by page; -EBUSY: a worker has the configuration, the cursor stays. */
static int count(struct fixture *f, const char *description)
{
	uint64_t cursor = 0;
	int found = 0;

	do {
		uint64_t before = cursor;
		json_t *doc = NULL, *entry;
		size_t i;
		int rc = config_get(f->config, "/spindle-crypto:crypto/map", true, &cursor, 128,
				    &doc, NULL);

		if (rc) {
			assert_int_equal(rc, -EBUSY);
			assert_int_equal(cursor, before);
			return rc;
		}
		json_array_foreach(
			json_object_get(json_object_get(doc, "spindle-crypto:crypto"), "map"), i,
			entry)
		{
			const char *text = json_string_value(json_object_get(entry, "description"));

			found += text && !strcmp(text, description);
		}
		json_decref(doc);
	} while (cursor);
	return found;
}

struct seen {
	unsigned int busy, none, all, some;
};

#define PATIENCE_MS 60000 /* of a machine that has much to do: the worker is a thread */

/* Goes on to the answer and looks at the configuration after each turn. */
static struct seen watch(struct fixture *f, const char *description)
{
	uint64_t until = clock_boot_ms() + PATIENCE_MS;
	struct seen seen = {0};

	while (!f->answers && clock_boot_ms() < until) {
		int n;

		loop_turn(f->loop, 0);
		n = count(f, description);
		seen.busy += n == -EBUSY;
		seen.none += n == 0;
		seen.all += n == MANY;
		seen.some += n > 0 && n < MANY;
	}
	return seen;
}

static struct seen change(struct fixture *f, json_t *edit, const char *description)
{
	f->answers = 0;
	config_edit(f->config, "console", edit, fixture_answer, f);
	return watch(f, description);
}

static void test_a_large_edit_is_seen_whole_or_not_at_all(void **state)
{
	struct fixture *f = *state;
	struct seen seen = change(f, entries("one"), "one");

	assert_int_equal(f->result, 0);
	assert_int_not_equal(seen.busy, 0);
	assert_int_not_equal(seen.none, 0);
	assert_int_equal(seen.some, 0);
	assert_int_equal(count(f, "one"), MANY);
	seen = change(f, entries("two"), "one");
	assert_int_equal(f->result, 0);
	assert_int_not_equal(seen.busy, 0);
	assert_int_equal(seen.some, 0);
	assert_int_equal(count(f, "two"), MANY);
}

static void on_touched(void *ctx, const char *row)
{
	char *said = ctx;
	size_t at = strlen(said);

	if (at < 200)
		snprintf(said + at, 256 - at, "%s;", row ? row : "end");
}

static void test_a_large_edit_is_told_to_who_listens(void **state)
{
	struct fixture *f = *state;
	char said[256] = "";

	config_listen(f->config, on_touched, said);
	change(f, entries("one"), "one");
	assert_int_equal(f->result, 0);
	assert_non_null(strstr(said, "/spindle-crypto:crypto/map;"));
	said[0] = '\0';
	change(f, entries("one"), "one"); /* nothing changes: no commit */
	assert_null(strstr(said, "map"));
	config_listen(f->config, NULL, NULL);
}

static void test_a_small_edit_does_not_leave_the_loop(void **state)
{
	struct fixture *f = *state;
	struct seen seen;

	change(f, entries("one"), "one");
	seen = change(f,
		      fixture_json("{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':500,"
				   "'description':'other'}]}}"),
		      "one");
	assert_int_equal(f->result, 0);
	assert_int_equal(seen.busy, 0);
	assert_int_equal(count(f, "one"), MANY - 1);
}

static void test_few_words_that_remove_much_are_large(void **state)
{
	struct fixture *f = *state;
	struct seen seen;

	change(f, entries("one"), "one");
	seen = change(f,
		      fixture_json("{'spindle-crypto:crypto':{'@':{'spindle-types:operation':"
				   "'remove'}}}"),
		      "one");
	assert_int_equal(f->result, 0);
	assert_int_not_equal(seen.busy, 0);
	assert_int_equal(count(f, "one"), 0);
}

static void test_a_large_edit_that_a_room_refuses_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct seen seen;
	json_t *edit = entries("two");

	change(f, entries("one"), "one");
	/* The last room refuses when the one before has committed a thousand changes. */
	json_object_set_new(json_object_get(edit, "spindle-crypto:crypto"), "ipsec",
			    json_pack("{s:b}", "hold-packets", 1));
	f->rooms[2].commit_result = -EPERM;
	fixture_forget(f);
	seen = change(f, edit, "two");
	assert_int_equal(f->result, -EPERM);
	assert_int_equal(seen.all + seen.some, 0);
	assert_int_equal(count(f, "one"), MANY);
	assert_non_null(strstr(text_str(&f->rooms[1].diary), "commit"));
}

static void test_a_large_edit_that_is_invalid_is_refused_and_the_next_one_works(void **state)
{
	struct fixture *f = *state;
	json_t *edit = entries("one");
	json_t *maps = json_object_get(json_object_get(edit, "spindle-crypto:crypto"), "map");

	json_object_set_new(json_array_get(maps, MANY - 1), "sequence", json_integer(-1));
	change(f, edit, "one");
	assert_int_equal(f->result, -EINVAL);
	assert_int_equal(count(f, "one"), 0);
	change(f, entries("one"), "one");
	assert_int_equal(f->result, 0);
}

static void test_others_wait_their_turn_behind_a_large_edit(void **state)
{
	struct fixture *f = *state;
	uint64_t until = clock_boot_ms() + PATIENCE_MS;

	f->answers = 0;
	config_edit(f->config, "console", entries("one"), fixture_answer, f);
	config_edit(f->config, "second",
		    fixture_json("{'spindle-crypto:crypto':{'map':[{'name':'M','sequence':7,"
				 "'description':'mine'}]}}"),
		    fixture_answer, f);
	while (f->answers < 2 && clock_boot_ms() < until)
		loop_turn(f->loop, 0);
	assert_int_equal(f->answers, 2);
	assert_int_equal(f->result, 0);
	assert_int_equal(count(f, "mine"), 1);
	assert_int_equal(count(f, "one"), MANY - 1);
}

static void test_saving_is_beside_the_loop(void **state)
{
	struct fixture *f = *state;
	struct seen seen;
	char *text;

	change(f, entries("one"), "one");
	f->answers = 0;
	config_save(f->config, fixture_answer, f);
	seen = watch(f, "one");
	assert_int_equal(f->result, 0);
	assert_int_not_equal(seen.busy, 0);
	assert_false(config_unsaved(f->config));
	text = fixture_read(f, "startup-config.json");
	assert_non_null(strstr(text, "\"sequence\": 1000"));
	alloc_free(text);
}

static struct config_candidate *candidate_of(struct fixture *f, const char *description)
{
	struct error err = {0};
	struct config_candidate *k = config_candidate_new(f->config, &err);

	assert_non_null(k);
	f->answers = 0;
	config_candidate_fill(k, CONFIG_FROM_EMPTY, 0, fixture_answer, f);
	fixture_run(f);
	f->answers = 0;
	config_candidate_edit(k, entries(description), fixture_answer, f);
	fixture_run(f);
	assert_int_equal(f->result, 0);
	return k;
}

static void test_a_large_replace_is_seen_whole_or_not_at_all(void **state)
{
	struct fixture *f = *state;
	struct config_candidate *k = candidate_of(f, "two");
	struct config_counts counts;
	struct seen seen;

	change(f, entries("one"), "one");
	assert_int_equal(count(f, "one"), MANY);
	f->answers = 0;
	config_candidate_commit(k, "console", 1, &counts, fixture_answer, f);
	seen = watch(f, "two");
	assert_int_equal(f->result, 0);
	assert_int_equal(seen.some, 0);
	assert_int_equal(counts.changed, MANY);
	assert_int_equal(count(f, "two"), MANY);
	f->answers = 0;
	config_revert(f->config, 0, fixture_answer, f);
	seen = watch(f, "one");
	assert_int_equal(f->result, 0);
	assert_int_equal(seen.some, 0);
	assert_int_equal(count(f, "one"), MANY);
	config_candidate_unref(k);
}

static void test_a_candidate_is_made_beside_the_loop_and_read_after(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	struct config_candidate *k = config_candidate_new(f->config, &err);
	uint64_t cursor = 0;
	json_t *doc = NULL;

	change(f, entries("one"), "one");
	f->answers = 0;
	config_candidate_fill(k, CONFIG_FROM_RUNNING, 0, fixture_answer, f);
	loop_turn(f->loop, 0);
	if (!f->answers)
		assert_int_equal(config_candidate_get(k, "", true, &cursor, 10, &doc, &err),
				 -EBUSY);
	watch(f, "one");
	assert_int_equal(config_candidate_get(k, "/spindle-crypto:crypto/map", true, &cursor, 10,
					      &doc, &err),
			 0);
	assert_true(cursor > 0);
	json_decref(doc);
	config_candidate_unref(k);
}

/* The end comes in the middle: each asker hears of it once, nothing is touched after it is freed. */
static void test_an_end_in_the_middle_is_clean(void **state)
{
	struct fixture *f = *state;

	for (int turns = 0; turns < 6; turns++) {
		f->answers = 0;
		config_edit(f->config, "console", entries("one"), fixture_answer, f);
		for (int i = 0; i < turns; i++)
			loop_turn(f->loop, 0);
		fixture_close(f);
		assert_int_equal(f->answers, 1);
		assert_int_equal(fixture_open(f), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)
		T(test_a_large_edit_is_seen_whole_or_not_at_all),
		T(test_a_large_edit_is_told_to_who_listens),
		T(test_a_small_edit_does_not_leave_the_loop),
		T(test_few_words_that_remove_much_are_large),
		T(test_a_large_edit_that_a_room_refuses_changes_nothing),
		T(test_a_large_edit_that_is_invalid_is_refused_and_the_next_one_works),
		T(test_others_wait_their_turn_behind_a_large_edit),
		T(test_saving_is_beside_the_loop),
		T(test_a_large_replace_is_seen_whole_or_not_at_all),
		T(test_a_candidate_is_made_beside_the_loop_and_read_after),
		T(test_an_end_in_the_middle_is_clean),
#undef T
	};

	return cmocka_run_group_tests_name("config_large", tests, NULL, NULL);
}
