/* log: what people configure of the ways out: levels, the rate limit, counting, who still hears. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/text.h"
#include "log/log.h"

#define BUFFER 100000

struct world {
	struct loop *loop;
	struct log *log;
	struct log_config cfg;
};

static int setup(void **state)
{
	struct world *w = test_calloc(1, sizeof(*w));

	w->loop = loop_new_simulated(5000);
	w->log = log_new(w->loop, BUFFER);
	log_config_default(&w->cfg, BUFFER);
	log_debug_set(w->log, LOG_DEBUG_IPSEC);
	*state = w;
	return w->log ? 0 : -1;
}

static int teardown(void **state)
{
	struct world *w = *state;

	log_free(w->log);
	loop_free(w->loop);
	test_free(w);
	return 0;
}

/* One line of each of severities 1 to 7. */
static void say_each(struct world *w)
{
	log_say(w->log, NULL, QUIET_MODE_ON, 1u, 1u, 1u, "u", "s", 1u);
	log_say(w->log, NULL, PROCESS_DIED, "ike", 1, "signal 9");
	log_say(w->log, NULL, RECOVERY_FAILED, "p", 1u, 1u, "x");
	log_say(w->log, NULL, RECOVERY_REFUSED, "p", 1u, 1u, "x");
	log_say(w->log, NULL, CONFIG_I, "x");
	log_say(w->log, NULL, SPI_SOURCE, "a", "b", "c");
	log_debug(w->log, LOG_DEBUG_IPSEC, NULL, "debug");
}

static unsigned int lines(bool (*get)(const struct log *, uint64_t, struct log_record *, char *),
			  const struct log *log, unsigned int severities[8])
{
	struct log_record r;
	char buf[LOG_LINE_MAX];
	unsigned int count = 0;

	for (uint64_t seq = 1; get(log, seq, &r, buf); seq = r.seq + 1, count++)
		if (severities)
			severities[r.severity]++;
	return count;
}

static struct log_stats stats_of(const struct world *w)
{
	struct log_stats st;

	log_stats(w->log, &st);
	return st;
}

static void test_the_buffer_keeps_its_level_and_programs_hear_all(void **state)
{
	struct world *w = *state;
	unsigned int kept[8] = {0};

	w->cfg.buffer = 4;
	log_configure(w->log, &w->cfg);
	say_each(w);
	assert_int_equal(lines(log_ring_get, w->log, kept), 4);
	assert_int_equal(kept[4], 1);
	assert_int_equal(kept[5], 0);
	assert_int_equal(lines(log_tail_get, w->log, NULL), 7);
	assert_int_equal(log_last_seq(w->log), 7);
	assert_int_equal(stats_of(w).buffer.logged, 4);
	assert_int_equal(stats_of(w).buffer.level, 4);
	w->cfg.buffer = LOG_OFF;
	log_configure(w->log, &w->cfg);
	say_each(w);
	assert_int_equal(stats_of(w).buffer.logged, 4);
	assert_int_equal(lines(log_tail_get, w->log, NULL), 14);
}

/* A flood of debug output must not push the warnings out. */
static void test_debug_output_does_not_take_the_buffer_of_warnings(void **state)
{
	struct world *w = *state;

	w->cfg.buffer = 4;
	w->cfg.buffer_bytes = 4096;
	log_configure(w->log, &w->cfg);
	log_say(w->log, NULL, RECOVERY_REFUSED, "p", 1u, 1u, "x");
	for (int i = 0; i < 5000; i++)
		log_debug(w->log, LOG_DEBUG_IPSEC, NULL, "flood %d", i);
	assert_int_equal(lines(log_ring_get, w->log, NULL), 1);
	assert_int_equal(stats_of(w).overwritten, 0);
}

/* Who asks for lines from before the tail gets what the buffer has of them. */
static void test_those_who_follow_get_older_lines_from_the_buffer(void **state)
{
	struct world *w = *state;
	struct log_record r;
	char buf[LOG_LINE_MAX];

	w->cfg.buffer_bytes = 1 << 20;
	log_configure(w->log, &w->cfg);
	for (int i = 0; i < 2000; i++)
		log_debug(w->log, LOG_DEBUG_IPSEC, NULL, "line");
	assert_true(log_tail_get(w->log, 5, &r, buf));
	assert_int_equal(r.seq, 5);
	log_clear(w->log);
	assert_true(log_tail_get(w->log, 5, &r, buf));
	assert_in_range(r.seq, 6, 1999);
	assert_int_equal(lines(log_tail_get, w->log, NULL), 2000 - r.seq + 1);
	assert_false(log_tail_get(w->log, 2001, &r, buf));
	assert_int_equal(stats_of(w).flushes, 1);
}

static void test_terminals_have_a_level_of_their_own(void **state)
{
	struct world *w = *state;
	struct log_record r = {.severity = 5};

	w->cfg.monitor = 4;
	log_configure(w->log, &w->cfg);
	assert_false(log_monitor_takes(w->log, &r));
	r.severity = 4;
	assert_true(log_monitor_takes(w->log, &r));
	r.limited = true;
	assert_false(log_monitor_takes(w->log, &r));
	r.limited = false;
	w->cfg.off = true;
	log_configure(w->log, &w->cfg);
	assert_false(log_monitor_takes(w->log, &r));
	assert_int_equal(stats_of(w).monitor.logged, 1);
	assert_false(stats_of(w).enabled);
}

/* What the console printed meanwhile. */
static unsigned int on_console(struct world *w, void (*say)(struct world *))
{
	static char buf[1 << 16];
	int pipes[2], old = dup(STDERR_FILENO);
	unsigned int count = 0;
	ssize_t len;

	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[1], STDERR_FILENO);
	log_to_stderr(w->log, true);
	say(w);
	log_to_stderr(w->log, false);
	dup2(old, STDERR_FILENO);
	close(old);
	close(pipes[1]);
	while ((len = read(pipes[0], buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < len; i++)
			count += buf[i] == '\n';
	close(pipes[0]);
	return count;
}

static void test_the_console_has_a_level_and_is_open_while_all_is_off(void **state)
{
	struct world *w = *state;

	assert_int_equal(on_console(w, say_each), 7);
	w->cfg.console = 2;
	w->cfg.off = true;
	log_configure(w->log, &w->cfg);
	assert_int_equal(on_console(w, say_each), 2);
	assert_int_equal(stats_of(w).console.logged, 9);
	assert_int_equal(stats_of(w).console.level, LOG_OFF);
	assert_int_equal(stats_of(w).buffer.logged, 7);
	assert_int_equal(stats_of(w).trap.logged, 6);
}

static void say_many(struct world *w)
{
	for (int i = 0; i < 50; i++)
		log_say(w->log, NULL, CONFIG_I, "x");
}

static void test_a_rate_limit_counts_by_the_second(void **state)
{
	struct world *w = *state;

	w->cfg.rate = 10;
	log_configure(w->log, &w->cfg);
	say_many(w);
	assert_int_equal(stats_of(w).buffer.logged, 10);
	assert_int_equal(stats_of(w).rate_limited, 40);
	loop_advance(w->loop, 999);
	say_many(w);
	assert_int_equal(stats_of(w).buffer.logged, 10);
	loop_advance(w->loop, 1);
	say_many(w);
	assert_int_equal(stats_of(w).buffer.logged, 20);
	/* Programs hear all. */
	assert_int_equal(lines(log_tail_get, w->log, NULL), 150);
}

static void test_a_rate_limit_leaves_debugging_and_the_worst_alone(void **state)
{
	struct world *w = *state;

	w->cfg.rate = 1;
	w->cfg.rate_except = 2;
	log_configure(w->log, &w->cfg);
	say_each(w); /* 1 and 2 by exception, 3 as the one of this second, 7 as debug output */
	assert_int_equal(stats_of(w).buffer.logged, 4);
	loop_advance(w->loop, 1000);
	w->cfg.rate_debug = true;
	log_configure(w->log, &w->cfg);
	say_each(w);
	assert_int_equal(stats_of(w).buffer.logged, 7);
}

static void test_a_rate_limit_of_the_console_is_its_own(void **state)
{
	struct world *w = *state;

	w->cfg.rate = 10;
	w->cfg.rate_console = true;
	log_configure(w->log, &w->cfg);
	assert_int_equal(on_console(w, say_many), 10);
	assert_int_equal(stats_of(w).buffer.logged, 50);
}

static void test_messages_are_counted_from_the_command_on(void **state)
{
	struct world *w = *state;
	uint64_t times, last;

	say_many(w);
	assert_false(log_count_get(w->log, LOG_CONFIG_I, &times, &last));
	w->cfg.count = true;
	log_configure(w->log, &w->cfg);
	say_many(w);
	say_each(w);
	assert_true(log_count_get(w->log, LOG_CONFIG_I, &times, &last));
	assert_int_equal(times, 51);
	assert_true(last > 0);
	assert_false(log_count_get(w->log, LOG_RESYNC, &times, &last));
	assert_false(log_count_get(w->log, LOG_ID_COUNT, &times, &last));
	/* Off, what was counted stays to be read; on again, it begins anew. */
	w->cfg.count = false;
	log_configure(w->log, &w->cfg);
	say_many(w);
	assert_true(log_count_get(w->log, LOG_CONFIG_I, &times, &last));
	assert_int_equal(times, 51);
	w->cfg.count = true;
	log_configure(w->log, &w->cfg);
	assert_false(log_count_get(w->log, LOG_CONFIG_I, &times, &last));
}

static void test_lines_keep_the_stamp_that_they_were_said_with(void **state)
{
	struct world *w = *state;
	struct log_record r;
	char buf[LOG_LINE_MAX], line[LOG_TEXT_MAX];

	w->cfg.stamp[1].kind = LOG_STAMP_UPTIME;
	w->cfg.sequence = true;
	log_configure(w->log, &w->cfg);
	loop_advance(w->loop, 7000);
	log_debug(w->log, LOG_DEBUG_IPSEC, NULL, "one");
	w->cfg.stamp[1].kind = LOG_STAMP_NONE;
	w->cfg.sequence = false;
	log_configure(w->log, &w->cfg);
	log_debug(w->log, LOG_DEBUG_IPSEC, NULL, "two");
	assert_true(log_ring_get(w->log, 1, &r, buf));
	assert_string_equal(log_format(&r, line, sizeof(line)), "000001: 00:00:07: one");
	assert_true(log_ring_get(w->log, 2, &r, buf));
	assert_string_equal(log_format(&r, line, sizeof(line)), "two");
}

static unsigned int evaluated;

static const char *costly(void)
{
	evaluated++;
	return "costly";
}

static void test_conditions_limit_debug_output_alone(void **state)
{
	struct world *w = *state;
	struct log_about mine = {.peer = addr_v4(0x0a010101)},
			 other = {.peer = addr_v4(0x0a010102)};
	struct log_conditions c = {.peer_count = 1};

	prefix_parse(&c.peers[0], "10.1.1.1");
	log_set_conditions(w->log, &c);
	assert_int_equal(log_conditions(w->log)->peer_count, 1);
	log_debug(w->log, LOG_DEBUG_IPSEC, &mine, "%s", costly());
	log_debug(w->log, LOG_DEBUG_IPSEC, &other, "%s", "not this");
	log_debug(w->log, LOG_DEBUG_IPSEC, NULL, "%s", "nor this");
	log_say(w->log, &other, CONFIG_I, "x");
	assert_int_equal(stats_of(w).debug_lines, 1);
	assert_int_equal(stats_of(w).buffer.logged, 2);
	assert_int_equal(evaluated, 1);
}

/* The event manager's messages: any severity, names that no table has. */
static void test_messages_of_other_programs_are_messages(void **state)
{
	struct world *w = *state;
	char buf[LOG_LINE_MAX], line[LOG_TEXT_MAX], name[8];
	struct log_record r;

	assert_int_equal(log_write_foreign(w->log, "HA_EM", 4, "LOG", "INVSPI: a\nb"), 0);
	assert_true(log_ring_get(w->log, 1, &r, buf));
	assert_int_equal(r.severity, 4);
	assert_non_null(strstr(log_format(&r, line, sizeof(line)), "%HA_EM-4-LOG: INVSPI: a"));
	assert_null(strchr(line, '\n'));
	assert_int_equal(log_write_foreign(w->log, "HA_EM", 8, "LOG", "x"), -EINVAL);
	assert_int_equal(log_write_foreign(w->log, "HA_EM", -1, "LOG", "x"), -EINVAL);
	assert_int_equal(log_write_foreign(w->log, "", 6, "LOG", "x"), -EINVAL);
	assert_int_equal(log_write_foreign(w->log, "HA EM", 6, "LOG", "x"), -EINVAL);
	assert_int_equal(log_write_foreign(w->log, "A", 6, "%s%n", "x"), -EINVAL);
	assert_int_equal(log_write_foreign(w->log, "A", 6, "B", "%s%n"), 0);
	assert_true(log_ring_get(w->log, 2, &r, buf));
	assert_string_equal(r.text, "%s%n");
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "N%d", i);
		assert_int_equal(log_write_foreign(w->log, "HA_EM", 6, name, "x"), 0);
	}
	assert_int_equal(log_write_foreign(w->log, "HA_EM", 6, "N60", "x"), -ENOSPC);
	assert_int_equal(log_write_foreign(w->log, "HA_EM", 6, "LOG", "x"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_the_buffer_keeps_its_level_and_programs_hear_all),
		TEST(test_debug_output_does_not_take_the_buffer_of_warnings),
		TEST(test_those_who_follow_get_older_lines_from_the_buffer),
		TEST(test_terminals_have_a_level_of_their_own),
		TEST(test_the_console_has_a_level_and_is_open_while_all_is_off),
		TEST(test_a_rate_limit_counts_by_the_second),
		TEST(test_a_rate_limit_leaves_debugging_and_the_worst_alone),
		TEST(test_a_rate_limit_of_the_console_is_its_own),
		TEST(test_messages_are_counted_from_the_command_on),
		TEST(test_lines_keep_the_stamp_that_they_were_said_with),
		TEST(test_conditions_limit_debug_output_alone),
		TEST(test_messages_of_other_programs_are_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
