#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/random.h"
#include "base/text.h"

/* What ran, in order: handlers write their letter. */
struct trace {
	struct loop *loop;
	char text[64];
	struct loop_timer timer;
	struct loop_fd *lf, *other;
	int fd, events;
	unsigned int left;
};

static void note(struct trace *t, const char *letter)
{
	size_t len = strlen(t->text);

	text_copy(t->text + len, sizeof(t->text) - len, letter);
}

static void run_a(void *arg)
{
	note(arg, "a");
}

static void run_b(void *arg)
{
	note(arg, "b");
}

static void run_c(void *arg)
{
	note(arg, "c");
}

static void defer_c(void *arg)
{
	struct trace *t = arg;

	note(t, "d");
	assert_int_equal(loop_defer(t->loop, t, "c", run_c, t), 0);
}

static void rearm(void *arg)
{
	struct trace *t = arg;

	note(t, "r");
	assert_int_equal(loop_timer_set(&t->timer, 0), 0);
}

static void test_timers_run_in_order_of_their_time(void **state)
{
	struct trace t = {.loop = loop_new_simulated(1000)};
	struct loop_timer a, b, c;

	(void)state;
	loop_timer_init(&a, t.loop, "a", run_a, &t);
	loop_timer_init(&b, t.loop, "b", run_b, &t);
	loop_timer_init(&c, t.loop, "c", run_c, &t);
	loop_timer_set(&c, 30);
	loop_timer_set(&a, 10);
	loop_timer_set(&b, 20);
	assert_int_equal(loop_advance(t.loop, 9), 0);
	assert_int_equal(loop_advance(t.loop, 1), 1);
	assert_string_equal(t.text, "a");
	assert_int_equal(loop_advance(t.loop, 1000), 2);
	assert_string_equal(t.text, "abc");
	assert_int_equal(loop_now(t.loop), 2010);
	loop_free(t.loop);
}

static void test_timers_of_the_same_time_run_as_they_were_set(void **state)
{
	struct trace t = {.loop = loop_new_simulated(0)};
	struct loop_timer a, b, c;

	(void)state;
	loop_timer_init(&a, t.loop, "a", run_a, &t);
	loop_timer_init(&b, t.loop, "b", run_b, &t);
	loop_timer_init(&c, t.loop, "c", run_c, &t);
	loop_timer_set(&b, 5);
	loop_timer_set(&c, 5);
	loop_timer_set(&a, 5);
	loop_timer_set(&b, 5);
	loop_advance(t.loop, 5);
	assert_string_equal(t.text, "cab");
	loop_free(t.loop);
}

static void test_a_stopped_timer_does_not_run(void **state)
{
	struct trace t = {.loop = loop_new_simulated(0)};
	struct loop_timer a = {0};

	(void)state;
	loop_timer_stop(&a);
	assert_false(loop_timer_armed(&a));
	loop_timer_init(&a, t.loop, "a", run_a, &t);
	loop_timer_set(&a, 5);
	assert_true(loop_timer_armed(&a));
	loop_timer_stop(&a);
	loop_timer_stop(&a);
	assert_false(loop_timer_armed(&a));
	assert_int_equal(loop_advance(t.loop, 100), 0);
	loop_free(t.loop);
}

static void test_a_timer_set_again_moves(void **state)
{
	struct trace t = {.loop = loop_new_simulated(0)};
	struct loop_timer a;

	(void)state;
	loop_timer_init(&a, t.loop, "a", run_a, &t);
	loop_timer_set(&a, 5);
	loop_timer_set(&a, 50);
	assert_int_equal(loop_advance(t.loop, 49), 0);
	assert_int_equal(loop_advance(t.loop, 1), 1);
	loop_timer_set(&a, UINT64_MAX);
	assert_int_equal(loop_advance(t.loop, 1000000), 0);
	assert_true(loop_timer_armed(&a));
	loop_free(t.loop);
	assert_false(loop_timer_armed(&a));
	loop_timer_stop(&a);
}

/* The heap against a plain search: hundreds of timers set, moved and stopped by chance. */
static void test_many_timers_keep_their_order(void **state)
{
	enum { COUNT = 300 };
	struct loop_timer timers[COUNT];
	struct trace t = {.loop = loop_new_simulated(0)};
	uint64_t last = 0;
	size_t armed = 0, ran = 0;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		loop_timer_init(&timers[i], t.loop, "many", run_a, &t);
		loop_timer_set(&timers[i], random_below(1000));
	}
	for (size_t i = 0; i < COUNT; i++) {
		struct loop_timer *timer = &timers[random_below(COUNT)];

		if (random_below(2))
			loop_timer_stop(timer);
		else
			loop_timer_set(timer, random_below(1000));
	}
	for (size_t i = 0; i < COUNT; i++)
		armed += loop_timer_armed(&timers[i]);
	for (uint64_t now = 0; now < 1000; now++) {
		ran += loop_advance(t.loop, 1);
		for (size_t i = 0; i < COUNT; i++)
			assert_true(!loop_timer_armed(&timers[i]) || timers[i].due_ms > now);
		last = loop_now(t.loop);
	}
	assert_int_equal(last, 1000);
	assert_int_equal(ran, armed);
	loop_free(t.loop);
}

static void test_a_year_passes_in_a_moment(void **state)
{
	struct trace t = {.loop = loop_new_simulated(0)};
	struct loop_timer a;
	unsigned long ran = 0;

	(void)state;
	loop_timer_init(&a, t.loop, "hourly", run_a, &t);
	for (unsigned int hour = 0; hour < 8760; hour++) {
		loop_timer_set(&a, 3600000);
		ran += loop_advance(t.loop, 3600000);
	}
	assert_int_equal(ran, 8760);
	assert_true(loop_now(t.loop) == UINT64_C(365) * 86400000);
	loop_free(t.loop);
}

static void test_deferred_calls_run_before_the_next_timer(void **state)
{
	struct trace t = {.loop = loop_new_simulated(0)};
	struct loop_timer d, b;

	(void)state;
	loop_timer_init(&d, t.loop, "d", defer_c, &t);
	loop_timer_init(&b, t.loop, "b", run_b, &t);
	loop_timer_set(&d, 5);
	loop_timer_set(&b, 6);
	loop_advance(t.loop, 10);
	assert_string_equal(t.text, "dcb");
	loop_free(t.loop);
}

static void test_deferred_calls_run_in_order_and_may_defer_more(void **state)
{
	struct trace t = {.loop = loop_new_simulated(0)};

	(void)state;
	loop_defer(t.loop, &t, "d", defer_c, &t);
	loop_defer(t.loop, &t, "a", run_a, &t);
	assert_string_equal(t.text, "");
	assert_int_equal(loop_advance(t.loop, 0), 3);
	assert_string_equal(t.text, "dac");
	loop_free(t.loop);
}

static void test_deferred_calls_of_an_owner_can_be_dropped(void **state)
{
	struct trace t = {.loop = loop_new_simulated(0)};
	int mine, yours;

	(void)state;
	loop_defer(t.loop, &mine, "a", run_a, &t);
	loop_defer(t.loop, &yours, "b", run_b, &t);
	loop_defer(t.loop, &mine, "c", run_c, &t);
	loop_defer_cancel(t.loop, &mine);
	assert_int_equal(loop_advance(t.loop, 0), 1);
	assert_string_equal(t.text, "b");
	/* What is left behind goes with the loop, unrun. */
	loop_defer(t.loop, &mine, "a", run_a, &t);
	loop_free(t.loop);
	assert_string_equal(t.text, "b");
}

static void defer_itself(void *arg)
{
	struct trace *t = arg;

	t->left++;
	loop_defer(t->loop, t, "self", defer_itself, t);
}

static void test_a_call_that_defers_itself_does_not_hold_the_turn_for_ever(void **state)
{
	struct trace t = {.loop = loop_new_simulated(0)};
	unsigned int first;

	(void)state;
	loop_defer(t.loop, &t, "self", defer_itself, &t);
	loop_advance(t.loop, 0);
	first = t.left;
	assert_in_range(first, 100, 100000);
	loop_advance(t.loop, 0);
	assert_int_equal(t.left, 2 * first);
	loop_free(t.loop);
}

static void test_handlers_are_counted_by_name(void **state)
{
	struct trace t = {.loop = loop_new_simulated(0)};
	struct loop_timer a;
	struct loop_stat stat;

	(void)state;
	loop_timer_init(&a, t.loop, "hello", run_a, &t);
	assert_false(loop_stat_get(t.loop, 0, &stat));
	for (unsigned int i = 0; i < 3; i++) {
		loop_timer_set(&a, 1);
		loop_advance(t.loop, 1);
	}
	loop_defer(t.loop, &t, NULL, run_b, &t);
	loop_advance(t.loop, 0);
	assert_true(loop_stat_get(t.loop, 0, &stat));
	assert_string_equal(stat.name, "hello");
	assert_int_equal(stat.turns, 3);
	assert_int_equal(stat.slow_turns, 0);
	assert_true(loop_stat_get(t.loop, 1, &stat));
	assert_string_equal(stat.name, "unnamed");
	assert_false(loop_stat_get(t.loop, 2, &stat));
	loop_free(t.loop);
}

static void test_many_names_have_a_figure_each(void **state)
{
	struct trace t = {.loop = loop_new_simulated(0)};
	struct loop_stat stat;
	char names[100][8];
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		loop_defer(t.loop, &t, names[i], run_a, &t);
	}
	loop_advance(t.loop, 0);
	while (loop_stat_get(t.loop, count, &stat)) {
		assert_string_equal(stat.name, names[count++]);
		assert_int_equal(stat.turns, 1);
	}
	assert_int_equal(count, 100);
	loop_free(t.loop);
}

static int live_simulated(void *arg)
{
	struct trace t = {.loop = loop_new_simulated(0)};
	struct loop_timer a;
	int rc = 0;

	(void)arg;
	if (!t.loop)
		return -ENOMEM;
	loop_timer_init(&a, t.loop, "a", run_a, &t);
	rc = loop_timer_set(&a, 5);
	if (!rc)
		rc = loop_defer(t.loop, &t, "b", run_b, &t);
	if (!rc)
		loop_advance(t.loop, 5);
	/* Statistics are optional: without memory for them everything still ran. */
	if (!rc)
		assert_string_equal(t.text, "ba");
	loop_free(t.loop);
	return rc;
}

static void test_without_memory_nothing_is_half_done(void **state)
{
	(void)state;
	/* The loop, its table, the heap, the deferred call. */
	assert_int_equal(unit_fail_each_allocation(live_simulated, NULL), 4);
}

/* The real loop. */

static void on_read(void *arg, int events)
{
	struct trace *t = arg;
	char c[2] = "";

	t->events = events;
	if (events & LOOP_READ && read(t->fd, c, 1) == 1)
		note(t, c);
}

static void stop(void *arg)
{
	loop_stop(((struct trace *)arg)->loop);
}

static void real_pair(struct trace *t, int peer[1])
{
	int fds[2];

	*t = (struct trace){.loop = loop_new()};
	assert_non_null(t->loop);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	t->fd = fds[0];
	peer[0] = fds[1];
}

static void real_end(struct trace *t, int peer)
{
	loop_fd_del(t->lf);
	loop_free(t->loop);
	close(t->fd);
	close(peer);
}

static void test_a_ready_descriptor_calls_its_handler(void **state)
{
	struct trace t;
	int peer[1];

	(void)state;
	real_pair(&t, peer);
	t.lf = loop_fd_add(t.loop, t.fd, LOOP_READ, "pair", on_read, &t);
	assert_int_equal(loop_turn(t.loop, 0), 0);
	assert_string_equal(t.text, "");
	assert_int_equal(write(peer[0], "xy", 2), 2);
	loop_turn(t.loop, 1000);
	loop_turn(t.loop, 1000);
	assert_string_equal(t.text, "xy");
	assert_int_equal(t.events, LOOP_READ);
	real_end(&t, peer[0]);
}

static void test_what_is_waited_for_can_change(void **state)
{
	struct trace t;
	int peer[1];

	(void)state;
	real_pair(&t, peer);
	t.lf = loop_fd_add(t.loop, t.fd, 0, "pair", on_read, &t);
	assert_int_equal(write(peer[0], "x", 1), 1);
	loop_turn(t.loop, 0);
	assert_string_equal(t.text, "");
	assert_int_equal(loop_fd_want(t.lf, LOOP_READ | LOOP_WRITE), 0);
	loop_turn(t.loop, 1000);
	assert_string_equal(t.text, "x");
	assert_int_equal(t.events, LOOP_READ | LOOP_WRITE);
	assert_int_equal(loop_fd_want(t.lf, 0), 0);
	t.events = 0;
	loop_turn(t.loop, 0);
	assert_int_equal(t.events, 0);
	real_end(&t, peer[0]);
}

static void delete_both(void *arg, int events)
{
	struct trace *t = arg;

	(void)events;
	note(t, "x");
	loop_fd_del(t->lf);
	loop_fd_del(t->other);
	t->lf = t->other = NULL;
}

static void test_a_handler_may_delete_itself_and_another_that_is_ready(void **state)
{
	struct trace t;
	int peer[1];

	(void)state;
	real_pair(&t, peer);
	t.lf = loop_fd_add(t.loop, t.fd, LOOP_READ, "first", delete_both, &t);
	t.other = loop_fd_add(t.loop, peer[0], LOOP_READ, "second", delete_both, &t);
	assert_int_equal(write(peer[0], "x", 1), 1);
	assert_int_equal(write(t.fd, "x", 1), 1);
	loop_turn(t.loop, 1000);
	loop_turn(t.loop, 0);
	assert_string_equal(t.text, "x");
	real_end(&t, peer[0]);
}

static void test_a_hang_up_comes_as_readable(void **state)
{
	struct trace t;
	int peer[1];

	(void)state;
	real_pair(&t, peer);
	t.lf = loop_fd_add(t.loop, t.fd, LOOP_READ, "pair", on_read, &t);
	close(peer[0]);
	loop_turn(t.loop, 1000);
	assert_int_equal(t.events, LOOP_READ);
	real_end(&t, -1);
}

/* Ready for ever: the other end is gone and nobody takes the descriptor away. What is due meanwhile
 * runs all the same, or it would wait as long as that lasts. */
static void on_hang_up(void *arg, int events)
{
	struct trace *t = arg;

	t->events = events;
	if (++t->left == 1000)
		loop_stop(t->loop); /* a turn that does not end by itself would hang the test */
}

static void hung_up(struct trace *t)
{
	int peer[1];

	real_pair(t, peer);
	t->lf = loop_fd_add(t->loop, t->fd, LOOP_READ, "hung up", on_hang_up, t);
	close(peer[0]);
}

static void test_a_descriptor_that_is_always_ready_lets_deferred_calls_in(void **state)
{
	struct trace t;

	(void)state;
	hung_up(&t);
	loop_defer(t.loop, &t, "a", run_a, &t);
	assert_int_equal(loop_turn(t.loop, 0), 0);
	assert_string_equal(t.text, "a");
	assert_int_equal(t.left, 1);
	real_end(&t, -1);
}

static void test_a_descriptor_that_is_always_ready_lets_timers_in(void **state)
{
	struct trace t;

	(void)state;
	hung_up(&t);
	loop_timer_init(&t.timer, t.loop, "stop", stop, &t);
	loop_timer_set(&t.timer, 0);
	assert_int_equal(loop_run(t.loop), 0);
	assert_in_range(t.left, 0, 2);
	real_end(&t, -1);
}

static void stop_by_descriptor(void *arg, int events)
{
	(void)events;
	((struct trace *)arg)->left++;
	loop_defer(((struct trace *)arg)->loop, arg, "stop", stop, arg);
}

static void test_a_hang_up_may_stop_the_loop_later(void **state)
{
	struct trace t;

	(void)state;
	hung_up(&t);
	loop_fd_del(t.lf);
	t.lf = loop_fd_add(t.loop, t.fd, LOOP_READ, "hung up", stop_by_descriptor, &t);
	loop_defer(t.loop, &t, "a", run_a, &t);
	assert_int_equal(loop_run(t.loop), 0);
	assert_int_equal(t.left, 1);
	real_end(&t, -1);
}

static void test_a_file_cannot_be_waited_for(void **state)
{
	struct trace t = {.loop = loop_new()};
	struct loop *simulated = loop_new_simulated(0);
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	assert_null(loop_fd_add(t.loop, fileno(file), LOOP_READ, "file", on_read, &t));
	assert_null(loop_fd_add(t.loop, -1, LOOP_READ, "none", on_read, &t));
	assert_null(loop_fd_add(simulated, 0, LOOP_READ, "simulated", on_read, &t));
	fclose(file);
	loop_free(simulated);
	loop_free(t.loop);
}

static void test_real_timers_wait_and_run_in_order(void **state)
{
	struct trace t = {.loop = loop_new()};
	struct loop_timer a, b, s;
	uint64_t begin = clock_boot_ms();

	(void)state;
	loop_timer_init(&a, t.loop, "a", run_a, &t);
	loop_timer_init(&b, t.loop, "b", run_b, &t);
	loop_timer_init(&s, t.loop, "stop", stop, &t);
	loop_timer_set(&s, 30);
	loop_timer_set(&b, 20);
	loop_timer_set(&a, 0);
	assert_int_equal(loop_run(t.loop), 0);
	assert_string_equal(t.text, "ab");
	assert_in_range(clock_boot_ms() - begin, 29, 10000);
	assert_true(loop_now(t.loop) >= begin + 29);
	loop_free(t.loop);
}

static void test_a_timer_that_sets_itself_lets_others_in(void **state)
{
	struct trace t;
	int peer[1];

	(void)state;
	real_pair(&t, peer);
	t.lf = loop_fd_add(t.loop, t.fd, LOOP_READ, "pair", on_read, &t);
	loop_timer_init(&t.timer, t.loop, "again", rearm, &t);
	loop_timer_set(&t.timer, 0);
	loop_turn(t.loop, 0);
	assert_int_equal(write(peer[0], "x", 1), 1);
	loop_turn(t.loop, 0);
	assert_string_equal(t.text, "rxr");
	loop_timer_stop(&t.timer);
	real_end(&t, peer[0]);
}

static void test_a_stop_before_the_run_ends_it_at_once(void **state)
{
	struct trace t = {.loop = loop_new()};

	(void)state;
	loop_stop(t.loop);
	assert_int_equal(loop_run(t.loop), 0);
	/* Used up: the next run runs. */
	loop_defer(t.loop, &t, "a", run_a, &t);
	loop_defer(t.loop, &t, "stop", stop, &t);
	assert_int_equal(loop_run(t.loop), 0);
	assert_string_equal(t.text, "a");
	loop_free(t.loop);
}

static void be_slow(void *arg)
{
	(void)arg;
	usleep(2 * LOOP_SLOW_US);
}

static void test_a_slow_handler_is_named(void **state)
{
	struct trace t = {.loop = loop_new()};
	struct loop_stat stat;

	(void)state;
	loop_defer(t.loop, &t, "sluggard", be_slow, &t);
	loop_turn(t.loop, 0);
	assert_true(loop_stat_get(t.loop, 0, &stat));
	assert_string_equal(stat.name, "sluggard");
	assert_int_equal(stat.slow_turns, 1);
	assert_true(stat.max_us >= 2 * LOOP_SLOW_US);
	assert_int_equal(stat.total_us, stat.max_us);
	/* A quick timer is not. */
	loop_timer_init(&t.timer, t.loop, "quick", run_a, &t);
	loop_timer_set(&t.timer, 0);
	loop_turn(t.loop, 0);
	assert_true(loop_stat_get(t.loop, 1, &stat));
	assert_string_equal(stat.name, "quick");
	assert_true(stat.total_us < 60000000);
	loop_free(t.loop);
}

static void test_a_descriptor_left_behind_may_be_deleted_after_the_loop(void **state)
{
	struct trace t;
	int peer[1];

	(void)state;
	real_pair(&t, peer);
	t.lf = loop_fd_add(t.loop, t.fd, LOOP_READ, "pair", on_read, &t);
	loop_free(t.loop);
	t.loop = NULL;
	assert_int_equal(loop_fd_want(t.lf, LOOP_READ), -EINVAL);
	real_end(&t, peer[0]);
}

static int live_real(void *arg)
{
	struct loop *loop = loop_new();
	struct trace t = {.loop = loop};
	struct loop_fd *lf;

	if (!loop)
		return -ENOMEM;
	lf = loop_fd_add(loop, *(int *)arg, LOOP_READ, "fd", on_read, &t);
	loop_fd_del(lf);
	loop_free(loop);
	return lf ? 0 : -ENOMEM;
}

static void test_without_memory_there_is_no_real_loop(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	/* The loop, its table, the edge, the descriptor. */
	assert_int_equal(unit_fail_each_allocation(live_real, &fds[0]), 4);
	close(fds[0]);
	close(fds[1]);
}

static void test_without_descriptors_there_is_no_real_loop(void **state)
{
	struct loop *loop;

	(void)state;
	unit_forbid_descriptors(true);
	loop = loop_new();
	unit_forbid_descriptors(false);
	assert_null(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timers_run_in_order_of_their_time),
		cmocka_unit_test(test_timers_of_the_same_time_run_as_they_were_set),
		cmocka_unit_test(test_a_stopped_timer_does_not_run),
		cmocka_unit_test(test_a_timer_set_again_moves),
		cmocka_unit_test(test_many_timers_keep_their_order),
		cmocka_unit_test(test_a_year_passes_in_a_moment),
		cmocka_unit_test(test_deferred_calls_run_before_the_next_timer),
		cmocka_unit_test(test_deferred_calls_run_in_order_and_may_defer_more),
		cmocka_unit_test(test_deferred_calls_of_an_owner_can_be_dropped),
		cmocka_unit_test(test_a_call_that_defers_itself_does_not_hold_the_turn_for_ever),
		cmocka_unit_test(test_handlers_are_counted_by_name),
		cmocka_unit_test(test_many_names_have_a_figure_each),
		cmocka_unit_test(test_without_memory_nothing_is_half_done),
		cmocka_unit_test(test_a_ready_descriptor_calls_its_handler),
		cmocka_unit_test(test_what_is_waited_for_can_change),
		cmocka_unit_test(test_a_handler_may_delete_itself_and_another_that_is_ready),
		cmocka_unit_test(test_a_hang_up_comes_as_readable),
		cmocka_unit_test(test_a_descriptor_that_is_always_ready_lets_deferred_calls_in),
		cmocka_unit_test(test_a_descriptor_that_is_always_ready_lets_timers_in),
		cmocka_unit_test(test_a_hang_up_may_stop_the_loop_later),
		cmocka_unit_test(test_a_file_cannot_be_waited_for),
		cmocka_unit_test(test_real_timers_wait_and_run_in_order),
		cmocka_unit_test(test_a_timer_that_sets_itself_lets_others_in),
		cmocka_unit_test(test_a_stop_before_the_run_ends_it_at_once),
		cmocka_unit_test(test_a_slow_handler_is_named),
		cmocka_unit_test(test_a_descriptor_left_behind_may_be_deleted_after_the_loop),
		cmocka_unit_test(test_without_memory_there_is_no_real_loop),
		cmocka_unit_test(test_without_descriptors_there_is_no_real_loop),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
