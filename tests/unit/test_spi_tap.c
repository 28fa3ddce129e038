/* Which candidates of the armed tap were refused: the rule, and the judge with a fake kernel. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "base/loop.h"
#include "spi/tap_judge.h"
#include "tests/fake/xfrm.h"

#define LOCAL 0x0a010102
#define PEER  0x0a010101
#define SPI_1 0x1000u

struct row {
	const char *what;
	struct tap_window w;
	enum tap_ruling ruling;
};

static const struct row ROWS[] = {
	{"nothing moved", {.moved = 0, .unknown = 3}, TAP_NONE},
	{"nothing moved, not even for those reported before",
	 {.unknown = 3, .reported = 3},
	 TAP_NONE},
	{"one for one", {.moved = 1, .unknown = 1}, TAP_ALL},
	{"more than came up", {.moved = 5, .unknown = 2}, TAP_ALL},
	{"fewer than came up: which?", {.moved = 1, .unknown = 2}, TAP_NONE},
	{"fewer, but one was reported before",
	 {.moved = 1, .unknown = 2, .reported = 1},
	 TAP_REPORTED},
	{"fewer than were reported before", {.moved = 1, .unknown = 3, .reported = 2}, TAP_NONE},
	{"good packets with a mark beside", {.moved = 1, .unknown = 1, .marked = 4}, TAP_UNKNOWN},
	{"more than the unknown explain, fewer than all",
	 {.moved = 3, .unknown = 1, .marked = 4},
	 TAP_UNKNOWN},
	{"so many that the marked ones were refused",
	 {.moved = 5, .unknown = 1, .marked = 4},
	 TAP_ALL},
	{"only marked ones, one refused: which?", {.moved = 1, .marked = 2}, TAP_UNKNOWN},
	{"only a marked one, refused", {.moved = 1, .marked = 1}, TAP_ALL},
	{"one of them came before its SA, but which?",
	 {.moved = 1, .unknown = 1, .young = 1},
	 TAP_NONE},
	{"one of them came before its SA, and all were refused",
	 {.moved = 2, .unknown = 1, .young = 1},
	 TAP_ALL},
	{"reported before, beside one that came before its SA",
	 {.moved = 1, .unknown = 1, .reported = 1, .young = 1},
	 TAP_NONE},
	{"candidates were lost", {.moved = 9, .unknown = 1, .lossy = true}, TAP_NONE},
	{"candidates were lost, these were reported before",
	 {.moved = 9, .unknown = 2, .reported = 1, .lossy = true},
	 TAP_REPORTED},
};

static void test_the_counter_bounds_what_is_reported(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
		if (tap_rule(&ROWS[i].w) != ROWS[i].ruling)
			fail_msg("%s: %d", ROWS[i].what, tap_rule(&ROWS[i].w));
}

struct world {
	struct loop *loop;
	struct xfrm *xfrm;
	struct tap_judge *judge;
	uint64_t counter;
	int counter_error;
	unsigned int reported, ignored;
	struct spi_refusal last;
	struct spi_refusal late; /* comes up while the counter is read */
	bool has_late;
	struct tap_missed missed;
};

static int on_counter(void *ctx, uint64_t *out)
{
	struct world *w = ctx;

	*out = w->counter;
	return w->counter_error;
}

static bool on_drain(void *ctx)
{
	struct world *w = ctx;

	if (!w->has_late)
		return false;
	w->has_late = false;
	tap_judge_candidate(w->judge, &w->late);
	return true;
}

static void on_refused(void *ctx, const struct spi_refusal *r)
{
	struct world *w = ctx;

	w->reported++;
	w->last = *r;
}

static void on_ignore(void *ctx, uint64_t tag)
{
	struct world *w = ctx;

	(void)tag;
	w->ignored++;
}

static void on_missed(void *ctx, struct tap_missed *out)
{
	*out = ((struct world *)ctx)->missed;
}

static const struct tap_judge_ops OPS = {.counter = on_counter,
					 .drain = on_drain,
					 .refused = on_refused,
					 .ignore = on_ignore,
					 .missed = on_missed};

static struct world *world_up(void)
{
	struct world *w = alloc_zero(sizeof(*w));

	w->loop = loop_new_simulated(1000000);
	w->xfrm = xfrm_fake_new(w->loop);
	w->counter = 100;
	w->judge = tap_judge_new(w->loop, w->xfrm, &OPS, w);
	assert_non_null(w->judge);
	loop_advance(w->loop, 1);
	assert_int_equal(tap_judge_begin(w->judge), 0);
	return w;
}

static void world_down(struct world *w)
{
	tap_judge_free(w->judge);
	loop_advance(w->loop, 10000);
	xfrm_free(w->xfrm);
	loop_free(w->loop);
	alloc_free(w);
}

static struct spi_refusal packet(uint32_t spi)
{
	return (struct spi_refusal){
		.src = addr_v4(PEER), .dst = addr_v4(LOCAL), .proto = 50, .spi = spi};
}

static void candidate(struct world *w, uint32_t spi)
{
	struct spi_refusal r = packet(spi);

	tap_judge_candidate(w->judge, &r);
}

/* One packet in a wake-up of its own; refused: the kernel counted it. */
static void wake_up(struct world *w, uint32_t spi, bool refused)
{
	candidate(w, spi);
	w->counter += refused;
	tap_judge_close(w->judge);
	loop_advance(w->loop, 20);
}

static void add_sa(struct world *w, uint32_t spi, uint32_t mark)
{
	struct xfrm_sa sa = {.id = {.dst = addr_v4(LOCAL),
				    .proto = 50,
				    .spi = spi,
				    .mark = {mark, mark ? 0xffffffff : 0}},
			     .src = addr_v4(PEER)};

	assert_int_equal(xfrm_fake_foreign_add(w->xfrm, &sa, NULL), 0);
	loop_advance(w->loop, 1);
}

static void delete_sa(struct world *w, uint32_t spi)
{
	struct xfrm_sa_id id = {.dst = addr_v4(LOCAL), .proto = 50, .spi = spi};

	assert_int_equal(xfrm_fake_foreign_delete(w->xfrm, &id, NULL), 0);
}

static void test_a_refused_packet_is_reported(void **state)
{
	struct world *w = world_up();

	(void)state;
	wake_up(w, SPI_1, true);
	assert_int_equal(w->reported, 1);
	assert_int_equal(w->last.spi, SPI_1);
	for (int i = 0; i < 10; i++)
		wake_up(w, SPI_1, true);
	assert_int_equal(w->reported, 11);
	assert_int_equal(w->ignored, 0);
	assert_int_equal(xfrm_fake_calls(w->xfrm, FAKE_SA_GET), 1); /* once a second */
	world_down(w);
}

static void test_a_packet_that_was_not_counted_is_not_reported(void **state)
{
	struct world *w = world_up();

	(void)state;
	/* Dropped by a rule, transit, a lone fragment, somebody else's socket. */
	wake_up(w, SPI_1, false);
	assert_int_equal(w->reported, 0);
	assert_int_equal(w->ignored, 1);
	world_down(w);
}

static void test_a_good_packet_is_not_reported_whatever_the_counter_does(void **state)
{
	struct world *w = world_up();

	(void)state;
	add_sa(w, SPI_1, 0);
	loop_advance(w->loop, 2000);
	wake_up(w, SPI_1, false);
	wake_up(w, SPI_1, true); /* something moved it that the tap did not see */
	assert_int_equal(w->reported, 0);
	assert_int_equal(w->ignored, 2);
	world_down(w);
}

static void test_a_marked_sa_is_reported_only_when_the_counter_insists(void **state)
{
	struct world *w = world_up();

	(void)state;
	add_sa(w, SPI_1, 42);
	wake_up(w, SPI_1, false); /* netfilter set the mark: decrypted */
	assert_int_equal(w->reported, 0);
	wake_up(w, SPI_1, true); /* it did not */
	assert_int_equal(w->reported, 1);
	candidate(w, SPI_1);
	candidate(w, SPI_1);
	wake_up(w, SPI_1 + 1, true); /* the unknown SPI explains the one refusal */
	assert_int_equal(w->reported, 2);
	assert_int_equal(w->last.spi, SPI_1 + 1);
	world_down(w);
}

static void test_a_counter_that_lags_is_waited_for(void **state)
{
	struct world *w = world_up();

	(void)state;
	candidate(w, SPI_1);
	tap_judge_close(w->judge);
	loop_advance(w->loop, 5);
	assert_int_equal(w->reported, 0);
	w->counter++; /* on another CPU */
	loop_advance(w->loop, 10);
	assert_int_equal(w->reported, 1);
	world_down(w);
}

static void test_a_packet_that_comes_while_the_counter_is_read_is_in_the_window(void **state)
{
	struct world *w = world_up();

	(void)state;
	w->late = packet(SPI_1 + 1);
	w->has_late = true;
	candidate(w, SPI_1);
	w->counter += 2;
	tap_judge_close(w->judge);
	loop_advance(w->loop, 20);
	assert_int_equal(w->reported, 2);
	world_down(w);
}

static void test_two_flows_of_which_one_is_refused_are_told_apart_in_time(void **state)
{
	struct world *w = world_up();

	(void)state;
	candidate(w, SPI_1);	 /* refused */
	candidate(w, SPI_1 + 1); /* dropped before xfrm */
	w->counter++;
	tap_judge_close(w->judge);
	loop_advance(w->loop, 20);
	assert_int_equal(w->reported, 0); /* which? */
	wake_up(w, SPI_1, true);
	wake_up(w, SPI_1 + 1, false);
	assert_int_equal(w->reported, 1);
	assert_int_equal(w->last.spi, SPI_1);
	candidate(w, SPI_1);
	candidate(w, SPI_1 + 1);
	w->counter++;
	tap_judge_close(w->judge);
	loop_advance(w->loop, 20);
	assert_int_equal(w->reported, 2); /* known by now */
	assert_int_equal(w->last.spi, SPI_1);
	world_down(w);
}

static void test_an_sa_that_was_deleted_is_found_out_in_a_second(void **state)
{
	struct world *w = world_up();

	(void)state;
	add_sa(w, SPI_1, 0);
	wake_up(w, SPI_1, false);
	delete_sa(w, SPI_1);
	loop_advance(w->loop, 1000);
	wake_up(w, SPI_1, true); /* asks */
	wake_up(w, SPI_1, true);
	assert_in_range(w->reported, 1, 2);
	world_down(w);
}

static void test_a_mirror_that_is_behind_is_not_believed(void **state)
{
	struct world *w = world_up();

	(void)state;
	xfrm_fake_lose_events(w->xfrm, true);
	add_sa(w, SPI_1, 0); /* in the kernel, not in the mirror */
	wake_up(w, SPI_1, false);
	assert_int_equal(w->reported, 0);
	assert_int_equal(w->ignored, 1);
	xfrm_fake_lose_events(w->xfrm, false);
	loop_advance(w->loop, 100);
	world_down(w);
}

static void test_a_packet_before_its_sa_is_told_from_the_one_after(void **state)
{
	struct world *w = world_up();

	(void)state;
	candidate(w, SPI_1); /* refused; its SA comes before the kernel is asked */
	w->counter++;
	add_sa(w, SPI_1, 0);
	candidate(w, SPI_1 + 1); /* had an SA, which is gone before the kernel is asked */
	tap_judge_close(w->judge);
	loop_advance(w->loop, 20);
	assert_int_equal(w->reported, 0); /* one was refused: which? */
	add_sa(w, SPI_1 + 2, 0);
	wake_up(w, SPI_1 + 2, false);
	assert_int_equal(w->reported, 0);
	add_sa(w, SPI_1 + 3, 0);
	wake_up(w, SPI_1 + 3, true);
	assert_int_equal(w->reported, 1);
	world_down(w);
}

static void test_no_word_from_the_kernel_is_no_report(void **state)
{
	struct world *w = world_up();

	(void)state;
	xfrm_fake_fail(w->xfrm, FAKE_SA_GET, 1, -EPERM);
	wake_up(w, SPI_1, true);
	assert_int_equal(w->reported, 0);
	w->counter_error = -EIO;
	wake_up(w, SPI_1, true);
	assert_int_equal(w->reported, 0);
	w->counter_error = 0;
	xfrm_fake_delay(w->xfrm, 5000);
	wake_up(w, SPI_1 + 7, true); /* the answer comes when nobody waits for it any more */
	loop_advance(w->loop, 1500);
	assert_int_equal(w->reported, 0);
	loop_advance(w->loop, 5000);
	assert_int_equal(w->reported, 0);
	world_down(w);
}

static void test_a_window_that_overflows_reports_only_what_is_known(void **state)
{
	struct world *w = world_up();

	(void)state;
	wake_up(w, SPI_1, true);
	for (uint32_t i = 0; i < 300; i++)
		candidate(w, SPI_1 + 1 + i);
	candidate(w, SPI_1);
	w->counter += 301;
	tap_judge_close(w->judge);
	loop_advance(w->loop, 200);
	assert_int_equal(w->reported, 1); /* 256 fit; the known one did not */
	loop_advance(w->loop, 2000);
	wake_up(w, SPI_1, true);
	tap_judge_lossy(w->judge);
	wake_up(w, SPI_1, true);
	assert_int_equal(w->reported, 3);
	world_down(w);
}

static void test_flows_that_hash_alike_are_kept_apart(void **state)
{
	struct world *w = world_up();

	(void)state;
	for (int i = 0; i < 3; i++) { /* the two meet in one set of the table */
		candidate(w, 0x7002);
		candidate(w, 0xFF000001);
		w->counter += 2;
		tap_judge_close(w->judge);
		loop_advance(w->loop, 20);
	}
	assert_int_equal(w->reported, 6);
	world_down(w);
}

static void test_what_was_counted_before_it_was_armed_explains_nothing(void **state)
{
	struct world *w = world_up();

	(void)state;
	w->counter += 50;
	assert_int_equal(tap_judge_begin(w->judge), 0);
	wake_up(w, SPI_1, false);
	assert_int_equal(w->reported, 0);
	world_down(w);
}

/* What the kernel counted is: reported, not looked at, not judged yet, or unexplained. */
static void expect_sums(const struct world *w, uint64_t unlooked, uint64_t pending,
			uint64_t unexplained, int line)
{
	uint64_t u, p;

	tap_judge_sums(w->judge, &u, &p);
	if (u != unlooked || p != pending || w->counter - 100 - u - p - w->reported != unexplained)
		fail_msg("line %d: not looked at %llu, pending %llu, reported %u of %llu", line,
			 (unsigned long long)u, (unsigned long long)p, w->reported,
			 (unsigned long long)(w->counter - 100));
}

static void test_what_nobody_could_look_at_is_not_unexplained(void **state)
{
	struct world *w = world_up();

	(void)state;
	wake_up(w, SPI_1, true);
	expect_sums(w, 0, 0, 0, __LINE__);
	w->counter += 3; /* the tap is down */
	expect_sums(w, 0, 3, 0, __LINE__);
	assert_int_equal(tap_judge_begin(w->judge), 0);
	expect_sums(w, 3, 0, 0, __LINE__);
	w->missed.gone = 40; /* the ring was full, or good packets were not shown */
	w->counter += 5;
	tap_judge_close(w->judge);
	expect_sums(w, 8, 0, 0, __LINE__);
	w->missed.waiting = 2;
	w->counter += 2;
	tap_judge_close(w->judge);
	expect_sums(w, 10, 0, 0, __LINE__);
	world_down(w);
}

static void test_what_no_filter_saw_is_unexplained(void **state)
{
	struct world *w = world_up();

	(void)state;
	w->missed.gone = 7;
	wake_up(w, SPI_1, true);
	expect_sums(w, 0, 0, 0, __LINE__);
	w->counter += 4; /* IPComp, or ESP in UDP on another port */
	tap_judge_close(w->judge);
	expect_sums(w, 0, 0, 4, __LINE__);
	w->missed.gone += 1;
	w->counter += 3;
	wake_up(w, SPI_1, true);
	expect_sums(w, 1, 0, 6, __LINE__);
	world_down(w);
}

static void test_what_cannot_be_told_apart_is_not_unexplained(void **state)
{
	struct world *w = world_up();

	(void)state;
	candidate(w, SPI_1);
	candidate(w, SPI_1 + 1);
	w->counter++;
	tap_judge_close(w->judge);
	expect_sums(w, 0, 1, 0, __LINE__);
	loop_advance(w->loop, 200);
	assert_int_equal(w->reported, 0);
	expect_sums(w, 1, 0, 0, __LINE__);
	world_down(w);
}

static void test_a_flood_is_not_looked_at(void **state)
{
	struct world *w = world_up();
	uint64_t unlooked, pending;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		candidate(w, SPI_1 + i);
		w->counter++;
		if (i % 100 == 99) {
			tap_judge_close(w->judge);
			loop_advance(w->loop, 1);
		}
	}
	loop_advance(w->loop, 2000);
	tap_judge_sums(w->judge, &unlooked, &pending);
	assert_int_equal(pending, 0);
	assert_true(unlooked > 10000);
	assert_int_equal(unlooked + w->reported, 20000);
	world_down(w);
}

/* The counter goes on when the tap is down: it must not make a refusal of what was not one. */
static void test_a_window_that_is_open_at_the_end_is_given_up(void **state)
{
	struct world *w = world_up();

	(void)state;
	candidate(w, SPI_1);
	tap_judge_close(w->judge);
	tap_judge_end(w->judge);
	w->counter++;
	loop_advance(w->loop, 2000);
	assert_int_equal(w->reported, 0);
	assert_int_equal(tap_judge_begin(w->judge), 0);
	expect_sums(w, 1, 0, 0, __LINE__);
	world_down(w);
}

static void test_without_a_counter_it_does_not_begin(void **state)
{
	struct world *w = world_up();
	uint64_t unlooked, pending;

	(void)state;
	w->counter_error = -EBADF;
	w->counter += 5;
	assert_int_equal(tap_judge_begin(w->judge), -EBADF);
	tap_judge_sums(w->judge, &unlooked, &pending);
	assert_int_equal(unlooked + pending, 0);
	w->counter_error = 0;
	assert_int_equal(tap_judge_begin(w->judge), 0);
	expect_sums(w, 5, 0, 0, __LINE__);
	world_down(w);
}

static void test_a_judge_may_go_while_a_question_is_under_way(void **state)
{
	struct world *w = world_up();

	(void)state;
	xfrm_fake_delay(w->xfrm, 500);
	candidate(w, SPI_1);
	candidate(w, SPI_1 + 1);
	tap_judge_close(w->judge);
	tap_judge_free(w->judge);
	w->judge = NULL;
	loop_advance(w->loop, 1000);
	assert_int_equal(w->reported, 0);
	world_down(w);
}

static void test_no_memory_is_no_report(void **state)
{
	struct world *w = world_up();

	(void)state;
	alloc_fail_after(1);
	assert_null(tap_judge_new(w->loop, w->xfrm, &OPS, w));
	alloc_fail_after(1);
	wake_up(w, SPI_1, true);
	alloc_fail_after(0);
	assert_int_equal(w->reported, 0);
	wake_up(w, SPI_1, true);
	assert_int_equal(w->reported, 1);
	world_down(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_counter_bounds_what_is_reported),
		cmocka_unit_test(test_a_refused_packet_is_reported),
		cmocka_unit_test(test_a_packet_that_was_not_counted_is_not_reported),
		cmocka_unit_test(test_a_good_packet_is_not_reported_whatever_the_counter_does),
		cmocka_unit_test(test_a_marked_sa_is_reported_only_when_the_counter_insists),
		cmocka_unit_test(test_a_counter_that_lags_is_waited_for),
		cmocka_unit_test(
			test_a_packet_that_comes_while_the_counter_is_read_is_in_the_window),
		cmocka_unit_test(test_two_flows_of_which_one_is_refused_are_told_apart_in_time),
		cmocka_unit_test(test_an_sa_that_was_deleted_is_found_out_in_a_second),
		cmocka_unit_test(test_a_mirror_that_is_behind_is_not_believed),
		cmocka_unit_test(test_a_packet_before_its_sa_is_told_from_the_one_after),
		cmocka_unit_test(test_no_word_from_the_kernel_is_no_report),
		cmocka_unit_test(test_a_window_that_overflows_reports_only_what_is_known),
		cmocka_unit_test(test_flows_that_hash_alike_are_kept_apart),
		cmocka_unit_test(test_what_was_counted_before_it_was_armed_explains_nothing),
		cmocka_unit_test(test_what_nobody_could_look_at_is_not_unexplained),
		cmocka_unit_test(test_what_no_filter_saw_is_unexplained),
		cmocka_unit_test(test_what_cannot_be_told_apart_is_not_unexplained),
		cmocka_unit_test(test_a_flood_is_not_looked_at),
		cmocka_unit_test(test_a_window_that_is_open_at_the_end_is_given_up),
		cmocka_unit_test(test_without_a_counter_it_does_not_begin),
		cmocka_unit_test(test_a_judge_may_go_while_a_question_is_under_way),
		cmocka_unit_test(test_no_memory_is_no_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
