/* conn's table: versions, indices, orders, listeners, and that failure leaves it as it was. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "conn_samples.h"

struct heard {
	unsigned int calls;
	uint32_t old_version, new_version, id;
};

static void heard(void *ctx, const struct conn *old, const struct conn *new)
{
	struct heard *h = ctx;

	h->calls++;
	h->old_version = old ? old->version : 0;
	h->new_version = new ? new->version : 0;
	h->id = new ? new->id : old ? old->id : 0;
}

static const struct conn_ops ops = {.changed = heard};

static struct addr peer_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text), 0);
	return a;
}

static void test_a_connection_is_found_by_everything(void **state)
{
	struct conn_table *t = conn_table_new();
	struct conn *c = conn_sample(3);
	const struct conn_child *child;
	struct addr peer = peer_of("10.1.1.2"), other = peer_of("10.1.1.9");

	(void)state;
	assert_int_equal(conn_table_put(t, c), 0);
	assert_ptr_equal(conn_by_id(t, 3), c);
	assert_null(conn_by_id(t, 4));
	assert_ptr_equal(conn_by_reqid(t, 301, &child), c);
	assert_ptr_equal(child, &c->children[1]);
	assert_null(conn_by_reqid(t, 302, &child));
	assert_null(child);
	assert_ptr_equal(conn_by_reqid(t, 300, NULL), c);
	assert_ptr_equal(conn_next_by_peer(t, &peer, NULL), c);
	assert_null(conn_next_by_peer(t, &peer, c));
	assert_null(conn_next_by_peer(t, &other, NULL));
	assert_ptr_equal(conn_next(t, NULL), c);
	assert_null(conn_next(t, c));
	assert_int_equal(conn_count(t), 1);
	conn_table_free(t);
	conn_table_free(NULL);
}

static void test_the_same_id_is_the_next_version(void **state)
{
	struct conn_table *t = conn_table_new();
	struct conn *one = conn_sample(1), *two = conn_sample(1);
	struct addr gone = peer_of("2001:db8::2"), stays = peer_of("10.1.1.2");
	const struct conn *kept;
	struct heard h = {0};

	(void)state;
	assert_int_equal(conn_table_listen(t, &ops, &h), 0);
	assert_int_equal(conn_table_put(t, one), 0);
	assert_true(h.calls == 1 && h.old_version == 0 && h.new_version == 1 && h.id == 1);
	kept = conn_ref(one);
	two->children[1].reqid = 999;
	two->peer_count = 1;
	two->current_peer = 0;
	assert_int_equal(conn_table_put(t, two), 0);
	assert_true(h.calls == 2 && h.old_version == 1 && h.new_version == 2);
	assert_int_equal(conn_count(t), 1);
	assert_ptr_equal(conn_by_id(t, 1), two);
	assert_null(conn_by_reqid(t, 101, NULL));
	assert_ptr_equal(conn_by_reqid(t, 100, NULL), two);
	assert_ptr_equal(conn_by_reqid(t, 999, NULL), two);
	assert_null(conn_next_by_peer(t, &gone, NULL));
	assert_ptr_equal(conn_next_by_peer(t, &stays, NULL), two);
	assert_int_equal(kept->refs, 1);
	conn_unref(kept);
	conn_table_free(t);
}

static void test_deleting_tells_and_takes_every_index(void **state)
{
	struct conn_table *t = conn_table_new();
	struct addr peer = peer_of("10.1.1.2");
	struct heard h = {0};

	(void)state;
	assert_int_equal(conn_table_put(t, conn_sample(1)), 0);
	assert_int_equal(conn_table_put(t, conn_sample(2)), 0);
	assert_int_equal(conn_table_listen(t, &ops, &h), 0);
	conn_table_del(t, 1);
	assert_true(h.calls == 1 && h.old_version == 1 && h.new_version == 0 && h.id == 1);
	assert_null(conn_by_id(t, 1));
	assert_null(conn_by_reqid(t, 100, NULL));
	assert_int_equal(conn_next_by_peer(t, &peer, NULL)->id, 2);
	conn_table_del(t, 1);
	assert_int_equal(h.calls, 1);
	conn_table_del(t, 2);
	assert_null(conn_next_by_peer(t, &peer, NULL));
	assert_null(conn_next(t, NULL));
	assert_int_equal(conn_count(t), 0);
	conn_table_free(t);
}

static void test_listeners_hear_in_order(void **state)
{
	struct conn_table *t = conn_table_new();
	struct heard a = {0}, b = {0};

	(void)state;
	assert_int_equal(conn_table_listen(t, &ops, &a), 0);
	assert_int_equal(conn_table_listen(t, &ops, &b), 0);
	assert_int_equal(conn_table_put(t, conn_sample(5)), 0);
	assert_true(a.calls == 1 && b.calls == 1);
	conn_table_free(t);
}

static void test_what_cannot_be_is_refused(void **state)
{
	struct conn_table *t = conn_table_new();
	struct heard h = {0};
	struct conn *c;

	(void)state;
	assert_int_equal(conn_table_put(t, conn_sample(1)), 0);
	assert_int_equal(conn_table_listen(t, &ops, &h), 0);
	c = conn_sample(2);
	c->children[1].reqid = 101; /* another's */
	assert_int_equal(conn_table_put(t, c), -EEXIST);
	c = conn_sample(2);
	c->children[1].reqid = c->children[0].reqid;
	assert_int_equal(conn_table_put(t, c), -EEXIST);
	c = conn_sample(2);
	c->children[0].reqid = 0;
	assert_int_equal(conn_table_put(t, c), -EEXIST);
	assert_int_equal(conn_table_put(t, conn_sample(0)), -EINVAL);
	c = conn_sample(2);
	c->peer_count = CONN_PEERS_MAX + 1;
	assert_int_equal(conn_table_put(t, c), -EINVAL);
	assert_int_equal(h.calls, 0);
	assert_int_equal(conn_count(t), 1);
	conn_table_free(t);
}

static void test_walks_keep_their_orders(void **state)
{
	static const uint32_t ids[] = {5, 1, 9, 3, 7}, seqs[] = {10, 50, 20, 20, 40};
	static const uint32_t by_seq[] = {5, 3, 9, 7, 1}, by_id[] = {1, 3, 5, 7, 9};
	struct conn_table *t = conn_table_new();
	struct addr peer = peer_of("10.1.1.2");
	const struct conn *c = NULL;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct conn *new = conn_sample(ids[i]);

		new->seq = seqs[i];
		new->peers[1] = new->peers[0]; /* given twice, walked once */
		assert_int_equal(conn_table_put(t, new), 0);
	}
	for (size_t i = 0; i < 5; i++)
		assert_int_equal((c = conn_next_by_peer(t, &peer, c))->id, by_seq[i]);
	assert_null(conn_next_by_peer(t, &peer, c));
	c = NULL;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal((c = conn_next(t, c))->id, by_id[i]);
	assert_null(conn_next(t, c));
	conn_table_free(t);
}

static void test_walks_go_on_where_one_was_deleted(void **state)
{
	struct conn_table *t = conn_table_new();
	struct addr peer = peer_of("10.1.1.2");
	const struct conn *gone;

	(void)state;
	for (uint32_t id = 1; id <= 4; id++)
		assert_int_equal(conn_table_put(t, conn_sample(id)), 0);
	gone = conn_ref(conn_by_id(t, 2));
	conn_table_del(t, 2);
	assert_int_equal(conn_next(t, gone)->id, 3);
	assert_int_equal(conn_next_by_peer(t, &peer, gone)->id, 3);
	conn_table_del(t, 3);
	conn_table_del(t, 4);
	assert_null(conn_next(t, gone));
	assert_null(conn_next_by_peer(t, &peer, gone));
	conn_unref(gone);
	conn_table_free(t);
}

/* ---- memory ----------------------------------------------------------------------------------- */

static int fill_a_table(void *arg)
{
	struct conn_table *t = conn_table_new();
	struct heard h = {0};
	int rc = t ? conn_table_listen(t, &ops, &h) : -ENOMEM;

	(void)arg;
	for (uint32_t id = 1; !rc && id <= 3; id++) {
		struct conn *c = conn_sample(id);

		rc = c ? conn_table_put(t, c) : -ENOMEM;
	}
	if (!rc)
		assert_int_equal(conn_count(t), 3);
	conn_table_free(t);
	return rc;
}

static void test_a_table_without_memory_leaves_nothing(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(fill_a_table, NULL) > 20);
}

/* A new version that finds no memory: the old one stays whole. */
static int replace_in_table(void *arg)
{
	struct conn_table *t = arg;
	struct addr gone = peer_of("2001:db8::2"), fresh = peer_of("10.9.9.9");
	const struct conn *before = conn_by_id(t, 1);
	struct conn *c = conn_sample(1);
	int rc = -ENOMEM;

	if (c) {
		c->children[1].reqid = 150;
		c->peers[1] = fresh;
		rc = conn_table_put(t, c);
	}
	if (rc) {
		assert_ptr_equal(conn_by_id(t, 1), before);
		assert_int_equal(before->version, 1);
		assert_ptr_equal(conn_by_reqid(t, 101, NULL), before);
		assert_null(conn_by_reqid(t, 150, NULL));
		assert_ptr_equal(conn_next_by_peer(t, &gone, NULL), before);
		assert_null(conn_next_by_peer(t, &fresh, NULL));
	}
	return rc;
}

static void test_a_version_without_memory_leaves_the_old_one(void **state)
{
	struct conn_table *t = conn_table_new();

	(void)state;
	assert_int_equal(conn_table_put(t, conn_sample(1)), 0);
	assert_true(unit_fail_each_allocation(replace_in_table, t) >= 5);
	assert_int_equal(conn_by_id(t, 1)->version, 2);
	conn_table_free(t);
}

static void test_ten_thousand_are_walked_and_deleted(void **state)
{
	struct conn_table *t = conn_table_new();
	struct addr peer = peer_of("10.1.1.2");
	const struct conn *c = NULL;
	size_t seen = 0;

	(void)state;
	for (uint32_t id = 1; id <= 10000; id++)
		assert_int_equal(conn_table_put(t, conn_sample(id)), 0);
	while ((c = conn_next_by_peer(t, &peer, c)))
		seen++;
	assert_int_equal(seen, 10000);
	for (uint32_t id = 1; id <= 10000; id++)
		conn_table_del(t, id);
	assert_int_equal(conn_count(t), 0);
	conn_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_connection_is_found_by_everything),
		cmocka_unit_test(test_the_same_id_is_the_next_version),
		cmocka_unit_test(test_deleting_tells_and_takes_every_index),
		cmocka_unit_test(test_listeners_hear_in_order),
		cmocka_unit_test(test_what_cannot_be_is_refused),
		cmocka_unit_test(test_walks_keep_their_orders),
		cmocka_unit_test(test_walks_go_on_where_one_was_deleted),
		cmocka_unit_test(test_a_table_without_memory_leaves_nothing),
		cmocka_unit_test(test_a_version_without_memory_leaves_the_old_one),
		cmocka_unit_test(test_ten_thousand_are_walked_and_deleted),
	};

	return cmocka_run_group_tests_name("conn_table", tests, NULL, NULL);
}
