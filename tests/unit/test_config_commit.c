/* Rooms in a commit: order, refusals at every place, answers that come later, what waits. */
#include "tests/unit/config_fixture.h"

#include <stdlib.h>

/* Touches all three rooms, in the order system, crypto, recovery. */
#define ALL                                                                                        \
	"{'spindle-system:system':{'hostname':'R1'},'spindle-crypto:crypto':{"                     \
	"'ipsec':{'hold-packets':true},'map':[{'name':'VPN','sequence':10}]}}"
#define MAP "/spindle-crypto:crypto/map"

static int loaded_setup(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	assert_int_equal(fixture_load(f), 0);
	fixture_forget(f);
	return 0;
}

static void assert_diaries(struct fixture *f, const char *a, const char *b, const char *c)
{
	assert_string_equal(text_str(&f->rooms[0].diary), a);
	assert_string_equal(text_str(&f->rooms[1].diary), b);
	assert_string_equal(text_str(&f->rooms[2].diary), c);
}

static void assert_nothing_changed(struct fixture *f)
{
	char *text = fixture_get(f, "", true);

	assert_string_equal(text, "{}");
	free(text);
	assert_true(config_version(f->config) == 1);
	assert_false(config_unsaved(f->config));
}

static void test_at_load_each_container_is_told_once_with_its_defaults(void **state)
{
	struct fixture *f;

	fixture_setup(state);
	f = *state;
	assert_int_equal(fixture_load(f), 0);
	assert_diaries(f, "+ logging\n+ system\ncommit\n", "+ security-association\ncommit\n",
		       "+ ipsec\n+ invalid-spi-recovery\ncommit\n");
	assert_true(config_version(f->config) == 1);
	assert_false(config_unsaved(f->config));
}

static void test_every_touched_room_prepares_then_commits(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_edit(f, ALL), 0);
	assert_diaries(f, "-+ system\ncommit\n", "+ map VPN 10\ncommit\n", "-+ ipsec\ncommit\n");
	assert_true(config_unsaved(f->config));
}

static void test_a_refused_change_aborts_all_that_were_told(void **state)
{
	struct fixture *f = *state;

	f->rooms[1].refuse = MAP;
	assert_int_equal(fixture_edit(f, ALL), -EPROTO);
	assert_string_equal(f->why, "that can never be");
	assert_diaries(f, "-+ system\nabort\n", "+ map VPN 10\nabort\n", "-+ ipsec\nabort\n");
	assert_nothing_changed(f);
	f->rooms[1].refuse = NULL;
	assert_int_equal(fixture_edit(f, ALL), 0);
}

static void test_a_room_not_yet_told_is_not_aborted(void **state)
{
	struct fixture *f = *state;

	f->rooms[2].refuse = "/spindle-crypto:crypto/ipsec";
	assert_int_equal(fixture_edit(f, ALL), -EPROTO);
	assert_diaries(f, "", "", "-+ ipsec\nabort\n");
}

static void test_a_refusal_in_the_middle_undoes_the_rooms_before_it(void **state)
{
	struct fixture *f = *state;

	f->rooms[1].commit_result = -ENOBUFS;
	assert_int_equal(fixture_edit(f, ALL), -ENOBUFS);
	assert_string_equal(f->why, "the kernel said no");
	assert_diaries(f, "-+ system\ncommit\n-+ system\ncommit\n", "+ map VPN 10\ncommit\n",
		       "-+ ipsec\nabort\n");
	assert_nothing_changed(f);
}

static void test_a_refusal_by_the_last_room_undoes_latest_first(void **state)
{
	struct fixture *f = *state;

	f->rooms[2].commit_result = -EINVAL;
	assert_int_equal(fixture_edit(f, ALL), -EINVAL);
	assert_diaries(f, "-+ system\ncommit\n-+ system\ncommit\n",
		       "+ map VPN 10\ncommit\n- map VPN 10\ncommit\n", "-+ ipsec\ncommit\n");
	assert_nothing_changed(f);
}

/* What an undone room is told is the way back: the last value it hears is the old one. */
static char heard[64];

static int hear_hostname(void *ctx, const struct config_change *c, struct error *err)
{
	struct lyd_node *n = NULL;

	(void)ctx;
	(void)err;
	if (!strcmp(c->path, "/spindle-system:system") && !lyd_find_path(c->new, "hostname", 0, &n))
		text_copy(heard, sizeof(heard), lyd_get_value(n));
	return 0;
}

static void test_an_undone_room_hears_the_old_values(void **state)
{
	struct fixture *f = *state;

	f->rooms[0].room.prepare = hear_hostname;
	assert_int_equal(fixture_edit(f, "{'spindle-system:system':{'hostname':'R0'}}"), 0);
	assert_string_equal(heard, "R0");
	f->rooms[2].commit_result = -EINVAL;
	assert_int_equal(fixture_edit(f, ALL), -EINVAL);
	assert_string_equal(heard, "R0");
	assert_int_equal(fixture_edit(f, ALL), 0);
	assert_string_equal(heard, "R1");
}

static void test_a_room_may_answer_later_and_others_wait(void **state)
{
	struct fixture *f = *state;

	f->rooms[1].later = true;
	assert_int_equal(fixture_edit(f, ALL), -EINPROGRESS);
	assert_diaries(f, "-+ system\ncommit\n", "+ map VPN 10\ncommit\n", "-+ ipsec\n");
	assert_nothing_changed(f);
	config_edit(f->config, "second",
		    fixture_json("{'spindle-logging:logging':"
				 "{'buffered-size':8192}}"),
		    fixture_answer, f);
	fixture_run(f);
	assert_int_equal(f->answers, 0);
	f->rooms[1].later = false;
	f->rooms[1].done(f->rooms[1].done_arg, 0, NULL);
	fixture_run(f);
	assert_int_equal(f->answers, 2);
	assert_int_equal(f->result, 0);
	assert_true(config_version(f->config) == 3);
}

static void test_an_answer_after_the_end_is_harmless(void **state)
{
	struct fixture *f = *state;
	config_done *done;
	void *arg;

	f->rooms[1].later = true;
	assert_int_equal(fixture_edit(f, ALL), -EINPROGRESS);
	done = f->rooms[1].done;
	arg = f->rooms[1].done_arg;
	config_free(f->config);
	f->config = NULL;
	assert_int_equal(f->answers, 1);
	assert_int_equal(f->result, -ECANCELED);
	done(arg, 0, NULL);
}

static void test_a_check_prepares_and_aborts_and_changes_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_check(f, ALL), 0);
	assert_diaries(f, "-+ system\nabort\n", "+ map VPN 10\nabort\n", "-+ ipsec\nabort\n");
	assert_nothing_changed(f);
	f->rooms[1].refuse = MAP;
	assert_int_equal(fixture_check(f, ALL), -EPROTO);
	assert_int_equal(fixture_check(f, "{'spindle-system:system':{'hostname':''}}"), -EINVAL);
	assert_nothing_changed(f);
}

static uint64_t turns_of_config(const struct fixture *f)
{
	struct loop_stat stat;

	for (size_t i = 0; loop_stat_get(f->loop, i, &stat); i++)
		if (!strcmp(stat.name, "config"))
			return stat.turns;
	return 0;
}

static void test_many_changes_take_many_turns(void **state)
{
	struct fixture *f = *state;
	uint64_t before = turns_of_config(f);
	json_t *maps = json_array();

	for (int i = 1; i <= 1000; i++)
		json_array_append_new(maps, json_pack("{s:s, s:i}", "name", "M", "sequence", i));
	config_edit(f->config, "console",
		    json_pack("{s:{s:o}}", "spindle-crypto:crypto", "map", maps), fixture_answer,
		    f);
	fixture_run(f);
	assert_int_equal(f->result, 0);
	assert_in_range(turns_of_config(f) - before, 1000 / 64, 1000 / 32);
}

static void test_too_many_waiting_requests_are_refused(void **state)
{
	struct fixture *f = *state;

	f->rooms[0].later = true;
	f->answers = 0;
	for (int i = 0; i < 300; i++)
		config_edit(f->config, "flood",
			    fixture_json("{'spindle-system:system':"
					 "{'hostname':'X'}}"),
			    fixture_answer, f);
	assert_in_range(f->answers, 40, 60);
	assert_int_equal(f->result, -EBUSY);
}

/* Authors in the messages so far, each followed by a blank. */
static void authors(struct fixture *f, char *out, size_t size)
{
	char buf[LOG_LINE_MAX];
	struct log_record r;
	uint64_t from = 1;

	*out = '\0';
	while (log_ring_get(f->log, from, &r, buf)) {
		size_t len = strlen(out);

		if (!strcmp(r.mnemonic, "CONFIG_I"))
			snprintf(out + len, size - len, "%s ", strrchr(r.text, ' ') + 1);
		from = r.seq + 1;
	}
}

static void test_commits_are_logged_once_for_each_author(void **state)
{
	struct fixture *f = *state;
	char out[200];

	assert_int_equal(fixture_edit(f, ALL), 0);
	assert_int_equal(fixture_edit(f, "{'spindle-system:system':{'hostname':'R2'}}"), 0);
	authors(f, out, sizeof(out));
	assert_string_equal(out, "");
	config_edit(f->config, "bob", fixture_json("{'spindle-system:system':{'hostname':'R3'}}"),
		    fixture_answer, f);
	fixture_run(f);
	authors(f, out, sizeof(out));
	assert_string_equal(out, "console ");
	loop_advance(f->loop, 1000);
	authors(f, out, sizeof(out));
	assert_string_equal(out, "console bob ");
	loop_advance(f->loop, 5000);
	assert_int_equal(fixture_check(f, ALL), 0);
	assert_int_equal(fixture_edit(f, "{'spindle-system:system':{'hostname':'R3'}}"), 0);
	config_edit(f->config, NULL, fixture_json("{'spindle-system:system':{'hostname':'R4'}}"),
		    fixture_answer, f);
	loop_advance(f->loop, 5000);
	authors(f, out, sizeof(out));
	assert_string_equal(out, "console bob ");
}

static void assert_no_config(struct fixture *f, const char *words)
{
	fixture_close(f);
	assert_int_not_equal(fixture_open(f), 0);
	assert_null(f->config);
	if (!strstr(f->err.text, words))
		fail_msg("\"%s\" is not in \"%s\"", words, f->err.text);
}

static void test_a_leaf_without_a_handler_row_stops_the_start(void **state)
{
	struct fixture *f = *state;

	/* The last row is the recovery command's. */
	f->handler_count--;
	assert_no_config(f, "/spindle-crypto:crypto/isakmp/invalid-spi-recovery/enabled");
	assert_no_config(f, "has no handler row");
}

static void test_a_handler_row_for_nothing_stops_the_start(void **state)
{
	struct fixture *f = *state;
	size_t last = f->handler_count;

	f->handlers[last] = f->handlers[0];
	f->handler_count++;
	assert_no_config(f, "two handler rows for /spindle-system:system");
	f->handlers[last].path = "/spindle-system:colour";
	assert_no_config(f, "/spindle-system:colour");
	f->handlers[last].path = "/spindle-crypto:crypto-state";
	assert_no_config(f, "/spindle-crypto:crypto-state");
	f->handlers[last].path = "/spindle-system:system/hostname";
	assert_no_config(f, "hostname");
}

/* An edit with each allocation failing once: refused or done, never half, and the next one works. */
static int edit_once(void *arg)
{
	struct fixture *f = arg;
	int rc;

	rc = fixture_edit(f, "{'spindle-crypto:crypto':{'map':[{'name':'A','sequence':1}]}}");
	if (!rc)
		rc = fixture_edit(f, "{'spindle-crypto:crypto':{'map':[{'name':'A','sequence':1,"
				     "'@':{'spindle-types:operation':'delete'}}]}}");
	return rc;
}

static int edit_from_scratch(void *arg)
{
	struct fixture *f = arg;
	struct fixture local = *f;
	char *text;
	int rc;

	local.loop = NULL;
	rc = fixture_open(&local);
	if (!rc)
		rc = fixture_load(&local);
	if (!rc)
		rc = edit_once(&local);
	if (!rc) {
		text = fixture_get(&local, "", true);
		assert_string_equal(text, "{}");
		free(text);
	}
	fixture_close(&local);
	return rc;
}

static void test_each_allocation_may_fail(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	for (size_t i = 0; i < FIXTURE_ROOMS; i++)
		text_free(&f->rooms[i].diary);
	assert_true(unit_fail_each_allocation(edit_from_scratch, f) >= 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, loaded_setup, fixture_teardown)
		cmocka_unit_test_teardown(
			test_at_load_each_container_is_told_once_with_its_defaults,
			fixture_teardown),
		T(test_every_touched_room_prepares_then_commits),
		T(test_a_refused_change_aborts_all_that_were_told),
		T(test_a_room_not_yet_told_is_not_aborted),
		T(test_a_refusal_in_the_middle_undoes_the_rooms_before_it),
		T(test_a_refusal_by_the_last_room_undoes_latest_first),
		T(test_an_undone_room_hears_the_old_values),
		T(test_a_room_may_answer_later_and_others_wait),
		T(test_an_answer_after_the_end_is_harmless),
		T(test_a_check_prepares_and_aborts_and_changes_nothing),
		T(test_many_changes_take_many_turns),
		T(test_too_many_waiting_requests_are_refused),
		T(test_commits_are_logged_once_for_each_author),
		T(test_a_leaf_without_a_handler_row_stops_the_start),
		T(test_a_handler_row_for_nothing_stops_the_start),
		T(test_each_allocation_may_fail),
#undef T
	};

	return cmocka_run_group_tests_name("config_commit", tests, NULL, NULL);
}
