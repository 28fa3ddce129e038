/*
 * The netlink implementation against this machine's kernel, in a network namespace made for it.
 * Needs root and a kernel with XFRM; ESP may be missing (its share is tests/kernel/xfrm_probe.c).
 * Two instances watch each other: what one does is a foreign hand to the other.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "base/secret.h"
#include "tests/unit/xfrm_watch.h"
#include "xfrm/netlink_internal.h"

#define LIMIT_MS 5000
#define MANY	 2000

struct pair {
	struct loop *loop;
	struct xfrm *x, *other;
	const struct xfrm_ops *ops;
	void *ctx;
	struct watch w, seen; /* by x, by other */
	struct secret *key;
	struct xfrm_keys keys;
	struct loop_timer limit;
	bool (*until)(struct pair *p);
	unsigned int answers, failures;
	bool late;
};

static bool have_namespace;

static void on_limit(void *arg)
{
	struct pair *p = arg;

	p->late = true;
	loop_stop(p->loop);
}

static void check(void *arg)
{
	struct pair *p = arg;

	if (p->until(p))
		loop_stop(p->loop);
	else
		loop_timer_set(&p->limit, 1);
}

/* Looks each millisecond; fails after 5 s. */
static void run_until(struct pair *p, bool (*until)(struct pair *p))
{
	struct loop_timer limit = {0};

	p->until = until;
	p->late = false;
	loop_timer_init(&limit, p->loop, "limit", on_limit, p);
	loop_timer_set(&limit, LIMIT_MS);
	loop_timer_init(&p->limit, p->loop, "check", check, p);
	loop_timer_set(&p->limit, 0);
	loop_run(p->loop);
	loop_timer_stop(&limit);
	loop_timer_stop(&p->limit);
	assert_false(p->late);
}

static bool both_synced(struct pair *p)
{
	return xfrm_synced(p->x) && xfrm_synced(p->other) && p->w.resyncs && p->seen.resyncs;
}

static bool answered(struct pair *p)
{
	return strchr(p->w.order, 'd');
}

static bool gone_there(struct pair *p)
{
	return p->seen.gone > 0;
}

static int setup(void **state)
{
	static struct pair p;

	p = (struct pair){.loop = loop_new()};
	*state = &p;
	if (!have_namespace)
		return 0;
	p.x = xfrm_netlink_new(p.loop, NULL, false);
	p.other = xfrm_netlink_new(p.loop, NULL, false);
	assert_non_null(p.x);
	assert_non_null(p.other);
	p.ops = xfrm_ops(p.x, &p.ctx);
	xfrm_watch(p.x, &watch_ops, &p.w);
	xfrm_watch(p.other, &watch_ops, &p.seen);
	p.key = secret_new("0123456789abcdef0123", 20);
	p.keys =
		(struct xfrm_keys){.aead = "rfc4106(gcm(aes))", .encr_key = p.key, .icv_bits = 128};
	run_until(&p, both_synced);
	memset(p.w.order, 0, sizeof(p.w.order));
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;

	xfrm_free(p->x);
	xfrm_free(p->other);
	secret_free(p->key);
	loop_free(p->loop);
	return 0;
}

static int wait_answer(struct pair *p)
{
	run_until(p, answered);
	memset(p->w.order, 0, sizeof(p->w.order));
	return p->w.err;
}

static int put(struct pair *p, const struct xfrm_policy *policy)
{
	assert_int_equal(p->ops->policy_put(p->ctx, policy, watch_done, &p->w), 0);
	return wait_answer(p);
}

static int drop(struct pair *p, const struct xfrm_policy *policy)
{
	assert_int_equal(p->ops->policy_delete(p->ctx, policy, watch_done, &p->w), 0);
	return wait_answer(p);
}

static bool policies_gone_there(struct pair *p)
{
	return p->seen.policies_gone == p->seen.policies;
}

#define NEEDS_NAMESPACE()                                                                          \
	do {                                                                                       \
		if (!have_namespace)                                                               \
			skip();                                                                    \
	} while (0)

static void assert_same_policy(const struct xfrm_policy *a, const struct xfrm_policy *b)
{
	assert_true(selector_equal(&a->selector, &b->selector));
	assert_int_equal(a->priority, b->priority);
	assert_int_equal(a->block, b->block);
	assert_int_equal(a->reqid, b->reqid);
	assert_int_equal(a->if_id, b->if_id);
	assert_int_equal(a->mark.value, b->mark.value);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->proto, b->proto);
	assert_true(addr_equal(&a->tunnel_local, &b->tunnel_local));
	assert_true(addr_equal(&a->tunnel_remote, &b->tunnel_remote));
}

static void test_policies_of_each_direction_come_back_as_they_were_asked_for(void **state)
{
	struct pair *p = *state;
	struct xfrm_policy want = policy_of(XFRM_DIR_OUT, "10.1.0.0/16", "10.2.0.0/24", 7);
	const struct xfrm_policy *got;

	NEEDS_NAMESPACE();
	want.selector.proto = 17;
	want.selector.local_port = 53;
	want.selector.local_port_mask = 0xffff;
	for (enum xfrm_dir dir = XFRM_DIR_IN; dir <= XFRM_DIR_FWD; dir++) {
		want.dir = dir;
		assert_int_equal(put(p, &want), 0);
		got = xfrm_policy_find(p->x, dir, &want.selector, NULL);
		assert_non_null(got);
		assert_same_policy(got, &want);
		assert_true(got->author.own);
		assert_int_not_equal(got->index, 0);
	}
	for (enum xfrm_dir dir = XFRM_DIR_IN; dir <= XFRM_DIR_FWD; dir++) {
		want.dir = dir;
		assert_int_equal(drop(p, &want), 0);
		assert_null(xfrm_policy_find(p->x, dir, &want.selector, NULL));
	}
	assert_int_equal(drop(p, &want), -ENOENT);
	run_until(p, policies_gone_there);
	assert_int_equal(p->seen.policies, 3);
}

static void test_v6_mark_if_id_transport_and_block(void **state)
{
	struct pair *p = *state;
	struct xfrm_policy want = policy_of(XFRM_DIR_IN, "2001:db8:1::/48", "2001:db8:2::/48", 9);
	const struct xfrm_policy *got;

	NEEDS_NAMESPACE();
	want.tunnel_local = at("2001:db8::1");
	want.tunnel_remote = at("2001:db8::2");
	want.if_id = 77;
	want.mark = (struct xfrm_mark){5, 0xff};
	assert_int_equal(put(p, &want), 0);
	got = xfrm_policy_find(p->x, XFRM_DIR_IN, &want.selector, &want.mark);
	assert_non_null(got);
	assert_same_policy(got, &want);
	assert_int_equal(drop(p, &want), 0);

	want = policy_of(XFRM_DIR_OUT, "10.0.0.1/32", "10.0.0.2/32", 3);
	want.mode = XFRM_KIND_TRANSPORT;
	want.tunnel_local = want.tunnel_remote = (struct addr){0};
	assert_int_equal(put(p, &want), 0);
	got = xfrm_policy_find(p->x, XFRM_DIR_OUT, &want.selector, NULL);
	assert_int_equal(got->mode, XFRM_KIND_TRANSPORT);
	want.block = true;
	assert_int_equal(put(p, &want), 0);
	assert_true(xfrm_policy_find(p->x, XFRM_DIR_OUT, &want.selector, NULL)->block);
	assert_int_equal(drop(p, &want), 0);
}

static void test_a_foreign_hand_is_told_from_our_own_and_named(void **state)
{
	struct pair *p = *state;
	struct xfrm_policy want = policy_of(XFRM_DIR_OUT, "10.1.0.0/16", "10.2.0.0/24", 7);
	const struct xfrm_policy *got;

	NEEDS_NAMESPACE();
	assert_int_equal(put(p, &want), 0);
	assert_int_equal(drop(p, &want), 0);
	run_until(p, policies_gone_there);
	assert_false(p->seen.policy_by.own);
	assert_int_equal(p->seen.policy_by.pid, p->w.policy_by.pid);
	assert_true(p->w.policy_by.own);
	got = xfrm_policy_next(p->other, NULL);
	assert_null(got);
	if (p->seen.policy_by.pid == (uint32_t)getpid())
		assert_memory_equal(p->seen.policy_by.name, "test_xfrm_netli", 15);
}

static void test_a_larval_sa_is_ours_at_once_and_expires_by_the_kernels_clock(void **state)
{
	struct pair *p = *state;
	struct addr src = at("10.0.0.2"), dst = at("10.0.0.1");
	const struct xfrm_sa *sa;

	NEEDS_NAMESPACE();
	assert_int_equal(p->ops->spi_alloc(p->ctx, &src, &dst, 50, 7, 0xff000000, 0xffffffff,
					   watch_spi_done, &p->w),
			 0);
	assert_int_equal(wait_answer(p), 0);
	assert_true(p->w.spi >= 0xff000000);
	sa = xfrm_sa_find(p->x, &dst, 50, p->w.spi, NULL);
	assert_non_null(sa);
	assert_true(sa->larval);
	assert_true(sa->author.own);
	assert_int_equal(sa->reqid, 7);
	/* The kernel tells nobody else; a dump does. */
	p->seen.resyncs = 0;
	p->other->backend->resync(p->other);
	run_until(p, both_synced);
	sa = xfrm_sa_by_spi(p->other, p->w.spi, NULL);
	assert_non_null(sa);
	assert_true(sa->larval);
	assert_false(sa->author.own);
	run_until(p, gone_there); /* xfrm_acq_expires is 1 s here */
	assert_int_equal(p->w.why, XFRM_GONE_EXPIRED_TIME);
	assert_int_equal(p->w.gone, 1);
	assert_null(xfrm_sa_next(p->x, NULL));
}

static void test_a_larval_sa_is_deleted_and_asking_for_it_says_so(void **state)
{
	struct pair *p = *state;
	struct addr src = at("2001:db8::2"), dst = at("2001:db8::1");
	struct xfrm_sa_id id = {.dst = dst, .proto = 51};

	NEEDS_NAMESPACE();
	p->ops->spi_alloc(p->ctx, &src, &dst, 51, 7, 5000, 5000, watch_spi_done, &p->w);
	assert_int_equal(wait_answer(p), 0);
	id.spi = 5000;
	assert_int_equal(p->ops->sa_get(p->ctx, &id, watch_sa_done, &p->w), 0);
	assert_int_equal(wait_answer(p), 0);
	assert_true(addr_equal(&p->w.got.src, &src));
	assert_int_equal(p->ops->sa_delete(p->ctx, &id, watch_done, &p->w), 0);
	assert_int_equal(wait_answer(p), 0);
	assert_int_equal(p->w.why, XFRM_GONE_DELETED);
	assert_true(p->w.by.own);
	assert_int_equal(p->ops->sa_get(p->ctx, &id, watch_sa_done, &p->w), 0);
	assert_int_equal(wait_answer(p), -ESRCH);
}

static void test_an_installation_is_done_or_refused_with_the_kernels_errno(void **state)
{
	struct pair *p = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);
	int err;

	NEEDS_NAMESPACE();
	assert_int_equal(p->ops->sa_add(p->ctx, &sa, &p->keys, watch_done, &p->w), 0);
	err = wait_answer(p);
	if (err < 0) { /* a kernel without ESP */
		assert_null(xfrm_sa_next(p->x, NULL));
		assert_int_equal(p->w.born, 0);
		return;
	}
	assert_int_equal(p->w.born, 1);
	assert_int_equal(p->ops->sa_add(p->ctx, &sa, &p->keys, watch_done, &p->w), 0);
	assert_int_equal(wait_answer(p), -EEXIST);
	assert_int_equal(p->ops->sa_delete(p->ctx, &sa.id, watch_done, &p->w), 0);
	assert_int_equal(wait_answer(p), 0);
}

static void count_answer(void *arg, int err)
{
	struct pair *p = arg;

	p->answers++;
	p->failures += err != 0;
}

static bool many_answered(struct pair *p)
{
	return p->answers == MANY;
}

static bool caught_up(struct pair *p)
{
	struct xfrm_stats ours, theirs;

	xfrm_stats(p->x, &ours);
	xfrm_stats(p->other, &theirs);
	return xfrm_synced(p->other) && ours.policies == theirs.policies && theirs.resyncs > 1;
}

static void many_policies(struct pair *p, bool add)
{
	struct xfrm_policy want = policy_of(XFRM_DIR_OUT, "10.0.0.0/32", "10.200.0.0/16", 7);

	p->answers = p->failures = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		want.selector.local.addr = addr_v4(0x0a000000 + i * 7919);
		if (add)
			p->ops->policy_put(p->ctx, &want, count_answer, p);
		else
			p->ops->policy_delete(p->ctx, &want, count_answer, p);
	}
	run_until(p, many_answered);
	assert_int_equal(p->failures, 0);
}

static void test_2000_writes_are_pipelined_and_a_small_buffer_ends_in_a_resync(void **state)
{
	struct pair *p = *state;
	struct xfrm_stats s;

	NEEDS_NAMESPACE();
	assert_int_equal(xfrm_netlink_event_buffer(p->other, 2048), 0);
	many_policies(p, true);
	xfrm_stats(p->x, &s);
	assert_int_equal(s.policies, MANY);
	assert_int_equal(s.writes, MANY);
	run_until(p, caught_up);
	assert_int_equal(p->seen.policies, MANY);
	p->seen.resyncs = 0;
	many_policies(p, false);
	run_until(p, caught_up);
	/* A dump that ran beside the deletions may show one that is gone once more, until the next dump:
	 * it is told as new and as gone again. */
	assert_true(p->seen.policies_gone >= MANY);
	assert_int_equal(p->seen.policies_gone, p->seen.policies);
	xfrm_stats(p->other, &s);
	assert_int_equal(s.policies, 0);
}

static bool few_answered(struct pair *p)
{
	return p->answers == 200;
}

static bool resynced(struct pair *p)
{
	return p->w.resyncs > 0;
}

static void test_lost_answers_time_out_and_the_mirror_still_learns_what_was_done(void **state)
{
	struct pair *p = *state;
	struct xfrm_policy want = policy_of(XFRM_DIR_OUT, "10.0.0.0/32", "10.200.0.0/16", 7);
	struct xfrm_stats s;

	NEEDS_NAMESPACE();
	assert_int_equal(xfrm_netlink_reply_buffer(p->x, 2048, 200), 0);
	p->w.resyncs = 0;
	for (uint32_t i = 0; i < 200; i++) {
		want.selector.local.addr = addr_v4(0x0a000000 + i * 7919);
		p->ops->policy_put(p->ctx, &want, count_answer, p);
	}
	run_until(p, few_answered);
	assert_true(p->failures > 0 && p->failures < 200);
	run_until(p, resynced);
	xfrm_stats(p->x, &s);
	assert_int_equal(s.policies, 200);
	assert_int_equal(s.refused, p->failures);
	assert_true(xfrm_policy_next(p->x, NULL)->author.own);
	p->answers = 0;
	assert_int_equal(xfrm_netlink_reply_buffer(p->x, 1 << 20, 5000), 0);
	while (s.policies > 0) {
		assert_int_equal(drop(p, xfrm_policy_next(p->x, NULL)), 0);
		xfrm_stats(p->x, &s);
	}
}

static void test_handlers_are_there_or_the_kernels_errno_says_why_not(void **state)
{
	struct pair *p = *state;

	NEEDS_NAMESPACE();
	p->w.err = 1;
	assert_int_equal(xfrm_load_handlers(p->x, watch_done, &p->w), 0);
	assert_true(wait_answer(p) <= 0);
	assert_null(xfrm_sa_next(p->x, NULL));
}

static void test_pending_writes_are_cancelled_at_the_end(void **state)
{
	struct pair *p = *state;
	struct xfrm_policy want = policy_of(XFRM_DIR_OUT, "10.1.0.0/16", "10.2.0.0/24", 7);

	NEEDS_NAMESPACE();
	p->ops->policy_put(p->ctx, &want, watch_done, &p->w);
	xfrm_free(p->x);
	p->x = NULL;
	assert_int_equal(p->w.err, -ECANCELED);
}

static void test_a_namespace_without_privilege_is_refused_not_crashed(void **state)
{
	struct pair *p = *state;

	if (have_namespace)
		skip();
	xfrm_free(xfrm_netlink_new(p->loop, NULL, true));
}

static bool has_xfrm(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void write_sysctl(const char *path, const char *value)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return;
	fputs(value, f);
	fclose(f);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_policies_of_each_direction_come_back_as_they_were_asked_for),
		T(test_v6_mark_if_id_transport_and_block),
		T(test_a_foreign_hand_is_told_from_our_own_and_named),
		T(test_a_larval_sa_is_ours_at_once_and_expires_by_the_kernels_clock),
		T(test_a_larval_sa_is_deleted_and_asking_for_it_says_so),
		T(test_an_installation_is_done_or_refused_with_the_kernels_errno),
		T(test_2000_writes_are_pipelined_and_a_small_buffer_ends_in_a_resync),
		T(test_lost_answers_time_out_and_the_mirror_still_learns_what_was_done),
		T(test_handlers_are_there_or_the_kernels_errno_says_why_not),
		T(test_pending_writes_are_cancelled_at_the_end),
		T(test_a_namespace_without_privilege_is_refused_not_crashed),
	};

	have_namespace = geteuid() == 0 && has_xfrm() && unshare(CLONE_NEWNET) == 0;
	if (have_namespace)
		write_sysctl("/proc/sys/net/core/xfrm_acq_expires", "1");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
