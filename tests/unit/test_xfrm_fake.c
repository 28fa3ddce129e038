/* The kernel's double keeps the kernel's rules, and its faults do what they say. */
#include <errno.h>

#include "base/secret.h"
#include "tests/unit/xfrm_watch.h"

struct world {
	struct loop *loop;
	struct xfrm *x;
	const struct xfrm_ops *ops;
	void *ctx;
	struct watch w;
	struct secret *key;
	struct xfrm_keys keys;
};

static int setup(void **state)
{
	static struct world world;

	world = (struct world){.loop = loop_new_simulated(1000)};
	world.x = xfrm_fake_new(world.loop);
	assert_non_null(world.x);
	world.ops = xfrm_ops(world.x, &world.ctx);
	xfrm_watch(world.x, &watch_ops, &world.w);
	world.key = secret_new("0123456789abcdef0123", 20);
	world.keys = (struct xfrm_keys){
		.aead = "rfc4106(gcm(aes))", .encr_key = world.key, .icv_bits = 128};
	loop_advance(world.loop, 0);
	assert_true(xfrm_synced(world.x));
	*state = &world;
	return 0;
}

static int teardown(void **state)
{
	struct world *t = *state;

	xfrm_free(t->x);
	secret_free(t->key);
	loop_free(t->loop);
	return 0;
}

static void turn(struct world *t)
{
	loop_advance(t->loop, 0);
}

static int add(struct world *t, const struct xfrm_sa *sa)
{
	assert_int_equal(t->ops->sa_add(t->ctx, sa, &t->keys, watch_done, &t->w), 0);
	turn(t);
	return t->w.err;
}

static void add_out_policy(struct world *t, uint32_t reqid)
{
	struct xfrm_policy p = policy_of(XFRM_DIR_OUT, "10.1.0.0/16", "10.2.0.0/16", reqid);

	assert_int_equal(t->ops->policy_put(t->ctx, &p, watch_done, &t->w), 0);
	turn(t);
	assert_int_equal(t->w.err, 0);
}

static uint32_t alloc_spi(struct world *t)
{
	struct addr src = at("10.0.0.2"), dst = at("10.0.0.1");

	assert_int_equal(t->ops->spi_alloc(t->ctx, &src, &dst, 50, 7, 256, 0xffffffff,
					   watch_spi_done, &t->w),
			 0);
	turn(t);
	return t->w.spi;
}

static void test_a_call_takes_effect_at_the_end_of_the_turn(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);

	assert_int_equal(t->ops->sa_add(t->ctx, &sa, &t->keys, watch_done, &t->w), 0);
	assert_int_equal(xfrm_fake_sa_count(t->x), 0);
	turn(t);
	assert_int_equal(xfrm_fake_sa_count(t->x), 1);
	assert_int_equal(t->w.born, 1);
	assert_true(t->w.last.author.own);
	assert_string_equal(t->w.last.encr, "rfc4106(gcm(aes))");
}

static void test_the_fact_is_told_before_the_answer(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);

	t->w.order[0] = '\0';
	memset(t->w.order, 0, sizeof(t->w.order));
	add(t, &sa);
	assert_string_equal(t->w.order, "nd");
}

static void test_the_same_identifiers_twice_are_refused(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);

	assert_int_equal(add(t, &sa), 0);
	sa.src = at("10.0.0.9");
	assert_int_equal(add(t, &sa), -EEXIST);
	sa.id.dst = at("10.0.0.3");
	assert_int_equal(add(t, &sa), 0);
}

static void test_a_larval_sa_becomes_whole_by_an_update(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", 0, 7);

	sa.id.spi = alloc_spi(t);
	assert_true(sa.id.spi > 255);
	assert_true(t->w.last.larval);
	assert_int_equal(t->ops->sa_update(t->ctx, &sa, NULL, watch_done, &t->w), -EINVAL);
	assert_int_equal(t->ops->sa_update(t->ctx, &sa, &t->keys, watch_done, &t->w), 0);
	turn(t);
	assert_int_equal(t->w.err, 0);
	assert_int_equal(t->w.changed, 1);
	assert_false(t->w.last.larval);
	assert_int_equal(t->w.gone, 0);
	loop_advance(t->loop, 2 * FAKE_LARVAL_MS);
	assert_int_equal(xfrm_fake_sa_count(t->x), 1);
}

static void test_a_larval_sa_expires_after_30_s(void **state)
{
	struct world *t = *state;

	alloc_spi(t);
	loop_advance(t->loop, FAKE_LARVAL_MS - 1);
	assert_int_equal(t->w.gone, 0);
	loop_advance(t->loop, 1);
	assert_int_equal(t->w.gone, 1);
	assert_int_equal(t->w.why, XFRM_GONE_EXPIRED_TIME);
	assert_int_equal(t->w.by.pid, 0);
}

static void test_packets_on_a_larval_sa_are_not_unknown(void **state)
{
	struct world *t = *state;
	uint32_t spi = alloc_spi(t);
	struct addr dst = at("10.0.0.1");

	assert_int_equal(xfrm_fake_traffic(t->x, &dst, spi, 3, 300), -EAGAIN);
	assert_int_equal(xfrm_fake_stat(t->x, "XfrmAcquireError"), 3);
	assert_int_equal(xfrm_fake_stat(t->x, "XfrmInNoStates"), 0);
}

static unsigned int refused_count;

static void on_refused(void *ctx, const struct addr *src, const struct addr *dst, uint8_t proto,
		       uint32_t spi, uint32_t seq)
{
	(void)src;
	(void)dst;
	(void)proto;
	assert_ptr_equal(ctx, &refused_count);
	assert_int_equal(spi, SPI_B);
	assert_int_equal(seq, ++refused_count);
}

static void test_packets_without_an_sa_are_refused_and_counted(void **state)
{
	struct world *t = *state;
	struct addr dst = at("10.0.0.1");

	refused_count = 0;
	xfrm_fake_on_refused(t->x, on_refused, &refused_count);
	assert_int_equal(xfrm_fake_traffic(t->x, &dst, SPI_B, 4, 400), -ESRCH);
	assert_int_equal(refused_count, 4);
	assert_int_equal(xfrm_fake_stat(t->x, "XfrmInNoStates"), 4);
}

static void test_a_packet_without_the_mark_does_not_find_the_sa(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);

	sa.id.mark = (struct xfrm_mark){42, 0xffffffff};
	assert_int_equal(add(t, &sa), 0);
	assert_int_equal(xfrm_fake_traffic(t->x, &sa.id.dst, SPI_A, 1, 100), -ESRCH);
}

static void test_soft_comes_before_hard_by_packets(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);

	sa.limits.soft_packets = 3;
	sa.limits.hard_packets = 5;
	add(t, &sa);
	assert_int_equal(xfrm_fake_traffic(t->x, &sa.id.dst, SPI_A, 3, 300), 0);
	turn(t);
	assert_int_equal(t->w.soft, 1);
	assert_int_equal(xfrm_fake_traffic(t->x, &sa.id.dst, SPI_A, 4, 400), -EKEYEXPIRED);
	turn(t);
	assert_int_equal(t->w.soft, 1);
	assert_int_equal(t->w.gone, 1);
	assert_int_equal(t->w.why, XFRM_GONE_EXPIRED_VOLUME);
	assert_int_equal(xfrm_fake_stat(t->x, "XfrmInStateExpired"), 1);
	assert_int_equal(xfrm_fake_stat(t->x, "XfrmInNoStates"), 1);
}

static void test_limits_by_bytes_and_by_time(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);

	sa.limits.hard_bytes = 1000;
	add(t, &sa);
	assert_int_equal(xfrm_fake_traffic(t->x, &sa.id.dst, SPI_A, 11, 1100), -EKEYEXPIRED);
	sa = sa_of("10.0.0.2", "10.0.0.1", SPI_B, 7);
	sa.limits.soft_add_s = 60;
	sa.limits.hard_add_s = 90;
	add(t, &sa);
	loop_advance(t->loop, 60000);
	assert_int_equal(t->w.soft, 1);
	loop_advance(t->loop, 30000);
	assert_int_equal(t->w.gone, 2);
	assert_int_equal(t->w.why, XFRM_GONE_EXPIRED_TIME);
}

static void test_the_youngest_outbound_sa_encrypts(void **state)
{
	struct world *t = *state;
	struct xfrm_sa old = sa_of("10.0.0.1", "10.0.0.2", SPI_A, 7), young = old, used;
	struct selector packet = between("10.1.1.1", "10.2.1.1");

	young.id.spi = SPI_B;
	add_out_policy(t, 7);
	add(t, &old);
	add(t, &young);
	assert_int_equal(xfrm_fake_send(t->x, &packet, 1, 100, &used), 0);
	assert_int_equal(used.id.spi, SPI_B);
	assert_int_equal(xfrm_fake_foreign_delete(t->x, &young.id, NULL), 0);
	assert_int_equal(xfrm_fake_send(t->x, &packet, 1, 100, &used), 0);
	assert_int_equal(used.id.spi, SPI_A);
}

static void test_an_sa_past_its_soft_limit_is_used_only_when_there_is_no_other(void **state)
{
	struct world *t = *state;
	struct xfrm_sa old = sa_of("10.0.0.1", "10.0.0.2", SPI_A, 7), young = old, used;
	struct selector packet = between("10.1.1.1", "10.2.1.1");

	young.id.spi = SPI_B;
	young.limits.soft_packets = 1;
	add_out_policy(t, 7);
	add(t, &old);
	add(t, &young);
	assert_int_equal(xfrm_fake_send(t->x, &packet, 1, 100, &used), 0);
	assert_int_equal(used.id.spi, SPI_B);
	assert_int_equal(xfrm_fake_send(t->x, &packet, 1, 100, &used), 0);
	assert_int_equal(used.id.spi, SPI_A);
}

static void test_traffic_without_an_sa_is_one_acquire_in_30_s(void **state)
{
	struct world *t = *state;
	struct selector packet = between("10.1.1.1", "10.2.1.1");
	struct xfrm_sa used;

	add_out_policy(t, 9);
	for (int i = 0; i < 3; i++)
		assert_int_equal(xfrm_fake_send(t->x, &packet, 1, 100, &used), -EAGAIN);
	turn(t);
	assert_int_equal(t->w.acquires, 1);
	assert_int_equal(t->w.acquired_reqid, 9);
	assert_true(selector_equal(&t->w.acquired, &packet));
	assert_int_equal(xfrm_fake_stat(t->x, "XfrmOutNoStates"), 3);
	loop_advance(t->loop, FAKE_LARVAL_MS);
	xfrm_fake_send(t->x, &packet, 1, 100, &used);
	turn(t);
	assert_int_equal(t->w.acquires, 2);
}

static void test_packets_that_no_policy_selects_go_in_clear_and_blocked_ones_do_not(void **state)
{
	struct world *t = *state;
	struct selector packet = between("192.0.2.1", "192.0.2.2");
	struct xfrm_policy p = policy_of(XFRM_DIR_OUT, "192.0.2.0/24", "192.0.2.0/24", 0);
	struct xfrm_sa used;

	assert_int_equal(xfrm_fake_send(t->x, &packet, 1, 100, &used), -ENOENT);
	p.block = true;
	assert_int_equal(t->ops->policy_put(t->ctx, &p, watch_done, &t->w), 0);
	turn(t);
	assert_int_equal(xfrm_fake_send(t->x, &packet, 1, 100, &used), -EACCES);
	assert_int_equal(xfrm_fake_policy_count(t->x), 1);
	assert_int_equal(t->ops->policy_delete(t->ctx, &p, watch_done, &t->w), 0);
	turn(t);
	assert_int_equal(xfrm_fake_policy_count(t->x), 0);
	assert_int_equal(t->w.policies_gone, 1);
}

static void test_packets_are_carried_between_two_kernels_and_keys_must_agree(void **state)
{
	struct world *t = *state;
	struct xfrm *peer = xfrm_fake_new(t->loop);
	void *ctx;
	const struct xfrm_ops *ops = xfrm_ops(peer, &ctx);
	struct xfrm_sa sa = sa_of("10.0.0.1", "10.0.0.2", SPI_A, 7);
	struct selector packet = between("10.1.1.1", "10.2.1.1");
	struct secret *other = secret_new("another key of 20 by", 20);
	struct xfrm_keys keys = t->keys;

	add_out_policy(t, 7);
	add(t, &sa);
	assert_int_equal(xfrm_fake_carry(t->x, peer, &packet, 2, 200), -ESRCH);
	assert_int_equal(xfrm_fake_stat(peer, "XfrmInNoStates"), 2);
	assert_int_equal(ops->sa_add(ctx, &sa, &t->keys, NULL, NULL), 0);
	turn(t);
	assert_int_equal(xfrm_fake_carry(t->x, peer, &packet, 2, 200), 0);
	assert_int_equal(xfrm_fake_sa(peer, &sa.id)->counters.packets, 2);
	assert_int_equal(ops->sa_delete(ctx, &sa.id, NULL, NULL), 0);
	keys.encr_key = other;
	assert_int_equal(ops->sa_add(ctx, &sa, &keys, NULL, NULL), 0);
	turn(t);
	assert_int_equal(xfrm_fake_carry(t->x, peer, &packet, 1, 100), -EBADMSG);
	assert_int_equal(xfrm_fake_encr_key(peer, &sa.id).len, 20);
	assert_int_equal(xfrm_fake_integ_key(peer, &sa.id).len, 0);
	xfrm_free(peer);
	secret_free(other);
}

static void test_the_nth_call_fails_without_effect(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);

	xfrm_fake_fail(t->x, FAKE_SA_ADD, 2, -ENOMEM);
	assert_int_equal(add(t, &sa), 0);
	sa.id.spi = SPI_B;
	assert_int_equal(add(t, &sa), -ENOMEM);
	assert_int_equal(xfrm_fake_sa_count(t->x), 1);
	assert_int_equal(add(t, &sa), 0);
	assert_int_equal(xfrm_fake_calls(t->x, FAKE_SA_ADD), 3);
}

static void test_a_lost_reply_times_out_after_5_s_and_the_effect_stands(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);

	t->w.err = 1;
	xfrm_fake_lose_reply(t->x, FAKE_SA_ADD, 1);
	add(t, &sa);
	assert_int_equal(t->w.err, 1);
	assert_int_equal(xfrm_fake_sa_count(t->x), 1);
	loop_advance(t->loop, 4999);
	assert_int_equal(t->w.err, 1);
	loop_advance(t->loop, 1);
	assert_int_equal(t->w.err, -ETIMEDOUT);
	assert_int_equal(t->w.resyncs, 2);
}

static void test_answers_can_be_late_and_keep_their_order(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);

	xfrm_fake_delay(t->x, 40);
	t->w.err = 1;
	t->ops->sa_add(t->ctx, &sa, &t->keys, watch_done, &t->w);
	t->ops->sa_get(t->ctx, &sa.id, watch_sa_done, &t->w);
	loop_advance(t->loop, 39);
	assert_int_equal(t->w.err, 1);
	assert_int_equal(t->w.born, 1);
	loop_advance(t->loop, 1);
	assert_int_equal(t->w.err, 0);
	assert_int_equal(t->w.got.id.spi, SPI_A);
}

static void test_lost_events_come_back_as_differences(void **state)
{
	struct world *t = *state;
	struct xfrm_sa kept = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7), lost = kept;

	add(t, &kept);
	xfrm_fake_lose_events(t->x, true);
	assert_int_equal(xfrm_fake_foreign_delete(t->x, &kept.id, NULL), 0);
	lost.id.spi = SPI_B;
	assert_int_equal(xfrm_fake_foreign_add(t->x, &lost, NULL), 0);
	turn(t);
	assert_int_equal(t->w.gone, 0);
	xfrm_fake_lose_events(t->x, false);
	turn(t);
	assert_int_equal(t->w.gone, 1);
	assert_int_equal(t->w.why, XFRM_GONE_MISSED);
	assert_int_equal(t->w.born, 2);
	assert_int_equal(t->w.last.id.spi, SPI_B);
	assert_int_equal(t->w.resyncs, 2);
}

static void test_a_foreign_flush_names_its_author(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);
	struct xfrm_policy p = policy_of(XFRM_DIR_IN, "10.1.0.0/16", "10.2.0.0/16", 7);
	struct xfrm_author by = {.pid = 99, .seq = 5, .name = "pluto"};

	add(t, &sa);
	sa.id.spi = SPI_B;
	add(t, &sa);
	t->ops->policy_put(t->ctx, &p, NULL, NULL);
	turn(t);
	xfrm_fake_foreign_flush(t->x, &by);
	xfrm_fake_foreign_policy_flush(t->x, &by);
	turn(t);
	assert_int_equal(t->w.gone, 2);
	assert_int_equal(t->w.why, XFRM_GONE_FLUSHED);
	assert_false(t->w.by.own);
	assert_string_equal(t->w.by.name, "pluto");
	assert_string_equal(t->w.policy_by.name, "pluto");
	assert_int_equal(t->ops->policy_delete(t->ctx, &p, watch_done, &t->w), 0);
	turn(t);
	assert_int_equal(t->w.err, -ENOENT);
	assert_int_equal(xfrm_fake_foreign_policy_delete(t->x, &p, NULL), -ENOENT);
}

static void test_a_mapping_is_told_once_a_second(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);
	struct endpoint from = {at("192.0.2.9"), 61000};

	sa.encap = true;
	add(t, &sa);
	for (int i = 0; i < 6; i++) {
		xfrm_fake_moved(t->x, &sa.id, &from);
		turn(t);
	}
	assert_int_equal(t->w.mappings, 1);
	assert_true(endpoint_equal(&t->w.from, &from));
	loop_advance(t->loop, 1000);
	xfrm_fake_moved(t->x, &sa.id, &from);
	turn(t);
	assert_int_equal(t->w.mappings, 2);
}

static void test_what_is_pending_is_cancelled_at_the_end(void **state)
{
	struct world *t = *state;
	struct xfrm_sa sa = sa_of("10.0.0.2", "10.0.0.1", SPI_A, 7);

	t->w.err = 0;
	t->ops->sa_add(t->ctx, &sa, &t->keys, watch_done, &t->w);
	xfrm_free(t->x);
	t->x = NULL;
	assert_int_equal(t->w.err, -ECANCELED);
}

static void test_the_next_spi_can_be_chosen_and_a_full_range_is_refused(void **state)
{
	struct world *t = *state;
	struct addr src = at("10.0.0.2"), dst = at("10.0.0.1");

	xfrm_fake_next_spi(t->x, SPI_B);
	assert_int_equal(alloc_spi(t), SPI_B);
	for (int i = 0; i < 2; i++) {
		t->ops->spi_alloc(t->ctx, &src, &dst, 50, 7, 300, 300, watch_spi_done, &t->w);
		turn(t);
	}
	assert_int_equal(t->w.err, -ENOENT);
	assert_int_equal(t->ops->spi_alloc(t->ctx, &src, &dst, 50, 7, 255, 300, NULL, NULL),
			 -EINVAL);
}

static void test_handlers_and_ciphers_are_loaded_by_sas_that_are_deleted_again(void **state)
{
	struct world *t = *state;

	t->w.err = 1;
	assert_int_equal(xfrm_load_handlers(t->x, watch_done, &t->w), 0);
	turn(t);
	assert_int_equal(t->w.err, 0);
	assert_int_equal(t->w.born, 7);
	assert_int_equal(t->w.gone, 7);
	assert_int_equal(xfrm_fake_sa_count(t->x), 0);
}

static void test_only_esp_on_ipv4_is_needed(void **state)
{
	struct world *t = *state;

	t->w.err = 1;
	xfrm_fake_fail(t->x, FAKE_SA_ADD, 2, -EPROTONOSUPPORT);
	assert_int_equal(xfrm_load_handlers(t->x, watch_done, &t->w), 0);
	turn(t);
	assert_int_equal(t->w.err, 0);
	xfrm_fake_fail(t->x, FAKE_SA_ADD, 1, -EPROTONOSUPPORT);
	assert_int_equal(xfrm_load_handlers(t->x, watch_done, &t->w), 0);
	turn(t);
	assert_int_equal(t->w.err, -EPROTONOSUPPORT);
	assert_int_equal(xfrm_fake_calls(t->x, FAKE_SA_ADD), 14);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_call_takes_effect_at_the_end_of_the_turn),
		T(test_the_fact_is_told_before_the_answer),
		T(test_the_same_identifiers_twice_are_refused),
		T(test_a_larval_sa_becomes_whole_by_an_update),
		T(test_a_larval_sa_expires_after_30_s),
		T(test_packets_on_a_larval_sa_are_not_unknown),
		T(test_packets_without_an_sa_are_refused_and_counted),
		T(test_a_packet_without_the_mark_does_not_find_the_sa),
		T(test_soft_comes_before_hard_by_packets),
		T(test_limits_by_bytes_and_by_time),
		T(test_the_youngest_outbound_sa_encrypts),
		T(test_an_sa_past_its_soft_limit_is_used_only_when_there_is_no_other),
		T(test_traffic_without_an_sa_is_one_acquire_in_30_s),
		T(test_packets_that_no_policy_selects_go_in_clear_and_blocked_ones_do_not),
		T(test_packets_are_carried_between_two_kernels_and_keys_must_agree),
		T(test_the_nth_call_fails_without_effect),
		T(test_a_lost_reply_times_out_after_5_s_and_the_effect_stands),
		T(test_answers_can_be_late_and_keep_their_order),
		T(test_lost_events_come_back_as_differences),
		T(test_a_foreign_flush_names_its_author),
		T(test_a_mapping_is_told_once_a_second),
		T(test_what_is_pending_is_cancelled_at_the_end),
		T(test_the_next_spi_can_be_chosen_and_a_full_range_is_refused),
		T(test_handlers_and_ciphers_are_loaded_by_sas_that_are_deleted_again),
		T(test_only_esp_on_ipv4_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
