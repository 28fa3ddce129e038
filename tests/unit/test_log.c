#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/text.h"
#include "log/log.h"
#include "log/log_internal.h"

/* A log on a simulated loop, and a listener that remembers. */
struct fixture {
	struct loop *loop;
	struct log *log;
	unsigned int heard;
	uint64_t last_seq;
	char last[LOG_LINE_MAX];
	unsigned int echo; /* lines to log from within the listener */
};

static void on_record(void *ctx, const struct log_record *r)
{
	struct fixture *f = ctx;

	f->heard++;
	/* In order and without gaps, but where the queue was over its bound. */
	assert_true(r->seq > f->last_seq);
	f->last_seq = r->seq;
	text_copy(f->last, sizeof(f->last), r->text);
	if (f->echo) {
		f->echo--;
		log_say(f->log, NULL, CONFIG_I, "the listener");
	}
}

static const struct log_ops ops = {on_record};

static struct fixture fixture(size_t ring_bytes)
{
	struct fixture f = {.loop = loop_new_simulated(5000)};

	f.log = log_new(f.loop, ring_bytes);
	assert_non_null(f.log);
	return f;
}

static void end(struct fixture *f)
{
	log_free(f->log);
	loop_free(f->loop);
}

static void test_every_message_has_all_its_columns(void **state)
{
	size_t count = 0, index = 0;
	const struct log_message *m;

	(void)state;
	for (; (m = log_message_find(NULL, &index)); count++) {
		assert_ptr_equal(m, log_message((enum log_id)count));
		assert_true(m->facility[0] && m->mnemonic[0] && m->format[0]);
		assert_true(m->explanation[0] && m->action[0]);
		assert_in_range(m->severity, 0, 7);
		assert_true(strlen(m->facility) + strlen(m->mnemonic) < 60);
	}
	assert_int_equal(count, LOG_ID_COUNT);
	assert_null(log_message(LOG_ID_COUNT));
	assert_null(log_message((enum log_id) - 1));
}

static void test_no_message_is_defined_twice(void **state)
{
	(void)state;
	for (int a = 0; a < LOG_ID_COUNT; a++) {
		const struct log_message *m = log_message((enum log_id)a), *found;
		size_t index = 0;

		while ((found = log_message_find(m->mnemonic, &index)))
			assert_true(found == m || strcmp(found->facility, m->facility) != 0);
	}
}

static void test_a_message_is_found_by_its_mnemonic_in_any_case(void **state)
{
	size_t index = 0;
	const struct log_message *m = log_message_find("recvd_pkt_inv_spi", &index);

	(void)state;
	assert_ptr_equal(m, log_message(LOG_RECVD_PKT_INV_SPI));
	assert_string_equal(m->facility, "CRYPTO");
	assert_int_equal(m->severity, 4);
	assert_null(log_message_find("recvd_pkt_inv_spi", &index));
	index = 0;
	assert_null(log_message_find("NO_SUCH_MESSAGE", &index));
}

static void test_a_line_is_kept_with_what_it_is_about(void **state)
{
	struct fixture f = fixture(100000);
	struct log_about about = {.peer = addr_v4(0xc0000202), .spi = 0xabcd, .verdict = "stale"};
	struct log_record r;
	char buf[LOG_LINE_MAX];

	(void)state;
	loop_advance(f.loop, 2000);
	log_say(f.log, &about, RECOVERY_REFUSED, "192.0.2.2", 0xabcd, 0xabcd, "no such peer");
	assert_true(log_ring_get(f.log, 0, &r, buf));
	assert_int_equal(r.seq, 1);
	assert_int_equal(r.boot_ms, 7000);
	assert_string_equal(r.facility, "CRYPTO");
	assert_string_equal(r.mnemonic, "INV_SPI_RECOVERY_REFUSED");
	assert_string_equal(r.text, "invalid SPI recovery with peer 192.0.2.2 refused: "
				    "spi=0xABCD(43981), no such peer");
	assert_true(addr_equal(&r.peer, &about.peer));
	assert_int_equal(r.spi, 0xabcd);
	assert_string_equal(r.verdict, "stale");
	assert_null(r.cause);
	assert_false(r.is_debug);
	assert_false(log_ring_get(f.log, 2, &r, buf));
	end(&f);
}

static void test_listeners_hear_at_the_end_of_the_turn_in_order(void **state)
{
	struct fixture f = fixture(100000);

	(void)state;
	assert_int_equal(log_listen(f.log, &ops, &f), 0);
	log_say(f.log, NULL, CONFIG_I, "one");
	log_say(f.log, NULL, CONFIG_I, "two");
	assert_int_equal(f.heard, 0);
	loop_advance(f.loop, 0);
	assert_int_equal(f.heard, 2);
	assert_string_equal(f.last, "Configured from console by two");
	loop_advance(f.loop, 0);
	assert_int_equal(f.heard, 2);
	end(&f);
}

static void test_every_listener_hears_every_line(void **state)
{
	struct fixture f = fixture(100000), other = {0};

	(void)state;
	assert_int_equal(log_listen(f.log, &ops, &f), 0);
	assert_int_equal(log_listen(f.log, &ops, &other), 0);
	log_say(f.log, NULL, CONFIG_I, "one");
	loop_advance(f.loop, 0);
	assert_int_equal(f.heard, 1);
	assert_int_equal(other.heard, 1);
	end(&f);
}

static void test_a_listener_may_log_without_being_called_from_within(void **state)
{
	struct fixture f = fixture(100000);

	(void)state;
	log_listen(f.log, &ops, &f);
	f.echo = 3;
	log_say(f.log, NULL, CONFIG_I, "one");
	loop_advance(f.loop, 0);
	assert_int_equal(f.heard, 4);
	assert_string_equal(f.last, "Configured from console by the listener");
	end(&f);
}

static void test_a_small_ring_does_not_lose_lines_for_the_listeners(void **state)
{
	struct fixture f = fixture(0);
	struct log_record r;
	struct log_stats stats;
	char buf[LOG_LINE_MAX];

	(void)state;
	log_listen(f.log, &ops, &f);
	for (unsigned int i = 0; i < 100; i++)
		log_say(f.log, NULL, CONFIG_I, "x");
	assert_false(log_ring_get(f.log, 0, &r, buf));
	loop_advance(f.loop, 0);
	assert_int_equal(f.heard, 100);
	log_stats(f.log, &stats);
	assert_int_equal(stats.logged, 100);
	assert_int_equal(stats.overwritten, 100);
	assert_int_equal(stats.ring_used, 0);
	end(&f);
}

static void test_a_flood_in_one_turn_is_bounded_and_counted(void **state)
{
	struct fixture f = fixture(1000);
	struct log_stats stats;

	(void)state;
	log_listen(f.log, &ops, &f);
	for (unsigned int i = 0; i < 10000; i++)
		log_say(f.log, NULL, CONFIG_I, "x");
	loop_advance(f.loop, 0);
	assert_in_range(f.heard, 1000, 9999);
	assert_int_equal(f.last_seq, 10000);
	log_stats(f.log, &stats);
	assert_true(stats.overwritten >= 10000 - f.heard);
	end(&f);
}

static void test_the_ring_keeps_the_newest_within_its_bytes(void **state)
{
	struct fixture f = fixture(4096);
	struct log_record r;
	struct log_stats stats;
	char buf[LOG_LINE_MAX], expected[64];
	uint64_t seq = 0, count = 0;

	(void)state;
	for (unsigned int i = 1; i <= 500; i++) {
		snprintf(buf, sizeof(buf), "number %u", i);
		log_say(f.log, NULL, CONFIG_I, buf);
	}
	log_stats(f.log, &stats);
	assert_true(stats.ring_used <= 4096 && stats.ring_used > 3500);
	assert_int_equal(stats.ring_bytes, 4096);
	for (; log_ring_get(f.log, seq + 1, &r, buf); count++) {
		assert_true(count == 0 || r.seq == seq + 1);
		seq = r.seq;
		snprintf(expected, sizeof(expected), "Configured from console by number %u",
			 (unsigned int)seq);
		assert_string_equal(r.text, expected);
	}
	assert_int_equal(seq, 500);
	assert_int_equal(count + stats.overwritten, 500);
	end(&f);
}

static void test_a_cleared_ring_goes_on_counting(void **state)
{
	struct fixture f = fixture(100000);
	struct log_record r;
	char buf[LOG_LINE_MAX];

	(void)state;
	assert_false(log_ring_get(f.log, 0, &r, buf));
	log_say(f.log, NULL, CONFIG_I, "one");
	log_clear(f.log);
	assert_false(log_ring_get(f.log, 0, &r, buf));
	log_say(f.log, NULL, CONFIG_I, "two");
	assert_true(log_ring_get(f.log, 0, &r, buf));
	assert_int_equal(r.seq, 2);
	log_resize(f.log, 0);
	assert_false(log_ring_get(f.log, 0, &r, buf));
	end(&f);
}

static unsigned int evaluated;

static const char *costly(void)
{
	evaluated++;
	return "costly";
}

static void test_a_debug_line_costs_nothing_while_its_flag_is_off(void **state)
{
	struct fixture f = fixture(100000);
	struct log_stats stats;
	struct log_record r;
	char buf[LOG_LINE_MAX];

	(void)state;
	evaluated = 0;
	log_debug(f.log, LOG_DEBUG_IKEV2, NULL, "%s", costly());
	log_debug_set(f.log, LOG_DEBUG_IPSEC);
	log_debug(f.log, LOG_DEBUG_IKEV2, NULL, "%s", costly());
	assert_int_equal(evaluated, 0);
	assert_false(log_ring_get(f.log, 0, &r, buf));
	log_debug_set(f.log, LOG_DEBUG_IPSEC | LOG_DEBUG_IKEV2);
	log_debug(f.log, LOG_DEBUG_IKEV2, NULL, "%s", costly());
	assert_int_equal(evaluated, 1);
	assert_true(log_ring_get(f.log, 0, &r, buf));
	assert_true(r.is_debug);
	assert_int_equal(r.severity, 7);
	assert_string_equal(r.facility, "");
	assert_string_equal(r.text, "costly");
	log_stats(f.log, &stats);
	assert_int_equal(stats.debug_lines, 1);
	assert_int_equal(stats.logged, 0);
	assert_int_equal(log_debug_flags(f.log), LOG_DEBUG_IPSEC | LOG_DEBUG_IKEV2);
	end(&f);
}

static void test_lines_are_printed_as_routers_do(void **state)
{
	struct log_record r = {.wall_ms = UINT64_C(1709253729431),
			       .severity = 4,
			       .facility = "CRYPTO",
			       .mnemonic = "X",
			       .text = "text"};
	char buf[LOG_LINE_MAX], small[20];

	(void)state;
	assert_string_equal(log_format(&r, buf, sizeof(buf)),
			    "*Mar  1 00:42:09.431: %CRYPTO-4-X: text");
	r.clock_synced = true;
	assert_string_equal(log_format(&r, buf, sizeof(buf)),
			    "Mar  1 00:42:09.431: %CRYPTO-4-X: text");
	r.is_debug = true;
	assert_string_equal(log_format(&r, buf, sizeof(buf)), "Mar  1 00:42:09.431: text");
	assert_string_equal(log_format(&r, small, sizeof(small)), "Mar  1 00:42:09.431");
}

static void test_a_line_stays_one_line(void **state)
{
	struct fixture f = fixture(100000);
	struct log_record r;
	char buf[LOG_LINE_MAX];

	(void)state;
	log_say(f.log, NULL, CONFIG_I, "a\n%X-0-FORGED: \x1b[2J\x7f \xc3\xa4");
	assert_true(log_ring_get(f.log, 0, &r, buf));
	assert_string_equal(r.text, "Configured from console by a?%X-0-FORGED: ?[2J? \xc3\xa4");
	end(&f);
}

static void test_a_long_line_is_cut(void **state)
{
	struct fixture f = fixture(100000);
	struct log_record r;
	char buf[LOG_LINE_MAX], name[3 * LOG_LINE_MAX];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	log_say(f.log, NULL, CONFIG_I, name);
	assert_true(log_ring_get(f.log, 0, &r, buf));
	assert_int_equal(strlen(r.text), LOG_LINE_MAX - 1);
	end(&f);
}

static unsigned int say_and_count(struct fixture *f, unsigned int times)
{
	struct log_stats before, after;

	log_stats(f->log, &before);
	for (unsigned int i = 0; i < times; i++)
		log_say(f->log, NULL, RESYNC);
	log_stats(f->log, &after);
	assert_int_equal(after.logged - before.logged + after.rate_limited - before.rate_limited,
			 times);
	return (unsigned int)(after.logged - before.logged);
}

static void test_what_one_fault_repeats_is_held_back_and_counted(void **state)
{
	static const struct pace_class one_a_minute = {.burst = 1, .refill_ms = 60000};
	struct fixture f = fixture(100000);

	(void)state;
	assert_int_equal(say_and_count(&f, 100), 5);
	loop_advance(f.loop, 10000);
	assert_int_equal(say_and_count(&f, 100), 1);
	log_limit(f.log, LOG_RESYNC, &one_a_minute);
	assert_int_equal(say_and_count(&f, 100), 1);
	loop_advance(f.loop, 59999);
	assert_int_equal(say_and_count(&f, 100), 0);
	loop_advance(f.loop, 1);
	assert_int_equal(say_and_count(&f, 100), 1);
	log_limit(f.log, LOG_RESYNC, NULL);
	assert_int_equal(say_and_count(&f, 100), 100);
	log_limit(f.log, LOG_ID_COUNT, NULL);
	end(&f);
}

static void test_callers_count_what_they_held_back(void **state)
{
	struct fixture f = fixture(100);
	struct log_stats stats;

	(void)state;
	log_count_limited(f.log, 41);
	log_count_limited(f.log, 1);
	log_stats(f.log, &stats);
	assert_int_equal(stats.rate_limited, 42);
	end(&f);
}

/* A syslog daemon's end: a bound datagram socket. */
static int syslog_daemon(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	text_copy(un.sun_path, sizeof(un.sun_path), path);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void syslog_line(int fd, char buf[2048])
{
	ssize_t len = recv(fd, buf, 2047, 0);

	buf[len > 0 ? len : 0] = '\0';
}

static void test_syslog_gets_messages_but_no_debug_lines(void **state)
{
	char dir[] = "/tmp/spindle-log-XXXXXX", path[64], buf[2048], tail[128];
	struct fixture f = fixture(100000);
	struct log_stats stats;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	fd = syslog_daemon(path);
	assert_int_equal(log_open_syslog_at(f.log, path, NULL), 0);
	log_debug_set(f.log, LOG_DEBUG_IKEV2);
	log_debug(f.log, LOG_DEBUG_IKEV2, NULL, "for us only");
	log_say(f.log, NULL, CONFIG_I, "syslog");
	syslog_line(fd, buf);
	assert_memory_equal(buf, "<189>", 5);
	snprintf(tail, sizeof(tail),
		 " spindled[%d]: %%SYS-5-CONFIG_I: Configured from console by syslog",
		 (int)getpid());
	assert_string_equal(buf + strlen(buf) - strlen(tail), tail);
	syslog_line(fd, buf);
	assert_string_equal(buf, "");
	/* The daemon restarts: its socket is another, the next line finds it. */
	close(fd);
	log_say(f.log, NULL, CONFIG_I, "nobody");
	fd = syslog_daemon(path);
	log_say(f.log, NULL, CONFIG_I, "the next");
	syslog_line(fd, buf);
	assert_non_null(strstr(buf, "by the next"));
	log_stats(f.log, &stats);
	assert_int_equal(stats.syslog_sent, 2);
	assert_int_equal(stats.syslog_dropped, 1);
	close(fd);
	unlink(path);
	rmdir(dir);
	end(&f);
}

static void test_a_syslog_that_does_not_read_is_not_waited_for(void **state)
{
	char dir[] = "/tmp/spindle-log-XXXXXX", path[64];
	struct fixture f = fixture(1000);
	struct log_stats stats;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	fd = syslog_daemon(path);
	assert_int_equal(log_open_syslog_at(f.log, path, NULL), 0);
	for (unsigned int i = 0; i < 5000; i++)
		log_say(f.log, NULL, CONFIG_I, "flood");
	log_stats(f.log, &stats);
	assert_true(stats.syslog_dropped > 0);
	assert_int_equal(stats.syslog_sent + stats.syslog_dropped, 5000);
	close(fd);
	unlink(path);
	rmdir(dir);
	end(&f);
}

static void test_no_syslog_is_an_error_but_no_end(void **state)
{
	char longest[200];
	struct fixture f = fixture(1000);
	struct log_stats stats;

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(log_open_syslog_at(f.log, longest, NULL), -ENAMETOOLONG);
	longest[sizeof(((struct sockaddr_un *)0)->sun_path)] = '\0';
	assert_int_equal(log_open_syslog_at(f.log, longest, NULL), -ENAMETOOLONG);
	assert_int_equal(log_open_syslog_at(f.log, "/nonexistent/log", NULL), -ENOENT);
	log_say(f.log, NULL, CONFIG_I, "x");
	log_stats(f.log, &stats);
	assert_int_equal(stats.syslog_dropped, 1);
	end(&f);
}

static void test_a_syslog_line_too_long_for_its_buffer_is_cut(void **state)
{
	struct log_record r = {
		.severity = 0, .facility = "SYS", .mnemonic = "X", .text = "0123456789"};
	char buf[64];
	const struct log_style style = {.facility = 23, .origin = "", .hostname = "", .pid = 1};
	int len = log_syslog_format(&r, &style, buf, sizeof(buf));

	(void)state;
	assert_true(strncmp(buf, "<184>", 5) == 0);
	assert_int_equal(len, strlen(buf));
	assert_int_equal(log_syslog_format(&r, &style, buf, 50), 49);
	assert_int_equal(log_syslog_format(&r, &style, buf, 10), -1);
}

static void test_in_the_foreground_lines_go_to_standard_error(void **state)
{
	struct fixture f = fixture(1000);
	char buf[256] = "";
	int pipes[2], old = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[1], STDERR_FILENO);
	log_to_stderr(f.log, true);
	log_say(f.log, NULL, CONFIG_I, "seen");
	log_to_stderr(f.log, false);
	log_say(f.log, NULL, CONFIG_I, "unseen");
	dup2(old, STDERR_FILENO);
	close(old);
	close(pipes[1]);
	assert_true(read(pipes[0], buf, sizeof(buf) - 1) > 0);
	close(pipes[0]);
	assert_non_null(strstr(buf, ": %SYS-5-CONFIG_I: Configured from console by seen\n"));
	assert_null(strstr(buf, "unseen"));
	end(&f);
}

static void test_no_log_swallows_everything(void **state)
{
	(void)state;
	log_say(NULL, NULL, CONFIG_I, "nobody");
	log_debug(NULL, LOG_DEBUG_IKEV2, NULL, "nothing");
	log_debug_write(NULL, LOG_DEBUG_IKEV2, NULL, "nothing");
	log_count_limited(NULL, 1);
	log_limit(NULL, LOG_CONFIG_I, NULL);
	assert_int_equal(log_debug_flags(NULL), 0);
	log_free(NULL);
}

static int log_two_lines(void *arg)
{
	struct fixture f = {.loop = arg};
	struct log_record r;
	struct log_stats stats;
	char buf[LOG_LINE_MAX];
	int rc = 0;

	f.log = log_new(f.loop, 10000);
	if (!f.log)
		return -ENOMEM;
	rc = log_listen(f.log, &ops, &f);
	log_say(f.log, NULL, CONFIG_I, "one");
	log_say(f.log, NULL, CONFIG_I, "two");
	log_stats(f.log, &stats);
	assert_int_equal(stats.logged, 2);
	loop_advance(f.loop, 0);
	/* A line that found no memory is not there, and leaves no gap. */
	if (log_tail_get(f.log, 0, &r, buf)) {
		assert_int_equal(r.seq, 1);
		rc = rc || log_tail_get(f.log, 2, &r, buf) ? rc : -ENOMEM;
	} else {
		rc = -ENOMEM;
	}
	if (!rc && (f.heard < 2 || !log_ring_get(f.log, 1, &r, buf) || r.seq != 1 ||
		    !log_ring_get(f.log, 2, &r, buf)))
		rc = -ENOMEM;
	log_free(f.log);
	return rc;
}

static void test_without_memory_lines_are_lost_whole(void **state)
{
	struct loop *loop = loop_new_simulated(1);

	(void)state;
	/* So that the statistics of the loop have their memory already. */
	assert_int_equal(log_two_lines(loop), 0);
	assert_true(unit_fail_each_allocation(log_two_lines, loop) >= 6);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_message_has_all_its_columns),
		cmocka_unit_test(test_no_message_is_defined_twice),
		cmocka_unit_test(test_a_message_is_found_by_its_mnemonic_in_any_case),
		cmocka_unit_test(test_a_line_is_kept_with_what_it_is_about),
		cmocka_unit_test(test_listeners_hear_at_the_end_of_the_turn_in_order),
		cmocka_unit_test(test_every_listener_hears_every_line),
		cmocka_unit_test(test_a_listener_may_log_without_being_called_from_within),
		cmocka_unit_test(test_a_small_ring_does_not_lose_lines_for_the_listeners),
		cmocka_unit_test(test_a_flood_in_one_turn_is_bounded_and_counted),
		cmocka_unit_test(test_the_ring_keeps_the_newest_within_its_bytes),
		cmocka_unit_test(test_a_cleared_ring_goes_on_counting),
		cmocka_unit_test(test_a_debug_line_costs_nothing_while_its_flag_is_off),
		cmocka_unit_test(test_lines_are_printed_as_routers_do),
		cmocka_unit_test(test_a_line_stays_one_line),
		cmocka_unit_test(test_a_long_line_is_cut),
		cmocka_unit_test(test_what_one_fault_repeats_is_held_back_and_counted),
		cmocka_unit_test(test_callers_count_what_they_held_back),
		cmocka_unit_test(test_syslog_gets_messages_but_no_debug_lines),
		cmocka_unit_test(test_a_syslog_that_does_not_read_is_not_waited_for),
		cmocka_unit_test(test_no_syslog_is_an_error_but_no_end),
		cmocka_unit_test(test_a_syslog_line_too_long_for_its_buffer_is_cut),
		cmocka_unit_test(test_in_the_foreground_lines_go_to_standard_error),
		cmocka_unit_test(test_no_log_swallows_everything),
		cmocka_unit_test(test_without_memory_lines_are_lost_whole),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
