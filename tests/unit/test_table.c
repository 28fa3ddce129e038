#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/order.h"
#include "base/table.h"

struct entry {
	struct table_node node;
	uint32_t key;
	bool seen;
};

static bool same_key(const struct table_node *node, const void *key)
{
	return table_entry(node, struct entry, node)->key == *(const uint32_t *)key;
}

static struct entry *find(const struct table *t, uint32_t key)
{
	struct table_node *node = table_find(t, hash_u32(key, table_seed(t)), same_key, &key);

	return node ? table_entry(node, struct entry, node) : NULL;
}

static void insert(struct table *t, struct entry *e, uint32_t key)
{
	e->key = key;
	e->seen = false;
	assert_int_equal(table_insert(t, &e->node, hash_u32(key, table_seed(t))), 0);
}

static void test_an_empty_table_finds_nothing(void **state)
{
	struct table *t = table_new();
	struct table_cursor cursor = {0};
	struct entry stray = {0};

	(void)state;
	assert_null(find(t, 1));
	assert_null(table_next(t, &cursor));
	assert_int_equal(table_count(t), 0);
	table_remove(t, &stray.node);
	assert_int_equal(table_count(t), 0);
	table_free(t);
	table_free(NULL);
}

static void test_thousands_are_found_after_growth(void **state)
{
	enum { COUNT = 5000 };
	struct entry *entries = alloc_array(COUNT, sizeof(*entries));
	struct table *t = table_new();

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++)
		insert(t, &entries[i], i * 7);
	assert_int_equal(table_count(t), COUNT);
	for (uint32_t i = 0; i < COUNT; i++)
		assert_ptr_equal(find(t, i * 7), &entries[i]);
	assert_null(find(t, 3));
	table_free(t);
	alloc_free(entries);
}

static void test_a_removed_node_is_gone_and_others_stay(void **state)
{
	struct entry entries[40];
	struct table *t = table_new();

	(void)state;
	for (uint32_t i = 0; i < 40; i++)
		insert(t, &entries[i], i);
	for (uint32_t i = 0; i < 40; i += 2)
		table_remove(t, &entries[i].node);
	assert_int_equal(table_count(t), 20);
	for (uint32_t i = 0; i < 40; i++)
		assert_true((find(t, i) != NULL) == (i % 2 == 1));
	table_remove(t, &entries[0].node);
	assert_int_equal(table_count(t), 20);
	table_free(t);
}

static void test_a_walk_sees_each_node_once(void **state)
{
	struct table_cursor cursor = {0};
	struct entry entries[100];
	struct table *t = table_new();
	struct table_node *node;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		insert(t, &entries[i], i);
	while ((node = table_next(t, &cursor))) {
		struct entry *e = table_entry(node, struct entry, node);

		assert_false(e->seen);
		e->seen = true;
	}
	for (uint32_t i = 0; i < 100; i++)
		assert_true(entries[i].seen);
	table_free(t);
}

static void test_a_walk_may_remove_what_it_was_given(void **state)
{
	struct table_cursor cursor = {0};
	struct entry entries[100];
	struct table *t = table_new();
	struct table_node *node;
	unsigned int seen = 0;

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		insert(t, &entries[i], i);
	for (; (node = table_next(t, &cursor)); seen++) {
		table_remove(t, node);
		/* The memory is the caller's to reuse at once. */
		memset(node, 0xee, sizeof(*node));
	}
	assert_int_equal(seen, 100);
	assert_int_equal(table_count(t), 0);
	table_free(t);
}

static void test_equal_hashes_are_told_apart_by_the_match(void **state)
{
	struct entry a = {.key = 1}, b = {.key = 2};
	uint32_t one = 1, two = 2, three = 3;
	struct table *t = table_new();

	(void)state;
	assert_int_equal(table_insert(t, &a.node, 99), 0);
	assert_int_equal(table_insert(t, &b.node, 99), 0);
	assert_ptr_equal(table_find(t, 99, same_key, &one), &a.node);
	assert_ptr_equal(table_find(t, 99, same_key, &two), &b.node);
	assert_null(table_find(t, 99, same_key, &three));
	table_free(t);
}

static void test_without_memory_the_first_insert_fails(void **state)
{
	struct table *t;
	struct entry e = {0};

	(void)state;
	alloc_fail_after(1);
	assert_null(table_new());
	t = table_new();
	alloc_fail_after(1);
	assert_int_equal(table_insert(t, &e.node, 1), -ENOMEM);
	alloc_fail_after(0);
	assert_int_equal(table_count(t), 0);
	insert(t, &e, 5);
	assert_ptr_equal(find(t, 5), &e);
	table_free(t);
}

static void test_without_memory_a_full_table_goes_on_ungrown(void **state)
{
	struct entry entries[64];
	struct table *t = table_new();

	(void)state;
	insert(t, &entries[0], 0);
	for (uint32_t i = 1; i < 64; i++) {
		alloc_fail_after(1);
		insert(t, &entries[i], i);
		alloc_fail_after(0);
	}
	for (uint32_t i = 0; i < 64; i++)
		assert_ptr_equal(find(t, i), &entries[i]);
	table_free(t);
}

static void test_the_seed_changes_the_hash(void **state)
{
	unsigned int equal = 0, spread[16] = {0};

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		equal += hash_u32(i, 1) == hash_u32(i, 2);
	assert_true(equal < 3);
	/* Neighbouring keys fall evenly into the low bits, which choose the bucket. */
	for (uint32_t i = 0; i < 16000; i++)
		spread[hash_u32(i, 12345) & 15]++;
	for (size_t i = 0; i < 16; i++)
		assert_in_range(spread[i], 800, 1200);
}

static void test_length_and_every_byte_count_in_the_hash(void **state)
{
	static const uint8_t zeros[9];
	uint8_t other[9];

	(void)state;
	for (size_t len = 0; len < 9; len++)
		assert_int_not_equal(hash_bytes(zeros, len, 1), hash_bytes(zeros, len + 1, 1));
	for (size_t i = 0; i < 9; i++) {
		memset(other, 0, sizeof(other));
		other[i] = 1;
		assert_int_not_equal(hash_bytes(zeros, 9, 1), hash_bytes(other, 9, 1));
	}
	assert_int_equal(hash_bytes("spindle", 7, 3), hash_bytes("spindle", 7, 3));
}

static void test_those_of_one_hash_are_walked(void **state)
{
	static struct entry entries[200];
	struct table *t = table_new();
	unsigned int seen = 0;

	(void)state;
	assert_null(table_same(t, 7, NULL));
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(table_insert(t, &entries[i].node, i % 2 ? 7 : i), 0);
	for (struct table_node *n = NULL; (n = table_same(t, 7, n));)
		seen += n->hash == 7;
	assert_int_equal(seen, 100);
	table_free(t);
}

struct numbered {
	struct order_node order;
};

static uint32_t number_of(const struct order_node *n)
{
	return n ? n->number : 0;
}

static void test_an_order_is_gone_on_with_where_it_stopped(void **state)
{
	struct numbered n[6];
	struct order *o = order_new();

	(void)state;
	assert_null(order_next(o, NULL));
	assert_null(order_after(o, 0));
	assert_null(order_before(o, 0));
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(order_add(o, &n[i].order), 0);
	assert_int_equal(order_count(o), 6);
	assert_int_equal(number_of(order_after(o, 0)), 1);
	assert_int_equal(number_of(order_after(o, 2)), 3);
	assert_int_equal(number_of(order_before(o, 0)), 6);
	assert_int_equal(number_of(order_before(o, 3)), 2);
	order_remove(o, &n[2].order);
	order_remove(o, &n[3].order);
	/* what one stopped at has gone: on with the next that is there */
	assert_int_equal(number_of(order_after(o, 3)), 5);
	assert_int_equal(number_of(order_after(o, 2)), 5);
	assert_int_equal(number_of(order_before(o, 4)), 2);
	assert_int_equal(number_of(order_previous(o, &n[4].order)), 2);
	assert_null(order_after(o, 6));
	assert_null(order_after(o, 100));
	assert_null(order_before(o, 1));
	assert_int_equal(order_add(o, &n[2].order), 0); /* numbers are not used again */
	assert_int_equal(number_of(order_after(o, 6)), 7);
	order_free(o);
	order_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_table_finds_nothing),
		cmocka_unit_test(test_thousands_are_found_after_growth),
		cmocka_unit_test(test_a_removed_node_is_gone_and_others_stay),
		cmocka_unit_test(test_a_walk_sees_each_node_once),
		cmocka_unit_test(test_a_walk_may_remove_what_it_was_given),
		cmocka_unit_test(test_equal_hashes_are_told_apart_by_the_match),
		cmocka_unit_test(test_without_memory_the_first_insert_fails),
		cmocka_unit_test(test_without_memory_a_full_table_goes_on_ungrown),
		cmocka_unit_test(test_those_of_one_hash_are_walked),
		cmocka_unit_test(test_an_order_is_gone_on_with_where_it_stopped),
		cmocka_unit_test(test_the_seed_changes_the_hash),
		cmocka_unit_test(test_length_and_every_byte_count_in_the_hash),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
