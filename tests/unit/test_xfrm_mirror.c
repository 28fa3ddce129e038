/* The mirror: what it finds, what it tells, and what it does with dumps, races and missing memory. */
#include <errno.h>

#include "base/secret.h"
#include "tests/unit/xfrm_watch.h"
#include "xfrm/xfrm_internal.h"

/* A bare implementation: the tests play the kernel. */
struct bare {
	struct xfrm x; /* first */
	struct loop *loop;
	struct watch w;
	struct xfrm_call *taken;
};

static void bare_submit(struct xfrm *x, struct xfrm_call *call)
{
	list_entry(x, struct bare, x)->taken = call;
}

static void bare_free(struct xfrm *x)
{
	xfrm_fini(x);
}

static const struct xfrm_backend bare_backend = {.submit = bare_submit, .free = bare_free};
static const struct xfrm_author charon = {.pid = 77, .seq = 3, .name = "charon"};
static const struct xfrm_author own = {.pid = 1, .seq = 9, .own = true};

static int setup(void **state)
{
	static struct bare b;

	b = (struct bare){.loop = loop_new_simulated(5000)};
	assert_int_equal(xfrm_init(&b.x, b.loop, NULL, &bare_backend, false), 0);
	xfrm_watch(&b.x, &watch_ops, &b.w);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct bare *b = *state;

	xfrm_free(&b->x);
	loop_free(b->loop);
	return 0;
}

static void turn(struct bare *b)
{
	loop_advance(b->loop, 0);
}

static struct xfrm_sa whole(uint32_t spi)
{
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", spi, 7);

	sa.counters.add_wall_s = 1700000000;
	return sa;
}

static void test_an_sa_is_found_by_destination_protocol_spi_and_mark(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);
	struct xfrm_mark none = {0, 0}, mark = {5, 0xff};
	struct addr other = at("10.0.0.3");

	sa.id.mark = mark;
	xfrm_mirror_put(&b->x, &sa, &charon);
	assert_non_null(xfrm_sa_find(&b->x, &sa.id.dst, 50, SPI_A, NULL));
	assert_non_null(xfrm_sa_find(&b->x, &sa.id.dst, 50, SPI_A, &mark));
	assert_null(xfrm_sa_find(&b->x, &sa.id.dst, 50, SPI_A, &none));
	assert_null(xfrm_sa_find(&b->x, &sa.id.dst, 51, SPI_A, NULL));
	assert_null(xfrm_sa_find(&b->x, &other, 50, SPI_A, NULL));
	assert_null(xfrm_sa_find(&b->x, &sa.id.dst, 50, SPI_B, NULL));
}

static void test_by_spi_walks_all_that_share_it_and_no_other(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);
	const struct xfrm_sa *it = NULL;
	unsigned int seen = 0, all = 0;

	xfrm_mirror_put(&b->x, &sa, &charon);
	sa.id.dst = at("2001:db8::1");
	sa.src = at("2001:db8::2");
	xfrm_mirror_put(&b->x, &sa, &charon);
	sa.id.proto = 51;
	xfrm_mirror_put(&b->x, &sa, &charon);
	for (uint32_t spi = 300; spi < 500; spi++) {
		sa.id.spi = spi;
		xfrm_mirror_put(&b->x, &sa, &charon);
	}
	while ((it = xfrm_sa_by_spi(&b->x, SPI_A, it))) {
		assert_int_equal(it->id.spi, SPI_A);
		seen++;
	}
	assert_int_equal(seen, 3);
	while ((it = xfrm_sa_next(&b->x, it)))
		all++;
	assert_int_equal(all, 203);
}

static void test_the_authors_of_birth_and_death_are_kept(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);

	xfrm_mirror_put(&b->x, &sa, &own);
	turn(b);
	assert_true(b->w.last.author.own);
	assert_int_equal(b->w.last.since_ms, 5000);
	xfrm_mirror_gone(&b->x, &sa.id, XFRM_GONE_DELETED, &charon);
	assert_null(xfrm_sa_find(&b->x, &sa.id.dst, 50, SPI_A, NULL));
	turn(b);
	assert_int_equal(b->w.gone, 1);
	assert_string_equal(b->w.by.name, "charon");
	assert_true(b->w.last_gone.author.own);
}

static void test_a_dump_does_not_forget_the_author(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);

	xfrm_mirror_put(&b->x, &sa, &charon);
	xfrm_mirror_dump_begin(&b->x);
	sa.counters.packets = 10;
	xfrm_mirror_put(&b->x, &sa, NULL);
	xfrm_mirror_dump_end(&b->x);
	turn(b);
	assert_string_equal(b->w.order, "nr");
	assert_int_equal(xfrm_sa_next(&b->x, NULL)->author.pid, 77);
	assert_int_equal(xfrm_sa_next(&b->x, NULL)->counters.packets, 10);
}

static void test_counters_alone_are_no_change(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);

	xfrm_mirror_put(&b->x, &sa, &own);
	turn(b);
	sa.counters.packets = 3;
	xfrm_mirror_put(&b->x, &sa, &own);
	xfrm_mirror_counters(&b->x, &sa);
	turn(b);
	assert_int_equal(b->w.changed, 0);
	sa.limits.hard_bytes = 1;
	xfrm_mirror_put(&b->x, &sa, &own);
	sa.encap_sport = 4500;
	xfrm_mirror_put(&b->x, &sa, &own);
	turn(b);
	assert_int_equal(b->w.changed, 1);
	assert_int_equal(b->w.last.encap_sport, 4500);
}

static void test_the_same_id_born_at_another_time_is_another_sa(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);

	xfrm_mirror_put(&b->x, &sa, &own);
	turn(b);
	xfrm_mirror_dump_begin(&b->x);
	sa.counters.add_wall_s++;
	xfrm_mirror_put(&b->x, &sa, NULL);
	xfrm_mirror_dump_end(&b->x);
	turn(b);
	assert_string_equal(b->w.order, "ngnr");
	assert_int_equal(b->w.why, XFRM_GONE_MISSED);
	assert_false(b->w.last.author.own);
}

static void test_an_update_of_an_installed_sa_changes_its_limits_and_ports_alone(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A), asked = sa;

	sa.encap = true;
	sa.counters.packets = 9;
	xfrm_mirror_put(&b->x, &sa, &own);
	turn(b);
	asked.encap = true;
	asked.encap_sport = 61000;
	asked.limits.hard_bytes = 5;
	asked.counters.add_wall_s += 100;
	asked.reqid = 99;
	assert_int_equal(xfrm_mirror_update(&b->x, &asked, &charon), 0);
	turn(b);
	assert_string_equal(b->w.order, "nc");
	assert_int_equal(b->w.last.limits.hard_bytes, 5);
	assert_int_equal(b->w.last.encap_sport, 61000);
	assert_int_equal(b->w.last.reqid, 7);
	assert_int_equal(b->w.last.counters.packets, 9);
	assert_int_equal(b->w.last.counters.add_wall_s, 1700000000);
	assert_true(b->w.last.author.own);
	sa.id.spi = SPI_B; /* an update of what we never heard of is an SA */
	xfrm_mirror_update(&b->x, &sa, &charon);
	turn(b);
	assert_string_equal(b->w.order, "ncn");
}

static void test_a_larval_sa_becomes_whole_even_under_a_mark(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);

	sa.larval = true;
	xfrm_mirror_put(&b->x, &sa, &own);
	turn(b);
	sa.larval = false;
	sa.id.mark = (struct xfrm_mark){42, 0xffffffff};
	sa.counters.add_wall_s += 2;
	xfrm_mirror_put(&b->x, &sa, &own);
	turn(b);
	assert_string_equal(b->w.order, "nc");
	assert_false(b->w.last.larval);
	assert_int_equal(b->x.stats.sas, 1);
}

static void test_spi_0_is_the_kernels_note_and_not_an_sa(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(0);

	xfrm_mirror_put(&b->x, &sa, NULL);
	turn(b);
	assert_int_equal(b->w.born, 0);
	assert_int_equal(b->x.stats.sas, 0);
}

static void test_a_dump_tells_what_is_missing_and_what_is_new(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);
	struct xfrm_policy p = policy_of(XFRM_DIR_OUT, "10.1.0.0/16", "10.2.0.0/16", 7);

	xfrm_mirror_put(&b->x, &sa, &own);
	xfrm_mirror_policy_put(&b->x, &p, &own);
	xfrm_mirror_dump_begin(&b->x);
	assert_false(xfrm_synced(&b->x));
	sa.id.spi = SPI_B;
	xfrm_mirror_put(&b->x, &sa, NULL);
	xfrm_mirror_dump_end(&b->x);
	assert_true(xfrm_synced(&b->x));
	turn(b);
	assert_string_equal(b->w.order, "npngqr");
	assert_int_equal(b->w.why, XFRM_GONE_MISSED);
	assert_int_equal(b->w.last_gone.id.spi, SPI_A);
}

static void test_what_is_born_during_a_dump_is_not_missing(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);

	xfrm_mirror_dump_begin(&b->x);
	xfrm_mirror_put(&b->x, &sa, &charon);
	xfrm_mirror_dump_end(&b->x);
	turn(b);
	assert_int_equal(b->w.gone, 0);
}

static void test_what_went_during_a_dump_is_not_raised_by_a_late_part(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);

	xfrm_mirror_put(&b->x, &sa, &own);
	xfrm_mirror_dump_begin(&b->x);
	xfrm_mirror_gone(&b->x, &sa.id, XFRM_GONE_DELETED, &charon);
	xfrm_mirror_put(&b->x, &sa, NULL);
	assert_null(xfrm_sa_next(&b->x, NULL));
	/* But installed again by someone it is there. */
	sa.counters.add_wall_s++;
	xfrm_mirror_put(&b->x, &sa, &charon);
	xfrm_mirror_put(&b->x, &sa, NULL);
	xfrm_mirror_dump_end(&b->x);
	turn(b);
	assert_string_equal(b->w.order, "ngnr");
	assert_non_null(xfrm_sa_next(&b->x, NULL));
}

static void test_a_flush_during_a_dump_makes_it_worthless(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);

	xfrm_mirror_dump_begin(&b->x);
	xfrm_mirror_put(&b->x, &sa, NULL);
	xfrm_mirror_flush(&b->x, 0, &charon);
	xfrm_mirror_dump_end(&b->x);
	assert_true(b->x.dirty);
	assert_false(xfrm_synced(&b->x));
	turn(b);
	assert_int_equal(b->w.resyncs, 0);
	assert_int_equal(b->w.why, XFRM_GONE_FLUSHED);
}

static void test_more_deaths_than_can_be_noted_make_the_dump_worthless(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(0);

	for (uint32_t spi = 1000; spi <= 1000 + XFRM_TOMBSTONES; spi++) {
		sa.id.spi = spi;
		xfrm_mirror_put(&b->x, &sa, &own);
	}
	xfrm_mirror_dump_begin(&b->x);
	for (uint32_t spi = 1000; spi < 1000 + XFRM_TOMBSTONES; spi++) {
		sa.id.spi = spi;
		xfrm_mirror_gone(&b->x, &sa.id, XFRM_GONE_DELETED, &own);
	}
	assert_false(b->x.dirty);
	sa.id.spi = 1000 + XFRM_TOMBSTONES;
	xfrm_mirror_gone(&b->x, &sa.id, XFRM_GONE_DELETED, &own);
	assert_true(b->x.dirty);
}

static void test_a_flush_takes_only_its_protocol(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);

	xfrm_mirror_put(&b->x, &sa, &own);
	sa.id.proto = 51;
	xfrm_mirror_put(&b->x, &sa, &own);
	xfrm_mirror_flush(&b->x, 50, &charon);
	turn(b);
	assert_int_equal(b->w.gone, 1);
	assert_int_equal(xfrm_sa_next(&b->x, NULL)->id.proto, 51);
	assert_true(xfrm_proto_matches(51, 255));
	assert_true(xfrm_proto_matches(108, 255));
	assert_false(xfrm_proto_matches(4, 255));
	assert_true(xfrm_proto_matches(4, 0));
}

static void test_two_facts_of_one_sa_in_a_turn_keep_their_order(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);

	xfrm_mirror_put(&b->x, &sa, &own);
	xfrm_mirror_soft(&b->x, &sa);
	xfrm_mirror_soft(&b->x, &sa);
	xfrm_mirror_gone(&b->x, &sa.id, XFRM_GONE_EXPIRED_TIME, NULL);
	xfrm_mirror_put(&b->x, &sa, &own);
	assert_string_equal(b->w.order, "");
	turn(b);
	assert_string_equal(b->w.order, "nsgn");
}

static void test_unknown_ids_change_nothing(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);
	struct endpoint from = {at("192.0.2.1"), 4500};
	struct xfrm_policy p = policy_of(XFRM_DIR_FWD, "10.1.0.0/16", "10.2.0.0/16", 7);

	xfrm_mirror_soft(&b->x, &sa);
	xfrm_mirror_gone(&b->x, &sa.id, XFRM_GONE_DELETED, &charon);
	xfrm_mirror_mapping(&b->x, &sa.id, &from);
	xfrm_mirror_counters(&b->x, &sa);
	xfrm_mirror_policy_gone(&b->x, &p, &charon);
	turn(b);
	assert_string_equal(b->w.order, "");
}

static void test_policies_differ_by_direction_selector_mark_and_if_id(void **state)
{
	struct bare *b = *state;
	struct xfrm_policy p = policy_of(XFRM_DIR_OUT, "10.1.0.0/16", "10.2.0.0/16", 7);
	struct xfrm_mark mark = {1, 0xff};
	const struct xfrm_policy *it = NULL;
	unsigned int n = 0;

	xfrm_mirror_policy_put(&b->x, &p, &own);
	p.mark = mark;
	xfrm_mirror_policy_put(&b->x, &p, &own);
	p.if_id = 9;
	xfrm_mirror_policy_put(&b->x, &p, &own);
	p.dir = XFRM_DIR_IN;
	xfrm_mirror_policy_put(&b->x, &p, &own);
	p.selector.proto = 17;
	xfrm_mirror_policy_put(&b->x, &p, &own);
	while ((it = xfrm_policy_next(&b->x, it)))
		n++;
	assert_int_equal(n, 5);
	assert_int_equal(xfrm_policy_find(&b->x, XFRM_DIR_IN, &p.selector, &mark)->if_id, 9);
	assert_null(xfrm_policy_find(&b->x, XFRM_DIR_FWD, &p.selector, NULL));
	xfrm_mirror_policy_flush(&b->x, &charon);
	turn(b);
	assert_int_equal(b->w.policies_gone, 5);
	assert_int_equal(b->w.policy_by.pid, 77);
}

static void test_a_replaced_policy_is_told_again_and_the_same_one_is_not(void **state)
{
	struct bare *b = *state;
	struct xfrm_policy p = policy_of(XFRM_DIR_OUT, "10.1.0.0/16", "10.2.0.0/16", 7);

	xfrm_mirror_policy_put(&b->x, &p, &own);
	turn(b);
	xfrm_mirror_policy_put(&b->x, &p, NULL);
	turn(b);
	assert_int_equal(b->w.policies, 1);
	p.priority = 5;
	xfrm_mirror_policy_put(&b->x, &p, &charon);
	turn(b);
	assert_int_equal(b->w.policies, 2);
	assert_int_equal(xfrm_policy_next(&b->x, NULL)->author.pid, 77);
}

static void test_an_answer_of_no_such_sa_corrects_the_mirror(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);
	void *ctx;
	const struct xfrm_ops *ops = xfrm_ops(&b->x, &ctx);

	xfrm_mirror_put(&b->x, &sa, &own);
	assert_int_equal(ops->sa_get(ctx, &sa.id, watch_sa_done, &b->w), 0);
	xfrm_call_finish(&b->x, b->taken, -ESRCH);
	turn(b);
	assert_string_equal(b->w.order, "ngd");
	assert_int_equal(b->w.why, XFRM_GONE_MISSED);
	assert_int_equal(b->w.err, -ESRCH);
}

static void test_an_acknowledged_get_without_an_sa_is_an_error(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);
	void *ctx;
	const struct xfrm_ops *ops = xfrm_ops(&b->x, &ctx);

	assert_int_equal(ops->sa_get(ctx, &sa.id, watch_sa_done, &b->w), 0);
	xfrm_call_finish(&b->x, b->taken, 0);
	turn(b);
	assert_int_equal(b->w.err, -ENODATA);
}

static void test_bad_arguments_are_refused_before_the_kernel_sees_them(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);
	struct xfrm_policy p = policy_of(XFRM_DIR_OUT, "10.1.0.0/16", "10.2.0.0/16", 7);
	struct xfrm_keys keys = {.aead = "rfc4106(gcm(aes))"};
	void *ctx;
	const struct xfrm_ops *ops = xfrm_ops(&b->x, &ctx);

	assert_int_equal(ops->sa_add(ctx, &sa, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(ops->sa_add(ctx, &sa, &keys, NULL, NULL), -EINVAL);
	sa.src = at("2001:db8::1");
	assert_int_equal(ops->sa_update(ctx, &sa, NULL, NULL, NULL), -EINVAL);
	sa.id.proto = 6;
	assert_int_equal(ops->sa_delete(ctx, &sa.id, NULL, NULL), -EINVAL);
	assert_int_equal(ops->sa_get(ctx, &sa.id, NULL, NULL), -EINVAL);
	p.tunnel_remote = (struct addr){0};
	assert_int_equal(ops->policy_put(ctx, &p, NULL, NULL), -EINVAL);
	p.selector.local = (struct prefix){0};
	assert_int_equal(ops->policy_delete(ctx, &p, NULL, NULL), -EINVAL);
	assert_null(b->taken);
}

static void test_algorithm_names_of_any_length_are_refused_not_cut(void **state)
{
	struct bare *b = *state;
	struct xfrm_sa sa = whole(SPI_A);
	char name[100];
	struct secret *key = secret_new("k", 1);
	struct xfrm_keys keys = {.aead = name, .encr_key = key};
	void *ctx;
	const struct xfrm_ops *ops = xfrm_ops(&b->x, &ctx);

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(ops->sa_add(ctx, &sa, &keys, NULL, NULL), -EINVAL);
	secret_free(key);
}

static void test_a_read_only_xfrm_has_no_write_functions(void **state)
{
	struct bare ro = {0};
	void *ctx;
	const struct xfrm_ops *ops;

	(void)state;
	ro.loop = loop_new_simulated(0);
	assert_int_equal(xfrm_init(&ro.x, ro.loop, NULL, &bare_backend, true), 0);
	ops = xfrm_ops(&ro.x, &ctx);
	assert_null(ops->sa_add);
	assert_null(ops->policy_put);
	assert_non_null(ops->sa_get);
	assert_int_equal(xfrm_load_handlers(&ro.x, NULL, NULL), -EPERM);
	xfrm_free(&ro.x);
	loop_free(ro.loop);
}

static void test_a_ninth_watcher_is_refused(void **state)
{
	struct bare *b = *state;

	for (int i = 1; i < XFRM_WATCH_MAX; i++)
		assert_int_equal(xfrm_watch(&b->x, &watch_ops, &b->w), 0);
	assert_int_equal(xfrm_watch(&b->x, &watch_ops, &b->w), -ENOSPC);
}

static void test_one_counter_is_read_from_the_kernels_file(void **state)
{
	FILE *f = tmpfile();
	uint64_t value = 1;

	(void)state;
	fputs("XfrmInError             \t0\nXfrmInNoStates          \t18446744073709551615\n"
	      "XfrmInNoStatesX         \t7\nXfrmBroken\nXfrmWord  \tx\n",
	      f);
	fflush(f);
	assert_int_equal(xfrm_proc_stat(fileno(f), "XfrmInNoStates", &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(xfrm_proc_stat(fileno(f), "XfrmIn", &value), -ENOENT);
	assert_int_equal(xfrm_proc_stat(fileno(f), "XfrmBroken", &value), -ENOENT);
	assert_int_equal(xfrm_proc_stat(fileno(f), "XfrmWord", &value), -EINVAL);
	assert_int_equal(xfrm_proc_stat(-1, "XfrmInNoStates", &value), -EBADF);
	fclose(f);
}

/* A life with the fake: what must be true at its end, whichever allocation failed. */
static int live(void *arg)
{
	struct loop *loop = loop_new_simulated(0);
	struct xfrm *x = loop ? xfrm_fake_new(loop) : NULL;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);
	struct xfrm_policy p = policy_of(XFRM_DIR_OUT, "10.1.0.0/16", "10.2.0.0/16", 7);
	struct watch w = {.err = -1};
	struct secret *key = arg;
	struct xfrm_keys keys = {.aead = "rfc4106(gcm(aes))", .encr_key = key, .icv_bits = 128};
	void *ctx;
	int err = -ENOMEM;

	if (!x)
		goto out;
	xfrm_watch(x, &watch_ops, &w);
	xfrm_ops(x, &ctx)->policy_put(ctx, &p, NULL, NULL);
	err = xfrm_ops(x, &ctx)->sa_add(ctx, &sa, &keys, watch_done, &w);
	loop_advance(loop, 10);
	err = err ? err : w.err;
	if (err == 0) {
		/* Nothing else failing, the mirror and the kernel agree, now or at the next fact. */
		xfrm_fake_lose_events(x, false);
		loop_advance(loop, 10);
		assert_int_equal(w.born, 1);
		assert_non_null(xfrm_sa_next(x, NULL));
	}
out:
	xfrm_free(x);
	loop_free(loop);
	return err;
}

static void test_every_allocation_may_fail(void **state)
{
	struct secret *key = secret_new("0123456789abcdef0123", 20);

	(void)state;
	assert_true(unit_fail_each_allocation(live, key) >= 5);
	secret_free(key);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_an_sa_is_found_by_destination_protocol_spi_and_mark),
		T(test_by_spi_walks_all_that_share_it_and_no_other),
		T(test_the_authors_of_birth_and_death_are_kept),
		T(test_a_dump_does_not_forget_the_author),
		T(test_counters_alone_are_no_change),
		T(test_the_same_id_born_at_another_time_is_another_sa),
		T(test_an_update_of_an_installed_sa_changes_its_limits_and_ports_alone),
		T(test_a_larval_sa_becomes_whole_even_under_a_mark),
		T(test_spi_0_is_the_kernels_note_and_not_an_sa),
		T(test_a_dump_tells_what_is_missing_and_what_is_new),
		T(test_what_is_born_during_a_dump_is_not_missing),
		T(test_what_went_during_a_dump_is_not_raised_by_a_late_part),
		T(test_a_flush_during_a_dump_makes_it_worthless),
		T(test_more_deaths_than_can_be_noted_make_the_dump_worthless),
		T(test_a_flush_takes_only_its_protocol),
		T(test_two_facts_of_one_sa_in_a_turn_keep_their_order),
		T(test_unknown_ids_change_nothing),
		T(test_policies_differ_by_direction_selector_mark_and_if_id),
		T(test_a_replaced_policy_is_told_again_and_the_same_one_is_not),
		T(test_an_answer_of_no_such_sa_corrects_the_mirror),
		T(test_an_acknowledged_get_without_an_sa_is_an_error),
		T(test_bad_arguments_are_refused_before_the_kernel_sees_them),
		T(test_algorithm_names_of_any_length_are_refused_not_cut),
		T(test_a_read_only_xfrm_has_no_write_functions),
		T(test_a_ninth_watcher_is_refused),
		T(test_one_counter_is_read_from_the_kernels_file),
		cmocka_unit_test(test_every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
