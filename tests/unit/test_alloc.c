#include "tests/unit/unit.h"

#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"

static void test_memory_is_zeroed(void **state)
{
	uint8_t *p = alloc_array(100, 3);

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(p[i], 0);
	alloc_free(p);
	p = alloc_zero(0);
	assert_non_null(p);
	alloc_free(p);
	alloc_free(NULL);
}

static void test_a_size_that_would_wrap_is_refused(void **state)
{
	char *kept = alloc_text("kept");

	(void)state;
	assert_null(alloc_array(SIZE_MAX / 2, 3));
	assert_null(alloc_grow(kept, 5, SIZE_MAX / 2, 3));
	assert_string_equal(kept, "kept");
	alloc_free(kept);
}

static void test_growing_keeps_the_old_part_and_zeroes_the_new(void **state)
{
	uint32_t *p = alloc_grow(NULL, 0, 2, sizeof(*p));

	(void)state;
	p[0] = 1;
	p[1] = 2;
	p = alloc_grow(p, 2, 1000, sizeof(*p));
	assert_int_equal(p[0], 1);
	assert_int_equal(p[1], 2);
	for (size_t i = 2; i < 1000; i++)
		assert_int_equal(p[i], 0);
	p = alloc_grow(p, 1000, 1, sizeof(*p));
	assert_int_equal(p[0], 1);
	alloc_free(p);
}

static void test_texts_and_bytes_are_copied(void **state)
{
	char *text = alloc_text("spindle"), *printed = alloc_printf("%s-%d", "x", 7);
	char *bytes = alloc_copy("a\0b", 3), *nothing = alloc_copy(NULL, 0);

	(void)state;
	assert_string_equal(text, "spindle");
	assert_string_equal(printed, "x-7");
	assert_memory_equal(bytes, "a\0b", 3);
	assert_non_null(nothing);
	assert_null(alloc_text(NULL));
	alloc_free(text);
	alloc_free(printed);
	alloc_free(bytes);
	alloc_free(nothing);
}

static void test_the_nth_allocation_fails_once(void **state)
{
	void *first, *third;

	(void)state;
	alloc_fail_after(2);
	first = alloc_zero(8);
	assert_non_null(first);
	assert_null(alloc_zero(8));
	third = alloc_zero(8);
	assert_non_null(third);
	assert_int_equal(alloc_fail_after(0), 3);
	alloc_free(first);
	alloc_free(third);
}

static void test_every_kind_of_allocation_can_fail(void **state)
{
	char *kept = alloc_text("kept");

	(void)state;
	alloc_fail_after(1);
	assert_null(alloc_array(1, 1));
	alloc_fail_after(1);
	assert_null(alloc_text("x"));
	alloc_fail_after(1);
	assert_null(alloc_copy("x", 1));
	alloc_fail_after(1);
	assert_null(alloc_printf("x"));
	alloc_fail_after(1);
	assert_null(alloc_grow(kept, 5, 10, 1));
	assert_string_equal(kept, "kept");
	alloc_fail_after(1);
	assert_true(alloc_denied());
	assert_false(alloc_denied());
	alloc_fail_after(0);
	alloc_free(kept);
}

static void *allocate_elsewhere(void *arg)
{
	void *p = alloc_zero(8);

	*(bool *)arg = p != NULL;
	alloc_free(p);
	return NULL;
}

static void test_a_worker_does_not_move_the_failure(void **state)
{
	pthread_t thread;
	bool worker_got = false;

	(void)state;
	alloc_fail_after(1);
	assert_int_equal(pthread_create(&thread, NULL, allocate_elsewhere, &worker_got), 0);
	pthread_join(thread, NULL);
	assert_true(worker_got);
	assert_null(alloc_zero(8));
	assert_int_equal(alloc_fail_after(0), 1);
}

static void test_the_first_sentence_of_an_error_stays(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(error_set(&err, -5, "no %s", "cipher"), -5);
	assert_int_equal(error_set(&err, -6, "another"), -6);
	assert_int_equal(err.code, -5);
	assert_string_equal(err.text, "no cipher");
	assert_int_equal(error_set(NULL, -7, "nobody reads it"), -7);
}

static void test_a_prefix_says_where(void **state)
{
	struct error err = {0};

	(void)state;
	error_prefix(&err, "not yet");
	error_prefix(NULL, "nobody");
	assert_string_equal(err.text, "");
	error_set(&err, -1, "no cipher");
	error_prefix(&err, "transform-set %s", "T1");
	error_prefix(&err, "crypto map VPN %d", 10);
	assert_string_equal(err.text, "crypto map VPN 10: transform-set T1: no cipher");
}

static void test_a_long_error_is_cut_not_spilt(void **state)
{
	char long_text[2 * ERROR_TEXT_MAX];
	struct error err = {0};

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	error_set(&err, -1, "%s", long_text);
	assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
	error_prefix(&err, "%s", long_text);
	assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
}

struct item {
	int value;
	struct list node;
};

static void test_a_list_keeps_order_and_forgets_what_is_removed(void **state)
{
	struct item items[4] = {{.value = 0}, {.value = 1}, {.value = 2}, {.value = 3}};
	struct list head, *it, *next;
	int seen = 0;

	(void)state;
	list_init(&head);
	assert_true(list_empty(&head));
	list_append(&head, &items[1].node);
	list_append(&head, &items[3].node);
	list_prepend(&head, &items[0].node);
	list_insert_before(&items[3].node, &items[2].node);
	list_for_each(it, &head) assert_int_equal(list_entry(it, struct item, node)->value, seen++);
	assert_int_equal(seen, 4);
	list_for_each_safe(it, next, &head) list_remove(it);
	assert_true(list_empty(&head));
	list_remove(&items[2].node);
	assert_true(list_empty(&items[2].node));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_is_zeroed),
		cmocka_unit_test(test_a_size_that_would_wrap_is_refused),
		cmocka_unit_test(test_growing_keeps_the_old_part_and_zeroes_the_new),
		cmocka_unit_test(test_texts_and_bytes_are_copied),
		cmocka_unit_test(test_the_nth_allocation_fails_once),
		cmocka_unit_test(test_every_kind_of_allocation_can_fail),
		cmocka_unit_test(test_a_worker_does_not_move_the_failure),
		cmocka_unit_test(test_the_first_sentence_of_an_error_stays),
		cmocka_unit_test(test_a_prefix_says_where),
		cmocka_unit_test(test_a_long_error_is_cut_not_spilt),
		cmocka_unit_test(test_a_list_keeps_order_and_forgets_what_is_removed),
	};

	return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
