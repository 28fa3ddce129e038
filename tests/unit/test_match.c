#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lua/match/match.h"

/* ---- windows ------------------------------------------------------------------------------------- */

static void test_a_window_looks_back_and_begins_anew(void **state)
{
	struct match_window w;

	(void)state;
	assert_int_equal(match_window_init(&w, 3, 10000), 0);
	assert_false(match_window_take(&w, 1000));
	assert_false(match_window_take(&w, 2000));
	/* The first two are out of sight by now. */
	assert_false(match_window_take(&w, 12500));
	assert_false(match_window_take(&w, 13000));
	assert_true(match_window_take(&w, 22500));
	assert_false(match_window_take(&w, 22600));
	assert_int_equal(match_window_seen(&w, 22600), 1);
	assert_int_equal(match_window_seen(&w, 32601), 0);
	match_window_clear(&w);
}

static void test_without_a_period_a_window_counts(void **state)
{
	struct match_window w;

	(void)state;
	assert_int_equal(match_window_init(&w, 2, 0), 0);
	assert_false(match_window_take(&w, 0));
	assert_true(match_window_take(&w, UINT64_MAX));
	assert_int_equal(match_window_init(&w, 0, 5), 0);
	assert_true(match_window_take(&w, 1));
	assert_int_equal(match_window_init(&w, UINT32_MAX, 0), 0);
	assert_int_equal(match_window_init(&w, MATCH_OCCURS_MAX + 1, 1), -ERANGE);
}

static void test_a_window_without_memory_forgets(void **state)
{
	struct match_window w;

	(void)state;
	match_window_init(&w, 2, 100);
	alloc_fail_after(1);
	assert_false(match_window_take(&w, 1));
	alloc_fail_after(0);
	assert_false(match_window_take(&w, 2));
	assert_true(match_window_take(&w, 3));
	match_window_clear(&w);
}

static void test_a_rate_lets_one_through(void **state)
{
	struct match_rate r = {.every_ms = 1000}, none = {0};

	(void)state;
	assert_true(match_rate_take(&r, 0));
	assert_false(match_rate_take(&r, 999));
	assert_true(match_rate_take(&r, 1000));
	assert_false(match_rate_take(&r, 1999));
	assert_true(match_rate_take(&none, 5));
	assert_true(match_rate_take(&none, 5));
}

/* ---- lines --------------------------------------------------------------------------------------- */

static char said[4096], name_x[] = "x", name_y[] = "y";

static void hit(void *ctx, void *own)
{
	(void)ctx;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s ", (const char *)own);
}

static struct match_entry *add(struct match_lines *m, const char *pattern, const char *own)
{
	struct match_ask ask = {.pattern = {pattern}};
	struct match_entry *e = NULL;

	assert_int_equal(match_lines_add(m, &ask, (void *)(uintptr_t)own, &e, NULL), 0);
	return e;
}

static const char *run(struct match_lines *m, const char *text)
{
	struct match_line line = {.field = {text}, .severity = 4};

	said[0] = '\0';
	match_lines_run(m, &line, hit, NULL);
	return said;
}

static void test_every_entry_that_matches_is_told_in_order(void **state)
{
	struct match_lines *m = match_lines_new();
	struct match_entry *b;

	(void)state;
	add(m, "SPI.*=10", "a");
	b = add(m, "^%CRYPTO", "b");
	add(m, "SPI.*=10", "c");
	add(m, NULL, "d");
	add(m, "never", "e");
	assert_string_equal(run(m, "%CRYPTO SPI src=10"), "a b c d ");
	assert_string_equal(run(m, "%CRYPTO SPI src=9"), "b d ");
	match_lines_remove(m, b);
	assert_string_equal(run(m, "%CRYPTO SPI src=10"), "a c d ");
	add(m, "%CRYPTO", "f");
	assert_string_equal(run(m, "%CRYPTO SPI src=10"), "a c d f ");
	match_lines_remove(m, NULL);
	match_lines_free(m);
	match_lines_free(NULL);
}

static void test_each_field_must_match(void **state)
{
	struct match_lines *m = match_lines_new();
	struct match_ask ask = {.severities = 1u << 4 | 1u << 3};
	struct match_line line = {.severity = 4};
	struct match_entry *e;

	(void)state;
	ask.pattern[MATCH_TEXT] = "spi";
	ask.pattern[MATCH_FACILITY] = "^CRYPTO$";
	ask.pattern[MATCH_MNEMONIC] = "INV";
	assert_int_equal(match_lines_add(m, &ask, name_x, &e, NULL), 0);
	ask = (struct match_ask){.pattern = {[MATCH_MNEMONIC] = "INV"}};
	assert_int_equal(match_lines_add(m, &ask, name_y, &e, NULL), 0);
	line.field[MATCH_TEXT] = "an spi";
	line.field[MATCH_FACILITY] = "CRYPTO";
	line.field[MATCH_MNEMONIC] = "PKT_INV_SPI";
	said[0] = '\0';
	assert_int_equal(match_lines_run(m, &line, hit, NULL), 2);
	assert_string_equal(said, "x y ");
	line.severity = 5;
	assert_int_equal(match_lines_run(m, &line, hit, NULL), 1);
	line.severity = 3;
	line.field[MATCH_FACILITY] = "CRYPTOX";
	assert_int_equal(match_lines_run(m, &line, hit, NULL), 1);
	line.field[MATCH_MNEMONIC] = NULL;
	assert_int_equal(match_lines_run(m, &line, hit, NULL), 0);
	match_lines_free(m);
}

static void test_a_bad_pattern_is_refused_and_leaves_nothing(void **state)
{
	struct match_lines *m = match_lines_new();
	struct match_ask ask = {.pattern = {"fine", "(a)\\1"}};
	struct match_entry *e = NULL;
	struct match_lines_stats st;
	struct error err = {0};

	(void)state;
	assert_int_equal(match_lines_add(m, &ask, NULL, &e, &err), -EINVAL);
	assert_non_null(strstr(err.text, "back-reference"));
	assert_int_equal(match_lines_add(m, &ask, NULL, &e, NULL), -EINVAL);
	match_lines_stats(m, &st);
	assert_int_equal(st.entries, 0);
	assert_int_equal(st.patterns, 0);
	assert_string_equal(run(m, "fine"), "");
	match_lines_free(m);
}

static void test_a_thousand_entries_of_one_pattern_have_one(void **state)
{
	struct match_lines *m = match_lines_new();
	struct match_lines_stats st;
	struct match_line line = {.field = {"the same"}};

	(void)state;
	for (int i = 0; i < 1000; i++)
		add(m, "same$", "");
	match_lines_stats(m, &st);
	assert_int_equal(st.patterns, 1);
	assert_int_equal(st.entries, 1000);
	assert_int_equal(match_lines_run(m, &line, hit, NULL), 1000);
	match_lines_stats(m, &st);
	assert_int_equal(st.hits, 1000);
	assert_int_equal(st.lines, 1);
	assert_int_equal(st.overruns, 0);
	match_lines_free(m);
}

static int lines_work(void *arg)
{
	struct match_lines *m = match_lines_new();
	struct match_ask ask = {.pattern = {"a", "b"}};
	struct match_line line = {.field = {"a", "b"}};
	struct match_entry *e;
	int rc = -ENOMEM;

	(void)arg;
	if (m && !match_lines_add(m, &ask, name_x, &e, NULL))
		/* The automaton that could not be made is made at the next line. */
		rc = match_lines_run(m, &line, hit, NULL) == 1 ? 0 : -ENOMEM;
	match_lines_free(m);
	return rc;
}

static void test_lines_without_memory(void **state)
{
	(void)state;
	said[0] = '\0';
	assert_true(unit_fail_each_allocation(lines_work, NULL) > 5);
}

/* ---- polled values ------------------------------------------------------------------------------- */

static void test_operators(void **state)
{
	enum match_op op;
	enum match_kind kind;

	(void)state;
	assert_int_equal(match_op_parse("ge", &op), 0);
	assert_true(match_op_holds(op, 2, 2));
	assert_false(match_op_holds(op, 1, 2));
	assert_int_equal(match_op_parse("xx", &op), -EINVAL);
	assert_int_equal(match_kind_parse("rate", &kind), 0);
	assert_int_equal(kind, MATCH_RATE);
	assert_int_equal(match_kind_parse("", &kind), -EINVAL);
	assert_true(match_op_texts(MATCH_LT, "9", "10"));
	assert_false(match_op_texts(MATCH_LT, "9a", "10"));
	assert_true(match_op_texts(MATCH_EQ, "up", "up"));
	assert_true(match_op_texts(MATCH_NE, "up", "down"));
	assert_true(match_op_texts(MATCH_GT, "b", "a"));
	assert_true(match_op_texts(MATCH_LE, "1.0", "1"));
	assert_false(match_op_texts(MATCH_EQ, "nan", "nan "));
}

static enum match_poll_says step(struct match_poll *p, double v, uint64_t now)
{
	struct match_reading r;

	return match_poll_step(p, v, now, &r);
}

static void test_a_poll_fires_once_until_its_exit_condition(void **state)
{
	struct match_poll p = {.entry = {true, MATCH_GT, MATCH_VALUE, 10},
			       .exit = {true, MATCH_LT, MATCH_VALUE, 5}};

	(void)state;
	assert_int_equal(step(&p, 10, 0), MATCH_NOTHING);
	assert_int_equal(step(&p, 11, 1000), MATCH_ENTERED);
	assert_int_equal(step(&p, 12, 2000), MATCH_NOTHING);
	assert_int_equal(step(&p, 7, 3000), MATCH_NOTHING);
	assert_int_equal(step(&p, 12, 4000), MATCH_NOTHING);
	assert_int_equal(step(&p, 4, 5000), MATCH_NOTHING);
	assert_int_equal(step(&p, 11, 6000), MATCH_ENTERED);
	p.exit_fires = true;
	assert_int_equal(step(&p, 4, 7000), MATCH_LEFT);
}

static void test_a_poll_by_increment_and_rate(void **state)
{
	struct match_poll inc = {.entry = {true, MATCH_GE, MATCH_INCREMENT, 3}};
	struct match_poll rate = {.entry = {true, MATCH_GT, MATCH_RATE, 100}};
	struct match_poll slow = {.entry = {true, MATCH_GT, MATCH_RATE, 100}, .average = 4};
	struct match_reading r;

	(void)state;
	/* The first reading has no difference. */
	assert_int_equal(match_poll_step(&inc, 1000, 0, &r), MATCH_NOTHING);
	assert_int_equal(match_poll_step(&inc, 1002, 1, &r), MATCH_NOTHING);
	assert_int_equal(match_poll_step(&inc, 1005, 2, &r), MATCH_ENTERED);
	assert_true(r.delta == 3 && r.value == 1005);
	assert_int_equal(match_poll_step(&inc, 1009, 3, &r), MATCH_NOTHING);
	assert_int_equal(match_poll_step(&inc, 1009, 4, &r), MATCH_NOTHING);
	assert_int_equal(match_poll_step(&inc, 1012, 5, &r), MATCH_ENTERED);
	step(&rate, 0, 0);
	assert_int_equal(step(&rate, 500, 5000), MATCH_NOTHING);
	assert_int_equal(step(&rate, 1010, 10000), MATCH_ENTERED);
	step(&slow, 0, 0);
	assert_int_equal(step(&slow, 300, 1000), MATCH_NOTHING); /* 75 */
	assert_int_equal(step(&slow, 600, 2000), MATCH_ENTERED); /* 131 */
}

static void test_a_poll_is_armed_by_time(void **state)
{
	struct match_poll p = {.entry = {true, MATCH_GT, MATCH_VALUE, 10}, .exit_ms = 5000};

	(void)state;
	assert_int_equal(step(&p, 11, 0), MATCH_ENTERED);
	assert_int_equal(step(&p, 11, 4000), MATCH_NOTHING);
	assert_int_equal(step(&p, 11, 5000), MATCH_NOTHING);
	assert_int_equal(step(&p, 11, 6000), MATCH_ENTERED);
	p.exit = (struct match_condition){true, MATCH_LT, MATCH_VALUE, 5};
	p.exit_both = true;
	assert_int_equal(step(&p, 1, 7000), MATCH_NOTHING);
	assert_int_equal(step(&p, 11, 8000), MATCH_NOTHING);
	assert_int_equal(step(&p, 1, 12000), MATCH_NOTHING);
	assert_int_equal(step(&p, 11, 13000), MATCH_ENTERED);
}

/* ---- several events ------------------------------------------------------------------------------ */

static bool both(void *ctx, const uint32_t *seen)
{
	(void)ctx;
	return seen[0] && seen[1];
}

static bool first_not_second(void *ctx, const uint32_t *seen)
{
	(void)ctx;
	return seen[0] && !seen[1];
}

static void test_two_events_within_a_period(void **state)
{
	struct match_trigger_spec spec = {.tags = 2, .period_ms = 10000, .holds = both};
	struct match_trigger *t = match_trigger_new(&spec);

	(void)state;
	assert_false(match_trigger_event(t, 0, 0));
	assert_false(match_trigger_event(t, 1, 11000));
	assert_true(match_trigger_event(t, 0, 12000));
	/* What was seen is forgotten. */
	assert_false(match_trigger_event(t, 0, 12500));
	assert_true(match_trigger_event(t, 1, 13000));
	assert_false(match_trigger_event(t, 7, 13000));
	match_trigger_free(t);
	match_trigger_free(NULL);
}

static void test_one_event_without_the_other(void **state)
{
	struct match_trigger_spec spec = {.tags = 2, .period_ms = 5000, .holds = first_not_second};
	struct match_trigger *t = match_trigger_new(&spec);

	(void)state;
	assert_false(match_trigger_event(t, 1, 1000));
	assert_false(match_trigger_event(t, 0, 2000));
	assert_true(match_trigger_event(t, 0, 6500));
	match_trigger_free(t);
}

static void test_a_correlation_that_must_hold_twice(void **state)
{
	struct match_trigger_spec spec = {
		.tags = 2, .occurs = 2, .period_ms = 60000, .holds = both};
	struct match_trigger *t = match_trigger_new(&spec);

	(void)state;
	match_trigger_event(t, 0, 0);
	assert_false(match_trigger_event(t, 1, 1));
	match_trigger_event(t, 0, 30000);
	assert_true(match_trigger_event(t, 1, 30001));
	match_trigger_event(t, 0, 40000);
	assert_false(match_trigger_event(t, 1, 40001));
	/* The first time is out of the window by now. */
	match_trigger_event(t, 0, 110000);
	assert_false(match_trigger_event(t, 1, 110001));
	match_trigger_free(t);
}

static bool three(void *ctx, const uint32_t *seen)
{
	(void)ctx;
	return seen[0] >= 3;
}

static void test_an_event_that_must_be_seen_thrice(void **state)
{
	struct match_trigger_spec spec = {
		.tags = 1, .attribute = {3}, .period_ms = 1000, .holds = three};
	struct match_trigger *t = match_trigger_new(&spec);

	(void)state;
	assert_false(match_trigger_event(t, 0, 0));
	assert_false(match_trigger_event(t, 0, 500));
	assert_false(match_trigger_event(t, 0, 1400));
	assert_true(match_trigger_event(t, 0, 1450));
	match_trigger_free(t);
}

static void test_a_window_that_opens(void **state)
{
	struct match_trigger_spec spec = {.tags = 2, .period_ms = 1000, .holds = both};
	struct match_trigger *t = match_trigger_new(&spec);

	(void)state;
	match_trigger_gate(t);
	match_trigger_event(t, 0, 0);
	assert_false(match_trigger_event(t, 1, 1));
	match_trigger_open(t, 100);
	assert_false(match_trigger_look(t, 100));
	match_trigger_event(t, 0, 200);
	assert_true(match_trigger_event(t, 1, 300));
	match_trigger_event(t, 0, 1050);
	assert_false(match_trigger_event(t, 1, 1101));
	match_trigger_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_window_looks_back_and_begins_anew),
		cmocka_unit_test(test_without_a_period_a_window_counts),
		cmocka_unit_test(test_a_window_without_memory_forgets),
		cmocka_unit_test(test_a_rate_lets_one_through),
		cmocka_unit_test(test_every_entry_that_matches_is_told_in_order),
		cmocka_unit_test(test_each_field_must_match),
		cmocka_unit_test(test_a_bad_pattern_is_refused_and_leaves_nothing),
		cmocka_unit_test(test_a_thousand_entries_of_one_pattern_have_one),
		cmocka_unit_test(test_lines_without_memory),
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_a_poll_fires_once_until_its_exit_condition),
		cmocka_unit_test(test_a_poll_by_increment_and_rate),
		cmocka_unit_test(test_a_poll_is_armed_by_time),
		cmocka_unit_test(test_two_events_within_a_period),
		cmocka_unit_test(test_one_event_without_the_other),
		cmocka_unit_test(test_a_correlation_that_must_hold_twice),
		cmocka_unit_test(test_an_event_that_must_be_seen_thrice),
		cmocka_unit_test(test_a_window_that_opens),
	};

	return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
